//! DescribeUserScramCredentials: its request and response.
//! Written by `generate.py`; do not edit.

use crate::wire::api::Api;
use crate::wire::schema::{Field, Kind, Mark, Message, Struct, Versions};

/// DescribeUserScramCredentials, key 50.
pub static DESCRIBE_USER_SCRAM_CREDENTIALS: Api = Api {
    key: 50,
    name: "DescribeUserScramCredentials",
    request: &DESCRIBE_USER_SCRAM_CREDENTIALS_REQUEST,
    response: &DESCRIBE_USER_SCRAM_CREDENTIALS_RESPONSE,
    min_version: 0,
    max_version: 0,
    broker: true,
};

static REQUEST_USER_NAME: Struct = Struct {
    fields: &[Field::new("Name", Versions::from(0), Kind::Str)],
    visited: false,
    minimum: &[(0, 2)],
};

/// `DescribeUserScramCredentialsRequest.json`.
static DESCRIBE_USER_SCRAM_CREDENTIALS_REQUEST: Message = Message {
    name: "DescribeUserScramCredentialsRequest",
    versions: Versions::range(0, 0),
    flexible: Versions::from(0),
    root: Struct {
        fields: &[Field::new(
            "Users",
            Versions::from(0),
            Kind::Array(&Kind::Struct(&REQUEST_USER_NAME)),
        )
        .nullable(Versions::from(0))],
        visited: false,
        minimum: &[(0, 2)],
    },
};

static RESPONSE_DESCRIBE_USER_SCRAM_CREDENTIALS_RESULT: Struct = Struct {
    fields: &[
        Field::new("User", Versions::from(0), Kind::Str),
        Field::new("ErrorCode", Versions::from(0), Kind::Int16).mark(Mark::ErrorCode),
        Field::new("ErrorMessage", Versions::from(0), Kind::Str).nullable(Versions::from(0)),
        Field::new(
            "CredentialInfos",
            Versions::from(0),
            Kind::Array(&Kind::Struct(&RESPONSE_CREDENTIAL_INFO)),
        ),
    ],
    visited: true,
    minimum: &[(0, 6)],
};

static RESPONSE_CREDENTIAL_INFO: Struct = Struct {
    fields: &[
        Field::new("Mechanism", Versions::from(0), Kind::Int8),
        Field::new("Iterations", Versions::from(0), Kind::Int32),
    ],
    visited: false,
    minimum: &[(0, 6)],
};

/// `DescribeUserScramCredentialsResponse.json`.
static DESCRIBE_USER_SCRAM_CREDENTIALS_RESPONSE: Message = Message {
    name: "DescribeUserScramCredentialsResponse",
    versions: Versions::range(0, 0),
    flexible: Versions::from(0),
    root: Struct {
        fields: &[
            Field::new("ThrottleTimeMs", Versions::from(0), Kind::Int32).mark(Mark::ThrottleTimeMs),
            Field::new("ErrorCode", Versions::from(0), Kind::Int16).mark(Mark::ErrorCode),
            Field::new("ErrorMessage", Versions::from(0), Kind::Str).nullable(Versions::from(0)),
            Field::new(
                "Results",
                Versions::from(0),
                Kind::Array(&Kind::Struct(
                    &RESPONSE_DESCRIBE_USER_SCRAM_CREDENTIALS_RESULT,
                )),
            ),
        ],
        visited: true,
        minimum: &[(0, 9)],
    },
};
