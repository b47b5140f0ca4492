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
    requests: Arc<Mutex<Vec<String>>>,
}

impl FakeProvider {
    /// Listens on a free port, over TLS if given an acceptor.
    pub(super) async fn start(tls: Option<TlsAcceptor>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let fake = Self {
            address,
            answers: Arc::default(),
            requests: Arc::default(),
        };
        let served = fake.clone();
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (tls, served) = (tls.clone(), served.clone());
                tokio::spawn(async move {
                    match tls {
                        None => served.answer(stream).await,
                        Some(tls) => {
                            if let Ok(stream) = tls.accept(stream).await {
                                served.answer(stream).await;
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

    /// The heads of all requests so far.
    pub(super) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }

    async fn answer(&self, mut stream: impl AsyncRead + AsyncWrite + Unpin) {
        let mut request = Vec::new();
        while !request.ends_with(b"\r\n\r\n") {
            match stream.read_u8().await {
                Ok(byte) => request.push(byte),
                Err(_) => return,
            }
        }
        let request = String::from_utf8(request).unwrap();
        let path = request.split(' ').nth(1).unwrap();
        let found = self.answers.lock().unwrap().get(path).cloned();
        self.requests.lock().unwrap().push(request);
        let missing = b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n".to_vec();
        let _ = stream.write_all(&found.unwrap_or(missing)).await;
        let _ = stream.shutdown().await;
    }
}
