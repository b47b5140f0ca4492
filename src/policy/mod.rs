//! Who may do what: pure decisions over principals. Knows identity; not tokens, claims, Kafka's
//! bytes or API keys.

pub mod allow;
