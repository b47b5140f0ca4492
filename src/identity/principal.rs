//! Names of the identity model: organizations, providers, pools, and the principals a session
//! holds. Owns what is a legal name; knows nothing else.

use std::{fmt, sync::Arc};

/// Longest name of an organization, provider or pool, in bytes.
const NAME_MAX: usize = 64;

/// Longest name of a user or group, in bytes, prefix included.
pub const PRINCIPAL_NAME_MAX: usize = 255;

/// Beginnings that user names may not have: they belong to identity pools, group mappings,
/// service accounts and users of the managed clouds.
const RESERVED_PREFIXES: [&str; 4] = ["pool-", "group-", "sa-", "u-"];

/// Name space that owns providers, pools and clusters: `[a-zA-Z0-9._-]{1,64}`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Organization(Arc<str>);

/// Name of an identity provider, unique in its organization: `[a-z0-9-]{1,64}`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProviderName(Arc<str>);

/// Id of an identity pool, unique in its organization: `pool-[a-z0-9-]+`, at most 64 bytes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PoolId(Arc<str>);

/// Who a session acts as. Typed, so that no text from a token can pass for a pool.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Principal {
    /// `User:<name>`, prefix included.
    User(Arc<str>),
    /// `Group:<name>`, prefix included.
    Group(Arc<str>),
    /// `User:<pool id>`, as the managed clouds write an identity pool.
    Pool(PoolId),
}

/// Why a text is not a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameFault {
    /// Not an organization.
    #[error("must be 1 to 64 of the characters a-z, A-Z, 0-9, `.`, `_`, `-`")]
    Organization,
    /// Not a provider's name.
    #[error("must be 1 to 64 of the characters a-z, 0-9, `-`")]
    Provider,
    /// Not a pool's id.
    #[error("must be `pool-` and 1 to 59 of the characters a-z, 0-9, `-`")]
    Pool,
    /// Not a name at all: of a user or a group.
    #[error("must be 1 to 255 bytes without control characters")]
    Text,
    /// A name that means something else to Kafka or to Oathgate.
    #[error(
        "must not be `*` or `ANONYMOUS`, and a user name must not start with `pool-`, `group-`, `sa-` or `u-`"
    )]
    Reserved,
}

impl Organization {
    /// Checks and keeps `text`.
    ///
    /// # Errors
    /// [`NameFault::Organization`].
    pub fn parse(text: &str) -> Result<Self, NameFault> {
        let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        let fits = (1..=NAME_MAX).contains(&text.len()) && text.chars().all(legal);
        if fits {
            Ok(Self(text.into()))
        } else {
            Err(NameFault::Organization)
        }
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl ProviderName {
    /// Checks and keeps `text`.
    ///
    /// # Errors
    /// [`NameFault::Provider`].
    pub fn parse(text: &str) -> Result<Self, NameFault> {
        let fits = (1..=NAME_MAX).contains(&text.len()) && text.chars().all(is_id_character);
        if fits {
            Ok(Self(text.into()))
        } else {
            Err(NameFault::Provider)
        }
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl PoolId {
    /// Checks and keeps `text`.
    ///
    /// # Errors
    /// [`NameFault::Pool`].
    pub fn parse(text: &str) -> Result<Self, NameFault> {
        let rest = text.strip_prefix("pool-").ok_or(NameFault::Pool)?;
        let fits = !rest.is_empty() && text.len() <= NAME_MAX && rest.chars().all(is_id_character);
        if fits {
            Ok(Self(text.into()))
        } else {
            Err(NameFault::Pool)
        }
    }

    /// The id.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Principal {
    /// The user `name` (its prefix included). What it refuses keeps a token from calling itself a
    /// pool.
    ///
    /// # Errors
    /// [`NameFault::Text`], [`NameFault::Reserved`].
    pub fn user(name: &str) -> Result<Self, NameFault> {
        check_text(name)?;
        if RESERVED_PREFIXES
            .iter()
            .any(|prefix| name.starts_with(prefix))
        {
            return Err(NameFault::Reserved);
        }
        Ok(Self::User(name.into()))
    }

    /// The group `name` (its prefix included).
    ///
    /// # Errors
    /// [`NameFault::Text`], [`NameFault::Reserved`].
    pub fn group(name: &str) -> Result<Self, NameFault> {
        check_text(name)?;
        Ok(Self::Group(name.into()))
    }

    /// The name without its type, as an `authzid` spells it.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::User(name) | Self::Group(name) => name,
            Self::Pool(id) => id.as_str(),
        }
    }
}

/// Whether `text` can name anybody: 1 to 255 bytes, no control characters, not blank.
pub(super) fn is_name(text: &str) -> bool {
    !text.trim().is_empty()
        && text.len() <= PRINCIPAL_NAME_MAX
        && !text.chars().any(char::is_control)
}

fn check_text(name: &str) -> Result<(), NameFault> {
    if !is_name(name) {
        return Err(NameFault::Text);
    }
    if matches!(name, "*" | "ANONYMOUS") {
        return Err(NameFault::Reserved);
    }
    Ok(())
}

fn is_id_character(c: char) -> bool {
    c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'
}

impl fmt::Display for Organization {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for ProviderName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for PoolId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(name) => write!(f, "User:{name}"),
            Self::Group(name) => write!(f, "Group:{name}"),
            Self::Pool(id) => write!(f, "User:{id}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_user_name_can_pass_for_something_else() {
        let long = "x".repeat(256);
        let cases = [
            ("", NameFault::Text),
            ("  ", NameFault::Text),
            ("a\0b", NameFault::Text),
            ("a\r\nb", NameFault::Text),
            ("a\u{85}b", NameFault::Text),
            (long.as_str(), NameFault::Text),
            ("*", NameFault::Reserved),
            ("ANONYMOUS", NameFault::Reserved),
            ("pool-x", NameFault::Reserved),
            ("group-x", NameFault::Reserved),
            ("sa-x", NameFault::Reserved),
            ("u-x", NameFault::Reserved),
        ];
        for (name, fault) in cases {
            assert_eq!(Principal::user(name), Err(fault), "{name:?}");
        }
        for name in [
            "alice",
            "kc:pool-x",
            "system:serviceaccount:a:b",
            &long[..255],
        ] {
            assert_eq!(Principal::user(name).unwrap().name(), name);
        }
    }

    #[test]
    fn a_group_may_be_called_like_a_pool_for_it_is_typed() {
        let group = Principal::group("pool-x").unwrap();
        let pool = Principal::Pool(PoolId::parse("pool-x").unwrap());
        assert_ne!(group, pool);
        assert_eq!(group.to_string(), "Group:pool-x");
        assert_eq!(pool.to_string(), "User:pool-x");
        assert_eq!(Principal::group("*"), Err(NameFault::Reserved));
    }

    #[test]
    fn ids_follow_their_grammar() {
        for good in ["pool-a", "pool-0-z", &format!("pool-{}", "a".repeat(59))] {
            assert_eq!(PoolId::parse(good).unwrap().as_str(), good);
        }
        let long = format!("pool-{}", "a".repeat(60));
        for bad in [
            "pool-", "pool", "Pool-a", "pool-A", "pool-a_b", "pool-a b", "", &long,
        ] {
            assert_eq!(PoolId::parse(bad), Err(NameFault::Pool), "{bad}");
        }
        assert!(ProviderName::parse("keycloak-1").is_ok());
        assert_eq!(ProviderName::parse("Keycloak"), Err(NameFault::Provider));
        assert!(Organization::parse("Acme.eu_1-x").is_ok());
        assert_eq!(Organization::parse("a/b"), Err(NameFault::Organization));
    }
}
