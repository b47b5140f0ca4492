//! The time after login: drives the sans-io [`Relay`] between two sockets, with clocks, the
//! configuration's changes and the shutdown beside them.

use std::{future::poll_fn, net::SocketAddr, pin::pin, sync::Arc, task::Poll, time::Duration};

use tokio::{task::coop::unconstrained, time::Instant};

use super::{
    alarm::Alarm,
    awaited::{AwaitedRoom, AwaitedTurn, granted, taken},
    clocks::{Clocks, renewal, run_while},
    denials::DenialLog,
    front::ClientStream,
    idle::Idle,
    login::{Established, known_place, rules},
    news::{News, Newsfeed},
    place::Place,
    reauthentication::Reauthentication,
    record::{self, Teller},
    standing::Standing,
    verdict::Granted,
    wires::{May, Moved, Wires},
};
use crate::{
    limits::{
        BACKLOG_MAX, END_GRACE, HALF_CLOSED_GRACE, HELD_ARRIVAL, HELD_WAIT, IDLE_JUDGE_SPREAD,
        MOVES_MAX, REQUEST_PROGRESS, REQUEST_WINDOW, WRITE_PROGRESS,
    },
    proxy::{
        Proxy,
        admission::source::IdentityKey,
        authorize::{Denials, Sessions},
        brokers::topology::Target,
        entropy,
        held::{Exhausted, HeldPermit},
        relay::{Event, Relay, Room, Setup, Way, end::End},
        rewrite::AddressBook,
        turnstile::Turn,
        upstream::login::{AUTHENTICATE_VERSION, Login},
        versions::Supported,
    },
    snapshot::cluster::Authorization,
    telemetry::metrics::{self, Direction, Traffic},
};

/// An authenticated connection.
pub struct Session {
    driver: Driver,
    wires: Wires,
    /// The broker at the other end.
    target: Target,
}

impl Session {
    /// The session of `client`, who has just logged in.
    #[must_use]
    pub fn begin(
        proxy: &Arc<Proxy>,
        client: ClientStream,
        place: Place,
        peer: SocketAddr,
        established: Established,
    ) -> Box<Self> {
        let Established {
            granted,
            broker,
            expires,
            login_id,
        } = established;
        let place = Arc::new(place);
        let limits = &proxy.live.current().limits;
        let certificate_sha256 = client.certificate_sha256();
        let idle = Idle::new(limits.idle_deadline, Instant::now());
        let driver = Driver {
            relay: Relay::new(setup(proxy, &place, &granted, &broker.supported)),
            reauthentication: Reauthentication::new(Arc::clone(&place), peer, certificate_sha256),
            traffic: Traffic::of(granted.cluster.id.as_str()),
            room: None,
            turn: None,
            clocks: Clocks {
                renew: renewal(&granted.cluster, broker.lifetime),
                ..Clocks::default()
            },
            standing: Standing::new(
                Arc::clone(proxy),
                Arc::clone(&place),
                peer.ip(),
                granted,
                expires,
            ),
            came: 0,
            took: 0,
            moves: 0,
            alarm: Alarm::new(idle.next_look()),
            news: Newsfeed::new(proxy.live.clone(), proxy.draining.clone()),
            idle,
            stall_deadline: limits.stall_deadline,
            ending: None,
            half_closed: false,
            broker_is_deaf: false,
            denials: DenialLog::default(),
            told: Teller {
                login_id,
                listener: Arc::clone(&place.listener),
                peer,
            },
        };
        let wires = Wires {
            client: client.into_socket(),
            broker: broker.socket,
        };
        Box::new(Self {
            driver,
            wires,
            target: broker.target,
        })
    }

    /// Serves it to its end.
    pub async fn run(mut self: Box<Self>) {
        let end = self.driver.drive(&mut self.wires).await;
        let Driver {
            standing,
            denials,
            told,
            ..
        } = &mut self.driver;
        standing.end_turn();
        let (proxy, granted) = (&standing.proxy, &standing.granted);
        if end == End::BrokerClosed {
            let brokers = proxy.brokers.of(&granted.cluster.id);
            brokers.broke(&self.target);
        }
        let shadow = granted.cluster.authorization == Authorization::Shadow;
        for denied in denials.finish() {
            record::denied(proxy, &told.record(), granted, denied, shadow);
        }
        record::ended(proxy, &told.record(), granted, end);
        let Self { driver, wires, .. } = *self;
        Box::pin(wires.close(driver.relay)).await;
    }
}

fn setup(proxy: &Proxy, place: &Place, granted: &Granted, supported: &Arc<Supported>) -> Setup {
    let cluster = &granted.cluster;
    let limits = &proxy.live.current().limits;
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
        advertised: proxy.brokers.of(&cluster.id).offers.of(supported, rules),
        place: known_place(proxy, &here),
        sessions: Sessions::new(Arc::clone(&proxy.shares), cluster.id.as_str(), &who)
            .hold_at_most(limits.max_held),
        topics: proxy.topics.of(cluster.id.as_str()),
        max_in_flight: limits.max_in_flight,
        max_request: limits.max_request,
        max_held: limits.max_held,
    }
}

/// What happened next.
enum Woken {
    Moved(Moved),
    Room(Way, Result<HeldPermit, Exhausted>),
    Judged,
    News(News),
    Turn(Turn),
    Due,
}

/// The session after login.
struct Driver {
    relay: Relay,
    standing: Standing,
    news: Newsfeed,
    reauthentication: Reauthentication,
    traffic: Traffic,
    room: Option<AwaitedRoom>,
    turn: Option<AwaitedTurn>,
    clocks: Clocks,
    alarm: Alarm,
    /// Bytes of the client since [`Clocks::progress`] was set.
    came: usize,
    /// Bytes that the client took since [`Clocks::stall`] was set.
    took: usize,
    idle: Idle,
    stall_deadline: Duration,
    /// Moves in a row since anything else was looked at.
    moves: usize,
    /// Why the last answers are being delivered.
    ending: Option<End>,
    half_closed: bool,
    /// Nothing more can be written to the broker.
    broker_is_deaf: bool,
    denials: DenialLog,
    told: Teller,
}

impl Driver {
    async fn drive(&mut self, wires: &mut Wires) -> End {
        loop {
            let turned = self.turn(wires);
            self.standing.end_turn();
            let begins_end = turned.is_err();
            if let Some(end) = self.ended(turned, wires) {
                return end;
            }
            if begins_end {
                // What was read already may hold the very answers that are still owed.
                continue;
            }
            let woken = self.wait(wires).await;
            let handled = self.handle(woken);
            if let Some(end) = self.ended(handled, wires) {
                return end;
            }
        }
    }

    /// Lets the relay take what was read, until it can take no more. What would be made for a peer that is
    /// behind must wait as well.
    fn turn(&mut self, wires: &mut Wires) -> Result<(), End> {
        self.standing.begin_turn();
        let client_takes = !wires.client.is_behind();
        let broker_takes = !wires.broker.is_behind();
        let down = &mut wires.client.received;
        let up = &mut wires.broker.received;
        loop {
            let before = (down.len(), up.len());
            self.relay
                .allow_reauthentication(self.reauthentication.is_due());
            if client_takes {
                self.relay.on_broker(up, &mut self.standing)?;
            }
            if client_takes && broker_takes {
                self.relay.on_client(down, &mut self.standing)?;
            }
            while let Some(event) = self.relay.next_event() {
                self.on_event(event)?;
            }
            if (down.len(), up.len()) == before {
                break;
            }
        }
        // What is asked for while a peer is behind would be taken from others before it can be used.
        if self.room.is_none() && client_takes {
            let room = self.relay.wants_room(broker_takes);
            self.room = room.map(|room| self.ask_for(room));
        }
        Ok(())
    }

    fn ask_for(&self, room: Room) -> AwaitedRoom {
        let Standing { proxy, granted, .. } = &self.standing;
        let who = IdentityKey::from(&*granted.identity);
        let deadline = Instant::now() + HELD_WAIT;
        let granted = proxy.held.ask(who, room.bytes, deadline);
        Box::pin(async move { (room.way, granted.await) })
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
        let delivered = self.relay.is_idle() && wires.broker_has_all(&self.relay);
        match self.ending {
            Some(end) if delivered => Some(end),
            None if self.half_closed
                && delivered
                && !wires.client_waits(&self.relay)
                && !self.reauthentication.is_judging() =>
            {
                Some(End::ClientClosed)
            }
            _ => None,
        }
    }

    async fn wait(&mut self, wires: &mut Wires) -> Woken {
        let may = self.may(wires);
        if self.moves < MOVES_MAX {
            let relay = &mut self.relay;
            let moved = poll_fn(|context| Poll::Ready(wires.poll(relay, may, context))).await;
            if let Poll::Ready(moved) = moved {
                self.moves = self.moves.saturating_add(1);
                return Woken::Moved(moved);
            }
        }
        // Then they could move nothing, and wake the session when they can.
        let wires_wait = std::mem::take(&mut self.moves) < MOVES_MAX;
        self.run_clocks(wires, may);
        if !self.relay.wants_turn() {
            self.turn = None;
        } else if self.turn.is_none() {
            self.turn = Some(Box::pin(self.standing.proxy.turnstile.turn()));
        }
        let Self {
            relay,
            turn,
            news,
            reauthentication,
            room,
            clocks,
            alarm,
            idle,
            ending,
            ..
        } = self;
        let due = clocks.next();
        let due = due.map_or(idle.next_look(), |due| due.min(idle.next_look()));
        let takes_turn = relay.wants_turn();
        let others = async {
            tokio::select! {
                biased;
                () = reauthentication.judged(), if reauthentication.is_judging() => Woken::Judged,
                (way, permit) = granted(room), if room.is_some() => Woken::Room(way, permit),
                news = news.hear(), if ending.is_none() => Woken::News(news),
                () = alarm.rings_by(due) => Woken::Due,
                turn = taken(turn), if takes_turn => Woken::Turn(turn),
            }
        };
        // Looked at whatever the wires left of the task's budget, or a busy session would hear of nothing else.
        let mut others = pin!(unconstrained(others));
        let mut sleeps = false;
        poll_fn(|context| {
            // Most wake-ups are the wires'; the others were looked at before the session fell asleep, and
            // will be before it does so again.
            let woken = std::mem::replace(&mut sleeps, true);
            if woken && let Poll::Ready(moved) = wires.poll(relay, may, context) {
                return Poll::Ready(Woken::Moved(moved));
            }
            if let Poll::Ready(other) = others.as_mut().poll(context) {
                return Poll::Ready(other);
            }
            if woken || wires_wait {
                return Poll::Pending;
            }
            wires.poll(relay, may, context).map(Woken::Moved)
        })
        .await
    }

    /// Which way bytes may go now. Nothing is read, nor is the end of the stream, before all that came of the
    /// last read is on its way: so a slow peer slows the other, and nothing is forgotten at the end.
    fn may(&self, wires: &Wires) -> May {
        let relay = &self.relay;
        May {
            read_client: !self.half_closed
                && self.ending.is_none()
                && relay.wants_requests()
                && relay.to_broker.is_empty()
                && !wires.broker.is_behind()
                && !wires.client.is_behind()
                && relay.to_client.len() < BACKLOG_MAX,
            read_broker: relay.to_client.is_empty()
                && !wires.client.is_behind()
                && relay.wants_answers(),
            write_broker: !self.broker_is_deaf && self.ending != Some(End::BrokerClosed),
        }
    }

    /// Starts and stops the clocks of what is waited for.
    fn run_clocks(&mut self, wires: &Wires, may: May) {
        let Self {
            relay,
            clocks,
            standing,
            ..
        } = self;
        let mut now = || standing.now();
        let client_waits = wires.client_waits(relay);
        let stall = self.stall_deadline;
        if run_while(client_waits, &mut clocks.stall, stall, &mut now) {
            self.took = 0;
        }
        // Only while it is the client that is waited for, not a broker that takes its time.
        let comes = may.read_client && relay.is_within_request();
        if run_while(comes, &mut clocks.progress, REQUEST_WINDOW, &mut now) {
            self.came = 0;
        }
        let takes_room = relay.request_takes_room();
        run_while(takes_room, &mut clocks.arrival, HELD_ARRIVAL, now);
    }

    fn handle(&mut self, woken: Woken) -> Result<(), End> {
        match woken {
            Woken::Moved(moved) => self.on_moved(moved),
            Woken::Room(way, permit) => {
                self.room = None;
                self.relay.grant(way, permit?);
                Ok(())
            }
            Woken::Judged => {
                self.reauthentication
                    .finish(&mut self.standing, &mut self.relay)?;
                // It was judged by the configuration of its beginning.
                self.standing.check_revoked()
            }
            Woken::News(News::Changed) => {
                // What was revoked or must be bound ends now; the rest may wait its turn.
                self.standing.check_revoked()?;
                // The first of several reloads counts: no flood of them puts the judgement off.
                self.clocks.judge.get_or_insert(Instant::now() + spread());
                Ok(())
            }
            Woken::News(News::Draining) => Err(End::Draining),
            Woken::Turn(turn) => {
                // What waited may have lost its right meanwhile.
                self.standing.begin_turn();
                let worked = self.relay.work(&mut self.standing);
                drop(turn);
                worked
            }
            Woken::Due => self.on_due(Instant::now()),
        }
    }

    fn on_moved(&mut self, moved: Moved) -> Result<(), End> {
        self.took = self.took.saturating_add(moved.left_for_client);
        match moved.to_client {
            None => {}
            Some(Ok(bytes)) => {
                self.idle.note();
                self.traffic
                    .to_client(u64::try_from(bytes).unwrap_or(u64::MAX));
            }
            Some(Err(_)) => return Err(End::ClientGone),
        }
        match moved.to_broker {
            None => {}
            Some(Ok(bytes)) => self
                .traffic
                .to_broker(u64::try_from(bytes).unwrap_or(u64::MAX)),
            Some(Err(_)) => self.broker_takes_nothing(),
        }
        match moved.from_client {
            None => {}
            Some(Ok(0) | Err(_)) => {
                self.half_closed = true;
                self.clocks.end = Some(Instant::now() + HALF_CLOSED_GRACE);
            }
            Some(Ok(bytes)) => {
                self.idle.note();
                self.came = self.came.saturating_add(bytes);
            }
        }
        match moved.from_broker {
            None => Ok(()),
            Some(Ok(0) | Err(_)) => Err(End::BrokerClosed),
            Some(Ok(_)) => {
                self.idle.note();
                Ok(())
            }
        }
    }

    /// The broker closed, but what it said before may not have been read yet: answers first.
    fn broker_takes_nothing(&mut self) {
        self.broker_is_deaf = true;
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
        let takes_too_slowly = over(&mut self.clocks.stall) && self.took < WRITE_PROGRESS;
        if takes_too_slowly || over(&mut self.clocks.arrival) || too_slow {
            return Err(End::Stalled);
        }
        let busy = !self.relay.is_idle() || self.reauthentication.is_judging();
        if self.idle.look(now, busy) {
            return Err(End::Idle);
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

    fn on_denials(&mut self, api: &'static str, denials: Denials) {
        let granted = &self.standing.granted;
        let cluster = &granted.cluster;
        let shadow = cluster.authorization == Authorization::Shadow;
        let record = self.told.record();
        let now = Instant::now();
        for denial in denials.into_kept() {
            let (operation, of) = (denial.operation.as_str(), denial.resource_type.as_str());
            metrics::denied(cluster.id.as_str(), operation, of, shadow);
            for told in self.denials.note(api, denial, now) {
                record::denied(&self.standing.proxy, &record, granted, told, shadow);
            }
        }
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
                self.standing.check_revoked()?;
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
                // A session that ends may be one of a cluster that was exchanged under this id.
                if self.ending.is_none() {
                    let known = self.standing.proxy.brokers.of(&cluster.id);
                    known.learn(cluster, cluster_id, brokers);
                }
            }
            Event::InFlightLimit => metrics::in_flight_limit_reached(),
            Event::Throttled(time) => self.idle.throttle(Instant::now() + time),
            Event::Refused(api) => metrics::request_refused(api),
            Event::Tried {
                api,
                said,
                broker_denied,
            } => metrics::tried(cluster.id.as_str(), api, said.as_str(), broker_denied),
            Event::Denied(api, denials) => self.on_denials(api, denials),
            Event::UnknownTags(way, tags) => {
                let direction = match way {
                    Way::Down => Direction::Request,
                    Way::Up => Direction::Answer,
                };
                metrics::unknown_tags_dropped(direction, tags.into());
            }
        }
        Ok(())
    }
}

/// A share of [`IDLE_JUDGE_SPREAD`], so that a reload does not wake every idle session at once.
fn spread() -> Duration {
    let [share] = entropy::<1>();
    IDLE_JUDGE_SPREAD.mul_f32(f32::from(share) / 255.0)
}

#[cfg(test)]
mod tests {
    use bytes::BytesMut;
    use rustls::DEFAULT_VERSIONS;
    use rustls_pki_types::ServerName;
    use socket2::SockRef;
    use tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _},
        net::{TcpListener, TcpStream},
        sync::watch,
        task::coop::consume_budget,
        time::timeout,
    };

    use super::{
        super::{
            broker::Broker,
            fixture::{Config, granted, initial, place, proxy, token},
        },
        *,
    };
    use crate::{
        limits::{BUFFER_SIZE, HELD_FREE, REAUTHENTICATION_INTERVAL},
        proxy::{
            sasl::login_id::LoginId,
            socket::{Socket, fixture::configs},
        },
        snapshot::publish::Publisher,
        wire::{
            api::{Api, api},
            frame,
            read::read,
            tables::{APIS, api_key},
            value::Value,
        },
    };

    /// A session of `alice` with its two ends in our hands.
    struct Ends {
        publisher: Publisher,
        drain: watch::Sender<bool>,
        client: TcpStream,
        broker: TcpStream,
    }

    async fn pair() -> (TcpStream, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let near = TcpStream::connect(listener.local_addr().unwrap()).await;
        (near.unwrap(), listener.accept().await.unwrap().0)
    }

    fn supported() -> Supported {
        let ranges = APIS.iter().map(|api| {
            Value::fields([
                ("ApiKey", api.key.into()),
                ("MinVersion", api.min_version.into()),
                ("MaxVersion", api.max_version.into()),
            ])
        });
        let body = Value::fields([("ApiKeys", Value::array(ranges))]);
        Supported::from_answer(&body).unwrap()
    }

    /// A login at `place` that lasts `lifetime`, and the broker's end.
    async fn login(
        proxy: &Arc<Proxy>,
        place: &Place,
        lifetime: Duration,
    ) -> (Established, TcpStream) {
        let (broker, theirs) = pair().await;
        let established = Established {
            granted: granted(proxy, place, &[]).await,
            broker: Broker {
                socket: Socket::plain(theirs),
                target: Target::Node(1),
                supported: Arc::new(supported()),
                lifetime: None,
            },
            expires: Instant::now() + lifetime,
            login_id: LoginId::new([0; 8]),
        };
        (established, broker)
    }

    /// A session that was not run, the client's end and the broker's.
    async fn begun(proxy: &Arc<Proxy>) -> (Box<Session>, TcpStream, TcpStream) {
        let place = place(proxy, None);
        let (established, broker) = login(proxy, &place, Duration::from_secs(60)).await;
        let (client, ours) = pair().await;
        let peer = client.local_addr().unwrap();
        let ours = ClientStream::plain(ours);
        let session = Session::begin(proxy, ours, place, peer, established);
        (session, client, broker)
    }

    impl Ends {
        /// A session that lasts `lifetime`.
        async fn start(lifetime: Duration) -> Self {
            let (publisher, proxy) = proxy(Config::new(&["a"]));
            let mut proxy = Arc::into_inner(proxy).unwrap();
            let (drain, draining) = watch::channel(false);
            proxy.draining = draining;
            let proxy = Arc::new(proxy);
            let place = place(&proxy, None);
            let (established, broker) = login(&proxy, &place, lifetime).await;
            let (client, ours) = pair().await;
            let peer = client.local_addr().unwrap();
            tokio::spawn(async move {
                let ours = ClientStream::plain(ours);
                Session::begin(&proxy, ours, place, peer, established)
                    .run()
                    .await;
            });
            Self {
                publisher,
                drain,
                client,
                broker,
            }
        }

        async fn minute() -> Self {
            Self::start(Duration::from_secs(60)).await
        }

        /// The client asks and the broker hears it.
        async fn ask(&mut self, key: i16, id: i32) {
            let body = match key {
                api_key::PRODUCE => Value::fields([("Acks", (-1).into())]),
                _ => Value::fields([]),
            };
            let asked = asked(key, id, &body);
            self.client.write_all(&asked).await.unwrap();
            assert_eq!(frame(&mut self.broker).await, Some(asked[4..].to_vec()));
        }

        /// The broker answers and the client hears it.
        async fn answer(&mut self, key: i16, id: i32) {
            let told = told(key, id);
            self.broker.write_all(&told).await.unwrap();
            assert_eq!(frame(&mut self.client).await, Some(told[4..].to_vec()));
        }
    }

    fn known(key: i16) -> (&'static Api, i16) {
        let api = api(key).unwrap();
        (api, api.max_version)
    }

    fn asked(key: i16, id: i32, body: &Value) -> Vec<u8> {
        let (api, version) = known(key);
        frame::request(api, version, id, Some("client"), body).unwrap()
    }

    fn told(key: i16, id: i32) -> Vec<u8> {
        let (api, version) = known(key);
        frame::response(api, version, id, &Value::fields([])).unwrap()
    }

    /// An answer to Fetch, with `records` in one partition.
    fn fetched(id: i32, records: Value) -> Vec<u8> {
        let partition = Value::fields([("Records", records)]);
        let topic = Value::fields([("Partitions", Value::array([partition]))]);
        let body = Value::fields([("Responses", Value::array([topic]))]);
        let (api, version) = known(api_key::FETCH);
        frame::response(api, version, id, &body).unwrap()
    }

    /// The next frame; `None` at the end of the stream.
    async fn frame(from: &mut TcpStream) -> Option<Vec<u8>> {
        let next = async {
            let length = from.read_u32().await.ok()?;
            let mut frame = vec![0; usize::try_from(length).unwrap()];
            from.read_exact(&mut frame).await.ok()?;
            Some(frame)
        };
        let next = timeout(Duration::from_secs(5), next).await;
        next.expect("a frame or the end")
    }

    async fn body(from: &mut TcpStream, key: i16) -> Value {
        let (api, version) = known(key);
        let frame = frame(from).await.unwrap();
        let (_, at) = frame::response_header(api, version, &frame).unwrap();
        read(api.response, version, &frame[at..]).unwrap()
    }

    #[tokio::test]
    async fn a_client_that_ends_its_stream_gets_what_it_is_owed() {
        let mut session = Ends::minute().await;
        session.ask(api_key::HEARTBEAT, 1).await;
        session.ask(api_key::PRODUCE, 2).await;
        session.client.shutdown().await.unwrap();
        session.answer(api_key::HEARTBEAT, 1).await;
        session.answer(api_key::PRODUCE, 2).await;
        assert_eq!(frame(&mut session.client).await, None);
        assert_eq!(frame(&mut session.broker).await, None);
    }

    #[tokio::test]
    async fn what_was_sent_before_the_end_of_the_stream_goes_up() {
        let mut session = Ends::minute().await;
        let mut acks_0 = Vec::new();
        for id in 0..100 {
            acks_0.extend(asked(
                api_key::PRODUCE,
                id,
                &Value::fields([("Acks", 0.into())]),
            ));
        }
        session.client.write_all(&acks_0).await.unwrap();
        drop(session.client);
        let mut got = Vec::new();
        session.broker.read_to_end(&mut got).await.unwrap();
        assert_eq!(got, acks_0);
    }

    #[tokio::test]
    async fn a_broker_that_ends_its_stream_has_its_last_answers_delivered() {
        let mut session = Ends::minute().await;
        session.ask(api_key::PRODUCE, 1).await;
        session
            .broker
            .write_all(&told(api_key::PRODUCE, 1))
            .await
            .unwrap();
        // Whatever the client sends meanwhile has nowhere to go.
        drop(session.broker);
        let more = asked(api_key::HEARTBEAT, 2, &Value::fields([]));
        session.client.write_all(&more).await.unwrap();
        let answer = frame(&mut session.client).await;
        assert_eq!(answer, Some(told(api_key::PRODUCE, 1)[4..].to_vec()));
        assert_eq!(frame(&mut session.client).await, None);
    }

    #[tokio::test]
    async fn a_drain_waits_for_acknowledgements_and_takes_nothing_new() {
        let mut session = Ends::minute().await;
        session.ask(api_key::PRODUCE, 1).await;
        session.drain.send_replace(true);
        tokio::time::sleep(Duration::from_millis(20)).await;
        let more = asked(api_key::HEARTBEAT, 2, &Value::fields([]));
        session.client.write_all(&more).await.unwrap();
        session.answer(api_key::PRODUCE, 1).await;
        assert_eq!(frame(&mut session.client).await, None);
        assert_eq!(frame(&mut session.broker).await, None);
    }

    #[tokio::test]
    async fn a_drain_does_not_wait_for_a_long_poll() {
        let mut session = Ends::minute().await;
        session.ask(api_key::FETCH, 1).await;
        session.drain.send_replace(true);
        let begun = Instant::now();
        assert_eq!(frame(&mut session.client).await, None);
        assert!(begun.elapsed() < END_GRACE + Duration::from_secs(1));
    }

    #[tokio::test]
    async fn a_session_whose_cluster_is_gone_ends_at_its_next_request() {
        let mut session = Ends::minute().await;
        session.ask(api_key::PRODUCE, 1).await;
        session.publisher.publish(Config::new(&[]).compile(2));
        let more = asked(api_key::HEARTBEAT, 2, &Value::fields([]));
        session.client.write_all(&more).await.unwrap();
        session.answer(api_key::PRODUCE, 1).await;
        assert_eq!(frame(&mut session.client).await, None);
        assert_eq!(frame(&mut session.broker).await, None);
    }

    #[tokio::test]
    async fn an_idle_session_whose_cluster_is_gone_ends_by_itself() {
        let mut session = Ends::minute().await;
        session.publisher.publish(Config::new(&[]).compile(2));
        let ended = session.client.read_u8();
        let ended = timeout(IDLE_JUDGE_SPREAD + Duration::from_secs(2), ended).await;
        assert!(ended.expect("the end").is_err());
    }

    /// A session whose client asked for records and then ended its stream; and the client's and the broker's end.
    async fn half_closed(proxy: &Arc<Proxy>) -> (Box<Session>, TcpStream, TcpStream) {
        let place = place(proxy, None);
        let (established, broker) = login(proxy, &place, Duration::from_secs(60)).await;
        let (mut client, ours) = pair().await;
        let peer = client.local_addr().unwrap();
        let ours = ClientStream::plain(ours);
        let mut session = Session::begin(proxy, ours, place, peer, established);
        let request = asked(api_key::FETCH, 1, &Value::fields([]));
        client.write_all(&request).await.unwrap();
        client.shutdown().await.unwrap();
        let Session { driver, wires, .. } = &mut *session;
        while !driver.half_closed {
            driver.turn(wires).unwrap();
            let (may, relay) = (driver.may(wires), &mut driver.relay);
            let moved = poll_fn(|context| wires.poll(relay, may, context)).await;
            driver.on_moved(moved).unwrap();
        }
        (session, client, broker)
    }

    #[tokio::test]
    async fn who_ended_the_stream_is_owed_answers_for_so_long_and_no_longer() {
        let (_publisher, proxy) = proxy(Config::new(&["a"]));
        for takes_nothing in [false, true] {
            let (mut session, _client, mut broker) = half_closed(&proxy).await;
            let Session { driver, wires, .. } = &mut *session;
            let until = driver.clocks.end.unwrap();
            let left = until - Instant::now();
            assert!(left <= HALF_CLOSED_GRACE && left > HALF_CLOSED_GRACE / 2);
            assert_eq!(driver.on_due(until - Duration::from_millis(1)), Ok(()));

            if takes_nothing {
                // More than all buffers on the way can hold.
                tokio::spawn(async move {
                    let records = Value::from(vec![7; 24 * 1024 * 1024]);
                    let answer = fetched(1, records);
                    drop(broker.write_all(&answer).await);
                });
            }
            // Owed until then, whatever else happens.
            let begun = Instant::now();
            while begun.elapsed() < Duration::from_millis(50)
                || wires.client_waits(&driver.relay) != takes_nothing
            {
                let drives = timeout(Duration::from_millis(50), driver.drive(wires));
                assert_eq!(drives.await.ok(), None, "{takes_nothing}");
                assert!(begun.elapsed() < Duration::from_secs(20));
            }
            assert_eq!(driver.clocks.end, Some(until));

            // Its time has come.
            driver.clocks.end = Some(Instant::now());
            let ends = timeout(Duration::from_secs(5), driver.drive(wires));
            assert_eq!(ends.await.ok(), Some(End::ClientGone), "{takes_nothing}");
        }
    }

    async fn log_in_again(session: &mut Ends, token: &str) -> Value {
        let mechanism = Value::fields([("Mechanism", "OAUTHBEARER".into())]);
        let handshake = asked(api_key::SASL_HANDSHAKE, 1, &mechanism);
        session.client.write_all(&handshake).await.unwrap();
        let answer = body(&mut session.client, api_key::SASL_HANDSHAKE).await;
        assert_eq!(answer.int("ErrorCode"), Some(0));
        let message = Value::fields([("AuthBytes", initial(token, &[]).into())]);
        let authenticate = asked(api_key::SASL_AUTHENTICATE, 2, &message);
        session.client.write_all(&authenticate).await.unwrap();
        body(&mut session.client, api_key::SASL_AUTHENTICATE).await
    }

    #[tokio::test]
    async fn an_expired_session_goes_on_only_by_another_login() {
        let mut late = Ends::start(Duration::ZERO).await;
        let heartbeat = asked(api_key::HEARTBEAT, 1, &Value::fields([]));
        late.client.write_all(&heartbeat).await.unwrap();
        assert_eq!(frame(&mut late.client).await, None);
        assert_eq!(frame(&mut late.broker).await, None, "nothing went up");

        let mut session = Ends::start(Duration::ZERO).await;
        tokio::time::sleep(REAUTHENTICATION_INTERVAL).await;
        let answer = log_in_again(&mut session, &token("alice", 100)).await;
        assert_eq!(answer.int("ErrorCode"), Some(0));
        let lifetime = answer.int("SessionLifetimeMs").unwrap();
        assert!((90_000..=100_000).contains(&lifetime), "{lifetime}");
        session.ask(api_key::HEARTBEAT, 3).await;
        session.answer(api_key::HEARTBEAT, 3).await;
    }

    #[tokio::test]
    async fn k27_somebody_else_is_told_58_and_the_session_ends() {
        let mut session = Ends::minute().await;
        tokio::time::sleep(REAUTHENTICATION_INTERVAL).await;
        let answer = log_in_again(&mut session, &token("bob", 100)).await;
        assert_eq!(answer.int("ErrorCode"), Some(58));
        assert_eq!(frame(&mut session.client).await, None);
        assert_eq!(frame(&mut session.broker).await, None, "nothing went up");
    }

    /// Bytes that both directions may hold, each.
    const HELD: usize = 256 * 1024;

    /// Bytes on their way, and at the end the two ends.
    type Passing = tokio::task::JoinHandle<(Socket, Socket)>;

    /// The two ends of a connection, with TLS or without: who dialled, who accepted.
    async fn connected(tls: bool) -> (Socket, Socket) {
        let (near, far) = pair().await;
        if !tls {
            return (Socket::plain(near), Socket::plain(far));
        }
        let (server, client) = configs("kafka.example.com", DEFAULT_VERSIONS);
        let name = ServerName::try_from("kafka.example.com").unwrap();
        let near = Socket::connect(near, name, Arc::new(client)).unwrap();
        let far = Socket::accept(far, &mut [], Arc::new(server)).unwrap();
        let (near, far) = tokio::join!(near.shake_hands(), far.shake_hands());
        (near.unwrap(), far.unwrap())
    }

    async fn taken(socket: &mut Socket) -> BytesMut {
        if socket.received.is_empty() {
            poll_fn(|context| socket.poll_read(context)).await.unwrap();
        }
        socket.received.split()
    }

    /// What the direction holds that holds more.
    fn held(driver: &Driver, wires: &Wires) -> usize {
        let (client, broker) = (wires.client.held(), wires.broker.held());
        let relay = &driver.relay;
        let down = client.0 + relay.to_broker.capacity() + broker.1;
        down.max(broker.0 + relay.to_client.capacity() + client.1)
    }

    /// Drives a session until `passed` is done; the most that either direction held meanwhile, whenever all
    /// that could move had.
    async fn most_held(session: &mut Session, mut passed: Passing) -> usize {
        let Session { driver, wires, .. } = session;
        let mut most = 0;
        loop {
            driver.turn(wires).unwrap();
            let may = driver.may(wires);
            let relay = &mut driver.relay;
            let moved = poll_fn(|context| Poll::Ready(wires.poll(relay, may, context))).await;
            let moved = if let Poll::Ready(moved) = moved {
                moved
            } else {
                most = most.max(held(driver, wires));
                let relay = &mut driver.relay;
                tokio::select! {
                    moved = poll_fn(|context| wires.poll(relay, may, context)) => moved,
                    _ = &mut passed => return most,
                }
            };
            driver.on_moved(moved).unwrap();
            most = most.max(held(driver, wires));
        }
    }

    /// Sends `frame` while the other end takes it by parts, and is late with each.
    fn trickle(mut from: Socket, frame: Vec<u8>, mut to: Socket) -> Passing {
        tokio::spawn(async move {
            let sent = frame.clone();
            let sending = tokio::spawn(async move {
                from.send(&sent).await.unwrap();
                from
            });
            let mut got = 0;
            while got < frame.len() {
                tokio::time::sleep(Duration::from_millis(1)).await;
                let part = taken(&mut to).await;
                assert!(frame[got..got + part.len()] == part[..], "at {got}");
                got += part.len();
            }
            (sending.await.unwrap(), to)
        })
    }

    /// The most that is held while a frame of 24 MiB passes: a request, or an answer, of `key`.
    async fn held_while_passing(key: i16, tls: bool) -> usize {
        let records = Value::from(vec![7; 24 * 1024 * 1024]);
        let (_publisher, proxy) = proxy(Config::new(&["a"]));
        let place = place(&proxy, None);
        let (mut established, _) = login(&proxy, &place, Duration::from_secs(60)).await;
        let (ours, mut broker) = connected(tls).await;
        established.broker.socket = ours;
        let (mut client, ours) = connected(tls).await;
        let peer = client.tcp().local_addr().unwrap();
        let ours = ClientStream::over(ours);
        let mut session = Session::begin(&proxy, ours, place, peer, established);
        let passed = if key == api_key::PRODUCE {
            let partition = Value::fields([("Records", records)]);
            let topic = Value::fields([("PartitionData", Value::array([partition]))]);
            let body = Value::fields([("TopicData", Value::array([topic]))]);
            trickle(client, asked(key, 1, &body), broker)
        } else {
            let request = asked(key, 1, &Value::fields([]));
            client.send(&request).await.unwrap();
            let answer = fetched(1, records);
            tokio::spawn(async move {
                let mut got = 0;
                while got < request.len() {
                    got += taken(&mut broker).await.len();
                }
                trickle(broker, answer, client).await.unwrap()
            })
        };
        most_held(&mut session, passed).await
    }

    #[tokio::test]
    async fn frames_of_any_size_pass_through_bounded_buffers() {
        for tls in [false, true] {
            for key in [api_key::PRODUCE, api_key::FETCH] {
                let most = held_while_passing(key, tls).await;
                assert!(most <= HELD, "{key} tls={tls}: {most}");
                // The measure works: a frame was waiting.
                assert!(most > 64 * 1024, "{key} tls={tls}: {most}");
            }
        }
    }

    /// A request that is answered here, with many times its bytes.
    fn versions_asked() -> Vec<u8> {
        let api = api(api_key::API_VERSIONS).unwrap();
        frame::request(api, 0, 1, Some("client"), &Value::fields([])).unwrap()
    }

    /// Leaves the system so much room for what goes from one to the other.
    fn leave_room(from: &Socket, to: &Socket, bytes: usize) {
        let (from, to) = (SockRef::from(from.tcp()), SockRef::from(to.tcp()));
        from.set_send_buffer_size(bytes).unwrap();
        to.set_recv_buffer_size(bytes).unwrap();
    }

    /// A session in `tls`, and its two ends.
    async fn between(tls: bool) -> (Publisher, Box<Session>, Socket, Socket) {
        let (publisher, proxy) = proxy(Config::new(&["a"]));
        let place = place(&proxy, None);
        let (mut established, _) = login(&proxy, &place, Duration::from_secs(60)).await;
        let (ours, broker) = connected(tls).await;
        established.broker.socket = ours;
        let (client, ours) = connected(tls).await;
        leave_room(&established.broker.socket, &broker, 16 * 1024);
        leave_room(&ours, &client, 16 * 1024);
        leave_room(&client, &ours, 1024 * 1024);
        let peer = client.tcp().local_addr().unwrap();
        let ours = ClientStream::over(ours);
        let session = Session::begin(&proxy, ours, place, peer, established);
        (publisher, session, client, broker)
    }

    /// The most that a direction holds of `request`, sent without end, when nobody takes anything.
    async fn held_of(request: Vec<u8>, tls: bool) -> usize {
        let (_publisher, mut session, mut client, _broker) = between(tls).await;
        let sending: Passing = tokio::spawn(async move {
            let many = request.repeat(300_000 / request.len());
            loop {
                client.send(&many).await.unwrap();
            }
        });
        // There is much to read when the session begins.
        tokio::time::sleep(Duration::from_millis(100)).await;
        let quiet = tokio::spawn(async move {
            // Long after the last byte that could go went.
            tokio::time::sleep(Duration::from_secs(1)).await;
            connected(false).await
        });
        let most = most_held(&mut session, quiet).await;
        sending.abort();
        most
    }

    #[tokio::test]
    async fn what_nobody_takes_is_bounded_whatever_is_sent() {
        let name = |n: usize| Value::fields([("Name", format!("{n:0200}").into())]);
        let topics = Value::fields([("Topics", Value::array((0..140).map(name)))]);
        let long = asked(api_key::METADATA, 1, &topics);
        assert!(long.len() > 28 * 1024);
        let short = Value::fields([]);
        for tls in [false, true] {
            let requests = [
                versions_asked(),
                asked(api_key::HEARTBEAT, 1, &short),
                long.clone(),
            ];
            for request in requests {
                let length = request.len();
                let most = held_of(request, tls).await;
                let enough = BUFFER_SIZE + HELD_FREE;
                assert!(most <= enough, "{length} tls={tls}: {most}");
                assert!(most > 64 * 1024, "{length} tls={tls}: {most}");
            }
        }
    }

    #[tokio::test]
    async fn a_client_that_ends_its_stream_and_reads_late_gets_every_answer() {
        for (tls, many) in [(false, 5000), (true, 5000), (false, 200), (true, 200)] {
            let (_publisher, session, mut client, _broker) = between(tls).await;
            let session = tokio::spawn(session.run());
            client.send(&versions_asked().repeat(many)).await.unwrap();
            client.shutdown().await.unwrap();
            // By then Oathgate waits for the client with most of the requests unanswered, or all answered.
            tokio::time::sleep(END_GRACE + Duration::from_millis(500)).await;
            while poll_fn(|context| client.poll_read(context)).await.unwrap() > 0 {}
            let mut answers = client.received.split();
            let mut count = 0;
            while let Some((length, _)) = answers.split_first_chunk::<4>() {
                let length = usize::try_from(i32::from_be_bytes(*length)).unwrap();
                assert!(answers.len() >= 4 + length, "a whole answer");
                let _ = answers.split_to(4 + length);
                count += 1;
            }
            assert_eq!(count, many, "tls={tls}");
            session.await.unwrap();
        }
    }

    #[tokio::test]
    async fn a_broker_that_broke_is_not_written_to_again_whatever_ended_the_session_before() {
        let (_publisher, proxy) = proxy(Config::new(&["a"]));
        let (session, _client, _broker) = begun(&proxy).await;
        let Session {
            mut driver, wires, ..
        } = *session;
        driver.ending = Some(End::Draining);
        assert!(driver.may(&wires).write_broker);
        driver.broker_takes_nothing();
        assert!(!driver.may(&wires).write_broker);
        assert_eq!(driver.ending, Some(End::Draining));
    }

    #[tokio::test]
    async fn a_session_that_used_up_its_budget_hears_the_news_all_the_same() {
        let (_publisher, proxy) = proxy(Config::new(&["a"]));
        let mut proxy = Arc::into_inner(proxy).unwrap();
        let (_drain, draining) = watch::channel(true);
        proxy.draining = draining;
        let proxy = Arc::new(proxy);
        let (session, mut client, _broker) = begun(&proxy).await;
        let Session {
            mut driver,
            mut wires,
            ..
        } = *session;
        let request = asked(api_key::HEARTBEAT, 1, &Value::fields([]));
        client.write_all(&request).await.unwrap();
        tokio::time::sleep(Duration::from_millis(20)).await;
        driver.moves = MOVES_MAX;
        poll_fn(|context| {
            while pin!(consume_budget()).poll(context).is_ready() {}
            Poll::Ready(())
        })
        .await;
        let woken = driver.wait(&mut wires).await;
        assert!(matches!(woken, Woken::News(News::Draining)));
    }

    #[tokio::test]
    async fn a_session_at_rest_is_small() {
        let (_publisher, proxy) = proxy(Config::new(&["a"]));
        let (session, _client, _broker) = begun(&proxy).await;
        let state = size_of_val(&*session);
        let future = size_of_val(&session.run());
        assert!(state < 2048 && future < 2048, "{state} {future}");
    }
}
