//! Keycloak, the real one, from Maven Central: one realm of this repository, everything in memory, on
//! loopback. Its start takes a minute, so a run of the tests has one.

use super::{folder, issuer::secret_of, ports, process::Process, secrets, shared, tools};
use serde_json::{Value, json};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    thread,
    time::{Duration, Instant},
};

/// Longest that a start may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(240);

/// The administrator of the whole server.
const ADMIN: &str = "admin";
const ADMIN_PASSWORD: &str = "admin-of-keycloak";

pub(crate) struct Keycloak {
    port: u16,
    home: PathBuf,
    folder: PathBuf,
    process: Option<Process>,
    http: reqwest::Client,
}

impl Keycloak {
    /// Starts it and waits until the realm answers; its files and log go to `folder`.
    pub(crate) fn start(folder: &Path) -> Self {
        for client in ["orders-service", "payroll-service", "oathgate"] {
            secrets::register(&format!("the secret of {client}"), &secret_of(client));
        }
        // Only the first of a process counts, and every one is the same.
        drop(rustls::crypto::aws_lc_rs::default_provider().install_default());
        let home = unpack(folder);
        let mut keycloak = Self {
            port: ports::one(),
            home,
            folder: folder.to_owned(),
            process: None,
            http: reqwest::Client::builder()
                .no_proxy()
                .build()
                .expect("an HTTP client"),
        };
        keycloak.run();
        keycloak
    }

    /// What tokens carry in `iss`.
    pub(crate) fn issuer(&self) -> String {
        format!("{}/realms/kafka", self.base())
    }

    /// Where its URLs begin.
    pub(crate) fn base(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The text at `url`.
    pub(crate) fn get(&self, url: &str) -> String {
        let text = async { self.http.get(url).send().await?.text().await };
        let text: Result<String, reqwest::Error> = shared::runtime().block_on(text);
        text.expect("a document of Keycloak")
    }

    pub(crate) fn token_endpoint(&self) -> String {
        format!("{}/protocol/openid-connect/token", self.issuer())
    }

    /// Ends it. What was changed since the realm was read, its keys among it, is gone.
    pub(crate) fn stop(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.signal("TERM");
            process.wait_exit(Duration::from_secs(60));
        }
    }

    /// Runs it, on the same port, and waits until the realm answers.
    pub(crate) fn run(&mut self) {
        let (management, port) = (ports::one(), self.port);
        let mut command = Command::new("bash");
        command
            .arg(self.home.join("bin/kc.sh"))
            .args([
                "start-dev",
                "--db=dev-mem",
                "--import-realm",
                "--cache=local",
            ])
            .args(["--http-host=127.0.0.1", "--health-enabled=false"])
            .arg(format!("--http-port={port}"))
            .arg(format!("--http-management-port={management}"))
            .env("KC_BOOTSTRAP_ADMIN_USERNAME", ADMIN)
            .env("KC_BOOTSTRAP_ADMIN_PASSWORD", ADMIN_PASSWORD)
            .env("JAVA_OPTS_KC_HEAP", "-Xms64m -Xmx400m")
            .env("JAVA_OPTS_APPEND", "-XX:TieredStopAtLevel=1");
        let log = self.folder.join("keycloak.log");
        let mut process = Process::start("keycloak", &mut command, &log);
        let until = Instant::now() + PATIENCE;
        let document = format!("{}/.well-known/openid-configuration", self.issuer());
        while !self.answers(&document) {
            let ended = process.try_exit();
            assert!(
                ended.is_none() && Instant::now() < until,
                "keycloak is not ready: {ended:?}; see {}",
                log.display()
            );
            thread::sleep(Duration::from_millis(500));
        }
        self.process = Some(process);
    }

    fn answers(&self, url: &str) -> bool {
        let answer = shared::runtime().block_on(self.http.get(url).send());
        answer.is_ok_and(|answer| answer.status() == 200)
    }

    /// An access token of the client `id`, by its client credentials.
    pub(crate) fn token(&self, id: &str) -> String {
        let secret = secret_of(id);
        let form = format!("grant_type=client_credentials&client_id={id}&client_secret={secret}");
        self.fetch_token(&self.token_endpoint(), form)
    }

    /// Adds an RSA key that tokens are signed with from now on; the older ones stay published.
    pub(crate) fn rotate(&self) {
        let form = format!(
            "grant_type=password&client_id=admin-cli&username={ADMIN}&password={ADMIN_PASSWORD}"
        );
        let base = format!("http://127.0.0.1:{}", self.port);
        let endpoint = format!("{base}/realms/master/protocol/openid-connect/token");
        let token = self.fetch_token(&endpoint, form);
        // Above every key before.
        let priority = oathgate::clock::UnixTime::now().as_secs().to_string();
        let component = json!({
            "name": format!("rotated-{priority}"), "providerId": "rsa-generated",
            "providerType": "org.keycloak.keys.KeyProvider",
            "config": { "priority": [priority], "enabled": ["true"], "active": ["true"] },
        });
        let request = self
            .http
            .post(format!("{base}/admin/realms/kafka/components"))
            .header("authorization", format!("Bearer {token}"))
            .header("content-type", "application/json")
            .body(component.to_string());
        let answer = shared::runtime().block_on(request.send());
        assert_eq!(answer.expect("an answer").status(), 201, "a new key");
    }

    /// Takes back what `token` was good for, at Keycloak.
    pub(crate) fn revoke(&self, id: &str, token: &str) {
        let secret = secret_of(id);
        let form = format!("token={token}&client_id={id}&client_secret={secret}");
        let endpoint = format!("{}/protocol/openid-connect/revoke", self.issuer());
        self.post(&endpoint, form);
    }

    fn fetch_token(&self, endpoint: &str, form: String) -> String {
        let answer: Value = serde_json::from_str(&self.post(endpoint, form)).expect("JSON");
        let token = answer["access_token"].as_str().expect("a token").to_owned();
        secrets::register("a token of keycloak", &token);
        token
    }

    fn post(&self, url: &str, form: String) -> String {
        shared::runtime().block_on(async {
            let request = self
                .http
                .post(url)
                .header("content-type", "application/x-www-form-urlencoded")
                .body(form);
            let answer = request.send().await.expect("an answer of keycloak");
            assert_eq!(answer.status(), 200, "{url}");
            answer.text().await.expect("a body")
        })
    }
}

impl Drop for Keycloak {
    fn drop(&mut self) {
        // The script passes a TERM on to its JVM, but cannot pass on a KILL.
        self.stop();
    }
}

/// A copy of the distribution with the realm in it: it writes into its own folder.
fn unpack(folder: &Path) -> PathBuf {
    let built = tools::build("keycloak", "keycloak", &["dependency:unpack-dependencies"]);
    let home = folder.join("home");
    let copied = Command::new("cp")
        .arg("-a")
        .arg(built.join("libs/keycloak-26.7.3"))
        .arg(&home)
        .status();
    assert!(copied.expect("run cp").success(), "copy keycloak");
    let import = home.join("data/import");
    fs::create_dir_all(&import).expect("create the folder of realms");
    let realm = folder::repository().join("tests/it/keycloak/realm.json");
    fs::copy(realm, import.join("realm.json")).expect("copy the realm");
    home
}
