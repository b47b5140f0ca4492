//! The fetch sessions (KIP-227) that the broker granted on one connection.
//!
//! A broker keeps sessions by their id alone: whoever names an id continues that session, or ends it. So
//! an id counts here only on the connection that it was granted on. Where Oathgate decides, a session exists
//! only while all its topics are allowed: the broker serves all of them whatever a request names.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

use crate::limits::{FETCH_SESSION_TOPICS_MAX, FETCH_SESSIONS_MAX};
use crate::policy::operation::Operation;
use crate::policy::resource::Resource;
use crate::policy::rights::Rights;
use crate::wire::error_code;

/// The epoch that opens a session.
pub(super) const OPEN: i32 = 0;

/// The epoch of a fetch without a session, which ends the one it names.
pub(super) const CLOSE: i32 = -1;

/// What becomes of a request that names a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Admission {
    /// It may name it.
    AsItIs,
    /// It asks for everything anew and names a session of another connection, such as its own before a
    /// reconnect: it goes up as if it named none.
    WithoutId,
    /// It continues a session that is not this connection's.
    Unknown,
}

/// The topics that an answer may hold records of, and when they were found allowed.
#[derive(Debug, Default)]
pub(super) struct Reads {
    topics: BTreeSet<Arc<str>>,
    revision: u64,
}

/// A session that the broker granted.
#[derive(Debug)]
struct Granted {
    id: i32,
    reads: Reads,
}

/// A request that went up.
#[derive(Debug)]
enum Sent {
    /// Of these topics.
    Whole(Reads),
    /// It continues the session with that id.
    Continued(i32),
}

/// Sessions granted on one connection, oldest first, at most [`FETCH_SESSIONS_MAX`]; and the requests that
/// wait for their answers.
#[derive(Debug, Default)]
pub(super) struct FetchSessions {
    granted: VecDeque<Granted>,
    sent: VecDeque<Sent>,
    /// The request whose answer has begun.
    answered: Option<Sent>,
}

impl Reads {
    /// Of `topics`, all of which `rights` allow to be read.
    pub(super) fn new(topics: impl Iterator<Item = Arc<str>>, rights: &Rights) -> Self {
        Self {
            topics: topics.collect(),
            revision: rights.revision(),
        }
    }

    /// Whether there are more topics than are kept track of.
    pub(super) fn too_many(&self) -> bool {
        self.topics.len() > FETCH_SESSION_TOPICS_MAX
    }

    /// Whether all topics may be read still.
    fn allowed(&mut self, rights: &mut Rights) -> bool {
        if self.revision == rights.revision() {
            return true;
        }
        let may = |topic: &Arc<str>| rights.may(Operation::Read, &Resource::topic(topic));
        if !self.topics.iter().all(may) {
            return false;
        }
        self.revision = rights.revision();
        true
    }
}

impl FetchSessions {
    /// Judges a request that names `id` and `epoch`.
    pub(super) fn admit(&mut self, id: i32, epoch: i32) -> Admission {
        let known = self.granted.iter().position(|granted| granted.id == id);
        match (known, epoch) {
            // The broker ends the session before anything else, whatever it answers then.
            (Some(at), OPEN | CLOSE) => {
                self.granted.remove(at);
                Admission::AsItIs
            }
            (Some(_), _) => Admission::AsItIs,
            (None, OPEN | CLOSE) if id == 0 => Admission::AsItIs,
            (None, OPEN | CLOSE) => Admission::WithoutId,
            (None, _) => Admission::Unknown,
        }
    }

    /// Adds `topics`, which may be read, to the session with `id`. Whether it may go on: it is this
    /// connection's, all its topics may be read still and are not too many. One that may not is forgotten.
    pub(super) fn go_on(
        &mut self,
        id: i32,
        topics: impl Iterator<Item = Arc<str>>,
        rights: &mut Rights,
    ) -> bool {
        let Some(at) = self.granted.iter().position(|granted| granted.id == id) else {
            return false;
        };
        let goes_on = self.granted.get_mut(at).is_some_and(|session| {
            session.reads.topics.extend(topics);
            session.reads.allowed(rights) && !session.reads.too_many()
        });
        if !goes_on {
            self.granted.remove(at);
        }
        goes_on
    }

    /// Forgets the session with `id`.
    pub(super) fn forget(&mut self, id: i32) {
        self.granted.retain(|granted| granted.id != id);
    }

    /// Takes note that a request of all topics in `reads` went up.
    pub(super) fn sent(&mut self, reads: Reads) {
        self.sent.push_back(Sent::Whole(reads));
    }

    /// Takes note that a request went up which continues the session with `id`.
    pub(super) fn continued(&mut self, id: i32) {
        self.sent.push_back(Sent::Continued(id));
    }

    /// The broker answers the oldest request. Whether the answer may begin: all its topics may be read
    /// still. Without `rights` nothing is decided here.
    pub(super) fn begin_answer(&mut self, rights: Option<&mut Rights>) -> bool {
        self.answered = self.sent.pop_front();
        let Some(rights) = rights else {
            return true;
        };
        match &mut self.answered {
            Some(Sent::Whole(reads)) => reads.allowed(rights),
            Some(Sent::Continued(id)) => {
                let mut granted = self.granted.iter_mut();
                // A session that was forgotten meanwhile had lost a topic.
                granted
                    .find(|granted| granted.id == *id)
                    .is_some_and(|granted| granted.reads.allowed(rights))
            }
            None => false,
        }
    }

    /// Takes note of an answer with `error_code` and session `id` (0 = none).
    pub(super) fn answered(&mut self, error_code: i16, id: i32) {
        if error_code == error_code::FETCH_SESSION_ID_NOT_FOUND {
            // The answer does not say which one the broker has dropped. Clients have one at a time; one with
            // more opens the others again.
            self.granted.clear();
            return;
        }
        let known = self.granted.iter().any(|granted| granted.id == id);
        if error_code != error_code::NONE || id == 0 || known {
            return;
        }
        if self.granted.len() >= FETCH_SESSIONS_MAX {
            self.granted.pop_front();
        }
        let reads = match self.answered.take() {
            Some(Sent::Whole(reads)) => reads,
            Some(Sent::Continued(_)) | None => Reads::default(),
        };
        self.granted.push_back(Granted { id, reads });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_counts_only_where_it_was_granted() {
        let mut sessions = FetchSessions::default();
        assert_eq!(sessions.admit(7, 1), Admission::Unknown);
        assert_eq!(sessions.admit(7, 0), Admission::WithoutId);
        assert_eq!(sessions.admit(7, -1), Admission::WithoutId);
        assert_eq!(sessions.admit(0, 0), Admission::AsItIs);
        assert_eq!(sessions.admit(0, -1), Admission::AsItIs);
        assert_eq!(sessions.admit(0, 1), Admission::Unknown);
        assert_eq!(sessions.admit(7, -2), Admission::Unknown);
        sessions.answered(0, 7);
        assert_eq!(sessions.admit(7, 1), Admission::AsItIs);
        assert_eq!(sessions.admit(8, 1), Admission::Unknown);
    }

    #[test]
    fn a_session_that_was_ended_is_not_known_any_more() {
        for epoch in [0, -1] {
            let mut sessions = FetchSessions::default();
            sessions.answered(0, 7);
            assert_eq!(sessions.admit(7, epoch), Admission::AsItIs);
            assert_eq!(sessions.admit(7, 2), Admission::Unknown, "{epoch}");
        }
        let mut dropped = FetchSessions::default();
        dropped.answered(0, 7);
        dropped.answered(70, 0);
        assert_eq!(dropped.admit(7, 2), Admission::Unknown);
    }

    #[test]
    fn answers_with_errors_grant_nothing() {
        let mut sessions = FetchSessions::default();
        sessions.answered(71, 7);
        sessions.answered(0, 0);
        assert_eq!(sessions.admit(7, 1), Admission::Unknown);
        assert_eq!(sessions.admit(0, 1), Admission::Unknown);
    }

    #[test]
    fn the_oldest_go_when_there_are_too_many() {
        let mut sessions = FetchSessions::default();
        for id in 1..=i32::try_from(FETCH_SESSIONS_MAX).unwrap() + 1 {
            sessions.answered(0, id);
        }
        assert_eq!(sessions.granted.len(), FETCH_SESSIONS_MAX);
        assert_eq!(sessions.admit(1, 1), Admission::Unknown);
        assert_eq!(sessions.admit(2, 1), Admission::AsItIs);
    }
}
