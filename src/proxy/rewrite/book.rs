//! Which address a client is told for which broker.

use std::ops::RangeInclusive;

/// The addresses of one cluster's brokers on one listener.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddressBook(Mapping);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Mapping {
    Ports {
        host: String,
        first_port: u16,
        node_ids: RangeInclusive<i32>,
    },
    Sni {
        prefix: String,
        suffix: String,
        port: u16,
    },
}

impl AddressBook {
    /// A port per broker: node `node_ids.start() + i` is told as `host` and `first_port + i`.
    #[must_use]
    pub const fn ports(host: String, first_port: u16, node_ids: RangeInclusive<i32>) -> Self {
        Self(Mapping::Ports {
            host,
            first_port,
            node_ids,
        })
    }

    /// A host name per broker: node `n` is told as `prefix`, `n`, `suffix` and `port`.
    #[must_use]
    pub const fn sni(prefix: String, suffix: String, port: u16) -> Self {
        Self(Mapping::Sni {
            prefix,
            suffix,
            port,
        })
    }

    /// Host and port to tell for `node_id`; `None` where the node has no address here: a negative id
    /// (Kafka's "no node"), one outside the range, a port above 65535.
    #[must_use]
    pub fn told(&self, node_id: i32) -> Option<(String, i32)> {
        if node_id < 0 {
            return None;
        }
        match &self.0 {
            Mapping::Ports {
                host,
                first_port,
                node_ids,
            } => {
                let at = node_ids.contains(&node_id).then_some(node_id)?;
                let offset = u16::try_from(at.checked_sub(*node_ids.start())?).ok()?;
                let port = first_port.checked_add(offset)?;
                Some((host.clone(), i32::from(port)))
            }
            Mapping::Sni {
                prefix,
                suffix,
                port,
            } => Some((format!("{prefix}{node_id}{suffix}"), i32::from(*port))),
        }
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
        let book = AddressBook::sni("b".to_owned(), "-orders.example.com".to_owned(), 9094);
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
