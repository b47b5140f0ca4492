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
const FIRST_MAX: usize = 256;

/// Bytes that `plain` bytes of plaintext take at most when they are sealed.
#[must_use]
pub const fn sealed_max(plain: usize) -> usize {
    plain + (plain / RECORD_MAX + 1) * RECORD_OVERHEAD + FIRST_MAX
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

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};

    use rustls::{
        ClientConnection, SupportedProtocolVersion,
        version::{TLS12, TLS13},
    };

    use super::*;
    use crate::proxy::socket::fixture::configs;

    const NAME: &str = "kafka.example.com";

    /// Our server, and rustls' buffered client to judge it by.
    struct Pair {
        ours: Records,
        peer: ClientConnection,
        /// What the client sent, in plain.
        plain: BytesMut,
    }

    fn name() -> ServerName<'static> {
        ServerName::try_from(NAME).unwrap()
    }

    impl Pair {
        fn new(version: &'static SupportedProtocolVersion) -> Self {
            let (server, mut client) = configs(NAME, &[version]);
            // Handshake messages come in many records.
            client.max_fragment_size = Some(64);
            Self {
                ours: Records::server(Arc::new(server)).unwrap(),
                peer: ClientConnection::new(Arc::new(client), name()).unwrap(),
                plain: BytesMut::new(),
            }
        }

        /// After a handshake whose bytes came in parts of `part`.
        fn shaken(version: &'static SupportedProtocolVersion, part: usize) -> Self {
            let mut pair = Self::new(version);
            while pair.ours.is_handshaking() || pair.peer.is_handshaking() {
                pair.client_sends(part).unwrap();
            }
            pair
        }

        /// Ours reads `bytes`; what it replies.
        fn ours_reads(&mut self, bytes: &[u8]) -> Result<BytesMut, Error> {
            let mut incoming = [self.ours.kept(), bytes].concat();
            let mut reply = BytesMut::new();
            let opened = self.ours.open(&mut incoming, &mut self.plain, &mut reply);
            self.client_reads(&reply);
            opened.map(|()| reply)
        }

        fn client_reads(&mut self, mut bytes: &[u8]) {
            while !bytes.is_empty() {
                self.peer.read_tls(&mut bytes).unwrap();
                self.peer.process_new_packets().unwrap();
            }
        }

        /// Moves what the client has to say, in parts of `part`.
        fn client_sends(&mut self, part: usize) -> Result<(), Error> {
            let mut said = Vec::new();
            while self.peer.wants_write() {
                self.peer.write_tls(&mut said).unwrap();
            }
            said.chunks(part)
                .try_for_each(|part| self.ours_reads(part).map(drop))
        }

        fn seal(&mut self, plain: &[u8]) -> Vec<u8> {
            let mut sealed = vec![0; sealed_max(plain.len())];
            let length = self.ours.seal(plain, &mut sealed).unwrap();
            sealed.truncate(length);
            sealed
        }

        /// Ours says `plain`, the client hears it.
        fn says(&mut self, plain: &[u8]) {
            for plain in plain.chunks(10_000) {
                let sealed = self.seal(plain);
                self.client_reads(&sealed);
                let mut heard = vec![0; plain.len()];
                self.peer.reader().read_exact(&mut heard).unwrap();
                assert_eq!(heard, plain);
            }
        }
    }

    fn bytes(length: usize) -> Vec<u8> {
        (0..=250).cycle().take(length).collect()
    }

    #[test]
    fn bytes_go_both_ways_however_they_are_cut() {
        for version in [&TLS13, &TLS12] {
            for part in [1, 5, 21, 1000, 1 << 20] {
                let mut pair = Pair::shaken(version, part);
                let said = bytes(40_000);
                pair.peer.writer().write_all(&said).unwrap();
                pair.client_sends(part).unwrap();
                assert_eq!(pair.plain, said);
                assert!(pair.ours.kept().is_empty());
                pair.says(&said);
            }
        }
    }

    #[test]
    fn several_records_are_sealed_at_once_into_the_room_that_is_promised() {
        for version in [&TLS13, &TLS12] {
            let mut pair = Pair::shaken(version, 1000);
            for length in [0, 1, RECORD_MAX, RECORD_MAX + 1, 4 * RECORD_MAX] {
                let sealed = pair.seal(&bytes(length));
                assert!(sealed.len() <= sealed_max(length), "{length}");
                let records = sealed
                    .len()
                    .saturating_sub(length)
                    .div_ceil(RECORD_OVERHEAD);
                assert_eq!(records, length.div_ceil(RECORD_MAX), "{length}");
            }
        }
    }

    #[test]
    fn answers_go_out_while_half_a_record_waits() {
        let mut pair = Pair::shaken(&TLS13, 1000);
        pair.peer.writer().write_all(b"question").unwrap();
        let mut said = Vec::new();
        pair.peer.write_tls(&mut said).unwrap();
        let (first, last) = said.split_at(10);
        pair.ours_reads(first).unwrap();
        assert_eq!(pair.ours.kept(), first);
        pair.says(b"answer to something else");
        pair.ours_reads(last).unwrap();
        assert_eq!(pair.plain, &b"question"[..]);
    }

    #[test]
    fn keys_are_renewed_when_the_client_asks() {
        let mut pair = Pair::shaken(&TLS13, 1000);
        for _ in 0..3 {
            pair.peer.refresh_traffic_keys().unwrap();
            pair.peer.writer().write_all(b"under new keys").unwrap();
            pair.client_sends(7).unwrap();
            assert_eq!(pair.plain.split(), &b"under new keys"[..]);
            pair.says(b"and so are these");
        }
    }

    #[test]
    fn a_goodbye_ends_one_direction_only() {
        for version in [&TLS13, &TLS12] {
            let mut pair = Pair::shaken(version, 1000);
            pair.peer.writer().write_all(b"the last").unwrap();
            pair.peer.send_close_notify();
            assert!(!pair.ours.is_ended());
            pair.client_sends(1000).unwrap();
            assert_eq!(pair.plain, &b"the last"[..]);
            assert!(pair.ours.is_ended());
            pair.says(b"heard all the same");
            let mut sealed = vec![0; sealed_max(0)];
            let length = pair.ours.seal_goodbye(&mut sealed).unwrap();
            pair.client_reads(&sealed[..length]);
            assert_eq!(pair.peer.reader().read(&mut [0; 8]).unwrap(), 0);
        }
    }

    #[test]
    fn a_client_that_breaks_the_rules_is_told_and_nothing_more_is_said() {
        let mut pair = Pair::shaken(&TLS13, 1000);
        pair.peer.writer().write_all(b"question").unwrap();
        let mut said = Vec::new();
        pair.peer.write_tls(&mut said).unwrap();
        *said.last_mut().unwrap() ^= 1;
        let (mut plain, mut reply) = (BytesMut::new(), BytesMut::new());
        let opened = pair.ours.open(&mut said, &mut plain, &mut reply);
        assert_eq!(opened, Err(Error::DecryptError));
        assert!(plain.is_empty());
        let mut alert = &reply[..];
        pair.peer.read_tls(&mut alert).unwrap();
        let told = pair.peer.process_new_packets().unwrap_err();
        let alert = rustls::AlertDescription::BadRecordMac;
        assert_eq!(told, Error::AlertReceived(alert));
        assert!(pair.ours.seal(b"x", &mut [0; 1000]).is_err());
        assert!(pair.ours.seal_goodbye(&mut [0; 1000]).is_err());
    }

    #[test]
    fn nothing_is_sealed_before_the_handshake_is_done() {
        let mut pair = Pair::new(&TLS13);
        let early = pair.ours.seal(b"x", &mut [0; 1000]);
        assert_eq!(early, Err(Error::HandshakeNotComplete));
    }

    #[test]
    fn our_client_and_our_server_understand_each_other() {
        for version in [&TLS13, &TLS12] {
            let (server, client) = configs(NAME, &[version]);
            let mut server = Records::server(Arc::new(server)).unwrap();
            let mut client = Records::client(Arc::new(client), name()).unwrap();
            let (mut up, mut down) = (BytesMut::new(), BytesMut::new());
            client.open(&mut [], &mut BytesMut::new(), &mut up).unwrap();
            while client.is_handshaking() || server.is_handshaking() {
                let mut plain = BytesMut::new();
                let mut incoming = [server.kept(), &up.split()].concat();
                server.open(&mut incoming, &mut plain, &mut down).unwrap();
                let mut incoming = [client.kept(), &down.split()].concat();
                client.open(&mut incoming, &mut plain, &mut up).unwrap();
                assert!(plain.is_empty());
            }
            assert!(client.peer_certificate().is_some());
            assert!(server.peer_certificate().is_none());
            assert_eq!(server.may_reply_late(), version == &TLS13);
            assert!(!client.may_reply_late());
        }
    }
}
