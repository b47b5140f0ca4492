//! A changed policy among many sessions: 200 of them here, as many as `OATHGATE_TEST_SESSIONS` says where that
//! is set. So many as 10,000 take half a minute to log in, and more open files than most machines give a
//! process: too long for every run. What is asked for is the same. `docs/PERFORMANCE.md` has the figures.

use crate::harness::{
    enforced::{self, Rule, ask, logged_in, logged_in_by},
    front::{Front, Setup},
    poll::{polled, send_poll},
    produce::{batch, produce, produce_error},
    raw::{Raw, api},
    shared,
};
use oathgate::wire::{tables::api_key::METADATA, value::Value};
use std::{
    collections::BTreeMap,
    env,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

const TOPIC_AUTHORIZATION_FAILED: i64 = 29;

/// Sessions where nobody says how many.
const SESSIONS: usize = 200;

/// Threads that log in and ask.
const THREADS: usize = 4;

/// Nobody is kept out.
const LIMITS: &str = "max_connections = 40000\nmax_connections_per_address = 40000\n\
                      max_connections_per_principal = 40000\nlogin_rate_per_address = 100000\n\
                      login_rate_per_principal = 100000\n";

/// How long it is looked at what goes on before and after.
const LOOK: Duration = Duration::from_millis(500);

const TAKEN: &str = "scale-a";
const KEPT: &str = "scale-b";

/// What a session is there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    /// Loses a topic while it is idle.
    Loses,
    /// Loses the topic that it waits for records of.
    LosesPolling,
    /// Loses all that it has.
    LosesAll,
    /// Is not concerned.
    Bystander,
    /// Is not concerned, and waits for records.
    BystanderPolling,
}

impl Role {
    fn of(number: usize) -> Self {
        match number % 10 {
            0..=3 => Self::Loses,
            4 => Self::LosesPolling,
            5 => Self::LosesAll,
            6 => Self::BystanderPolling,
            _ => Self::Bystander,
        }
    }

    const fn client(self) -> &'static str {
        match self {
            Self::Loses | Self::LosesPolling => "orders-service",
            Self::LosesAll => "short-lived-service",
            Self::Bystander | Self::BystanderPolling => "billing-service",
        }
    }

    const fn polls(self) -> bool {
        matches!(self, Self::LosesPolling | Self::BystanderPolling)
    }
}

/// One for each client: the harness looks for every token in all that was logged.
type Tokens = BTreeMap<&'static str, String>;

fn tokens() -> Tokens {
    let clients = (0..10).map(|number| Role::of(number).client());
    clients
        .map(|client| (client, enforced::token(client)))
        .collect()
}

struct Session {
    role: Role,
    raw: Raw,
}

impl Session {
    fn open(front: &Front, role: Role, tokens: &Tokens) -> Self {
        let mut raw = logged_in_by(front, &tokens[role.client()]);
        if role.polls() {
            send_poll(&mut raw, TAKEN, 0);
        }
        Self { role, raw }
    }

    /// The code that Metadata has for the topic that is taken away.
    fn code(&mut self) -> i64 {
        let topic = Value::fields([("Name", TAKEN.into())]);
        let body = Value::fields([
            ("Topics", Value::array([topic])),
            ("AllowAutoTopicCreation", false.into()),
        ]);
        let answer = ask(&mut self.raw, METADATA, 4, &body);
        answer.items("Topics")[0].int("ErrorCode").expect("a code")
    }
}

/// Logs `count` sessions in, some at a time.
fn open(front: &Front, count: usize) -> Vec<Session> {
    let tokens = &tokens();
    thread::scope(|scope| {
        let opening = (0..THREADS).map(|first| {
            scope.spawn(move || {
                let numbers = (first..count).step_by(THREADS);
                let opened = numbers.map(|number| Session::open(front, Role::of(number), tokens));
                opened.collect::<Vec<_>>()
            })
        });
        let opening: Vec<_> = opening.collect();
        let opened = opening.into_iter();
        opened
            .flat_map(|opening| opening.join().expect("sessions"))
            .collect()
    })
}

/// Does it to all sessions of `role`, some at a time.
fn each(sessions: &mut [Session], role: Role, act: impl Fn(&mut Session) + Sync) {
    let mut those: Vec<_> = sessions.iter_mut().filter(|one| one.role == role).collect();
    assert!(!those.is_empty(), "{role:?}");
    let share = those.len().div_ceil(THREADS);
    thread::scope(|scope| {
        for some in those.chunks_mut(share) {
            let act = &act;
            scope.spawn(move || some.iter_mut().for_each(|session| act(session)));
        }
    });
}

/// Asked once, and what was said.
struct Asked {
    sent: Instant,
    took: Duration,
    code: i64,
}

/// Asks again and again until `over`.
fn watch(front: &Front, role: Role, over: &AtomicBool) -> Vec<Asked> {
    let mut session = Session::open(front, role, &tokens());
    let mut asked = Vec::new();
    while !over.load(Ordering::Relaxed) {
        let sent = Instant::now();
        let code = session.code();
        let took = sent.elapsed();
        asked.push(Asked { sent, took, code });
        thread::sleep(Duration::from_millis(1));
    }
    asked
}

/// Reloads; when it was acknowledged.
fn reload(front: &Front, text: &str) -> Instant {
    let label = "outcome=\"ok\"";
    let count = || front.gate.metric("oathgate_reloads_total", label);
    let before = count();
    front.gate.reload(text);
    let until = Instant::now() + Duration::from_secs(30);
    while count() <= before {
        assert!(Instant::now() < until, "{}", front.gate.log());
        thread::sleep(Duration::from_millis(1));
    }
    Instant::now()
}

fn write_one(front: &Front) {
    let mut raw = logged_in(front, Role::Bystander.client());
    let body = produce(TAKEN, -1, &batch("k", b"v"));
    let answer = raw.call(api::PRODUCE, 7, &body.0).expect("an answer");
    assert_eq!(produce_error(&answer), 0);
}

/// Goes over to the rules `after` under the eyes of two more sessions; when that was acknowledged.
fn change(front: &Front, sessions: &mut [Session], after: &[Rule<'_>]) -> Instant {
    let over = AtomicBool::new(false);
    let text = enforced::among_many(&front.at.toml, after);
    thread::scope(|scope| {
        let loser = scope.spawn(|| watch(front, Role::Loses, &over));
        let other = scope.spawn(|| watch(front, Role::Bystander, &over));
        thread::sleep(LOOK);
        let signalled = Instant::now();
        let acknowledged = reload(front, &text);
        // From here on nothing of the old policy is seen, by no session.
        each(sessions, Role::Loses, |session| {
            assert_eq!(session.code(), TOPIC_AUTHORIZATION_FAILED);
        });
        println!("all that lose it asked within {:?}", acknowledged.elapsed());
        thread::sleep(LOOK);
        over.store(true, Ordering::Relaxed);
        let [loser, other] = [loser, other].map(|watching| watching.join().expect("codes"));
        judge_loser(&loser, acknowledged);
        judge_other(&other, signalled, acknowledged);
        acknowledged
    })
}

/// Whoever lost the topic was told so from the acknowledgement on.
fn judge_loser(asked: &[Asked], acknowledged: Instant) {
    let allowed = asked.iter().take_while(|asked| asked.code == 0);
    let allowed = allowed.last().expect("it was allowed").sent;
    assert!(allowed < acknowledged, "allowed after the acknowledgement");
    println!(
        "last allowed {:?} before the acknowledgement",
        acknowledged - allowed
    );
    for asked in asked.iter().filter(|asked| asked.sent > allowed) {
        assert_eq!(asked.code, TOPIC_AUTHORIZATION_FAILED, "and never again");
    }
}

/// Whoever lost nothing noticed nothing.
fn judge_other(asked: &[Asked], signalled: Instant, acknowledged: Instant) {
    assert!(asked.iter().all(|asked| asked.code == 0));
    let longest = |of: &dyn Fn(Instant) -> bool| {
        let those = asked.iter().filter(|asked| of(asked.sent + asked.took));
        those.map(|asked| asked.took).max()
    };
    println!(
        "a bystander's longest round trip: {:?} before, {:?} until acknowledged, {:?} after",
        longest(&|at| at < signalled),
        longest(&|at| (signalled..acknowledged).contains(&at)),
        longest(&|at| at >= acknowledged),
    );
}

/// One record ends all polls: with it for who may read it, without a byte for who may not.
fn end_polls(front: &Front, sessions: &mut [Session]) {
    let written = Instant::now();
    write_one(front);
    each(sessions, Role::LosesPolling, |session| {
        assert_eq!(polled(&mut session.raw), None);
    });
    let ended = written.elapsed();
    each(sessions, Role::BystanderPolling, |session| {
        let (error, length) = polled(&mut session.raw).expect("the record");
        assert!(error == 0 && length > 0, "{error} {length}");
    });
    let answered = written.elapsed();
    println!("after a record: polls that lost their topic ended in {ended:?}, all in {answered:?}");
}

#[test]
fn a_changed_policy_holds_for_every_session_from_its_acknowledgement_on() {
    let count = env::var("OATHGATE_TEST_SESSIONS").map_or(SESSIONS, |count| count.parse().unwrap());
    let kafka = shared::second_kafka();
    for topic in [TAKEN, KEPT] {
        kafka.create_topic(topic, 1, 1);
    }
    let rule = |pool, operation, prefix| Rule {
        pool,
        operation,
        of: "TOPIC",
        prefix,
    };
    let bystander = rule("pool-billing", "ALL", "scale-");
    let before = [
        rule("pool-orders", "ALL", "scale-"),
        rule("pool-short", "READ", "scale-"),
        bystander,
    ];
    let after = [rule("pool-orders", "READ", KEPT), bystander];
    let setup = Setup {
        limits: LIMITS,
        ..Setup::new("live_scale")
    };
    let front = enforced::start_with(&setup, &**kafka, &before);
    reload(&front, &enforced::among_many(&front.at.toml, &before));
    let begun = Instant::now();
    let mut sessions = open(&front, count);
    println!("{count} sessions logged in within {:?}", begun.elapsed());

    let acknowledged = change(&front, &mut sessions, &after);
    end_polls(&front, &mut sessions);
    each(&mut sessions, Role::LosesAll, |session| {
        let ends = session.raw.is_closed_within(Duration::from_secs(30));
        assert!(
            ends,
            "a session that may do nothing any more outlived the change"
        );
    });
    let ended = acknowledged.elapsed();
    println!("all that may do nothing ended {ended:?} after the acknowledgement");
    for role in [Role::Bystander, Role::BystanderPolling] {
        each(&mut sessions, role, |session| assert_eq!(session.code(), 0));
    }
}
