//! Work that takes a moment: long frames that were held whole, topics that are matched. The driver lets it take its
//! turn among others who have such; in the relay's order it stands where the frame stands.

use super::{Gate, Relay, answers::Answers, end::End, requests::Requests};
use crate::limits::BACKLOG_MAX;

impl Relay {
    /// Whether there is work for which [`Self::work`] wants a turn.
    #[must_use]
    pub fn wants_turn(&self) -> bool {
        self.answers.awaits_turn() || (self.requests.awaits_turn() && self.may_judge())
    }

    /// Whether a frame waits for work to be done, now or later.
    pub(super) fn has_work(&self) -> bool {
        self.answers.awaits_turn() || (self.requests.awaits_turn() && !self.ending)
    }

    /// Whether a request may be decided about: as for one that is short, no more is made of what the
    /// client sent while too much waits to be written.
    fn may_judge(&self) -> bool {
        !self.ending
            && !self.is_logging_in()
            && self.queue.has_room()
            && self.to_broker.len() < BACKLOG_MAX
            && self.to_client.len() < BACKLOG_MAX
    }

    /// Does a piece of it, where [`Self::wants_turn`] says so. `gate` is asked as for any other frame.
    ///
    /// # Errors
    /// Why the session ends.
    pub fn work(&mut self, gate: &mut dyn Gate) -> Result<(), End> {
        match std::mem::take(&mut self.answers) {
            Answers::AwaitsTurn(held) => return self.deliver_late(held, gate),
            other => self.answers = other,
        }
        let judged = self.work_on_request(gate);
        if judged.is_err() {
            // As where it is decided at once: nothing that followed may go up.
            self.begin_end();
        }
        judged
    }

    fn work_on_request(&mut self, gate: &mut dyn Gate) -> Result<(), End> {
        match std::mem::take(&mut self.requests) {
            Requests::AwaitsTurn(held) => self.judge_held(held, gate),
            Requests::Matches(mut parked) => {
                let topics = &self.setup.topics;
                let rights = gate.rights();
                let all = rights.is_none_or(|rights| parked.asked.match_more(rights, topics));
                self.requests = if all {
                    Requests::Answered(parked)
                } else {
                    Requests::Matches(parked)
                };
                Ok(())
            }
            Requests::Answered(parked) => self.judge_again(*parked, gate),
            other => {
                self.requests = other;
                Ok(())
            }
        }
    }
}
