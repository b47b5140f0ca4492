//! Session tickets (RFC 8446 section 4.6.1) that every replica of a secret understands: a client that
//! reconnects to another one resumes its session there. Pure but for the clock and nonces of the
//! rustls trait it implements.
//!
//! Keys follow from the secret, from what the sessions were authenticated by, and from the day they
//! are of: a ticket is good where the same certificates count, and for a day or two.

use std::fmt;

use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    hkdf::{HKDF_SHA256, Prk, Salt},
    rand,
};
use rustls::server::ProducesTickets;

use crate::clock::UnixTime;

/// Least length of the secret, in bytes: no fewer than the keys have that follow from it.
pub const SECRET_MIN: usize = 32;

/// How long one key encrypts. A key serves 2^32 tickets safely, which no day needs.
const PERIOD_SECS: i64 = 24 * 60 * 60;

/// How long clients may keep a ticket: its key is still known then.
const LIFETIME_SECS: u32 = 12 * 60 * 60;

/// Bytes of the period, in front of each ticket.
const PERIOD_LEN: usize = 8;

/// Makes and reads the tickets of a listener.
pub struct SharedTickets(Prk);

impl fmt::Debug for SharedTickets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SharedTickets")
    }
}

impl SharedTickets {
    /// Tickets under `secret`, at least [`SECRET_MIN`] random bytes. `trust` is all that decides whom
    /// a full handshake would admit: a ticket must not outlive a change of it.
    #[must_use]
    pub fn new(secret: &[u8], trust: &[&[u8]]) -> Self {
        // Each part with its length, so that no two lists look alike.
        let mut bound = Vec::new();
        for part in trust {
            bound.extend_from_slice(&part.len().to_be_bytes());
            bound.extend_from_slice(part);
        }
        let secret = Salt::new(HKDF_SHA256, secret);
        Self(secret.extract(&bound))
    }

    fn key(&self, period: i64) -> Option<LessSafeKey> {
        let of = period.to_be_bytes();
        let info = [b"oathgate ticket".as_slice(), &of];
        let material = self.0.expand(&info, &AES_256_GCM).ok()?;
        Some(LessSafeKey::new(UnboundKey::from(material)))
    }

    fn seal(&self, plain: &[u8], now: UnixTime, nonce: [u8; NONCE_LEN]) -> Option<Vec<u8>> {
        let period = period(now);
        let of = period.to_be_bytes();
        let mut sealed = plain.to_vec();
        self.key(period)?
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(of),
                &mut sealed,
            )
            .ok()?;
        Some([of.as_slice(), &nonce, &sealed].concat())
    }

    fn open(&self, ticket: &[u8], now: UnixTime) -> Option<Vec<u8>> {
        let (of, rest) = ticket.split_first_chunk::<PERIOD_LEN>()?;
        let (nonce, sealed) = rest.split_first_chunk::<NONCE_LEN>()?;
        let made = i64::from_be_bytes(*of);
        // Clocks of replicas differ a little, so one may be a day ahead at midnight.
        if made.abs_diff(period(now)) > 1 {
            return None;
        }
        let mut opened = sealed.to_vec();
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let plain = self
            .key(made)?
            .open_in_place(nonce, Aad::from(*of), &mut opened)
            .ok()?
            .len();
        opened.truncate(plain);
        Some(opened)
    }
}

const fn period(now: UnixTime) -> i64 {
    now.as_secs().div_euclid(PERIOD_SECS)
}

impl ProducesTickets for SharedTickets {
    fn enabled(&self) -> bool {
        true
    }

    fn lifetime(&self) -> u32 {
        LIFETIME_SECS
    }

    fn encrypt(&self, plain: &[u8]) -> Option<Vec<u8>> {
        let mut nonce = [0; NONCE_LEN];
        rand::fill(&mut nonce).ok()?;
        self.seal(plain, UnixTime::now(), nonce)
    }

    fn decrypt(&self, ticket: &[u8]) -> Option<Vec<u8>> {
        self.open(ticket, UnixTime::now())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: [u8; SECRET_MIN] = [7; SECRET_MIN];
    const NONCE: [u8; NONCE_LEN] = [1; NONCE_LEN];

    fn day(day: i64) -> UnixTime {
        UnixTime::from_secs(day * PERIOD_SECS + PERIOD_SECS / 2)
    }

    fn tickets(trust: &[&[u8]]) -> SharedTickets {
        SharedTickets::new(&SECRET, trust)
    }

    #[test]
    fn a_ticket_is_good_at_every_replica_for_a_day_or_two() {
        let ticket = tickets(&[b"a"]).seal(b"session", day(100), NONCE).unwrap();
        for (now, good) in [
            (98, false),
            (99, true),
            (100, true),
            (101, true),
            (102, false),
        ] {
            let opened = tickets(&[b"a"]).open(&ticket, day(now));
            assert_eq!(opened, good.then(|| b"session".to_vec()), "{now}");
        }
    }

    #[test]
    fn a_ticket_is_worth_nothing_under_other_trust_or_another_secret() {
        let ticket = tickets(&[b"a", b"b"])
            .seal(b"session", day(1), NONCE)
            .unwrap();
        for trust in [[b"a".as_slice(), b"c"], [b"ab", b""], [b"", b"ab"]] {
            assert_eq!(tickets(&trust).open(&ticket, day(1)), None);
        }
        let other = SharedTickets::new(&[8; SECRET_MIN], &[b"a", b"b"]);
        assert_eq!(other.open(&ticket, day(1)), None);
    }

    #[test]
    fn a_ticket_that_was_touched_or_cut_is_none() {
        let tickets = tickets(&[]);
        let ticket = tickets.seal(b"session", day(1), NONCE).unwrap();
        for at in 0..ticket.len() {
            let mut touched = ticket.clone();
            touched[at] ^= 1;
            assert_eq!(tickets.open(&touched, day(1)), None, "{at}");
            assert_eq!(tickets.open(&ticket[..at], day(1)), None, "{at}");
        }
    }

    #[test]
    fn what_is_encrypted_now_is_read_now_and_shows_nothing() {
        let tickets = tickets(&[]);
        let ticket = tickets.encrypt(b"session").unwrap();
        assert!(!ticket.windows(7).any(|part| part == b"session"));
        assert_eq!(tickets.decrypt(&ticket).unwrap(), b"session");
        assert_ne!(tickets.encrypt(b"session").unwrap(), ticket);
        assert_eq!(format!("{tickets:?}"), "SharedTickets");
    }
}
