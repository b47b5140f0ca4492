//! What the tests of one process share, each started by the first test that wants it: a cluster of three
//! brokers, a cluster of one, a development issuer, an authority for certificates.

use super::{
    authority::Authority,
    folder,
    issuer::Issuer,
    kafka::{self, Brokers, OAuth, Wanted},
};
use std::sync::{OnceLock, RwLock, RwLockReadGuard, RwLockWriteGuard};

type Shared = RwLock<Box<dyn Brokers>>;

/// The runtime of what is asynchronous in the harness.
pub(crate) fn runtime() -> &'static tokio::runtime::Runtime {
    static RUNTIME: OnceLock<tokio::runtime::Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| tokio::runtime::Runtime::new().expect("start a runtime"))
}

/// Signs the certificates of every Oathgate under test.
pub(crate) fn authority() -> &'static Authority {
    static AUTHORITY: OnceLock<Authority> = OnceLock::new();
    AUTHORITY.get_or_init(|| Authority::new("authority of the tests"))
}

/// Trusted by every Oathgate under test and by the brokers. A test that rotates keys or takes the issuer
/// off line starts one of its own.
pub(crate) fn issuer() -> &'static Issuer {
    static ISSUER: OnceLock<Issuer> = OnceLock::new();
    ISSUER.get_or_init(Issuer::start)
}

/// Three brokers (node ids 1 to 3), used together with other tests: nobody stops any of them meanwhile.
pub(crate) fn kafka() -> RwLockReadGuard<'static, Box<dyn Brokers>> {
    three()
        .read()
        .unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// The same three brokers, alone: the test may stop and start them, and leaves them running.
pub(crate) fn kafka_alone() -> RwLockWriteGuard<'static, Box<dyn Brokers>> {
    three()
        .write()
        .unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// Another cluster, of one broker with node id 1 and nothing but a plaintext listener.
pub(crate) fn second_kafka() -> RwLockReadGuard<'static, Box<dyn Brokers>> {
    static SECOND: OnceLock<Shared> = OnceLock::new();
    let second = SECOND.get_or_init(|| {
        let wanted = Wanted {
            nodes: 1,
            ..Wanted::default()
        };
        RwLock::new(kafka::start(&wanted, &folder::of("kafka-second")))
    });
    second
        .read()
        .unwrap_or_else(|poisoned| poisoned.into_inner())
}

fn three() -> &'static Shared {
    static THREE: OnceLock<Shared> = OnceLock::new();
    THREE.get_or_init(start_three)
}

fn start_three() -> Shared {
    let issuer = issuer();
    let oauth = OAuth {
        issuer: issuer.url(),
        jwks_uri: issuer.jwks_uri(),
        audience: super::issuer::AUDIENCE.to_owned(),
    };
    let wanted = Wanted {
        nodes: 3,
        oauth: Some(oauth),
        ..Wanted::default()
    };
    RwLock::new(kafka::start(&wanted, &folder::of("kafka-three")))
}
