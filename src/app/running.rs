//! A proxy that runs: started, reloaded, drained.

use std::{path::Path, sync::Arc, time::Duration};

use tokio::{
    net::TcpListener,
    sync::{Semaphore, oneshot, watch},
    time::{Instant, sleep, timeout},
};

use super::{
    AUDIT_DEADLINE, AppError, audit_target, environment,
    fixed::Fixed,
    keys::{self, KeyWatch},
    log_level,
};
use crate::{
    clock::UnixTime,
    control::{
        admin,
        compile::{self, changes},
        settings::{self, Checked, finding::Severity},
    },
    identity::{Introspector, Keyring, Provider, ProviderKey, Refreshers},
    proxy::{
        Proxy,
        admission::Admission,
        brokers::{Brokers, watcher::Watchers},
        entropy,
        held::HeldBudget,
        listener::{Bound, Ports},
        turnstile::Turnstile,
    },
    snapshot::{Snapshot, cluster::Authorization, publish::Publisher},
    status::{Condition, Status},
    telemetry::{
        audit::{Audit, Stream},
        logs::Logs,
        metrics,
    },
};

/// A proxy that runs.
pub(super) struct Running {
    logs: Option<Logs>,
    publisher: Publisher,
    proxy: Arc<Proxy>,
    ports: Ports,
    watchers: Watchers,
    refreshers: Refreshers,
    key_watch: KeyWatch,
    audit: Option<Stream>,
    draining: watch::Sender<bool>,
    stop_admin: oneshot::Sender<()>,
    fixed: Fixed,
}

impl Running {
    /// Starts everything: ports are bound and keys fetched before the first client is accepted.
    pub(super) async fn start(checked: &Checked, logs: Option<Logs>) -> Result<Self, AppError> {
        let exposition = metrics::install(env!("CARGO_PKG_VERSION"))?;
        let status = Status::new(checked.admin.ready_when);
        status.not_ready(Condition::Starting, "starting");
        let snapshot = compile::compile(checked, 1)?;
        let admin_bound = TcpListener::bind(checked.admin.bind)
            .await
            .map_err(|source| AppError::Admin {
                address: checked.admin.bind,
                source,
            })?;
        let mut ports = Ports::default();
        let bound = ports.bind(&snapshot)?;
        let (audit, stream) = open_audit(checked)?;
        let (stop_admin, admin_stopped) = oneshot::channel::<()>();
        let health = admin::serve(admin_bound, status.clone(), exposition, async move {
            // A dropped sender means the same as a word from it.
            drop(admin_stopped.await);
        });
        tokio::spawn(health);

        let limits = snapshot.limits.clone();
        let keyring = Arc::new(Keyring::new(limits.key_wait));
        keys::first(&checked.providers, &keyring).await;
        let seed = u64::from_be_bytes(entropy());
        let mut refreshers = Refreshers::new(Arc::clone(&keyring), seed);
        refreshers.update(&checked.providers)?;

        let publisher = Publisher::new(snapshot);
        let (draining, drains) = watch::channel(false);
        let proxy = Arc::new(Proxy {
            live: publisher.live(),
            keyring: Arc::clone(&keyring),
            introspector: Introspector::new(),
            brokers: Brokers::default(),
            shares: Arc::default(),
            topics: crate::proxy::authorize::Topics::default(),
            status: status.clone(),
            audit,
            connections: Arc::new(Semaphore::new(limits.max_connections)),
            admission: Admission::default(),
            held: HeldBudget::new(limits.held_budget, limits.max_held_per_principal),
            turnstile: Turnstile::default(),
            draining: drains,
        });
        let live = publisher.live();
        let mut running = Self {
            logs,
            publisher,
            proxy,
            ports: Ports::default(),
            watchers: Watchers::new(status.clone()),
            refreshers,
            key_watch: KeyWatch::new(keyring, live, status.clone()),
            audit: stream,
            draining,
            stop_admin,
            fixed: Fixed::of(checked),
        };
        std::mem::swap(&mut running.ports, &mut ports);
        running.key_watch.look();
        running.enforce(bound);
        tell(checked, &running.publisher.current());
        status.ready(&Condition::Starting);
        tracing::info!(version = env!("CARGO_PKG_VERSION"), "oathgate is ready");
        Ok(running)
    }

    /// Puts the snapshot in force to work: brokers watched, ports served.
    fn enforce(&mut self, bound: Bound) {
        let snapshot = self.publisher.current();
        self.watchers.update(&snapshot, &self.proxy.brokers);
        self.ports.serve(&snapshot, bound, &self.proxy);
    }

    /// Looks after the state of keys and of held frames; returns now and then.
    pub(super) async fn look_after(&self) {
        self.key_watch.next_look().await;
        let taken = self.proxy.held.taken();
        metrics::held_bytes(u64::try_from(taken).unwrap_or(u64::MAX));
    }

    /// Fetches all keys at once; sessions whose key is gone lose their right when they are there.
    pub(super) fn refresh_keys(&self) {
        tracing::info!("told to refresh the keys of all providers");
        self.proxy.keyring.demand();
    }

    /// Changes when keys that somebody demanded have come.
    pub(super) fn demanded_keys(&self) -> watch::Receiver<u64> {
        self.proxy.keyring.demands_met()
    }

    /// Has every session judged again, by the configuration as it is.
    pub(super) fn judge_again(&self) {
        let mut same = Snapshot::clone(&self.publisher.current());
        same.generation = self.publisher.next_generation();
        self.publisher.publish(same);
    }

    /// Reads the configuration again, all or nothing. A faulty one is told and changes nothing.
    pub(super) async fn reload(&mut self, config: &Path) {
        if let Some(stream) = &self.audit {
            stream.reopen();
        }
        let reloaded = self.try_reload(config).await;
        metrics::reloaded(reloaded.is_ok());
        match reloaded {
            Ok(generation) => tracing::info!(generation, "configuration reloaded"),
            Err(error) => {
                for line in error.to_string().lines() {
                    tracing::error!("reload refused, the old configuration stays: {line}");
                }
            }
        }
    }

    async fn try_reload(&mut self, config: &Path) -> Result<u64, Box<dyn std::error::Error>> {
        let checked = settings::load(config, &environment).map_err(AppError::Config)?;
        let generation = self.publisher.next_generation();
        let mut snapshot = compile::compile(&checked, generation)?;
        changes(&self.publisher.current(), &snapshot).guard()?;
        let bound = self.ports.bind(&snapshot)?;
        let keyring = &self.proxy.keyring;
        let before = self.publisher.current();
        let known = before.directory.providers();
        // Those that have a key source already have a task that refreshes them.
        let has_keys = |key| {
            known
                .iter()
                .any(|known| known.enabled && known.key() == key)
        };
        let is_new = |provider: &&Arc<Provider>| !has_keys(provider.key());
        let new: Vec<_> = checked.providers.iter().filter(is_new).cloned().collect();
        keys::first(&new, keyring).await;
        self.refreshers.update(&checked.providers)?;
        for path in self.fixed.differing(&checked) {
            tracing::warn!("{path} is changed, which takes a restart; the old value stays in use");
        }
        // A frame longer than an identity's share of the budget would only wait for room in vain.
        let share = self.fixed.max_held_per_principal;
        snapshot.limits.max_held = snapshot.limits.max_held.min(share);
        let kept = |key: &ProviderKey| checked.providers.iter().any(|p| p.key() == *key);
        self.proxy.introspector.retain(kept);
        self.publisher.publish(snapshot);
        for provider in checked.providers.iter().filter(|p| has_moved(p, known)) {
            // Not before: sessions must meet the provider with its new source.
            self.proxy.keyring.supersede(&provider.key());
        }
        self.enforce(bound);
        self.key_watch.look();
        if let Some(logs) = &self.logs {
            logs.set_level(log_level(checked.log.level));
        }
        tell(&checked, &self.publisher.current());
        Ok(generation)
    }

    /// Accepts nobody any more once balancers had time to notice, lets sessions deliver what they owe, and says which way it ended.
    pub(super) async fn drain(mut self) {
        let snapshot = self.publisher.current();
        let (delay, deadline) = (snapshot.limits.drain_delay, snapshot.limits.drain_deadline);
        let (delay_s, deadline_s) = (delay.as_secs(), deadline.as_secs());
        tracing::info!(delay_s, deadline_s, "draining");
        self.proxy
            .status
            .not_ready(Condition::Draining, "told to stop");
        // Balancers see it and send nobody any more; until they do, nobody finds a closed port.
        sleep(delay).await;
        self.ports.close();
        self.draining.send_replace(true);
        let begun = Instant::now();
        let all = u32::try_from(self.fixed.max_connections).unwrap_or(u32::MAX);
        match timeout(deadline, self.proxy.connections.acquire_many(all)).await {
            Ok(_) => tracing::info!(took_ms = millis(begun.elapsed()), "drained"),
            Err(_) => {
                let taken = self.proxy.connections.available_permits();
                let left = self.fixed.max_connections.saturating_sub(taken);
                tracing::warn!(
                    connections = left,
                    "drain deadline passed, connections are cut"
                );
            }
        }
        // The health endpoints answer until here, so that a balancer sees the drain.
        let _ = self.stop_admin.send(());
        if let Some(stream) = self.audit.take() {
            let finished = tokio::task::spawn_blocking(move || stream.finish(AUDIT_DEADLINE)).await;
            if !matches!(finished, Ok(true)) {
                tracing::warn!("the audit stream could not write its last lines in time");
            }
        }
    }
}

fn millis(took: Duration) -> u64 {
    u64::try_from(took.as_millis()).unwrap_or(u64::MAX)
}

fn open_audit(checked: &Checked) -> Result<(Audit, Option<Stream>), AppError> {
    let Some(sink) = &checked.audit else {
        return Ok((Audit::none(), None));
    };
    let instance = u64::from_be_bytes(entropy());
    let now = || UnixTime::now().as_millis();
    let (audit, stream) = Stream::open(audit_target(sink), instance, now)?;
    Ok((audit, Some(stream)))
}

/// Tells what is in force: addresses, doubts, and what is dangerous by choice.
fn tell(checked: &Checked, snapshot: &Snapshot) {
    for finding in &checked.warnings {
        debug_assert_eq!(
            finding.severity,
            Severity::Warning,
            "faults are not started with"
        );
        tracing::warn!("{finding}");
    }
    for certificate in &checked.certificates {
        metrics::certificate_expires(&certificate.listener, certificate.not_after.as_secs());
    }
    for listener in &snapshot.listeners {
        tracing::info!(
            listener = listener.name, bind = %listener.bind, advertised = %listener.advertised,
            tls = listener.tls.is_some(), "listening"
        );
    }
    for cluster in snapshot.clusters.values() {
        let shared = match cluster.authorization {
            Authorization::BrokerSharedIdentity => true,
            Authorization::Shadow => !cluster.is_own_identity(),
            Authorization::Enforce | Authorization::Broker => false,
        };
        metrics::shared_identity(cluster.id.as_str(), shared);
    }
}

/// Whether `provider` has its keys elsewhere than it had among those that are `known`.
fn has_moved(provider: &Provider, known: &[Arc<Provider>]) -> bool {
    known.iter().any(|known| {
        let same = known.organization == provider.organization && known.name == provider.name;
        same && known.key_source.endpoint != provider.key_source.endpoint
    })
}
