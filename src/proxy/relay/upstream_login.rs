//! Logging in to the broker again on a live connection (KIP-368): at a boundary between requests,
//! with nothing forwarded until its last round is answered.

use super::{Event, OWN_CORRELATION_ID, Relay, answers::body_of, end::End, queue::Pending};
use crate::{
    proxy::upstream::login::{Login, Request, Step},
    wire::api::Api,
};

/// A login to the broker that is wanted or under way.
#[derive(Debug)]
pub enum UpstreamLogin {
    /// Waits until the request that is on its way has gone up whole.
    Wanted(Step),
    /// Waits for the broker's answer.
    Awaiting(Login),
}

impl Relay {
    /// Logs in to the broker again, beginning with `step`. [`Event::UpstreamReauthenticated`] tells
    /// of its success, [`Event::UpstreamRefused`] of its failure.
    ///
    /// # Errors
    /// [`End::UpstreamLoginFailed`].
    pub fn renew_upstream(&mut self, step: Step) -> Result<(), End> {
        self.login = Some(UpstreamLogin::Wanted(step));
        self.advance_login()
    }

    /// Begins a wanted login if no request is on its way.
    pub(super) fn advance_login(&mut self) -> Result<(), End> {
        if self.ending || !self.requests.is_at_boundary() {
            return Ok(());
        }
        match self.login.take() {
            Some(UpstreamLogin::Wanted(step)) => self.take_step(step),
            other => {
                self.login = other;
                Ok(())
            }
        }
    }

    fn take_step(&mut self, step: Step) -> Result<(), End> {
        match step {
            Step::Done { session_lifetime } => {
                self.events
                    .push_back(Event::UpstreamReauthenticated(session_lifetime));
            }
            Step::Send { login, request } => {
                let Request { api, version, body } = request;
                self.send_own(api, version, &body)
                    .map_err(|_| End::UpstreamLoginFailed)?;
                self.queue.push(Pending::Own {
                    api,
                    version,
                    correlation_id: OWN_CORRELATION_ID,
                });
                self.login = Some(UpstreamLogin::Awaiting(login));
            }
        }
        Ok(())
    }

    /// The broker's answer to a login request of ours.
    pub(super) fn on_login_answer(
        &mut self,
        api: &'static Api,
        version: i16,
        frame: &[u8],
    ) -> Result<(), End> {
        let Some(UpstreamLogin::Awaiting(login)) = self.login.take() else {
            return Err(End::AnswerUnexpected);
        };
        let body = body_of(api, version, frame)?;
        match login.on_response(&body) {
            Ok(step) => self.take_step(step),
            Err(failed) => {
                self.begin_end();
                self.events.push_back(Event::UpstreamRefused(failed));
                Ok(())
            }
        }
    }
}
