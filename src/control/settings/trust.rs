//! What a provider's tokens are verified by: where its keys come from, who may serve them, and which
//! algorithms count.

use std::{ops::RangeInclusive, path::Path, sync::Arc, time::Duration};

use super::{
    finding::Findings,
    material::noted,
    preset::{self, KeysAt, Preset},
    provider::read_url,
    section::Section,
    surroundings::Surroundings,
    value::show_duration,
};
use crate::{
    control::tls,
    identity::{Algorithm, KeyEndpoint, KeySource, Reach},
    limits::{KEY_REFRESH_MAX, KEY_REFRESH_MIN, STALE_KEYS_CEILING, STALE_KEYS_MAX},
};

const REFRESH: RangeInclusive<Duration> = KEY_REFRESH_MIN..=KEY_REFRESH_MAX;
const STALE: RangeInclusive<Duration> = KEY_REFRESH_MIN..=STALE_KEYS_CEILING;

/// The API server's key set, as pods reach it.
const CLUSTER_KEYS: &str = "https://kubernetes.default.svc/openid/v1/jwks";

/// Reads where keys come from.
pub(super) fn read_key_source(
    section: &Section<'_>,
    issuer: Option<&str>,
    preset: Option<&Preset>,
    surroundings: &Surroundings<'_>,
    findings: &mut Findings,
) -> Option<KeySource> {
    let insecure_http = section.flag("insecure_http", findings);
    if insecure_http {
        let problem = "keys may come over plain http: whoever sits between can let anybody in";
        findings.warn(&section.path_of("insecure_http"), "true", problem);
    }
    let ca = read_ca(section, surroundings, findings);
    let token_file = read_token_file(section, surroundings, findings);
    let times = read_times(section, findings);
    let jwks = read_url(section, "jwks_uri", true, findings);
    let discovery = read_url(section, "discovery_url", true, findings);
    if section.has("jwks_uri") && section.has("discovery_url") {
        let problem = "has no effect beside jwks_uri; keep one of the two";
        findings.fault(&section.path_of("discovery_url"), "", problem);
    }
    let keys = preset.map_or(KeysAt::Discovery, |preset| preset.keys);
    let endpoint = match (jwks, discovery) {
        (Some(url), _) => KeyEndpoint::Jwks(url.into()),
        (None, Some(url)) => KeyEndpoint::Discovery(url.into()),
        (None, None) => match keys {
            KeysAt::Cluster if preset::is_in_cluster(issuer?) => {
                let source = in_cluster(section, ca, token_file, surroundings, findings);
                return Some(KeySource {
                    refresh_max: times.refresh_max,
                    stale_max: times.stale_max,
                    ..source
                });
            }
            KeysAt::Tenant(base) => {
                let tenant = preset::tenant_of(issuer?)?;
                KeyEndpoint::discovery_of(&format!("{base}{tenant}"))
            }
            KeysAt::Discovery | KeysAt::Cluster => KeyEndpoint::discovery_of(issuer?),
        },
    };
    Some(KeySource {
        endpoint,
        insecure_http,
        reach: read_reach(section, insecure_http, findings),
        ca,
        token_file,
        refresh_max: times.refresh_max,
        stale_max: times.stale_max,
    })
}

/// How long keys are used.
#[derive(Clone, Copy)]
struct KeyTimes {
    refresh_max: Duration,
    stale_max: Duration,
}

/// Reads how long keys are used: they must be fetched again before they are too old.
fn read_times(section: &Section<'_>, findings: &mut Findings) -> KeyTimes {
    let stale_max = section.duration("stale_keys_max", STALE, findings);
    let stale_max = stale_max.unwrap_or(STALE_KEYS_MAX);
    let refresh_max = section.duration("key_refresh_max", REFRESH, findings);
    if let Some(wanted) = refresh_max.filter(|wanted| *wanted > stale_max) {
        let problem = format!(
            "is longer than stale_keys_max, {}: keys would be too old before they are fetched \
             again; shorten it",
            show_duration(stale_max)
        );
        let path = section.path_of("key_refresh_max");
        findings.fault(&path, &show_duration(wanted), problem);
    }
    KeyTimes {
        refresh_max: refresh_max.unwrap_or(KEY_REFRESH_MAX.min(stale_max)),
        stale_max,
    }
}

/// Keys from the API server of the cluster Oathgate runs in, by what the pod's service account has.
fn in_cluster(
    section: &Section<'_>,
    ca: Option<Arc<[u8]>>,
    token_file: Option<Arc<Path>>,
    surroundings: &Surroundings<'_>,
    findings: &mut Findings,
) -> KeySource {
    let ca = ca.or_else(|| {
        let file = surroundings.service_account.join("ca.crt");
        let pem = super::surroundings::read_bounded(&file).ok();
        let pem = pem.filter(|pem| tls::parse_authorities(pem).is_ok());
        if pem.is_none() {
            let problem = "is not set, and there is none of a service account: outside of a cluster \
                           its keys cannot be fetched";
            findings.warn(&section.path_of("ca_file"), &file.display().to_string(), problem);
        }
        pem.map(|pem| pem.as_slice().into())
    });
    let own = || surroundings.service_account.join("token").into();
    KeySource {
        endpoint: KeyEndpoint::Jwks(CLUSTER_KEYS.into()),
        insecure_http: false,
        // The API server has an address of the cluster's own network.
        reach: Reach::Private,
        ca,
        token_file: Some(token_file.unwrap_or_else(own)),
        refresh_max: KEY_REFRESH_MAX,
        stale_max: STALE_KEYS_MAX,
    }
}

/// The file whose content is shown to who serves the keys; read anew at each fetch, for such tokens
/// are short-lived.
fn read_token_file(
    section: &Section<'_>,
    surroundings: &Surroundings<'_>,
    findings: &mut Findings,
) -> Option<Arc<Path>> {
    let file = section.text("jwks_token_file", findings)?;
    let path = section.path_of("jwks_token_file");
    if !section.has("jwks_uri") {
        let problem = "needs jwks_uri: a token is shown to a server that you name, not to one that \
                       a document names";
        findings.fault(&path, file, problem);
    }
    surroundings.private_file(section, "jwks_token_file", findings)?;
    Some(surroundings.resolve(file).into())
}

/// Which addresses the provider may be reached at.
fn read_reach(section: &Section<'_>, insecure_http: bool, findings: &mut Findings) -> Reach {
    let private = section.flag("allow_private_addresses", findings);
    let proxy = section.flag("proxy_from_environment", findings);
    if private {
        let problem = "the provider's host may have a private or loopback address: whoever rules \
                       its DNS can have Oathgate fetch from servers of this network";
        findings.warn(&section.path_of("allow_private_addresses"), "true", problem);
    }
    if proxy {
        let problem = "the provider is reached by the proxy of HTTPS_PROXY, which resolves names \
                       itself: its addresses are not checked";
        findings.warn(&section.path_of("proxy_from_environment"), "true", problem);
    }
    match (proxy, private, insecure_http) {
        (true, ..) => Reach::EnvironmentProxy,
        (false, true, _) => Reach::Private,
        // Plain http is for tests, whose providers are on this machine.
        (false, false, true) => Reach::Loopback,
        (false, false, false) => Reach::Public,
    }
}

/// The PEM text of the provider's authorities; absent, or a fault noted, is `None`.
fn read_ca(
    section: &Section<'_>,
    surroundings: &Surroundings<'_>,
    findings: &mut Findings,
) -> Option<Arc<[u8]>> {
    let pem = surroundings.file(section, "ca_file", findings)?;
    let file = section.text("ca_file", findings)?;
    noted(
        tls::parse_authorities(&pem),
        &section.path_of("ca_file"),
        file,
        findings,
    )?;
    Some(pem.as_slice().into())
}

/// Reads the algorithms that count.
pub(super) fn read_algorithms(
    section: &Section<'_>,
    preset: Option<&Preset>,
    findings: &mut Findings,
) -> Vec<Algorithm> {
    let Some(items) = section.texts("algorithms", findings) else {
        let known = preset.map_or(&Algorithm::ALL[..], |preset| preset.algorithms);
        return known.to_vec();
    };
    if items.is_empty() {
        let problem = "is empty, so no token could be accepted; name algorithms, or remove it";
        findings.fault(&section.path_of("algorithms"), "", problem);
    }
    let mut algorithms = Vec::new();
    for item in items {
        match Algorithm::parse(item.text) {
            Some(algorithm) => algorithms.push(algorithm),
            None => {
                let all: Vec<&str> = Algorithm::ALL.iter().map(|known| known.name()).collect();
                let problem = format!(
                    "is not an algorithm that can be trusted (never `none`, never a shared secret); \
                     there are: {}",
                    all.join(", ")
                );
                findings.fault(&item.path, item.text, problem);
            }
        }
    }
    algorithms
}
