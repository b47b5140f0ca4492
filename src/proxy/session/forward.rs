//! The time after login: drives the sans-io [`Relay`] between two sockets, with clocks, the
//! configuration's changes and the shutdown beside them.

use std::{io, net::SocketAddr, pin::Pin, sync::Arc, time::Duration};

use bytes::BytesMut;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadHalf, WriteHalf, split},
    sync::OwnedSemaphorePermit,
    time::{Instant, sleep_until, timeout},
};

use super::{
    front::ClientStream,
    login::{Established, known_place, rules},
    place::Place,
    reauthentication::Reauthentication,
    record::{self, Login as Record},
    standing::{News, Standing},
    verdict::Granted,
};
use crate::{
    limits::{
        BACKLOG_MAX, END_GRACE, HALF_CLOSED_GRACE, HELD_ARRIVAL, HELD_WAIT, IDLE_JUDGE_SPREAD,
        READ_SIZE, READ_SIZE_FIRST, REAUTHENTICATION_INTERVAL, REQUEST_PROGRESS, REQUEST_WINDOW,
        WRITE_STALL,
    },
    proxy::{
        Proxy,
        authorize::Sessions,
        entropy,
        relay::{Event, Relay, Room, Setup, Way, end::End},
        rewrite::AddressBook,
        upstream::{
            login::{AUTHENTICATE_VERSION, Login},
            stream::Stream,
        },
        versions::{self, Supported},
    },
    snapshot::{cluster::Cluster, credential::Credential},
    telemetry::metrics::{self, Traffic},
};

/// Serves an authenticated connection to its end.
pub async fn run(
    proxy: &Arc<Proxy>,
    client: ClientStream,
    place: Place,
    peer: SocketAddr,
    established: Established,
) {
    let Established {
        granted,
        broker,
        expires,
        login_id,
    } = established;
    let certificate_sha256 = client.certificate_sha256();
    let relay = Relay::new(setup(proxy, &place, &granted, &broker.supported));
    let traffic = Traffic::of(granted.cluster.id.as_str());
    let renew = renewal(&granted.cluster, broker.lifetime);
    let place = Arc::new(place);
    let standing = Standing::new(Arc::clone(proxy), Arc::clone(&place), granted, expires);
    let reauthentication = Reauthentication::new(Arc::clone(&place), peer, certificate_sha256);
    let mut wires = Wires::new(client, broker.stream);
    let mut driver = Driver {
        relay,
        standing,
        reauthentication,
        traffic,
        room: None,
        clocks: Clocks {
            renew,
            ..Clocks::default()
        },
        came: 0,
        ending: None,
        half_closed: false,
    };
    let end = driver.drive(&mut wires).await;
    let granted = &driver.standing.granted;
    if end == End::BrokerClosed {
        proxy.brokers.of(&granted.cluster.id).broke(&broker.target);
    }
    let listener = &place.listener.name;
    let record = Record {
        login_id,
        again: false,
        listener,
        peer,
        software: None,
    };
    record::ended(proxy, &record, granted, end);
    wires.close(&mut driver.relay).await;
}

fn setup(proxy: &Proxy, place: &Place, granted: &Granted, supported: &Supported) -> Setup {
    let cluster = &granted.cluster;
    let rules = rules(cluster);
    let identity = &granted.identity;
    // Equal for one user of one provider only, whatever connection they come by.
    let who = format!(
        "{}\n{}\n{}",
        identity.organization, identity.provider, identity.claim
    );
    let here = Place {
        listener: Arc::clone(&place.listener),
        routes: vec![granted.route.clone()],
        node_id: place.node_id,
    };
    Setup {
        rules,
        addresses: AddressBook::new(granted.route.brokers.clone()),
        advertised: Arc::new(versions::advertise(supported, rules)),
        place: known_place(proxy, &here),
        sessions: Sessions::new(Arc::clone(&proxy.shares), cluster.id.as_str(), &who),
        max_held: proxy.live.current().limits.max_held,
    }
}

/// When a login to a broker that lets it live for `lifetime` is renewed: after 60 % of it. A login
/// by the client's token is not renewed by itself: only another token would make it last longer,
/// and that comes when the client logs in again.
fn renewal(cluster: &Cluster, lifetime: Option<Duration>) -> Option<Instant> {
    if cluster.upstream.credential == Credential::ClientToken {
        return None;
    }
    let wait = lifetime?.mul_f32(0.6).max(REAUTHENTICATION_INTERVAL);
    Instant::now().checked_add(wait)
}

/// Bytes read from one peer that the relay has not taken yet.
#[derive(Debug, Default)]
struct Inlet {
    bytes: BytesMut,
    /// Whether the last read filled its room, so that the next gets more.
    busy: bool,
}

impl Inlet {
    /// Reads once. Safe to drop: no byte is lost.
    async fn read(&mut self, from: &mut (impl AsyncRead + Unpin)) -> io::Result<usize> {
        let room = if self.busy {
            READ_SIZE
        } else {
            READ_SIZE_FIRST
        };
        if self.bytes.is_empty() && self.bytes.capacity() > READ_SIZE_FIRST && !self.busy {
            self.bytes = BytesMut::new();
        }
        self.bytes.reserve(room);
        let read = from.read_buf(&mut self.bytes).await?;
        self.busy = read >= READ_SIZE_FIRST;
        Ok(read)
    }
}

/// The two sockets, and what was read from them.
struct Wires {
    client_read: ReadHalf<ClientStream>,
    client_write: WriteHalf<ClientStream>,
    broker_read: ReadHalf<Stream>,
    broker_write: WriteHalf<Stream>,
    from_client: Inlet,
    from_broker: Inlet,
    /// Whether bytes were handed to a socket's TLS and may still be in it.
    client_unflushed: bool,
    broker_unflushed: bool,
}

impl Wires {
    fn new(client: ClientStream, broker: Stream) -> Self {
        let (client_read, client_write) = split(client);
        let (broker_read, broker_write) = split(broker);
        Self {
            client_read,
            client_write,
            broker_read,
            broker_write,
            from_client: Inlet::default(),
            from_broker: Inlet::default(),
            client_unflushed: false,
            broker_unflushed: false,
        }
    }

    /// Delivers what still waits for the client, then closes both sides.
    async fn close(self, relay: &mut Relay) {
        let Self {
            client_read,
            mut client_write,
            broker_read,
            mut broker_write,
            ..
        } = self;
        let rest = std::mem::take(&mut relay.to_client);
        let said = timeout(END_GRACE, async {
            client_write.write_all(&rest).await?;
            client_write.flush().await
        });
        // The session is over; a client that does not take its rest has lost it.
        drop(said.await);
        drop(timeout(END_GRACE, broker_write.shutdown()).await);
        drop((broker_read, broker_write));
        client_read.unsplit(client_write).close().await;
    }
}

/// Writes once, or flushes when nothing is left to write. Safe to drop: no byte is lost.
async fn put(
    to: &mut (impl AsyncWrite + Unpin),
    bytes: &mut BytesMut,
    unflushed: &mut bool,
) -> io::Result<usize> {
    if bytes.is_empty() {
        to.flush().await?;
        *unflushed = false;
        return Ok(0);
    }
    let wrote = to.write_buf(bytes).await?;
    *unflushed = true;
    if wrote == 0 {
        Err(io::ErrorKind::WriteZero.into())
    } else {
        Ok(wrote)
    }
}

/// Room that is being waited for.
type AwaitedRoom = Pin<Box<dyn Future<Output = (Way, Option<OwnedSemaphorePermit>)> + Send>>;

/// Deadlines; `None` = not running.
#[derive(Debug, Default)]
struct Clocks {
    /// The broker is logged in to again.
    renew: Option<Instant>,
    /// The session is judged by a new configuration even if it is idle.
    judge: Option<Instant>,
    /// The client must have taken some of its bytes.
    stall: Option<Instant>,
    /// The last answers must have been delivered.
    end: Option<Instant>,
    /// Enough of the request that is coming must have come.
    progress: Option<Instant>,
    /// A request that takes room from others must be there whole.
    arrival: Option<Instant>,
}

impl Clocks {
    fn next(&self) -> Option<Instant> {
        let all = [
            self.renew,
            self.judge,
            self.stall,
            self.end,
            self.progress,
            self.arrival,
        ];
        all.into_iter().flatten().min()
    }
}

/// What happened next.
enum Woken {
    Client(io::Result<usize>),
    Broker(io::Result<usize>),
    ClientTook(io::Result<usize>),
    BrokerTook(io::Result<usize>),
    Room(Way, Option<OwnedSemaphorePermit>),
    Judged,
    News(News),
    Due,
}

/// The session after login.
struct Driver {
    relay: Relay,
    standing: Standing,
    reauthentication: Reauthentication,
    traffic: Traffic,
    room: Option<AwaitedRoom>,
    clocks: Clocks,
    /// Bytes of the client since [`Clocks::progress`] was set.
    came: usize,
    /// Why the last answers are being delivered.
    ending: Option<End>,
    half_closed: bool,
}

impl Driver {
    async fn drive(&mut self, wires: &mut Wires) -> End {
        loop {
            let turned = self.turn(wires);
            if let Some(end) = self.ended(turned, wires) {
                return end;
            }
            let woken = self.wait(wires).await;
            let handled = self.handle(woken);
            if let Some(end) = self.ended(handled, wires) {
                return end;
            }
        }
    }

    /// Lets the relay take what was read, until it can take no more.
    fn turn(&mut self, wires: &mut Wires) -> Result<(), End> {
        let Wires {
            from_client: Inlet { bytes: down, .. },
            from_broker,
            ..
        } = wires;
        let up = &mut from_broker.bytes;
        loop {
            let before = (down.len(), up.len());
            self.relay
                .allow_reauthentication(self.reauthentication.is_due());
            self.relay.on_broker(up, &mut self.standing)?;
            self.relay.on_client(down, &mut self.standing)?;
            while let Some(event) = self.relay.next_event() {
                self.on_event(event)?;
            }
            if (down.len(), up.len()) == before {
                break;
            }
        }
        if self.room.is_none() {
            self.room = self.relay.wants_room().map(|room| self.ask_for(room));
        }
        Ok(())
    }

    fn ask_for(&self, room: Room) -> AwaitedRoom {
        let held = Arc::clone(&self.standing.proxy.held);
        Box::pin(async move {
            let bytes = u32::try_from(room.bytes).unwrap_or(u32::MAX);
            let granted = timeout(HELD_WAIT, held.acquire_many_owned(bytes)).await;
            (room.way, granted.ok().and_then(Result::ok))
        })
    }

    /// Why the session ends now, if it does: at once, or once its last answers were delivered.
    fn ended(&mut self, outcome: Result<(), End>, wires: &Wires) -> Option<End> {
        if let Err(end) = outcome {
            if self.ending.is_some() || !end.delivers_answers() {
                return Some(self.ending.unwrap_or(end));
            }
            self.ending = Some(end);
            self.clocks.end = Some(Instant::now() + END_GRACE);
            self.relay.begin_end();
        }
        let sent = self.relay.to_broker.is_empty() && !wires.broker_unflushed;
        let delivered = self.relay.is_idle() && sent;
        match self.ending {
            Some(end) if delivered => Some(end),
            None if self.half_closed && delivered && !self.reauthentication.is_judging() => {
                Some(End::ClientClosed)
            }
            _ => None,
        }
    }

    async fn wait(&mut self, wires: &mut Wires) -> Woken {
        let Self {
            relay,
            standing,
            reauthentication,
            room,
            clocks,
            came,
            ..
        } = self;
        let reads_client = !self.half_closed
            && self.ending.is_none()
            && relay.wants_requests()
            && relay.to_broker.len() < BACKLOG_MAX
            && relay.to_client.len() < BACKLOG_MAX;
        let reads_broker = relay.to_client.len() < BACKLOG_MAX && relay.wants_answers();
        let client_waits = !relay.to_client.is_empty() || wires.client_unflushed;
        let broker_hears = self.ending != Some(End::BrokerClosed);
        let broker_waits = broker_hears && (!relay.to_broker.is_empty() || wires.broker_unflushed);
        run_while(client_waits, &mut clocks.stall, WRITE_STALL);
        // Only while it is the client that is waited for, not a broker that takes its time.
        let comes = reads_client && relay.is_within_request();
        if run_while(comes, &mut clocks.progress, REQUEST_WINDOW) {
            *came = 0;
        }
        let takes_room = relay.request_takes_room();
        run_while(takes_room, &mut clocks.arrival, HELD_ARRIVAL);
        let due = clocks.next();
        let Wires {
            client_read,
            client_write,
            broker_read,
            broker_write,
            from_client,
            from_broker,
            client_unflushed,
            broker_unflushed,
        } = wires;
        tokio::select! {
            took = put(client_write, &mut relay.to_client, client_unflushed), if client_waits => Woken::ClientTook(took),
            took = put(broker_write, &mut relay.to_broker, broker_unflushed), if broker_waits => Woken::BrokerTook(took),
            read = from_broker.read(broker_read), if reads_broker => Woken::Broker(read),
            read = from_client.read(client_read), if reads_client => Woken::Client(read),
            () = reauthentication.judged(), if reauthentication.is_judging() => Woken::Judged,
            (way, permit) = granted(room), if room.is_some() => Woken::Room(way, permit),
            news = standing.news(), if self.ending.is_none() => Woken::News(news),
            () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => Woken::Due,
        }
    }

    fn handle(&mut self, woken: Woken) -> Result<(), End> {
        match woken {
            Woken::Client(Ok(0) | Err(_)) => {
                self.half_closed = true;
                self.clocks.end = Some(Instant::now() + HALF_CLOSED_GRACE);
                Ok(())
            }
            Woken::Broker(Ok(0) | Err(_)) => Err(End::BrokerClosed),
            Woken::BrokerTook(Err(_)) => {
                self.broker_takes_nothing();
                Ok(())
            }
            Woken::ClientTook(Err(_)) => Err(End::ClientGone),
            Woken::Client(Ok(bytes)) => {
                self.came = self.came.saturating_add(bytes);
                Ok(())
            }
            Woken::Broker(Ok(_)) => Ok(()),
            Woken::ClientTook(Ok(bytes)) => {
                self.clocks.stall = None;
                self.traffic.up(u64::try_from(bytes).unwrap_or(u64::MAX));
                Ok(())
            }
            Woken::BrokerTook(Ok(bytes)) => {
                self.traffic.down(u64::try_from(bytes).unwrap_or(u64::MAX));
                Ok(())
            }
            Woken::Room(way, permit) => {
                self.room = None;
                self.relay.grant(way, permit.ok_or(End::BudgetExhausted)?);
                Ok(())
            }
            Woken::Judged => self
                .reauthentication
                .finish(&mut self.standing, &mut self.relay),
            Woken::News(News::Changed) => {
                // What was revoked ends now; the rest may wait its turn.
                self.standing.check_revoked()?;
                // The first of several reloads counts: no flood of them puts the judgement off.
                self.clocks.judge.get_or_insert(Instant::now() + spread());
                Ok(())
            }
            Woken::News(News::Draining) => Err(End::Draining),
            Woken::Due => self.on_due(Instant::now()),
        }
    }

    /// The broker closed, but what it said before may not have been read yet: answers first.
    fn broker_takes_nothing(&mut self) {
        self.relay.to_broker.clear();
        self.relay.begin_end();
        if self.ending.is_none() {
            self.ending = Some(End::BrokerClosed);
            self.clocks.end = Some(Instant::now() + END_GRACE);
        }
    }

    fn on_due(&mut self, now: Instant) -> Result<(), End> {
        let over = |clock: &mut Option<Instant>| clock.take_if(|at| *at <= now).is_some();
        if over(&mut self.clocks.end) {
            return Err(if self.half_closed {
                End::ClientGone
            } else {
                End::Finished
            });
        }
        let too_slow = over(&mut self.clocks.progress) && self.came < REQUEST_PROGRESS;
        if over(&mut self.clocks.stall) || over(&mut self.clocks.arrival) || too_slow {
            return Err(End::Stalled);
        }
        if over(&mut self.clocks.judge) {
            self.standing.judge()?;
        }
        if over(&mut self.clocks.renew) {
            let granted = &self.standing.granted;
            let credential = &granted.cluster.upstream.credential;
            let step = Login::start(
                credential,
                Some(&granted.token),
                AUTHENTICATE_VERSION,
                entropy(),
            );
            self.relay
                .renew_upstream(step.map_err(|_| End::UpstreamLoginFailed)?)?;
        }
        Ok(())
    }

    fn on_event(&mut self, event: Event) -> Result<(), End> {
        let cluster = &self.standing.granted.cluster;
        match event {
            Event::Reauthenticate(initial, reply) => {
                self.reauthentication.begin(&self.standing, initial, reply);
            }
            Event::UpstreamReauthenticated(lifetime) => {
                self.clocks.renew = renewal(cluster, lifetime);
                self.reauthentication
                    .upstream_done(lifetime, &mut self.standing, &mut self.relay);
            }
            Event::UpstreamRefused(failed) => {
                let (standing, relay) = (&self.standing, &mut self.relay);
                return Err(self
                    .reauthentication
                    .upstream_refused(&failed, standing, relay));
            }
            Event::Learned {
                cluster_id,
                brokers,
            } => {
                let known = self.standing.proxy.brokers.of(&cluster.id);
                known.learn(cluster, cluster_id, brokers);
            }
            Event::Refused(api) => metrics::request_refused(api),
        }
        Ok(())
    }
}

/// Starts `clock` when `condition` begins to hold and stops it when it no longer does; whether it
/// was started.
fn run_while(condition: bool, clock: &mut Option<Instant>, for_at_most: Duration) -> bool {
    let starts = condition && clock.is_none();
    if starts {
        *clock = Some(Instant::now() + for_at_most);
    } else if !condition {
        *clock = None;
    }
    starts
}

async fn granted(room: &mut Option<AwaitedRoom>) -> (Way, Option<OwnedSemaphorePermit>) {
    match room {
        Some(room) => room.await,
        None => std::future::pending().await,
    }
}

/// A share of [`IDLE_JUDGE_SPREAD`], so that a reload does not wake every idle session at once.
fn spread() -> Duration {
    let [share] = entropy::<1>();
    IDLE_JUDGE_SPREAD.mul_f32(f32::from(share) / 255.0)
}
