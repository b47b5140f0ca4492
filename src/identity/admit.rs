//! From verified claims to an identity: content, names, pools, principals. Owns the second half
//! of a login, which is judged again whenever providers or pools change.

use std::time::Duration;

use super::{
    algorithm::Algorithm,
    claims::Claims,
    content,
    filter::Matched,
    identity::Identity,
    json::Json,
    mapping,
    pool::Pool,
    principal::{PoolId, Principal},
    provider::{Identities, NameSource, Provider},
    reason::{Reason, Refusal},
    rule,
    steps::Steps,
    trace::{Check, Trace},
};
use crate::{clock::UnixTime, limits};

/// Most pools whose reason is told in a detail.
const REASONS_MAX: usize = 8;

/// What a login rests on beside its provider: all of it survives in the identity.
#[derive(Clone, Debug)]
pub(super) struct Login {
    pub(super) claims: Claims,
    pub(super) kid: Option<String>,
    /// `None` where the provider vouched for an opaque token.
    pub(super) algorithm: Option<Algorithm>,
    pub(super) typed_access: bool,
    pub(super) named_pools: Option<Vec<PoolId>>,
    pub(super) authzid: Option<String>,
    pub(super) client_certificate_sha256: Option<[u8; 32]>,
}

/// The pools of a login.
struct Pools<'a> {
    /// All that match.
    matched: Vec<&'a Pool>,
    /// Those in play.
    in_play: Vec<&'a Pool>,
    /// The one that the client named, if it named exactly one.
    alone: Option<&'a Pool>,
}

/// What a token says of itself, as far as logs and revocations know it.
struct Marks {
    expires_at: UnixTime,
    subject: Option<String>,
    client_id: Option<String>,
    jti: Option<String>,
}

/// Makes an identity of `login` by the rules of `provider`; the signature has been verified with
/// one of its keys.
///
/// # Errors
/// The first check that fails.
pub(super) fn admit(
    provider: &Provider,
    login: Login,
    min_remaining: Duration,
    now: UnixTime,
    trace: &mut Trace,
) -> Result<Identity, Refusal> {
    let claims = &login.claims;
    let budget = Steps::new(limits::LOGIN_STEPS_MAX);
    let marks = check_content(provider, &login, min_remaining, now, (&budget, trace))?;
    trace.begin(Check::Username);
    let (user, naming) = match &provider.identities {
        Identities::Pools => (None, &provider.identity_claim),
        Identities::Users { username } => {
            let naming = match &username.source {
                NameSource::Claim(claim) => claim,
                NameSource::Expression(_) => &provider.identity_claim,
            };
            (Some(mapping::user(claims, username)?), naming)
        }
    };
    trace.begin(Check::Groups);
    let groups = match &provider.groups {
        Some(groups) => mapping::groups(claims, groups)?,
        None => Vec::new(),
    };
    trace.begin(Check::UserRules);
    if let Some(user) = &user {
        rule::check_user(&provider.user_rules, user.name(), &groups, &budget)?;
    }
    trace.begin(Check::Pools);
    let pools = pools(provider, claims, login.named_pools.as_deref(), &budget)?;
    trace.begin(Check::Identity);
    let naming = pools.alone.map_or(naming, |pool| &pool.identity_claim);
    let claim = mapping::identity_claim(claims, naming)?;
    let primary = match (pools.alone, &user) {
        (Some(pool), _) => Principal::Pool(pool.id.clone()),
        (None, Some(user)) => user.clone(),
        // A name for logs and for `authzid`, by the rule of user names all the same: it reaches
        // places that print `User:<name>`.
        (None, None) => mapping::named(&claim, naming)?,
    };
    trace.begin(Check::Authzid);
    check_authzid(login.authzid.as_deref(), &primary, &claim)?;
    let ids = |pools: &[&Pool]| pools.iter().map(|pool| pool.id.clone()).collect();
    Ok(Identity {
        organization: provider.organization.clone(),
        provider: provider.name.clone(),
        claim,
        subject: marks.subject,
        client_id: marks.client_id,
        jti: marks.jti,
        user,
        groups,
        pools: ids(&pools.in_play),
        matched_pools: ids(&pools.matched),
        named: login.named_pools.clone(),
        primary,
        expires_at: marks.expires_at,
        kid: login.kid.clone(),
        algorithm: login.algorithm,
        login,
    })
}

/// Everything about the payload but names and pools.
fn check_content(
    provider: &Provider,
    login: &Login,
    min_remaining: Duration,
    now: UnixTime,
    (budget, trace): (&Steps, &mut Trace),
) -> Result<Marks, Refusal> {
    let claims = &login.claims;
    trace.begin(Check::Audience);
    content::check_audience(provider, claims)?;
    trace.begin(Check::Times);
    let expires_at = content::check_times(provider, claims, min_remaining, now)?;
    trace.begin(Check::Use);
    content::check_use(provider, login.typed_access, claims)?;
    trace.begin(Check::Binding);
    content::check_binding(provider, claims, login.client_certificate_sha256)?;
    let optional = |name| content::optional_text(claims, name).map(|text| text.map(str::to_owned));
    let (subject, jti) = (optional("sub")?, optional("jti")?);
    let client_id = optional("azp")?.or(optional("client_id")?);
    // Entra ID v1 and Okta; elsewhere these may be anything.
    let theirs = |name| claims.get(name).and_then(Json::as_text).map(str::to_owned);
    let client_id = client_id.or_else(|| theirs("appid").or_else(|| theirs("cid")));
    trace.begin(Check::Revocations);
    let revocations = &provider.revocations;
    revocations.check(claims, login.kid.as_deref(), now)?;
    trace.begin(Check::Scopes);
    content::check_scopes(provider, claims)?;
    trace.begin(Check::ClaimRules);
    content::check_email(claims)?;
    rule::check_claims(&provider.claim_rules, claims, budget)?;
    Ok(Marks {
        expires_at,
        subject,
        client_id,
        jti,
    })
}

/// Which pools match and are in play.
///
/// A named pool that is unknown, foreign or does not match is refused in one way; the detail, for
/// the audit, tells which.
fn pools<'a>(
    provider: &'a Provider,
    claims: &Claims,
    named: Option<&[PoolId]>,
    budget: &Steps,
) -> Result<Pools<'a>, Refusal> {
    let mut matched = Vec::new();
    let mut missed = Vec::new();
    for pool in &provider.pools {
        match pool.filter.matches_within(claims, budget) {
            Matched::Yes => matched.push(pool),
            Matched::No => missed.push((&pool.id, "its filter says no".to_owned())),
            Matched::Error(why) => missed.push((&pool.id, why)),
        }
    }
    let Some(named) = named else {
        if provider.require_identity_pool {
            let detail = "the provider wants the extension `identityPoolId`";
            return Err(Refusal::new(Reason::PoolRequired, detail));
        }
        if matched.is_empty() && provider.identities == Identities::Pools {
            return Err(Refusal::new(Reason::PoolNoMatch, no_match(&missed)));
        }
        return Ok(Pools {
            in_play: matched.clone(),
            matched,
            alone: None,
        });
    };
    if named.is_empty() || named.len() > limits::NAMED_POOLS_MAX {
        let detail = format!("{} pools are named; 1 to 16 may be", named.len());
        return Err(Refusal::new(Reason::PoolNotUsable, detail));
    }
    let mut in_play: Vec<&Pool> = Vec::new();
    for id in named {
        let Some(pool) = matched.iter().find(|pool| pool.id == *id) else {
            let why = missed
                .iter()
                .find(|(missed, _)| *missed == id)
                .map(|(_, why)| why.as_str());
            let why = why.unwrap_or("the provider has no such pool");
            return Err(Refusal::new(Reason::PoolNotUsable, format!("{id}: {why}")));
        };
        if !in_play.iter().any(|known| known.id == *id) {
            in_play.push(pool);
        }
    }
    let alone = match in_play.as_slice() {
        [pool] => Some(*pool),
        _ => None,
    };
    Ok(Pools {
        matched,
        in_play,
        alone,
    })
}

fn no_match(missed: &[(&PoolId, String)]) -> String {
    if missed.is_empty() {
        return "the provider has no pools, and yields nothing else".to_owned();
    }
    let told = missed
        .iter()
        .take(REASONS_MAX)
        .map(|(id, why)| format!("{id}: {why}"));
    let more = missed.len().saturating_sub(REASONS_MAX);
    let rest = if more > 0 {
        format!("; {more} more")
    } else {
        String::new()
    };
    format!("{}{rest}", told.collect::<Vec<_>>().join("; "))
}

/// An `authzid` confirms who the token is; it never chooses. Compared raw, as Kafka does.
fn check_authzid(authzid: Option<&str>, primary: &Principal, claim: &str) -> Result<(), Refusal> {
    match authzid {
        None | Some("") => Ok(()),
        Some(authzid) if authzid == primary.name() || authzid == claim => Ok(()),
        Some(authzid) => {
            let detail = format!(
                "Client requested an authorization id ({authzid}) that is different from the \
                 token's principal name ({})",
                primary.name()
            );
            Err(Refusal::new(Reason::AuthzidMismatch, detail))
        }
    }
}
