//! What the guard decides about a request that is there whole, and carrying it out.

use super::{
    Event, Gate, Relay, Setup,
    end::End,
    questions::Parked,
    queue::Pending,
    requests::{Requests, Whole},
};
use crate::{
    proxy::authorize::{self, Amend, Asked, Authority, Decides, Decision, Denials, Trial},
    wire::api::Api,
};

impl Relay {
    /// Lets the guard decide, and does what it says. `asked` is what the broker was asked for the sake
    /// of this request.
    pub(super) fn guard(
        &mut self,
        mut whole: Whole,
        mut asked: Asked,
        gate: &mut dyn Gate,
    ) -> Result<(), End> {
        let (decided, tried) = self.decide(&mut whole, &asked, gate);
        let api = whole.api;
        let amend = match decided {
            Decision::Forward => {
                self.send_up(None, &whole.frame)?;
                None
            }
            Decision::Replace(frame) => {
                self.send_up(Some(frame), &whole.frame)?;
                None
            }
            Decision::ForwardAndAmend { frame, mut amend } => {
                self.send_up(frame, &whole.frame)?;
                if amend.holds_items() {
                    amend.weight = whole.frame.len();
                    self.events.push_back(Event::Refused(api.name));
                }
                Some(Box::new(amend))
            }
            Decision::Answer(answer) => {
                self.events.push_back(Event::Refused(api.name));
                self.answer(answer);
                return Ok(());
            }
            Decision::Unanswered { frame, close } => {
                self.send_up(frame, &whole.frame)?;
                return close.map_or(Ok(()), |reason| Err(End::RequestRefused(reason.code())));
            }
            Decision::Ask(question) => {
                let permit = self.room_to_broker.take();
                let parked = Parked {
                    whole,
                    permit,
                    asked,
                };
                return self.ask(question, parked);
            }
            Decision::Match(matching) => {
                let permit = self.room_to_broker.take();
                asked.begin_matching(matching);
                let parked = Parked {
                    whole,
                    permit,
                    asked,
                };
                self.requests = Requests::Matches(Box::new(parked));
                return Ok(());
            }
            Decision::Close(reason) => return Err(End::RequestRefused(reason.code())),
        };
        let group = match self.setup.rules.decides {
            Decides::Here => authorize::awaited_group(api, whole.version, &mut whole.frame),
            Decides::Shadow | Decides::Brokers => None,
        };
        self.queue.push(Pending::Broker {
            api,
            version: whole.version,
            correlation_id: whole.correlation_id,
            amend: with_trial(amend, tried),
            group,
        });
        Ok(())
    }

    /// The decision, and what rules say that are only tried.
    fn decide(
        &mut self,
        whole: &mut Whole,
        asked: &Asked,
        gate: &mut dyn Gate,
    ) -> (Decision, Option<Trial>) {
        let Whole {
            api,
            version,
            frame,
            ..
        } = whole;
        let Setup {
            rules,
            sessions,
            topics,
            ..
        } = &mut self.setup;
        let mut denials = Denials::default();
        let mut authority = gate.rights().map(|rights| Authority {
            rights,
            topics,
            asked,
            denials: &mut denials,
        });
        let tried = match &mut authority {
            Some(authority) if rules.decides == Decides::Shadow => {
                authorize::try_out(api, *version, frame, *rules, authority)
            }
            _ => None,
        };
        let authority = authority.as_mut();
        let decided = authorize::decide(api, *version, frame, *rules, sessions, authority);
        // What is asked about first is decided, and told, again.
        if !matches!(decided, Decision::Ask(_) | Decision::Match(_)) {
            self.note_denials(api, denials);
        }
        (decided, tried)
    }

    /// Sends `replacement` up, a whole frame, or else `frame`, which lacks its length.
    fn send_up(&mut self, replacement: Option<Vec<u8>>, frame: &[u8]) -> Result<(), End> {
        match replacement {
            Some(framed) => super::hand_over(&mut self.to_broker, framed),
            None => {
                let length = i32::try_from(frame.len()).map_err(|_| End::FrameTooLong)?;
                self.to_broker.extend_from_slice(&length.to_be_bytes());
                self.to_broker.extend_from_slice(frame);
            }
        }
        Ok(())
    }

    pub(super) fn note_denials(&mut self, api: &'static Api, denials: Denials) {
        if !denials.is_empty() {
            self.events.push_back(Event::Denied(api.name, denials));
        }
    }
}

/// `amend`, which then also compares what was tried.
fn with_trial(amend: Option<Box<Amend>>, tried: Option<Trial>) -> Option<Box<Amend>> {
    if tried.is_none() {
        return amend;
    }
    let mut amend = amend.unwrap_or_default();
    amend.tried = tried;
    Some(amend)
}
