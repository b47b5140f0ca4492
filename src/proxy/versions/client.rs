//! What a client says of itself in an `ApiVersions` request: its software, and where it believes to be.

use super::FEATURES_SINCE;
use crate::wire::error_code;
use crate::wire::value::Value;

/// The first version with cluster and node id (KIP-1242).
const IDENTITY_SINCE: i16 = 5;

/// Where an `ApiVersions` request arrived, and what is known of that place.
#[derive(Debug, Clone, Copy)]
pub enum Place<'a> {
    /// The bootstrap address of a listener.
    Bootstrap {
        /// Cluster ids, as brokers report them, of the clusters served there; empty while none is known.
        cluster_ids: &'a [&'a str],
    },
    /// The address of one broker.
    Node {
        /// Its cluster's id; `None` while it is not known.
        cluster_id: Option<&'a str>,
        /// Its node id.
        node_id: i32,
    },
}

/// The error code that the body of an `ApiVersions` request deserves: 0, 42 for a client software name or
/// version that is none (version 3 on), or that of [`check_identity`] (version 5 on).
#[must_use]
pub fn check_request(version: i16, body: &Value, place: Place<'_>) -> i16 {
    let named = |name| body.str(name).is_some_and(is_software_word);
    if version >= FEATURES_SINCE && !(named("ClientSoftwareName") && named("ClientSoftwareVersion"))
    {
        return error_code::INVALID_REQUEST;
    }
    if version < IDENTITY_SINCE {
        return error_code::NONE;
    }
    let node_id = body.int("NodeId").and_then(|id| i32::try_from(id).ok());
    check_identity(body.str("ClusterId"), node_id.unwrap_or(-1), place)
}

/// The error code for the cluster and node that a client believes to talk to (KIP-1242): 0 where it
/// says neither or is right, 42 where it says only one of the two, 129 where it is wrong.
///
/// A cluster id that is not known here yet is taken as right: a broker will say the same later.
#[must_use]
pub fn check_identity(cluster_id: Option<&str>, node_id: i32, place: Place<'_>) -> i16 {
    let cluster = match (cluster_id, node_id) {
        (None, -1) => return error_code::NONE,
        (None, _) | (Some(_), -1) => return error_code::INVALID_REQUEST,
        (Some(cluster), _) => cluster,
    };
    let right = match place {
        Place::Bootstrap { cluster_ids } => {
            cluster_ids.is_empty() || cluster_ids.contains(&cluster)
        }
        Place::Node {
            cluster_id: own,
            node_id: node,
        } => node == node_id && own.is_none_or(|own| own == cluster),
    };
    if right {
        error_code::NONE
    } else {
        error_code::REBOOTSTRAP_REQUIRED
    }
}

/// Kafka's `[a-zA-Z0-9](?:[a-zA-Z0-9\-.]*[a-zA-Z0-9])?` (`ApiVersionsRequest`).
fn is_software_word(text: &str) -> bool {
    let bytes = text.as_bytes();
    let outer = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    let inner = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.');
    outer(bytes.first()) && outer(bytes.last()) && bytes.iter().all(inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clients_say_where_they_believe_to_be() {
        let node = Place::Node {
            cluster_id: Some("c"),
            node_id: 3,
        };
        let unknown = Place::Node {
            cluster_id: None,
            node_id: 3,
        };
        let bootstrap = Place::Bootstrap {
            cluster_ids: &["c", "d"],
        };
        let empty = Place::Bootstrap { cluster_ids: &[] };
        for (cluster, id, place, code) in [
            (None, -1, node, 0),
            (None, -1, bootstrap, 0),
            (Some("c"), 3, node, 0),
            (Some("d"), 3, node, 129),
            (Some("c"), 4, node, 129),
            (Some("d"), 3, unknown, 0),
            (Some("d"), 4, unknown, 129),
            (Some("d"), 9, bootstrap, 0),
            (Some("e"), 9, bootstrap, 129),
            (Some("e"), 9, empty, 0),
            (None, 3, node, 42),
            (Some("c"), -1, node, 42),
            (Some("c"), -1, bootstrap, 42),
        ] {
            assert_eq!(
                check_identity(cluster, id, place),
                code,
                "{cluster:?} {id} {place:?}"
            );
        }
    }

    #[test]
    fn requests_are_checked_by_what_their_version_has() {
        let place = Place::Node {
            cluster_id: Some("c"),
            node_id: 3,
        };
        let body = |name: &str, id: i32| {
            Value::fields([
                ("ClientSoftwareName", name.into()),
                ("ClientSoftwareVersion", "4.4.0".into()),
                ("ClusterId", "c".into()),
                ("NodeId", id.into()),
            ])
        };
        for (version, name, id, code) in [
            (2, "-", 3, 0),
            (3, "-", 3, 42),
            (3, "apache-kafka-java", 4, 0),
            (5, "apache-kafka-java", 3, 0),
            (5, "apache-kafka-java", 4, 129),
            (5, "", 3, 42),
        ] {
            assert_eq!(
                check_request(version, &body(name, id), place),
                code,
                "{version} {name} {id}"
            );
        }
    }

    #[test]
    fn software_words_are_kafkas() {
        for (text, is_word) in [
            ("a", true),
            ("apache-kafka-java", true),
            ("2.8.0-SNAPSHOT", true),
            ("", false),
            ("-a", false),
            ("a.", false),
            ("a b", false),
            ("a_b", false),
            ("\u{e4}", false),
        ] {
            assert_eq!(is_software_word(text), is_word, "{text}");
        }
    }
}
