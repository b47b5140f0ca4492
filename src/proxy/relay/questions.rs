//! Requests that cannot be decided at once: parked, while Oathgate asks the broker something on the client's own
//! connection, or matches topics piece by piece.

use super::{
    Gate, Moment, OWN_CORRELATION_ID, Relay,
    end::End,
    queue::Pending,
    requests::{Requests, Whole},
};
use crate::{
    proxy::{
        authorize::{Asked, CloseReason, Question},
        held::HeldPermit,
    },
    wire::value::Value,
};

/// A request that is there whole and waits for what it is decided by.
#[derive(Debug)]
pub struct Parked {
    pub(super) whole: Whole,
    pub(super) permit: Option<HeldPermit>,
    pub(super) asked: Asked,
}

impl Relay {
    /// Asks the broker on its own connection; until the answer comes no other request is read.
    pub(super) fn ask(&mut self, question: Question, parked: Parked) -> Result<(), End> {
        let newest = self.setup.advertised.range(question.api_key());
        let newest = newest.map_or(-1, |range| range.max);
        let undecidable = || {
            let reason = CloseReason::NotAuthorizable(parked.whole.api.key);
            End::RequestRefused(reason.code())
        };
        let (api, version, body) = question.request(newest).ok_or_else(undecidable)?;
        self.send_own(api, version, &body)
            .map_err(|_| undecidable())?;
        self.queue.push(Pending::Question {
            api,
            version,
            correlation_id: OWN_CORRELATION_ID,
        });
        self.requests = Requests::AwaitsAnswer(question, Box::new(parked));
        Ok(())
    }

    /// What the broker said to a question.
    pub(super) fn on_answer_to_question(&mut self, body: &Value) -> Result<(), End> {
        let Requests::AwaitsAnswer(question, mut parked) = std::mem::take(&mut self.requests)
        else {
            return Err(End::AnswerUnexpected);
        };
        let topics = &self.setup.topics;
        parked.asked.note(&question, body, topics);
        self.requests = Requests::Answered(parked);
        Ok(())
    }

    pub(super) fn judge_again(&mut self, parked: Parked, gate: &mut dyn Gate) -> Result<(), End> {
        let Parked {
            whole,
            permit,
            asked,
            ..
        } = parked;
        gate.pass(Moment::Whole(whole.api.key))?;
        self.room_to_broker = permit;
        self.guard(whole, asked, gate)
    }
}
