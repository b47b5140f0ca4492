//! Plays all cases on one side, one after the other.

use super::{
    connection::Seen,
    play::{Links, Play, own},
    scenario::{Case, Scenario},
    side::Side,
    state::{self, State},
    world,
};
use std::collections::HashMap;

/// What one side showed.
pub(super) struct Record {
    /// What each case saw.
    pub(super) cases: Vec<(Case, Vec<Seen>)>,
    /// What was on the broker after each scenario.
    pub(super) states: Vec<State>,
    /// What it calls its topics.
    pub(super) names: HashMap<[u8; 16], String>,
}

/// Plays `scenarios` on `side`.
pub(super) fn run(side: &Side, scenarios: &[Scenario]) -> Record {
    let mut links = Links::new(side);
    world::set_up(&mut links, side.acls().as_ref());
    let mut cases = Vec::new();
    let mut states: Vec<State> = Vec::new();
    for (number, scenario) in scenarios.iter().enumerate() {
        let all = scenario.cases(number);
        if let Some(what) = scenario.topics {
            let names = all.iter().flat_map(|case| own(what, &case.tag()));
            links.create(&names.collect::<Vec<_>>(), 1);
        }
        for case in all {
            let mut play = Play::new(&mut links, scenario.key, &case);
            (scenario.play)(&mut play);
            let exchanges = play.exchanges;
            cases.push((case, exchanges));
        }
        let state = state::of_broker(&mut links, states.last());
        states.push(state);
    }
    Record {
        cases,
        states,
        names: links.names,
    }
}
