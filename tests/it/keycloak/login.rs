//! `oathgate login`: client credentials of a real Keycloak, and a device code that a person approves in
//! its own pages.

use super::Keycloak;
use crate::harness::{
    folder,
    front::{Front, Prepared, Setup},
    issuer::secret_of,
    oathgate,
    process::Process,
    secrets, shared,
};
use reqwest::{Client, header, redirect};
use std::{
    collections::BTreeMap, fs, os::unix::fs::PermissionsExt, path::Path, process::Command,
    time::Duration,
};

const PATIENCE: Duration = Duration::from_secs(60);

/// The person of the realm.
const PERSON: &str = "alice";
const PASSWORD: &str = "password-of-alice";

/// A configuration whose provider has clients; nothing is started.
fn prepare(name: &str, keycloak: &Keycloak) -> Prepared {
    let kafka = shared::kafka();
    let mut prepared = Setup::new(name).prepare(&**kafka);
    let secret = secret_of("orders-service");
    folder::write_secret(&prepared.folder, "client-secret", &secret);
    prepared.toml = prepared
        .toml
        .replaced(&shared::issuer().url(), &keycloak.issuer())
        .replaced(
            "identity_claim = \"claims.sub\"\n",
            "identity_claim = \"claims.sub\"\nclient_id = \"orders-service\"\nrequest_scopes = \"profile\"\n\
             client_secret_file = \"client-secret\"\nrefresh_token = true\n\
             oidc_clients = [{ client_id = \"oathgate-cli\", component_name = \"cli\", \
             component_namespace = \"people\", extra_scopes = [\"email\"] }]\n",
        );
    fs::write(&prepared.config, prepared.toml.build()).expect("write a configuration");
    prepared
}

/// The secret in `file`, which nobody else may read.
fn secret_in(file: &Path) -> String {
    let mode = fs::metadata(file).expect("a file").permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "{}", file.display());
    let secret = fs::read_to_string(file)
        .expect("a secret")
        .trim()
        .to_owned();
    secrets::register("what login got", &secret);
    secret
}

/// By its credentials, for one who needs nobody.
pub(super) fn by_credentials(front: &Front, keycloak: &Keycloak) {
    let prepared = prepare("keycloak_login", keycloak);
    let config = prepared.config.to_str().expect("UTF-8");
    let file = prepared.folder.join("token");
    // Whoever could read what was there before cannot read what is there now.
    fs::write(&file, "old").expect("write a file");
    let arguments = [
        "login",
        "--config",
        config,
        "--token-file",
        file.to_str().expect("UTF-8"),
    ];
    // Its own client comes first where none is named.
    let (code, output) = oathgate::run("keycloak_login_run", &arguments);
    assert_eq!((code, output.as_str()), (0, ""), "nothing but the file");
    super::logged_in(front, &secret_in(&file));
    let (code, output) = oathgate::run(
        "keycloak_login_nobody",
        &[&arguments[..3], &["--client", "x"]].concat(),
    );
    assert_eq!(code, 64);
    assert!(output.contains("orders-service, people/cli"), "{output}");
    fs::write(prepared.folder.join("client-secret"), "wrong").expect("write a secret");
    let (code, output) = oathgate::run("keycloak_login_refused", &arguments);
    assert_eq!(code, 1);
    assert!(
        output.contains("refuses: ") && !output.contains("wrong"),
        "{output}"
    );
}

/// By a code that a person enters.
pub(super) fn by_a_person(keycloak: &Keycloak) {
    let prepared = prepare("keycloak_device", keycloak);
    let (token, refresh) = (
        prepared.folder.join("token"),
        prepared.folder.join("refresh"),
    );
    let mut command = Command::new(oathgate::binary());
    command
        .args(["login", "--client", "people/cli", "--config"])
        .arg(&prepared.config)
        .arg("--token-file")
        .arg(&token)
        .arg("--refresh-token-file")
        .arg(&refresh);
    let log = prepared.folder.join("login.log");
    let mut login = Process::start("oathgate login", &mut command, &log);
    login.wait_until(PATIENCE, "a link with a code", |lines| {
        lines.iter().any(|line| line.starts_with("or open "))
    });
    let lines = login.lines();
    let link = lines.iter().find_map(|line| line.strip_prefix("or open "));
    shared::runtime().block_on(approve(link.expect("a link")));
    login.succeed(PATIENCE);
    let token = secret_in(&token);
    let payload = token.split('.').nth(1).expect("a payload");
    let payload = base64_url(payload);
    assert!(
        payload.contains("\"preferred_username\":\"alice\""),
        "{payload}"
    );
    assert!(
        payload.contains("email") && payload.contains("offline_access"),
        "{payload}"
    );
    assert!(!secret_in(&refresh).is_empty());
    assert_eq!(secrets::leak(&login.lines().join("\n")), None);
}

fn base64_url(text: &str) -> String {
    use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).expect("base64url");
    String::from_utf8(bytes).expect("UTF-8")
}

/// As a browser goes from `link` to the person's yes: log in, then grant what is asked for.
async fn approve(link: &str) {
    let mut browser = Browser::default();
    let page = browser.open(link, None).await;
    let answers = [("username", PERSON), ("password", PASSWORD)];
    let page = browser.submit(&page, &answers).await;
    let page = browser.submit(&page, &[("accept", "Yes")]).await;
    assert!(
        page.text.contains("Device Login Successful"),
        "{}",
        page.text
    );
}

#[derive(Default)]
struct Browser {
    cookies: BTreeMap<String, String>,
}

struct Page {
    url: reqwest::Url,
    text: String,
}

impl Browser {
    /// The page at `url` after all redirects; `form` is posted to the first.
    async fn open(&mut self, url: &str, form: Option<String>) -> Page {
        let client = Client::builder()
            .no_proxy()
            .redirect(redirect::Policy::none());
        let client = client.build().expect("a browser");
        let mut url: reqwest::Url = url.parse().expect("a URL");
        let mut form = form;
        for _ in 0..10 {
            let request = match form.take() {
                Some(form) => client
                    .post(url.clone())
                    .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
                    .body(form),
                None => client.get(url.clone()),
            };
            let cookies: Vec<_> = self
                .cookies
                .iter()
                .map(|(k, v)| format!("{k}={v}"))
                .collect();
            let request = request.header(header::COOKIE, cookies.join("; "));
            let answer = request.send().await.expect("a page");
            for cookie in answer.headers().get_all(header::SET_COOKIE) {
                let cookie = cookie.to_str().expect("a cookie");
                let pair = cookie.split(';').next().unwrap_or_default();
                let (name, value) = pair.split_once('=').expect("a cookie");
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
            match answer.headers().get(header::LOCATION) {
                Some(location) => {
                    let location = location.to_str().expect("a location");
                    url = url.join(location).expect("a URL");
                }
                None => {
                    let text = answer.text().await.expect("a page");
                    return Page { url, text };
                }
            }
        }
        panic!("redirects without end");
    }

    /// What follows the form of `page` with these fields and its hidden ones.
    async fn submit(&mut self, page: &Page, fields: &[(&str, &str)]) -> Page {
        let form = page.text.split("<form").nth(1);
        let form = form.unwrap_or_else(|| panic!("no form at {}:\n{}", page.url, page.text));
        let form = form.split("</form>").next().unwrap_or_default();
        let action = attribute(form, "action").expect("an action");
        let action = page.url.join(&action).expect("a URL");
        let mut body = String::new();
        let hidden = form
            .split("<input")
            .skip(1)
            .filter(|input| attribute(input, "type").is_some_and(|kind| kind == "hidden"));
        let hidden: Vec<_> = hidden
            .filter_map(|input| Some((attribute(input, "name")?, attribute(input, "value")?)))
            .collect();
        let hidden = hidden
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()));
        for (name, value) in hidden.chain(fields.iter().copied()) {
            if !body.is_empty() {
                body.push('&');
            }
            let encoded: String = percent_encoded(value);
            body.push_str(&format!("{name}={encoded}"));
        }
        self.open(action.as_str(), Some(body)).await
    }
}

/// The value of an attribute in the first tag of `html`.
fn attribute(html: &str, name: &str) -> Option<String> {
    let tag = html.split('>').next()?;
    let value = tag.split(&format!("{name}=\"")).nth(1)?.split('"').next()?;
    Some(value.replace("&amp;", "&"))
}

/// As a form carries it.
fn percent_encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => {
                char::from(byte).to_string()
            }
            _ => format!("%{byte:02X}"),
        })
        .collect()
}
