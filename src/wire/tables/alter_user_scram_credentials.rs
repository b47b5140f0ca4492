//! AlterUserScramCredentials: its request and response.
//! Written by `generate.py`; do not edit.

use crate::wire::api::Api;
use crate::wire::schema::{Field, Kind, Mark, Message, Struct, Versions};

/// AlterUserScramCredentials, key 51.
pub static ALTER_USER_SCRAM_CREDENTIALS: Api = Api {
    key: 51,
    name: "AlterUserScramCredentials",
    request: &ALTER_USER_SCRAM_CREDENTIALS_REQUEST,
    response: &ALTER_USER_SCRAM_CREDENTIALS_RESPONSE,
    min_version: 0,
    max_version: 0,
    broker: true,
};

static REQUEST_SCRAM_CREDENTIAL_DELETION: Struct = Struct {
    fields: &[
        Field::new("Name", Versions::from(0), Kind::Str),
        Field::new("Mechanism", Versions::from(0), Kind::Int8),
    ],
    visited: false,
    minimum: &[(0, 3)],
};

static REQUEST_SCRAM_CREDENTIAL_UPSERTION: Struct = Struct {
    fields: &[
        Field::new("Name", Versions::from(0), Kind::Str),
        Field::new("Mechanism", Versions::from(0), Kind::Int8),
        Field::new("Iterations", Versions::from(0), Kind::Int32),
        Field::new("Salt", Versions::from(0), Kind::Bytes),
        Field::new("SaltedPassword", Versions::from(0), Kind::Bytes),
    ],
    visited: false,
    minimum: &[(0, 9)],
};

/// `AlterUserScramCredentialsRequest.json`.
static ALTER_USER_SCRAM_CREDENTIALS_REQUEST: Message = Message {
    name: "AlterUserScramCredentialsRequest",
    versions: Versions::range(0, 0),
    flexible: Versions::from(0),
    root: Struct {
        fields: &[
            Field::new(
                "Deletions",
                Versions::from(0),
                Kind::Array(&Kind::Struct(&REQUEST_SCRAM_CREDENTIAL_DELETION)),
            ),
            Field::new(
                "Upsertions",
                Versions::from(0),
                Kind::Array(&Kind::Struct(&REQUEST_SCRAM_CREDENTIAL_UPSERTION)),
            ),
        ],
        visited: false,
        minimum: &[(0, 3)],
    },
};

static RESPONSE_ALTER_USER_SCRAM_CREDENTIALS_RESULT: Struct = Struct {
    fields: &[
        Field::new("User", Versions::from(0), Kind::Str),
        Field::new("ErrorCode", Versions::from(0), Kind::Int16).mark(Mark::ErrorCode),
        Field::new("ErrorMessage", Versions::from(0), Kind::Str).nullable(Versions::from(0)),
    ],
    visited: true,
    minimum: &[(0, 5)],
};

/// `AlterUserScramCredentialsResponse.json`.
static ALTER_USER_SCRAM_CREDENTIALS_RESPONSE: Message = Message {
    name: "AlterUserScramCredentialsResponse",
    versions: Versions::range(0, 0),
    flexible: Versions::from(0),
    root: Struct {
        fields: &[
            Field::new("ThrottleTimeMs", Versions::from(0), Kind::Int32).mark(Mark::ThrottleTimeMs),
            Field::new(
                "Results",
                Versions::from(0),
                Kind::Array(&Kind::Struct(&RESPONSE_ALTER_USER_SCRAM_CREDENTIALS_RESULT)),
            ),
        ],
        visited: true,
        minimum: &[(0, 6)],
    },
};
