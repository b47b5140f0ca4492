//! The headers of requests and responses.
//! Written by `generate.py`; do not edit.

use crate::wire::schema::{Field, Kind, Mark, Message, Struct, Versions};

/// `RequestHeader.json`.
pub(in crate::wire) static REQUEST_HEADER: Message = Message {
    name: "RequestHeader",
    versions: Versions::range(1, 2),
    flexible: Versions::from(2),
    root: Struct {
        fields: &[
            Field::new("RequestApiKey", Versions::from(0), Kind::Int16).mark(Mark::ApiKey),
            Field::new("RequestApiVersion", Versions::from(0), Kind::Int16).mark(Mark::ApiVersion),
            Field::new("CorrelationId", Versions::from(0), Kind::Int32).mark(Mark::CorrelationId),
            Field::new("ClientId", Versions::from(1), Kind::Str)
                .nullable(Versions::from(1))
                .never_compact()
                .mark(Mark::ClientId),
        ],
        visited: true,
        minimum: &[(1, 10), (2, 11)],
    },
};

/// `ResponseHeader.json`.
pub(in crate::wire) static RESPONSE_HEADER: Message = Message {
    name: "ResponseHeader",
    versions: Versions::range(0, 1),
    flexible: Versions::from(1),
    root: Struct {
        fields: &[
            Field::new("CorrelationId", Versions::from(0), Kind::Int32).mark(Mark::CorrelationId)
        ],
        visited: true,
        minimum: &[(0, 4), (1, 5)],
    },
};
