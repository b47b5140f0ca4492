//! The form of audit events: CloudEvents 1.0 in JSON, one a line. Pure.

use serde::Serialize;

/// How a login ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Outcome {
    /// The session may begin, or goes on after its re-authentication.
    Success,
    /// The client was told that its token is bad (error 58).
    Refused,
    /// The connection was closed without an answer: not the token's fault, clients retry.
    Closed,
}

/// One login or re-authentication. Strings as they are, whatever they hold; no token, no secret.
#[derive(Clone, Debug)]
pub struct Login {
    /// When it was decided, in milliseconds since the Unix epoch.
    pub time_millis: i64,
    /// The login id that the client was told.
    pub login_id: String,
    /// Whether a session that exists already authenticated anew.
    pub reauthentication: bool,
    /// How it ended.
    pub outcome: Outcome,
    /// The reason code, unless it succeeded.
    pub reason: Option<&'static str>,
    /// What exactly was wrong; for operators, never told to the client.
    pub detail: Option<String>,
    /// The organization, once it is known.
    pub organization: Option<String>,
    /// The identity provider's name, once it is known.
    pub provider: Option<String>,
    /// The identity claim's value; only from a token whose signature held, as the next three.
    pub identity: Option<String>,
    /// The token's `sub`.
    pub subject: Option<String>,
    /// The token's `azp` or `client_id`.
    pub client_id: Option<String>,
    /// The token's `jti`.
    pub jti: Option<String>,
    /// All principals of the session, as `User:…` and `Group:…`, the primary one first.
    pub principals: Vec<String>,
    /// The logical cluster, once it is known.
    pub cluster: Option<String>,
    /// The credential towards the brokers, e.g. `SCRAM-SHA-512 oathgate`.
    pub upstream_identity: Option<String>,
    /// The listener's name.
    pub listener: String,
    /// The client's address and port.
    pub peer_address: String,
    /// Client software name and version of its ApiVersions request, e.g. `librdkafka 2.12.1`.
    pub client_software: Option<String>,
}

/// The end of a session that began with a successful login.
#[derive(Clone, Debug)]
pub struct SessionEnd {
    /// When it ended, in milliseconds since the Unix epoch.
    pub time_millis: i64,
    /// The login id it began with.
    pub login_id: String,
    /// The reason code.
    pub reason: &'static str,
    /// The primary principal.
    pub principal: String,
    /// The logical cluster.
    pub cluster: String,
    /// The listener's name.
    pub listener: String,
    /// The client's address and port.
    pub peer_address: String,
}

/// An operation that a session's rights did not give, once or several times.
#[derive(Clone, Debug)]
pub struct Denial {
    /// When it was last asked for, in milliseconds since the Unix epoch.
    pub time_millis: i64,
    /// The login id that the session began with.
    pub login_id: String,
    /// The principals that were looked up, as `User:…` and `Group:…`, the primary one first.
    pub principals: Vec<String>,
    /// The logical cluster.
    pub cluster: String,
    /// The API of the request, e.g. `Produce`.
    pub api: &'static str,
    /// The operation, e.g. `WRITE`.
    pub operation: &'static str,
    /// The type of resource, e.g. `TOPIC`.
    pub resource_type: &'static str,
    /// The resource's name.
    pub resource_name: String,
    /// The rule that decided, or `no rule`.
    pub rule: String,
    /// Whether it was only tried (`shadow`): the request was not stopped.
    pub shadow: bool,
    /// How many times since it was told last.
    pub count: u64,
    /// Whether those were of several resources, of which the last is named.
    pub several: bool,
    /// The listener's name.
    pub listener: String,
    /// The client's address and port.
    pub peer_address: String,
}

/// What the audit stream tells.
#[derive(Clone, Debug)]
pub enum Event {
    /// A login or re-authentication.
    Login(Box<Login>),
    /// The end of a session.
    SessionEnd(Box<SessionEnd>),
    /// An operation was denied.
    Denial(Box<Denial>),
    /// Events that the stream had to leave out since the last line.
    Dropped {
        /// When that was noticed, in milliseconds since the Unix epoch.
        time_millis: i64,
        /// How many.
        events: u64,
    },
}

/// Attributes of CloudEvents 1.0 (section 3.1) around `data`.
#[derive(Serialize)]
struct Envelope<'a, D> {
    specversion: &'static str,
    id: &'a str,
    source: &'static str,
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<&'a str>,
    time: String,
    datacontenttype: &'static str,
    data: D,
}

/// The shape of Confluent Cloud's audit events, so that their readers need few changes.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LoginData<'a> {
    service_name: &'static str,
    method_name: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource_name: Option<&'a str>,
    authentication_info: AuthenticationInfo<'a>,
    request: Request<'a>,
    result: LoginResult<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AuthenticationInfo<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    principal: Option<&'a str>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    principals: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    organization: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    provider: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    identity: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    jti: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    upstream_identity: Option<&'a str>,
    mechanism: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Request<'a> {
    login_id: &'a str,
    listener: &'a str,
    peer_address: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_software: Option<&'a str>,
}

#[derive(Serialize)]
struct LoginResult<'a> {
    status: Outcome,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SessionEndData<'a> {
    service_name: &'static str,
    method_name: &'static str,
    resource_name: &'a str,
    principal: &'a str,
    request: Request<'a>,
    result: EndResult,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct DenialData<'a> {
    service_name: &'static str,
    method_name: &'a str,
    resource_name: &'a str,
    authentication_info: DeniedPrincipals<'a>,
    authorization_info: AuthorizationInfo<'a>,
    request: Request<'a>,
    count: u64,
    several: bool,
}

#[derive(Serialize)]
struct DeniedPrincipals<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    principal: Option<&'a str>,
    principals: &'a [String],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AuthorizationInfo<'a> {
    granted: bool,
    shadow: bool,
    operation: &'static str,
    resource_type: &'static str,
    resource_name: &'a str,
    rule: &'a str,
}

#[derive(Serialize)]
struct EndResult {
    reason: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct DroppedData {
    service_name: &'static str,
    message: String,
    events: u64,
}

const SERVICE: &str = "oathgate";

impl Event {
    /// Appends the event as one line of JSON with its line feed. `id` must be unique.
    ///
    /// # Errors
    /// None for these types, but serialization has a signature that may.
    pub(super) fn write(&self, id: &str, out: &mut Vec<u8>) -> serde_json::Result<()> {
        match self {
            Self::Login(login) => login.write(id, out)?,
            Self::SessionEnd(end) => end.write(id, out)?,
            Self::Denial(denial) => denial.write(id, out)?,
            Self::Dropped {
                time_millis,
                events,
            } => {
                let data = DroppedData {
                    service_name: SERVICE,
                    message: format!("{events} events dropped"),
                    events: *events,
                };
                let kind = "io.oathgate/audit-dropped";
                serde_json::to_writer(&mut *out, &envelope(id, kind, None, *time_millis, data))?;
            }
        }
        out.push(b'\n');
        Ok(())
    }
}

impl Login {
    fn write(&self, id: &str, out: &mut Vec<u8>) -> serde_json::Result<()> {
        let principal = self.principals.first().map(String::as_str);
        let data = LoginData {
            service_name: SERVICE,
            method_name: if self.reauthentication {
                "kafka.Reauthentication"
            } else {
                "kafka.Authentication"
            },
            resource_name: self.cluster.as_deref(),
            authentication_info: AuthenticationInfo {
                principal,
                principals: &self.principals,
                organization: self.organization.as_deref(),
                provider: self.provider.as_deref(),
                identity: self.identity.as_deref(),
                subject: self.subject.as_deref(),
                client_id: self.client_id.as_deref(),
                jti: self.jti.as_deref(),
                upstream_identity: self.upstream_identity.as_deref(),
                mechanism: "OAUTHBEARER",
            },
            request: Request {
                login_id: &self.login_id,
                listener: &self.listener,
                peer_address: &self.peer_address,
                client_software: self.client_software.as_deref(),
            },
            result: LoginResult {
                status: self.outcome,
                reason: self.reason,
                message: self.detail.as_deref(),
            },
        };
        let kind = "io.oathgate/authentication";
        serde_json::to_writer(out, &envelope(id, kind, principal, self.time_millis, data))
    }
}

impl SessionEnd {
    fn write(&self, id: &str, out: &mut Vec<u8>) -> serde_json::Result<()> {
        let data = SessionEndData {
            service_name: SERVICE,
            method_name: "kafka.SessionEnd",
            resource_name: &self.cluster,
            principal: &self.principal,
            request: Request {
                login_id: &self.login_id,
                listener: &self.listener,
                peer_address: &self.peer_address,
                client_software: None,
            },
            result: EndResult {
                reason: self.reason,
            },
        };
        let kind = "io.oathgate/session-end";
        let subject = Some(self.principal.as_str());
        serde_json::to_writer(out, &envelope(id, kind, subject, self.time_millis, data))
    }
}

impl Denial {
    fn write(&self, id: &str, out: &mut Vec<u8>) -> serde_json::Result<()> {
        let principal = self.principals.first().map(String::as_str);
        let method_name = format!("kafka.{}", self.api);
        let data = DenialData {
            service_name: SERVICE,
            method_name: &method_name,
            resource_name: &self.cluster,
            authentication_info: DeniedPrincipals {
                principal,
                principals: &self.principals,
            },
            authorization_info: AuthorizationInfo {
                granted: self.shadow,
                shadow: self.shadow,
                operation: self.operation,
                resource_type: self.resource_type,
                resource_name: &self.resource_name,
                rule: &self.rule,
            },
            request: Request {
                login_id: &self.login_id,
                listener: &self.listener,
                peer_address: &self.peer_address,
                client_software: None,
            },
            count: self.count,
            several: self.several,
        };
        let kind = "io.oathgate/authorization";
        serde_json::to_writer(out, &envelope(id, kind, principal, self.time_millis, data))
    }
}

fn envelope<'a, D>(
    id: &'a str,
    kind: &'static str,
    subject: Option<&'a str>,
    time_millis: i64,
    data: D,
) -> Envelope<'a, D> {
    Envelope {
        specversion: "1.0",
        id,
        source: "/oathgate",
        kind,
        // CloudEvents knows no empty subject.
        subject: subject.filter(|subject| !subject.is_empty()),
        time: rfc3339(time_millis),
        datacontenttype: "application/json",
        data,
    }
}

/// `2026-01-02T03:04:05.678Z` (RFC 3339). Years outside 0..=9999 are written with more digits.
fn rfc3339(millis: i64) -> String {
    let (days, in_day) = (millis.div_euclid(86_400_000), millis.rem_euclid(86_400_000));
    let (year, month, day) = civil(days);
    let (hour, minute) = (in_day / 3_600_000, in_day / 60_000 % 60);
    let (second, milli) = (in_day / 1000 % 60, in_day % 1000);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milli:03}Z")
}

/// Days since 1970-01-01 as year, month and day of the proleptic Gregorian calendar, counted in
/// eras of 400 years that begin on 1 March, so that the leap day is the last day of its year.
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let in_era = shifted.rem_euclid(146_097);
    let year_of_era = (in_era - in_era / 1460 + in_era / 36_524 - in_era / 146_096) / 365;
    let day_of_year = in_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 {
        march_month + 3
    } else {
        march_month - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
pub(super) mod tests {
    use serde_json::{Value, json};

    use super::*;

    pub(in crate::telemetry) fn login(login_id: &str) -> Event {
        Event::Login(Box::new(Login {
            time_millis: 1_767_323_045_678,
            login_id: login_id.to_owned(),
            reauthentication: false,
            outcome: Outcome::Refused,
            reason: Some("POOL_NO_MATCH"),
            detail: Some("no pool of keycloak matches".to_owned()),
            organization: Some("default".to_owned()),
            provider: Some("keycloak".to_owned()),
            identity: Some("svc".to_owned()),
            subject: Some("svc".to_owned()),
            client_id: None,
            jti: Some("j-1".to_owned()),
            principals: vec!["User:pool-a".to_owned(), "Group:g".to_owned()],
            cluster: Some("lkc-a".to_owned()),
            upstream_identity: None,
            listener: "public".to_owned(),
            peer_address: "127.0.0.1:1".to_owned(),
            client_software: Some("librdkafka 2.12.1".to_owned()),
        }))
    }

    fn written(event: &Event) -> String {
        let mut out = Vec::new();
        event.write("e-1", &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_login_is_a_cloud_event() {
        let seen: Value = serde_json::from_str(&written(&login("l-1"))).unwrap();
        let expected = json!({
            "specversion": "1.0", "id": "e-1", "source": "/oathgate",
            "type": "io.oathgate/authentication", "subject": "User:pool-a",
            "time": "2026-01-02T03:04:05.678Z", "datacontenttype": "application/json",
            "data": {
                "serviceName": "oathgate", "methodName": "kafka.Authentication",
                "resourceName": "lkc-a",
                "authenticationInfo": {
                    "principal": "User:pool-a", "principals": ["User:pool-a", "Group:g"],
                    "organization": "default", "provider": "keycloak", "identity": "svc",
                    "subject": "svc", "jti": "j-1", "mechanism": "OAUTHBEARER",
                },
                "request": {
                    "loginId": "l-1", "listener": "public", "peerAddress": "127.0.0.1:1",
                    "clientSoftware": "librdkafka 2.12.1",
                },
                "result": {
                    "status": "REFUSED", "reason": "POOL_NO_MATCH",
                    "message": "no pool of keycloak matches",
                },
            },
        });
        assert_eq!(seen, expected);
    }

    #[test]
    fn control_characters_stay_inside_their_string() {
        let hostile = "a\nb\r\"\u{0}\u{1b}";
        let line = written(&login(hostile));
        assert_eq!(line.matches('\n').count(), 1, "{line}");
        assert!(line.ends_with('\n'));
        assert!(
            !line.trim_end().contains(|c: char| c.is_ascii_control()),
            "{line}"
        );
        let seen: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(seen["data"]["request"]["loginId"], hostile);
    }

    #[test]
    fn the_end_of_a_session_names_its_login() {
        let end = Event::SessionEnd(Box::new(SessionEnd {
            time_millis: 0,
            login_id: "l-1".to_owned(),
            reason: "TOKEN_EXPIRED",
            principal: "User:pool-a".to_owned(),
            cluster: "lkc-a".to_owned(),
            listener: "public".to_owned(),
            peer_address: "127.0.0.1:1".to_owned(),
        }));
        let seen: Value = serde_json::from_str(&written(&end)).unwrap();
        assert_eq!(seen["type"], "io.oathgate/session-end");
        assert_eq!(seen["data"]["request"]["loginId"], "l-1");
        assert_eq!(seen["data"]["result"]["reason"], "TOKEN_EXPIRED");
    }

    #[test]
    fn times_are_written_by_the_calendar() {
        for (millis, text) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (-1, "1969-12-31T23:59:59.999Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (951_868_799_999, "2000-02-29T23:59:59.999Z"),
            (951_868_800_000, "2000-03-01T00:00:00.000Z"),
            (1_767_323_045_678, "2026-01-02T03:04:05.678Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
        ] {
            assert_eq!(rfc3339(millis), text);
        }
        // The ends of the range do not overflow.
        assert!(rfc3339(i64::MAX).starts_with("292278994-08-17"));
        assert!(rfc3339(i64::MIN).ends_with('Z'));
    }
}
