//! TLS on one connection, sans-io: the peer's bytes to plaintext and back. Owns rustls' unbuffered
//! connection and the bytes of a record that has not come whole; not the socket.
//!
//! rustls decrypts where the bytes lie and encrypts into a buffer of ours, many records at a time; its
//! buffered connection takes at most 4 KiB from a read.

use std::{fmt, ops::Deref, sync::Arc};

use bytes::BytesMut;
use rustls::{
    ClientConfig, CommonState, Error, ProtocolVersion, ServerConfig,
    client::{ClientConnectionData, UnbufferedClientConnection},
    server::{ServerConnectionData, UnbufferedServerConnection},
    unbuffered::{ConnectionState, EncodeError, EncodeTlsData, UnbufferedStatus},
};
use rustls_pki_types::ServerName;

/// Most that a record adds to what it carries: header, TLS 1.2's explicit nonce or TLS 1.3's type, tag.
const RECORD_OVERHEAD: usize = 5 + 8 + 16;

/// Most plaintext in a record (RFC 8446 section 5.1).
const RECORD_MAX: usize = 16 * 1024;

/// Room beside application data for what rustls may have to say first: a key update, an alert.
const ASIDE_MAX: usize = 256;

/// Bytes that `plain` bytes of plaintext take at most when they are sealed.
#[must_use]
pub const fn sealed_max(plain: usize) -> usize {
    plain + (plain / RECORD_MAX + 1) * RECORD_OVERHEAD + ASIDE_MAX
}

/// One connection's TLS.
#[derive(Debug)]
pub struct Records {
    connection: Connection,
    /// What came and is not done with: less than a record, or parts of a handshake message.
    kept: Vec<u8>,
    /// Whether the peer said goodbye.
    ended: bool,
    failed: bool,
}

enum Connection {
    Server(UnbufferedServerConnection),
    Client(UnbufferedClientConnection),
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Server(_) => "Server",
            Self::Client(_) => "Client",
        })
    }
}

impl Records {
    /// The side that accepts. Its handshake begins with the client's greeting.
    ///
    /// # Errors
    /// rustls refuses the configuration.
    pub fn server(config: Arc<ServerConfig>) -> Result<Self, Error> {
        let connection = UnbufferedServerConnection::new(config)?;
        Ok(Self::new(Connection::Server(connection)))
    }

    /// The side that dials, expecting `name`'s certificate. Its handshake begins with [`Self::open`]
    /// of nothing.
    ///
    /// # Errors
    /// rustls refuses the configuration or the name.
    pub fn client(config: Arc<ClientConfig>, name: ServerName<'static>) -> Result<Self, Error> {
        let connection = UnbufferedClientConnection::new(config, name)?;
        Ok(Self::new(Connection::Client(connection)))
    }

    const fn new(connection: Connection) -> Self {
        Self {
            connection,
            kept: Vec::new(),
            ended: false,
            failed: false,
        }
    }

    /// Bytes that must stand before what is read next; see [`Self::open`].
    #[must_use]
    pub fn kept(&self) -> &[u8] {
        &self.kept
    }

    /// Takes in what was read: `incoming` is [`Self::kept`] and, after it, the new bytes. Plaintext is
    /// appended to `plain`, what the peer must be sent to `reply`.
    ///
    /// # Errors
    /// The connection is of no more use; `reply` may hold an alert that says why.
    pub fn open(
        &mut self,
        incoming: &mut [u8],
        plain: &mut BytesMut,
        reply: &mut BytesMut,
    ) -> Result<(), Error> {
        let opened = match &mut self.connection {
            Connection::Server(connection) => open(connection, incoming, plain, reply),
            Connection::Client(connection) => open(connection, incoming, plain, reply),
        };
        self.failed |= opened.is_err();
        let Opened { done, ended } = opened?;
        self.ended |= ended;
        match incoming.get(done..) {
            // A connection at rest keeps no buffer.
            None | Some([]) => self.kept = Vec::new(),
            Some(rest) => {
                self.kept.clear();
                self.kept.extend_from_slice(rest);
            }
        }
        Ok(())
    }

    /// Whether the peer said that it sends nothing more.
    #[must_use]
    pub const fn is_ended(&self) -> bool {
        self.ended
    }

    /// Encrypts `plain` into the front of `sealed`, which has room for [`sealed_max`] of it, after what
    /// the peer must be sent first; how many bytes that takes.
    ///
    /// # Errors
    /// The handshake is not done, the connection failed, or its keys are used up.
    pub fn seal(&mut self, plain: &[u8], sealed: &mut [u8]) -> Result<usize, Error> {
        self.say(&Said::Plain(plain), sealed)
    }

    /// Says goodbye in `sealed`, which has room for [`sealed_max`] of nothing; how many bytes it takes.
    ///
    /// # Errors
    /// As [`Self::seal`].
    pub fn seal_goodbye(&mut self, sealed: &mut [u8]) -> Result<usize, Error> {
        self.say(&Said::Goodbye, sealed)
    }

    fn say(&mut self, said: &Said<'_>, sealed: &mut [u8]) -> Result<usize, Error> {
        let kept = &mut self.kept;
        match (&mut self.connection, self.failed) {
            (_, true) => Err(Error::General("the connection failed before".to_owned())),
            (Connection::Server(connection), false) => seal(connection, kept, said, sealed),
            (Connection::Client(connection), false) => seal(connection, kept, said, sealed),
        }
    }

    /// Whether the handshake is not done.
    #[must_use]
    pub fn is_handshaking(&self) -> bool {
        self.state().is_handshaking()
    }

    /// Whether what the peer must still be sent may wait for what it will be told next: with TLS 1.3
    /// all that follows the client's last message is a ticket for another time.
    #[must_use]
    pub fn may_reply_late(&self) -> bool {
        matches!(self.connection, Connection::Server(_))
            && self.state().protocol_version() == Some(ProtocolVersion::TLSv1_3)
    }

    /// The peer's own certificate in DER, where it showed one.
    #[must_use]
    pub fn peer_certificate(&self) -> Option<&[u8]> {
        self.state()
            .peer_certificates()?
            .first()
            .map(|certificate| &**certificate)
    }

    fn state(&self) -> &CommonState {
        match &self.connection {
            Connection::Server(connection) => connection,
            Connection::Client(connection) => connection,
        }
    }
}

/// What is to be sent.
enum Said<'a> {
    Plain(&'a [u8]),
    Goodbye,
}

/// What became of what was read.
struct Opened {
    /// Bytes that are done with, from the front.
    done: usize,
    ended: bool,
}

/// The two sides of rustls' unbuffered connection, which share all but a name.
trait Process: Deref<Target: Deref<Target = CommonState>> {
    type Data;

    fn process<'c, 'i>(
        &'c mut self,
        incoming: &'i mut [u8],
    ) -> UnbufferedStatus<'c, 'i, Self::Data>;
}

impl Process for UnbufferedServerConnection {
    type Data = ServerConnectionData;

    fn process<'c, 'i>(
        &'c mut self,
        incoming: &'i mut [u8],
    ) -> UnbufferedStatus<'c, 'i, Self::Data> {
        self.process_tls_records(incoming)
    }
}

impl Process for UnbufferedClientConnection {
    type Data = ClientConnectionData;

    fn process<'c, 'i>(
        &'c mut self,
        incoming: &'i mut [u8],
    ) -> UnbufferedStatus<'c, 'i, Self::Data> {
        self.process_tls_records(incoming)
    }
}

fn open<C: Process>(
    connection: &mut C,
    incoming: &mut [u8],
    plain: &mut BytesMut,
    reply: &mut BytesMut,
) -> Result<Opened, Error> {
    let mut opened = Opened {
        done: 0,
        ended: false,
    };
    loop {
        let rest = incoming.get_mut(opened.done..).unwrap_or_default();
        let UnbufferedStatus { mut discard, state } = connection.process(rest);
        let goes_on = match state {
            Ok(ConnectionState::ReadTraffic(mut traffic)) => {
                while let Some(record) = traffic.next_record() {
                    let record = record?;
                    discard = discard.saturating_add(record.discard);
                    plain.extend_from_slice(record.payload);
                }
                true
            }
            Ok(ConnectionState::EncodeTlsData(mut data)) => {
                encode(&mut data, reply)?;
                true
            }
            Ok(ConnectionState::TransmitTlsData(data)) => {
                data.done();
                true
            }
            Ok(ConnectionState::PeerClosed) => {
                opened.ended = true;
                true
            }
            Ok(
                ConnectionState::BlockedHandshake
                | ConnectionState::WriteTraffic(_)
                | ConnectionState::Closed,
            ) => false,
            // Data before the handshake is not offered (no 0-RTT).
            Ok(_) => return Err(unexpected()),
            Err(error) => {
                last_words(connection, reply)?;
                return Err(error);
            }
        };
        opened.done = opened.done.saturating_add(discard);
        if !goes_on {
            return Ok(opened);
        }
    }
}

fn seal<C: Process>(
    connection: &mut C,
    kept: &mut Vec<u8>,
    said: &Said<'_>,
    sealed: &mut [u8],
) -> Result<usize, Error> {
    let mut used = 0_usize;
    loop {
        let room = sealed.get_mut(used..).unwrap_or_default();
        // It goes on where it stopped reading, so it must see what was kept; nothing else can come of it.
        let UnbufferedStatus { discard, state } = connection.process(kept);
        let (took, all) = match state? {
            ConnectionState::WriteTraffic(mut traffic) => {
                let took = match said {
                    Said::Plain(plain) => traffic.encrypt(plain, room),
                    Said::Goodbye => traffic.queue_close_notify(room),
                };
                let took = took.map_err(|error| Error::General(error.to_string()))?;
                (took, true)
            }
            ConnectionState::EncodeTlsData(mut data) => {
                let took = data.encode(room);
                let took = took.map_err(|error| Error::General(error.to_string()))?;
                (took, false)
            }
            ConnectionState::TransmitTlsData(data) => {
                data.done();
                (0, false)
            }
            ConnectionState::BlockedHandshake => return Err(Error::HandshakeNotComplete),
            _ => return Err(unexpected()),
        };
        kept.drain(..discard.min(kept.len()));
        used = used.saturating_add(took);
        if all {
            return Ok(used);
        }
    }
}

/// Collects the alert that tells the peer what failed.
fn last_words<C: Process>(connection: &mut C, reply: &mut BytesMut) -> Result<(), Error> {
    // Asked further than this it would read on, which a failed connection must not.
    while connection.wants_write() {
        let ConnectionState::EncodeTlsData(mut data) = connection.process(&mut []).state? else {
            break;
        };
        encode(&mut data, reply)?;
    }
    Ok(())
}

fn encode<Data>(data: &mut EncodeTlsData<'_, Data>, reply: &mut BytesMut) -> Result<(), Error> {
    let at = reply.len();
    if let Err(EncodeError::InsufficientSize(needs)) = data.encode(&mut []) {
        reply.resize(at.saturating_add(needs.required_size), 0);
        let encoded = data.encode(reply.get_mut(at..).unwrap_or_default());
        encoded.map_err(|error| Error::General(error.to_string()))?;
    }
    Ok(())
}

fn unexpected() -> Error {
    Error::General("rustls wants what was never offered".to_owned())
}
