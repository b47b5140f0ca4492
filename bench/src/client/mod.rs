//! Clients of what is measured: connect, TLS, `ApiVersions`, login by SASL/OAUTHBEARER.

mod connection;
mod frames;

use std::{
    fs,
    net::SocketAddr,
    path::PathBuf,
    sync::atomic::{AtomicUsize, Ordering::Relaxed},
    time::{Duration, Instant},
};

use rustls::{HandshakeKind, pki_types::ServerName};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

#[cfg(test)]
pub(crate) use self::frames::HEAD;
pub(crate) use self::{
    connection::{Connection, Expected},
    frames::Frames,
};
use crate::{
    fault::{Fault, Result},
    socket::{self, Socket},
    tls,
};

/// Longest time from connect to a finished login.
const OPENING: Duration = Duration::from_secs(20);

/// How often a broker's port is tried that Metadata has just told, a tenth of a second apart: a
/// proxy may have to open it first.
const TRIES: u32 = 20;

/// How the target is reached.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Reached {
    /// host:port of the proxy, or of the broker itself
    #[arg(long)]
    target: String,
    /// PEM file of the authority of its certificate; without it: plaintext
    #[arg(long)]
    tls_ca: Option<PathBuf>,
    /// File of bearer tokens, one a line, taken in turn; without it: no SASL
    #[arg(long)]
    token_file: Option<PathBuf>,
    /// SASL extension, name=value; repeatable
    #[arg(long, value_parser = extension)]
    extension: Vec<(String, String)>,
    /// Ask for Metadata first, then connect to the broker that it tells
    #[arg(long)]
    follow: bool,
}

fn extension(text: &str) -> std::result::Result<(String, String), String> {
    let pair = text.split_once('=').ok_or("write name=value")?;
    Ok((pair.0.to_owned(), pair.1.to_owned()))
}

/// Whether TLS sessions are resumed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Resumption {
    Off,
    On,
}

/// What connections are opened to.
pub(crate) struct Target {
    address: SocketAddr,
    tls: Option<TlsConnector>,
    tokens: Vec<String>,
    extensions: Vec<(String, String)>,
    opened: AtomicUsize,
}

/// A connection that is ready, and what it took.
pub(crate) struct Opened {
    pub(crate) connection: Connection,
    pub(crate) tls: Duration,
    pub(crate) login: Duration,
    pub(crate) resumed: bool,
}

impl Target {
    /// # Errors
    /// When a file cannot be read, or the target is not on loopback or does not let the rig in.
    pub(crate) async fn new(reached: &Reached, resumption: Resumption) -> Result<Self> {
        let resume = resumption == Resumption::On;
        let tls = reached.tls_ca.as_ref().map(|ca| tls::connector(ca, resume));
        let tokens = match &reached.token_file {
            Some(file) => {
                let text = fs::read_to_string(file)?;
                let tokens: Vec<_> = text.split_whitespace().map(str::to_owned).collect();
                if tokens.is_empty() {
                    return Err(Fault::new(format!("no token in {}", file.display())));
                }
                tokens
            }
            None => Vec::new(),
        };
        let mut target = Self {
            address: socket::resolve(&reached.target).await?,
            tls: tls.transpose()?,
            tokens,
            extensions: reached.extension.clone(),
            opened: AtomicUsize::new(0),
        };
        if reached.follow {
            target.follow().await?;
        }
        Ok(target)
    }

    /// `address` in plaintext, without SASL.
    #[cfg(test)]
    pub(crate) fn plain(address: SocketAddr) -> Self {
        Self {
            address,
            tls: None,
            tokens: Vec::new(),
            extensions: Vec::new(),
            opened: AtomicUsize::new(0),
        }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Goes to where Metadata says that the broker is.
    async fn follow(&mut self) -> Result<()> {
        let mut bootstrap = self.open().await?.connection;
        let broker = bootstrap.broker().await?;
        bootstrap.close().await;
        self.address = socket::resolve(&broker).await?;
        for _ in 1..TRIES {
            if let Ok(mut opened) = self.open().await {
                opened.connection.close().await;
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        let last = self.open().await.map(drop);
        last.map_err(|fault| fault.doing(&format!("at {broker}, which Metadata told")))
    }

    /// Opens one connection, up to a finished login where there are tokens.
    ///
    /// # Errors
    /// When it fails, or takes longer than 20 s.
    pub(crate) async fn open(&self) -> Result<Opened> {
        let opened = tokio::time::timeout(OPENING, self.open_slowly()).await;
        opened.map_err(|_| Fault::new("no login within 20 s"))?
    }

    async fn open_slowly(&self) -> Result<Opened> {
        let number = self.opened.fetch_add(1, Relaxed);
        let stream = TcpStream::connect(self.address).await?;
        stream.set_nodelay(true)?;
        let began = Instant::now();
        let (socket, resumed) = match &self.tls {
            None => (Socket::Plain(stream), false),
            Some(connector) => {
                let name = ServerName::try_from("localhost")?;
                let stream = connector.connect(name, stream).await?;
                let kind = stream.get_ref().1.handshake_kind();
                let resumed = kind == Some(HandshakeKind::Resumed);
                (Socket::Tls(Box::new(stream.into())), resumed)
            }
        };
        let secured = Instant::now();
        let mut connection = Connection::new(socket);
        connection.learn_versions().await?;
        // None where there are no tokens.
        let turn = number.checked_rem(self.tokens.len());
        if let Some(token) = turn.and_then(|turn| self.tokens.get(turn)) {
            connection.log_in(token, &self.extensions).await?;
        }
        Ok(Opened {
            connection,
            tls: secured - began,
            login: secured.elapsed(),
            resumed,
        })
    }
}
