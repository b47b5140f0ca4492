//! What members of consumer groups subscribe to by regular expressions (KIP-848), and the topics that there
//! are. Pure: the time comes in.
//!
//! A member says it once, and again only after an error; so it is kept for as long as there is room. Whoever
//! was forgotten is told to try again, and says it again. Where there is no room, the user whose members take
//! the most loses the oldest: nobody pushes out others by having many.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::time::Instant;

use super::shares::Shares;
use crate::identity::Principal;
use crate::limits::{SUBSCRIPTION_BYTES_MAX, TOPIC_IDS_MAX, TOPIC_LISTING_AGE};

/// What a member takes beside its texts, about: its own entries, and those of whoever it is of.
const MEMBER_BYTES: usize = 512;

/// A member of a consumer group, as the sessions of some principals know it. Those of others neither
/// inherit nor change what these said.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Member {
    pub(super) group: Box<str>,
    pub(super) id: Box<str>,
    /// The principals of the session that speaks for it; the user first, where it has one.
    pub(super) who: Box<[Principal]>,
}

impl Member {
    /// Whose share it takes room in: the user's alone, for groups and pools may come and go with tokens.
    fn owner(&self) -> Option<Principal> {
        self.who.first().cloned()
    }
}

/// What a heartbeat says of subscriptions.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// It joins: what it does not say now it never said.
    pub(super) joins: bool,
    /// `None` = as before.
    pub(super) names: Option<Vec<String>>,
    /// `None` = as before, empty = none any more.
    pub(super) pattern: Option<String>,
}

impl Told {
    /// Whether it says anything.
    pub(super) const fn says(&self) -> bool {
        self.names.is_some() || self.pattern.is_some()
    }
}

/// By which listing and which rights a pattern was resolved.
pub(super) type Stamp = (Instant, u64);

/// What a member subscribes to by a pattern, and by name beside it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Subscription {
    pub(super) names: Vec<String>,
    pub(super) pattern: String,
    /// When that was last resolved.
    pub(super) resolved: Option<Stamp>,
    /// Stands for the names that were last sent.
    sent: Option<u64>,
}

/// What is known of a member.
#[derive(Debug, PartialEq)]
pub(super) enum Known {
    /// It follows no pattern.
    Plain,
    /// It has just stopped to follow one; these names are left.
    Names(Vec<String>),
    /// It follows a pattern.
    Follows(Subscription),
    /// Nothing, and it does not say.
    Unknown,
}

/// The topics of the cluster that somebody was told of.
#[derive(Debug, Clone)]
pub(super) struct Listing {
    /// When.
    pub(super) at: Instant,
    /// Their names.
    pub(super) names: Arc<[String]>,
}

/// Those of one cluster; bounded.
#[derive(Debug, Default)]
pub(super) struct Subscriptions {
    members: HashMap<Arc<Member>, Kept>,
    /// What they take, by who they are of, in the order in which they last said something.
    shares: Shares<Option<Principal>, Arc<Member>>,
    next: u64,
    listings: Vec<(Vec<Principal>, Listing)>,
    hasher: RandomState,
}

#[derive(Debug)]
struct Kept {
    /// Its place in the order.
    place: u64,
    /// `None` = plain.
    subscription: Option<Subscription>,
}

impl Subscriptions {
    /// Whether `member` follows a pattern once it has been heard.
    pub(super) fn will_follow(&self, member: &Member, told: &Told) -> bool {
        match &told.pattern {
            Some(pattern) => !pattern.is_empty(),
            None if told.joins => false,
            None => self
                .members
                .get(member)
                .is_some_and(|kept| kept.subscription.is_some()),
        }
    }

    /// Takes note of what `member` has said.
    pub(super) fn hear(&mut self, member: &Member, told: Told) -> Known {
        let kept = self.members.get(member).filter(|_| !told.joins);
        if kept.is_none() && !told.joins && !told.says() {
            self.keep(member.clone(), None);
            return Known::Unknown;
        }
        let before = kept.and_then(|kept| kept.subscription.clone());
        if before.is_some() && !told.says() {
            return before.map_or(Known::Plain, Known::Follows);
        }
        let stopped = before.is_some();
        let (old_names, old_pattern) = match before {
            Some(before) => (before.names, before.pattern),
            None => (Vec::new(), String::new()),
        };
        let names = told.names.unwrap_or(old_names);
        let pattern = told.pattern.unwrap_or(old_pattern);
        if pattern.is_empty() {
            self.keep(member.clone(), None);
            return if stopped {
                Known::Names(names)
            } else {
                Known::Plain
            };
        }
        let subscription = Subscription {
            names,
            pattern,
            resolved: None,
            sent: None,
        };
        self.keep(member.clone(), Some(subscription.clone()));
        Known::Follows(subscription)
    }

    /// Takes note that what `member` follows comes to `names` now; whether that is something else than what
    /// was last sent.
    pub(super) fn resolved(&mut self, member: &Member, names: &[String], stamp: Stamp) -> bool {
        let sent = Some(self.hasher.hash_one(names));
        let kept = self.members.get_mut(member);
        let Some(subscription) = kept.and_then(|kept| kept.subscription.as_mut()) else {
            return true;
        };
        subscription.resolved = Some(stamp);
        std::mem::replace(&mut subscription.sent, sent) != sent
    }

    /// Takes note that `member` has left.
    pub(super) fn forget(&mut self, member: &Member) {
        if let Some(kept) = self.members.remove(member) {
            let bytes = kept.bytes(member);
            self.shares.remove(&member.owner(), kept.place, bytes);
        }
    }

    /// What `who` was told of topics, unless that is too long ago; nobody = all who share an upstream identity.
    pub(super) fn listing(&self, who: &[Principal], now: Instant) -> Option<Listing> {
        let known = self.listings.iter().find(|(of, _)| of == who);
        let (_, listing) = known?;
        let fresh = now.saturating_duration_since(listing.at) < TOPIC_LISTING_AGE;
        fresh.then(|| listing.clone())
    }

    /// Takes note that `who` was told of these topics. The oldest listings make room.
    pub(super) fn list(&mut self, who: &[Principal], names: &[String], now: Instant) -> Listing {
        self.listings.retain(|(of, listing)| {
            of != who && now.saturating_duration_since(listing.at) < TOPIC_LISTING_AGE
        });
        let listing = Listing {
            at: now,
            names: names.into(),
        };
        self.listings.push((who.to_vec(), listing.clone()));
        let mut total: usize = self.listings.iter().map(|(_, of)| of.names.len()).sum();
        while total > TOPIC_IDS_MAX && self.listings.len() > 1 {
            let (_, oldest) = self.listings.remove(0);
            total = total.saturating_sub(oldest.names.len());
        }
        listing
    }

    /// Keeps it. Members of the user who takes the most make room, the oldest first; where that is its own
    /// and has none left, it is not kept.
    fn keep(&mut self, member: Member, subscription: Option<Subscription>) {
        self.forget(&member);
        let place = self.next;
        let kept = Kept {
            place,
            subscription,
        };
        let bytes = kept.bytes(&member);
        let owner = member.owner();
        if bytes > SUBSCRIPTION_BYTES_MAX {
            return;
        }
        while self.shares.bytes().saturating_add(bytes) > SUBSCRIPTION_BYTES_MAX {
            let Some(oldest) = self.shares.makes_room(&owner, bytes) else {
                return;
            };
            self.forget(&Arc::clone(oldest));
        }
        self.next = place.saturating_add(1);
        let member = Arc::new(member);
        self.shares.add(&owner, place, Arc::clone(&member), bytes);
        self.members.insert(member, kept);
    }
}

impl Kept {
    fn bytes(&self, member: &Member) -> usize {
        let names = member.group.len().saturating_add(member.id.len());
        let said = self.subscription.as_ref().map_or(0, |of| {
            let each = |name: &String| name.len().saturating_add(size_of::<String>());
            let names: usize = of.names.iter().map(each).sum();
            names.saturating_add(of.pattern.len())
        });
        let each = |one: &Principal| {
            let text = one.to_string().len();
            text.saturating_add(size_of::<Principal>())
        };
        let who: usize = member.who.iter().map(each).sum();
        let told = names.saturating_add(said);
        MEMBER_BYTES.saturating_add(told).saturating_add(who)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::policy::fixture::principal;

    fn member(id: &str) -> Member {
        member_of(id, "User:a")
    }

    fn member_of(id: &str, user: &str) -> Member {
        Member {
            group: "g".into(),
            id: id.into(),
            who: [principal(user)].into(),
        }
    }

    fn told(joins: bool, names: Option<&[&str]>, pattern: Option<&str>) -> Told {
        Told {
            joins,
            names: names.map(|names| names.iter().map(|&name| name.to_owned()).collect()),
            pattern: pattern.map(str::to_owned),
        }
    }

    #[test]
    fn a_member_is_followed_until_it_says_otherwise() {
        let mut all = Subscriptions::default();
        let m = member("m");
        let joining = told(true, Some(&["x"]), Some("o.*"));
        assert!(all.will_follow(&m, &joining));
        let Known::Follows(subscription) = all.hear(&m, joining) else {
            panic!("it follows");
        };
        assert_eq!(subscription.pattern, "o.*");
        assert_eq!(subscription.names, ["x"]);
        let stamp = (Instant::now(), 1);
        assert!(all.resolved(&m, &["orders".to_owned()], stamp));
        assert!(!all.resolved(&m, &["orders".to_owned()], stamp));
        assert!(all.resolved(&m, &["orders".to_owned(), "other".to_owned()], stamp));
        let Known::Follows(again) = all.hear(&m, Told::default()) else {
            panic!("it follows still");
        };
        assert_eq!(again.resolved, Some(stamp));
        let stops = told(false, None, Some(""));
        assert!(!all.will_follow(&m, &stops));
        assert_eq!(all.hear(&m, stops), Known::Names(vec!["x".to_owned()]));
        assert_eq!(all.hear(&m, Told::default()), Known::Plain);
        assert_eq!(all.hear(&m, told(true, Some(&[]), None)), Known::Plain);
    }

    #[test]
    fn the_unknown_are_asked_once_and_nobody_inherits() {
        let mut all = Subscriptions::default();
        let (m, other) = (member("m"), member_of("m", "User:b"));
        assert_eq!(all.hear(&m, Told::default()), Known::Unknown);
        assert_eq!(all.hear(&m, Told::default()), Known::Plain);
        all.hear(&m, told(true, None, Some("x")));
        assert!(!all.will_follow(&other, &Told::default()));
        assert_eq!(all.hear(&other, Told::default()), Known::Unknown);
        // Nor does anybody take what another said away.
        all.forget(&other);
        assert!(all.will_follow(&m, &Told::default()));
        all.forget(&m);
        assert_eq!((all.members.len(), all.shares.bytes()), (0, 0));
    }

    #[test]
    fn memory_is_bounded() {
        let mut all = Subscriptions::default();
        let long = "x".repeat(SUBSCRIPTION_BYTES_MAX / 4);
        for n in 0..8 {
            let told = told(true, None, Some(&long));
            all.hear(&member(&n.to_string()), told);
            assert!(all.shares.bytes() <= SUBSCRIPTION_BYTES_MAX);
            assert!(all.members.len() <= 4);
        }
        assert_eq!(all.members.len(), 3, "only the oldest made room");
        assert!(all.will_follow(&member("5"), &Told::default()));
        let mut many = member("m");
        many.who = vec![principal("User:a"); SUBSCRIPTION_BYTES_MAX / 16].into();
        all.hear(&many, told(true, None, Some("x")));
        assert_eq!(all.members.len(), 3, "its principals count");
        let names = vec![String::new(); TOPIC_IDS_MAX / 2 + 1];
        let now = Instant::now();
        for user in ["User:a", "User:b", "User:c"] {
            all.list(&[principal(user)], &names, now);
            assert_eq!(all.listings.len(), 1);
        }
    }

    #[test]
    fn one_identity_does_not_push_out_others() {
        let mut all = Subscriptions::default();
        let short = || told(true, None, Some("o.*"));
        let quiet = member_of("quiet", "User:b");
        all.hear(&quiet, short());
        let long = "x".repeat(SUBSCRIPTION_BYTES_MAX / 16);
        for n in 0..64 {
            let mut flood = member(&n.to_string());
            // Another set of groups is no other share.
            flood.who = [principal("User:a"), principal(&format!("Group:g{n}"))].into();
            all.hear(&flood, told(true, None, Some(&long)));
            assert!(all.shares.bytes() <= SUBSCRIPTION_BYTES_MAX);
        }
        assert!(all.will_follow(&quiet, &Told::default()));
        // Whoever comes late finds room too.
        let late = member_of("late", "User:c");
        all.hear(&late, short());
        assert!(all.will_follow(&late, &Told::default()));
        assert!(all.will_follow(&quiet, &Told::default()));
    }

    #[test]
    fn a_listing_grows_old_and_is_of_its_principals_alone() {
        let mut all = Subscriptions::default();
        let (a, b) = ([principal("User:a")], [principal("User:b")]);
        let now = Instant::now();
        all.list(&a, &["t".to_owned()], now);
        assert!(all.listing(&b, now).is_none());
        let almost = now + TOPIC_LISTING_AGE - Duration::from_millis(1);
        assert_eq!(all.listing(&a, almost).unwrap().names[..], ["t"]);
        assert!(all.listing(&a, now + TOPIC_LISTING_AGE).is_none());
    }
}
