//! Which addresses a provider may be reached at. Owns the classes of addresses and the resolver
//! that lets through what may be connected to, so that the address that was checked is the one
//! that is dialled. Knows nothing of HTTP.

use std::{
    error::Error,
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// Which addresses a provider may be reached at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reach {
    /// Addresses of the public Internet.
    Public,
    /// Those and loopback: for tests.
    Loopback,
    /// Those, loopback and private networks. Never link-local ones and metadata services, where
    /// clouds keep the credentials of machines.
    Private,
    /// By the proxy that the environment names, which resolves names itself. What is still seen
    /// here, the proxy's own address and those that `NO_PROXY` excepts, is checked as by
    /// [`Reach::Private`].
    EnvironmentProxy,
}

/// A class of addresses, as far as a provider's matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddressClass {
    /// Of the public Internet.
    Public,
    /// This machine.
    Loopback,
    /// A private network: RFC 1918, RFC 4193, RFC 6598.
    Private,
    /// The link at hand, and with it the metadata service of most clouds.
    LinkLocal,
    /// The metadata service of a cloud that keeps it elsewhere.
    Metadata,
    /// No address of one machine: unspecified, multicast, broadcast, reserved.
    Special,
}

/// An address that a provider may not have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{host} has the {class} address {address}, which is not connected to{}",
    advice(*.class)
)]
pub struct AddressRefused {
    /// The host as named.
    pub host: String,
    /// Its address.
    pub address: IpAddr,
    /// Why not.
    pub class: AddressClass,
}

fn advice(class: AddressClass) -> &'static str {
    match class {
        AddressClass::Loopback | AddressClass::Private => {
            "; if the provider is there, set `allow_private_addresses = true`"
        }
        AddressClass::Public
        | AddressClass::LinkLocal
        | AddressClass::Metadata
        | AddressClass::Special => "",
    }
}

impl fmt::Display for AddressClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Public => "public",
            Self::Loopback => "loopback",
            Self::Private => "private",
            Self::LinkLocal => "link-local",
            Self::Metadata => "metadata",
            Self::Special => "special",
        })
    }
}

impl AddressClass {
    /// The class of `address`. Where IPv4 is embedded in IPv6 (mapped, compatible, NAT64, 6to4),
    /// that of the IPv4 address, which is where packets may end up.
    #[must_use]
    pub fn of(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(address) => Self::of_v4(address),
            IpAddr::V6(address) => match embedded(address) {
                Some(embedded) => Self::of_v4(embedded),
                None => Self::of_v6(address),
            },
        }
    }

    fn of_v4(address: Ipv4Addr) -> Self {
        match address.octets() {
            [127, ..] => Self::Loopback,
            [169, 254, ..] => Self::LinkLocal,
            // Alibaba Cloud's within RFC 6598, Azure's within what looks public.
            [100, 100, 100, 200] | [168, 63, 129, 16] => Self::Metadata,
            [10, ..] | [172, 16..=31, ..] | [192, 168, ..] | [100, 64..=127, ..] => Self::Private,
            // "This network", protocol assignments, documentation, benchmarks, multicast and up.
            [0 | 224..=255, ..]
            | [192, 0, 0 | 2, _]
            | [198, 18 | 19, ..]
            | [198, 51, 100, _]
            | [203, 0, 113, _] => Self::Special,
            _ => Self::Public,
        }
    }

    fn of_v6(address: Ipv6Addr) -> Self {
        if address.is_loopback() {
            return Self::Loopback;
        }
        match address.segments() {
            [0xfe80..=0xfebf, ..] => Self::LinkLocal,
            // EC2's and Google Cloud's over IPv6 have unique local addresses.
            [0xfd00, 0x0ec2, ..] | [0xfd20, 0x00ce, ..] => Self::Metadata,
            [0xfc00..=0xfdff, ..] => Self::Private,
            [0x2001, 0x0db8, ..] => Self::Special,
            [0x2000..=0x3fff, ..] => Self::Public,
            _ => Self::Special,
        }
    }
}

/// The IPv4 address inside an IPv6 one, if there is one.
fn embedded(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let ipv4 = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        Ipv4Addr::new(a, b, c, d)
    };
    match address.segments() {
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
            Some(ipv4(high, low))
        }
        // IPv4-compatible, but for `::` and `::1`, which are their own.
        [0, 0, 0, 0, 0, 0, high, low] if high != 0 => Some(ipv4(high, low)),
        [0x2002, high, low, ..] => Some(ipv4(high, low)),
        _ => None,
    }
}

impl Reach {
    /// Whether an address of `class` may be connected to.
    const fn admits(self, class: AddressClass) -> bool {
        match class {
            AddressClass::Public => true,
            AddressClass::Loopback => !matches!(self, Self::Public),
            AddressClass::Private => matches!(self, Self::Private | Self::EnvironmentProxy),
            AddressClass::LinkLocal | AddressClass::Metadata | AddressClass::Special => false,
        }
    }

    /// Checks the `address` of `host`.
    ///
    /// # Errors
    /// [`AddressRefused`].
    pub fn check(self, host: &str, address: IpAddr) -> Result<(), AddressRefused> {
        let class = AddressClass::of(address);
        if self.admits(class) {
            return Ok(());
        }
        Err(AddressRefused {
            host: host.to_owned(),
            address,
            class,
        })
    }

    /// Those of the `addresses` of `host` that may be connected to.
    ///
    /// # Errors
    /// [`AddressRefused`] for the first, if there is none among them.
    fn filter(
        self,
        host: &str,
        addresses: impl Iterator<Item = SocketAddr>,
    ) -> Result<Vec<SocketAddr>, Box<dyn Error + Send + Sync>> {
        let (mut admitted, mut refused) = (Vec::new(), None);
        for address in addresses {
            match self.check(host, address.ip()) {
                Ok(()) => admitted.push(address),
                Err(error) => refused = refused.or(Some(error)),
            }
        }
        match (admitted.is_empty(), refused) {
            (true, Some(refused)) => Err(refused.into()),
            (true, None) => Err(format!("{host} has no address").into()),
            (false, _) => Ok(admitted),
        }
    }
}

/// Resolves names by the system, to addresses that may be connected to. Names alone: a URL with an
/// address in it is checked by whoever has the URL.
#[derive(Clone, Copy, Debug)]
pub(super) struct CheckedResolver(pub(super) Reach);

impl Resolve for CheckedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let reach = self.0;
        Box::pin(async move {
            let host = name.as_str().to_owned();
            let found = tokio::net::lookup_host((host.as_str(), 0)).await?;
            let admitted = reach.filter(&host, found)?;
            let addresses: Addrs = Box::new(admitted.into_iter());
            Ok(addresses)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_address_has_its_class() {
        use AddressClass::{LinkLocal, Loopback, Metadata, Private, Public, Special};
        for (address, class) in [
            ("8.8.8.8", Public),
            ("172.32.0.1", Public),
            ("100.128.0.1", Public),
            ("127.0.0.1", Loopback),
            ("127.255.0.9", Loopback),
            ("10.1.2.3", Private),
            ("172.16.0.1", Private),
            ("172.31.255.255", Private),
            ("192.168.1.1", Private),
            ("100.100.100.199", Private),
            ("100.100.100.200", Metadata),
            ("168.63.129.15", Public),
            ("168.63.129.16", Metadata),
            ("169.254.169.254", LinkLocal),
            ("0.0.0.0", Special),
            ("0.1.2.3", Special),
            ("192.0.2.1", Special),
            ("198.18.0.1", Special),
            ("224.0.0.1", Special),
            ("255.255.255.255", Special),
            ("2606:4700::1111", Public),
            ("::1", Loopback),
            ("::", Special),
            ("fe80::1", LinkLocal),
            ("fd00:ec2::254", Metadata),
            ("fd20:ce::254", Metadata),
            ("::ffff:100.100.100.200", Metadata),
            ("64:ff9b::a83f:8110", Metadata),
            ("fd12:3456::1", Private),
            ("fc00::1", Private),
            ("ff02::1", Special),
            ("2001:db8::1", Special),
            ("::ffff:127.0.0.1", Loopback),
            ("::ffff:169.254.169.254", LinkLocal),
            ("::10.0.0.1", Private),
            ("64:ff9b::a9fe:a9fe", LinkLocal),
            ("2002:7f00:1::", Loopback),
            ("2002:808:808::1", Public),
        ] {
            let parsed: IpAddr = address.parse().unwrap();
            assert_eq!(AddressClass::of(parsed), class, "{address}");
        }
    }

    #[test]
    fn what_may_be_reached_grows_by_leave_and_never_to_metadata() {
        let all = [
            "8.8.8.8",
            "127.0.0.1",
            "10.0.0.1",
            "169.254.169.254",
            "168.63.129.16",
            "100.100.100.200",
            "fd20:ce::254",
            "0.0.0.0",
        ];
        for (reach, admitted) in [
            (Reach::Public, 1),
            (Reach::Loopback, 2),
            (Reach::Private, 3),
            (Reach::EnvironmentProxy, 3),
        ] {
            let seen: Vec<bool> = all
                .iter()
                .map(|address| reach.check("idp", address.parse().unwrap()).is_ok())
                .collect();
            let wanted: Vec<bool> = (0..all.len()).map(|at| at < admitted).collect();
            assert_eq!(seen, wanted, "{reach:?}");
        }
    }

    #[test]
    fn a_name_with_a_good_and_a_bad_address_is_reached_at_the_good_one() {
        let addresses = |texts: &[&str]| -> Vec<SocketAddr> {
            texts.iter().map(|text| text.parse().unwrap()).collect()
        };
        let mixed = addresses(&["10.0.0.1:0", "8.8.8.8:0"]);
        let admitted = Reach::Public.filter("idp", mixed.into_iter()).unwrap();
        assert_eq!(admitted, addresses(&["8.8.8.8:0"]));
        let private = addresses(&["10.0.0.1:0"]);
        let refused = Reach::Public
            .filter("idp", private.into_iter())
            .unwrap_err();
        assert!(
            refused.to_string().contains("allow_private_addresses"),
            "{refused}"
        );
        assert!(Reach::Public.filter("idp", std::iter::empty()).is_err());
    }
}
