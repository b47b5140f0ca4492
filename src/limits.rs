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
/// See [`LOGIN_FRAME_MAX`]; what it may be set to at least: tokens of a few kilobytes get in.
pub const LOGIN_FRAME_MIN: usize = 4 * 1024;

/// Longest string in a message. Kafka's plain lengths have 15 bits; it holds compact ones to the
/// same, so a longer name is none that a broker could know.
pub const TEXT_MAX: usize = 32767;

// --- identity -------------------------------------------------------------------------------

/// Longest bearer token looked at.
pub const TOKEN_MAX: usize = 16 * 1024;

/// Longest JWS header, encoded: a name of an algorithm, of a key and of a type.
pub const TOKEN_HEADER_MAX: usize = 4 * 1024;

/// Longest key id (`kid`), in a token and in a key set.
pub const KEY_ID_MAX: usize = 256;

/// Most groups in a token. Entra ID stops at 200; a thousand names fit the largest token.
pub const GROUPS_MAX: usize = 1000;

/// Largest discovery document or JWK set.
pub const KEY_DOCUMENT_MAX: usize = 1024 * 1024;

/// Most keys in a JWK set; issuers publish two to ten.
pub const KEYS_MAX: usize = 100;

/// Longest filter of a pool, in characters. It also bounds the parser's stack.
pub const FILTER_MAX: usize = 1000;

/// Work that one evaluation of a filter may be, and that of the mapping rules of a token's groups:
/// comparisons, look-ups, bytes of texts, and states of a pattern's program times bytes. 200 groups
/// against 20 clauses are a tenth of it; all of it takes less than 2 ms (decision 0021).
pub const FILTER_STEPS_MAX: usize = 50_000;

/// Work that all rules and pools of one login may be together, each at most [`FILTER_STEPS_MAX`]: less
/// than 8 ms. A provider may have hundreds of pools, and a login holds a worker while they are judged;
/// 100 pools of two clauses over 200 groups fit in.
pub const LOGIN_STEPS_MAX: usize = 4 * FILTER_STEPS_MAX;

/// Bytes of text that count as one step of [`FILTER_STEPS_MAX`].
pub const FILTER_BYTES_PER_STEP: usize = 16;

/// Longest regular expression in a filter or a mapping rule, in characters.
pub const PATTERN_MAX: usize = 200;

/// Most mapping rules of one mapping; they are tried in turn for each group.
pub const NAME_RULES_MAX: usize = 16;

/// Most validation rules of one kind that a provider may have, as OKD.
pub const VALIDATION_RULES_MAX: usize = 64;

/// Most audiences of a provider, as OKD.
pub const AUDIENCES_MAX: usize = 10;

/// Most clients that a provider may list, as OKD.
pub const OIDC_CLIENTS_MAX: usize = 20;

/// How often a provider is asked whether a person has decided, where it does not say, and how much
/// less often where it wants that (RFC 8628 section 3.5).
pub const DEVICE_INTERVAL: Duration = Duration::from_secs(5);
/// See [`DEVICE_INTERVAL`]; a provider that asks for less is not asked without a pause all the same.
pub const DEVICE_INTERVAL_MIN: Duration = Duration::from_secs(1);
/// See [`DEVICE_INTERVAL`]; a provider that asks for more would have people wait for nothing.
pub const DEVICE_INTERVAL_MAX: Duration = Duration::from_secs(60);
/// Longest that a person is waited for, whatever the provider says.
pub const DEVICE_LIFETIME_MAX: Duration = Duration::from_secs(30 * 60);

/// How long a login waits for the key that its token names.
pub const KEY_WAIT: Duration = Duration::from_secs(2);

/// Logins that wait for keys of one provider, and those of one client address among them.
pub const KEY_WAITERS_MAX: usize = 256;
/// See [`KEY_WAITERS_MAX`].
pub const KEY_WAITERS_PER_SOURCE_MAX: usize = 8;

/// Refreshes a minute that unknown key ids and bad signatures may cause at one provider: a flood of
/// them costs the provider this and no more.
pub const KEY_REFRESHES_PER_MINUTE: u32 = 3;

/// Those of [`KEY_REFRESHES_PER_MINUTE`] that one client address may cause: fewer than all, so
/// that a flood from one place leaves a real rotation its refresh.
pub const KEY_REFRESHES_PER_SOURCE: u32 = 2;

/// Client addresses whose share is remembered, a provider.
pub const KEY_SOURCES_MAX: usize = 1024;

/// Key ids remembered as not published and tokens as signed by no key, a provider, and for how long.
pub const UNKNOWN_KEY_IDS_MAX: usize = 256;
/// See [`UNKNOWN_KEY_IDS_MAX`]; Kafka's negative cache has the same minute.
pub const UNKNOWN_KEY_ID_AGE: Duration = Duration::from_secs(60);

/// How long a provider's word that a token is active is used again: what a revocation at the
/// provider takes to be heard of.
pub const INTROSPECTION_AGE_MAX: Duration = Duration::from_secs(60);

/// Answers about tokens that are remembered, a provider; at about 2 KiB each.
pub const INTROSPECTIONS_MAX: usize = 10_000;

/// Questions about tokens that one client address may have under way at a provider.
pub const INTROSPECTIONS_PER_SOURCE_MAX: usize = 8;

/// Default and bounds of the time for one question about a token: within a login's own deadline.
pub const INTROSPECTION_TIMEOUT: Duration = Duration::from_secs(2);
/// See [`INTROSPECTION_TIMEOUT`].
pub const INTROSPECTION_TIMEOUT_MAX: Duration = Duration::from_secs(8);

/// Default and ceiling of the questions that a provider is asked at once.
pub const INTROSPECTIONS_AT_ONCE: usize = 32;
/// See [`INTROSPECTIONS_AT_ONCE`].
pub const INTROSPECTIONS_AT_ONCE_MAX: i64 = 1000;

/// How long keys are trusted without a good refresh: an outage of a day, then fail closed.
pub const STALE_KEYS_MAX: Duration = Duration::from_secs(24 * 3600);

/// Longest that a provider may ask for instead: a key that leaked is trusted that long while its
/// provider cannot be heard.
pub const STALE_KEYS_CEILING: Duration = Duration::from_secs(7 * 24 * 3600);

/// Bounds and default of the time between refreshes; a provider's `Cache-Control` moves within.
pub const KEY_REFRESH_MIN: Duration = Duration::from_secs(300);
/// See [`KEY_REFRESH_MIN`].
pub const KEY_REFRESH_MAX: Duration = Duration::from_secs(24 * 3600);
/// See [`KEY_REFRESH_MIN`].
pub const KEY_REFRESH_DEFAULT: Duration = Duration::from_secs(3600);

/// First and longest pause after a failed fetch; it doubles in between.
pub const KEY_BACKOFF_MIN: Duration = Duration::from_secs(1);
/// See [`KEY_BACKOFF_MIN`].
pub const KEY_BACKOFF_MAX: Duration = Duration::from_secs(60);

/// Time to connect to an identity provider, TLS included.
pub const PROVIDER_CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Time for one whole request to an identity provider.
pub const PROVIDER_REQUEST_TIMEOUT: Duration = Duration::from_secs(10);

/// Time that a start or a reload gives new providers to answer with their keys.
pub const FIRST_KEYS_TIMEOUT: Duration = Duration::from_secs(5);

/// Least time a token must be valid at a first login: several clients break on tiny lifetimes.
pub const MIN_REMAINING: Duration = Duration::from_secs(3);

// --- policy ---------------------------------------------------------------------------------

/// Resources whose decisions a session remembers; at this many it begins anew. A client works on
/// tens of topics, and 10,000 sessions of this many still fit a small machine.
pub const REMEMBERED_RESOURCES_MAX: usize = 512;

/// Longest name that is remembered, in bytes: that of a topic. Other names may have 32 KiB, and
/// clients choose them.
pub const REMEMBERED_NAME_MAX: usize = 249;

// --- proxy ----------------------------------------------------------------------------------

/// Time from accept to a finished login.
pub const LOGIN_DEADLINE: Duration = Duration::from_secs(10);

/// Delay before a failed login is answered or closed, as
/// `connection.failed.authentication.delay.ms`.
pub const FAILURE_DELAY: Duration = Duration::from_millis(100);

/// Longest that [`FAILURE_DELAY`] grows to: who guesses gets one try in so long a connection, and a
/// client that waits for its answer is within every client's own deadline (30 s with Java).
pub const FAILURE_DELAY_MAX: Duration = Duration::from_secs(5);

/// Failed logins of one address, or of one identity, before their delay grows. Twenty machines of an
/// office that were given a wrong audience together notice nothing.
pub const FAILURES_FREE: u32 = 20;

/// Most failed logins of one address, or one identity, that are remembered: with
/// [`FAILURE_FORGIVEN`] the worst is forgotten within five minutes.
pub const FAILURES_MAX: u32 = 32;

/// One failed login is forgotten after each of these.
pub const FAILURE_FORGIVEN: Duration = Duration::from_secs(10);

/// Failed logins that may wait for their delay at once; more are closed without one. They hold no
/// share of `max_connections`, so this bounds what they cost: a socket and some 30 KiB each.
pub const DELAYS_MAX: usize = 1000;

/// Logins a second of one address, or one identity, once it has used up its burst: as many as it may
/// have connections, or these, so that everybody behind a NAT or a balancer may come back at once. A hundred
/// full handshakes with their tokens take some 5 % of a core.
pub const LOGIN_RATE: u32 = 100;
/// Most that [`LOGIN_RATE`] may be set to: more than a machine of today does.
pub const LOGIN_RATE_CEILING: i64 = 100_000;

/// Share of all connections, in percent, that one address, or one identity, may have: a NAT, a
/// balancer or the one service account of a large fleet may have most of them, but nobody all.
pub const CONNECTIONS_SHARE_PERCENT: usize = 80;

/// Addresses, and identities, without a connection that are remembered, the latest first: some
/// 100 bytes each. Those with a connection are as many as there are connections.
pub const REMEMBERED_SOURCES_MAX: usize = 65_536;

/// Bits of an IPv6 address that count as one client: a site has at least so much, and changes the
/// others at will (RFC 8981).
pub const IPV6_SOURCE_BITS: u32 = 64;

/// Between two log lines about connections of one listener that are closed for one reason: a flood
/// must not fill the disk; metrics count them all.
pub const NOTICE_INTERVAL: Duration = Duration::from_secs(60);

/// Longest PROXY header of version 1, its line end included (HAProxy's specification, 2.1).
pub const PROXY_V1_MAX: usize = 107;

/// Most bytes that may follow the 16 of a PROXY header of version 2: addresses take 36, the rest are
/// TLVs, of which the largest in use (a client certificate's names) take some hundreds.
pub const PROXY_V2_MAX: usize = 4096;

// --- proxy: sasl, upstream ------------------------------------------------------------------

/// Most `key=value` pairs in one client initial response. Clients send two or three; it bounds the
/// search for duplicates.
pub const SASL_PAIRS_MAX: usize = 32;

/// Most identity pools that one login may name.
pub const NAMED_POOLS_MAX: usize = 16;

/// Longest logical cluster id, as in the configuration.
pub const CLUSTER_ID_MAX: usize = 64;

/// Most characters of a peer's own text (authzid, extension name, error message) that are repeated
/// in an answer or a log line; a v0 Kafka string ends at 32,767 bytes, a log line should sooner.
pub const REPEATED_TEXT_MAX: usize = 255;

/// Fewest SCRAM iterations accepted from a broker (RFC 7677 section 4, also Kafka's minimum): fewer
/// would let a broker in the middle search for the password cheaply.
pub const SCRAM_ITERATIONS_MIN: u32 = 4096;

/// Most SCRAM iterations accepted from a broker. Kafka stores at most 16,384; a hostile broker that
/// asks for 2^31 would hold a core for minutes at every login, this holds it for some 50 ms.
pub const SCRAM_ITERATIONS_MAX: u32 = 100_000;

/// Longest SCRAM message accepted from a broker; real ones are below 200 bytes.
pub const SCRAM_MESSAGE_MAX: usize = 4096;

/// Largest answer read on Oathgate's own connections (login, discovery, probe, import of ACLs):
/// Metadata of 10,000 brokers without topics fits, and more ACLs than [`REFERENCED_FILE_MAX`].
pub const OWN_ANSWER_MAX: usize = 4 * 1024 * 1024;

/// Most addresses of one broker name that are tried.
pub const DIAL_ADDRESSES_MAX: usize = 8;

/// Quiet time after which TCP asks whether a broker is still there.
pub const KEEPALIVE_IDLE: Duration = Duration::from_secs(60);

/// Time between two such questions.
pub const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(10);
// --- proxy: sessions of the broker ------------------------------------------------------------
// --- proxy: the guard -----------------------------------------------------------------------

/// Longest request that is refused item by item, which takes a tree of it and of the answer: up to some
/// forty times its bytes. No administrator's request comes near; a longer one ends its connection.
pub const REFUSAL_MAX: usize = 1024 * 1024;

/// Fetch sessions remembered per connection. Clients have one to a broker; a few more leave room for
/// one that opens a new session before it has dropped the old.
pub const FETCH_SESSIONS_MAX: usize = 8;

/// Most bytes of records that a client gets in one `ShareFetch` answer: it is held whole to be
/// rewritten, so it must fit `limits.max_held` (16 MiB) with room for one batch and the rest.
pub const SHARE_FETCH_BYTES_MAX: i32 = 8 * 1024 * 1024;

/// Share sessions open at once per connection. A share consumer has one to a broker.
pub const SHARE_SESSIONS_MAX: usize = 8;

/// Longest group or member id of a share session. Member ids are UUIDs of 22 characters, group ids
/// short names; the protocol would allow 32 KiB to be remembered for each.
pub const SHARE_NAME_MAX: usize = 1024;

/// Topics of one upstream cluster whose names are remembered by their ids; about 150 bytes each. Twice the
/// partitions that a large KRaft cluster has.
pub const TOPIC_IDS_MAX: usize = 400_000;

/// How long a broker's setting is believed that says whether it creates topics by itself: brokers read it
/// when they start, and until then a missing topic is told in the wrong one of two ways.
pub const AUTO_CREATE_AGE_MAX: Duration = Duration::from_mins(10);

/// Most topics that a broker is asked about in one question of Oathgate's own.
pub const QUESTION_TOPICS_MAX: usize = 10_000;

/// Longest name of a topic: Kafka's (`Topic.MAX_NAME_LENGTH`).
pub const TOPIC_NAME_MAX: usize = 249;

/// Longest regular expression by which a consumer subscribes to topics: four names' worth.
pub const TOPIC_PATTERN_MAX: usize = 1024;

/// Largest compiled form of one. With both limits compiling it, which every heartbeat may ask for, takes at most
/// 0.2 ms, and 0.02 ms as people write them.
pub const TOPIC_PATTERN_COMPILED_MAX: usize = 256 * 1024;

/// How long names are matched against one before others have their turn. 100,000 names take 5 ms by most
/// patterns, and seconds by those that were made to be slow.
pub const MATCHING_PIECE: Duration = Duration::from_millis(1);

/// How long the topics of a Streams group are believed to be what a broker said: members beat every 5 seconds,
/// and many of one group shall not each have it described.
pub const TOPOLOGY_AGE_MAX: Duration = Duration::from_secs(2);

/// Bytes of Streams groups of one cluster, and of their topics, that are remembered for so long: about 100,000
/// topics by names as people write them.
pub const TOPOLOGY_BYTES_MAX: usize = 16 * 1024 * 1024;

/// What a group or topic among them takes beside its name, which may have 32 KiB and which clients choose.
pub const TOPOLOGY_NAME_BYTES: usize = 96;

/// How long a listing of a cluster's topics is good for, before regular expressions are resolved by a newer
/// one: Kafka's `REGEX_BATCH_REFRESH_MIN_INTERVAL_MS`.
pub const TOPIC_LISTING_AGE: Duration = Duration::from_secs(10);

/// Most bytes of what members of one cluster subscribe to by regular expressions: room for 100,000 members
/// with patterns as people write them.
pub const SUBSCRIPTION_BYTES_MAX: usize = 64 * 1024 * 1024;

/// Most questions that a broker is asked for the sake of one request: its topics by id, by name, and which
/// it may create; a few more leave room for a list that is asked for in parts.
pub const QUESTIONS_MAX: usize = 8;

/// Longest Produce that is held where Oathgate decides; longer ones are decided while they stream. The
/// producer's own default (`max.request.size`).
pub const PRODUCE_HELD_MAX: usize = 1024 * 1024;

/// Different denials of one session that are told apart, so that each is told once a
/// [`DENIAL_INTERVAL`]; about 200 bytes each.
pub const DENIALS_TOLD_MAX: usize = 64;

/// Denials of one session within a [`DENIAL_INTERVAL`] that differ in nothing but the name of the resource and
/// are told one by one; further ones are counted, and told as one.
pub const DENIED_NAMES_TOLD_MAX: usize = 32;

/// Least time between two audit events about the same denial of one session.
pub const DENIAL_INTERVAL: Duration = Duration::from_secs(60);

/// Topics of one fetch session that are kept track of where Oathgate decides; a client with more fetches
/// without a session. Its names take about 64 bytes each.
pub const FETCH_SESSION_TOPICS_MAX: usize = 10_000;

/// ACLs that one answer to DeleteAcls lists; about 300 bytes each while it is made.
pub const LISTED_ACLS_MAX: usize = 10_000;

/// Filters of one DeleteAcls times rules of the policy: a tenth of a second of looking.
pub const ACL_LOOKS_MAX: usize = 1_000_000;

/// Bytes of a resource's name that are kept of a denial: as long as a topic's may be, and a little.
pub const DENIED_NAME_MAX: usize = 256;

/// Denials kept of one request, for the audit stream: enough to see what it was about.
pub const DENIALS_MAX: usize = 16;

// --- control --------------------------------------------------------------------------------

/// Largest configuration file, and largest file it names: thousands of pools, or the certificates
/// of every public authority, take less.
pub const REFERENCED_FILE_MAX: usize = 4 * 1024 * 1024;

/// Most node ids of a cluster on a listener: each takes a port and a socket.
pub const NODE_IDS_MAX: usize = 1000;

/// Port of the health endpoints.
pub const ADMIN_PORT: u16 = 9190;

/// Time for the TCP connect, the TLS handshake and each login round towards a broker.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// From SIGTERM until no client is accepted any more. None by default: where nothing watches
/// `/readyz`, and behind Kubernetes, whose `preStop` hook does the same, it only makes stopping slow.
pub const DRAIN_DELAY: Duration = Duration::ZERO;

/// From then until sessions are cut off: Kubernetes' default grace period.
pub const DRAIN_DEADLINE: Duration = Duration::from_secs(30);

/// Client connections at once.
pub const CONNECTIONS_MAX: usize = 10_000;
/// Most that [`CONNECTIONS_MAX`] may be set to: sixteen addresses' worth of ports towards a broker.
pub const CONNECTIONS_CEILING: i64 = 1_000_000;

/// Largest frame that is held whole to be rewritten.
pub const HELD_MAX: usize = 16 * 1024 * 1024;

/// Bytes that all held frames may take together.
pub const HELD_BUDGET: usize = 256 * 1024 * 1024;

/// Share of [`HELD_BUDGET`], in percent, that one identity may have: it may send slowly what it has
/// room for, and read slowly what it is answered, so that it could keep all the others out with a few
/// connections. Half leaves them as much, and eight frames of [`HELD_MAX`] to each.
pub const HELD_SHARE_PERCENT: usize = 50;

/// Leeway for `nbf` and `iat`, and the most that it may be set to.
pub const CLOCK_SKEW: Duration = Duration::from_secs(30);
/// See [`CLOCK_SKEW`]; who is further off than this should fix the clock.
pub const CLOCK_SKEW_MAX: Duration = Duration::from_secs(300);

/// Longest life of a token that is accepted, and the most that it may be set to.
pub const TOKEN_LIFETIME_MAX: Duration = Duration::from_secs(24 * 3600);
/// See [`TOKEN_LIFETIME_MAX`]; beyond a year a token is a password.
pub const TOKEN_LIFETIME_CEILING: Duration = Duration::from_secs(365 * 24 * 3600);

/// Longest life of a token that is set without a word: a stolen one stays good for all of it.
pub const TOKEN_LIFETIME_LONG: Duration = Duration::from_secs(3600);

/// Share of pools, providers or rules, in percent, that a reload may remove without being forced:
/// more is more often half a file than intent.
pub const REMOVED_PERCENT_MAX: usize = 20;

/// Pools, or providers, that a reload may remove however few there are: taking somebody's right
/// away must not need a restart, and half a file loses more.
pub const REMOVED_FREELY: usize = 2;

/// Role bindings and ACLs that a reload may remove however few there are: one application has several.
pub const RULES_REMOVED_FREELY: usize = 10;

// --- relay ----------------------------------------------------------------------------------

/// Requests of one connection that may wait for answers. A broker works on one at a time, so more
/// only take memory; Java's clients send 5, librdkafka more.
pub const IN_FLIGHT_MAX: usize = 256;
/// Most that [`IN_FLIGHT_MAX`] may be set to: some 600 KiB a connection.
pub const IN_FLIGHT_CEILING: i64 = 10_000;

/// Bytes of answers made here that may wait behind the broker's, a connection.
pub const LOCAL_ANSWERS_MAX: usize = 1024 * 1024;

/// Bytes that may wait to be written towards one peer before no more is made of what the other sent.
/// All that one read brings, so that it is written at once; the next is read when it was.
pub const BACKLOG_MAX: usize = BUFFER_SIZE;

/// Reads and writes in a row of a busy connection before clocks, the configuration and the shutdown
/// are looked at: some milliseconds, and their locks weigh nothing.
pub const MOVES_MAX: usize = 16;

/// Bytes read from a socket at once, and sealed into one write: nine TLS records, so that eight batches of
/// 16 KiB, the default of Kafka's producers, are one read.
///
/// What a connection holds a direction while a peer takes nothing stays below 256 KiB by this: nothing is read
/// or made before all that came of the last read was written, but for [`ASIDE_MAX`]. So there is this much, and of
/// the read before at most a frame of [`HELD_FREE`] that has not come whole, in buffers that have little to
/// spare: half of this where a part is read and must wait, [`SLACK_MAX`] else.
/// A buffer of a thread's pool has this size.
pub const BUFFER_SIZE: usize = 144 * 1024;

/// Buffers that a thread keeps for the next reader. Those in use at once are few: what is read is
/// mostly written before the next socket is served.
pub const POOLED_MAX: usize = 16;

/// Part of a frame with which the next read still goes into a pooled buffer, behind it.
pub const REMAINDER_MAX: usize = 1024;

/// Room that a buffer may have to spare where what is in it waits for a peer; else that is copied into one of
/// its own size.
pub const SLACK_MAX: usize = 16 * 1024;

/// Bytes that TLS itself has to say (a ticket, a key update) and that may wait to be sent with the next data.
pub const ASIDE_MAX: usize = 4096;

/// Frames up to this are held without asking the budget: most requests are far smaller, and a
/// connection can make Oathgate hold one each way.
pub const HELD_FREE: usize = 32 * 1024;

/// Frames up to this are walked and rewritten at once when they are there whole; longer ones take their
/// turn among other slow work: so much of a Metadata answer takes some 6 ms (decision 0017).
pub const TURN_FREE: usize = 256 * 1024;

/// Longest wait for room in the budget of held frames.
pub const HELD_WAIT: Duration = Duration::from_secs(10);

/// Longest time that a request may take to come once it was granted room in that budget: others
/// wait for it. The largest takes a client 280 KiB/s.
pub const HELD_ARRIVAL: Duration = Duration::from_secs(60);

/// A client that has begun a request must send [`REQUEST_PROGRESS`] bytes of it within each of
/// these, so that none outlives the session, or holds a broker's memory, by trickling.
pub const REQUEST_WINDOW: Duration = Duration::from_secs(30);
/// See [`REQUEST_WINDOW`]: 1 KiB/s, which the slowest of radio links does.
pub const REQUEST_PROGRESS: usize = 30 * 1024;

/// Bytes of requests of one connection whose answers wait for denied items, which are trees of up to some
/// forty times as much; the one that reaches it is the last until an answer came. Requests that are denied
/// in part are small, but for those of somebody who means it.
pub const AMENDED_BYTES_MAX: usize = 64 * 1024;

/// Partitions of denied topics that a Produce or Fetch may name before it is closed instead of answered: as
/// many as fit a request of [`REFUSAL_MAX`] bytes.
pub const DENIED_PARTITIONS_MAX: usize = REFUSAL_MAX / 6;

/// Topics of one streamed Produce that are kept in mind, to be decided again at its end or to be tried.
pub const STREAMED_TOPICS_MAX: usize = 10_000;

/// Longest time that answers in flight are waited for when a session ends.
pub const END_GRACE: Duration = Duration::from_secs(1);

/// Longest time that answers are waited for after the client ended its stream: as long as brokers
/// may take over an `acks=all` write by default (`request.timeout.ms` of clients).
pub const HALF_CLOSED_GRACE: Duration = Duration::from_secs(30);

/// A client for which bytes wait must take [`WRITE_PROGRESS`] of them, or all, within each of these:
/// 1 KiB/s. Longer than [`REQUEST_WINDOW`], since a kernel tells of room only when a good part of
/// its buffer is free. Without it a few clients that take a byte a minute hold the budget of held
/// frames for good.
pub const WRITE_WINDOW: Duration = Duration::from_secs(60);
/// See [`WRITE_WINDOW`].
pub const WRITE_PROGRESS: usize = 60 * 1024;

/// A session without a request is closed after this, as `connections.max.idle.ms` of brokers, whose
/// default it has: what a client library expects, and an unused connection costs both sides memory.
pub const IDLE_DEADLINE: Duration = Duration::from_secs(600);

/// Looks within [`IDLE_DEADLINE`]: a session is closed by at most one such part later than it says,
/// and no clock is read for each request.
pub const IDLE_LOOKS: u32 = 8;

/// Longest wait, before login, until a broker is known.
pub const BROKER_WAIT: Duration = Duration::from_secs(2);

/// Least time between two logins on one connection: `KafkaChannel.MIN_REAUTH_INTERVAL_ONE_SECOND_NANOS`.
pub const REAUTHENTICATION_INTERVAL: Duration = Duration::from_secs(1);

/// Idle sessions are judged within this after a reload, spread evenly; active ones at once.
pub const IDLE_JUDGE_SPREAD: Duration = Duration::from_secs(5);

/// How long a connection that was refused is read and thrown away, so that the refusal is not lost
/// to a reset.
pub const LINGER: Duration = Duration::from_millis(500);

// --- brokers --------------------------------------------------------------------------------

/// Between two probes of a broker that is down; it doubles up to [`PROBE_INTERVAL_MAX`] while nobody
/// asks for the broker.
pub const PROBE_INTERVAL: Duration = Duration::from_secs(1);
/// See [`PROBE_INTERVAL`].
pub const PROBE_INTERVAL_MAX: Duration = Duration::from_secs(30);

/// A broker that does not answer is forgotten once the cluster's lists of brokers have left it out
/// for so long: a restart takes less, and a list leaves it out meanwhile.
pub const BROKER_ABSENT: Duration = Duration::from_secs(300);

/// Brokers that were forgotten and are remembered as such, a cluster, so that their ports close at
/// once: as many as can have a port.
pub const BROKERS_GONE_MAX: usize = NODE_IDS_MAX;

/// Between two looks for brokers that joined.
pub const DISCOVERY_INTERVAL: Duration = Duration::from_secs(10);
