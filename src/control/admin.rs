//! The health endpoints, on a loopback listener of their own: `/livez`, `/readyz`, `/metrics`.
//! Owns their form; knows `status`, `telemetry` and `limits`. Reads only: nothing here changes
//! anything.

use std::{future::Future, io, time::Duration};

use axum::{
    Json, Router,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use serde::Serialize;
use tokio::{net::TcpListener, sync::oneshot};

use crate::{
    status::{Reason, Status},
    telemetry::metrics::{self, Exposition},
};

/// Longest wait for requests in progress once told to stop.
const STOP_DEADLINE: Duration = Duration::from_secs(1);

#[derive(Clone)]
struct Seen {
    status: Status,
    metrics: Exposition,
}

/// Serves the endpoints on `listener` until `shutdown` is done, then finishes requests in progress
/// (at most 1 s).
///
/// # Errors
/// The listener fails in a way that accepting again does not mend.
pub async fn serve(
    listener: TcpListener,
    status: Status,
    metrics: Exposition,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let router = Router::new()
        .route("/livez", get(livez))
        .route("/readyz", get(readyz))
        .route("/metrics", get(render))
        .with_state(Seen { status, metrics });
    let (told, stopping) = oneshot::channel();
    let serving = axum::serve(listener, router).with_graceful_shutdown(async move {
        shutdown.await;
        // Nobody listens any more only when serving has ended by itself.
        let _ = told.send(());
    });
    let deadline = async move {
        match stopping.await {
            Ok(()) => tokio::time::sleep(STOP_DEADLINE).await,
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        ended = serving.into_future() => ended,
        () = deadline => Ok(()),
    }
}

/// The process runs and its runtime answers.
async fn livez() -> &'static str {
    "ok\n"
}

/// The body of `/readyz`.
#[derive(Serialize)]
struct Readiness {
    ready: bool,
    reasons: Vec<Shown>,
}

#[derive(Serialize)]
struct Shown {
    condition: &'static str,
    blocks: bool,
    text: String,
}

impl From<Reason> for Shown {
    fn from(reason: Reason) -> Self {
        let Reason {
            condition,
            text,
            blocks,
        } = reason;
        Self {
            condition: condition.code(),
            blocks,
            text,
        }
    }
}

/// 200 when clients may come, else 503; all reasons either way.
async fn readyz(State(seen): State<Seen>) -> Response {
    let reasons = seen.status.reasons();
    let ready = !reasons.iter().any(|reason| reason.blocks);
    let code = if ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    let reasons = reasons.into_iter().map(Shown::from).collect();
    (code, Json(Readiness { ready, reasons })).into_response()
}

async fn render(State(seen): State<Seen>) -> Response {
    metrics::ready(seen.status.is_ready());
    let text_format = [(header::CONTENT_TYPE, "text/plain; version=0.0.4")];
    (text_format, seen.metrics.render()).into_response()
}

#[cfg(test)]
mod tests {
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpStream,
    };

    use super::*;
    use crate::{
        status::{Condition, ReadyWhen},
        telemetry::metrics::install,
    };

    async fn get(address: std::net::SocketAddr, path: &str) -> String {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    }

    #[tokio::test]
    async fn the_endpoints_show_the_status_and_stop_when_told() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let status = Status::new(ReadyWhen::AnyCluster);
        let exposition = install("1.2.3").unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let shutdown = async { drop(stopped.await) };
        let server = tokio::spawn(serve(listener, status.clone(), exposition, shutdown));

        assert!(get(address, "/livez").await.starts_with("HTTP/1.1 200"));
        let answer = get(address, "/readyz").await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        assert!(
            answer.ends_with(r#"{"ready":true,"reasons":[]}"#),
            "{answer}"
        );

        status.not_ready(Condition::Draining, "told to stop");
        let answer = get(address, "/readyz").await;
        assert!(answer.starts_with("HTTP/1.1 503"), "{answer}");
        let body = r#"{"ready":false,"reasons":[{"condition":"DRAINING","blocks":true,"text":"told to stop"}]}"#;
        assert!(answer.ends_with(body), "{answer}");

        metrics::reloaded(true);
        let answer = get(address, "/metrics").await;
        assert!(answer.contains("oathgate_reloads_total"), "{answer}");
        assert!(answer.contains("\noathgate_ready 0"), "{answer}");
        assert!(get(address, "/").await.starts_with("HTTP/1.1 404"));

        // A connection that never finishes its request does not hold up the end.
        let mut stuck = TcpStream::connect(address).await.unwrap();
        stuck.write_all(b"GET /livez HT").await.unwrap();
        stop.send(()).unwrap();
        let ended = tokio::time::timeout(Duration::from_secs(5), server).await;
        assert!(ended.unwrap().unwrap().is_ok());
        assert!(TcpStream::connect(address).await.is_err());
    }
}
