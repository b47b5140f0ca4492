//! `[providers.introspection]`: how a provider is asked about tokens (RFC 7662).

use std::{ops::RangeInclusive, sync::Arc, time::Duration};

use super::{finding::Findings, schema, section::Section, surroundings::Surroundings};
use crate::{
    identity::{
        AssertionKey, ClientAuthentication, ClientAuthenticationMethod, IntrospectedTokens,
        Introspection,
    },
    limits::{
        INTROSPECTION_TIMEOUT, INTROSPECTION_TIMEOUT_MAX, INTROSPECTIONS_AT_ONCE,
        INTROSPECTIONS_AT_ONCE_MAX,
    },
    secret::Secret,
};

const TIMEOUTS: RangeInclusive<Duration> = Duration::from_millis(100)..=INTROSPECTION_TIMEOUT_MAX;

/// How a client proves to be itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Method {
    Basic,
    Post,
    PrivateKeyJwt,
}

/// Reads the table of `provider`; `None` where there is none. The inner `None` is a fault, noted.
pub(super) fn read(
    provider: &Section<'_>,
    surroundings: &Surroundings<'_>,
    read_url: impl Fn(&Section<'_>, &str, &mut Findings) -> Option<String>,
    findings: &mut Findings,
) -> Option<Option<Arc<Introspection>>> {
    let section = provider.table("introspection", schema::INTROSPECTION, findings)?;
    // Read, and its faults noted, with the provider's other endpoints.
    let known = read_url(provider, "introspection_endpoint", &mut Findings::default());
    let endpoint = read_url(&section, "endpoint", findings).or(known);
    Some(read_table(&section, surroundings, endpoint, findings))
}

fn read_table(
    section: &Section<'_>,
    surroundings: &Surroundings<'_>,
    endpoint: Option<String>,
    findings: &mut Findings,
) -> Option<Arc<Introspection>> {
    let what = "the client that asks, as the provider knows it";
    let client_id = section.required("client_id", what, findings);
    let method = read_method(section, surroundings, findings);
    let tokens = [
        ("opaque", IntrospectedTokens::Opaque),
        ("jwt", IntrospectedTokens::Jwt),
        ("all", IntrospectedTokens::All),
    ];
    let tokens = section.choice("tokens", &tokens, findings);
    let timeout = section.duration("timeout", TIMEOUTS, findings);
    let most = section.integer("max_concurrent", 1..=INTROSPECTIONS_AT_ONCE_MAX, findings);
    if client_id.is_some_and(str::is_empty) {
        let problem = "is empty; write the client that asks";
        findings.fault(&section.path_of("client_id"), "", problem);
    }
    Some(Arc::new(Introspection {
        endpoint: endpoint.map(Into::into),
        client: ClientAuthentication {
            client_id: client_id?.to_owned(),
            method: method?,
        },
        tokens: tokens.unwrap_or(IntrospectedTokens::Opaque),
        timeout: timeout.unwrap_or(INTROSPECTION_TIMEOUT),
        max_concurrent: most
            .and_then(|most| usize::try_from(most).ok())
            .unwrap_or(INTROSPECTIONS_AT_ONCE),
    }))
}

fn read_method(
    section: &Section<'_>,
    surroundings: &Surroundings<'_>,
    findings: &mut Findings,
) -> Option<ClientAuthenticationMethod> {
    let methods = [
        ("basic", Method::Basic),
        ("post", Method::Post),
        ("private_key_jwt", Method::PrivateKeyJwt),
    ];
    let method = if section.has("auth_method") {
        section.choice("auth_method", &methods, findings)?
    } else {
        Method::Basic
    };
    let (belong, others): (&[&str], &[&str]) = match method {
        Method::Basic | Method::Post => (
            &["client_secret_file", "client_secret_env"],
            &["private_key_file", "key_id"],
        ),
        Method::PrivateKeyJwt => (
            &["private_key_file"],
            &["client_secret_file", "client_secret_env"],
        ),
    };
    for key in others.iter().filter(|key| section.has(key)) {
        let problem = format!(
            "has no effect with this auth_method, which goes by {}; remove it",
            belong.join(" or ")
        );
        findings.fault(&section.path_of(key), "", problem);
    }
    match method {
        Method::Basic => {
            let secret = surroundings.secret(section, "client_secret", findings)?;
            Some(ClientAuthenticationMethod::Basic(secret))
        }
        Method::Post => {
            let secret = surroundings.secret(section, "client_secret", findings)?;
            Some(ClientAuthenticationMethod::Post(secret))
        }
        Method::PrivateKeyJwt => {
            read_key(section, surroundings, findings).map(ClientAuthenticationMethod::PrivateKeyJwt)
        }
    }
}

fn read_key(
    section: &Section<'_>,
    surroundings: &Surroundings<'_>,
    findings: &mut Findings,
) -> Option<AssertionKey> {
    let what = "the file with the private key, PKCS#8 PEM";
    let file = section.required("private_key_file", what, findings)?;
    let pem = surroundings.private_file(section, "private_key_file", findings)?;
    let kid = section.text("key_id", findings).map(str::to_owned);
    // What is no text is no PEM either, and is refused as that.
    let text = String::from_utf8_lossy(&pem).into_owned();
    match AssertionKey::parse(Secret::new(text), kid) {
        Ok(key) => Some(key),
        Err(problem) => {
            let path = section.path_of("private_key_file");
            findings.fault(&path, file, problem.to_string());
            None
        }
    }
}
