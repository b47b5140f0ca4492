//! An identity pool in compiled form. Knows filters and claim paths.

use super::{claim_path::ClaimPath, filter::Filter, principal::PoolId};

/// An identity pool: tokens of its provider that match `filter` act as `User:<id>`.
#[derive(Clone, Debug, PartialEq)]
pub struct Pool {
    /// Unique in its organization.
    pub id: PoolId,
    /// For people; may be empty.
    pub display_name: String,
    /// Which tokens belong to the pool.
    pub filter: Filter,
    /// The claim that names the identity when this pool alone is named.
    pub identity_claim: ClaimPath,
}
