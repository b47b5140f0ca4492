//! What can be wrong with a frame.

/// Why a frame was refused. Carries no bytes of the peer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// The header names an API that no table knows. A broker closes the connection.
    #[error("API key {key} (version {version}) is unknown")]
    UnknownApi { key: i16, version: i16 },
    /// The API is known, the version is not, or is unstable. A broker closes the connection, except
    /// that it answers `ApiVersions` with error 35 in version 0 (KIP-511).
    #[error("version {version} of API key {key} is not supported")]
    UnsupportedVersion {
        key: i16,
        version: i16,
        correlation_id: i32,
    },
    /// The bytes do not follow the definition.
    #[error("{fault} at byte {at}, in or after field {field}")]
    Structure {
        fault: Fault,
        /// The last field that was entered.
        field: &'static str,
        /// Offset from the frame's start, after its length.
        at: usize,
    },
}

/// In which way bytes do not follow a definition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    #[error("the frame ends too early")]
    Short,
    #[error("bytes are left over")]
    Trailing,
    #[error("null is not allowed")]
    Null,
    #[error("a length is negative")]
    NegativeLength,
    #[error("a count exceeds what the bytes left can hold")]
    Count,
    #[error("a string is longer than 32767 bytes")]
    TextTooLong,
    #[error("a string is not UTF-8")]
    Utf8,
    #[error("a varint does not fit 32 bits")]
    Varint,
    #[error("a presence byte is neither -1 nor 1")]
    Presence,
    #[error("tags do not ascend")]
    TagOrder,
    #[error("a tagged field does not fill its size")]
    TagSize,
    #[error("the structure is nested too deeply")]
    Depth,
}
