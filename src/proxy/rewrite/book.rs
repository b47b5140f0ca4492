//! Which address a client is told for which broker.

use crate::snapshot::listener::BrokerAddresses;

/// The addresses of one cluster's brokers on one listener.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddressBook(BrokerAddresses);

impl AddressBook {
    /// The book of a cluster's broker addresses.
    #[must_use]
    pub const fn new(addresses: BrokerAddresses) -> Self {
        Self(addresses)
    }

    /// Host and port to tell for `node_id`; `None` where the node has no address here: a negative id
    /// (Kafka's "no node"), one outside the range, a port above 65535.
    #[must_use]
    pub fn told(&self, node_id: i32) -> Option<(String, i32)> {
        let told = self.0.told(node_id)?;
        Some((told.host, told.port.into()))
    }
}

#[cfg(test)]
impl AddressBook {
    /// A port per broker: node `node_ids.start() + i` is told as `host` and `first_port + i`.
    pub(crate) const fn ports(
        host: String,
        first_port: u16,
        node_ids: std::ops::RangeInclusive<i32>,
    ) -> Self {
        Self(BrokerAddresses::Port {
            node_ids,
            first_port,
            advertised_host: host,
            advertised_first_port: first_port,
        })
    }

    /// A host name per broker: node `n` is told as `prefix`, `n`, `suffix` and `port`.
    pub(crate) fn sni(prefix: &str, suffix: &str, port: u16) -> Self {
        use crate::snapshot::listener::HostTemplate;
        let template = format!("{prefix}{{n}}{suffix}");
        Self(BrokerAddresses::Sni {
            bootstrap_host: "bootstrap.example.com".to_owned(),
            broker_host: HostTemplate::parse(&template).unwrap(),
            advertised_port: port,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_per_broker_covers_its_range_only() {
        let book = AddressBook::ports("kafka.example.com".to_owned(), 65_530, 3..=20);
        for (node, port) in [
            (3, Some(65_530)),
            (8, Some(65_535)),
            (9, None), // no such port
            (2, None),
            (21, None),
            (-1, None),
            (i32::MIN, None),
            (i32::MAX, None),
        ] {
            let told = port.map(|port| ("kafka.example.com".to_owned(), port));
            assert_eq!(book.told(node), told, "{node}");
        }
    }

    #[test]
    fn a_host_per_broker_covers_every_node() {
        let book = AddressBook::sni("b", "-orders.example.com", 9094);
        assert_eq!(
            book.told(0),
            Some(("b0-orders.example.com".to_owned(), 9094))
        );
        assert_eq!(
            book.told(7),
            Some(("b7-orders.example.com".to_owned(), 9094))
        );
        assert_eq!(book.told(-1), None);
    }
}
