//! Tokens that are refused before they expire: a list of what is revoked at one provider. Owns who
//! is hit; knows claims. Looking one up costs the same however long the list is.

use std::collections::HashMap;

use super::{
    claims::Claims,
    json::Json,
    reason::{Reason, Refusal},
};
use crate::clock::UnixTime;

/// Claims by which issuers tell the client: RFC 9068 and Keycloak, OpenID Connect, Entra ID v1,
/// Okta.
const CLIENT_CLAIMS: [&str; 4] = ["client_id", "azp", "appid", "cid"];

/// What a revocation hits.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Revoked {
    /// Tokens with this `sub`.
    Subject(String),
    /// Tokens got by this client (`client_id`, `azp`, `appid` or `cid`).
    ClientId(String),
    /// The token with this `jti`.
    Jti(String),
    /// Tokens signed with the key of this id.
    Kid(String),
    /// Every token of the provider.
    All,
}

/// How far a revocation goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// Only tokens whose `iat` is before it; `None` = all.
    pub issued_before: Option<UnixTime>,
    /// From when on it is over; `None` = never.
    pub until: Option<UnixTime>,
}

/// All revocations of one provider.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Revocations(HashMap<Revoked, Vec<Terms>>);

impl Revocations {
    /// Adds one.
    pub fn add(&mut self, revoked: Revoked, terms: Terms) {
        self.0.entry(revoked).or_default().push(terms);
    }

    /// Checks that the token with `claims`, signed with the key `kid`, is not revoked at `now`.
    ///
    /// # Errors
    /// `TOKEN_REVOKED`.
    pub(super) fn check(
        &self,
        claims: &Claims,
        kid: Option<&str>,
        now: UnixTime,
    ) -> Result<(), Refusal> {
        if self.0.is_empty() {
            return Ok(());
        }
        let claim = |name| claims.get(name).and_then(Json::as_text).map(str::to_owned);
        let issued_at = match claims.get("iat") {
            Some(Json::Int(secs)) => Some(UnixTime::from_secs(*secs)),
            _ => None,
        };
        let named = [
            claim("sub").map(Revoked::Subject),
            claim("jti").map(Revoked::Jti),
            kid.map(|kid| Revoked::Kid(kid.to_owned())),
            Some(Revoked::All),
        ];
        let clients = CLIENT_CLAIMS.map(|name| claim(name).map(Revoked::ClientId));
        for revoked in named.into_iter().chain(clients).flatten() {
            let terms = self.0.get(&revoked).into_iter().flatten();
            if terms.into_iter().any(|terms| terms.hit(issued_at, now)) {
                let detail = format!("the configuration revokes {}", revoked.what());
                return Err(Refusal::new(Reason::TokenRevoked, detail));
            }
        }
        Ok(())
    }
}

impl Terms {
    /// Whether a token of `issued_at` is hit at `now`; one that does not say counts as old.
    fn hit(self, issued_at: Option<UnixTime>, now: UnixTime) -> bool {
        let is_over = self.until.is_some_and(|until| now >= until);
        let is_newer = match (self.issued_before, issued_at) {
            (Some(before), Some(issued_at)) => issued_at >= before,
            _ => false,
        };
        !is_over && !is_newer
    }
}

impl Revoked {
    /// In words, without the value: it may be a person's.
    const fn what(&self) -> &'static str {
        match self {
            Self::Subject(_) => "its `sub`",
            Self::ClientId(_) => "its client",
            Self::Jti(_) => "its `jti`",
            Self::Kid(_) => "the key that signed it",
            Self::All => "all tokens of the provider",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &[u8] = br#"{"sub":"s","azp":"a","jti":"j","iat":1000}"#;

    #[test]
    fn what_is_named_is_hit() {
        let text = |text: &str| text.to_owned();
        for (revoked, hit) in [
            (Revoked::Subject(text("s")), true),
            (Revoked::Subject(text("S")), false),
            (Revoked::Subject(text("a")), false),
            (Revoked::ClientId(text("a")), true),
            (Revoked::ClientId(text("s")), false),
            (Revoked::Jti(text("j")), true),
            (Revoked::Jti(text("")), false),
            (Revoked::Kid(text("k")), true),
            (Revoked::Kid(text("j")), false),
            (Revoked::All, true),
        ] {
            let mut revocations = Revocations::default();
            let terms = Terms {
                issued_before: None,
                until: None,
            };
            revocations.add(revoked.clone(), terms);
            let claims = Claims::parse(TOKEN).unwrap();
            let checked = revocations.check(&claims, Some("k"), UnixTime::from_secs(2000));
            let expected = if hit {
                Err(Reason::TokenRevoked)
            } else {
                Ok(())
            };
            assert_eq!(
                checked.map_err(|refusal| refusal.reason),
                expected,
                "{revoked:?}"
            );
        }
        for client in [
            r#"{"client_id":"c"}"#,
            r#"{"appid":"c"}"#,
            r#"{"azp":"x","cid":"c"}"#,
        ] {
            let mut revocations = Revocations::default();
            let terms = Terms {
                issued_before: None,
                until: None,
            };
            revocations.add(Revoked::ClientId(text("c")), terms);
            let claims = Claims::parse(client.as_bytes()).unwrap();
            assert!(
                revocations
                    .check(&claims, None, UnixTime::from_secs(1))
                    .is_err(),
                "{client}"
            );
        }
    }

    #[test]
    fn terms_bound_a_revocation() {
        let at = |secs| Some(UnixTime::from_secs(secs));
        for (issued_before, until, hit) in [
            (None, None, true),
            (at(1001), None, true),
            (at(1000), None, false),
            (at(999), None, false),
            (None, at(2001), true),
            (None, at(2000), false),
            (at(1001), at(2001), true),
            (at(1001), at(1500), false),
        ] {
            let terms = Terms {
                issued_before,
                until,
            };
            assert_eq!(
                terms.hit(at(1000), UnixTime::from_secs(2000)),
                hit,
                "{terms:?}"
            );
        }
        let old = Terms {
            issued_before: at(1),
            until: None,
        };
        assert!(
            old.hit(None, UnixTime::from_secs(2000)),
            "no `iat` counts as old"
        );
    }

    #[test]
    fn several_of_one_kind_count_each() {
        let mut revocations = Revocations::default();
        for issued_before in [500, 1500] {
            let terms = Terms {
                issued_before: Some(UnixTime::from_secs(issued_before)),
                until: None,
            };
            revocations.add(Revoked::All, terms);
        }
        let claims = Claims::parse(TOKEN).unwrap();
        let now = UnixTime::from_secs(2000);
        assert!(revocations.check(&claims, None, now).is_err());
        assert!(Revocations::default().check(&claims, None, now).is_ok());
    }
}
