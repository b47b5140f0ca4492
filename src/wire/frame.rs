//! Frames: four length bytes, a header, a body.

use super::api::{Api, api};
use super::malformed::{Fault, Malformed};
use super::schema::{Field, Mark};
use super::tables::header::{REQUEST_HEADER, RESPONSE_HEADER};
use super::value::Value;
use super::visitor::{At, Scalar, Span, Visitor};
use super::walker::Walker;
use super::write::{self, Unwritable};

/// Bytes of the length in front of every frame.
pub const LENGTH_BYTES: usize = 4;

/// Why the length in front of a frame was refused. Nothing after it can be understood: close.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadLength {
    #[error("the frame's length {0} is negative")]
    Negative(i32),
    #[error("the frame's length {length} exceeds the limit of {max} bytes")]
    TooLong { length: usize, max: usize },
}

/// The length of the frame that `buffered` begins with, without its own four bytes; `None` = those
/// have not come yet. 0 is legal (raw SASL tokens).
///
/// # Errors
/// When it is negative or above `max`.
pub fn length(buffered: &[u8], max: usize) -> Result<Option<usize>, BadLength> {
    let Some(first) = buffered.first_chunk::<LENGTH_BYTES>() else {
        return Ok(None);
    };
    let length = i32::from_be_bytes(*first);
    match usize::try_from(length) {
        Ok(length) if length > max => Err(BadLength::TooLong { length, max }),
        Ok(length) => Ok(Some(length)),
        Err(_) => Err(BadLength::Negative(length)),
    }
}

/// A whole request frame, its length in front.
///
/// # Errors
/// When the version is not supported, or `body` does not fit the definition.
pub fn request(
    api: &'static Api,
    version: i16,
    correlation_id: i32,
    client_id: Option<&str>,
    body: &Value,
) -> Result<Vec<u8>, Unwritable> {
    supported(api, version, api.request.name)?;
    let header = Value::fields([
        ("RequestApiKey", api.key.into()),
        ("RequestApiVersion", version.into()),
        ("CorrelationId", correlation_id.into()),
        ("ClientId", client_id.into()),
    ]);
    let mut out = vec![0; LENGTH_BYTES];
    write::append(
        &mut out,
        &REQUEST_HEADER,
        api.request_header_version(version),
        &header,
    )?;
    write::append(&mut out, api.request, version, body)?;
    framed(out, api.request.name)
}

/// A whole response frame, its length in front.
///
/// # Errors
/// When the version is not supported, or `body` does not fit the definition.
pub fn response(
    api: &'static Api,
    version: i16,
    correlation_id: i32,
    body: &Value,
) -> Result<Vec<u8>, Unwritable> {
    supported(api, version, api.response.name)?;
    let header = Value::fields([("CorrelationId", correlation_id.into())]);
    let mut out = vec![0; LENGTH_BYTES];
    write::append(
        &mut out,
        &RESPONSE_HEADER,
        api.response_header_version(version),
        &header,
    )?;
    write::append(&mut out, api.response, version, body)?;
    framed(out, api.response.name)
}

/// Makes `response`, a frame with its length, the answer to another request; a frame too short for a header
/// stays as it is.
pub fn set_correlation_id(response: &mut [u8], correlation_id: i32) {
    let rest = response.get_mut(LENGTH_BYTES..).unwrap_or_default();
    if let Some(place) = rest.first_chunk_mut() {
        *place = correlation_id.to_be_bytes();
    }
}

fn supported(api: &Api, version: i16, message: &'static str) -> Result<(), Unwritable> {
    if api.supports(version) {
        Ok(())
    } else {
        Err(Unwritable::Version { message, version })
    }
}

/// Writes the length into the first four bytes of `out`.
fn framed(mut out: Vec<u8>, message: &'static str) -> Result<Vec<u8>, Unwritable> {
    let length = out.len().saturating_sub(LENGTH_BYTES);
    let Ok(length) = i32::try_from(length) else {
        return Err(Unwritable::TooLong { field: message });
    };
    if let Some(first) = out.first_chunk_mut::<LENGTH_BYTES>() {
        *first = length.to_be_bytes();
    }
    Ok(out)
}

/// The header of a request.
#[derive(Debug, Clone, Copy)]
pub struct RequestHeader<'a> {
    /// The API, which supports `version`.
    pub api: &'static Api,
    pub version: i16,
    pub correlation_id: i32,
    pub client_id: Option<&'a str>,
    /// Offset of the body from the frame's start.
    pub body_at: usize,
}

/// Reads the header of `frame`, a request without its length; at least the header must be there.
///
/// # Errors
/// [`Malformed::UnknownApi`], [`Malformed::UnsupportedVersion`], or the header is broken.
pub fn request_header(frame: &[u8]) -> Result<RequestHeader<'_>, Malformed> {
    let Some(&[a, b, c, d, e, f, g, h]) = frame.first_chunk() else {
        return Err(short("RequestHeader", frame));
    };
    let key = i16::from_be_bytes([a, b]);
    let version = i16::from_be_bytes([c, d]);
    let correlation_id = i32::from_be_bytes([e, f, g, h]);
    let Some(api) = api(key) else {
        return Err(Malformed::UnknownApi { key, version });
    };
    if !api.supports(version) {
        return Err(Malformed::UnsupportedVersion {
            key,
            version,
            correlation_id,
        });
    }
    let mut found = ClientId::default();
    let header_version = api.request_header_version(version);
    let mut walker = Walker::body(&REQUEST_HEADER, header_version, frame.len());
    let body_at = walker.prefix(frame, &mut found)?;
    let text = found.text.and_then(|span| frame.get(span.start..span.end));
    Ok(RequestHeader {
        api,
        version,
        correlation_id,
        client_id: text.and_then(|text| str::from_utf8(text).ok()),
        body_at,
    })
}

/// The correlation id of `frame`, a response without its length, and the offset of its body from
/// the frame's start.
///
/// # Errors
/// When the header is broken or not all there.
pub fn response_header(
    api: &'static Api,
    version: i16,
    frame: &[u8],
) -> Result<(i32, usize), Malformed> {
    let Some(correlation_id) = frame.first_chunk() else {
        return Err(short("ResponseHeader", frame));
    };
    let header_version = api.response_header_version(version);
    let mut walker = Walker::body(&RESPONSE_HEADER, header_version, frame.len());
    let body_at = walker.prefix(frame, &mut ClientId::default())?;
    Ok((i32::from_be_bytes(*correlation_id), body_at))
}

fn short(field: &'static str, frame: &[u8]) -> Malformed {
    Malformed::Structure {
        fault: Fault::Short,
        field,
        at: frame.len(),
    }
}

/// Remembers where the client id stands.
#[derive(Debug, Default)]
struct ClientId {
    text: Option<Span>,
}

impl Visitor for ClientId {
    fn value(&mut self, field: &'static Field, at: &At<'_>, value: Scalar<'_>) {
        if let (Mark::ClientId, Scalar::Str(text)) = (field.mark, value) {
            self.text = Some(Span {
                start: at.span.end.saturating_sub(text.len()),
                end: at.span.end,
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::read::read;
    use crate::wire::tables::{API_VERSIONS, METADATA, SASL_HANDSHAKE};

    #[test]
    fn lengths_are_checked_before_anything_is_held() {
        assert_eq!(length(b"\0\0\0", 10), Ok(None));
        assert_eq!(length(b"\0\0\0\x0arest", 10), Ok(Some(10)));
        assert_eq!(length(b"\0\0\0\0", 10), Ok(Some(0)));
        let long = BadLength::TooLong {
            length: 11,
            max: 10,
        };
        assert_eq!(length(b"\0\0\0\x0b", 10), Err(long));
        assert_eq!(
            length(b"\xff\xff\xff\xff", 10),
            Err(BadLength::Negative(-1))
        );
    }

    #[test]
    fn requests_read_back() {
        let body = Value::fields([("Mechanism", "OAUTHBEARER".into())]);
        for (api, version, body) in [
            (&SASL_HANDSHAKE, 1, body),
            (&METADATA, 12, Value::fields([("Topics", Value::Null)])),
        ] {
            for client_id in [None, Some(""), Some("c\u{fc}")] {
                let frame = request(api, version, 77, client_id, &body).unwrap();
                let rest = &frame[LENGTH_BYTES..];
                assert_eq!(length(&frame, 1000), Ok(Some(rest.len())));
                let header = request_header(rest).unwrap();
                assert_eq!((header.api.key, header.version), (api.key, version));
                assert_eq!((header.correlation_id, header.client_id), (77, client_id));
                let again = read(api.request, version, &rest[header.body_at..]).unwrap();
                for (name, value) in [("Mechanism", &body), ("Topics", &body)] {
                    if let Some(value) = value.get(name) {
                        assert_eq!(again.get(name), Some(value));
                    }
                }
            }
        }
    }

    #[test]
    fn responses_read_back() {
        for (api, version, body_at) in [(&API_VERSIONS, 4, 4), (&METADATA, 8, 4), (&METADATA, 9, 5)]
        {
            let frame = response(api, version, -5, &Value::fields([])).unwrap();
            let rest = &frame[LENGTH_BYTES..];
            assert_eq!(
                response_header(api, version, rest),
                Ok((-5, body_at)),
                "{}",
                api.name
            );
            read(api.response, version, &rest[body_at..]).unwrap();
        }
    }

    #[test]
    fn headers_of_strangers_are_told_apart() {
        let unknown = request_header(b"\0\x04\0\x01\0\0\0\x01\xff\xff").unwrap_err();
        assert_eq!(unknown, Malformed::UnknownApi { key: 4, version: 1 });
        let newer = request_header(b"\0\x12\0\x7f\0\0\0\x09whatever").unwrap_err();
        let expected = Malformed::UnsupportedVersion {
            key: 18,
            version: 127,
            correlation_id: 9,
        };
        assert_eq!(newer, expected);
        for frame in [
            &b"\0\x12\0\x03\0\0\0\x01"[..],                // no client id
            b"\0\x12\0\x03\0\0\0\x01\0\x02a",              // half of one
            b"\0\x12\0\x03\0\0\0\x01\0\x01\xff\0",         // no UTF-8
            b"\0\x12\0\x03\0\0\0\x01\xff\xff",             // no tags
            b"\0\x12\0\x03\0\0\0\x01\xff\xff\x01\x05\x09", // a tag that ends too early
        ] {
            let refused = request_header(frame);
            assert!(
                matches!(refused, Err(Malformed::Structure { .. })),
                "{frame:?}"
            );
        }
        for end in 0..8 {
            assert!(request_header(&b"\0\x12\0\x03\0\0\0\x01"[..end]).is_err());
        }
    }

    #[test]
    fn versions_out_of_range_are_not_written() {
        let body = Value::fields([]);
        assert!(request(&API_VERSIONS, 6, 1, None, &body).is_err());
        assert!(response(&API_VERSIONS, -1, 1, &body).is_err());
    }
}
