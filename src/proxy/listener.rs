//! Accepts clients: binds bootstrap and broker ports, takes a permit for each connection, hands it to
//! its session. Knows addresses and permits; nothing of Kafka.

use std::{
    collections::BTreeMap,
    io,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{
    net::{TcpListener, TcpSocket},
    task::AbortHandle,
    time::sleep,
};

use super::{
    Proxy,
    admission::refusal::Refusal,
    session::{self, Accepted, place::Door},
    upstream::dial::tune,
};
use crate::{
    snapshot::{Snapshot, listener::BrokerAddresses},
    telemetry::metrics,
};

/// Connections that the kernel may hold for us. Large, since a broker's return brings everybody.
const BACKLOG: u32 = 1024;

/// Pause after an accept failed, mostly for want of file descriptors: trying at once would spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// A port could not be bound.
#[derive(Debug, thiserror::Error)]
#[error("listener {listener:?} cannot bind {address}: {source}; is something else using the port?")]
pub struct BindFailed {
    /// The listener's name.
    pub listener: String,
    /// What it wanted.
    pub address: SocketAddr,
    /// Why not.
    pub source: io::Error,
}

/// Sockets that are bound and not served yet: bind early, serve late.
#[derive(Debug, Default)]
pub struct Bound(Vec<(SocketAddr, TcpListener)>);

/// The ports that are served.
#[derive(Debug, Default)]
pub struct Ports(BTreeMap<SocketAddr, Port>);

#[derive(Debug)]
struct Port {
    /// What the port stands for; a reload may change it.
    door: Arc<Mutex<Door>>,
    accepting: AbortHandle,
}

impl Ports {
    /// Binds what `snapshot` wants and is not served yet. Changes nothing else, so that a reload
    /// whose ports are taken can be refused whole.
    ///
    /// # Errors
    /// [`BindFailed`], for the first port that cannot be bound.
    pub fn bind(&self, snapshot: &Snapshot) -> Result<Bound, BindFailed> {
        let mut bound = Vec::new();
        for (address, door) in doors(snapshot) {
            if self.0.contains_key(&address) {
                continue;
            }
            let listener = listen(address).map_err(|source| BindFailed {
                listener: door.listener().to_owned(),
                address,
                source,
            })?;
            bound.push((address, listener));
        }
        Ok(Bound(bound))
    }

    /// Serves what `snapshot` wants: `bound` are its new ports, vanished ones are closed. Sessions
    /// that came in by a vanished port are judged like all others.
    pub fn serve(&mut self, snapshot: &Snapshot, bound: Bound, proxy: &Arc<Proxy>) {
        let wanted = doors(snapshot);
        self.0.retain(|address, port| {
            let Some(door) = wanted.get(address) else {
                port.accepting.abort();
                return false;
            };
            *port.door.lock().unwrap_or_else(PoisonError::into_inner) = door.clone();
            true
        });
        for (address, listener) in bound.0 {
            let Some(door) = wanted.get(&address) else {
                continue;
            };
            let door = Arc::new(Mutex::new(door.clone()));
            let serving = accept(Arc::clone(proxy), listener, Arc::clone(&door));
            let accepting = tokio::spawn(serving).abort_handle();
            self.0.insert(address, Port { door, accepting });
        }
    }

    /// Accepts nobody any more. Sessions go on.
    pub fn close(&mut self) {
        for port in self.0.values() {
            port.accepting.abort();
        }
        self.0.clear();
    }
}

/// Every address to bind and what it stands for.
fn doors(snapshot: &Snapshot) -> BTreeMap<SocketAddr, Door> {
    let mut doors = BTreeMap::new();
    for listener in &snapshot.listeners {
        let name = &listener.name;
        doors.insert(
            listener.bind,
            Door::Bootstrap {
                listener: name.clone(),
            },
        );
        for route in &listener.routes {
            if matches!(route.brokers, BrokerAddresses::Sni { .. }) {
                continue;
            }
            for (node_id, port) in route.brokers.bound_ports() {
                let address = SocketAddr::new(listener.bind.ip(), port);
                let cluster = route.cluster.clone();
                doors.insert(
                    address,
                    Door::Broker {
                        listener: name.clone(),
                        cluster,
                        node_id,
                    },
                );
            }
        }
    }
    doors
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() {
        TcpSocket::new_v4()
    } else {
        TcpSocket::new_v6()
    }?;
    // Without it a restarted proxy could not bind while old connections linger.
    socket.set_reuseaddr(true)?;
    tune(&socket);
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

async fn accept(proxy: Arc<Proxy>, listener: TcpListener, door: Arc<Mutex<Door>>) {
    loop {
        let (tcp, peer) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "cannot accept a connection");
                sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        let door = door.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if broker_is_down(&proxy, &door) {
            metrics::connection_refused(door.listener(), "BROKER_DOWN");
            continue;
        }
        // Closed at once: a client that is kept waiting without a word tries nobody else.
        let Ok(permit) = Arc::clone(&proxy.connections).try_acquire_owned() else {
            let admission = &proxy.admission;
            admission.tell(door.listener(), Refusal::Connections, peer.ip());
            continue;
        };
        let accepted = Accepted {
            open: metrics::connection_accepted(door.listener()),
            tcp,
            peer,
            door,
            permit,
        };
        tokio::spawn(session::run(Arc::clone(&proxy), accepted));
    }
}

/// Whether the port belongs to a broker that is down: closing at once looks like it, and costs no
/// TLS.
fn broker_is_down(proxy: &Proxy, door: &Door) -> bool {
    match door {
        Door::Bootstrap { .. } => false,
        Door::Broker {
            cluster, node_id, ..
        } => proxy.brokers.of(cluster).is_down(*node_id),
    }
}

#[cfg(test)]
mod tests {
    use tokio::{
        io::AsyncReadExt,
        net::TcpStream,
        time::{sleep, timeout},
    };

    use super::*;
    use crate::{proxy::session::fixture, snapshot::publish::Publisher};

    /// How soon something must have happened, and how long it must not.
    const SOON: Duration = Duration::from_secs(5);
    const A_WHILE: Duration = Duration::from_millis(50);

    /// A proxy for one client that serves one port, there.
    async fn served() -> (Publisher, Arc<Proxy>, Ports, SocketAddr) {
        let (publisher, proxy) = fixture::proxy(fixture::Config::new(&["a"]));
        let snapshot = publisher.current();
        let mut ports = Ports::default();
        let bound = ports.bind(&snapshot).unwrap();
        let address = bound.0[0].1.local_addr().unwrap();
        ports.serve(&snapshot, bound, &proxy);
        (publisher, proxy, ports, address)
    }

    #[tokio::test]
    async fn waiting_for_the_end_of_sessions_waits_for_the_last() {
        let (_publisher, proxy, mut ports, address) = served().await;
        let client = TcpStream::connect(address).await.unwrap();
        while proxy.connections.available_permits() > fixture::CONNECTIONS - 1 {
            sleep(Duration::from_millis(1)).await;
        }
        ports.close();
        let all = u32::try_from(fixture::CONNECTIONS).unwrap();
        let gone = proxy.connections.acquire_many(all);
        assert!(timeout(A_WHILE, gone).await.is_err(), "a session is there");
        drop(client);
        let gone = proxy.connections.acquire_many(all);
        assert!(timeout(SOON, gone).await.is_ok());
        assert!(TcpStream::connect(address).await.is_err());
    }

    #[tokio::test]
    async fn accepted_connections_are_tuned() {
        let listener = listen("127.0.0.1:0".parse().unwrap()).unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap());
        let (_client, accepted) = tokio::join!(client, listener.accept());
        let (accepted, _) = accepted.unwrap();
        assert!(accepted.nodelay().unwrap());
        let accepted = socket2::SockRef::from(&accepted);
        assert!(accepted.keepalive().unwrap());
        let idle = accepted.tcp_keepalive_time().unwrap();
        assert_eq!(idle, crate::limits::KEEPALIVE_IDLE);
    }

    #[tokio::test]
    async fn a_stranger_does_not_hold_up_the_shutdown() {
        let (publisher, proxy) = fixture::proxy(fixture::Config::new(&["a"]));
        let mut proxy = Arc::into_inner(proxy).unwrap();
        let (drain, draining) = tokio::sync::watch::channel(false);
        proxy.draining = draining;
        let (proxy, snapshot) = (Arc::new(proxy), publisher.current());
        let mut ports = Ports::default();
        let bound = ports.bind(&snapshot).unwrap();
        let address = bound.0[0].1.local_addr().unwrap();
        ports.serve(&snapshot, bound, &proxy);
        let _silent = TcpStream::connect(address).await.unwrap();
        while proxy.connections.available_permits() > fixture::CONNECTIONS - 1 {
            sleep(Duration::from_millis(1)).await;
        }
        ports.close();
        let all = u32::try_from(fixture::CONNECTIONS).unwrap();
        drain.send_replace(true);
        let gone = proxy.connections.acquire_many(all);
        assert!(timeout(SOON, gone).await.is_ok());
    }

    #[tokio::test]
    async fn a_port_that_a_reload_closes_keeps_no_permit() {
        let (_publisher, proxy, mut ports, address) = served().await;
        let mut config = fixture::Config::new(&["a"]);
        config.listening = false;
        ports.serve(&config.compile(2), Bound::default(), &proxy);
        let gone = async {
            while TcpStream::connect(address).await.is_ok()
                || proxy.connections.available_permits() != fixture::CONNECTIONS
            {
                sleep(Duration::from_millis(1)).await;
            }
        };
        assert!(timeout(SOON, gone).await.is_ok());
        assert!(ports.0.is_empty());
    }

    #[tokio::test]
    async fn one_client_too_many_is_closed_at_once() {
        let (_publisher, proxy, _ports, address) = served().await;
        let all = u32::try_from(fixture::CONNECTIONS).unwrap();
        let taken = proxy.connections.acquire_many(all).await.unwrap();
        let mut refused = TcpStream::connect(address).await.unwrap();
        let closed = timeout(SOON, refused.read(&mut [0; 1])).await.unwrap();
        assert!(matches!(closed, Ok(0) | Err(_)));
        drop(taken);
        let mut waiting = TcpStream::connect(address).await.unwrap();
        assert!(timeout(A_WHILE, waiting.read(&mut [0; 1])).await.is_err());
    }

    #[tokio::test]
    async fn a_port_that_is_taken_is_told_and_nothing_is_bound() {
        let taken = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut config = fixture::Config::new(&["a"]);
        config.bind = taken.local_addr().unwrap();
        let refused = Ports::default().bind(&config.compile(1)).unwrap_err();
        let text = refused.to_string();
        assert!(
            text.contains("front") && text.contains(&config_port(&taken)),
            "{text}"
        );
    }

    fn config_port(taken: &TcpListener) -> String {
        taken.local_addr().unwrap().port().to_string()
    }
}
