//! Identity pools, as real clients name them.

use crate::harness::{
    clients::{KINDS, Kind},
    front::Setup,
    shared,
};
use std::time::Duration;

#[test]
fn a_named_pool_is_who_the_session_acts_as() {
    let kafka = shared::kafka();
    kafka.create_topic("pools-named", 1, 1);
    let front = Setup::new("pools_named").start(&**kafka);
    for kind in KINDS {
        let client = front
            .client(kind)
            .with_extension("identityPoolId", "pool-orders");
        client
            .produce("pools-named", 5, &format!("{kind:?}"))
            .finish();
    }
    front
        .gate
        .wait_audit("User:pool-orders", Duration::from_secs(3));
}

#[test]
fn a_pool_that_does_not_match_is_told_to_both_clients() {
    let kafka = shared::kafka();
    kafka.create_topic("pools-foreign", 1, 1);
    let front = Setup::new("pools_foreign").start(&**kafka);
    let java = front
        .client(Kind::Java)
        .with_extension("identityPoolId", "pool-billing");
    let told = java
        .with("max.block.ms", "10000")
        .produce("pools-foreign", 1, "java")
        .fail();
    assert!(told.contains("POOL_NOT_USABLE"), "{told}");
    let client = front
        .client(Kind::Librdkafka)
        .with_extension("identityPoolId", "pool-billing");
    let mut run = client.produce("pools-foreign", 1, "librdkafka");
    run.wait_note("POOL_NOT_USABLE");
}

#[test]
fn several_pools_can_be_named() {
    let kafka = shared::kafka();
    kafka.create_topic("pools-several", 1, 1);
    let setup = Setup::new("pools_several");
    let prepared = setup.prepare(&**kafka);
    // A second pool that the same client matches.
    let wider = prepared.toml.replaced(
        "filter = 'claims.azp == \"billing-service\"'",
        "filter = 'claims.azp in [\"billing-service\", \"orders-service\"]'",
    );
    std::fs::write(&prepared.config, wider.build()).expect("write a configuration");
    let front = prepared.run();
    let java = front.client(Kind::Java);
    java.with_extension("identityPoolId", "pool-orders,pool-billing")
        .produce("pools-several", 5, "j")
        .finish();
    // In librdkafka's list of extensions a comma has to be escaped.
    let librdkafka = front.client(Kind::Librdkafka);
    let escaped = "pool-orders\\,pool-billing";
    librdkafka
        .with_extension("identityPoolId", escaped)
        .produce("pools-several", 5, "l")
        .finish();
}

#[test]
fn a_client_of_another_pool_is_not_let_in_by_naming_it() {
    let kafka = shared::kafka();
    kafka.create_topic("pools-allow", 1, 1);
    let prepared = Setup::new("pools_allow").prepare(&**kafka);
    let toml = prepared.toml.replaced(
        "\"pool-orders\", \"pool-billing\", \"pool-short\"",
        "\"pool-orders\"",
    );
    std::fs::write(&prepared.config, toml.build()).expect("write a configuration");
    let front = prepared.run();
    front
        .client(Kind::Java)
        .produce("pools-allow", 1, "a")
        .finish();
    let billing = front
        .client(Kind::Java)
        .with_id("billing-service")
        .with("max.block.ms", "10000");
    let told = billing.produce("pools-allow", 1, "b").fail();
    assert!(told.contains("CLUSTER_NOT_ALLOWED"), "{told}");
}
