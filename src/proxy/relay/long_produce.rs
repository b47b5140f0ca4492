//! A `Produce` that is too long to be held, where Oathgate decides: judged while it passes.

use bytes::BytesMut;

use super::{
    Gate, Moment, Relay, Way,
    end::End,
    queue::Pending,
    requests::{Opened, Requests},
};
use crate::{
    proxy::authorize::{Asked, Authority, CloseReason, Denials, LongProduce, Outcome},
    wire::api::Api,
};

/// A long `Produce` on its way.
#[derive(Debug)]
pub struct Long {
    api: &'static Api,
    opened: Opened,
    left: usize,
    produce: LongProduce,
    denials: Denials,
    /// Whether its length has gone up.
    begun: bool,
    /// The rights that it was decided by from its first byte on.
    revision: u64,
}

impl Long {
    /// Of which only the first bytes have come.
    #[must_use]
    pub fn new(api: &'static Api, opened: Opened, revision: u64) -> Self {
        Self {
            api,
            opened,
            left: opened.length,
            produce: LongProduce::new(api, opened.version, opened.length),
            denials: Denials::default(),
            begun: false,
            revision,
        }
    }
}

impl Relay {
    /// Whether bytes were there to go on.
    pub(super) fn stream_judged(
        &mut self,
        mut long: Box<Long>,
        bytes: &mut BytesMut,
        gate: &mut dyn Gate,
    ) -> Result<bool, End> {
        let part = bytes.split_to(long.left.min(bytes.len()));
        long.left = long.left.saturating_sub(part.len());
        if long.left == 0 {
            gate.pass(Moment::Whole(long.opened.key))?;
        }
        let rights = gate.rights().ok_or(End::RequestRefused(
            CloseReason::NotAuthorizable(long.opened.key).code(),
        ))?;
        let asked = Asked::default();
        let mut authority = Authority {
            rights,
            topics: &self.setup.topics,
            asked: &asked,
            denials: &mut long.denials,
        };
        // Between its first byte and its last there may be hours.
        if long.left == 0 && long.revision != authority.rights.revision() {
            long.revision = authority.rights.revision();
            if !long.produce.is_still_allowed(&mut authority) {
                return Err(End::RequestRefused(CloseReason::DeniedMeanwhile.code()));
            }
        }
        let leaves = long
            .produce
            .take(&part, &mut authority)
            .map_err(|_| End::RequestMalformed)?;
        if !long.produce.is_sound() {
            let reason = CloseReason::NotAuthorizable(long.opened.key);
            return Err(End::RequestRefused(reason.code()));
        }
        if !leaves.is_empty() && !long.begun {
            let length = i32::try_from(long.opened.length).map_err(|_| End::FrameTooLong)?;
            self.to_broker.extend_from_slice(&length.to_be_bytes());
            long.begun = true;
        }
        self.to_broker.extend_from_slice(&leaves);
        if long.left > 0 {
            self.requests = Requests::Long(long);
            return Ok(!part.is_empty());
        }
        if !long.produce.is_finished() {
            return Err(End::RequestMalformed);
        }
        self.finish_long(*long).map(|()| true)
    }

    fn finish_long(&mut self, long: Long) -> Result<(), End> {
        self.note_unknown_tags(Way::Down, long.produce.unknown_tags());
        self.note_denials(long.api, long.denials);
        let Opened {
            version,
            correlation_id,
            ..
        } = long.opened;
        match long.produce.finish(correlation_id) {
            Outcome::Answered(amend) => {
                self.queue.push(Pending::Broker {
                    api: long.api,
                    version,
                    correlation_id,
                    amend: amend.map(Box::new),
                    group: None,
                });
                Ok(())
            }
            Outcome::Unanswered => Ok(()),
            Outcome::Refused(answer) => {
                self.answer(answer);
                Ok(())
            }
            Outcome::Close(reason) => Err(End::RequestRefused(reason.code())),
        }
    }
}
