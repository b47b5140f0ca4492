//! Requests that cannot be decided before the broker has said something about topics: parked, while Oathgate
//! asks on the client's own connection to that broker.

use tokio::sync::OwnedSemaphorePermit;

use super::{
    Gate, Moment, OWN_CORRELATION_ID, Relay,
    end::End,
    queue::Pending,
    requests::{Requests, Whole},
};
use crate::{
    proxy::authorize::{Asked, CloseReason, Question},
    wire::value::Value,
};

/// A request that is there whole and waits for what the broker says.
#[derive(Debug)]
pub struct Parked {
    pub(super) whole: Whole,
    pub(super) permit: Option<OwnedSemaphorePermit>,
    pub(super) question: Question,
    pub(super) asked: Asked,
}

impl Relay {
    /// Asks the broker on its own connection; until the answer comes no other request is read.
    pub(super) fn ask(&mut self, parked: Parked) -> Result<(), End> {
        let newest = self.setup.advertised.range(parked.question.api_key());
        let newest = newest.map_or(-1, |range| range.max);
        let undecidable = || {
            let reason = CloseReason::NotAuthorizable(parked.whole.api.key);
            End::RequestRefused(reason.code())
        };
        let (api, version, body) = parked.question.request(newest).ok_or_else(undecidable)?;
        self.send_own(api, version, &body)
            .map_err(|_| undecidable())?;
        self.queue.push(Pending::Question {
            api,
            version,
            correlation_id: OWN_CORRELATION_ID,
        });
        self.requests = Requests::AwaitsAnswer(Box::new(parked));
        Ok(())
    }

    /// What the broker said to a question.
    pub(super) fn on_answer_to_question(&mut self, body: &Value) -> Result<(), End> {
        let Requests::AwaitsAnswer(mut parked) = std::mem::take(&mut self.requests) else {
            return Err(End::AnswerUnexpected);
        };
        let Parked {
            question, asked, ..
        } = &mut *parked;
        asked.note(question, body, &self.setup.topics);
        self.requests = Requests::Answered(parked);
        Ok(())
    }

    pub(super) fn judge_again(&mut self, parked: Parked, gate: &mut dyn Gate) -> Result<bool, End> {
        let Parked {
            whole,
            permit,
            asked,
            ..
        } = parked;
        gate.pass(Moment::Whole(whole.api.key))?;
        self.room_to_broker = permit;
        self.guard(whole, asked, gate).map(|()| true)
    }
}
