//! A fake identity provider for tests: an HTTP server on loopback that answers each path with what
//! it was last told to.

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpListener,
};
use tokio_rustls::TlsAcceptor;

/// The fake; it ends with its runtime.
#[derive(Clone)]
pub(super) struct FakeProvider {
    pub(super) address: SocketAddr,
    answers: Arc<Mutex<HashMap<String, Vec<u8>>>>,
}

impl FakeProvider {
    /// Listens on a free port, over TLS if given an acceptor.
    pub(super) async fn start(tls: Option<TlsAcceptor>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let fake = Self {
            address,
            answers: Arc::default(),
        };
        let answers = Arc::clone(&fake.answers);
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (tls, answers) = (tls.clone(), Arc::clone(&answers));
                tokio::spawn(async move {
                    match tls {
                        None => answer(stream, &answers).await,
                        Some(tls) => {
                            if let Ok(stream) = tls.accept(stream).await {
                                answer(stream, &answers).await;
                            }
                        }
                    }
                });
            }
        });
        fake
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Answers `path` with these status line and headers and this body from now on.
    pub(super) fn answers(&self, path: &str, head: &str, body: &str) {
        let answer = format!(
            "HTTP/1.1 {head}\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        self.answers
            .lock()
            .unwrap()
            .insert(path.to_owned(), answer.into_bytes());
    }
}

async fn answer(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    answers: &Mutex<HashMap<String, Vec<u8>>>,
) {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => request.push(byte),
            Err(_) => return,
        }
    }
    let request = String::from_utf8(request).unwrap();
    let path = request.split(' ').nth(1).unwrap();
    let found = answers.lock().unwrap().get(path).cloned();
    let missing = b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n".to_vec();
    let _ = stream.write_all(&found.unwrap_or(missing)).await;
    let _ = stream.shutdown().await;
}
