//! SASL extensions (KIP-342) that mean something to Oathgate, typed.
//!
//! Owns their names, their form and the words in which a bad one is refused. Whether a cluster or a
//! pool exists is for others to say; they refuse with the same [`InvalidExtensions`].

use std::fmt;

use super::peer_text::repeated;
use crate::{identity::PoolId, limits};

/// The extensions that Oathgate reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    /// `logicalCluster`: which upstream cluster the client means.
    LogicalCluster,
    /// `identityPoolId`: the pool or pools it wants to act as.
    IdentityPoolId,
}

impl Known {
    const ALL: [Self; 2] = [Self::LogicalCluster, Self::IdentityPoolId];

    /// The name on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::LogicalCluster => "logicalCluster",
            Self::IdentityPoolId => "identityPoolId",
        }
    }

    /// The known extension that `name` equals but for case, `_` and `-`; also the exact name.
    #[must_use]
    pub fn meant_by(name: &str) -> Option<Self> {
        let letters = || name.bytes().filter(|b| !matches!(b, b'_' | b'-'));
        Self::ALL.into_iter().find(|known| {
            let spelt = known.name().bytes();
            letters()
                .map(|b| b.to_ascii_lowercase())
                .eq(spelt.map(|b| b.to_ascii_lowercase()))
        })
    }
}

impl fmt::Display for Known {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What a client said by its extensions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Extensions {
    /// The cluster it means: `[A-Za-z0-9._-]`, 1 to [`limits::CLUSTER_ID_MAX`] bytes.
    pub logical_cluster: Option<String>,
    /// The pools it wants to act as, in its order: 1 to [`limits::NAMED_POOLS_MAX`], distinct.
    pub pools: Option<Vec<PoolId>>,
    /// How many others it sent; they mean nothing here.
    pub dropped: usize,
}

impl Extensions {
    /// Reads the pairs of a client initial response, whose names are distinct.
    ///
    /// # Errors
    /// All extensions that are misspelt, of bad form or empty, in the order sent.
    pub fn read(pairs: &[(String, String)]) -> Result<Self, InvalidExtensions> {
        let mut read = Self::default();
        let mut invalid = Vec::new();
        for (name, value) in pairs {
            let fault = match Known::meant_by(name) {
                None => {
                    read.dropped = read.dropped.saturating_add(1);
                    None
                }
                // A typo that were dropped would widen rights: no pool named means all pools.
                Some(known) if known.name() != name => Some(Fault::Misspelt(known)),
                Some(Known::LogicalCluster) => cluster_id(value)
                    .map(|id| read.logical_cluster = Some(id))
                    .err(),
                Some(Known::IdentityPoolId) => named_pools(value)
                    .map(|pools| read.pools = Some(pools))
                    .err(),
            };
            invalid.extend(fault.map(|fault| (name.clone(), fault)));
        }
        match invalid.first() {
            None => Ok(read),
            Some((_, first)) => Err(InvalidExtensions {
                first: *first,
                all: invalid,
            }),
        }
    }

    /// Whether the client sent none at all, known or not. Java clients lose theirs at every other
    /// re-authentication (KAFKA-14062), which then keeps those of the session.
    #[must_use]
    pub const fn none_sent(&self) -> bool {
        self.logical_cluster.is_none() && self.pools.is_none() && self.dropped == 0
    }
}

/// A cluster id of the form that configurations allow; another one cannot exist.
fn cluster_id(value: &str) -> Result<String, Fault> {
    if value.bytes().all(|b| b.is_ascii_whitespace()) {
        return Err(Fault::ClusterIdMissingOrEmpty);
    }
    let legal = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
    if value.len() > limits::CLUSTER_ID_MAX || !value.bytes().all(legal) {
        return Err(Fault::ClusterNotUsable);
    }
    Ok(value.to_owned())
}

/// One pool id or a comma list of them, without spaces, empty items or repetitions.
fn named_pools(value: &str) -> Result<Vec<PoolId>, Fault> {
    let mut pools = Vec::new();
    for item in value.split(',') {
        let pool = PoolId::parse(item).map_err(|_| Fault::PoolNotUsable)?;
        if pools.contains(&pool) || pools.len() == limits::NAMED_POOLS_MAX {
            return Err(Fault::PoolNotUsable);
        }
        pools.push(pool);
    }
    Ok(pools)
}

/// Why one extension is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// `logicalCluster` is needed and absent, or empty.
    ClusterIdMissingOrEmpty,
    /// `logicalCluster` names no cluster of this listener, a foreign one, or another one than the
    /// name or port that the client connected to.
    ClusterNotUsable,
    /// The name is that of a known extension but for case, `_` or `-`.
    Misspelt(Known),
    /// `identityPoolId` is of bad form, or names a pool that is unknown, foreign or does not match.
    PoolNotUsable,
}

impl Fault {
    /// The reason code: a stable word for client, metric and audit line.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::ClusterIdMissingOrEmpty => "CLUSTER_ID_MISSING_OR_EMPTY",
            Self::ClusterNotUsable => "CLUSTER_NOT_USABLE",
            Self::Misspelt(_) => "EXTENSION_MISSPELT",
            Self::PoolNotUsable => "POOL_NOT_USABLE",
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())?;
        match self {
            Self::Misspelt(known) => write!(f, " (write {known})"),
            Self::ClusterIdMissingOrEmpty | Self::ClusterNotUsable | Self::PoolNotUsable => Ok(()),
        }
    }
}

/// Extensions that are refused, at least one. Prints as Kafka's `OAuthBearerSaslServer` words it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct InvalidExtensions {
    first: Fault,
    all: Vec<(String, Fault)>,
}

impl InvalidExtensions {
    /// One refused extension under its right name, sent or missed.
    #[must_use]
    pub fn one(known: Known, fault: Fault) -> Self {
        Self {
            first: fault,
            all: vec![(known.name().to_owned(), fault)],
        }
    }

    /// One extension whose name the client wrote as `name`.
    #[must_use]
    pub fn misspelt(name: String, known: Known) -> Self {
        let first = Fault::Misspelt(known);
        Self {
            first,
            all: vec![(name, first)],
        }
    }

    /// The reason code of the first, for metric and audit line.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        self.first.code()
    }
}

impl fmt::Display for InvalidExtensions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.all.len();
        write!(
            f,
            "Authentication failed: {count} extensions are invalid! They are: "
        )?;
        for (at, (name, fault)) in self.all.iter().enumerate() {
            let separator = if at == 0 { "" } else { "; " };
            write!(f, "{separator}{}: {fault}", repeated(name))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Result<Extensions, InvalidExtensions> {
        let owned: Vec<_> = pairs
            .iter()
            .map(|(n, v)| ((*n).to_owned(), (*v).to_owned()))
            .collect();
        Extensions::read(&owned)
    }

    fn refusal(pairs: &[(&str, &str)]) -> String {
        read(pairs).unwrap_err().to_string()
    }

    #[test]
    fn known_extensions_are_typed_and_others_counted() {
        let both = read(&[
            ("logicalCluster", "lkc-orders"),
            ("traceparent", "00-1"),
            ("identityPoolId", "pool-a,pool-b"),
            ("x", "y"),
        ]);
        assert_eq!(
            both.unwrap(),
            Extensions {
                logical_cluster: Some("lkc-orders".to_owned()),
                pools: Some(
                    ["pool-a", "pool-b"]
                        .map(|id| PoolId::parse(id).unwrap())
                        .into()
                ),
                dropped: 2,
            }
        );
    }

    #[test]
    fn none_sent_is_told_from_only_unknown_ones() {
        assert!(read(&[]).unwrap().none_sent());
        assert!(!read(&[("x", "y")]).unwrap().none_sent());
        assert!(!read(&[("logicalCluster", "c")]).unwrap().none_sent());
    }

    #[test]
    fn a_name_that_is_almost_known_is_refused_with_the_right_one() {
        for (name, known) in [
            ("logicalcluster", "logicalCluster"),
            ("LogicalCluster", "logicalCluster"),
            ("logical_cluster", "logicalCluster"),
            ("logical-cluster", "logicalCluster"),
            ("identityPoolID", "identityPoolId"),
            ("IDENTITY_POOL_ID", "identityPoolId"),
            ("identity-pool-id", "identityPoolId"),
        ] {
            assert_eq!(
                refusal(&[(name, "x")]),
                format!(
                    "Authentication failed: 1 extensions are invalid! They are: {name}: \
                     EXTENSION_MISSPELT (write {known})"
                )
            );
        }
        for name in [
            "logicalClusters",
            "identityPool",
            "identity.pool.id",
            "poolId",
        ] {
            assert_eq!(read(&[(name, "x")]).unwrap().dropped, 1, "{name}");
        }
    }

    #[test]
    fn cluster_ids_that_no_cluster_can_have_are_refused() {
        for (value, code) in [
            ("", "CLUSTER_ID_MISSING_OR_EMPTY"),
            (" \t", "CLUSTER_ID_MISSING_OR_EMPTY"),
            ("lkc orders", "CLUSTER_NOT_USABLE"),
            (" lkc-orders", "CLUSTER_NOT_USABLE"),
            ("lkc-orders,lkc-b", "CLUSTER_NOT_USABLE"),
            (&"c".repeat(65), "CLUSTER_NOT_USABLE"),
        ] {
            let invalid = read(&[("logicalCluster", value)]).unwrap_err();
            assert_eq!(invalid.code(), code, "{value:?}");
        }
        assert!(read(&[("logicalCluster", &"c".repeat(64))]).is_ok());
    }

    #[test]
    fn pools_come_alone_or_in_a_list_of_distinct_ids() {
        let list = |n: usize| {
            (0..n)
                .map(|i| format!("pool-{i}"))
                .collect::<Vec<_>>()
                .join(",")
        };
        for value in ["pool-a".to_owned(), "pool-a,pool-b".to_owned(), list(16)] {
            let read = read(&[("identityPoolId", &value)]).unwrap();
            let ids: Vec<_> = read.pools.iter().flatten().map(PoolId::as_str).collect();
            assert_eq!(ids.join(","), value);
        }
        for value in [
            "".to_owned(),
            " ".to_owned(),
            "pool-".to_owned(),
            "pool-A".to_owned(),
            "orders".to_owned(),
            "pool-a,".to_owned(),
            ",pool-a".to_owned(),
            "pool-a,,pool-b".to_owned(),
            "pool-a, pool-b".to_owned(),
            "pool-a ,pool-b".to_owned(),
            "pool-a,pool-a".to_owned(),
            "pool-a;pool-b".to_owned(),
            format!("pool-{}", "a".repeat(60)),
            list(17),
        ] {
            let invalid = read(&[("identityPoolId", &value)]).unwrap_err();
            assert_eq!(invalid.code(), "POOL_NOT_USABLE", "{value:?}");
        }
    }

    #[test]
    fn all_invalid_extensions_are_listed_in_the_order_sent() {
        assert_eq!(
            refusal(&[
                ("identityPoolId", "x"),
                ("other", "1"),
                ("logicalCluster", " ")
            ]),
            "Authentication failed: 2 extensions are invalid! They are: identityPoolId: \
             POOL_NOT_USABLE; logicalCluster: CLUSTER_ID_MISSING_OR_EMPTY"
        );
    }
}
