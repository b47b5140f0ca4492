//! The files of the demo: Oathgate's configuration and what clients paste. Their texts are pure;
//! `write` puts them into the directory.

use std::{
    fs,
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use super::{
    certs::Certificates,
    plan::{ADMITTED, BROKERS, CLUSTER, Login, Plan, READER, REFUSED, TOPIC},
};

/// Oathgate's configuration.
pub(super) const CONFIG: &str = "oathgate.toml";
/// The audit stream.
pub(super) const AUDIT: &str = "audit.jsonl";

/// The script that explains the denied write.
pub(super) const EXPLAIN: &str = "explain.sh";

/// The group that the reader may be in.
const READER_GROUP: &str = "reports";

const CA: &str = "ca.pem";
const SERVER: &str = "server.pem";
const SERVER_KEY: &str = "server.key";

/// A file that could not be written.
#[derive(Debug, thiserror::Error)]
#[error("{} cannot be written: {cause}; choose another directory with --dir", path.display())]
pub struct FileError {
    path: PathBuf,
    cause: io::Error,
}

/// A client configuration to show and to write.
pub(super) struct Shown {
    pub(super) name: &'static str,
    pub(super) text: String,
}

/// Writes everything into the plan's directory, in place of what an earlier run left there.
/// Returns the client configurations, to be shown.
pub(super) fn write(plan: &Plan, certificates: &Certificates) -> Result<Vec<Shown>, FileError> {
    let dir = &plan.dir;
    let made = fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(dir);
    made.map_err(|cause| FileError {
        path: dir.clone(),
        cause,
    })?;
    put(dir, CA, &certificates.ca)?;
    put(dir, SERVER, &certificates.server)?;
    put(dir, SERVER_KEY, &certificates.server_key)?;
    put(dir, CONFIG, &config(plan))?;
    put(dir, AUDIT, "")?;
    let shown = clients(plan);
    for Shown { name, text } in &shown {
        put(dir, name, text)?;
    }
    Ok(shown)
}

/// Replaces a file; readable by its owner only, because most of them hold a secret.
fn put(dir: &Path, name: &str, text: &str) -> Result<(), FileError> {
    let path = dir.join(name);
    let write = || {
        match fs::remove_file(&path) {
            Err(cause) if cause.kind() != io::ErrorKind::NotFound => return Err(cause),
            _ => {}
        }
        let mode = if Path::new(name).extension().is_some_and(|ext| ext == "sh") {
            0o700
        } else {
            0o600
        };
        let mut options = fs::OpenOptions::new();
        let mut file = options
            .write(true)
            .create_new(true)
            .mode(mode)
            .open(&path)?;
        file.write_all(text.as_bytes())
    };
    write().map_err(|cause| FileError {
        path: path.clone(),
        cause,
    })
}

/// Oathgate's configuration, as a user would write it.
fn config(plan: &Plan) -> String {
    let admin = plan.admin();
    let bind = plan.bootstrap();
    let first_port = plan.first_broker_port();
    let issuer = &plan.issuer;
    let (owner, owners) = (ADMITTED.id, ADMITTED.pool);
    let (reader, readers) = (READER.id, READER.pool);
    let rules = rules(owners, readers);
    let servers: Vec<String> = plan
        .brokers
        .split(',')
        .map(|s| format!("\"{s}\""))
        .collect();
    let servers = servers.join(", ");
    format!(
        r#"# Written by `oathgate demo`; every start writes it anew.

[admin]
bind = "{admin}"

[audit]
file = "{AUDIT}"

[[listeners]]
name = "demo"
bind = "{bind}"
brokers = "port"

[listeners.tls]
certificate_file = "{SERVER}"
key_file = "{SERVER_KEY}"

[[listeners.clusters]]
cluster = "{CLUSTER}"
first_port = {first_port}
node_ids = "1-{BROKERS}"

[[clusters]]
id = "{CLUSTER}"
bootstrap_servers = [{servers}]
authorization = "enforce"

{rules}
[[providers]]
name = "development"
issuer = "{issuer}"
insecure_http = true
audiences = ["{audience}"]

[[providers.pools]]
id = "{owners}"
display_name = "The orders service"
filter = 'claims.azp == "{owner}"'

[[providers.pools]]
id = "{readers}"
display_name = "The reports service"
filter = 'claims.azp == "{reader}"'
"#,
        audience = super::issuer::AUDIENCE,
    )
}

/// Who may do what.
fn rules(owners: &str, readers: &str) -> String {
    format!(
        r#"# The orders service may do everything to every topic, and commit offsets of every group.
[[role_bindings]]
principal = "User:{owners}"
role_name = "ResourceOwner"
crn_pattern = "crn:///kafka={CLUSTER}/topic=*"

[[role_bindings]]
principal = "User:{owners}"
role_name = "ResourceOwner"
crn_pattern = "crn:///kafka={CLUSTER}/group=*"

# The reports service may read one topic, as one group.
[[acls]]
cluster = "{CLUSTER}"
principal = "User:{readers}"
operation = "READ"
permission = "ALLOW"
resource_type = "TOPIC"
resource_name = "{TOPIC}"

[[acls]]
cluster = "{CLUSTER}"
principal = "User:{readers}"
operation = "READ"
permission = "ALLOW"
resource_type = "GROUP"
resource_name = "{READER_GROUP}"
"#
    )
}

/// Every client configuration.
fn clients(plan: &Plan) -> Vec<Shown> {
    let shown = |name, text| Shown { name, text };
    vec![
        shown("java.properties", java(plan)),
        shown("java.env", java_env(plan)),
        shown(
            "librdkafka.properties",
            properties(&librdkafka(plan, ADMITTED)),
        ),
        shown(
            "librdkafka-reader.properties",
            properties(&librdkafka(plan, READER)),
        ),
        shown(
            "librdkafka-refused.properties",
            properties(&librdkafka(plan, REFUSED)),
        ),
        shown("main.go", go(plan)),
        shown("token.sh", token(plan)),
        shown(EXPLAIN, explain(plan)),
    ]
}

/// Kafka's own clients and console tools; 4.x needs `java.env` too.
fn java(plan: &Plan) -> String {
    let Login { id, secret, pool } = ADMITTED;
    let module = "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule";
    let entries = [
        ("bootstrap.servers", plan.bootstrap().to_string()),
        ("security.protocol", "SASL_SSL".to_owned()),
        ("ssl.truststore.type", "PEM".to_owned()),
        (
            "ssl.truststore.location",
            plan.dir.join(CA).display().to_string(),
        ),
        ("sasl.mechanism", "OAUTHBEARER".to_owned()),
        (
            "sasl.login.callback.handler.class",
            "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginCallbackHandler"
                .to_owned(),
        ),
        (
            "sasl.oauthbearer.token.endpoint.url",
            plan.token_endpoint.clone(),
        ),
        // Kafka 4.1 prefers properties for the client id and secret and warns about these, but this
        // form works with every version.
        (
            "sasl.jaas.config",
            format!(
                "{module} required clientId=\"{id}\" clientSecret=\"{secret}\" \
                 extension_logicalCluster=\"{CLUSTER}\" extension_identityPoolId=\"{pool}\";"
            ),
        ),
    ];
    entries
        .iter()
        // In a properties file a backslash begins an escape.
        .map(|(key, value)| format!("{key}={}\n", value.replace('\\', "\\\\")))
        .collect()
}

/// Java 4.x fetches tokens from no URL that is not named on its command line.
fn java_env(plan: &Plan) -> String {
    let url = &plan.token_endpoint;
    format!("export KAFKA_OPTS=\"-Dorg.apache.kafka.sasl.oauthbearer.allowed.urls={url}\"\n")
}

/// Configuration of librdkafka and what is built on it, for `login`.
pub(super) fn librdkafka(plan: &Plan, login: Login) -> Vec<(&'static str, String)> {
    vec![
        ("bootstrap.servers", plan.bootstrap().to_string()),
        ("security.protocol", "SASL_SSL".to_owned()),
        ("ssl.ca.location", plan.dir.join(CA).display().to_string()),
        ("sasl.mechanisms", "OAUTHBEARER".to_owned()),
        ("sasl.oauthbearer.method", "oidc".to_owned()),
        (
            "sasl.oauthbearer.token.endpoint.url",
            plan.token_endpoint.clone(),
        ),
        ("sasl.oauthbearer.client.id", login.id.to_owned()),
        ("sasl.oauthbearer.client.secret", login.secret.to_owned()),
        (
            "sasl.oauthbearer.extensions",
            format!("logicalCluster={CLUSTER},identityPoolId={}", login.pool),
        ),
    ]
}

fn properties(entries: &[(&str, String)]) -> String {
    entries
        .iter()
        .map(|(key, value)| format!("{key}={value}\n"))
        .collect()
}

fn go(plan: &Plan) -> String {
    let Login { id, secret, pool } = ADMITTED;
    include_str!("main.go.txt")
        .replace("{bootstrap}", &plan.bootstrap().to_string())
        .replace("{token_endpoint}", &plan.token_endpoint)
        .replace("{ca}", &plan.dir.join(CA).display().to_string())
        .replace("{id}", id)
        .replace("{secret}", secret)
        .replace("{cluster}", CLUSTER)
        .replace("{pool}", pool)
        .replace("{topic}", TOPIC)
}

fn token(plan: &Plan) -> String {
    let Login { id, secret, .. } = ADMITTED;
    let url = &plan.token_endpoint;
    format!(
        "#!/bin/sh\n# A token of {id} by client credentials.\n\
         curl -sS -u '{id}:{secret}' -d grant_type=client_credentials '{url}'\n"
    )
}

/// Asks the server's own checks and rules about the write that is denied.
fn explain(plan: &Plan) -> String {
    let Login { id, secret, pool } = READER;
    let url = &plan.token_endpoint;
    let token = plan.dir.join("reports.token");
    let (token, config) = (token.display(), plan.dir.join(CONFIG));
    let (config, program) = (config.display(), plan.program.display());
    format!(
        "#!/bin/sh\n# Why {id} may not write to {TOPIC}.\numask 077\n\
         curl -sS -u '{id}:{secret}' -d grant_type=client_credentials '{url}' |\n  \
         sed 's/.*\"access_token\":\"//; s/\".*//' > '{token}'\n\
         exec '{program}' explain --config '{config}' --token-file '{token}' --pool {pool} \\\n  \
         --operation READ --operation WRITE --topic {TOPIC}\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(dir: &Path) -> Plan {
        Plan {
            dir: dir.to_owned(),
            port: 9092,
            brokers: "127.0.0.1:1001,127.0.0.1:1002".to_owned(),
            issuer: "http://127.0.0.1:9097".to_owned(),
            token_endpoint: "http://127.0.0.1:9097/token".to_owned(),
            program: PathBuf::from("/usr/bin/oathgate"),
        }
    }

    #[test]
    fn the_configuration_is_toml_with_the_plans_addresses() {
        let text = config(&plan(Path::new("/d")));
        let parsed: toml::Table = text.parse().unwrap();
        assert_eq!(parsed["admin"]["bind"].as_str(), Some("127.0.0.1:9096"));
        let listener = &parsed["listeners"][0];
        assert_eq!(listener["bind"].as_str(), Some("127.0.0.1:9092"));
        assert_eq!(
            listener["clusters"][0]["first_port"].as_integer(),
            Some(9093)
        );
        let servers = parsed["clusters"][0]["bootstrap_servers"]
            .as_array()
            .unwrap();
        assert_eq!(servers.len(), 2);
        assert_eq!(
            parsed["providers"][0]["pools"][0]["id"].as_str(),
            Some(ADMITTED.pool)
        );
    }

    #[test]
    fn the_configuration_has_no_fault() {
        let dir = tempfile::tempdir().unwrap();
        let plan = plan(dir.path());
        let certificates = crate::demo::certs::make(&["localhost", "127.0.0.1"]).unwrap();
        write(&plan, &certificates).unwrap();
        let path = dir.path().join(CONFIG);
        let checked = crate::control::settings::load(&path, &|_| None);
        let checked = checked.unwrap_or_else(|findings| panic!("{findings:#?}"));
        assert_eq!(checked.listeners.len(), 1);
        let warnings: Vec<&str> = checked.warnings.iter().map(|w| w.path.as_str()).collect();
        assert_eq!(warnings, ["providers[0].insecure_http"]);
    }

    #[test]
    fn no_placeholder_is_left_in_what_clients_paste() {
        for Shown { name, text } in clients(&plan(Path::new("/d"))) {
            for word in [
                "{bootstrap}",
                "{token_endpoint}",
                "{ca}",
                "{id}",
                "{pool}",
                "{topic}",
            ] {
                assert!(!text.contains(word), "{name}: {word}");
            }
            assert!(text.ends_with('\n'), "{name}");
        }
    }

    #[test]
    fn writing_twice_replaces_and_keeps_secrets_to_the_owner() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let plan = plan(&dir.path().join("demo"));
        let certificates = crate::demo::certs::make(&["localhost"]).unwrap();
        write(&plan, &certificates).unwrap();
        fs::write(plan.dir.join(AUDIT), "old").unwrap();
        let shown = write(&plan, &certificates).unwrap();
        assert_eq!(fs::read_to_string(plan.dir.join(AUDIT)).unwrap(), "");
        for name in shown.iter().map(|s| s.name).chain([SERVER_KEY, CONFIG, CA]) {
            let mode = fs::metadata(plan.dir.join(name))
                .unwrap()
                .permissions()
                .mode();
            assert_eq!(mode & 0o077, 0, "{name}");
        }
    }

    #[test]
    fn a_directory_that_cannot_be_made_is_named() {
        let certificates = crate::demo::certs::make(&["localhost"]).unwrap();
        let plan = plan(Path::new("/dev/null/demo"));
        let error = write(&plan, &certificates).err().unwrap().to_string();
        assert!(error.contains("/dev/null/demo"), "{error}");
    }
}
