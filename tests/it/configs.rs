//! Each file in `config/` is started as it is, but for names and numbers that belong to this machine.

use crate::harness::{
    authority::Authority,
    folder,
    kafka::Protocol,
    oathgate::{self, Oathgate},
    ports, shared,
};
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

/// A line `key = "value"`, comment and all.
fn assignment(line: &str) -> Option<(&str, &str)> {
    let line = line.trim_start();
    (!line.starts_with('#'))
        .then(|| line.split_once('='))
        .flatten()
        .map(|(k, v)| (k.trim(), v.trim()))
}

fn quoted(value: &str) -> &str {
    value
        .trim_start_matches('"')
        .split('"')
        .next()
        .unwrap_or_default()
}

/// The file with what this machine has in place of what the example says; files that it names are made.
struct Adapted {
    text: String,
    admin: u16,
    audit: PathBuf,
}

fn adapt(text: &str, folder: &Path) -> Adapted {
    let authority = Authority::new("authority of an example");
    let kafka = shared::kafka();
    let bootstrap = kafka.bootstrap(Protocol::Plaintext);
    let (admin, audit) = (ports::one(), folder.join("audit.jsonl"));
    let hosts: Vec<String> = hosts(text);
    let names: Vec<&str> = hosts
        .iter()
        .map(String::as_str)
        .chain(["localhost"])
        .collect();
    let pair = authority.server(&names);
    let mut adapted = String::new();
    let mut section = String::new();
    let mut moved: BTreeMap<String, u16> = BTreeMap::new();
    for line in text.lines() {
        if line.trim_start().starts_with('[') {
            section = line.split('#').next().unwrap_or_default().trim().to_owned();
        }
        let Some((key, value)) = assignment(line) else {
            adapted += &format!("{line}\n");
            continue;
        };
        let value = match key {
            "bind" if section == "[admin]" => format!("\"127.0.0.1:{admin}\""),
            "bind" => {
                let port = quoted(value)
                    .rsplit(':')
                    .next()
                    .unwrap_or_default()
                    .to_owned();
                format!(
                    "\"127.0.0.1:{}\"",
                    *moved.entry(port).or_insert_with(ports::one)
                )
            }
            "advertised_port" => {
                let port = value.split(' ').next().unwrap_or_default().to_owned();
                moved.entry(port).or_insert_with(ports::one).to_string()
            }
            "first_port" => ports::block(200).to_string(),
            "advertised_first_port" => continue,
            "bootstrap_servers" => format!("{bootstrap:?}"),
            "issuer" => format!("\"{}\"\ninsecure_http = true", shared::issuer().url()),
            "jwks_uri" | "discovery_url" => continue,
            "file" if section == "[audit]" => format!("\"{}\"", audit.display()),
            "certificate_file" => made(folder, value, &pair.certificate),
            "key_file" => made(folder, value, &pair.key),
            "ca_file" | "client_ca_file" => made(folder, value, &authority.pem()),
            // The brokers of the tests want no login and no TLS.
            "sasl" => continue,
            _ => value.to_owned(),
        };
        adapted += &format!("{key} = {value}\n");
    }
    if !text.contains("[admin]") {
        adapted += &format!("\n[admin]\nbind = \"127.0.0.1:{admin}\"\n");
    }
    // TLS towards brokers that speak plaintext would never become ready.
    let adapted = without_section(&adapted, "[clusters.upstream.tls]");
    Adapted {
        text: adapted,
        admin,
        audit,
    }
}

/// Writes the file that `value` names, below `folder`; the value.
fn made(folder: &Path, value: &str, content: &str) -> String {
    let name = Path::new(quoted(value))
        .file_name()
        .expect("a file name")
        .to_string_lossy()
        .into_owned();
    folder::write_secret(folder, &name, content);
    format!("\"{name}\"")
}

/// Every host name that a certificate has to cover.
fn hosts(text: &str) -> Vec<String> {
    let keys = ["advertised_host", "bootstrap_host", "broker_host"];
    let assigned = text
        .lines()
        .filter_map(assignment)
        .filter(|(key, _)| keys.contains(key));
    assigned
        .flat_map(|(_, value)| {
            let host = quoted(value);
            let wildcard = host
                .split_once('.')
                .map(|(_, parent)| format!("*.{parent}"));
            let plain = (!host.contains("{n}")).then(|| host.to_owned());
            wildcard.into_iter().chain(plain)
        })
        .collect()
}

fn without_section(text: &str, header: &str) -> String {
    let mut inside = false;
    let kept = text.lines().filter(|line| {
        if line.trim_start().starts_with('[') {
            inside = line.trim_start().starts_with(header);
        }
        !inside
    });
    kept.map(|line| format!("{line}\n")).collect()
}

fn starts(name: &str) {
    let folder = folder::of(&format!("configs_{name}"));
    let path = folder::repository().join("config").join(name);
    let text = fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let adapted = adapt(&text, &folder);
    let config = folder::write(&folder, "oathgate.toml", &adapted.text);
    let (code, said) = oathgate::run(
        &format!("configs_check_{name}"),
        &["check", "--config", config.to_str().expect("UTF-8")],
    );
    assert_eq!(code, 0, "{name}: {said}");
    let mut gate = Oathgate::start(&config, adapted.admin, &adapted.audit);
    gate.expect_warning("configuration"); // What an example is warned about, `check` has said already.
    assert!(gate.is_running());
}

#[test]
fn port_mapping_starts() {
    starts("port-mapping.toml");
}

#[test]
fn sni_mapping_starts() {
    starts("sni-mapping.toml");
}

#[test]
fn two_clusters_starts() {
    starts("two-clusters.toml");
}

#[test]
fn pools_starts() {
    starts("pools.toml");
}

#[test]
fn policies_starts() {
    starts("policies.toml");
}

#[test]
fn the_rules_of_the_example_are_what_its_cases_expect() {
    let folder = folder::of("configs_policy_test");
    let config = folder::repository().join("config");
    let text = fs::read_to_string(config.join("policies.toml")).expect("policies.toml");
    let adapted = adapt(&text, &folder);
    let written = folder::write(&folder, "oathgate.toml", &adapted.text);
    let cases = config.join("cases/policies.toml");
    let test = |name: &str, cases: &Path, format: &str| {
        let arguments = [
            "policy",
            "test",
            "--config",
            written.to_str().expect("UTF-8"),
        ];
        let cases = cases.to_str().expect("UTF-8");
        let arguments = [&arguments[..], &["--file", cases, "--format", format]].concat();
        oathgate::run(&format!("configs_policy_test_{name}"), &arguments)
    };
    let (code, said) = test("good", &cases, "text");
    assert_eq!((code, said.as_str()), (0, "11 cases, 0 failed"));

    let text = fs::read_to_string(&cases).expect("cases");
    let text = text
        .replace(
            "\"payments\"\nexpect = \"deny\"",
            "\"payments\"\nexpect = \"allow\"",
        )
        .replace(
            "DENY ALL on TOPIC:PREFIXED:orders-pii-",
            "DENY READ on TOPIC:LITERAL:x",
        );
    let wrong = folder::write(&folder, "wrong.toml", &text);
    let (code, said) = test("wrong", &wrong, "text");
    assert_eq!(code, 64, "{said}");
    let expected = "and no others: WRITE TOPIC:payments by User:pool-orders on lkc-orders: expected allow, \
                    the rules deny: no rule";
    assert!(said.contains(expected), "{said}");
    let expected = "expected to be decided by: ACL DENY READ on TOPIC:LITERAL:x";
    assert_eq!(said.matches(expected).count(), 2, "{said}");
    assert!(said.ends_with("11 cases, 3 failed"), "{said}");

    let (code, said) = test("json", &wrong, "json");
    let report: serde_json::Value = serde_json::from_str(&said).expect("JSON");
    assert_eq!((code, &report["failed"]), (64, &3.into()), "{said}");
    let failed = &report["outcomes"][3];
    assert_eq!(failed["name"], "and no others", "{said}");
    assert_eq!(failed["decision"], "deny", "{said}");

    let broken = folder::write(&folder, "broken.toml", "[[cases]]\nexpect = \"maybe\"\n");
    let (code, said) = test("broken", &broken, "text");
    assert_eq!(code, 64, "{said}");
    assert!(said.contains("cases[0].expect = \"maybe\""), "{said}");
}

#[test]
fn no_file_is_forgotten() {
    let tested = [
        "oathgate.toml",
        "policies.toml",
        "pools.toml",
        "port-mapping.toml",
        "sni-mapping.toml",
        "two-clusters.toml",
    ];
    let files = fs::read_dir(folder::repository().join("config")).expect("config/");
    let mut files: Vec<String> = files
        .map(|f| {
            f.expect("an entry")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    files.retain(|name| name.ends_with(".toml"));
    files.sort();
    assert_eq!(
        files, tested,
        "a configuration without a test; oathgate.toml is what `init` writes"
    );
}

#[test]
fn what_init_writes_starts() {
    let written = folder::of("configs_init").join("written.toml");
    let path = written.to_str().expect("UTF-8");
    let (code, said) = oathgate::run("configs_init_run", &["init", "--output", path]);
    assert_eq!(code, 0, "{said}");
    let (code, _) = oathgate::run("configs_init_again", &["init", "--output", path]);
    assert_ne!(code, 0, "it must not overwrite");
    let shipped = folder::repository().join("config/oathgate.toml");
    assert_eq!(
        fs::read_to_string(&written).unwrap(),
        fs::read_to_string(shipped).unwrap()
    );
    starts("oathgate.toml");
}

#[test]
fn every_fault_is_listed_and_nothing_is_started() {
    let folder = folder::of("configs_faults");
    let text = "[[listeners]]\nname = \"x\"\nbind = \"nonsense\"\nbrokers = \"neither\"\nsurprise = 1\n\
                [[clusters]]\nid = \"lkc\"\nbootstrap_servers = []\nauthorization = \"maybe\"\n";
    let config = folder::write(&folder, "oathgate.toml", text);
    let config = config.to_str().expect("UTF-8");
    for command in ["check", "serve"] {
        let (code, said) = oathgate::run(
            &format!("configs_faults_{command}"),
            &[command, "--config", config],
        );
        assert_eq!(code, 64, "{said}");
        for path in [
            "listeners[0].bind",
            "listeners[0].brokers",
            "surprise",
            "clusters[0].authorization",
        ] {
            assert!(
                said.contains(path),
                "{command} does not name {path}:\n{said}"
            );
        }
    }
}
