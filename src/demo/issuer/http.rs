//! The issuer's HTTP endpoints: discovery, JWKS, token. Knows the issuer's shared state.

use std::sync::{Arc, atomic::Ordering};

use aws_lc_rs::constant_time::verify_slices_are_equal;
use axum::{
    Form, Json, Router,
    extract::{State, rejection::FormRejection},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Client, Shared, token};
use crate::secret::Secret;

/// The routes, all below the issuer's URL.
pub(super) fn router(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/.well-known/openid-configuration", get(discovery))
        .route("/jwks", get(jwks))
        .route("/token", post(grant))
        .with_state(shared)
}

async fn discovery(State(shared): State<Arc<Shared>>) -> Response {
    if !shared.online.load(Ordering::Relaxed) {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    Json(token::discovery(&shared.url)).into_response()
}

async fn jwks(State(shared): State<Arc<Shared>>) -> Response {
    shared.jwks_fetches.fetch_add(1, Ordering::Relaxed);
    if !shared.online.load(Ordering::Relaxed) {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    Json(json!({ "keys": shared.published() })).into_response()
}

/// A token request by client credentials (RFC 6749, 4.4.2).
#[derive(Deserialize)]
struct Request {
    grant_type: Option<String>,
    scope: Option<String>,
    client_id: Option<String>,
    client_secret: Option<String>,
}

/// Why a token request fails, by the codes of RFC 6749, 5.2.
enum Denied {
    InvalidRequest,
    InvalidClient,
    UnsupportedGrantType,
    ServerError,
}

impl IntoResponse for Denied {
    fn into_response(self) -> Response {
        let (status, code) = match self {
            Self::InvalidRequest => (StatusCode::BAD_REQUEST, "invalid_request"),
            Self::InvalidClient => (StatusCode::UNAUTHORIZED, "invalid_client"),
            Self::UnsupportedGrantType => (StatusCode::BAD_REQUEST, "unsupported_grant_type"),
            Self::ServerError => (StatusCode::INTERNAL_SERVER_ERROR, "server_error"),
        };
        let body = Json(json!({ "error": code }));
        match self {
            Self::InvalidClient => {
                let challenge = [(header::WWW_AUTHENTICATE, "Basic realm=\"development\"")];
                (status, challenge, body).into_response()
            }
            _ => (status, body).into_response(),
        }
    }
}

async fn grant(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    form: Result<Form<Request>, FormRejection>,
) -> Result<Response, Denied> {
    let Form(request) = form.map_err(|_| Denied::InvalidRequest)?;
    match request.grant_type.as_deref() {
        Some("client_credentials") => {}
        Some(_) => return Err(Denied::UnsupportedGrantType),
        None => return Err(Denied::InvalidRequest),
    }
    let (id, secret) = credentials(&headers, &request)?;
    let client = shared
        .client(&id)
        .filter(|client| same(&client.secret, &secret))
        .ok_or(Denied::InvalidClient)?;
    let answer = answer(&shared, &client, request.scope.as_deref()).ok_or(Denied::ServerError)?;
    let uncached = [(header::CACHE_CONTROL, "no-store")];
    Ok((uncached, Json(answer)).into_response())
}

fn answer(shared: &Shared, client: &Client, scope: Option<&str>) -> Option<Value> {
    let mut over = client.claims.clone();
    let scope = scope.filter(|scope| !scope.is_empty());
    if let Some(scope) = scope {
        over.insert("scope".to_owned(), scope.into());
    }
    let token = shared.grant(&client.id, over, client.lifetime).ok()?;
    let mut answer = json!({
        "access_token": token,
        "token_type": "Bearer",
        "expires_in": client.lifetime.as_secs(),
    });
    if let (Some(scope), Some(answer)) = (scope, answer.as_object_mut()) {
        answer.insert("scope".to_owned(), scope.into());
    }
    Some(answer)
}

/// Client id and secret from the `Authorization` header or, without one, from the form
/// (RFC 6749, 2.3.1). Basic credentials are taken as they are, not form-decoded: clients differ
/// there, and the ids and secrets of a development issuer need no escapes.
fn credentials(headers: &HeaderMap, request: &Request) -> Result<(String, Secret), Denied> {
    let Some(header) = headers.get(header::AUTHORIZATION) else {
        let id = request.client_id.clone().ok_or(Denied::InvalidClient)?;
        let secret = request.client_secret.clone().ok_or(Denied::InvalidClient)?;
        return Ok((id, Secret::new(secret)));
    };
    let text = header.to_str().map_err(|_| Denied::InvalidClient)?;
    let (scheme, encoded) = text.split_once(' ').ok_or(Denied::InvalidClient)?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return Err(Denied::InvalidClient);
    }
    let bytes = BASE64_STANDARD
        .decode(encoded.trim())
        .map_err(|_| Denied::InvalidClient)?;
    let pair = String::from_utf8(bytes).map_err(|_| Denied::InvalidClient)?;
    let (id, secret) = pair.split_once(':').ok_or(Denied::InvalidClient)?;
    Ok((id.to_owned(), Secret::new(secret.to_owned())))
}

fn same(expected: &Secret, given: &Secret) -> bool {
    verify_slices_are_equal(expected.expose().as_bytes(), given.expose().as_bytes()).is_ok()
}
