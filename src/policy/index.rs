//! Rules found by whom they are for and what they are about, without looking at the others.

use std::{
    collections::{BTreeMap, HashMap},
    net::IpAddr,
};

use super::{
    host::Host,
    operation::{Operation, Operations},
    pattern::{Pattern, PatternType},
    prefix_tree::PrefixTree,
    principal::Grantee,
    resource::ResourceType,
};

/// What the index keeps of a rule.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    /// The operations that it names.
    pub(super) named: Operations,
    /// Those and what they imply.
    pub(super) answers: Operations,
    /// Where the client must come from.
    pub(super) host: Host,
    /// Its place among the rules.
    pub(super) rule: usize,
}

/// The rules of one effect (ALLOW or DENY).
#[derive(Debug, Default)]
pub(super) struct Side {
    by_grantee: HashMap<Grantee, usize>,
    shelves: Vec<Shelf>,
}

/// Rules that belong together, such as those of one grantee.
#[derive(Debug)]
pub(super) struct Shelf(BTreeMap<ResourceType, PatternIndex>);

/// Rules by pattern.
#[derive(Debug, Default)]
pub(super) struct PatternIndex {
    any: Vec<Entry>,
    literals: HashMap<Box<str>, Vec<Entry>>,
    prefixes: Vec<(Box<str>, Vec<Entry>)>,
    /// Finds places in `prefixes`.
    tree: PrefixTree,
}

/// One rule on its way into a side.
#[derive(Clone, Debug)]
pub(super) struct Placed {
    pub(super) grantee: Grantee,
    pub(super) resource_type: ResourceType,
    pub(super) pattern: Pattern,
    pub(super) entry: Entry,
}

impl Entry {
    /// Whether it says something of `operation` by a client at `address`.
    pub(super) fn speaks_of(&self, operation: Operation, address: IpAddr) -> bool {
        self.answers.contains(operation) && self.host.matches(address)
    }

    /// As [`Self::speaks_of`], without what operations imply.
    pub(super) fn names(&self, operation: Operation, address: IpAddr) -> bool {
        self.named.contains(operation) && self.host.matches(address)
    }
}

impl Side {
    /// Indexes `rules`.
    pub(super) fn new(rules: Vec<Placed>) -> Self {
        let mut sorted: HashMap<Grantee, Vec<Placed>> = HashMap::new();
        for rule in rules {
            sorted.entry(rule.grantee.clone()).or_default().push(rule);
        }
        let mut side = Self::default();
        for (grantee, rules) in sorted {
            side.by_grantee.insert(grantee, side.shelves.len());
            side.shelves.push(Shelf::new(rules));
        }
        side
    }

    /// The place of what there is for `grantee`.
    pub(super) fn place_of(&self, grantee: &Grantee) -> Option<usize> {
        self.by_grantee.get(grantee).copied()
    }

    /// The rules for the grantees at `places` that are about resources of a type.
    pub(super) fn about<'a>(
        &'a self,
        places: &'a [usize],
        resource_type: ResourceType,
    ) -> impl Iterator<Item = &'a PatternIndex> {
        let shelves = places.iter().filter_map(|place| self.shelves.get(*place));
        shelves.filter_map(move |shelf| shelf.about(resource_type))
    }
}

impl Shelf {
    /// Indexes `rules`, whoever they are for.
    pub(super) fn new(rules: Vec<Placed>) -> Self {
        let mut sorted: BTreeMap<ResourceType, Vec<(Pattern, Entry)>> = BTreeMap::new();
        for rule in rules {
            let patterns = sorted.entry(rule.resource_type).or_default();
            patterns.push((rule.pattern, rule.entry));
        }
        let types = sorted.into_iter();
        let types = types.map(|(kind, patterns)| (kind, PatternIndex::new(patterns)));
        Self(types.collect())
    }

    /// The rules that are about resources of a type.
    pub(super) fn about(&self, resource_type: ResourceType) -> Option<&PatternIndex> {
        self.0.get(&resource_type)
    }
}

impl PatternIndex {
    /// Indexes `rules`.
    pub(super) fn new(rules: Vec<(Pattern, Entry)>) -> Self {
        let mut index = Self::default();
        let mut prefixes: BTreeMap<Box<str>, Vec<Entry>> = BTreeMap::new();
        for (pattern, entry) in rules {
            match pattern {
                Pattern::Any => index.any.push(entry),
                Pattern::Literal(name) => index.literals.entry(name).or_default().push(entry),
                Pattern::Prefixed(prefix) => prefixes.entry(prefix).or_default().push(entry),
            }
        }
        for (text, entries) in prefixes {
            index.tree.insert(&text, index.prefixes.len());
            index.prefixes.push((text, entries));
        }
        index
    }

    /// The rules whose pattern matches `name`: its literal, its prefixes from the shortest to the
    /// longest, those for all names.
    pub(super) fn matching<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Entry> {
        self.literal(name)
            .iter()
            .chain(self.prefixes_of(name))
            .chain(&self.any)
    }

    /// The rules for all names.
    pub(super) fn any(&self) -> &[Entry] {
        &self.any
    }

    /// The rules for `name` alone.
    pub(super) fn literal(&self, name: &str) -> &[Entry] {
        self.literals.get(name).map_or(&[], Vec::as_slice)
    }

    /// The rules for prefixes of `name`, the shortest first.
    pub(super) fn prefixes_of<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Entry> {
        let places = self.tree.prefixes_of(name);
        let prefixes = places.filter_map(|place| self.prefixes.get(place));
        prefixes.flat_map(|(_, entries)| entries)
    }

    /// All patterns but the one for all names, with their rules.
    pub(super) fn named(&self) -> impl Iterator<Item = (PatternType, &str, &[Entry])> {
        let literals = self.literals.iter();
        let literals =
            literals.map(|(name, entries)| (PatternType::Literal, &**name, entries.as_slice()));
        let prefixes = self.prefixes.iter();
        literals.chain(
            prefixes.map(|(text, entries)| (PatternType::Prefixed, &**text, entries.as_slice())),
        )
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn index(patterns: &[&str]) -> PatternIndex {
        let entry = |rule| Entry {
            named: Operations::ALL,
            answers: Operations::ALL,
            host: Host::Any,
            rule,
        };
        let patterns = patterns.iter().enumerate().map(|(rule, text)| {
            let pattern = match text.strip_suffix('*') {
                Some("") => Pattern::Any,
                Some(prefix) => Pattern::Prefixed(prefix.into()),
                None => Pattern::Literal((*text).into()),
            };
            (pattern, entry(rule))
        });
        PatternIndex::new(patterns.collect())
    }

    fn found<'a>(index: &PatternIndex, patterns: &[&'a str], name: &str) -> Vec<&'a str> {
        index
            .matching(name)
            .map(|entry| patterns[entry.rule])
            .collect()
    }

    /// A peer looked up the nearest prefix alone: an inner one hid the outer, or hid it for its
    /// neighbours.
    #[test]
    fn no_prefix_hides_another() {
        let patterns = ["pii*", "pii-a*", "pii-a-b-c*", "pij*", "pii-a", "*"];
        let index = index(&patterns);
        for (name, expected) in [
            ("pii-0", &["pii*", "*"][..]),
            ("pii-b", &["pii*", "*"]),
            ("pii", &["pii*", "*"]),
            ("pii-a", &["pii-a", "pii*", "pii-a*", "*"]),
            ("pii-a1", &["pii*", "pii-a*", "*"]),
            ("pii-a-b", &["pii*", "pii-a*", "*"]),
            ("pii-a-b-c-d", &["pii*", "pii-a*", "pii-a-b-c*", "*"]),
            ("pii-a-b-d", &["pii*", "pii-a*", "*"]),
            ("pij1", &["pij*", "*"]),
            ("pi", &["*"]),
            ("", &["*"]),
            ("zzz", &["*"]),
        ] {
            assert_eq!(found(&index, &patterns, name), expected, "{name}");
        }
    }

    proptest! {
        #[test]
        fn the_index_finds_what_a_scan_finds(
            patterns in prop::collection::vec("[abé]{0,5}[*]?", 0..30),
            name in "[abé]{0,7}",
        ) {
            let patterns: Vec<&str> = patterns.iter().map(String::as_str).collect();
            let index = index(&patterns);
            let mut seen: Vec<usize> = index.matching(&name).map(|entry| entry.rule).collect();
            seen.sort_unstable();
            let scan = patterns.iter().enumerate().filter(|(_, pattern)| {
                match pattern.strip_suffix('*') {
                    Some(prefix) => name.starts_with(prefix),
                    None => name == **pattern,
                }
            });
            let scan: Vec<usize> = scan.map(|(rule, _)| rule).collect();
            prop_assert_eq!(seen, scan);
        }
    }
}
