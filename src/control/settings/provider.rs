//! `[[providers]]`: an issuer that is trusted, and what its tokens must say.

use std::{collections::BTreeMap, ops::RangeInclusive, sync::Arc, time::Duration};

use super::{
    cluster::read_organization,
    finding::Findings,
    introspection,
    material::noted,
    organization::{Defaults, read_audiences},
    pool, schema,
    section::Section,
    surroundings::Surroundings,
    value::{parse_url, show_duration},
};
use crate::{
    control::tls,
    identity::{
        Algorithm, ClaimMapping, ClaimPath, Identities, KeyEndpoint, KeySource, Organization,
        Principal, Provider, ProviderName, Reach, TokenUse,
    },
    limits::{CLOCK_SKEW, CLOCK_SKEW_MAX, TOKEN_LIFETIME_CEILING, TOKEN_LIFETIME_MAX},
};

const CLOCK_SKEWS: RangeInclusive<Duration> = Duration::ZERO..=CLOCK_SKEW_MAX;
const TOKEN_LIFETIMES: RangeInclusive<Duration> = Duration::from_secs(1)..=TOKEN_LIFETIME_CEILING;

/// Identity claim of providers and pools that name none.
const IDENTITY_CLAIM: &str = "claims.sub";

/// Which identities a provider's tokens yield.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Pools,
    Users,
}

/// Reads one provider with its pools.
pub(super) fn read(
    section: &Section<'_>,
    organizations: &BTreeMap<Organization, Defaults>,
    surroundings: &Surroundings<'_>,
    findings: &mut Findings,
) -> Option<Arc<Provider>> {
    let organization = read_organization(section, findings);
    let what = "the provider's name, as in \"keycloak\"";
    let name = section.required_parsed("name", what, ProviderName::parse, findings);
    let issuer = read_issuer(section, findings);
    let defaults = organization
        .as_ref()
        .and_then(|name| organizations.get(name));
    let audiences = audiences(section, defaults, findings);
    let key_source = read_key_source(section, issuer, surroundings, findings);
    let algorithms = read_algorithms(section, findings);
    let clock_skew = section.duration("clock_skew", CLOCK_SKEWS, findings);
    let max_token_lifetime = read_lifetime(section, findings);
    let uses = [
        ("access", TokenUse::Access),
        ("id", TokenUse::Id),
        ("any", TokenUse::Any),
    ];
    let token_use = section
        .choice("token_use", &uses, findings)
        .unwrap_or(TokenUse::Access);
    let introspection = introspection::read(section, surroundings, url_of(section), findings);
    let identity_claim = read_claim(section, "identity_claim", findings);
    let identities = read_identities(section, findings);
    let groups = read_mapping(section, "groups", findings);
    let pools = pool::read_all(section, identity_claim.as_ref(), findings);
    let (mode, identities) = identities?;
    check_pools(section, mode, findings);
    Some(Arc::new(Provider {
        organization: organization?,
        name: name?,
        issuer: issuer?.into(),
        key_source: key_source?,
        audiences: audiences?,
        algorithms,
        clock_skew: clock_skew.unwrap_or(CLOCK_SKEW),
        max_token_lifetime,
        token_use,
        introspection: introspection.map_or(Some(None), |read| read.map(Some))?,
        identities: identities?,
        require_identity_pool: section.flag("require_identity_pool", findings),
        identity_claim: identity_claim?,
        groups,
        pools,
    }))
}

fn read_issuer<'a>(section: &Section<'a>, findings: &mut Findings) -> Option<&'a str> {
    let what = "what tokens carry in `iss`, byte for byte";
    section.required("issuer", what, findings)?;
    read_url(section, "issuer", false, findings)
}

/// Reads URLs of a table within `provider`, by the provider's rule.
fn url_of<'a>(
    provider: &'a Section<'_>,
) -> impl FnOnce(&Section<'_>, &str, &mut Findings) -> Option<String> + 'a {
    move |section, key, findings| {
        let insecure = provider.flag("insecure_http", &mut Findings::default());
        read_url_if(section, key, (true, insecure), findings).map(str::to_owned)
    }
}

/// A URL that is https, or http where the loud name allows it.
fn read_url<'a>(
    section: &Section<'a>,
    key: &str,
    query: bool,
    findings: &mut Findings,
) -> Option<&'a str> {
    let insecure = section.flag("insecure_http", &mut Findings::default());
    read_url_if(section, key, (query, insecure), findings)
}

/// As [`read_url`], by whether there may be a query and whether http will do.
fn read_url_if<'a>(
    section: &Section<'a>,
    key: &str,
    (query, insecure): (bool, bool),
    findings: &mut Findings,
) -> Option<&'a str> {
    let url = section.parsed(key, |text| parse_url(text, query), findings)?;
    // Compared byte for byte later, so it is kept as written, not as the parser spells it.
    let text = section.text(key, findings)?;
    if url.scheme() == "http" && !insecure {
        let problem = "is not https: whoever sits between could replace the keys; write https, or \
                       insecure_http = true for a test";
        findings.fault(&section.path_of(key), text, problem);
    }
    Some(text)
}

fn audiences(
    section: &Section<'_>,
    defaults: Option<&Defaults>,
    findings: &mut Findings,
) -> Option<Vec<String>> {
    if section.has("audiences") {
        return read_audiences(section, findings);
    }
    let inherited = defaults
        .map(|defaults| defaults.audiences.clone())
        .unwrap_or_default();
    if inherited.is_empty() {
        let problem = "is missing, on the organization too: tokens that the issuer made for others \
                       would be accepted; write what `aud` must hold";
        findings.fault(&section.path_of("audiences"), "", problem);
        return None;
    }
    Some(inherited)
}

fn read_key_source(
    section: &Section<'_>,
    issuer: Option<&str>,
    surroundings: &Surroundings<'_>,
    findings: &mut Findings,
) -> Option<KeySource> {
    let insecure_http = section.flag("insecure_http", findings);
    if insecure_http {
        let problem = "keys may come over plain http: whoever sits between can let anybody in";
        findings.warn(&section.path_of("insecure_http"), "true", problem);
    }
    let ca = read_ca(section, surroundings, findings);
    let jwks = read_url(section, "jwks_uri", true, findings);
    let discovery = read_url(section, "discovery_url", true, findings);
    if section.has("jwks_uri") && section.has("discovery_url") {
        let problem = "has no effect beside jwks_uri; keep one of the two";
        findings.fault(&section.path_of("discovery_url"), "", problem);
    }
    let endpoint = match (jwks, discovery) {
        (Some(url), _) => KeyEndpoint::Jwks(url.into()),
        (None, Some(url)) => KeyEndpoint::Discovery(url.into()),
        (None, None) => KeyEndpoint::discovery_of(issuer?),
    };
    Some(KeySource {
        endpoint,
        insecure_http,
        reach: read_reach(section, insecure_http, findings),
        ca,
    })
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
                       itself: addresses are not checked";
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

/// The PEM text of further authorities; absent, or a fault noted, is `None`.
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

fn read_algorithms(section: &Section<'_>, findings: &mut Findings) -> Vec<Algorithm> {
    let Some(items) = section.texts("algorithms", findings) else {
        return Algorithm::ALL.to_vec();
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

fn read_lifetime(section: &Section<'_>, findings: &mut Findings) -> Duration {
    let lifetime = section.duration("max_token_lifetime", TOKEN_LIFETIMES, findings);
    let lifetime = lifetime.unwrap_or(TOKEN_LIFETIME_MAX);
    if lifetime > TOKEN_LIFETIME_MAX {
        let problem = "is long: a stolen token stays good until it expires; prefer hours";
        let path = section.path_of("max_token_lifetime");
        findings.warn(&path, &show_duration(lifetime), problem);
    }
    lifetime
}

/// The claim path at `key`, or `claims.sub`.
fn read_claim(section: &Section<'_>, key: &str, findings: &mut Findings) -> Option<ClaimPath> {
    if section.has(key) {
        return section.parsed(key, str::parse::<ClaimPath>, findings);
    }
    IDENTITY_CLAIM.parse().ok()
}

/// The mode, and what it means; the latter `None` where a fault was noted.
fn read_identities(
    section: &Section<'_>,
    findings: &mut Findings,
) -> Option<(Mode, Option<Identities>)> {
    let modes = [("pools", Mode::Pools), ("users", Mode::Users)];
    let mode = if section.has("identities") {
        section.choice("identities", &modes, findings)?
    } else {
        Mode::Pools
    };
    let username = read_mapping(section, "username", findings);
    let path = section.path_of("username");
    let identities = match mode {
        Mode::Pools if section.has("username") => {
            let problem = "belongs to identities = \"users\"; write that, or remove this";
            findings.fault(&path, "", problem);
            None
        }
        Mode::Pools => Some(Identities::Pools),
        Mode::Users => {
            if !section.has("username") {
                let problem = "is missing; identities = \"users\" needs username = { claim = \
                               \"sub\", prefix = \"...\" }";
                findings.fault(&path, "", problem);
            }
            // If a name as plain as this one is refused at login, every name is.
            let refused = username
                .as_ref()
                .and_then(|username| Principal::user(&format!("{}x", username.prefix)).err());
            if let Some(fault) = refused {
                let problem = format!(
                    "makes every user name one that is refused (USERNAME_RESERVED): a name {fault}"
                );
                findings.fault(&format!("{path}.prefix"), "", problem);
            }
            username.map(|username| Identities::Users { username })
        }
    };
    Some((mode, identities))
}

fn read_mapping(section: &Section<'_>, key: &str, findings: &mut Findings) -> Option<ClaimMapping> {
    let table = section.table(key, schema::CLAIM_MAPPING, findings)?;
    let what = "the claim that names it, as in \"sub\"";
    let claim = table.required_parsed("claim", what, str::parse::<ClaimPath>, findings);
    let what = "what names begin with, as in \"kc:\"; \"\" must be written";
    let prefix = table.required("prefix", what, findings);
    Some(ClaimMapping {
        claim: claim?,
        prefix: prefix?.to_owned(),
    })
}

fn check_pools(section: &Section<'_>, mode: Mode, findings: &mut Findings) {
    if section.has("pools") {
        return;
    }
    let path = section.path_of("pools");
    if mode == Mode::Pools {
        let problem = "is absent, so every login by this provider is refused; add \
                       [[providers.pools]], or write identities = \"users\"";
        findings.warn(&path, "", problem);
    } else if section.flag("require_identity_pool", &mut Findings::default()) {
        let problem = "is absent, and require_identity_pool asks for one: every login is refused; \
                       add [[providers.pools]]";
        findings.warn(&path, "", problem);
    }
}
