//! The differential suite: the same requests to a Kafka with its own `StandardAuthorizer`, and through
//! Oathgate with the same rules to a Kafka without one. The answers, and what is on the broker afterwards,
//! must be the same, field by field.
//!
//! A [`scenario`] is one way to use one API; it is played in each version of the table by every
//! [`principal`]. What must differ between two clusters at all is in [`normal`], what Oathgate decided to
//! do otherwise in [`exception`], each with its reason.

mod cases;
mod connection;
mod difference;
mod exception;
mod judge;
mod normal;
mod play;
mod principal;
mod runner;
mod scenario;
mod shape;
mod side;
mod state;
mod world;

use crate::harness::folder;
use oathgate::wire::{
    schema::{Kind, Struct},
    tables::APIS,
};
use scenario::Scenario;
use std::{collections::BTreeSet, env, fs, io::Write, thread};

/// Fewest cases that the suite may shrink to.
const CASES_MIN: usize = 300;

#[test]
fn answers_are_those_of_kafka_with_the_same_rules() {
    let only = env::var("OATHGATE_TEST_DIFFERENTIAL").unwrap_or_default();
    let mut scenarios = cases::all();
    let is_asked_for = |label: &str| only.split(',').any(|name| label.starts_with(name));
    scenarios.retain(|scenario| is_asked_for(&scenario.label()));
    let [kafka, oathgate] = &side::both();
    let (left, right) = thread::scope(|scope| {
        let left = scope.spawn(|| runner::run(kafka, &scenarios));
        let right = runner::run(oathgate, &scenarios);
        (left.join().expect("the side of Kafka"), right)
    });
    let verdict = judge::judge(&scenarios, &left, &right);
    tell(&format!("differential cases: {}", verdict.compared));
    for (number, count) in &verdict.excepted {
        let why = exception::EXCEPTIONS[*number].why;
        tell(&format!("differential exceptions: {count} because {why}"));
    }
    let report = verdict.report();
    let path = folder::write(
        &folder::of("differential-report"),
        "differences.txt",
        &report,
    );
    assert!(
        verdict.differences.is_empty(),
        "{} differences, all in {}\n{}{report}",
        verdict.differences.len(),
        path.display(),
        principal::legend(),
    );
    if only.is_empty() {
        assert!(verdict.compared >= CASES_MIN, "{}", verdict.compared);
        let unused = (0..exception::EXCEPTIONS.len()).find(|at| !verdict.excepted.contains_key(at));
        assert_eq!(unused, None, "an exception that no case needs");
        assert_documented(&verdict);
    }
}

/// The page for users says how much was compared.
fn assert_documented(verdict: &judge::Verdict) {
    let page = folder::repository().join("docs/COMPATIBILITY.md");
    let page = fs::read_to_string(page).expect("read a page");
    let excepted: usize = verdict.excepted.values().sum();
    let words = format!(
        "{} cases are equal field by field; {excepted} differ",
        verdict.compared
    );
    assert!(page.contains(&words), "docs/COMPATIBILITY.md: no `{words}`");
}

/// Not by a macro of printing, whose output libtest keeps to itself.
fn tell(line: &str) {
    drop(writeln!(std::io::stderr(), "{line}"));
}

#[test]
fn every_api_is_played_in_every_version_or_says_why_not() {
    let scenarios = cases::all();
    let played: BTreeSet<(i16, i16)> = scenarios
        .iter()
        .flat_map(|scenario| scenario.versions().map(|version| (scenario.key, version)))
        .collect();
    let is_unplayed = |key: i16, version: i16| {
        let whole = exception::UNPLAYED.iter().any(|(known, _)| *known == key);
        let versions = exception::UNPLAYED_VERSIONS.iter();
        whole
            || versions
                .clone()
                .any(|(known, first, last, _)| *known == key && (*first..=*last).contains(&version))
    };
    for api in APIS.iter().filter(|api| api.broker) {
        for version in api.min_version..=api.max_version {
            let is_played = played.contains(&(api.key, version));
            let label = format!("{} v{version}", api.name);
            assert!(
                is_played != is_unplayed(api.key, version),
                "{label}: {is_played}"
            );
        }
    }
    assert_eq!(
        scenarios.len(),
        labels(&scenarios).len(),
        "labels are unique"
    );
}

#[test]
fn every_list_has_an_order() {
    let keys: BTreeSet<i16> = cases::all().iter().map(|scenario| scenario.key).collect();
    for api in APIS.iter().filter(|api| keys.contains(&api.key)) {
        let is_known = normal::order(api.key).is_some();
        assert_eq!(lists(&api.response.root), is_known, "{}", api.name);
    }
}

fn lists(structure: &Struct) -> bool {
    let holds_list = |kind: Kind| match kind {
        Kind::Array(_) => true,
        Kind::Struct(inner) => lists(inner),
        _ => false,
    };
    structure.fields.iter().any(|field| holds_list(field.kind))
}

fn labels(scenarios: &[Scenario]) -> BTreeSet<String> {
    scenarios.iter().map(Scenario::label).collect()
}
