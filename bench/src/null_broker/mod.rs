//! A broker of one node that answers at once and stores nothing, so that a proxy before it is what
//! costs. It knows its topics, fetch sessions and topic ids; everything else closes the connection.

mod answers;
mod connection;
mod fetches;

use std::{net::SocketAddr, path::PathBuf, sync::Arc};

use tokio::net::TcpListener;
use tokio_rustls::TlsStream;

use self::{answers::Answers, connection::Connection};
use crate::{
    fault::{Fault, Result},
    socket::{self, Socket},
    tls,
};

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Plaintext address, also the one that Metadata tells
    #[arg(long)]
    listen: SocketAddr,
    /// TLS address; clients of it are told this one
    #[arg(long, requires = "certificate", requires = "key")]
    listen_tls: Option<SocketAddr>,
    /// PEM file of the certificate of the TLS address
    #[arg(long)]
    certificate: Option<PathBuf>,
    /// PEM file of its key
    #[arg(long)]
    key: Option<PathBuf>,
    /// How many topics there are
    #[arg(long, default_value_t = 10_000)]
    topics: u32,
}

/// Serves until it is killed.
///
/// # Errors
/// When an address cannot be listened on, or the certificate not be read.
pub(crate) async fn run(arguments: Arguments) -> Result<()> {
    let plain = serve_plain(
        socket::listen(arguments.listen)?,
        Arc::new(Answers::new(arguments.listen, arguments.topics)),
    );
    let Some(address) = arguments.listen_tls else {
        plain.await;
        return Ok(());
    };
    let (Some(certificate), Some(key)) = (arguments.certificate, arguments.key) else {
        return Err(Fault::new("TLS needs --certificate and --key"));
    };
    let encrypted = serve_tls(
        socket::listen(address)?,
        Arc::new(Answers::new(address, arguments.topics)),
        tls::acceptor(&certificate, &key)?,
    );
    tokio::join!(plain, encrypted);
    Ok(())
}

async fn serve_plain(listener: TcpListener, answers: Arc<Answers>) {
    loop {
        let stream = socket::accept(&listener).await;
        tokio::spawn(serve(Socket::Plain(stream), Arc::clone(&answers)));
    }
}

async fn serve_tls(
    listener: TcpListener,
    answers: Arc<Answers>,
    acceptor: tokio_rustls::TlsAcceptor,
) {
    loop {
        let stream = socket::accept(&listener).await;
        let (answers, acceptor) = (Arc::clone(&answers), acceptor.clone());
        tokio::spawn(async move {
            match acceptor.accept(stream).await {
                Ok(stream) => {
                    let stream = Box::new(TlsStream::from(stream));
                    serve(Socket::Tls(stream), answers).await;
                }
                Err(error) => eprintln!("TLS handshake: {error}"),
            }
        });
    }
}

async fn serve(socket: Socket, answers: Arc<Answers>) {
    // A connection that breaks is the other side's doing, and shows there.
    if let Err(fault) = Connection::new(socket, answers).serve().await {
        eprintln!("connection: {fault}");
    }
}
