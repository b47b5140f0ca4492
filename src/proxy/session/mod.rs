//! One client connection, from its first byte to its last.
//!
//! [`front`] is the client's socket, [`state`] the sans-io machine of its login, [`verdict`] the
//! judgement of its token, [`broker`] the broker's side, [`forward`] the time after: the only place
//! that selects over both sockets, clocks and the configuration's changes.

pub mod broker;
pub mod forward;
pub mod front;
pub mod login;
pub mod place;
pub mod reauthentication;
pub mod record;
pub mod standing;
pub mod state;
pub mod verdict;

use std::{net::SocketAddr, sync::Arc};

use tokio::{net::TcpStream, time::Instant};

use front::{ClientStream, Greeting, TlsFault};
use login::{Context, NoSession};
use place::{Door, Place};

use crate::{
    proxy::{Proxy, upstream::dial::tune},
    telemetry::metrics,
};

/// Serves one accepted connection to its end.
pub async fn run(proxy: Arc<Proxy>, tcp: TcpStream, peer: SocketAddr, door: Door) {
    let snapshot = proxy.live.current();
    let deadline = Instant::now() + snapshot.limits.login_deadline;
    tune(&tcp);
    let Some(listener) = snapshot.listener(door.listener()) else {
        return;
    };
    let (mut client, place) = match &listener.tls {
        None => match Place::new(&snapshot, &door, None) {
            Some(place) => (ClientStream::Plain(tcp), place),
            None => return,
        },
        Some(config) => {
            let greeted = Greeting::read(tcp, deadline).await;
            let greeting = match greeted {
                Ok(greeting) => greeting,
                Err(fault) => return tls_failed(&listener.name, peer, &fault),
            };
            let name = greeting.server_name();
            let Some(place) = Place::new(&snapshot, &door, name.as_deref()) else {
                return;
            };
            if is_down(&proxy, &place) {
                metrics::connection_refused(&listener.name, "BROKER_DOWN");
                return;
            }
            match greeting.finish(Arc::clone(config), deadline).await {
                Ok(client) => (client, place),
                Err(fault) => return tls_failed(&listener.name, peer, &fault),
            }
        }
    };
    drop(snapshot);
    let context = Context {
        proxy: &proxy,
        place: &place,
        peer,
        deadline,
    };
    // The login's state is large and short-lived; boxed, it does not weigh on the time after.
    let logged_in = Box::pin(login::log_in(&mut client, &context)).await;
    match logged_in {
        Ok(established) => forward::run(&proxy, client, place, peer, established).await,
        Err(NoSession::Silent) => metrics::tcp_check(&place.listener.name),
        Err(NoSession::Frame(reason)) => {
            metrics::login_frame_refused(&place.listener.name, reason);
            tracing::debug!(listener = %place.listener.name, %peer, reason, "closed before login");
            client.close().await;
        }
        Err(NoSession::Login) => client.close().await,
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

fn tls_failed(listener: &str, peer: SocketAddr, fault: &TlsFault) {
    match fault {
        TlsFault::Silent => metrics::tcp_check(listener),
        TlsFault::Deadline => metrics::tls_handshake_failed(listener, fault.label()),
        TlsFault::Handshake(error) => {
            metrics::tls_handshake_failed(listener, fault.label());
            tracing::debug!(listener, %peer, %error, "TLS handshake failed");
        }
    }
}
