//! What is played: a scenario is one way to use one API, in each of its versions, by everybody.

use super::{
    play::Play,
    principal::{PRINCIPALS, Principal},
};
use oathgate::wire::api::api;

/// One way to use one API.
#[derive(Clone, Copy)]
pub(super) struct Scenario {
    pub(super) key: i16,
    /// What is particular about it.
    pub(super) name: &'static str,
    /// The versions, both ends included, as far as the table has them.
    pub(super) versions: (i16, i16),
    pub(super) play: fn(&mut Play<'_, '_>),
    /// Topics that each case finds made for it alone, one a family, by what `Play::own` calls them.
    pub(super) topics: Option<&'static str>,
}

/// In every version.
pub(super) const fn every(key: i16, name: &'static str, play: fn(&mut Play<'_, '_>)) -> Scenario {
    between(key, name, (0, i16::MAX), play)
}

/// In those versions that have something.
pub(super) const fn between(
    key: i16,
    name: &'static str,
    versions: (i16, i16),
    play: fn(&mut Play<'_, '_>),
) -> Scenario {
    Scenario {
        key,
        name,
        versions,
        play,
        topics: None,
    }
}

/// One request of one version by one principal.
#[derive(Clone, Copy)]
pub(super) struct Case {
    pub(super) scenario: usize,
    pub(super) version: i16,
    pub(super) who: &'static Principal,
}

impl Case {
    /// A part of names that only this case uses, the same on both sides.
    pub(super) fn tag(&self) -> String {
        format!("{}v{}{}", self.scenario, self.version, self.who.name)
    }
}

impl Scenario {
    /// With topics of its own for each case.
    pub(super) const fn with_topics(mut self, what: &'static str) -> Self {
        self.topics = Some(what);
        self
    }

    /// As failures name it.
    pub(super) fn label(&self) -> String {
        let api = api(self.key).map_or("?", |api| api.name);
        format!("{api}: {}", self.name)
    }

    /// Its versions.
    pub(super) fn versions(&self) -> impl Iterator<Item = i16> {
        let (first, last) = self.versions;
        let api = api(self.key).unwrap_or_else(|| panic!("no API {}", self.key));
        api.min_version.max(first)..=api.max_version.min(last)
    }

    /// Its cases, in the order they are played.
    pub(super) fn cases(&self, scenario: usize) -> Vec<Case> {
        let each = |version| {
            let case = move |who| Case {
                scenario,
                version,
                who,
            };
            PRINCIPALS.iter().map(case)
        };
        self.versions().flat_map(each).collect()
    }
}
