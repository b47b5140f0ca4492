//! DescribeCluster: brokers are told to everybody, operations to who may describe the cluster.

use super::filter::Filter;
use crate::policy::operation::Operation;
use crate::policy::resource::Resource;
use crate::proxy::authorize::amend::Amend;
use crate::proxy::authorize::authority::Authority;
use crate::proxy::authorize::request::Request;
use crate::proxy::authorize::{Decision, Obstacle};
use crate::wire::schema::{Field, Mark};
use crate::wire::value::Value;
use crate::wire::visitor::{At, Scalar, Visitor};

/// `AuthHelper.computeDescribeClusterResponse`.
pub(super) fn describe(request: &Request<'_>) -> Result<Decision, Obstacle> {
    let mut asked = Asked::default();
    let unknown = request.walk(&mut asked)?;
    if asked.operations {
        return request.forward_and_amend(unknown, Amend::filter(Filter::ClusterOperations));
    }
    request.forward(unknown)
}

#[derive(Default)]
struct Asked {
    operations: bool,
}

impl Visitor for Asked {
    fn value(&mut self, field: &'static Field, _: &At<'_>, value: Scalar<'_>) {
        if field.mark == Mark::IncludeClusterAuthorizedOperations {
            self.operations = value == Scalar::Bool(true);
        }
    }
}

/// What is told of the cluster's operations, where the broker says `theirs`: none to who may not describe
/// it.
pub(super) fn operations(theirs: i64, authority: &mut Authority<'_>) -> i64 {
    let ours = authority.authorized_operations(theirs, &Resource::CLUSTER);
    // A value that means "not asked for" stays, whoever asks.
    if ours < 0 || authority.may_cluster(Operation::Describe) {
        ours
    } else {
        0
    }
}

/// The same in an answer to DescribeCluster.
pub(super) fn filter(body: &mut Value, authority: &mut Authority<'_>) {
    if let Some(theirs) = body.int("ClusterAuthorizedOperations") {
        body.set("ClusterAuthorizedOperations", operations(theirs, authority));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proxy::authorize::fixture::Session;
    use crate::wire::tables::api_key::DESCRIBE_CLUSTER as KEY;

    #[test]
    fn operations_are_told_to_who_may_describe_the_cluster() {
        const ALTER: &str = "ALLOW ALTER CLUSTER LITERAL kafka-cluster User:a *";
        const CREATE: &str = "ALLOW CREATE CLUSTER LITERAL kafka-cluster User:a *";
        for version in 0..=2 {
            for (acls, theirs, told, denials) in [
                (vec![ALTER, CREATE], 8096, (1 << 5) | (1 << 7) | (1 << 8), 0),
                (vec![ALTER], 1 << 8, 1 << 8, 0),
                (vec![CREATE], 8096, 0, 1),
                (vec![], -2_147_483_648, -2_147_483_648, 0),
            ] {
                let mut trial = Session::of(&acls);
                let asked = Value::fields([("IncludeClusterAuthorizedOperations", true.into())]);
                let Decision::ForwardAndAmend { frame: None, amend } =
                    trial.decide(KEY, version, &asked).decision
                else {
                    panic!("v{version}");
                };
                let theirs = Value::fields([("ClusterAuthorizedOperations", theirs.into())]);
                let answer = trial.amended(&amend, KEY, version, &theirs);
                assert_eq!(answer.int("ClusterAuthorizedOperations"), Some(told));
                assert_eq!(trial.denied().len(), denials);
            }
            let decision = Session::of(&[])
                .decide(KEY, version, &Value::fields([]))
                .decision;
            assert!(matches!(decision, Decision::Forward), "v{version}");
        }
    }
}
