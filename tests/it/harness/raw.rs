//! A Kafka client of bytes: for tests that need to send exactly this and see exactly that.

use super::{
    authority::Pair,
    wire::{Reader, Writer},
};
use rustls::{
    ClientConfig, ClientConnection, ProtocolVersion, RootCertStore, StreamOwned,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, pem::PemObject},
};
use socket2::{Domain, Socket, Type};
use std::{
    io::{self, ErrorKind, Read, Write},
    net::{Ipv4Addr, Shutdown, SocketAddr, TcpStream},
    sync::Arc,
    time::{Duration, Instant},
};

/// API keys that the tests speak by hand.
pub(crate) mod api {
    pub(crate) const PRODUCE: i16 = 0;
    pub(crate) const FETCH: i16 = 1;
    pub(crate) const METADATA: i16 = 3;
    pub(crate) const LEADER_AND_ISR: i16 = 4;
    pub(crate) const FIND_COORDINATOR: i16 = 10;
    pub(crate) const SASL_HANDSHAKE: i16 = 17;
    pub(crate) const API_VERSIONS: i16 = 18;
    pub(crate) const WRITE_TXN_MARKERS: i16 = 27;
    pub(crate) const SASL_AUTHENTICATE: i16 = 36;
}

/// Longest wait for anything the other side owes.
const PATIENCE: Duration = Duration::from_secs(15);

trait Stream: Read + Write + Send {
    fn socket(&self) -> &TcpStream;
    fn tls_version(&self) -> Option<ProtocolVersion>;
}

impl Stream for TcpStream {
    fn socket(&self) -> &TcpStream {
        self
    }

    fn tls_version(&self) -> Option<ProtocolVersion> {
        None
    }
}

impl Stream for StreamOwned<ClientConnection, TcpStream> {
    fn socket(&self) -> &TcpStream {
        self.get_ref()
    }

    fn tls_version(&self) -> Option<ProtocolVersion> {
        self.conn.protocol_version()
    }
}

pub(crate) struct Raw {
    stream: Box<dyn Stream>,
    correlation: i32,
}

/// An answer to `SaslAuthenticate`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Authenticated {
    pub(crate) error: i16,
    pub(crate) message: Option<String>,
    pub(crate) bytes: Vec<u8>,
    pub(crate) lifetime_ms: i64,
}

impl Raw {
    /// Without TLS.
    pub(crate) fn plaintext(address: &str) -> Self {
        Self {
            stream: Box::new(connect(address).unwrap_or_else(|e| panic!("connect {address}: {e}"))),
            correlation: 0,
        }
    }

    /// With TLS; `sni` is the server name that is sent and that the certificate must hold.
    pub(crate) fn tls(address: &str, ca: &str, sni: &str) -> Self {
        Self::try_tls(address, ca, sni).unwrap_or_else(|error| panic!("TLS to {address}: {error}"))
    }

    /// As `tls`, but a failed handshake is an answer.
    pub(crate) fn try_tls(address: &str, ca: &str, sni: &str) -> io::Result<Self> {
        Self::try_tls_as(address, ca, sni, None)
    }

    /// As `try_tls`, with a certificate of the client's own.
    pub(crate) fn try_tls_as(
        address: &str,
        ca: &str,
        sni: &str,
        own: Option<&Pair>,
    ) -> io::Result<Self> {
        Self::over(connect(address)?, ca, sni, own)
    }

    /// As `tls`, from one of this machine's loopback addresses.
    pub(crate) fn tls_from(source: Ipv4Addr, address: &str, ca: &str, sni: &str) -> Self {
        let stream = connect_from(source, address)
            .unwrap_or_else(|error| panic!("connect {address} from {source}: {error}"));
        Self::over(stream, ca, sni, None).unwrap_or_else(|e| panic!("TLS to {address}: {e}"))
    }

    /// Without TLS, from one of this machine's loopback addresses.
    pub(crate) fn plaintext_from(source: Ipv4Addr, address: &str) -> Self {
        let stream = connect_from(source, address)
            .unwrap_or_else(|error| panic!("connect {address} from {source}: {error}"));
        Self {
            stream: Box::new(stream),
            correlation: 0,
        }
    }

    /// As `tls_from`, but a connection that is closed at once is an answer.
    pub(crate) fn try_tls_from(
        source: Ipv4Addr,
        address: &str,
        ca: &str,
        sni: &str,
    ) -> io::Result<Self> {
        Self::over(connect_from(source, address)?, ca, sni, None)
    }

    /// As `try_tls_from`, where these bytes come before TLS.
    pub(crate) fn try_tls_behind(
        header: &[u8],
        source: Ipv4Addr,
        address: &str,
        ca: &str,
        sni: &str,
    ) -> io::Result<Self> {
        let mut stream = connect_from(source, address)?;
        stream.write_all(header)?;
        Self::over(stream, ca, sni, None)
    }

    /// Reads one byte, if one comes soon.
    pub(crate) fn trickle(&mut self) {
        drop(self.stream.read(&mut [0; 1]));
    }

    fn over(socket: TcpStream, ca: &str, sni: &str, own: Option<&Pair>) -> io::Result<Self> {
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(ca.as_bytes()) {
            roots
                .add(certificate.expect("PEM"))
                .expect("a certificate of an authority");
        }
        let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("the provider has them")
            .with_root_certificates(roots);
        let config = match own {
            None => config.with_no_client_auth(),
            Some(pair) => {
                let chain = CertificateDer::pem_slice_iter(pair.certificate.as_bytes());
                let chain = chain.collect::<Result<_, _>>().expect("PEM");
                let key = PrivateKeyDer::from_pem_slice(pair.key.as_bytes()).expect("PEM");
                config
                    .with_client_auth_cert(chain, key)
                    .expect("certificate and key fit")
            }
        };
        let name = ServerName::try_from(sni.to_owned()).expect("a server name");
        let session = ClientConnection::new(Arc::new(config), name).map_err(io::Error::other)?;
        let mut stream = StreamOwned::new(session, socket);
        stream.flush()?;
        while stream.conn.is_handshaking() {
            stream.conn.complete_io(&mut stream.sock)?;
        }
        Ok(Self {
            stream: Box::new(stream),
            correlation: 0,
        })
    }

    /// Of TLS; none without it. Oathgate, which offers brokers the same, agrees with them on the same.
    pub(crate) fn tls_version(&self) -> Option<ProtocolVersion> {
        self.stream.tls_version()
    }

    /// Sends these bytes, as they are.
    pub(crate) fn send(&mut self, bytes: &[u8]) {
        self.try_send(bytes).expect("send");
    }

    /// Sends these bytes; the other side may have closed.
    pub(crate) fn try_send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes)?;
        self.stream.flush()
    }

    /// Sends a frame: the length, then `payload`.
    pub(crate) fn send_frame(&mut self, payload: &[u8]) {
        self.send(&Writer::default().bytes(payload).0);
    }

    /// Sends a request with a classic header (v1); its correlation id.
    pub(crate) fn send_request(&mut self, key: i16, version: i16, body: &[u8]) -> i32 {
        self.correlation += 1;
        let frame = header(key, version, self.correlation).raw(body);
        // Whether it arrived shows in the answer: the other side may have closed already.
        drop(self.try_send(&Writer::default().bytes(&frame.0).0));
        self.correlation
    }

    /// The next frame without its length; none if the other side closed before its first byte.
    pub(crate) fn frame(&mut self) -> Option<Vec<u8>> {
        let mut length = [0; 4];
        match self.stream.read_exact(&mut length) {
            Ok(()) => {}
            Err(error) if is_end(&error) => return None,
            Err(error) => panic!("read a frame: {error}"),
        }
        let mut frame = vec![0; u32::from_be_bytes(length) as usize];
        self.stream
            .read_exact(&mut frame)
            .expect("the rest of a frame");
        Some(frame)
    }

    /// Sends a request and reads its answer: the body after a classic header (v0). None if closed.
    pub(crate) fn call(&mut self, key: i16, version: i16, body: &[u8]) -> Option<Vec<u8>> {
        let correlation = self.send_request(key, version, body);
        let mut frame = self.frame()?;
        assert_eq!(Reader(&frame).i32(), correlation, "correlation id");
        Some(frame.split_off(4))
    }

    /// True if the other side closes within `deadline` without sending another byte.
    pub(crate) fn is_closed_within(&mut self, deadline: Duration) -> bool {
        let until = Instant::now() + deadline;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            self.stream
                .socket()
                .set_read_timeout(Some(left))
                .expect("set a timeout");
            let read = self.stream.read(&mut [0; 1]);
            self.stream
                .socket()
                .set_read_timeout(Some(PATIENCE))
                .expect("set a timeout");
            match read {
                Ok(0) => return true,
                Ok(_) => panic!("a byte came instead of the end"),
                Err(error) if is_end(&error) => return true,
                Err(_) => {}
            }
        }
    }

    /// Ends the direction towards the other side.
    pub(crate) fn half_close(&mut self) {
        self.stream
            .socket()
            .shutdown(Shutdown::Write)
            .expect("shut down");
    }

    /// `SaslHandshake` v1: the error and the mechanisms.
    pub(crate) fn handshake(&mut self, mechanism: &str) -> (i16, Vec<String>) {
        self.try_handshake(mechanism)
            .expect("an answer to a handshake")
    }

    /// `SaslHandshake` v1: the error and the mechanisms; none if closed without an answer.
    fn try_handshake(&mut self, mechanism: &str) -> Option<(i16, Vec<String>)> {
        let body = Writer::default().string(mechanism);
        let answer = self.call(api::SASL_HANDSHAKE, 1, &body.0)?;
        let mut answer = Reader(&answer);
        Some((answer.i16(), answer.strings()))
    }

    /// `SaslAuthenticate` v1 with these bytes; none if closed without an answer.
    pub(crate) fn authenticate(&mut self, bytes: &[u8]) -> Option<Authenticated> {
        let body = Writer::default().bytes(bytes);
        let answer = self.call(api::SASL_AUTHENTICATE, 1, &body.0)?;
        let mut answer = Reader(&answer);
        Some(Authenticated {
            error: answer.i16(),
            message: answer.string(),
            bytes: answer.bytes(),
            lifetime_ms: answer.i64(),
        })
    }

    /// Handshake and token, as a client logs in; none if closed without an answer.
    pub(crate) fn login(
        &mut self,
        token: &str,
        extensions: &[(&str, &str)],
    ) -> Option<Authenticated> {
        let (error, mechanisms) = self.try_handshake("OAUTHBEARER")?;
        assert_eq!(error, 0, "{mechanisms:?}");
        self.authenticate(&initial_response(token, extensions))
    }

    /// `Metadata` v1 of all topics: true if it was answered, false if closed.
    pub(crate) fn metadata(&mut self) -> bool {
        self.call(api::METADATA, 1, &Writer::default().i32(-1).0)
            .is_some()
    }
}

/// A request header v1.
pub(crate) fn header(key: i16, version: i16, correlation: i32) -> Writer {
    Writer::default()
        .i16(key)
        .i16(version)
        .i32(correlation)
        .string("raw")
}

/// The first message of OAUTHBEARER (RFC 7628, with Kafka's extensions).
pub(crate) fn initial_response(token: &str, extensions: &[(&str, &str)]) -> Vec<u8> {
    let pairs: String = extensions
        .iter()
        .map(|(name, value)| format!("{name}={value}\x01"))
        .collect();
    format!("n,,\x01auth=Bearer {token}\x01{pairs}\x01").into_bytes()
}

fn connect(address: &str) -> io::Result<TcpStream> {
    patient(TcpStream::connect(address)?)
}

fn connect_from(source: Ipv4Addr, address: &str) -> io::Result<TcpStream> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    socket.bind(&SocketAddr::from((source, 0)).into())?;
    let address: SocketAddr = address.parse().map_err(io::Error::other)?;
    socket.connect(&address.into())?;
    patient(socket.into())
}

fn patient(stream: TcpStream) -> io::Result<TcpStream> {
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    Ok(stream)
}

/// The other side closed, in order or not, or said in TLS that it will.
fn is_end(error: &io::Error) -> bool {
    use ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
    let tls = error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<rustls::Error>());
    matches!(tls, Some(rustls::Error::AlertReceived(_)))
        || matches!(
            error.kind(),
            UnexpectedEof | ConnectionReset | BrokenPipe | ConnectionAborted
        )
}
