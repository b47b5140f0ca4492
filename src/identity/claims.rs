//! The verified content of a token. Owns reading values out of it; a secret, for claims are
//! personal: `Debug` shows nothing.

use std::{collections::BTreeMap, fmt};

use super::{claim_path::ClaimPath, json::Json};

/// A token's payload: one JSON object, bounded by the largest token.
#[derive(Clone, PartialEq)]
pub struct Claims(BTreeMap<String, Json>);

impl Claims {
    /// Reads a payload.
    ///
    /// # Errors
    /// What is wrong and where, without content.
    pub(super) fn parse(payload: &[u8]) -> Result<Self, String> {
        Json::parse_object(payload).map(Self)
    }

    /// These members as claims: what a provider answers about an opaque token.
    pub(super) const fn from_members(members: BTreeMap<String, Json>) -> Self {
        Self(members)
    }

    /// What rules about users look at: `username` and `groups`.
    pub(super) fn of_user<'a>(name: &str, groups: impl Iterator<Item = &'a str>) -> Self {
        let groups = groups.map(|group| Json::Text(group.to_owned())).collect();
        let members = [
            ("username".to_owned(), Json::Text(name.to_owned())),
            ("groups".to_owned(), Json::List(groups)),
        ];
        Self(members.into())
    }

    /// The value of the claim `name`.
    pub(super) fn get(&self, name: &str) -> Option<&Json> {
        self.0.get(name)
    }

    /// Whether the issuer has verified that `email` is whose token this is.
    pub(super) fn has_verified_email(&self) -> bool {
        self.get("email_verified") == Some(&Json::Bool(true))
    }

    /// Whether the issuer has said, either way, whether it has verified `email`.
    pub(super) fn tell_of_email(&self) -> bool {
        matches!(self.get("email_verified"), Some(Json::Bool(_)))
    }

    /// The value that `path` leads to; `None` when it is missing or `null`.
    pub(super) fn at(&self, path: &ClaimPath) -> Option<&Json> {
        let mut names = path.names().iter();
        let mut value = self.0.get(names.next()?)?;
        for name in names {
            let Json::Object(members) = value else {
                return None;
            };
            value = members.get(name)?;
        }
        match value {
            Json::Null => None,
            value => Some(value),
        }
    }
}

impl fmt::Debug for Claims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_lead_to_values() {
        let claims =
            Claims::parse(br#"{"sub":"a","n":null,"r":{"roles":["x"]},"https://x/y":"z"}"#)
                .unwrap();
        let at = |path: &str| claims.at(&path.parse().unwrap()).and_then(Json::as_text);
        assert_eq!(at("claims.sub"), Some("a"));
        assert_eq!(at("claims[\"https://x/y\"]"), Some("z"));
        assert_eq!(at("sub.roles"), None);
        assert_eq!(at("n"), None);
        assert_eq!(at("nope.deeper"), None);
        let roles = claims
            .at(&"r.roles".parse().unwrap())
            .and_then(Json::as_texts);
        assert_eq!(roles, Some(vec!["x"]));
    }

    #[test]
    fn debug_shows_nothing() {
        let claims = Claims::parse(br#"{"email":"alice@example.com"}"#).unwrap();
        assert_eq!(format!("{claims:?}"), "[redacted]");
    }
}
