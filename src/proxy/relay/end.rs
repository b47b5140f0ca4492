//! Why a session ends. The label of each is stable: metrics, logs and the audit stream carry it.

use crate::{identity::Reason, proxy::held::Exhausted};

/// Why a session ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The client closed its side.
    ClientClosed,
    /// The client is gone and takes no more bytes.
    ClientGone,
    /// The broker closed its side.
    BrokerClosed,
    /// The last answer that had to be delivered was.
    Finished,
    /// The session's lifetime is over and the client asked for something else than a new login.
    Expired,
    /// The login would no longer succeed under the configuration now in force.
    LostRight(Reason),
    /// The cluster is gone from the configuration, or its upstream changed.
    ClusterChanged,
    /// Re-authentication was refused.
    ReauthenticationRefused,
    /// The broker refused a renewed upstream login.
    UpstreamLoginFailed,
    /// A request that cannot be read exactly.
    RequestMalformed,
    /// A request of an API or version that was not advertised.
    RequestUnsupported,
    /// Something other than `SaslAuthenticate` after `SaslHandshake`.
    RequestOutOfOrder,
    /// A request that the guard answers by a close; the word says which.
    RequestRefused(&'static str),
    /// An answer that cannot be read exactly.
    AnswerMalformed,
    /// An answer nobody waits for, or out of order.
    AnswerUnexpected,
    /// A request longer than may be held, or with an impossible length.
    FrameTooLong,
    /// An answer longer than may be held.
    AnswerTooLong,
    /// No room in the budget of held frames within the deadline.
    BudgetExhausted,
    /// No room in the identity's share of it within the deadline.
    ShareExhausted,
    /// Nothing happened for as long as may be.
    Idle,
    /// A peer did not take or send its bytes in time.
    Stalled,
    /// Oathgate is shutting down.
    Draining,
}

impl End {
    /// The stable word.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::ClientClosed => "CLIENT_CLOSED",
            Self::ClientGone => "CLIENT_GONE",
            Self::BrokerClosed => "BROKER_CLOSED",
            Self::Finished => "FINISHED",
            Self::Expired => "SESSION_EXPIRED",
            Self::LostRight(reason) => reason.code(),
            Self::ClusterChanged => "CLUSTER_CHANGED",
            Self::ReauthenticationRefused => "REAUTHENTICATION_REFUSED",
            Self::UpstreamLoginFailed => "UPSTREAM_LOGIN_FAILED",
            Self::RequestMalformed => "REQUEST_MALFORMED",
            Self::RequestUnsupported => "REQUEST_UNSUPPORTED",
            Self::RequestOutOfOrder => "REQUEST_OUT_OF_ORDER",
            Self::RequestRefused(word) => word,
            Self::AnswerMalformed => "ANSWER_MALFORMED",
            Self::AnswerUnexpected => "ANSWER_UNEXPECTED",
            Self::FrameTooLong => "FRAME_TOO_LONG",
            Self::AnswerTooLong => "ANSWER_TOO_LONG",
            Self::BudgetExhausted => "BUDGET_EXHAUSTED",
            Self::ShareExhausted => "BUDGET_EXHAUSTED_OF_PRINCIPAL",
            Self::Idle => "IDLE_DEADLINE",
            Self::Stalled => "STALLED",
            Self::Draining => "DRAINING",
        }
    }

    /// The setting of the limit on what sessions share that is reached, where that is why.
    #[must_use]
    pub const fn shared_limit(self) -> Option<&'static str> {
        match self {
            Self::BudgetExhausted => Some("limits.held_budget"),
            Self::ShareExhausted => Some("limits.max_held_per_principal"),
            _ => None,
        }
    }

    /// Whether answers in flight are delivered before the connection closes: always after a refused
    /// request, of which nothing was executed. Not where the stream of answers can no longer be
    /// trusted to be in step, nor where a peer is gone.
    #[must_use]
    pub const fn delivers_answers(self) -> bool {
        match self {
            Self::ClientClosed
            | Self::Expired
            | Self::LostRight(_)
            | Self::ClusterChanged
            | Self::ReauthenticationRefused
            | Self::RequestMalformed
            | Self::RequestUnsupported
            | Self::RequestOutOfOrder
            | Self::RequestRefused(_)
            | Self::FrameTooLong
            | Self::BudgetExhausted
            | Self::ShareExhausted
            | Self::Idle
            | Self::Draining => true,
            Self::ClientGone
            | Self::BrokerClosed
            | Self::Finished
            | Self::UpstreamLoginFailed
            | Self::AnswerMalformed
            | Self::AnswerUnexpected
            | Self::AnswerTooLong
            | Self::Stalled => false,
        }
    }
}

impl From<Exhausted> for End {
    fn from(exhausted: Exhausted) -> Self {
        match exhausted {
            Exhausted::Budget => Self::BudgetExhausted,
            Exhausted::Share => Self::ShareExhausted,
        }
    }
}
