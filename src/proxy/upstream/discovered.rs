//! The brokers of a cluster, as one of them names them.

use crate::{
    snapshot::address::{AddressFault, HostPort},
    wire::value::Value,
};

/// One broker, as it advertises itself on the listener that was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broker {
    /// Its node id.
    pub id: i32,
    /// Where it says clients find it.
    pub address: HostPort,
    /// Its rack, if it has one.
    pub rack: Option<String>,
}

/// A cluster, as a `Metadata` answer describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Discovered {
    /// Its id, if the broker tells it.
    pub cluster_id: Option<String>,
    /// The node to send administrative requests to.
    pub controller: Option<i32>,
    /// Its live brokers, in the order told.
    pub brokers: Vec<Broker>,
    /// Brokers that advertise what is no address, and why. They are for an error line; the others
    /// must not suffer from them.
    pub unusable: Vec<(i32, AddressFault)>,
}

impl Discovered {
    /// Reads the body of a `Metadata` answer that has no error.
    #[must_use]
    pub fn read(body: &Value) -> Self {
        let node = |value: &Value, name| value.int(name).and_then(|id| i32::try_from(id).ok());
        let mut read = Self {
            cluster_id: body.str("ClusterId").map(str::to_owned),
            controller: node(body, "ControllerId").filter(|id| *id >= 0),
            brokers: Vec::new(),
            unusable: Vec::new(),
        };
        for item in body.items("Brokers") {
            let Some(id) = node(item, "NodeId") else {
                continue;
            };
            match address(item) {
                Ok(address) => {
                    let rack = item.str("Rack").map(str::to_owned);
                    read.brokers.push(Broker { id, address, rack });
                }
                Err(fault) => read.unusable.push((id, fault)),
            }
        }
        read
    }
}

/// Host and port of one broker. By their text form, so that what passes for an address here and in
/// configurations is the same.
fn address(broker: &Value) -> Result<HostPort, AddressFault> {
    let host = broker.str("Host").unwrap_or_default();
    let port = broker.int("Port").unwrap_or_default();
    if host.contains(':') {
        format!("[{host}]:{port}").parse()
    } else {
        format!("{host}:{port}").parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broker(id: i64, host: &str, port: i64, rack: Value) -> Value {
        Value::fields([
            ("NodeId", Value::Int(id)),
            ("Host", Value::Str(host.to_owned())),
            ("Port", Value::Int(port)),
            ("Rack", rack),
        ])
    }

    #[test]
    fn brokers_are_read_and_strange_addresses_set_apart() {
        let body = Value::fields([
            ("ClusterId", Value::Str("abc".to_owned())),
            ("ControllerId", Value::Int(2)),
            (
                "Brokers",
                Value::Array(vec![
                    broker(1, "broker-1", 9092, Value::Null),
                    broker(2, "2001:db8::1", 9093, Value::Str("a".to_owned())),
                    broker(3, "", 9092, Value::Null),
                    broker(4, "broker-4", 0, Value::Null),
                    broker(5, "broker-5", -1, Value::Null),
                    broker(6, "evil host", 9092, Value::Null),
                    broker(7, "a:b", 9092, Value::Null),
                ]),
            ),
        ]);
        let read = Discovered::read(&body);
        assert_eq!(read.cluster_id.as_deref(), Some("abc"));
        assert_eq!(read.controller, Some(2));
        let told: Vec<_> = read
            .brokers
            .iter()
            .map(|b| (b.id, b.address.to_string()))
            .collect();
        assert_eq!(
            told,
            [
                (1, "broker-1:9092".to_owned()),
                (2, "[2001:db8::1]:9093".to_owned())
            ]
        );
        assert_eq!(read.brokers[1].rack.as_deref(), Some("a"));
        let unusable: Vec<_> = read.unusable.iter().map(|(id, _)| *id).collect();
        assert_eq!(unusable, [3, 4, 5, 6, 7]);
    }

    #[test]
    fn a_cluster_without_controller_or_id_says_so() {
        let read = Discovered::read(&Value::fields([
            ("ClusterId", Value::Null),
            ("ControllerId", Value::Int(-1)),
        ]));
        assert_eq!((read.cluster_id, read.controller), (None, None));
    }
}
