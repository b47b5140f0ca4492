//! The verdict on a client's first OAUTHBEARER message: extensions -> cluster -> organization ->
//! token -> who may connect. The bridge between SASL and identity; knows no sockets.

use std::{net::IpAddr, sync::Arc, time::Duration};

use super::place::Place;
use crate::{
    clock::UnixTime,
    identity::{
        self, Bearer, Identity, Introspected, KeyWait, Organization, PoolId, Presented,
        ProviderKey, Reason, Refusal, Told, Verdict as TokenVerdict,
    },
    proxy::{
        Proxy,
        admission::source::IdentityKey,
        sasl::{
            answer::{Occasion, Refused},
            extensions::{Extensions, Fault, InvalidExtensions, Known},
            initial_response::{self, InitialResponse},
        },
    },
    secret::Secret,
    snapshot::{Snapshot, cluster::Cluster, listener::Route},
};

/// What a session is, once its token was accepted.
#[derive(Debug)]
pub struct Granted {
    /// The cluster it is for.
    pub cluster: Arc<Cluster>,
    /// How that cluster's brokers are told apart.
    pub route: Route,
    /// Who it is.
    pub identity: Box<Identity>,
    /// The extensions in force.
    pub extensions: Extensions,
    /// The token, for brokers that want it.
    pub token: Secret,
    /// How many demanded refreshes of keys had been good when the token was verified.
    pub demands_met: u64,
    /// Generation of the snapshot that it was judged by.
    pub generation: u64,
}

/// The verdict.
#[derive(Debug)]
pub enum Verdict {
    /// The login may go on.
    Granted(Box<Granted>),
    /// Error 58 with a text.
    Refused(NotGranted<Refused>),
    /// A close that clients retry after: not the token's fault.
    Closed(NotGranted<()>),
}

/// A login that is not granted, with what the audit stream says of it.
#[derive(Debug)]
pub struct NotGranted<T> {
    /// What the client is told.
    pub told: T,
    /// Stable reason code.
    pub code: &'static str,
    /// For the audit stream alone.
    pub detail: String,
    /// The cluster, if one was found.
    pub cluster: Option<Arc<Cluster>>,
    /// Who the token speaks of, once its signature held.
    pub bearer: Option<Box<Bearer>>,
}

impl<T> NotGranted<T> {
    /// `sub` of the token, if its signature held and it has one.
    #[must_use]
    pub fn subject(&self) -> Option<&str> {
        self.bearer.as_ref()?.subject.as_deref()
    }

    /// Whose failure it is, once the token's signature held.
    #[must_use]
    pub fn identity_key(&self) -> Option<IdentityKey> {
        let (bearer, cluster) = (self.bearer.as_ref()?, self.cluster.as_ref()?);
        Some(IdentityKey {
            organization: cluster.organization.clone(),
            provider: bearer.provider.clone(),
            claim: bearer.subject.clone()?,
        })
    }
}

/// Who asks, from where, and on what occasion.
#[derive(Debug)]
pub struct Asker<'a> {
    /// Where the connection came in.
    pub place: &'a Place,
    /// The client's address.
    pub address: IpAddr,
    /// SHA-256 of the client's certificate.
    pub certificate_sha256: Option<[u8; 32]>,
    /// What the session is so far; `None` at its first login.
    pub session: Option<&'a Granted>,
}

impl Asker<'_> {
    const fn occasion(&self) -> Occasion {
        if self.session.is_some() {
            Occasion::Again
        } else {
            Occasion::First
        }
    }
}

/// Judges `initial`, the client's first message, waiting for unknown keys if need be.
pub async fn judge(proxy: &Proxy, asker: &Asker<'_>, initial: &[u8]) -> Verdict {
    // Read before the providers and the token are: a refresh in between has it verified again.
    let demands_met = *proxy.keyring.demands_met().borrow();
    let snapshot = proxy.live.current();
    let response = match initial_response::parse(initial) {
        Ok(response) => response,
        Err(malformed) => {
            let detail = malformed.to_string();
            let told = Refused::malformed(malformed, asker.occasion());
            return refused(told, "INITIAL_RESPONSE_MALFORMED", detail, None, None);
        }
    };
    let extensions = match extensions(&response, asker) {
        Ok(extensions) => extensions,
        Err(invalid) => return invalid_extensions(invalid),
    };
    let (cluster, route) = match find_cluster(&snapshot, asker.place, &extensions) {
        Ok(found) => found,
        Err(invalid) => return invalid_extensions(invalid),
    };
    if let Some(session) = asker.session
        && session.cluster.id != cluster.id
    {
        let invalid = InvalidExtensions::one(Known::LogicalCluster, Fault::ClusterNotUsable);
        return invalid_extensions(invalid);
    }
    let min_remaining = match asker.session {
        None => Some(snapshot.limits.min_remaining),
        Some(_) => None,
    };
    let claimed = Claimed {
        organization: &cluster.organization,
        response: &response,
        pools: extensions.pools.as_deref(),
        min_remaining,
    };
    let identity = match verify(proxy, &snapshot, asker, &claimed).await {
        Ok(identity) => identity,
        Err(refusal) => return not_granted(refusal, &cluster),
    };
    if let Some(verdict) = changed_person(asker.session, &identity, &cluster) {
        return verdict;
    }
    if !cluster.admits(&identity, asker.address) {
        let what = cluster.authorization.lacking();
        let (id, primary) = (&cluster.id, &identity.primary);
        let detail = format!("{what} of cluster {id} speaks for {primary}");
        return not_granted(Refusal::new(Reason::ClusterNotAllowed, detail), &cluster);
    }
    Verdict::Granted(Box::new(Granted {
        cluster,
        route,
        demands_met,
        identity,
        extensions,
        token: response.token,
        generation: snapshot.generation,
    }))
}

/// The extensions in force: a re-authentication without any keeps those of the session
/// (KAFKA-14062: Java clients lose them at every other token refresh).
fn extensions(
    response: &InitialResponse,
    asker: &Asker<'_>,
) -> Result<Extensions, InvalidExtensions> {
    match asker.session {
        Some(session) if response.extensions.is_empty() => Ok(session.extensions.clone()),
        _ => Extensions::read(&response.extensions),
    }
}

/// Port or server name pick the cluster where they can, else `logicalCluster` does; where both
/// speak they must agree. An unknown cluster and one that is not behind this place look alike.
fn find_cluster(
    snapshot: &Snapshot,
    place: &Place,
    extensions: &Extensions,
) -> Result<(Arc<Cluster>, Route), InvalidExtensions> {
    let fault = |fault| InvalidExtensions::one(Known::LogicalCluster, fault);
    let route = match &extensions.logical_cluster {
        Some(named) => {
            let found = place
                .routes
                .iter()
                .find(|route| route.cluster.as_str() == named);
            found.ok_or_else(|| fault(Fault::ClusterNotUsable))?
        }
        None => place
            .only()
            .ok_or_else(|| fault(Fault::ClusterIdMissingOrEmpty))?,
    };
    let cluster = snapshot.cluster(&route.cluster);
    let cluster = cluster.ok_or_else(|| fault(Fault::ClusterNotUsable))?;
    if cluster.require_logical_cluster && extensions.logical_cluster.is_none() {
        return Err(fault(Fault::ClusterIdMissingOrEmpty));
    }
    Ok((Arc::clone(cluster), route.clone()))
}

/// How often a login waits for its key: once more where a refresh that was on its way already
/// brought other keys, but not its own.
const KEY_WAITS: usize = 2;

/// What the token is checked with.
struct Claimed<'a> {
    organization: &'a Organization,
    response: &'a InitialResponse,
    pools: Option<&'a [PoolId]>,
    min_remaining: Option<Duration>,
}

async fn verify(
    proxy: &Proxy,
    snapshot: &Snapshot,
    asker: &Asker<'_>,
    claimed: &Claimed<'_>,
) -> Result<Box<Identity>, Refusal> {
    let presented = Presented {
        organization: claimed.organization,
        token: &claimed.response.token,
        named_pools: claimed.pools,
        authzid: claimed.response.authzid.as_deref(),
        client_certificate_sha256: asker.certificate_sha256,
        min_remaining: claimed.min_remaining,
        introspected: None,
    };
    let once = |introspected: Option<&Introspected>| {
        let presented = Presented {
            introspected,
            ..presented
        };
        let (directory, keyring) = (&snapshot.directory, &proxy.keyring);
        identity::verify(directory, keyring, &presented, UnixTime::now())
    };
    let in_turn = async || {
        let _turn = proxy.turnstile.turn().await;
        once(None)
    };
    let mut verdict = in_turn().await;
    for _ in 0..KEY_WAITS {
        let TokenVerdict::KeyWanted {
            provider,
            wanted,
            otherwise,
        } = &verdict
        else {
            break;
        };
        let source = asker.address;
        match proxy.keyring.wait_for(provider, wanted, source).await {
            KeyWait::Found => verdict = in_turn().await,
            KeyWait::StillUnknown => return Err(otherwise.clone()),
            KeyWait::Unavailable => return Err(keys_unavailable(provider)),
        }
    }
    if let TokenVerdict::Introspect(provider) = &verdict {
        let (introspector, token) = (&proxy.introspector, presented.token);
        let answer = introspector.ask(provider, token, asker.address).await?;
        verdict = once(Some(&answer));
    }
    match verdict {
        TokenVerdict::Accepted(identity) => Ok(identity),
        TokenVerdict::Refused(refusal) | TokenVerdict::Unavailable(refusal) => Err(refusal),
        TokenVerdict::KeyWanted { provider, .. } => Err(keys_unavailable(&provider)),
        TokenVerdict::Introspect(provider) => Err(Refusal::new(
            Reason::IntrospectionUnavailable,
            format!("the keys of {} changed meanwhile", provider.name),
        )),
    }
}

/// Nobody knows whether the token is good: its provider's keys are on the move, or out of reach.
fn keys_unavailable(provider: &ProviderKey) -> Refusal {
    let detail = format!("the keys of {} could not be refreshed", provider.issuer);
    Refusal::new(Reason::KeysUnavailable, detail)
}

/// Re-authentication keeps provider, raw identity-claim value and primary principal.
fn changed_person(
    session: Option<&Granted>,
    identity: &Identity,
    cluster: &Arc<Cluster>,
) -> Option<Verdict> {
    let before = &session?.identity;
    if before.same_subject(identity) {
        return None;
    }
    let told = Refused::PrincipalChanged {
        from: before.primary.name().to_owned(),
        to: identity.primary.name().to_owned(),
    };
    let detail = format!(
        "was {} of {} ({}), is {} of {} ({})",
        before.primary,
        before.provider,
        before.claim,
        identity.primary,
        identity.provider,
        identity.claim
    );
    let code = Reason::PrincipalChanged.code();
    let bearer = Some(Box::new(Bearer::from(identity)));
    Some(refused(
        told,
        code,
        detail,
        Some(Arc::clone(cluster)),
        bearer,
    ))
}

fn not_granted(refusal: Refusal, cluster: &Arc<Cluster>) -> Verdict {
    let Refusal {
        reason,
        detail,
        bearer,
    } = refusal;
    let cluster = Some(Arc::clone(cluster));
    match reason.told() {
        Told::Close => Verdict::Closed(NotGranted {
            told: (),
            code: reason.code(),
            detail,
            cluster,
            bearer,
        }),
        Told::Refuse => {
            let told = match reason.disclosed() {
                Reason::PoolNotUsable => Refused::Extensions(InvalidExtensions::one(
                    Known::IdentityPoolId,
                    Fault::PoolNotUsable,
                )),
                Reason::AuthzidMismatch => Refused::Authzid {
                    sentence: detail.clone(),
                },
                reason => Refused::Token { reason },
            };
            refused(told, reason.code(), detail, cluster, bearer)
        }
    }
}

fn invalid_extensions(invalid: InvalidExtensions) -> Verdict {
    let (code, detail) = (invalid.code(), invalid.to_string());
    refused(Refused::Extensions(invalid), code, detail, None, None)
}

const fn refused(
    told: Refused,
    code: &'static str,
    detail: String,
    cluster: Option<Arc<Cluster>>,
    bearer: Option<Box<Bearer>>,
) -> Verdict {
    Verdict::Refused(NotGranted {
        told,
        code,
        detail,
        cluster,
        bearer,
    })
}

#[cfg(test)]
mod tests {
    use super::{
        super::fixture::{Config, granted, id, initial, judge, place, proxy, token},
        *,
    };
    use crate::policy::allow::Allow;

    fn refusal(verdict: &Verdict) -> &'static str {
        match verdict {
            Verdict::Granted(granted) => panic!("granted for {}", granted.cluster.id),
            Verdict::Refused(no) => no.code,
            Verdict::Closed(no) => no.code,
        }
    }

    #[tokio::test]
    async fn the_cluster_is_picked_by_name_and_extension_which_must_agree() {
        const MISSING: Result<&str, &str> = Err("CLUSTER_ID_MISSING_OR_EMPTY");
        const UNUSABLE: Result<&str, &str> = Err("CLUSTER_NOT_USABLE");
        let sni = Some("a.example.com");
        for (behind, name, extensions, expected) in [
            (&["a"][..], None, &[][..], Ok("a")),
            (&["a"], None, &["logicalCluster=a"], Ok("a")),
            (&["a"], None, &["logicalCluster=A"], UNUSABLE),
            // There is a cluster b, but not here: it looks like one that is not at all.
            (&["a"], None, &["logicalCluster=b"], UNUSABLE),
            (&["a"], None, &["logicalCluster=c"], UNUSABLE),
            (&["a", "b"], None, &[], MISSING),
            // By Kafka's grammar a value is never empty.
            (
                &["a", "b"],
                None,
                &["logicalCluster="],
                Err("INITIAL_RESPONSE_MALFORMED"),
            ),
            (&["a", "b"], None, &["logicalCluster=b"], Ok("b")),
            (&["a", "b"], sni, &[], Ok("a")),
            (&["a", "b"], sni, &["logicalCluster=a"], Ok("a")),
            (&["a", "b"], sni, &["logicalCluster=b"], UNUSABLE),
            (
                &["a", "b"],
                Some("b2-b.example.com"),
                &["logicalCluster=a"],
                UNUSABLE,
            ),
            (
                &["a"],
                None,
                &["logicalcluster=a"],
                Err("EXTENSION_MISSPELT"),
            ),
        ] {
            let (_publisher, proxy) = proxy(Config::new(behind));
            let place = place(&proxy, name);
            let message = initial(&token("alice", 600), extensions);
            let verdict = judge(&proxy, &place, None, &message).await;
            let found = match &verdict {
                Verdict::Granted(granted) => Ok(granted.cluster.id.as_str()),
                other => Err(refusal(other)),
            };
            assert_eq!(found, expected, "{behind:?} {name:?} {extensions:?}");
        }
    }

    #[tokio::test]
    async fn a_cluster_may_require_to_be_named() {
        let mut config = Config::new(&["a"]);
        config.clusters[0].require_logical_cluster = true;
        let (_publisher, proxy) = proxy(config);
        let place = place(&proxy, Some("a.example.com"));
        let message = initial(&token("alice", 600), &[]);
        let verdict = judge(&proxy, &place, None, &message).await;
        assert_eq!(refusal(&verdict), "CLUSTER_ID_MISSING_OR_EMPTY");
        granted(&proxy, &place, &["logicalCluster=a"]).await;
    }

    #[tokio::test]
    async fn what_is_not_the_tokens_fault_is_a_close() {
        let mut config = Config::new(&["a", "b"]);
        config.clusters[1].allow = Allow::default();
        let (_publisher, proxy) = proxy(config);
        let place = place(&proxy, None);
        for (message, code, closes) in [
            (
                initial(&token("alice", 1), &["logicalCluster=a"]),
                "TOKEN_EXPIRES_TOO_SOON",
                true,
            ),
            (
                initial(&token("alice", -1), &["logicalCluster=a"]),
                "TOKEN_EXPIRED",
                false,
            ),
            (
                initial(&token("alice", 600), &["logicalCluster=b"]),
                "CLUSTER_NOT_ALLOWED",
                false,
            ),
            (
                initial("a.b.c", &["logicalCluster=a"]),
                "TOKEN_MALFORMED",
                false,
            ),
            (b"\x01".to_vec(), "INITIAL_RESPONSE_MALFORMED", false),
            (Vec::new(), "INITIAL_RESPONSE_MALFORMED", false),
        ] {
            let verdict = judge(&proxy, &place, None, &message).await;
            assert_eq!(refusal(&verdict), code);
            assert_eq!(matches!(verdict, Verdict::Closed(_)), closes, "{code}");
        }
    }

    #[tokio::test]
    async fn k27_cannot_reauthenticate_with_a_different_principal() {
        let (_publisher, proxy) = proxy(Config::new(&["a", "b"]));
        let place = place(&proxy, None);
        let session = granted(&proxy, &place, &["logicalCluster=a"]).await;
        for (user, secs, extensions, code) in [
            ("bob", 600, &["logicalCluster=a"], "PRINCIPAL_CHANGED"),
            ("alice", 600, &["logicalCluster=b"], "CLUSTER_NOT_USABLE"),
            ("alice", -1, &["logicalCluster=a"], "TOKEN_EXPIRED"),
        ] {
            let message = initial(&token(user, secs), extensions);
            let verdict = judge(&proxy, &place, Some(&session), &message).await;
            assert_eq!(refusal(&verdict), code);
        }
    }

    #[tokio::test]
    async fn a_reauthentication_without_extensions_keeps_those_of_the_session() {
        let (_publisher, proxy) = proxy(Config::new(&["a", "b"]));
        let place = place(&proxy, None);
        let session = granted(&proxy, &place, &["logicalCluster=b"]).await;
        // And a token with little time left is as good as any.
        let message = initial(&token("alice", 2), &[]);
        let verdict = judge(&proxy, &place, Some(&session), &message).await;
        let Verdict::Granted(again) = verdict else {
            panic!("{verdict:?}")
        };
        assert_eq!(again.cluster.id, id("b"));
        assert_eq!(again.extensions, session.extensions);
    }

    #[tokio::test]
    async fn no_verdict_prints_the_token() {
        let (_publisher, proxy) = proxy(Config::new(&["a"]));
        let place = place(&proxy, None);
        for secs in [600, -1] {
            let token = token("alice", secs);
            let verdict = judge(&proxy, &place, None, &initial(&token, &[])).await;
            let printed = format!("{verdict:?}");
            for part in token.split('.') {
                assert!(!printed.contains(part), "{secs}");
            }
        }
    }
}
