//! OffsetForLeaderEpoch: consumers need DESCRIBE of each topic, and followers are no clients.

use super::items;
use crate::policy::operation::Operation;
use crate::policy::resource::Resource;
use crate::proxy::authorize::authority::Authority;
use crate::proxy::authorize::facts::Facts;
use crate::proxy::authorize::request::Request;
use crate::proxy::authorize::{Decision, Obstacle};
use crate::wire::error_code;

/// `KafkaApis.handleOffsetForLeaderEpochRequest`: whoever has CLUSTER_ACTION needs nothing else.
pub(super) fn decide(
    request: &Request<'_>,
    authority: &mut Authority<'_>,
) -> Result<Decision, Obstacle> {
    let mut facts = Facts::default();
    let unknown = request.walk(&mut facts)?;
    if facts.is_follower {
        return request.refuse(&request.read()?, error_code::TOPIC_AUTHORIZATION_FAILED);
    }
    if authority.may_quietly(Operation::ClusterAction, &Resource::CLUSTER) {
        return request.forward(unknown);
    }
    items::decide_topics(request, Operation::Describe, authority)
}

#[cfg(test)]
mod tests {
    use crate::proxy::authorize::fixture::{Bench, codes, texts, versions};
    use crate::wire::tables::api_key::OFFSET_FOR_LEADER_EPOCH;
    use crate::wire::value::Value;

    fn body(version: i16, replica: i32, names: &[&str]) -> Value {
        let partitions = || Value::array([Value::fields([("Partition", 0.into())])]);
        let topic =
            |name: &&str| Value::fields([("Topic", (*name).into()), ("Partitions", partitions())]);
        let topics = Value::Array(names.iter().map(topic).collect());
        let mut body = Value::fields([("Topics", topics)]);
        if version >= 3 {
            body.set("ReplicaId", replica);
        }
        body
    }

    #[test]
    fn denied_topics_come_last_and_followers_get_nothing() {
        let acls = ["ALLOW DESCRIBE TOPIC LITERAL a"];
        for version in versions(OFFSET_FOR_LEADER_EPOCH, 0) {
            let mut bench = Bench::new(OFFSET_FOR_LEADER_EPOCH, version, &acls);
            assert!(bench.decide(&body(version, -1, &["a"])).as_it_came);
            let outcome = bench.decide(&body(version, -1, &["b", "a"]));
            assert_eq!(texts(outcome.up.as_ref().unwrap()), ["a"]);
            let answer = bench.answered(&outcome, &body(1, 0, &["a"]));
            assert_eq!(codes(&answer), [0, 29], "v{version}");
            if version >= 3 {
                let answer = bench.decide(&body(version, 0, &["a"])).answer.unwrap();
                assert_eq!(codes(&answer), [29], "v{version}");
            }
            let all = ["ALLOW CLUSTER_ACTION CLUSTER LITERAL kafka-cluster"];
            let mut bench = Bench::new(OFFSET_FOR_LEADER_EPOCH, version, &all);
            assert!(bench.decide(&body(version, -1, &["a", "b"])).as_it_came);
        }
    }
}
