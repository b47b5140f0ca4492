//! Compares what the two sides showed, case by case and state by state.

use super::{
    connection::Seen,
    difference::{self, Difference},
    exception,
    normal::Normal,
    runner::Record,
    scenario::{Case, Scenario},
};
use oathgate::wire::value::Value;
use std::collections::{BTreeMap, BTreeSet};

/// What came of the comparison.
#[derive(Default)]
pub(super) struct Verdict {
    /// Cases whose answers were compared field by field.
    pub(super) compared: usize,
    /// Cases in which the sides differ as an exception says, by its number.
    pub(super) excepted: BTreeMap<usize, usize>,
    /// Scenario and difference, with the cases that show it.
    pub(super) differences: BTreeMap<(String, Difference), Vec<String>>,
}

/// Compares the records of both sides.
pub(super) fn judge(scenarios: &[Scenario], kafka: &Record, oathgate: &Record) -> Verdict {
    let mut verdict = Verdict::default();
    for ((case, left), (_, right)) in kafka.cases.iter().zip(&oathgate.cases) {
        verdict.add_case(
            &scenarios[case.scenario],
            case,
            (kafka, left),
            (oathgate, right),
        );
    }
    let states = kafka.states.iter().zip(&oathgate.states);
    let mut known: BTreeSet<Difference> = BTreeSet::new();
    for (scenario, (left, right)) in scenarios.iter().zip(states) {
        let both = left.iter().zip(right);
        let found = both.flat_map(|((key, left), (_, right))| {
            differ(*key, (kafka, Some(left)), (oathgate, Some(right)))
        });
        // What differs once stays so; it is told where it began.
        let fresh: Vec<_> = found.filter(|found| known.insert(found.clone())).collect();
        verdict.add(&scenario.label(), "state of the broker afterwards", fresh);
    }
    verdict
}

impl Verdict {
    /// Each exchange of a case is equal, or differs as an exception says.
    fn add_case(
        &mut self,
        scenario: &Scenario,
        case: &Case,
        (kafka, left): (&Record, &[Seen]),
        (oathgate, right): (&Record, &[Seen]),
    ) {
        let mut excepted = None;
        for at in 0..left.len().max(right.len()) {
            let (left, right) = (left.get(at), right.get(at));
            let found = differ(scenario.key, (kafka, left), (oathgate, right));
            let holds = |right| exception::holds(scenario.key, scenario.name, case.version, right);
            match right.and_then(holds) {
                Some(number) if !found.is_empty() => excepted = Some(number),
                _ => self.add(&scenario.label(), &name(case), found),
            }
        }
        match excepted {
            Some(number) => *self.excepted.entry(number).or_default() += 1,
            None => self.compared += 1,
        }
    }

    fn add(&mut self, scenario: &str, case: &str, differences: Vec<Difference>) {
        for difference in differences {
            let key = (scenario.to_owned(), difference);
            self.differences
                .entry(key)
                .or_default()
                .push(case.to_owned());
        }
    }

    /// All differences as text: each once, with the cases that show it.
    pub(super) fn report(&self) -> String {
        let each = self.differences.iter().map(|((scenario, difference), cases)| {
            let Difference {
                path,
                kafka,
                oathgate,
            } = difference;
            let cases = cases.join(" ");
            format!("{scenario}\n  at {path}\n    kafka    {kafka}\n    oathgate {oathgate}\n    in {cases}\n")
        });
        each.collect()
    }
}

fn name(case: &Case) -> String {
    format!("v{}/{}", case.version, case.who.name)
}

fn differ(
    key: i16,
    (kafka, left): (&Record, Option<&Seen>),
    (oathgate, right): (&Record, Option<&Seen>),
) -> Vec<Difference> {
    let left = told(left, &Normal::new(key, &kafka.names));
    let right = told(right, &Normal::new(key, &oathgate.names));
    difference::between(&left, &right)
}

fn told(seen: Option<&Seen>, normal: &Normal<'_>) -> Value {
    match seen {
        Some(Seen::Answer(answer)) => normal.of(answer),
        Some(Seen::Closed) => "closed".into(),
        None => "never asked".into(),
    }
}
