//! Where a client must come from for a rule to hold: anywhere, an address, or a network.

use std::{
    fmt,
    net::{IpAddr, Ipv6Addr},
    str::FromStr,
};

/// The host of a rule, compared with the client's real address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Host {
    /// `*`
    Any,
    /// One address.
    Address(IpAddr),
    /// All addresses that begin with the first `length` bits of `address`; the other bits are 0.
    Network {
        /// First address.
        address: IpAddr,
        /// Bits that count.
        length: u8,
    },
}

/// Why a text is no host of a rule; reads on after the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HostFault {
    /// Neither a star nor an address.
    #[error(
        "is neither `*`, nor an IP address, nor a network as in \"10.1.0.0/16\"; names of hosts are \
         never looked up"
    )]
    Text,
    /// More bits than addresses have.
    #[error("has a prefix length that is not 0 to 32 for IPv4, or 0 to 128 for IPv6")]
    Length,
    /// An address inside the network, not its first.
    #[error("is not the first address of that network; clear the bits after the prefix length")]
    Bits,
    /// An IPv4 network in IPv6 clothes.
    #[error("is an IPv4 network written in IPv6; write it in IPv4")]
    Mapped,
}

impl Host {
    /// Whether a client at `address` is meant. An IPv4 address that a dual-stack socket shows as
    /// IPv6 is IPv4, as Java's `InetAddress` has it.
    #[must_use]
    pub fn matches(self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        match self {
            Self::Any => true,
            Self::Address(own) => own == address,
            Self::Network {
                address: first,
                length,
            } => first.is_ipv4() == address.is_ipv4() && keep(address, length) == bits(first),
        }
    }
}

impl FromStr for Host {
    type Err = HostFault;

    fn from_str(text: &str) -> Result<Self, HostFault> {
        if text == "*" {
            return Ok(Self::Any);
        }
        let Some((address, length)) = text.split_once('/') else {
            let address: IpAddr = text.parse().map_err(|_| HostFault::Text)?;
            return Ok(Self::Address(address.to_canonical()));
        };
        let address: IpAddr = address.parse().map_err(|_| HostFault::Text)?;
        let digits = !length.is_empty() && length.bytes().all(|byte| byte.is_ascii_digit());
        if !digits {
            return Err(HostFault::Text);
        }
        let most = if address.is_ipv4() { 32 } else { 128 };
        let length = length.parse::<u8>().ok().filter(|length| *length <= most);
        let length = length.ok_or(HostFault::Length)?;
        if address.to_canonical() != address {
            return Err(HostFault::Mapped);
        }
        if keep(address, length) != bits(address) {
            return Err(HostFault::Bits);
        }
        Ok(Self::Network { address, length })
    }
}

/// The bits of `address`, the first one highest; those that IPv4 lacks are 0.
fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(v4) => u128::from(v4.to_bits()) << (Ipv6Addr::BITS - u32::BITS),
        IpAddr::V6(v6) => v6.to_bits(),
    }
}

/// The first `length` bits of `address`, the others 0.
fn keep(address: IpAddr, length: u8) -> u128 {
    let dropped = Ipv6Addr::BITS - u32::from(length).min(Ipv6Addr::BITS);
    let mask = u128::MAX.checked_shl(dropped).unwrap_or(0);
    bits(address) & mask
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("*"),
            Self::Address(address) => address.fmt(f),
            Self::Network { address, length } => write!(f, "{address}/{length}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_match_addresses() {
        for (host, address, matches) in [
            ("*", "203.0.113.7", true),
            ("*", "2001:db8::1", true),
            ("10.1.2.3", "10.1.2.3", true),
            ("10.1.2.3", "10.1.2.4", false),
            ("10.1.2.3", "::ffff:10.1.2.3", true),
            ("::ffff:10.1.2.3", "10.1.2.3", true),
            ("10.0.0.0/8", "10.255.0.1", true),
            ("10.0.0.0/8", "11.0.0.1", false),
            ("10.0.0.0/8", "::ffff:10.9.9.9", true),
            ("10.1.2.3/32", "10.1.2.3", true),
            ("10.1.2.3/32", "10.1.2.2", false),
            ("0.0.0.0/0", "255.255.255.255", true),
            ("0.0.0.0/0", "::1", false),
            ("::/0", "1.2.3.4", false),
            ("::/0", "2001:db8::1", true),
            ("2001:db8::/32", "2001:db8:1::1", true),
            ("2001:db8::/32", "2001:db9::1", false),
            ("2001:db8::1/128", "2001:db8::1", true),
            ("2001:db8::1/128", "2001:db8::2", false),
        ] {
            let parsed: Host = host.parse().unwrap();
            let at = address.parse().unwrap();
            assert_eq!(parsed.matches(at), matches, "{host} {address}");
        }
    }

    #[test]
    fn what_is_no_host_is_refused() {
        for (text, fault) in [
            ("", HostFault::Text),
            ("**", HostFault::Text),
            ("localhost", HostFault::Text),
            ("10.0.0.0/x", HostFault::Text),
            ("10.0.0.0/+8", HostFault::Text),
            ("10.0.0.0/", HostFault::Text),
            ("10.0.0.0/33", HostFault::Length),
            ("::/129", HostFault::Length),
            ("::/999", HostFault::Length),
            ("10.0.0.1/8", HostFault::Bits),
            ("2001:db8::1/64", HostFault::Bits),
            ("::ffff:10.0.0.0/104", HostFault::Mapped),
        ] {
            assert_eq!(text.parse::<Host>(), Err(fault), "{text}");
        }
        let network: Host = "10.0.0.0/8".parse().unwrap();
        assert_eq!(network.to_string(), "10.0.0.0/8");
    }
}
