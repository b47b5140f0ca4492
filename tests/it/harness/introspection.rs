//! An introspection endpoint (RFC 7662) that answers as a test says: for tokens that no issuer gave, and for
//! endpoints that are slow, down or talk nonsense.

use super::secrets;
use base64::{Engine, prelude::BASE64_STANDARD};
use std::{
    collections::HashMap,
    io::{self, BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

/// The client that may ask.
pub(crate) const CLIENT: &str = "oathgate";
pub(crate) const SECRET: &str = "introspection-secret-of-oathgate";

/// What is answered to a question.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    /// 200 with this body.
    Body(String),
    /// This status line, without a body.
    Status(&'static str),
    /// The end of the connection.
    HangUp,
    /// After this time, 200 with this body.
    Late(Duration, String),
}

pub(crate) struct Introspection {
    address: SocketAddr,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    answers: Mutex<HashMap<String, Answer>>,
    /// Tokens, in the order of the questions.
    asked: Mutex<Vec<String>>,
}

impl Introspection {
    /// An endpoint that knows no token. Serves until the process ends.
    pub(crate) fn start() -> Self {
        secrets::register("the secret of the introspecting client", SECRET);
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("bind an endpoint");
        let address = listener.local_addr().expect("an address");
        let shared = Arc::<Shared>::default();
        let served = Arc::clone(&shared);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = Arc::clone(&served);
                thread::spawn(move || drop(serve(&stream, &shared)));
            }
        });
        Self { address, shared }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/introspect", self.address)
    }

    /// Answers questions about `token` like this from now on; others are not active.
    pub(crate) fn says(&self, token: &str, answer: Answer) {
        secrets::register("an opaque token", token);
        let mut answers = self.shared.answers.lock().expect("no panic holds it");
        answers.insert(token.to_owned(), answer);
    }

    /// How often it was asked about `token`.
    pub(crate) fn asked(&self, token: &str) -> usize {
        let asked = self.shared.asked.lock().expect("no panic holds it");
        asked.iter().filter(|asked| *asked == token).count()
    }
}

fn serve(stream: &TcpStream, shared: &Shared) -> io::Result<()> {
    let mut reader = BufReader::new(stream);
    let (mut length, mut authorized) = (0, false);
    let expected = format!(
        "Basic {}",
        BASE64_STANDARD.encode(format!("{CLIENT}:{SECRET}"))
    );
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        match line.trim_end().split_once(": ") {
            Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                length = value.parse().map_err(io::Error::other)?;
            }
            Some((name, value)) if name.eq_ignore_ascii_case("authorization") => {
                authorized = value == expected;
            }
            None if line.trim_end().is_empty() => break,
            _ => {}
        }
    }
    let mut form = vec![0; length];
    reader.read_exact(&mut form)?;
    let form = String::from_utf8(form).map_err(io::Error::other)?;
    if !authorized {
        return write(stream, "401 Unauthorized", "");
    }
    // Tokens of tests need no percent-encoding.
    let token = form
        .split('&')
        .find_map(|field| field.strip_prefix("token="));
    let token = token.unwrap_or_default().to_owned();
    let answers = shared.answers.lock().expect("no panic holds it");
    let answer = answers.get(&token).cloned();
    drop(answers);
    let mut asked = shared.asked.lock().expect("no panic holds it");
    asked.push(token);
    drop(asked);
    match answer.unwrap_or(Answer::Body(r#"{"active":false}"#.to_owned())) {
        Answer::Body(body) => write(stream, "200 OK", &body),
        Answer::Status(status) => write(stream, status, ""),
        Answer::HangUp => Ok(()),
        Answer::Late(after, body) => {
            thread::sleep(after);
            write(stream, "200 OK", &body)
        }
    }
}

fn write(mut stream: &TcpStream, status: &str, body: &str) -> io::Result<()> {
    let length = body.len();
    write!(
        stream,
        "HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
    )
}
