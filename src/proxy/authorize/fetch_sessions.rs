//! The fetch sessions (KIP-227) that the broker granted on one connection.
//!
//! A broker keeps sessions by their id alone: whoever names an id continues that session, or ends it. So
//! an id counts here only on the connection that it was granted on.

use std::collections::VecDeque;

use crate::limits::FETCH_SESSIONS_MAX;
use crate::wire::error_code;

/// The epoch that opens a session.
const OPEN: i32 = 0;

/// The epoch of a fetch without a session, which ends the one it names.
const CLOSE: i32 = -1;

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

/// Ids granted on one connection, oldest first; at most [`FETCH_SESSIONS_MAX`].
#[derive(Debug, Default)]
pub(super) struct FetchSessions {
    granted: VecDeque<i32>,
}

impl FetchSessions {
    /// Judges a request that names `id` and `epoch`.
    pub(super) fn admit(&mut self, id: i32, epoch: i32) -> Admission {
        let known = self.granted.iter().position(|granted| *granted == id);
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

    /// Takes note of an answer with `error_code` and session `id` (0 = none).
    pub(super) fn answered(&mut self, error_code: i16, id: i32) {
        if error_code == error_code::FETCH_SESSION_ID_NOT_FOUND {
            // The answer does not say which one the broker has dropped. Clients have one at a time; one with
            // more opens the others again.
            self.granted.clear();
            return;
        }
        if error_code != error_code::NONE || id == 0 || self.granted.contains(&id) {
            return;
        }
        if self.granted.len() >= FETCH_SESSIONS_MAX {
            self.granted.pop_front();
        }
        self.granted.push_back(id);
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
