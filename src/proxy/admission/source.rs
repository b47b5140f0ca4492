//! Whom limits count: an address, and an identity.

use std::net::{IpAddr, Ipv6Addr};

use crate::{
    identity::{Identity, Organization, ProviderName},
    limits::IPV6_SOURCE_BITS,
};

/// An address as limits count it: IPv4 whole, IPv6 by its first 64 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Source(IpAddr);

impl From<IpAddr> for Source {
    fn from(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(address) => Self(address.into()),
            IpAddr::V6(address) => {
                let host_bits = u128::BITS.saturating_sub(IPV6_SOURCE_BITS);
                let network = address.to_bits() & (u128::MAX << host_bits);
                Self(Ipv6Addr::from_bits(network).into())
            }
        }
    }
}

/// An identity as limits count it, whatever pools and groups it has.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct IdentityKey {
    /// The provider's organization.
    pub organization: Organization,
    /// The provider.
    pub provider: ProviderName,
    /// The value of the identity claim. Of a token that was refused, `sub`, which it is unless the
    /// provider says otherwise: only delays depend on it.
    pub claim: String,
}

impl From<&Identity> for IdentityKey {
    fn from(identity: &Identity) -> Self {
        Self {
            organization: identity.organization.clone(),
            provider: identity.provider.clone(),
            claim: identity.claim.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_site_is_one_source() {
        let source = |text: &str| Source::from(text.parse::<IpAddr>().unwrap());
        for (a, b, same) in [
            ("192.0.2.1", "192.0.2.1", true),
            ("192.0.2.1", "192.0.2.2", false),
            ("::ffff:192.0.2.1", "192.0.2.1", true),
            ("2001:db8:0:1::1", "2001:db8:0:1:ffff:ffff:ffff:ffff", true),
            ("2001:db8:0:1::1", "2001:db8:0:2::1", false),
            ("::1", "127.0.0.1", false),
        ] {
            assert_eq!(source(a) == source(b), same, "{a} {b}");
        }
    }
}
