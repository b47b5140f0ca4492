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

// --- identity -------------------------------------------------------------------------------

/// Longest bearer token looked at.
pub const TOKEN_MAX: usize = 16 * 1024;

// --- proxy ----------------------------------------------------------------------------------

/// Time from accept to a finished login.
pub const LOGIN_DEADLINE: Duration = Duration::from_secs(10);

/// Delay before a failed login is answered or closed, as `connection.failed.authentication.delay.ms`.
pub const FAILURE_DELAY: Duration = Duration::from_millis(100);

// --- proxy: sasl, upstream ------------------------------------------------------------------

/// Most `key=value` pairs in one client initial response. Clients send two or three; it bounds the
/// search for duplicates.
pub const SASL_PAIRS_MAX: usize = 32;

/// Most identity pools that one login may name.
pub const NAMED_POOLS_MAX: usize = 16;

/// Longest identity pool id, as in the configuration.
pub const POOL_ID_MAX: usize = 64;

/// Longest logical cluster id, as in the configuration.
pub const CLUSTER_ID_MAX: usize = 64;

/// Most characters of a peer's own text (authzid, extension name, error message) that are repeated
/// in an answer or a log line; a v0 Kafka string ends at 32,767 bytes, a log line should sooner.
pub const REPEATED_TEXT_MAX: usize = 255;

/// Fewest SCRAM iterations accepted from a broker (RFC 7677 section 4, also Kafka's minimum): fewer
/// would let a broker in the middle search for the password cheaply.
pub const SCRAM_ITERATIONS_MIN: u32 = 4096;

/// Most SCRAM iterations accepted from a broker. Kafka stores at most 16,384; a hostile broker that
/// asks for 2^31 would hold a core for minutes at every login, this holds it for some 100 ms.
pub const SCRAM_ITERATIONS_MAX: u32 = 100_000;

/// Longest SCRAM message accepted from a broker; real ones are below 200 bytes.
pub const SCRAM_MESSAGE_MAX: usize = 4096;

/// Largest answer read on Oathgate's own connections (login, discovery, probe): Metadata of 10,000
/// brokers without topics fits.
pub const OWN_ANSWER_MAX: usize = 1024 * 1024;

/// Most addresses of one broker name that are tried.
pub const DIAL_ADDRESSES_MAX: usize = 8;

/// Quiet time after which TCP asks whether a broker is still there.
pub const KEEPALIVE_IDLE: Duration = Duration::from_secs(60);

/// Time between two such questions.
pub const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(10);

// --- control --------------------------------------------------------------------------------
