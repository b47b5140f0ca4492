//! Every size, count and timeout of the product, each with its reason. Knows nothing else.
//!
//! Sizes are bytes unless the name says otherwise.

use std::time::Duration;

// --- wire -----------------------------------------------------------------------------------

/// Largest Kafka frame, without its four length bytes: a broker's `socket.request.max.bytes`
/// default, 100 MiB. A longer one is a fault of the peer.
pub const FRAME_MAX: usize = 100 * 1024 * 1024;

/// Largest frame before login. Nobody has proven anything yet, so it bounds what a stranger can
/// make Oathgate hold; Kafka allows 512 KiB, a token with its extensions needs a tenth of this.
pub const LOGIN_FRAME_MAX: usize = 64 * 1024;

/// Longest string in a message. Kafka's plain lengths have 15 bits; it holds compact ones to the
/// same, so a longer name is none that a broker could know.
pub const TEXT_MAX: usize = 32767;

// --- identity -------------------------------------------------------------------------------

/// Longest bearer token looked at.
pub const TOKEN_MAX: usize = 16 * 1024;

// --- proxy ----------------------------------------------------------------------------------

/// Time from accept to a finished login.
pub const LOGIN_DEADLINE: Duration = Duration::from_secs(10);

/// Delay before a failed login is answered or closed, as
/// `connection.failed.authentication.delay.ms`.
pub const FAILURE_DELAY: Duration = Duration::from_millis(100);

// --- control --------------------------------------------------------------------------------
