//! The file format at a glance: every table and its keys, each named once. Knows nothing.
//!
//! What a key means is in `docs/CONFIGURATION.md`, which a test compares with this list.

/// A table of the file: its name as documentation and faults spell it, and its keys.
#[derive(Clone, Copy, Debug)]
pub(super) struct Table {
    /// Name, as in `listeners.tls`.
    pub(super) name: &'static str,
    /// Keys that may stand in it; empty where the user chooses them.
    pub(super) keys: &'static [&'static str],
}

macro_rules! tables {
    ($($constant:ident = $name:literal [$($key:literal),* $(,)?];)*) => {
        $(pub(super) const $constant: Table = Table { name: $name, keys: &[$($key),*] };)*
        /// Every table, for the test of the documentation.
        #[cfg(test)]
        pub(super) const ALL: &[Table] = &[$($constant),*];
    };
}

tables! {
    ROOT = "" [
        "admin", "log", "audit", "limits", "listeners", "clusters", "organizations", "providers",
        "roles", "role_bindings", "acls",
    ];
    ADMIN = "admin" ["bind", "insecure_admin_on_all_networks"];
    LOG = "log" ["format", "level"];
    AUDIT = "audit" ["file", "stdout"];
    LIMITS = "limits" [
        "login_deadline", "failure_delay", "max_reauth", "min_remaining", "key_wait",
        "drain_deadline", "max_connections", "max_held", "held_budget", "client_errors",
    ];
    LISTENER = "listeners" [
        "name", "bind", "advertised_host", "advertised_port", "brokers", "tls", "clusters",
        "insecure_plaintext_tokens_readable_on_the_wire",
    ];
    LISTENER_TLS = "listeners.tls" [
        "certificate_file", "key_file", "client_ca_file", "client_certificate",
    ];
    LISTENER_CLUSTER = "listeners.clusters" [
        "cluster", "first_port", "node_ids", "advertised_first_port", "bootstrap_host",
        "broker_host",
    ];
    CLUSTER = "clusters" [
        "id", "organization", "bootstrap_servers", "authorization", "allow",
        "require_logical_cluster", "admin_apis", "upstream", "brokers", "dial_map",
        "super_principals", "allow_if_no_acl",
    ];
    ALLOW = "clusters.allow" ["providers", "pools", "groups", "users"];
    SUPER_PRINCIPAL = "clusters.super_principals" ["provider", "principal"];
    UPSTREAM = "clusters.upstream" ["sasl", "connect_timeout", "tls"];
    SASL = "clusters.upstream.sasl" ["mechanism", "username", "password_file", "password_env"];
    UPSTREAM_TLS = "clusters.upstream.tls" ["ca_file", "certificate_file", "key_file"];
    ORGANIZATION = "organizations" ["name", "audiences", "shared_names"];
    PROVIDER = "providers" [
        "organization", "name", "issuer", "audiences", "jwks_uri", "discovery_url",
        "insecure_http", "ca_file", "algorithms", "clock_skew", "max_token_lifetime",
        "token_use", "identities", "require_identity_pool", "identity_claim", "username",
        "groups", "pools",
    ];
    CLAIM_MAPPING = "providers.username, providers.groups" ["claim", "prefix"];
    POOL = "providers.pools" ["id", "display_name", "filter", "identity_claim"];
    ROLE = "roles" ["name", "scope", "operations"];
    ROLE_OPERATIONS = "roles.operations" [
        "TOPIC", "GROUP", "CLUSTER", "TRANSACTIONAL_ID", "DELEGATION_TOKEN", "USER",
    ];
    ROLE_BINDING = "role_bindings" ["principal", "role_name", "crn_pattern"];
    ACL = "acls" [
        "cluster", "principal", "host", "operation", "permission", "resource_type",
        "resource_name", "pattern_type",
    ];
}

/// Keys that somebody would write a secret under; they are told where secrets go.
const SECRET_KEYS: [&str; 6] = [
    "password",
    "client_secret",
    "secret",
    "token",
    "key",
    "private_key",
];

/// Whether `key`, which no table has, was probably meant to hold a secret.
pub(super) fn is_secret(key: &str) -> bool {
    SECRET_KEYS.contains(&key)
}

/// The key of `keys` that `wrong` was probably meant to be: equal but for case, `_` and `-`, or
/// at most one edit in four characters away.
pub(super) fn nearest(wrong: &str, keys: &[&'static str]) -> Option<&'static str> {
    let plain = |text: &str| text.to_ascii_lowercase().replace('-', "_");
    let wrong = plain(wrong);
    let scored = keys.iter().map(|key| (distance(&wrong, &plain(key)), *key));
    let (edits, key) = scored.min_by_key(|(edits, _)| *edits)?;
    (edits * 4 <= key.len().max(4)).then_some(key)
}

/// Levenshtein distance of two short texts, in characters.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.chars().count()).collect();
    for (at, left) in a.chars().enumerate() {
        let mut diagonal = at;
        let mut before = at + 1;
        let mut next = vec![before];
        for (right, above) in b.chars().zip(row.iter().skip(1)) {
            let replaced = diagonal + usize::from(left != right);
            before = replaced.min(above + 1).min(before + 1);
            diagonal = *above;
            next.push(before);
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_finds_the_key_that_was_meant() {
        for (wrong, meant) in [
            ("advertized_host", Some("advertised_host")),
            ("advertised-host", Some("advertised_host")),
            ("Bind", Some("bind")),
            ("bnd", Some("bind")),
            ("colour", None),
        ] {
            assert_eq!(nearest(wrong, LISTENER.keys), meant, "{wrong}");
        }
    }

    #[test]
    fn distance_counts_edits() {
        for (a, b, edits) in [
            ("", "", 0),
            ("", "abc", 3),
            ("kitten", "sitting", 3),
            ("ab", "ba", 2),
        ] {
            assert_eq!(distance(a, b), edits, "{a} {b}");
        }
    }

    #[test]
    fn the_reference_page_names_every_key() {
        let page = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/CONFIGURATION.md");
        let page = std::fs::read_to_string(page).unwrap();
        for table in ALL {
            let heading = table.name.split(", ").map(|name| format!("`{name}`"));
            let heading = format!("## {}\n", heading.collect::<Vec<_>>().join(", "));
            let heading = if table.name.is_empty() {
                "## Top level\n"
            } else {
                &heading
            };
            let (_, rest) = page
                .split_once(heading)
                .unwrap_or_else(|| panic!("no {heading}"));
            let part = rest.split("\n## ").next().unwrap();
            for key in table.keys {
                assert!(
                    part.contains(&format!("\n| `{key}` |")),
                    "{}: {key}",
                    table.name
                );
            }
            let rows = part.lines().filter(|line| line.starts_with("| `")).count();
            assert!(
                table.keys.is_empty() || rows == table.keys.len(),
                "{}",
                table.name
            );
        }
    }
}
