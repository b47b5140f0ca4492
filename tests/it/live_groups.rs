//! A group that is taken away from a member while brokers make it wait for the others: what became of the group is
//! not told it, and the others notice nothing. Classic groups, a real coordinator.

use crate::harness::{
    enforced::{self, Rule, ask, hear, logged_in, send},
    front::Front,
    raw::Raw,
    shared,
};
use ::oathgate::wire::{
    tables::api_key::{FIND_COORDINATOR, HEARTBEAT, JOIN_GROUP, SYNC_GROUP},
    value::Value,
};
use std::{
    thread,
    time::{Duration, Instant},
};

const GROUP: &str = "live-group";
const SOON: Duration = Duration::from_secs(30);
/// Longer than the test takes: nobody is put out of the group for the lack of a heartbeat.
const PATIENCE_MS: i32 = 120_000;

const COORDINATOR_NOT_AVAILABLE: i64 = 15;
const REBALANCE_IN_PROGRESS: i64 = 27;
const GROUP_AUTHORIZATION_FAILED: i64 = 30;

const LEADS: Rule<'_> = rule("pool-billing", "GROUP");
const FOLLOWS: Rule<'_> = rule("pool-orders", "GROUP");
/// What it has besides: the loss of the group does not end its session.
const BESIDES: Rule<'_> = rule("pool-orders", "TOPIC");

const fn rule<'a>(pool: &'a str, of: &'a str) -> Rule<'a> {
    Rule {
        pool,
        operation: "READ",
        of,
        prefix: GROUP,
    }
}

fn reload(front: &Front, rules: &[Rule<'_>]) {
    front.reload(&enforced::with(&front.at.toml, rules), "ok");
}

fn wait_for(what: &str, mut there: impl FnMut() -> bool) {
    let until = Instant::now() + SOON;
    while !there() {
        assert!(Instant::now() < until, "waited for {what}");
        thread::sleep(Duration::from_millis(50));
    }
}

/// A member of the group as brokers know it, and its connection.
struct Member {
    raw: Raw,
    id: String,
    generation: i32,
    /// Told when it joins; another one makes the group rebalance.
    metadata: u8,
}

impl Member {
    fn new(front: &Front, client: &str) -> Self {
        Self {
            raw: logged_in(front, client),
            id: String::new(),
            generation: -1,
            metadata: 0,
        }
    }

    /// Sends a JoinGroup that others must follow.
    fn join(&mut self) {
        self.metadata += 1;
        let metadata = ("Metadata", vec![self.metadata].into());
        let protocol = Value::fields([("Name", "range".into()), metadata]);
        let body = Value::fields([
            ("GroupId", GROUP.into()),
            ("SessionTimeoutMs", PATIENCE_MS.into()),
            ("RebalanceTimeoutMs", PATIENCE_MS.into()),
            ("MemberId", self.id.as_str().into()),
            ("ProtocolType", "consumer".into()),
            ("Protocols", Value::array([protocol])),
        ]);
        send(&mut self.raw, JOIN_GROUP, 1, &body);
    }

    /// The error of the answer to that; none if the connection is closed.
    fn joined(&mut self) -> Option<i64> {
        let answer = hear(&mut self.raw, JOIN_GROUP, 1)?;
        let error = answer.int("ErrorCode").expect("a code");
        if error == 0 {
            answer
                .str("MemberId")
                .expect("an id")
                .clone_into(&mut self.id);
            let generation = answer.int("GenerationId").expect("a number");
            self.generation = i32::try_from(generation).expect("a number");
        }
        Some(error)
    }

    /// Sends a SyncGroup, the leader's with the assignments of all.
    fn sync(&mut self, assignments: &[(&str, &str)]) {
        let assignments = assignments.iter().map(|&(member, assignment)| {
            let assignment = assignment.as_bytes().to_vec().into();
            Value::fields([("MemberId", member.into()), ("Assignment", assignment)])
        });
        let body = Value::fields([
            ("GroupId", GROUP.into()),
            ("GenerationId", self.generation.into()),
            ("MemberId", self.id.as_str().into()),
            ("Assignments", Value::array(assignments)),
        ]);
        send(&mut self.raw, SYNC_GROUP, 0, &body);
    }

    /// The assignment in the answer to that; none if the connection is closed.
    fn synced(&mut self) -> Option<String> {
        let answer = hear(&mut self.raw, SYNC_GROUP, 0)?;
        assert_eq!(answer.int("ErrorCode"), Some(0));
        let assignment = answer.bytes("Assignment").expect("an assignment");
        Some(String::from_utf8(assignment.to_vec()).expect("text"))
    }

    fn beat(&mut self) -> i64 {
        let body = Value::fields([
            ("GroupId", GROUP.into()),
            ("GenerationId", self.generation.into()),
            ("MemberId", self.id.as_str().into()),
        ]);
        let answer = ask(&mut self.raw, HEARTBEAT, 0, &body);
        answer.int("ErrorCode").expect("a code")
    }
}

/// A leader and who follows.
struct Pair {
    front: Front,
    leader: Member,
    follower: Member,
}

impl Pair {
    fn start() -> Self {
        let rules = [LEADS, FOLLOWS, BESIDES];
        let front = enforced::start("live_groups", &**shared::second_kafka(), &rules);
        let mut leader = Member::new(&front, "billing-service");
        let whose = Value::fields([("Key", GROUP.into())]);
        wait_for("a coordinator", || {
            let answer = ask(&mut leader.raw, FIND_COORDINATOR, 1, &whose);
            let error = answer.int("ErrorCode");
            assert!(
                matches!(error, Some(0 | COORDINATOR_NOT_AVAILABLE)),
                "{error:?}"
            );
            error == Some(0)
        });
        wait_for("the group to be loaded", || {
            leader.join();
            leader.joined() == Some(0)
        });
        leader.sync(&[]);
        assert_eq!(leader.synced().as_deref(), Some(""));
        let follower = Member::new(&front, "orders-service");
        Self {
            front,
            leader,
            follower,
        }
    }

    /// The follower joins and waits; `meanwhile` the rules become these; the leader joins.
    fn joins(&mut self, meanwhile: &[Rule<'_>]) -> Option<i64> {
        self.follower.join();
        wait_for("the leader to be wanted", || {
            self.leader.beat() == REBALANCE_IN_PROGRESS
        });
        reload(&self.front, meanwhile);
        self.leader.join();
        assert_eq!(self.leader.joined(), Some(0));
        self.follower.joined()
    }

    /// The follower asks for its assignment and waits; `meanwhile` the rules become these; the leader assigns.
    fn syncs(&mut self, meanwhile: &[Rule<'_>]) -> Option<String> {
        let sent = || {
            let name = "oathgate_bytes_total";
            self.front.gate.metric(name, "to=\"broker\"")
        };
        let before = sent();
        self.follower.sync(&[]);
        wait_for("the broker to be asked", || sent() > before);
        reload(&self.front, meanwhile);
        let (leader, follower) = (self.leader.id.clone(), self.follower.id.as_str());
        self.leader
            .sync(&[(&leader, "first"), (follower, "second")]);
        assert_eq!(self.leader.synced().as_deref(), Some("first"));
        self.follower.synced()
    }

    /// The follower connects again and is the member that it was.
    fn follower_returns(&mut self) {
        self.follower.raw = logged_in(&self.front, "orders-service");
    }
}

#[test]
fn who_lost_a_group_is_not_told_what_became_of_it() {
    let all = [LEADS, FOLLOWS, BESIDES];
    let (kept, taken) = ([LEADS, FOLLOWS], [LEADS, BESIDES]);
    let mut pair = Pair::start();
    // What changes is not what it waits for.
    assert_eq!(pair.joins(&kept), Some(0));
    assert_eq!(pair.syncs(&all).as_deref(), Some("second"));

    assert_eq!(pair.joins(&taken), None);
    pair.follower_returns();
    pair.follower.join();
    assert_eq!(pair.follower.joined(), Some(GROUP_AUTHORIZATION_FAILED));

    reload(&pair.front, &all);
    assert_eq!(pair.joins(&kept), Some(0), "on the same connection");
    assert_eq!(pair.syncs(&taken), None);

    wait_for("both ends to be told", || {
        let told = pair.front.gate.audit();
        let ends =
            |line: &&serde_json::Value| line["data"]["result"]["reason"] == "DENIED_MEANWHILE";
        told.iter().filter(ends).count() == 2
    });
}
