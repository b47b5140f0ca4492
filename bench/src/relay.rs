//! What all is compared with: the least that a proxy in Rust can do. Ends TLS with tokio-rustls and
//! copies bytes both ways; knows nothing of Kafka.

use std::{net::SocketAddr, path::PathBuf};

use tokio::{io::copy_bidirectional_with_sizes, net::TcpStream};
use tokio_rustls::{TlsAcceptor, TlsConnector, TlsStream};

use crate::{
    fault::Result,
    socket::{self, Socket},
    tls,
};

/// Copy buffer of each direction: two TLS records. Smaller ones cost, larger ones bring nothing.
const BUFFER: usize = 32 * 1024;

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// TLS address
    #[arg(long)]
    listen: SocketAddr,
    /// Address of the broker
    #[arg(long)]
    upstream: SocketAddr,
    /// PEM file of the authority of the broker's certificate; without it: plaintext
    #[arg(long)]
    upstream_ca: Option<PathBuf>,
    /// PEM file of the certificate to show clients
    #[arg(long)]
    certificate: PathBuf,
    /// PEM file of its key
    #[arg(long)]
    key: PathBuf,
}

/// Serves until it is killed.
///
/// # Errors
/// When the address cannot be listened on, or a file not be read.
pub(crate) async fn run(arguments: Arguments) -> Result<()> {
    let acceptor = tls::acceptor(&arguments.certificate, &arguments.key)?;
    let ca = arguments.upstream_ca.as_ref();
    let connector = ca.map(|ca| tls::connector(ca, true)).transpose()?;
    let listener = socket::listen(arguments.listen)?;
    loop {
        let stream = socket::accept(&listener).await;
        let (acceptor, connector) = (acceptor.clone(), connector.clone());
        tokio::spawn(async move {
            // What breaks a connection shows at its client.
            let _ = relay(stream, &acceptor, arguments.upstream, connector).await;
        });
    }
}

async fn relay(
    stream: TcpStream,
    acceptor: &TlsAcceptor,
    upstream: SocketAddr,
    connector: Option<TlsConnector>,
) -> Result<()> {
    let mut client = acceptor.accept(stream).await?;
    let broker = TcpStream::connect(upstream).await?;
    broker.set_nodelay(true)?;
    let mut broker = match connector {
        None => Socket::Plain(broker),
        Some(connector) => {
            let stream = connector.connect("localhost".try_into()?, broker).await?;
            Socket::Tls(Box::new(TlsStream::from(stream)))
        }
    };
    copy_bidirectional_with_sizes(&mut client, &mut broker, BUFFER, BUFFER).await?;
    Ok(())
}
