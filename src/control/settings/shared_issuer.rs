//! Issuers that serve everybody: a token of theirs says that somebody exists, not that he is one of
//! ours. Owns the list, and what must be pinned at them.

use super::{finding::Findings, section::Section};
use crate::identity::{ClaimPath, ClaimRule, Filter, Identities, Pin, Provider};

/// An issuer with strangers as customers.
struct SharedIssuer {
    issuers: &'static [&'static str],
    /// What tells one customer's tokens. What a stranger can choose for his own tokens is not here,
    /// so `aud` is where the issuer alone assigns it.
    pins: &'static [Pin<'static>],
    /// Why `aud` is not there, or nothing.
    why_not_audience: &'static str,
    /// A condition to begin with.
    example: &'static str,
}

/// A claim with the path of a project: `acme/orders`.
const fn path(claim: &'static str) -> Pin<'static> {
    Pin {
        claim,
        begins: &[],
        owner: Some(("", '/')),
    }
}

/// A `sub` that is put together from names, whose owner comes first.
const fn subject(before: &'static str, end: char) -> Pin<'static> {
    Pin {
        claim: "sub",
        begins: &[],
        owner: Some((before, end)),
    }
}

const CHOSEN_BY_JOBS: &str = "; `aud` tells nobody, for each job chooses its own";

const SHARED: &[SharedIssuer] = &[
    SharedIssuer {
        issuers: &["https://accounts.google.com", "accounts.google.com"],
        pins: &[Pin::any("sub"), Pin::any("hd"), Pin::any("email")],
        why_not_audience: "; `aud` tells nobody, for every service account chooses its own",
        example: "claims.hd == 'example.com'",
    },
    SharedIssuer {
        issuers: &["https://token.actions.githubusercontent.com"],
        pins: &[
            // An owner chooses which claims make up his `sub`: one that is only of an environment, or
            // of a workflow that strangers may call, can be had by all.
            Pin {
                claim: "sub",
                begins: &[
                    "repo:",
                    "repository:",
                    "repository_id:",
                    "repository_owner:",
                    "repository_owner_id:",
                    "enterprise:",
                    "enterprise_id:",
                ],
                owner: Some(("repo:", '/')),
            },
            path("repository"),
            Pin::any("repository_id"),
            Pin::any("repository_owner"),
            Pin::any("repository_owner_id"),
            Pin::any("enterprise"),
            Pin::any("enterprise_id"),
        ],
        why_not_audience: CHOSEN_BY_JOBS,
        example: "claims.repository_owner_id == '1234567'",
    },
    SharedIssuer {
        issuers: &["https://gitlab.com"],
        pins: &[
            subject("project_path:", '/'),
            path("project_path"),
            Pin::any("project_id"),
            path("namespace_path"),
            Pin::any("namespace_id"),
        ],
        why_not_audience: CHOSEN_BY_JOBS,
        example: "claims.namespace_id == '1234567'",
    },
    SharedIssuer {
        issuers: &["https://agent.buildkite.com"],
        pins: &[
            subject("organization:", ':'),
            Pin::any("organization_id"),
            Pin::any("organization_slug"),
            Pin::any("pipeline_id"),
        ],
        why_not_audience: CHOSEN_BY_JOBS,
        example: "claims.organization_slug == 'acme'",
    },
    SharedIssuer {
        issuers: &["https://app.terraform.io"],
        pins: &[
            subject("organization:", ':'),
            Pin::any("terraform_organization_id"),
            Pin::any("terraform_organization_name"),
            Pin::any("terraform_workspace_id"),
        ],
        why_not_audience: CHOSEN_BY_JOBS,
        example: "claims.terraform_organization_id == 'org-1234567'",
    },
    SharedIssuer {
        issuers: &[
            "https://login.microsoftonline.com/common/v2.0",
            "https://login.microsoftonline.com/organizations/v2.0",
        ],
        pins: &[Pin::any("sub"), Pin::any("oid"), Pin::any("tid")],
        why_not_audience: "; `aud` tells nobody, for any tenant may use an application of several",
        example: "claims.tid == '72f988bf-86f1-41af-91ab-2d7cd011db47'",
    },
    // Private Microsoft accounts: all of one tenant, the one with an id here.
    SharedIssuer {
        issuers: &[
            "https://login.microsoftonline.com/consumers/v2.0",
            "https://login.microsoftonline.com/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0",
            "https://sts.windows.net/9188040d-6c67-4c5b-b112-36a304b66dad/",
        ],
        pins: &[Pin::any("sub"), Pin::any("oid")],
        why_not_audience: "; `aud` and `tid` tell nobody, for private accounts share one tenant",
        example: "claims.sub in ['AAAAAAAAAAAAAAAAAAAAAIkzqFVrSaSaFHy782bbtaQ']",
    },
];

/// An issuer that is shared by the word of the settings: of it nothing else is known.
const BY_WORD: SharedIssuer = SharedIssuer {
    issuers: &[],
    pins: &[Pin::any("sub"), Pin::any("aud")],
    why_not_audience: "",
    example: "claims.sub == 'orders-service'",
};

/// Notes what lets strangers in at `provider`, if its issuer is shared by the list or by its own
/// word: each pool, or the rules for all tokens, must pin whose token it is.
pub(super) fn check(section: &Section<'_>, provider: &Provider, findings: &mut Findings) {
    let listed = SHARED
        .iter()
        .find(|shared| shared.issuers.contains(&&*provider.issuer));
    let by_word = section.flag("shared_issuer", &mut Findings::default());
    let Some(shared) = listed.or(by_word.then_some(&BY_WORD)) else {
        return;
    };
    if provider
        .claim_rules
        .iter()
        .any(|rule| shared.pins_rule(rule))
    {
        return;
    }
    let wanted = shared.wanted();
    match provider.identities {
        Identities::Users { .. } => {
            let problem = format!("lets every token of it in as a user, and {wanted}");
            findings.fault(&section.path_of("claim_validation_rules"), "", problem);
        }
        Identities::Pools => {
            for (at, pool) in provider.pools.iter().enumerate() {
                if !shared.pins_filter(&pool.filter) {
                    let path = format!("{}[{at}].filter", section.path_of("pools"));
                    let problem = format!("does not say whose tokens it means: {wanted}");
                    findings.fault(&path, pool.filter.text(), problem);
                }
            }
        }
    }
}

impl SharedIssuer {
    fn pins_filter(&self, filter: &Filter) -> bool {
        filter.pins(self.pins)
    }

    fn pins_rule(&self, rule: &ClaimRule) -> bool {
        match rule {
            ClaimRule::Required { claim, value } => self
                .pins
                .iter()
                .any(|pin| is_named(claim, pin.claim) && pin.is_told_by(value)),
            ClaimRule::Expression(rule) => self.pins_filter(&rule.filter),
        }
    }

    /// What is wrong, and what to write instead.
    fn wanted(&self) -> String {
        let claims: Vec<_> = self.pins.iter().map(told).collect();
        let starts: Vec<_> = self.pins.iter().filter_map(start).collect();
        let starts = match starts.first() {
            Some(start) => format!(", or the start of one, as in `{start}`"),
            None => String::new(),
        };
        format!(
            "strangers have tokens of this issuer too; compare {} with `==` or `in`, as in `{}`{starts}{}",
            claims.join(" or "),
            self.example,
            self.why_not_audience
        )
    }
}

fn is_named(claim: &ClaimPath, name: &str) -> bool {
    matches!(claim.names(), [only] if only == name)
}

/// A claim, and how its texts begin where that matters.
fn told(pin: &Pin<'_>) -> String {
    match pin.begins {
        [] => format!("`claims.{}`", pin.claim),
        [first, ..] => format!("`claims.{}` (beginning `{first}`)", pin.claim),
    }
}

/// A condition on the start of a claim, if one will do.
fn start(pin: &Pin<'_>) -> Option<String> {
    let (before, end) = pin.owner?;
    Some(format!(
        "claims.{}.startsWith('{before}acme{end}')",
        pin.claim
    ))
}
