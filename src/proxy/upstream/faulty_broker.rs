//! A fake broker for unit tests: answers one connection by a script, and makes faults to order.
//! What real brokers do is for the integration suite.

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

use crate::{
    snapshot::address::HostPort,
    wire::{frame, read::read, value::Value},
};

/// What to do with the next request.
pub(super) enum Act {
    /// Answer it in its own version.
    Answer(Value),
    /// Answer it in another version.
    AnswerAs(i16, Value),
    /// Answer it with the next correlation id.
    AnswerAnother(Value),
    /// Send these bytes, whatever they are, then close.
    Bytes(Vec<u8>),
    /// Say nothing until the client closes.
    Silence,
    /// Close.
    Close,
}

/// A request as it came.
#[derive(Debug)]
pub(super) struct Seen {
    pub(super) api: &'static str,
    pub(super) version: i16,
    pub(super) client_id: Option<String>,
    pub(super) body: Value,
}

/// The broker at work.
pub(super) struct FaultyBroker {
    pub(super) address: HostPort,
    script: JoinHandle<Vec<Seen>>,
}

impl FaultyBroker {
    /// Listens on loopback and plays `acts` to the first client.
    pub(super) async fn start(acts: Vec<Act>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string().parse().unwrap();
        let script = tokio::spawn(async move {
            let (client, _) = listener.accept().await.unwrap();
            play(client, acts).await
        });
        Self { address, script }
    }

    /// What was asked, once the script is over.
    pub(super) async fn seen(self) -> Vec<Seen> {
        self.script.await.unwrap()
    }
}

async fn play(mut client: TcpStream, acts: Vec<Act>) -> Vec<Seen> {
    let mut all = Vec::new();
    for act in acts {
        let mut length = [0; 4];
        client.read_exact(&mut length).await.unwrap();
        let mut request = vec![0; u32::from_be_bytes(length) as usize];
        client.read_exact(&mut request).await.unwrap();
        let header = frame::request_header(&request).unwrap();
        let (api, version, id) = (header.api, header.version, header.correlation_id);
        all.push(Seen {
            api: api.name,
            version,
            client_id: header.client_id.map(str::to_owned),
            body: read(api.request, version, &request[header.body_at..]).unwrap(),
        });
        let answer = match act {
            Act::Answer(body) => frame::response(api, version, id, &body).unwrap(),
            Act::AnswerAs(version, body) => frame::response(api, version, id, &body).unwrap(),
            Act::AnswerAnother(body) => frame::response(api, version, id + 1, &body).unwrap(),
            Act::Bytes(bytes) => {
                client.write_all(&bytes).await.unwrap();
                return all;
            }
            Act::Silence => {
                let _closed = client.read_u8().await;
                return all;
            }
            Act::Close => return all,
        };
        client.write_all(&answer).await.unwrap();
    }
    all
}
