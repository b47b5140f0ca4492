//! Primitives to bytes: for the writer, and for what an edit puts into a frame.

/// Appends the unsigned varint of `value`, in its shortest form.
pub(super) fn varint(out: &mut Vec<u8>, value: u32) {
    let mut rest = value;
    while rest > 0x7f {
        let [low, ..] = rest.to_le_bytes();
        out.push(low | 0x80);
        rest >>= 7;
    }
    let [low, ..] = rest.to_le_bytes();
    out.push(low);
}

/// Appends the length of a string; `None` = null. At most [`crate::limits::TEXT_MAX`].
fn text_length(out: &mut Vec<u8>, compact: bool, length: Option<usize>) {
    if compact {
        self::length(out, true, length);
    } else {
        let length = length.map_or(-1, |n| i16::try_from(n).unwrap_or(i16::MAX));
        out.extend_from_slice(&length.to_be_bytes());
    }
}

/// Appends the length of bytes, or the count of an array; `None` = null. At most `i32::MAX` - 1.
pub(super) fn length(out: &mut Vec<u8>, compact: bool, length: Option<usize>) {
    let length = length.map(|n| i32::try_from(n).unwrap_or(i32::MAX));
    if compact {
        let written = length.map_or(0, |n| n.unsigned_abs().saturating_add(1));
        varint(out, written);
    } else {
        out.extend_from_slice(&length.unwrap_or(-1).to_be_bytes());
    }
}

/// Appends a string with its length; `None` = null. At most [`crate::limits::TEXT_MAX`] bytes, as
/// the caller has checked.
pub(super) fn text(out: &mut Vec<u8>, compact: bool, text: Option<&str>) {
    text_length(out, compact, text.map(str::len));
    out.extend_from_slice(text.unwrap_or_default().as_bytes());
}

/// Appends bytes with their length; `None` = null.
pub(super) fn bytes(out: &mut Vec<u8>, compact: bool, bytes: Option<&[u8]>) {
    length(out, compact, bytes.map(<[u8]>::len));
    out.extend_from_slice(bytes.unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(encode: impl Fn(&mut Vec<u8>)) -> Vec<u8> {
        let mut out = Vec::new();
        encode(&mut out);
        out
    }

    #[test]
    fn varints_are_shortest() {
        for (value, bytes) in [
            (0, vec![0]),
            (127, vec![0x7f]),
            (128, vec![0x80, 1]),
            (300, vec![0xac, 2]),
            (u32::MAX, vec![0xff, 0xff, 0xff, 0xff, 0x0f]),
        ] {
            assert_eq!(encoded(|out| varint(out, value)), bytes, "{value}");
        }
    }

    #[test]
    fn strings_have_both_lengths_and_null() {
        assert_eq!(encoded(|out| text(out, false, Some("ab"))), b"\0\x02ab");
        assert_eq!(encoded(|out| text(out, true, Some("ab"))), b"\x03ab");
        assert_eq!(encoded(|out| text(out, false, None)), b"\xff\xff");
        assert_eq!(encoded(|out| text(out, true, None)), b"\0");
        assert_eq!(encoded(|out| length(out, false, None)), b"\xff\xff\xff\xff");
        assert_eq!(encoded(|out| bytes(out, true, Some(b"x"))), b"\x02x");
    }
}
