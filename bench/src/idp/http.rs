//! Just enough HTTP/1.1 for two documents.

use std::time::Duration;

use serde_json::json;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

use super::keys::Keys;
use crate::fault::{Fault, Result};

/// Largest request, and how long it may take.
const REQUEST_MAX: usize = 64 * 1024;
const PATIENCE: Duration = Duration::from_secs(60);

/// The documents that are served.
pub(super) struct Pages {
    discovery: String,
    jwks: String,
}

impl Pages {
    pub(super) fn new(issuer: &str, keys: &Keys) -> Self {
        let discovery = json!({
            "issuer": issuer,
            "jwks_uri": format!("{issuer}/jwks"),
            "token_endpoint": format!("{issuer}/token"),
            "authorization_endpoint": format!("{issuer}/authorize"),
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256", "ES256"],
        });
        Self {
            discovery: discovery.to_string(),
            jwks: keys.public().to_string(),
        }
    }

    /// The document that a request asks for.
    fn page(&self, request: &str) -> Option<&str> {
        match request.split(' ').take(2).collect::<Vec<_>>().as_slice() {
            ["GET", "/.well-known/openid-configuration"] => Some(&self.discovery),
            ["GET", "/jwks"] => Some(&self.jwks),
            _ => None,
        }
    }
}

/// Answers the requests of one connection; a broken one ends it.
pub(super) async fn serve<S: AsyncRead + AsyncWrite + Unpin>(
    mut stream: S,
    pages: std::sync::Arc<Pages>,
) {
    while let Ok(request) = read(&mut stream).await {
        let (status, page) = match pages.page(&request) {
            Some(page) => ("200 OK", page),
            None => ("404 Not Found", ""),
        };
        let length = page.len();
        let answer = format!(
            "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{page}"
        );
        let sent = stream.write_all(answer.as_bytes()).await;
        if sent.is_err() || stream.flush().await.is_err() {
            return;
        }
    }
}

/// The head of the next request; requests here have no body, and the next is not sent before the
/// answer.
async fn read(stream: &mut (impl AsyncRead + Unpin)) -> Result<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let read = tokio::time::timeout(PATIENCE, stream.read_buf(&mut head)).await??;
        if read == 0 || head.len() > REQUEST_MAX {
            return Err(Fault::new("no request"));
        }
    }
    Ok(String::from_utf8(head)?)
}
