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

/// The length of the frame that `buffered` begins with, without its own four bytes; `None` = those have not
/// come yet. 0 is legal (raw SASL tokens).
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

/// The correlation id of `frame`, a response without its length, and the offset of its body from the frame's start.
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
