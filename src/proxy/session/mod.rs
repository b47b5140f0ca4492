//! One client connection, from its first byte to its last.
//!
//! [`front`] is the client's socket, [`state`] the sans-io machine of its login, [`verdict`] the
//! judgement of its token, [`broker`] the broker's side, [`forward`] the time after: the only place
//! that selects over both sockets, clocks and the configuration's changes.

pub mod broker;
#[cfg(test)]
pub(super) mod fixture;
pub mod forward;
pub mod front;
pub mod login;
pub mod place;
pub mod reauthentication;
pub mod record;
pub mod standing;
pub mod state;
pub mod verdict;
pub mod wires;

use std::{net::SocketAddr, sync::Arc};

use tokio::{net::TcpStream, time::Instant};

use forward::Session;
use front::{ClientStream, Greeting, TlsFault};
use login::{Context, NoSession};
use place::{Door, Place};
use standing::drained;

use crate::{
    proxy::{Proxy, upstream::dial::tune},
    telemetry::metrics,
};

/// Serves one accepted connection to its end.
pub async fn run(proxy: Arc<Proxy>, tcp: TcpStream, peer: SocketAddr, door: Door) {
    let mut draining = proxy.draining.clone();
    let entered = tokio::select! {
        // The way in takes much state for a short time; boxed, it does not weigh on the time after.
        entered = Box::pin(enter(&proxy, tcp, peer, &door)) => entered,
        // A client that has not logged in is owed nothing, and must not hold up the shutdown.
        () = drained(&mut draining) => None,
    };
    if let Some(session) = entered {
        session.run().await;
    }
}

/// From the first byte to a login; `None` when there is none, and all that was to be said was said.
async fn enter(
    proxy: &Arc<Proxy>,
    tcp: TcpStream,
    peer: SocketAddr,
    door: &Door,
) -> Option<Box<Session>> {
    let deadline = Instant::now() + proxy.live.current().limits.login_deadline;
    tune(&tcp);
    let (mut client, place) = greet(proxy, tcp, peer, door, deadline).await?;
    let context = Context {
        proxy,
        place: &place,
        peer,
        deadline,
    };
    match login::log_in(&mut client, &context).await {
        Ok(established) => {
            return Some(Session::begin(proxy, client, place, peer, established));
        }
        Err(NoSession::Silent) => metrics::tcp_check(&place.listener.name),
        Err(NoSession::Frame(reason)) => {
            metrics::login_frame_refused(&place.listener.name, reason);
            tracing::debug!(listener = %place.listener.name, %peer, reason, "closed before login");
            client.close().await;
        }
        Err(NoSession::Login) => client.close().await,
    }
    None
}

/// TLS where the listener has it, and where the connection may go.
async fn greet(
    proxy: &Proxy,
    tcp: TcpStream,
    peer: SocketAddr,
    door: &Door,
    deadline: Instant,
) -> Option<(ClientStream, Place)> {
    let snapshot = proxy.live.current();
    let listener = snapshot.listener(door.listener())?;
    let Some(config) = &listener.tls else {
        let place = Place::new(&snapshot, door, None)?;
        return Some((ClientStream::plain(tcp), place));
    };
    let greeting = match Greeting::read(tcp, deadline).await {
        Ok(greeting) => greeting,
        Err(fault) => return tls_failed(&listener.name, peer, &fault),
    };
    let place = Place::new(&snapshot, door, greeting.server_name())?;
    if is_down(proxy, &place) {
        metrics::connection_refused(&listener.name, "BROKER_DOWN");
        return None;
    }
    let finished = greeting.finish(Arc::clone(config), &proxy.turnstile, deadline);
    match finished.await {
        Ok(client) => Some((client, place)),
        Err(fault) => tls_failed(&listener.name, peer, &fault),
    }
}

/// Whether port or server name mean a broker that is known not to answer: it looks like it.
pub(super) fn is_down(proxy: &Proxy, place: &Place) -> bool {
    let (Some(node_id), Some(route)) = (place.node_id, place.only()) else {
        return false;
    };
    proxy
        .brokers
        .of(&route.cluster)
        .read(|topology| topology.is_down(node_id))
}

fn tls_failed<T>(listener: &str, peer: SocketAddr, fault: &TlsFault) -> Option<T> {
    match fault {
        TlsFault::Silent => metrics::tcp_check(listener),
        TlsFault::Deadline => metrics::tls_handshake_failed(listener, fault.label()),
        TlsFault::Handshake(error) => {
            metrics::tls_handshake_failed(listener, fault.label());
            tracing::debug!(listener, %peer, %error, "TLS handshake failed");
        }
    }
    None
}
