//! What tests of sessions share: a configuration in parts, a proxy that has it, and sessions of it.

use std::{
    collections::BTreeMap,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use tokio::sync::{Semaphore, watch};

use super::{
    place::{Door, Place},
    verdict::{self, Asker, Granted, Verdict},
};
use crate::{
    clock::UnixTime,
    identity::{
        Directory, Keyring, Provider,
        fixture::{self, ISSUER, RSA_A},
    },
    policy::{allow::Allow, fixture::authorizer},
    proxy::{Proxy, admission::Admission, brokers::Brokers, held::HeldBudget},
    snapshot::{
        SessionLimits, Snapshot,
        cluster::{Authorization, Cluster, ClusterId, Upstream},
        credential::Credential,
        listener::{BrokerAddresses, HostTemplate, Listener, Route},
        publish::Publisher,
    },
    status::{ReadyWhen, Status},
    telemetry::audit::Audit,
};

/// Client connections at once.
pub(in crate::proxy) const CONNECTIONS: usize = 1;

/// A configuration before it is compiled: tests change what they are about.
pub(in crate::proxy) struct Config {
    pub(in crate::proxy) providers: Vec<Provider>,
    pub(in crate::proxy) clusters: Vec<Cluster>,
    pub(in crate::proxy) routes: Vec<Route>,
    pub(in crate::proxy) bind: SocketAddr,
    /// Whether there is a listener at all.
    pub(in crate::proxy) listening: bool,
}

impl Config {
    /// Clusters `a` and `b`, of which listener `front` has those in `behind`, a server name a broker;
    /// provider `idp` may connect to both.
    pub(in crate::proxy) fn new(behind: &[&str]) -> Self {
        Self {
            providers: vec![fixture::provider("idp", ISSUER)],
            clusters: vec![cluster("a"), cluster("b")],
            routes: behind.iter().map(|id| route(id)).collect(),
            bind: "127.0.0.1:0".parse().unwrap(),
            listening: true,
        }
    }

    pub(in crate::proxy) fn compile(self, generation: u64) -> Snapshot {
        let providers = self.providers.into_iter().map(Arc::new).collect();
        let clusters = self.clusters.into_iter();
        let listener = Listener {
            name: "front".to_owned(),
            bind: self.bind,
            advertised: "front.example.com:9092".parse().unwrap(),
            tls: None,
            proxy_protocol: None,
            routes: self.routes,
        };
        let listeners = self.listening.then(|| Arc::new(listener));
        Snapshot {
            generation,
            directory: Directory::new(providers).unwrap(),
            clusters: clusters
                .map(|cluster| (cluster.id.clone(), Arc::new(cluster)))
                .collect(),
            listeners: listeners.into_iter().collect(),
            limits: limits(),
        }
    }
}

fn limits() -> SessionLimits {
    SessionLimits {
        failure_delay: Duration::ZERO,
        key_wait: Duration::from_millis(10),
        drain_deadline: Duration::from_secs(1),
        max_connections: CONNECTIONS,
        max_held: 1024 * 1024,
        held_budget: 1024 * 1024,
        max_held_per_principal: 1024 * 1024,
        ..SessionLimits::default()
    }
}

pub(in crate::proxy) fn id(text: &str) -> ClusterId {
    ClusterId::parse(text).unwrap()
}

fn cluster(name: &str) -> Cluster {
    Cluster {
        id: id(name),
        organization: fixture::organization(),
        bootstrap_servers: vec![format!("{name}.internal:9092").parse().unwrap()],
        upstream: Upstream {
            tls: None,
            credential: Credential::None,
            connect_timeout: Duration::from_secs(1),
        },
        authorization: Authorization::BrokerSharedIdentity,
        allow: Allow {
            providers: [fixture::provider("idp", ISSUER).name].into(),
            ..Allow::default()
        },
        policy: Arc::new(authorizer(&[])),
        require_logical_cluster: false,
        admin_apis: false,
        telemetry: true,
        static_brokers: BTreeMap::new(),
        dial_map: BTreeMap::new(),
    }
}

pub(in crate::proxy) fn route(name: &str) -> Route {
    Route {
        cluster: id(name),
        brokers: BrokerAddresses::Sni {
            bootstrap_host: format!("{name}.example.com"),
            broker_host: HostTemplate::parse(&format!("b{{n}}-{name}.example.com")).unwrap(),
            advertised_port: 9092,
        },
    }
}

pub(in crate::proxy) fn bootstrap() -> Door {
    Door::Bootstrap {
        listener: "front".to_owned(),
    }
}

/// A proxy that has `config`; keys of its providers are there.
pub(in crate::proxy) fn proxy(config: Config) -> (Publisher, Arc<Proxy>) {
    let publisher = Publisher::new(config.compile(1));
    let keyring = Keyring::new(Duration::from_millis(10));
    for provider in publisher.current().directory.providers() {
        keyring.open(&provider.key());
        let keys = fixture::keys(&[RSA_A.jwk(r#""kid":"k1","#)]);
        keyring.store(&provider.key(), keys, UnixTime::now());
    }
    let proxy = Proxy {
        live: publisher.live(),
        keyring: Arc::new(keyring),
        introspector: crate::identity::Introspector::new(),
        brokers: Brokers::default(),
        shares: Arc::default(),
        topics: crate::proxy::authorize::Topics::default(),
        status: Status::new(ReadyWhen::AnyCluster),
        audit: Audit::none(),
        connections: Arc::new(Semaphore::new(CONNECTIONS)),
        admission: Admission::default(),
        held: HeldBudget::new(1024 * 1024, 1024 * 1024),
        turnstile: crate::proxy::turnstile::Turnstile::default(),
        draining: watch::channel(false).1,
    };
    (publisher, Arc::new(proxy))
}

pub(in crate::proxy) fn place(proxy: &Proxy, server_name: Option<&str>) -> Place {
    Place::new(&proxy.live.current(), &bootstrap(), server_name).unwrap()
}

/// A token of `user` that is good for `secs` from now on.
pub(in crate::proxy) fn token(user: &str, secs: i64) -> String {
    let now = UnixTime::now().as_secs();
    let (exp, iat) = ((now + secs).to_string(), (now - 60).to_string());
    fixture::token(&[("sub", &format!("{user:?}")), ("exp", &exp), ("iat", &iat)])
}

/// OAUTHBEARER's first message with `token` and `extensions`, each as `name=value`.
pub(in crate::proxy) fn initial(token: &str, extensions: &[&str]) -> Vec<u8> {
    let mut message = format!("n,,\x01auth=Bearer {token}");
    for extension in extensions {
        message.push('\x01');
        message.push_str(extension);
    }
    message.push_str("\x01\x01");
    message.into_bytes()
}

pub(in crate::proxy) async fn judge(
    proxy: &Proxy,
    place: &Place,
    session: Option<&Granted>,
    initial: &[u8],
) -> Verdict {
    let asker = Asker {
        place,
        address: IpAddr::from([127, 0, 0, 1]),
        certificate_sha256: None,
        session,
    };
    verdict::judge(proxy, &asker, initial).await
}

/// A session of `alice` at `place` that was granted.
pub(in crate::proxy) async fn granted(
    proxy: &Proxy,
    place: &Place,
    extensions: &[&str],
) -> Granted {
    let first = initial(&token("alice", 600), extensions);
    match judge(proxy, place, None, &first).await {
        Verdict::Granted(granted) => *granted,
        other => panic!("{other:?}"),
    }
}
