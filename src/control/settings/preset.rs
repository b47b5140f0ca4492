//! What is known beforehand of well-known products: defaults for what a provider does not say, and
//! the form of their issuers. Data; each entry is tried against tokens as the product makes them.

use crate::identity::{Algorithm, TokenUse};

/// Defaults of one `type`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Preset {
    /// The product, in messages.
    pub(super) product: &'static str,
    /// How its issuers look.
    pub(super) issuer: IssuerForm,
    /// What it signs with unless told otherwise.
    pub(super) algorithms: &'static [Algorithm],
    /// Which of its tokens are for APIs.
    pub(super) token_use: TokenUse,
    /// What names the identity, and a user.
    pub(super) identity_claim: &'static str,
    /// Where its groups are.
    pub(super) groups_claim: &'static str,
    /// Where its keys are, if not by discovery from the issuer.
    pub(super) keys: KeysAt,
    /// How audiences of its own APIs end; tokens for them are no tokens for Kafka.
    own_apis: &'static [&'static str],
}

/// The form of issuers; each part that is not empty must be there.
#[derive(Clone, Copy, Debug)]
pub(super) struct IssuerForm {
    begins: &'static str,
    holds: &'static str,
    ends: &'static str,
    /// Parts of a path that stand for no tenant: tokens carry their own tenant's id.
    nameless: &'static [&'static str],
    /// One to look like.
    example: &'static str,
}

/// Where a product's keys are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum KeysAt {
    /// Where discovery says.
    Discovery,
    /// At the discovery document of another host: the issuer's tenant is appended to this.
    Tenant(&'static str),
    /// At the Kubernetes API, if the issuer is that of the cluster Oathgate runs in.
    Cluster,
}

const RS256: &[Algorithm] = &[Algorithm::Rs256];

/// What Entra ID calls logins of any tenant, of any but private ones, of private ones.
const NO_TENANTS: &[&str] = &["common", "organizations", "consumers"];

/// Presets by the words of `type`.
pub(super) const PRESETS: &[(&str, Preset)] = &[
    (
        "keycloak",
        Preset {
            product: "Keycloak",
            issuer: IssuerForm {
                begins: "",
                holds: "/realms/",
                ends: "",
                nameless: &[],
                example: "https://sso.example.com/realms/kafka",
            },
            // A realm's keys and a client's attribute decide: any that can be trusted.
            algorithms: &Algorithm::ALL,
            token_use: TokenUse::Access,
            // `sub` is a random id there, also of service accounts.
            identity_claim: "preferred_username",
            groups_claim: "groups",
            keys: KeysAt::Discovery,
            own_apis: &[],
        },
    ),
    (
        "okta",
        Preset {
            product: "Okta",
            // Access tokens of the org's own authorization server are for Okta alone.
            issuer: IssuerForm {
                begins: "https://",
                holds: "/oauth2/",
                ends: "",
                nameless: &[],
                example: "https://acme.okta.com/oauth2/default",
            },
            algorithms: RS256,
            token_use: TokenUse::Access,
            identity_claim: "sub",
            groups_claim: "groups",
            keys: KeysAt::Discovery,
            own_apis: &[],
        },
    ),
    (
        "auth0",
        Preset {
            product: "Auth0",
            issuer: IssuerForm {
                begins: "https://",
                holds: "",
                ends: "/",
                nameless: &[],
                example: "https://acme.eu.auth0.com/",
            },
            algorithms: RS256,
            token_use: TokenUse::Access,
            identity_claim: "sub",
            // Auth0 adds none by itself, and takes custom claims in form of URLs alone.
            groups_claim: "permissions",
            keys: KeysAt::Discovery,
            own_apis: &["/api/v2/", "/userinfo"],
        },
    ),
    (
        "entra-v1",
        Preset {
            product: "Entra ID, tokens v1",
            issuer: IssuerForm {
                begins: "https://sts.",
                holds: "",
                ends: "/",
                nameless: NO_TENANTS,
                example: "https://sts.windows.net/<tenant id>/",
            },
            algorithms: RS256,
            token_use: TokenUse::Access,
            // `sub` differs from application to application; names can be changed.
            identity_claim: "oid",
            groups_claim: "groups",
            keys: KeysAt::Tenant("https://login.microsoftonline.com/"),
            own_apis: &[],
        },
    ),
    (
        "entra-v2",
        Preset {
            product: "Entra ID, tokens v2",
            issuer: IssuerForm {
                begins: "https://login.",
                holds: "",
                ends: "/v2.0",
                nameless: NO_TENANTS,
                example: "https://login.microsoftonline.com/<tenant id>/v2.0",
            },
            algorithms: RS256,
            token_use: TokenUse::Access,
            identity_claim: "oid",
            groups_claim: "groups",
            keys: KeysAt::Discovery,
            own_apis: &[],
        },
    ),
    (
        "google",
        Preset {
            product: "Google",
            issuer: IssuerForm {
                begins: "https://accounts.google.com",
                holds: "",
                ends: "https://accounts.google.com",
                nameless: &[],
                example: "https://accounts.google.com",
            },
            algorithms: RS256,
            // Google's access tokens are opaque.
            token_use: TokenUse::Id,
            identity_claim: "sub",
            groups_claim: "groups",
            keys: KeysAt::Discovery,
            own_apis: &[],
        },
    ),
    (
        "kubernetes",
        Preset {
            product: "Kubernetes",
            issuer: IssuerForm {
                begins: "https://",
                holds: "",
                ends: "",
                nameless: &[],
                example: "https://kubernetes.default.svc.cluster.local",
            },
            algorithms: &[
                Algorithm::Rs256,
                Algorithm::Es256,
                Algorithm::Es384,
                Algorithm::Es512,
            ],
            token_use: TokenUse::Access,
            identity_claim: "sub",
            groups_claim: "groups",
            keys: KeysAt::Cluster,
            own_apis: &[],
        },
    ),
];

impl Preset {
    /// What is wrong with `issuer` for this product, if anything.
    pub(super) fn issuer_fault(&self, issuer: &str) -> Option<String> {
        let form = &self.issuer;
        let fits = issuer.starts_with(form.begins)
            && issuer.contains(form.holds)
            && issuer.ends_with(form.ends);
        let nameless = issuer.split('/').any(|part| form.nameless.contains(&part));
        if fits && !nameless {
            return None;
        }
        Some(format!(
            "is not what tokens of {} carry in `iss`, byte for byte; write it as in {:?}, or leave \
             `type` out",
            self.product, form.example
        ))
    }

    /// What to know of `audience` at this product, if anything.
    pub(super) fn audience_warning(&self, audience: &str) -> Option<String> {
        let is_own = self.own_apis.iter().any(|end| audience.ends_with(end));
        is_own.then(|| {
            format!(
                "is {}'s own API: whoever has a token for that gets in; define an API for Kafka, and \
                 write its identifier",
                self.product
            )
        })
    }
}

/// Whether `issuer` is that of the Kubernetes cluster Oathgate runs in.
pub(super) fn is_in_cluster(issuer: &str) -> bool {
    let host = issuer.strip_prefix("https://").unwrap_or(issuer);
    let host = host.split(['/', ':']).next().unwrap_or(host);
    matches!(host, "kubernetes.default.svc") || host.starts_with("kubernetes.default.svc.")
}

/// The tenant in an issuer `https://host/<tenant>/`.
pub(super) fn tenant_of(issuer: &str) -> Option<&str> {
    let tenant = issuer.trim_end_matches('/').rsplit('/').next()?;
    (!tenant.is_empty() && !tenant.contains(':')).then_some(tenant)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn preset(word: &str) -> Preset {
        PRESETS.iter().find(|(name, _)| *name == word).unwrap().1
    }

    #[test]
    fn issuers_look_as_the_products_write_them() {
        for (word, issuer, fits) in [
            ("keycloak", "https://sso.example.com/realms/kafka", true),
            ("keycloak", "http://127.0.0.1:18180/realms/kafka", true),
            (
                "keycloak",
                "https://sso.example.com/auth/realms/kafka",
                true,
            ),
            ("keycloak", "https://sso.example.com/", false),
            ("okta", "https://dev-1.okta.com/oauth2/default", true),
            ("okta", "https://dev-1.okta.com", false),
            ("auth0", "https://dev-1.us.auth0.com/", true),
            ("auth0", "https://dev-1.us.auth0.com", false),
            (
                "entra-v1",
                "https://sts.windows.net/72f988bf-86f1-41af-91ab-2d7cd011db47/",
                true,
            ),
            (
                "entra-v1",
                "https://sts.windows.net/72f988bf-86f1-41af-91ab-2d7cd011db47",
                false,
            ),
            (
                "entra-v1",
                "https://login.microsoftonline.com/72f988bf/v2.0",
                false,
            ),
            (
                "entra-v2",
                "https://login.microsoftonline.com/72f988bf/v2.0",
                true,
            ),
            (
                "entra-v2",
                "https://login.microsoftonline.us/72f988bf/v2.0",
                true,
            ),
            (
                "entra-v2",
                "https://login.microsoftonline.com/common/v2.0",
                false,
            ),
            (
                "entra-v2",
                "https://login.microsoftonline.com/organizations/v2.0",
                false,
            ),
            ("entra-v2", "https://sts.windows.net/72f988bf/", false),
            ("google", "https://accounts.google.com", true),
            ("google", "https://accounts.google.com/", false),
            ("google", "https://accounts.google.com.evil.com", false),
            (
                "kubernetes",
                "https://kubernetes.default.svc.cluster.local",
                true,
            ),
            (
                "kubernetes",
                "https://oidc.eks.eu-west-1.amazonaws.com/id/ABC",
                true,
            ),
        ] {
            assert_eq!(
                preset(word).issuer_fault(issuer).is_none(),
                fits,
                "{word} {issuer}"
            );
        }
    }

    #[test]
    fn every_example_looks_as_it_should() {
        for (word, preset) in PRESETS {
            let example = preset.issuer.example;
            assert_eq!(preset.issuer_fault(example), None, "{word}");
        }
    }

    #[test]
    fn clusters_and_tenants_are_told() {
        for (issuer, inside) in [
            ("https://kubernetes.default.svc", true),
            ("https://kubernetes.default.svc.cluster.local", true),
            ("https://kubernetes.default.svc:443/x", true),
            ("https://kubernetes.default.svcx", false),
            ("https://oidc.eks.eu-west-1.amazonaws.com/id/ABC", false),
        ] {
            assert_eq!(is_in_cluster(issuer), inside, "{issuer}");
        }
        assert_eq!(
            tenant_of("https://sts.windows.net/72f988bf/"),
            Some("72f988bf")
        );
        assert_eq!(tenant_of("https:///"), None);
    }
}
