//! A fake identity provider for tests: an HTTP server on loopback that answers each path with what
//! it was last told to.

use std::{
    collections::{HashMap, VecDeque},
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
    /// By path; the last one of each is given again and again.
    answers: Arc<Mutex<HashMap<String, VecDeque<Vec<u8>>>>>,
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
        self.answers_in_turn(path, &[(head.to_owned(), body.to_owned())]);
    }

    /// Answers `path` with each of these, head and body, and from then on with the last.
    pub(super) fn answers_in_turn(&self, path: &str, answers: &[(String, String)]) {
        let answer = |(head, body): &(String, String)| {
            let length = body.len();
            format!("HTTP/1.1 {head}\r\ncontent-length: {length}\r\n\r\n{body}").into_bytes()
        };
        let answers = answers.iter().map(answer).collect();
        self.answers
            .lock()
            .unwrap()
            .insert(path.to_owned(), answers);
    }

    /// Answers `path` nothing from now on, and holds the connection.
    pub(super) fn hangs(&self, path: &str) {
        let silence = VecDeque::from([Vec::new()]);
        self.answers
            .lock()
            .unwrap()
            .insert(path.to_owned(), silence);
    }

    /// All requests so far, each with what was posted.
    pub(super) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }

    fn next(&self, path: &str) -> Option<Vec<u8>> {
        let mut all = self.answers.lock().unwrap();
        let answers = all.get_mut(path)?;
        match answers.len() {
            0 | 1 => answers.front().cloned(),
            _ => answers.pop_front(),
        }
    }

    async fn answer(&self, mut stream: impl AsyncRead + AsyncWrite + Unpin) {
        let mut request = Vec::new();
        while !request.ends_with(b"\r\n\r\n") {
            match stream.read_u8().await {
                Ok(byte) => request.push(byte),
                Err(_) => return,
            }
        }
        let mut request = String::from_utf8(request).unwrap();
        let lower = request.to_lowercase();
        let length = lower.split("content-length: ").nth(1);
        let length = length.map_or(0, |rest| rest.lines().next().unwrap().parse().unwrap());
        let mut posted = vec![0; length];
        if stream.read_exact(&mut posted).await.is_err() {
            return;
        }
        request.push_str(&String::from_utf8(posted).unwrap());
        let path = request.split(' ').nth(1).unwrap();
        let found = self.next(path);
        self.requests.lock().unwrap().push(request);
        if found.as_ref().is_some_and(Vec::is_empty) {
            std::future::pending::<()>().await;
        }
        let missing = b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n".to_vec();
        let _ = stream.write_all(&found.unwrap_or(missing)).await;
        let _ = stream.shutdown().await;
    }
}
