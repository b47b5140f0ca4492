//! Share sessions (KIP-932): whose they are.
//!
//! A broker keeps them by group and member id, and the client chooses the member id. So a member belongs
//! to the user who opened a session as it, for as long as any of that user's connections has one open; and a
//! session is continued on the connection that opened it only.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::topics::{TopicId, TopicNames};
use crate::limits::{SHARE_FETCH_BYTES_MAX, SHARE_NAME_MAX, SHARE_SESSIONS_MAX};
use crate::policy::operation::Operation;
use crate::policy::resource::Resource;
use crate::policy::rights::Rights;

/// The epoch that opens a session.
pub(super) const OPEN: i32 = 0;

/// The epoch that ends one.
const CLOSE: i32 = -1;

/// A member of a share group of a cluster.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Member {
    cluster: Arc<str>,
    group: Box<str>,
    id: Box<str>,
}

/// Who acts as a member.
#[derive(Debug)]
struct Holder {
    who: Arc<str>,
    /// The connections that have a session as it: a consumer has one to each broker it reads from.
    connections: usize,
}

/// The holders of all members, shared by all connections. Bounded by what each connection may hold.
#[derive(Debug, Default)]
pub struct ShareSessions {
    // Held for a look-up and an insertion; nothing is awaited meanwhile.
    holders: Mutex<HashMap<Member, Holder>>,
}

impl ShareSessions {
    fn lock(&self) -> MutexGuard<'_, HashMap<Member, Holder>> {
        // No code that holds the lock can panic half way.
        self.holders.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether `who` may act as `member`; then one more connection of theirs does.
    fn hold(&self, member: &Member, who: &Arc<str>) -> bool {
        let mut holders = self.lock();
        let holder = holders.entry(member.clone()).or_insert_with(|| Holder {
            who: Arc::clone(who),
            connections: 0,
        });
        let same = holder.who == *who;
        if same {
            holder.connections = holder.connections.saturating_add(1);
        }
        same
    }

    fn release(&self, member: &Member) {
        let mut holders = self.lock();
        let Some(holder) = holders.get_mut(member) else {
            return;
        };
        holder.connections = holder.connections.saturating_sub(1);
        if holder.connections == 0 {
            holders.remove(member);
        }
    }
}

/// What was decided about the topics of one session, where Oathgate decides.
#[derive(Debug, Default)]
pub(super) struct ShareReads {
    /// Topics that the broker's session has, all of which may be read.
    pub(super) allowed: BTreeSet<TopicId>,
    /// Partitions that the client wants and may not read: the broker's session has none of them.
    pub(super) denied: BTreeMap<TopicId, BTreeSet<i64>>,
}

impl ShareReads {
    /// Whether what was decided holds still.
    pub(super) fn hold(&self, rights: &mut Rights, topics: &TopicNames) -> bool {
        let mut may = |id: &TopicId| {
            let name = topics.name(id);
            name.is_some_and(|name| rights.may(Operation::Read, &Resource::topic(&name)))
        };
        self.allowed.iter().all(&mut may) && !self.denied.keys().any(may)
    }
}

/// A session that one connection has opened.
#[derive(Debug)]
struct Open {
    member: Member,
    reads: ShareReads,
}

/// The members that one connection has opened sessions as, oldest first; at most
/// [`SHARE_SESSIONS_MAX`]. Dropping it releases them.
#[derive(Debug)]
pub(super) struct OwnShareSessions {
    shared: Arc<ShareSessions>,
    cluster: Arc<str>,
    who: Arc<str>,
    open: VecDeque<Open>,
    /// The rights at which all that the sessions read was allowed.
    revision: u64,
    /// Most bytes of records that one answer may bring.
    pub(super) bytes_max: i32,
}

impl OwnShareSessions {
    pub(super) fn new(shared: Arc<ShareSessions>, cluster: &str, who: &str) -> Self {
        Self {
            shared,
            cluster: cluster.into(),
            who: who.into(),
            open: VecDeque::new(),
            revision: 0,
            bytes_max: SHARE_FETCH_BYTES_MAX,
        }
    }

    /// Asks for no longer answers than `max_held` bytes have room for, twice.
    pub(super) fn hold_at_most(&mut self, max_held: usize) {
        let half = i32::try_from(max_held / 2).unwrap_or(i32::MAX);
        self.bytes_max = SHARE_FETCH_BYTES_MAX.min(half);
    }

    /// Whether a request may name this group, member and `epoch`. `opens`: it is of the API that opens
    /// sessions (with epoch 0).
    pub(super) fn admit(&mut self, group: String, id: String, epoch: i32, opens: bool) -> bool {
        if group.len() > SHARE_NAME_MAX || id.len() > SHARE_NAME_MAX {
            return false;
        }
        let member = Member {
            cluster: Arc::clone(&self.cluster),
            group: group.into_boxed_str(),
            id: id.into_boxed_str(),
        };
        match self.open.iter().position(|own| own.member == member) {
            Some(at) => {
                match (epoch, self.open.get_mut(at)) {
                    (CLOSE, _) => self.forget(at),
                    // The broker begins it anew.
                    (OPEN, Some(own)) => own.reads = ShareReads::default(),
                    _ => {}
                }
                true
            }
            None => epoch == OPEN && opens && self.open(member),
        }
    }

    /// What was decided about the topics of the session of that group and member, if it is open here.
    pub(super) fn reads(&mut self, group: &str, id: &str) -> Option<&mut ShareReads> {
        let mut open = self.open.iter_mut();
        let found = open.find(|own| *own.member.group == *group && *own.member.id == *id);
        found.map(|own| &mut own.reads)
    }

    /// Ends the session of that group and member here; the broker's ends when the client opens it anew.
    pub(super) fn end(&mut self, group: &str, id: &str) {
        let mut open = self.open.iter();
        let found = open.position(|own| *own.member.group == *group && *own.member.id == *id);
        if let Some(at) = found {
            self.forget(at);
        }
    }

    /// Whether an answer may begin: all topics of all sessions here may be read still. Without `rights`
    /// nothing is decided here.
    pub(super) fn begin_answer(
        &mut self,
        rights: Option<&mut Rights>,
        topics: &TopicNames,
    ) -> bool {
        let Some(rights) = rights.filter(|rights| rights.revision() != self.revision) else {
            return true;
        };
        let mut allowed = self.open.iter().flat_map(|own| &own.reads.allowed);
        let may_all = allowed.all(|id| {
            let name = topics.name(id);
            name.is_some_and(|name| rights.may(Operation::Read, &Resource::topic(&name)))
        });
        if may_all {
            self.revision = rights.revision();
        }
        may_all
    }

    fn open(&mut self, member: Member) -> bool {
        if !self.shared.hold(&member, &self.who) {
            return false;
        }
        if self.open.len() >= SHARE_SESSIONS_MAX {
            self.forget(0);
        }
        self.open.push_back(Open {
            member,
            reads: ShareReads::default(),
        });
        true
    }

    fn forget(&mut self, at: usize) {
        if let Some(own) = self.open.remove(at) {
            self.shared.release(&own.member);
        }
    }
}

impl Drop for OwnShareSessions {
    fn drop(&mut self) {
        for own in self.open.drain(..) {
            self.shared.release(&own.member);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn connection(shared: &Arc<ShareSessions>, cluster: &str, who: &str) -> OwnShareSessions {
        OwnShareSessions::new(Arc::clone(shared), cluster, who)
    }

    fn fetch(own: &mut OwnShareSessions, member: &str, epoch: i32) -> bool {
        own.admit("g".to_owned(), member.to_owned(), epoch, true)
    }

    #[test]
    fn a_session_is_continued_where_it_was_opened() {
        let shared = Arc::new(ShareSessions::default());
        let mut first = connection(&shared, "c", "alice");
        let mut second = connection(&shared, "c", "alice");
        assert!(!fetch(&mut first, "m", 1), "not open yet");
        assert!(!fetch(&mut first, "m", -1));
        assert!(fetch(&mut first, "m", 0));
        assert!(fetch(&mut first, "m", 1));
        assert!(!fetch(&mut second, "m", 1), "opened elsewhere");
        assert!(!fetch(&mut second, "m", -1));
        assert!(fetch(&mut second, "m", 0), "to another broker");
        assert!(fetch(&mut second, "m", 1));
        assert!(fetch(&mut first, "m", -1));
        assert!(!fetch(&mut first, "m", 2), "ended");
    }

    #[test]
    fn a_member_belongs_to_one_user_until_the_last_connection_ends() {
        let shared = Arc::new(ShareSessions::default());
        let mut alice = connection(&shared, "c", "alice");
        let mut bob = connection(&shared, "c", "bob");
        assert!(fetch(&mut alice, "m", 0));
        assert!(!fetch(&mut bob, "m", 0));
        assert!(fetch(&mut bob, "other", 0));
        assert!(
            fetch(&mut connection(&shared, "d", "bob"), "m", 0),
            "another cluster"
        );
        drop(alice);
        assert!(fetch(&mut bob, "m", 0));
        drop(bob);
        assert!(shared.lock().is_empty());
    }

    #[test]
    fn acknowledging_opens_nothing() {
        let shared = Arc::new(ShareSessions::default());
        let mut own = connection(&shared, "c", "alice");
        assert!(!own.admit("g".to_owned(), "m".to_owned(), 0, false));
        assert!(fetch(&mut own, "m", 0));
        assert!(own.admit("g".to_owned(), "m".to_owned(), 1, false));
    }

    #[test]
    fn what_a_connection_holds_is_bounded() {
        let shared = Arc::new(ShareSessions::default());
        let mut own = connection(&shared, "c", "alice");
        for member in 0..=SHARE_SESSIONS_MAX {
            assert!(fetch(&mut own, &member.to_string(), 0));
        }
        assert_eq!(shared.lock().len(), SHARE_SESSIONS_MAX);
        assert!(!fetch(&mut own, "0", 1), "the oldest went");
        assert!(!fetch(&mut own, &"x".repeat(SHARE_NAME_MAX + 1), 0));
    }
}
