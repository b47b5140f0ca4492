//! `[[providers]]`: an issuer that is trusted, and what its tokens must say.

use std::{collections::BTreeMap, ops::RangeInclusive, sync::Arc, time::Duration};

use super::{
    claim_mapping,
    cluster::read_organization,
    finding::Findings,
    introspection,
    organization::{Defaults, read_audiences},
    pool,
    preset::{PRESETS, Preset},
    revocation,
    section::Section,
    shared_issuer,
    surroundings::Surroundings,
    token_request::{self, read_scopes},
    trust, validation_rule,
    value::{parse_url, show_duration},
};
use crate::{
    identity::{
        Audiences, ClaimPath, Identities, Organization, Pin, Pool, Provider, ProviderName,
        Revocations, TokenUse,
    },
    limits::{
        CLOCK_SKEW, CLOCK_SKEW_MAX, TOKEN_LIFETIME_CEILING, TOKEN_LIFETIME_LONG, TOKEN_LIFETIME_MAX,
    },
};

const CLOCK_SKEWS: RangeInclusive<Duration> = Duration::ZERO..=CLOCK_SKEW_MAX;
const TOKEN_LIFETIMES: RangeInclusive<Duration> = Duration::from_secs(1)..=TOKEN_LIFETIME_CEILING;
const REMAINING: RangeInclusive<Duration> = Duration::ZERO..=Duration::from_secs(300);

/// Identity claim of providers and pools that name none.
const IDENTITY_CLAIM: &str = "claims.sub";

/// Longest `display_name` and `description`, in bytes.
const DISPLAY_NAME_MAX: usize = 128;
const DESCRIPTION_MAX: usize = 1024;

/// What a provider is read with beside its own section.
#[derive(Clone, Copy)]
pub(super) struct Surrounded<'a> {
    /// Defaults of organizations.
    pub(super) organizations: &'a BTreeMap<Organization, Defaults>,
    /// What is revoked.
    pub(super) revocations: &'a revocation::ByProvider,
    /// Files, environment, time.
    pub(super) surroundings: &'a Surroundings<'a>,
}

/// Which identities a provider's tokens yield.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Pools,
    Users,
}

/// What else is read by.
#[derive(Clone, Copy)]
struct Basics<'a> {
    issuer: Option<&'a str>,
    preset: Option<&'a Preset>,
    mode: Option<Mode>,
    identity_claim: Option<&'a ClaimPath>,
}

/// Reads one provider with its pools.
pub(super) fn read(
    section: &Section<'_>,
    surrounded: &Surrounded<'_>,
    findings: &mut Findings,
) -> Option<Arc<Provider>> {
    let preset = section.choice("type", PRESETS, findings);
    let identity_claim = read_claim(section, preset.as_ref(), findings);
    let modes = [("pools", Mode::Pools), ("users", Mode::Users)];
    let mode = if section.has("identities") {
        section.choice("identities", &modes, findings)
    } else {
        Some(Mode::Pools)
    };
    let basics = Basics {
        issuer: read_issuer(section, preset.as_ref(), findings),
        preset: preset.as_ref(),
        mode,
        identity_claim: identity_claim.as_ref(),
    };
    check_pools(section, mode, findings);
    let provider = read_with(section, surrounded, basics, findings)?;
    shared_issuer::check(section, &provider, findings);
    Some(Arc::new(provider))
}

fn read_with(
    section: &Section<'_>,
    surrounded: &Surrounded<'_>,
    basics: Basics<'_>,
    findings: &mut Findings,
) -> Option<Provider> {
    let Basics { issuer, preset, .. } = basics;
    let surroundings = surrounded.surroundings;
    let organization = read_organization(section, findings);
    let what = "the provider's name, as in \"keycloak\"";
    let name = section.required_parsed("name", what, ProviderName::parse, findings);
    let display_name = read_text(section, "display_name", DISPLAY_NAME_MAX, findings)
        .or_else(|| name.as_ref().map(ToString::to_string));
    let pools = pool::read_all(section, basics.identity_claim, findings);
    let defaults = organization
        .as_ref()
        .and_then(|name| surrounded.organizations.get(name));
    let audiences = audiences(section, defaults, basics, &pools, findings);
    let key_source = trust::read_key_source(section, issuer, preset, surroundings, findings);
    let identities = read_identities(section, basics, findings);
    let min_remaining = section.duration("min_remaining", REMAINING, findings);
    let clock_skew = section.duration("clock_skew", CLOCK_SKEWS, findings);
    let introspection = introspection::read(section, surroundings, url_of(section), findings);
    let yields_users = basics.mode != Some(Mode::Pools);
    let (described, revoked) = (
        read_text(section, "description", DESCRIPTION_MAX, findings),
        revocations(&organization, &name, surrounded),
    );
    // Whatever is read below has its default, so that every fault is noted before one ends this.
    let read = Provider {
        description: described.unwrap_or_default(),
        enabled: read_enabled(section, findings),
        required_scopes: read_scopes(section, "required_scopes", findings),
        algorithms: trust::read_algorithms(section, preset, findings),
        clock_skew: clock_skew.unwrap_or(CLOCK_SKEW),
        max_token_lifetime: read_lifetime(section, findings),
        min_remaining,
        require_bound: section.flag("require_bound", findings),
        token_use: read_token_use(section, preset, findings),
        require_identity_pool: section.flag("require_identity_pool", findings),
        groups: claim_mapping::read_groups(section, preset, findings),
        claim_rules: validation_rule::read_claim_rules(section, findings),
        user_rules: validation_rule::read_user_rules(section, yields_users, findings),
        requests: token_request::read(section, surroundings, findings),
        revocations: revoked,
        pools,
        organization: organization?,
        name: name?,
        display_name: display_name?,
        issuer: issuer?.into(),
        key_source: key_source?,
        audiences: audiences?,
        introspection: introspection.map_or(Some(None), |read| read.map(Some))?,
        identities: identities?,
        identity_claim: basics.identity_claim?.clone(),
    };
    Some(read)
}

fn revocations(
    organization: &Option<Organization>,
    name: &Option<ProviderName>,
    surrounded: &Surrounded<'_>,
) -> Revocations {
    let key = organization.as_ref().zip(name.as_ref());
    let key = key.map(|(organization, name)| (organization.to_string(), name.to_string()));
    let revoked = key.and_then(|key| surrounded.revocations.get(&key));
    revoked.cloned().unwrap_or_default()
}

fn read_issuer<'a>(
    section: &Section<'a>,
    preset: Option<&Preset>,
    findings: &mut Findings,
) -> Option<&'a str> {
    let what = "what tokens carry in `iss`, byte for byte";
    section.required("issuer", what, findings)?;
    let issuer = read_url(section, "issuer", false, findings)?;
    if let Some(problem) = preset.and_then(|preset| preset.issuer_fault(issuer)) {
        findings.fault(&section.path_of("issuer"), issuer, problem);
    }
    Some(issuer)
}

/// Reads URLs of a table within `provider`, by the provider's rule.
fn url_of<'a>(
    provider: &'a Section<'_>,
) -> impl Fn(&Section<'_>, &str, &mut Findings) -> Option<String> + 'a {
    move |section, key, findings| {
        let insecure = provider.flag("insecure_http", &mut Findings::default());
        read_url_if(section, key, (true, insecure), findings).map(str::to_owned)
    }
}

/// A URL that is https, or http where the loud name allows it.
pub(super) fn read_url<'a>(
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

/// The audiences of the provider, else of its organization; else the filter of every pool must pin
/// `aud`.
fn audiences(
    section: &Section<'_>,
    defaults: Option<&Defaults>,
    basics: Basics<'_>,
    pools: &[Pool],
    findings: &mut Findings,
) -> Option<Audiences> {
    let path = section.path_of("audiences");
    if section.has("audiences") {
        let audiences = read_audiences(section, findings)?;
        for audience in &audiences {
            if let Some(problem) = basics
                .preset
                .and_then(|preset| preset.audience_warning(audience))
            {
                findings.warn(&path, audience, problem);
            }
        }
        return Some(Audiences::AnyOf(audiences));
    }
    if let Some(defaults) = defaults.filter(|defaults| !defaults.audiences.is_empty()) {
        return Some(Audiences::AnyOf(defaults.audiences.clone()));
    }
    let loose = pools
        .iter()
        .find(|pool| !pool.filter.pins(&[Pin::any("aud")]));
    if basics.mode == Some(Mode::Pools) && !pools.is_empty() && loose.is_none() {
        return Some(Audiences::PinnedByPools);
    }
    let why = match (basics.mode, loose) {
        (Some(Mode::Pools), Some(pool)) => {
            format!(", and the filter of {} does not pin `aud`", pool.id)
        }
        _ => String::new(),
    };
    let problem = format!(
        "is missing, on the organization too{why}: tokens that the issuer made for others would be \
         accepted; write what `aud` must hold"
    );
    findings.fault(&path, "", problem);
    None
}

/// A text for people at `key`, at most `most` bytes.
fn read_text(
    section: &Section<'_>,
    key: &str,
    most: usize,
    findings: &mut Findings,
) -> Option<String> {
    let check = |text: &str| {
        if text.len() > most || text.chars().any(char::is_control) {
            return Err(format!(
                "must be at most {most} bytes without control characters"
            ));
        }
        Ok(text.to_owned())
    };
    section.parsed(key, check, findings)
}

fn read_enabled(section: &Section<'_>, findings: &mut Findings) -> bool {
    let states = [("enabled", true), ("disabled", false)];
    section.choice("state", &states, findings).unwrap_or(true)
}

fn read_token_use(
    section: &Section<'_>,
    preset: Option<&Preset>,
    findings: &mut Findings,
) -> TokenUse {
    let uses = [
        ("access", TokenUse::Access),
        ("id", TokenUse::Id),
        ("any", TokenUse::Any),
    ];
    let default = preset.map_or(TokenUse::Access, |preset| preset.token_use);
    section
        .choice("token_use", &uses, findings)
        .unwrap_or(default)
}

/// The longest life of a token; one that is set above an hour is a warning.
fn read_lifetime(section: &Section<'_>, findings: &mut Findings) -> Duration {
    let lifetime = section.duration("max_token_lifetime", TOKEN_LIFETIMES, findings);
    if let Some(long) = lifetime.filter(|lifetime| *lifetime > TOKEN_LIFETIME_LONG) {
        let problem = "is long: a stolen token stays good until it expires; prefer an hour";
        let path = section.path_of("max_token_lifetime");
        findings.warn(&path, &show_duration(long), problem);
    }
    lifetime.unwrap_or(TOKEN_LIFETIME_MAX)
}

/// The identity claim: as written, as the preset knows it, or `claims.sub`.
fn read_claim(
    section: &Section<'_>,
    preset: Option<&Preset>,
    findings: &mut Findings,
) -> Option<ClaimPath> {
    if section.has("identity_claim") {
        return section.parsed("identity_claim", str::parse::<ClaimPath>, findings);
    }
    let known = preset.map_or(IDENTITY_CLAIM, |preset| preset.identity_claim);
    known.parse().ok()
}

/// What the mode means; `None` where a fault was noted.
fn read_identities(
    section: &Section<'_>,
    basics: Basics<'_>,
    findings: &mut Findings,
) -> Option<Identities> {
    let path = section.path_of("username");
    match basics.mode? {
        Mode::Pools if section.has("username") => {
            let problem = "belongs to identities = \"users\"; write that, or remove this";
            findings.fault(&path, "", problem);
            None
        }
        Mode::Pools => Some(Identities::Pools),
        Mode::Users => {
            let told = section.has("identity_claim") || basics.preset.is_some();
            if !section.has("username") && !told {
                let problem = "is missing; identities = \"users\" needs username = { claim = \
                               \"sub\", prefix = \"...\" }";
                findings.fault(&path, "", problem);
                return None;
            }
            let (issuer, claim) = (basics.issuer, basics.identity_claim);
            let username = claim_mapping::read_username(section, issuer, claim, findings)?;
            Some(Identities::Users { username })
        }
    }
}

fn check_pools(section: &Section<'_>, mode: Option<Mode>, findings: &mut Findings) {
    let Some(mode) = mode else {
        return;
    };
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
