//! Whose members take how much of a bounded store, and who makes room when it is full: whoever takes the most,
//! by what it has kept the longest. Pure.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::Hash;

/// What the owners of a store keep there. Each step costs the logarithm of how much is kept.
#[derive(Debug)]
pub(super) struct Shares<O, K> {
    of: HashMap<O, Share<K>>,
    /// The owners by the bytes that they take.
    by_size: BTreeSet<(usize, O)>,
    bytes: usize,
}

/// What one owner keeps.
#[derive(Debug)]
struct Share<K> {
    bytes: usize,
    /// Its keys by their places; the lowest was kept first.
    keys: BTreeMap<u64, K>,
}

impl<O, K> Default for Shares<O, K> {
    fn default() -> Self {
        Self {
            of: HashMap::new(),
            by_size: BTreeSet::new(),
            bytes: 0,
        }
    }
}

impl<O: Clone + Eq + Hash + Ord, K> Shares<O, K> {
    /// Bytes of all.
    pub(super) const fn bytes(&self) -> usize {
        self.bytes
    }

    /// Takes note that `owner` keeps `key` at `place`, which nothing else has.
    pub(super) fn add(&mut self, owner: &O, place: u64, key: K, bytes: usize) {
        let share = self.of.entry(owner.clone()).or_insert_with(|| Share {
            bytes: 0,
            keys: BTreeMap::new(),
        });
        self.by_size.remove(&(share.bytes, owner.clone()));
        share.bytes = share.bytes.saturating_add(bytes);
        share.keys.insert(place, key);
        self.by_size.insert((share.bytes, owner.clone()));
        self.bytes = self.bytes.saturating_add(bytes);
    }

    /// Takes note that what `owner` kept at `place`, of `bytes`, is gone.
    pub(super) fn remove(&mut self, owner: &O, place: u64, bytes: usize) {
        let Some(share) = self.of.get_mut(owner) else {
            return;
        };
        if share.keys.remove(&place).is_none() {
            return;
        }
        self.by_size.remove(&(share.bytes, owner.clone()));
        share.bytes = share.bytes.saturating_sub(bytes);
        if share.keys.is_empty() {
            self.of.remove(owner);
        } else {
            self.by_size.insert((share.bytes, owner.clone()));
        }
        self.bytes = self.bytes.saturating_sub(bytes);
    }

    /// What is to go first where `owner` wants `bytes` more than there is room for: the oldest of whoever would
    /// take the most then, of `owner` itself where others take as much. Nobody loses anything to somebody who
    /// takes more. `None` = `owner` has nothing that could go.
    pub(super) fn makes_room(&self, owner: &O, bytes: usize) -> Option<&K> {
        let own = self.of.get(owner);
        let wanted = own.map_or(0, |share| share.bytes).saturating_add(bytes);
        let largest = self.by_size.last().filter(|(size, _)| *size > wanted);
        let share = match largest {
            Some((_, other)) => self.of.get(other),
            None => own,
        };
        share?.keys.first_key_value().map(|(_, key)| key)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn who_takes_the_most_makes_room_by_the_oldest() {
        let mut shares = Shares::default();
        shares.add(&"small", 0, "s0", 10);
        shares.add(&"large", 1, "l1", 20);
        shares.add(&"large", 2, "l2", 20);
        assert_eq!(shares.bytes(), 50);
        assert_eq!(shares.makes_room(&"small", 10), Some(&"l1"));
        assert_eq!(shares.makes_room(&"new", 10), Some(&"l1"));
        assert_eq!(shares.makes_room(&"large", 10), Some(&"l1"), "its own");
        // As much as the largest: its own, and nobody's where it has none.
        assert_eq!(shares.makes_room(&"small", 30), Some(&"s0"));
        assert_eq!(shares.makes_room(&"new", 40), None);
        shares.remove(&"large", 1, 20);
        shares.remove(&"large", 1, 20);
        shares.remove(&"nobody", 1, 20);
        assert_eq!(shares.makes_room(&"small", 5), Some(&"l2"));
        shares.remove(&"large", 2, 20);
        shares.remove(&"small", 0, 10);
        assert_eq!((shares.bytes(), shares.of.len()), (0, 0));
        assert!(shares.by_size.is_empty());
    }

    const ROOM: usize = 1000;

    proptest! {
        /// Whoever stays within an equal part of the store keeps everything, whatever the others do.
        #[test]
        fn a_fair_share_is_never_lost(
            steps in prop::collection::vec((0u8..5, 1usize..200), 1..200),
        ) {
            let mut shares = Shares::default();
            let mut kept: HashMap<u8, VecDeque<usize>> = HashMap::new();
            let fair = ROOM / 5;
            for (place, (owner, bytes)) in (0u64..).zip(steps) {
                let own: usize = kept.get(&owner).into_iter().flatten().sum();
                // The first never wants more than its part.
                if owner == 0 && own + bytes > fair {
                    continue;
                }
                let mut fits = true;
                while shares.bytes() + bytes > ROOM {
                    let Some(&(from, at, size)) = shares.makes_room(&owner, bytes) else {
                        fits = false;
                        break;
                    };
                    prop_assert_ne!(from, 0);
                    shares.remove(&from, at, size);
                    prop_assert_eq!(kept.get_mut(&from).unwrap().pop_front(), Some(size));
                }
                if fits {
                    shares.add(&owner, place, (owner, place, bytes), bytes);
                    kept.entry(owner).or_default().push_back(bytes);
                }
                prop_assert!(fits || owner != 0);
                let sizes: usize = kept.values().flatten().sum();
                prop_assert_eq!(shares.bytes(), sizes);
                prop_assert_eq!(shares.by_size.len(), shares.of.len());
            }
        }
    }
}
