//! The demo and its development issuer. Owns everything that `oathgate demo` starts beside
//! Oathgate itself; behind the cargo feature `demo`, never in a production build. May know
//! `limits`, `secret`, `clock`, `telemetry`, `control` and `app`.

pub mod issuer;
