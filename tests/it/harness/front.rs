//! One Oathgate before one cluster, as most tests want it: TLS, a provider, three pools, one listener.

use super::{
    clients::{Client, Kind},
    folder,
    hosts::Hosts,
    issuer::Issuer,
    kafka::{self, Brokers, Protocol},
    oathgate::Oathgate,
    ports,
    raw::Raw,
    shared,
    toml::{self, Behind, Mapping, Toml, Upstream},
};
use std::{
    fs,
    path::PathBuf,
    thread,
    time::{Duration, Instant},
};

/// Longest wait for a reload.
const RELOAD_DEADLINE: Duration = Duration::from_secs(10);

/// The cluster as clients name it.
pub(crate) const CLUSTER: &str = "lkc-tests";

/// What a test varies.
pub(crate) struct Setup<'a> {
    /// Also the folder.
    pub(crate) name: &'a str,
    pub(crate) mapping: Mapping,
    pub(crate) protocol: Protocol,
    /// The inline table of the upstream login.
    pub(crate) sasl: Option<String>,
    /// Lines of `[limits]`.
    pub(crate) limits: &'a str,
    /// Further keys of the cluster.
    pub(crate) cluster: &'a str,
    pub(crate) issuer: &'a Issuer,
}

impl<'a> Setup<'a> {
    /// Port mapping, plaintext brokers, defaults everywhere.
    pub(crate) fn new(name: &'a str) -> Self {
        Self {
            name,
            mapping: Mapping::Port,
            protocol: Protocol::Plaintext,
            sasl: None,
            limits: "",
            cluster: "",
            issuer: shared::issuer(),
        }
    }

    /// Starts Oathgate before `brokers`.
    pub(crate) fn start(&self, brokers: &dyn Brokers) -> Front {
        let prepared = self.prepare(brokers);
        prepared.run()
    }

    /// Everything but the start: ports, certificates, the configuration.
    pub(crate) fn prepare(&self, brokers: &dyn Brokers) -> Prepared {
        let folder = folder::of(self.name);
        let (port, first_port, admin) = (ports::one(), ports::block(3), ports::one());
        let authority = shared::authority();
        authority
            .server(&["localhost", "127.0.0.1", "*.kafka.test"])
            .write(&folder, "server");
        let ca = folder::write(&folder, "ca.pem", &authority.pem());
        folder::write_secret(&folder, "upstream-password", kafka::USERS[1].password);
        fs::copy(brokers.ca(), folder.join("brokers-ca.pem")).expect("copy the brokers' authority");
        let audit = folder.join("audit.jsonl");
        let upstream = Upstream {
            bootstrap: brokers.bootstrap(self.protocol),
            protocol: self.protocol,
            sasl: self.sasl.clone(),
        };
        let behind = Behind::new(CLUSTER, first_port);
        let toml = Toml::new(admin, &audit)
            .text(&format!("[limits]\n{}", self.limits))
            .listener(port, self.mapping, &[behind])
            .cluster(CLUSTER, &upstream, self.cluster)
            .provider(&self.issuer.url());
        let config = folder::write(&folder, "oathgate.toml", toml.build());
        Prepared {
            mapping: self.mapping,
            token_endpoint: self.issuer.token_endpoint(),
            toml,
            config,
            audit,
            ca,
            folder,
            port,
            first_port,
            admin,
        }
    }
}

/// A front that could be started.
pub(crate) struct Prepared {
    pub(crate) mapping: Mapping,
    pub(crate) token_endpoint: String,
    pub(crate) toml: Toml,
    pub(crate) config: PathBuf,
    pub(crate) audit: PathBuf,
    ca: PathBuf,
    pub(crate) folder: PathBuf,
    pub(crate) port: u16,
    pub(crate) first_port: u16,
    pub(crate) admin: u16,
}

impl Prepared {
    pub(crate) fn run(self) -> Front {
        let gate = Oathgate::start(&self.config, self.admin, &self.audit);
        Front { gate, at: self }
    }

    /// Nobody reads what it logs.
    pub(crate) fn run_unread(self) -> Front {
        let gate = Oathgate::start_unread(&self.config, self.admin, &self.audit);
        Front { gate, at: self }
    }

    /// A client of this front, which knows these names beside those of the system.
    pub(crate) fn client(&self, kind: Kind, bootstrap: &str, names: Option<Vec<String>>) -> Client {
        Client {
            kind,
            release: kafka::Release::Newest,
            bootstrap: bootstrap.to_owned(),
            token_endpoint: self.token_endpoint.clone(),
            id: "orders-service".to_owned(),
            extensions: Vec::new(),
            ca: self.ca.clone(),
            hosts: names.map(|names| Hosts::write(&self.folder, &names)),
            folder: self.folder.clone(),
            extra: Vec::new(),
        }
    }

    /// Waits for nothing: it may never become ready.
    pub(crate) fn run_unready(self) -> Front {
        let gate = Oathgate::start_unready(&self.config, self.admin, &self.audit);
        Front { gate, at: self }
    }
}

/// A running Oathgate and how to reach it.
pub(crate) struct Front {
    pub(crate) gate: Oathgate,
    pub(crate) at: Prepared,
}

impl Front {
    /// What clients are given as `bootstrap.servers`.
    pub(crate) fn bootstrap(&self) -> String {
        match self.at.mapping {
            Mapping::Port => format!("localhost:{}", self.at.port),
            Mapping::Sni => format!("{}:{}", toml::bootstrap_host(CLUSTER), self.at.port),
        }
    }

    /// The address under which clients know broker `node`.
    pub(crate) fn broker(&self, node: u16) -> String {
        match self.at.mapping {
            Mapping::Port => format!("localhost:{}", self.at.first_port + node - 1),
            Mapping::Sni => format!("{}:{}", toml::broker_host(CLUSTER, node), self.at.port),
        }
    }

    /// A client that logs in as `orders-service` without any extension.
    pub(crate) fn client(&self, kind: Kind) -> Client {
        let names = (self.at.mapping == Mapping::Sni).then(|| {
            let nodes = (1..=3).map(|node| toml::broker_host(CLUSTER, node));
            nodes.chain([toml::bootstrap_host(CLUSTER)]).collect()
        });
        self.at.client(kind, &self.bootstrap(), names)
    }

    /// A raw connection to the bootstrap address.
    pub(crate) fn raw(&self) -> Raw {
        let sni = match self.at.mapping {
            Mapping::Port => "localhost".to_owned(),
            Mapping::Sni => toml::bootstrap_host(CLUSTER),
        };
        self.raw_at(self.at.port, &sni)
    }

    /// A raw connection to the bootstrap address, if it takes one.
    pub(crate) fn try_raw(&self) -> Option<Raw> {
        let address = format!("127.0.0.1:{}", self.at.port);
        Raw::try_tls(&address, &shared::authority().pem(), "localhost").ok()
    }

    /// A raw connection to one port under one server name.
    pub(crate) fn raw_at(&self, port: u16, sni: &str) -> Raw {
        Raw::tls(
            &format!("127.0.0.1:{port}"),
            &shared::authority().pem(),
            sni,
        )
    }

    /// Sends SIGHUP with `text` for a configuration and waits until the reload is counted as `outcome`.
    pub(crate) fn reload(&self, text: &str, outcome: &str) {
        let label = format!("outcome=\"{outcome}\"");
        let before = self.gate.metric("oathgate_reloads_total", &label);
        self.gate.reload(text);
        let until = Instant::now() + RELOAD_DEADLINE;
        while self.gate.metric("oathgate_reloads_total", &label) <= before {
            assert!(
                Instant::now() < until,
                "no reload counted {outcome}:\n{}",
                self.gate.log()
            );
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// A raw connection, logged in with a token of `orders-service`.
    pub(crate) fn logged_in(&self) -> Raw {
        let mut raw = self.raw();
        let answer = raw
            .login(&orders_token(), &[])
            .expect("an answer to the token");
        assert_eq!(answer.error, 0, "{answer:?}");
        raw
    }
}

/// A token as `orders-service` gets them, fresh.
pub(crate) fn orders_token() -> String {
    shared::issuer().token(serde_json::json!({ "sub": "orders-service", "azp": "orders-service" }))
}
