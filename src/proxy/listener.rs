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
    session::{self, place::Door},
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
        // After the accept, or every idle port would keep a permit from a client. So one accepted
        // connection a port may wait here; the others wait in the kernel.
        let Ok(permit) = Arc::clone(&proxy.connections).acquire_owned().await else {
            return;
        };
        let open = metrics::connection_accepted(door.listener());
        let proxy = Arc::clone(&proxy);
        tokio::spawn(async move {
            session::run(proxy, tcp, peer, door).await;
            drop((open, permit));
        });
    }
}

/// Whether the port belongs to a broker that is down: closing at once looks like it, and costs no
/// TLS.
fn broker_is_down(proxy: &Proxy, door: &Door) -> bool {
    match door {
        Door::Bootstrap { .. } => false,
        Door::Broker {
            cluster, node_id, ..
        } => proxy
            .brokers
            .of(cluster)
            .read(|topology| topology.is_down(*node_id)),
    }
}
