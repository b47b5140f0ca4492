//! One client connection, from its first byte to its last.
//!
//! [`front`] is the client's socket, [`state`] the sans-io machine of its login, [`verdict`] the
//! judgement of its token, [`broker`] the broker's side, [`forward`] the time after: the only place
//! that selects over both sockets, clocks and the configuration's changes.

pub mod alarm;
pub mod awaited;
pub mod broker;
pub mod clocks;
pub mod denials;
#[cfg(test)]
pub(super) mod fixture;
pub mod forward;
pub mod front;
pub mod idle;
pub mod introduction;
pub mod login;
pub mod news;
pub mod place;
pub mod reauthentication;
pub mod record;
pub mod standing;
pub mod state;
pub mod verdict;
pub mod wires;

use std::{net::SocketAddr, sync::Arc};

use tokio::{net::TcpStream, sync::OwnedSemaphorePermit, time::Instant};

use forward::Session;
use front::{ClientStream, Greeting, TlsFault};
use introduction::{Unintroduced, introduce};
use login::{Context, Farewell, NoSession};
use news::drained;
use place::{Door, Place};

use crate::{
    limits::END_GRACE,
    proxy::{
        Proxy,
        admission::{
            Seat,
            source::{IdentityKey, Source},
        },
    },
    telemetry::metrics::{self, OpenConnection},
};

/// A connection that was accepted.
#[derive(Debug)]
pub struct Accepted {
    /// Its socket.
    pub tcp: TcpStream,
    /// The other end of it: the client, or a balancer.
    pub peer: SocketAddr,
    /// The port it came in by.
    pub door: Door,
    /// Its share of all connections.
    pub permit: OwnedSemaphorePermit,
    /// Counts as open until this is dropped.
    pub open: OpenConnection,
}

/// A connection that is logged in.
struct Entered {
    session: Box<Session>,
    /// Its share of what its address, and its identity, may have.
    seats: (Seat<Source>, Seat<IdentityKey>),
}

/// Serves one accepted connection to its end.
pub async fn run(proxy: Arc<Proxy>, accepted: Accepted) {
    let Accepted {
        tcp,
        peer,
        door,
        permit,
        open,
    } = accepted;
    let mut permit = Some(permit);
    let mut draining = proxy.draining.clone();
    let entered = tokio::select! {
        // The way in takes much state for a short time; boxed, it does not weigh on the time after.
        entered = Box::pin(enter(&proxy, tcp, peer, &door, &mut permit)) => entered,
        // A client that has not logged in is owed nothing, and must not hold up the shutdown.
        () = drained(&mut draining) => None,
    };
    if let Some(Entered { session, seats }) = entered {
        session.run().await;
        drop(seats);
    }
    drop((open, permit));
}

/// From the first byte to a login; `None` when there is none, and all that was to be said was said.
/// Gives `permit` back before a failed login is held back: nobody waits for that.
async fn enter(
    proxy: &Arc<Proxy>,
    mut tcp: TcpStream,
    peer: SocketAddr,
    door: &Door,
    permit: &mut Option<OwnedSemaphorePermit>,
) -> Option<Entered> {
    let deadline = Instant::now() + proxy.live.current().limits.login_deadline;
    let (peer, seat) = admit(proxy, &mut tcp, peer, door, deadline).await?;
    let (mut client, place) = greet(proxy, tcp, peer, door, deadline).await?;
    let context = Context {
        proxy,
        place: &place,
        peer,
        deadline,
    };
    let farewell = match login::log_in(&mut client, &context).await {
        Ok((established, identity_seat)) => {
            return Some(Entered {
                session: Session::begin(proxy, client, place, peer, established),
                seats: (seat, identity_seat),
            });
        }
        Err(NoSession::Silent) => {
            metrics::tcp_check(&place.listener.name);
            return None;
        }
        Err(NoSession::Frame(reason, farewell)) => {
            metrics::login_frame_refused(&place.listener.name, reason);
            tracing::debug!(listener = %place.listener.name, %peer, reason, "closed before login");
            farewell
        }
        Err(NoSession::Login(farewell)) => farewell,
    };
    permit.take();
    part(proxy, client, farewell, deadline).await;
    None
}

/// Whose connection it is, and whether that address may have one more.
async fn admit(
    proxy: &Proxy,
    tcp: &mut TcpStream,
    peer: SocketAddr,
    door: &Door,
    deadline: Instant,
) -> Option<(SocketAddr, Seat<Source>)> {
    let snapshot = proxy.live.current();
    let listener = snapshot.listener(door.listener())?;
    let introduced = match &listener.proxy_protocol {
        Some(rules) => introduce(tcp, peer, rules, deadline).await,
        None => Ok(peer),
    };
    let client = match introduced {
        Ok(client) => client,
        Err(fault) => return not_introduced(proxy, &listener.name, peer, &fault),
    };
    let seat = proxy
        .admission
        .address(client.ip(), &snapshot.limits, Instant::now());
    match seat {
        Ok(seat) => Some((client, seat)),
        Err(refusal) => {
            proxy.admission.tell(&listener.name, refusal, client.ip());
            None
        }
    }
}

fn not_introduced<T>(
    proxy: &Proxy,
    listener: &str,
    peer: SocketAddr,
    fault: &Unintroduced,
) -> Option<T> {
    let reason = fault.code();
    if matches!(fault, Unintroduced::Silent) {
        metrics::tcp_check(listener);
        return None;
    }
    metrics::connection_refused(listener, reason);
    if proxy.admission.notice_due(listener, reason) {
        tracing::warn!(
            listener, %peer, reason,
            "connection closed: see `proxy_protocol` of the listener, and what stands in front of it"
        );
    }
    None
}

/// Says no, and good-bye, after the delay that failed logins are held back for.
async fn part(proxy: &Proxy, mut client: ClientStream, farewell: Farewell, deadline: Instant) {
    let Farewell { delay, answer } = farewell;
    proxy.admission.hold_back(delay).await;
    if let Some(answer) = answer {
        // The delay is ours: it must not take the answer's time.
        let deadline = deadline.max(Instant::now() + END_GRACE);
        // The login failed whether or not the client still hears of it.
        let _ = client.send(&answer, deadline).await;
    }
    client.close().await;
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
    proxy.brokers.of(&route.cluster).is_down(node_id)
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
