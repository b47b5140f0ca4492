//! All prefixes of a name at once: a radix tree. How long a search takes depends on the name, not on
//! how many prefixes there are.

use std::{
    collections::{BTreeMap, btree_map::Entry},
    mem::take,
};

/// Prefixes, each with a number. A node is the bytes that prefixes have in common.
#[derive(Debug, Default)]
pub(super) struct PrefixTree {
    /// What the node adds to the one above it; empty at the top alone.
    label: Box<[u8]>,
    /// The number, where a prefix ends here.
    number: Option<usize>,
    /// By the first byte of their label.
    below: BTreeMap<u8, Self>,
}

impl PrefixTree {
    /// Adds `prefix` with `number`; there was none like it.
    pub(super) fn insert(&mut self, prefix: &str, number: usize) {
        let mut node = self;
        let mut rest = prefix.as_bytes();
        while let Some(first) = rest.first() {
            match node.below.entry(*first) {
                Entry::Vacant(free) => {
                    node = free.insert(Self {
                        label: rest.into(),
                        ..Self::default()
                    });
                    rest = &[];
                }
                Entry::Occupied(taken) => {
                    node = taken.into_mut();
                    let common = node.label.iter().zip(rest).take_while(|(a, b)| a == b);
                    let common = common.count();
                    node.split_at(common);
                    rest = rest.get(common..).unwrap_or_default();
                }
            }
        }
        debug_assert!(node.number.is_none(), "{prefix:?} stands twice");
        node.number = Some(number);
    }

    /// The numbers of the prefixes of `name`, the shortest first.
    pub(super) fn prefixes_of<'a>(&'a self, name: &'a str) -> impl Iterator<Item = usize> + 'a {
        let path = std::iter::successors(Some((self, name.as_bytes())), |(node, rest)| {
            let next = node.below.get(rest.first()?)?;
            Some((next, rest.strip_prefix(&*next.label)?))
        });
        path.filter_map(|(node, _)| node.number)
    }

    /// Makes two nodes of this one if its label is longer than `common` bytes.
    fn split_at(&mut self, common: usize) {
        let label = take(&mut self.label);
        let (upper, lower) = label.split_at(common.min(label.len()));
        self.label = upper.into();
        if let Some(first) = lower.first() {
            let node = Self {
                label: lower.into(),
                number: self.number.take(),
                below: take(&mut self.below),
            };
            self.below.insert(*first, node);
        }
    }
}
