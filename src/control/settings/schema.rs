//! The file format at a glance: every table and its keys, each named once, and the names by which
//! other products know some of them. Knows nothing.
//!
//! What a key means is in `docs/CONFIGURATION.md`, which a test compares with this list.

/// A table of the file: its name as documentation and faults spell it, and its keys.
#[derive(Clone, Copy, Debug)]
pub(super) struct Table {
    /// Name, as in `listeners.tls`.
    pub(super) name: &'static str,
    /// Keys that may stand in it; empty where the user chooses them.
    pub(super) keys: &'static [&'static str],
    /// Names of other products for some of them: theirs, ours. `table.key` is a key in a table that
    /// they put around it.
    pub(super) aliases: &'static [(&'static str, &'static str)],
}

macro_rules! tables {
    ($($constant:ident = $name:literal [$($key:literal),* $(,)?]
        $(also { $($alias:literal = $meant:literal),* $(,)? })?;)*) => {
        $(pub(super) const $constant: Table = Table {
            name: $name,
            keys: &[$($key),*],
            aliases: &[$($(($alias, $meant)),*)?],
        };)*
        /// Every table, for the test of the documentation.
        #[cfg(test)]
        pub(super) const ALL: &[Table] = &[$($constant),*];
    };
}

tables! {
    ROOT = "" [
        "admin", "log", "audit", "limits", "listeners", "clusters", "organizations", "providers",
        "revocations", "roles", "role_bindings", "acls",
    ] also { "oidcProviders" = "providers" };
    ADMIN = "admin" ["bind", "ready_when", "insecure_admin_on_all_networks"];
    LOG = "log" ["format", "level"];
    AUDIT = "audit" ["file", "stdout"];
    LIMITS = "limits" [
        "login_deadline", "failure_delay", "failure_delay_max", "max_reauth", "min_remaining",
        "key_wait", "idle_deadline", "stall_deadline", "drain_delay", "drain_deadline",
        "max_connections", "max_connections_per_address", "max_connections_per_principal",
        "login_rate_per_address", "login_rate_per_principal", "max_in_flight", "max_login_frame", "max_request",
        "max_held", "held_budget", "max_held_per_principal", "client_errors",
    ];
    LISTENER = "listeners" [
        "name", "bind", "advertised_host", "advertised_port", "brokers", "tls", "clusters",
        "proxy_protocol", "insecure_plaintext_tokens_readable_on_the_wire",
    ];
    LISTENER_PROXY = "listeners.proxy_protocol" ["trusted", "required"];
    LISTENER_TLS = "listeners.tls" [
        "certificate_file", "key_file", "client_ca_file", "client_certificate",
        "ticket_secret_file",
    ];
    LISTENER_CLUSTER = "listeners.clusters" [
        "cluster", "first_port", "node_ids", "advertised_first_port", "bootstrap_host",
        "broker_host",
    ];
    CLUSTER = "clusters" [
        "id", "organization", "bootstrap_servers", "authorization", "allow",
        "require_logical_cluster", "admin_apis", "telemetry", "upstream", "brokers",
        "dial_map", "super_principals", "allow_if_no_acl",
    ];
    ALLOW = "clusters.allow" ["providers", "pools", "groups", "users"];
    SUPER_PRINCIPAL = "clusters.super_principals" ["provider", "principal"];
    UPSTREAM = "clusters.upstream" ["sasl", "connect_timeout", "tls"];
    SASL = "clusters.upstream.sasl" ["mechanism", "username", "password_file", "password_env"];
    UPSTREAM_TLS = "clusters.upstream.tls" ["ca_file", "certificate_file", "key_file"];
    ORGANIZATION = "organizations" ["name", "audiences", "shared_names"];
    PROVIDER = "providers" [
        "organization", "name", "display_name", "description", "type", "state", "issuer",
        "shared_issuer", "audiences", "required_scopes", "jwks_uri", "jwks_token_file",
        "discovery_url", "insecure_http", "allow_private_addresses",
        "proxy_from_environment", "ca_file", "key_refresh_max", "stale_keys_max", "algorithms",
        "clock_skew",
        "max_token_lifetime", "min_remaining", "token_use", "require_bound", "identities",
        "require_identity_pool", "identity_claim", "username", "groups", "groups_claim_name",
        "claim_validation_rules", "user_validation_rules", "pools", "token_endpoint",
        "authorization_endpoint", "introspection_endpoint", "device_authorization_endpoint",
        "client_id", "client_secret_file", "client_secret_env", "request_scopes",
        "request_audience", "refresh_token", "oidc_clients", "introspection",
    ] also {
        "identifier" = "name", "issuerURL" = "issuer", "issuer_url" = "issuer",
        "audience" = "audiences", "jwks_endpoint_uri" = "jwks_uri", "discoveryURL" = "discovery_url",
        "ca_bundle" = "ca_file", "issuerCertificateAuthority" = "ca_file",
        "sub_claim_name" = "identity_claim", "claimValidationRules" = "claim_validation_rules",
        "userValidationRules" = "user_validation_rules", "token_endpoint_uri" = "token_endpoint",
        "authorize_endpoint_uri" = "authorization_endpoint", "cfk_client_id" = "client_id",
        "scope" = "request_scopes", "oidcClients" = "oidc_clients",
        "issuer.issuerURL" = "issuer", "issuer.url" = "issuer", "issuer.audiences" = "audiences",
        "issuer.discoveryURL" = "discovery_url",
        "issuer.issuerCertificateAuthority" = "ca_file",
        "claimMappings.username" = "username", "claimMappings.groups" = "groups",
    };
    INTROSPECTION = "providers.introspection" [
        "endpoint", "client_id", "auth_method", "client_secret_file", "client_secret_env",
        "private_key_file", "key_id", "tokens", "timeout", "max_concurrent",
    ];
    USERNAME = "providers.username" ["claim", "expression", "prefix_policy", "prefix", "rules"]
        also { "prefixPolicy" = "prefix_policy", "prefix.prefixString" = "prefix" };
    GROUPS = "providers.groups" [
        "claim", "expression", "prefix", "rules", "required", "separator",
    ];
    CLAIM_RULE = "providers.claim_validation_rules" [
        "type", "claim", "required_value", "expression", "message",
    ] also {
        "requiredValue" = "required_value", "requiredClaim.claim" = "claim",
        "requiredClaim.requiredValue" = "required_value",
    };
    USER_RULE = "providers.user_validation_rules" ["expression", "message"];
    OIDC_CLIENT = "providers.oidc_clients" [
        "client_id", "client_secret_file", "client_secret_env", "component_name",
        "component_namespace", "extra_scopes",
    ] also {
        "clientID" = "client_id", "componentName" = "component_name",
        "componentNamespace" = "component_namespace", "extraScopes" = "extra_scopes",
    };
    POOL = "providers.pools" ["id", "display_name", "filter", "identity_claim"]
        also { "expression" = "filter" };
    REVOCATION = "revocations" [
        "organization", "provider", "subject", "client_id", "jti", "kid", "all", "issued_before",
        "until",
    ];
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

/// The file of `oathgate policy test`, which is no part of a configuration.
pub(super) const CASES_FILE: Table = Table {
    name: "",
    keys: &["cases"],
    aliases: &[],
};

/// One of its cases.
pub(super) const CASE: Table = Table {
    name: "cases",
    keys: &[
        "name",
        "cluster",
        "provider",
        "principals",
        "denied_principals",
        "client_address",
        "operation",
        "resource_type",
        "resource_name",
        "expect",
        "rule",
    ],
    aliases: &[],
};

/// Keys that somebody would write a secret under; they are told where secrets go.
const SECRET_KEYS: [&str; 8] = [
    "password",
    "client_secret",
    "clientSecret",
    "cfk_client_secret",
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
        for table in ALL.iter().chain([&CASE]) {
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
            for (alias, key) in table.aliases {
                assert!(
                    table.keys.contains(key) && !table.keys.contains(alias),
                    "{alias}"
                );
                let row = format!("`{alias}` = `{key}`");
                assert!(part.contains(&row), "{}: no {row}", table.name);
            }
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
