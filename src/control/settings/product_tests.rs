//! Each product's tokens, as its documentation and its own test tenants show them, against a provider
//! that says `type` and little more: from the text of a configuration to an identity. Claims are as
//! recorded but for times, and for ids that would name somebody.

use std::{path::Path, sync::Arc, time::Duration};

use super::{Checked, tests::World};
use crate::{
    clock::UnixTime,
    identity::{
        Algorithm, Audiences, Directory, Identities, Identity, KeyEndpoint, Presented, Provider,
        Reason, TokenUse, Verdict,
        fixture::{NOW, P256, RSA_A, header, keyring, keys, organization},
        verify,
    },
    secret::Secret,
};

const TENANT: &str = "72f988bf-86f1-41af-91ab-2d7cd011db47";

/// Client credentials at Keycloak 26, a groups mapper with full paths.
const KEYCLOAK: &str = r#""jti":"trrtcc:0d4b","iss":"https://sso.example.com/realms/kafka","aud":"kafka",
    "sub":"cf8bc303-7a5f-4e0e-9d54-1d8f1a2b3c4d","typ":"Bearer","azp":"orders-service","acr":"1",
    "realm_access":{"roles":["offline_access","kafka-admin"]},"scope":"profile email",
    "email_verified":false,"clientHost":"10.0.0.1","groups":["/team-a"],
    "preferred_username":"service-account-orders-service","clientAddress":"10.0.0.1",
    "client_id":"orders-service""#;

/// Client credentials at an Okta custom authorization server.
const OKTA: &str = r#""ver":1,"jti":"AT.0mP4JKAZX1iACIT4vbEDF7LpvDVjxypPMf0D7uX39RE",
    "iss":"https://acme.okta.com/oauth2/default","aud":"api://default","cid":"0oa1orders",
    "scp":["kafka"],"sub":"0oa1orders""#;

/// A machine-to-machine application at Auth0, RBAC with permissions in the token.
const AUTH0: &str = r#""iss":"https://acme.eu.auth0.com/","sub":"wKq1orders@clients",
    "aud":"https://kafka.example.com","scope":"produce consume","gty":"client-credentials",
    "azp":"wKq1orders","permissions":["produce","consume"]"#;

/// An application at Entra ID whose API accepts tokens v2.
const ENTRA_V2: &str = r#""aud":"6e74172b-be56-4843-9ff4-e66a39bb12e3",
    "iss":"https://login.microsoftonline.com/72f988bf-86f1-41af-91ab-2d7cd011db47/v2.0","aio":"E2ZgY",
    "azp":"b14a7505-96e9-4927-91e8-0601d0fc9caa","azpacr":"1","idtyp":"app",
    "oid":"690222be-ff1a-4d56-abd1-7e4f7d38e474","rh":"0.AA","roles":["kafka.write"],
    "sub":"690222be-ff1a-4d56-abd1-7e4f7d38e474","tid":"72f988bf-86f1-41af-91ab-2d7cd011db47",
    "uti":"HKZ","ver":"2.0""#;

/// The same with tokens v1, which say `appid` for `azp`.
const ENTRA_V1: &str = r#""aud":"api://6e74172b","idp":"https://sts.windows.net/72f988bf-86f1-41af-91ab-2d7cd011db47/",
    "iss":"https://sts.windows.net/72f988bf-86f1-41af-91ab-2d7cd011db47/",
    "appid":"b14a7505-96e9-4927-91e8-0601d0fc9caa","appidacr":"1","scp":"kafka.write User.Read",
    "oid":"690222be-ff1a-4d56-abd1-7e4f7d38e474","sub":"pairwise",
    "tid":"72f988bf-86f1-41af-91ab-2d7cd011db47","unique_name":"alice@example.com","ver":"1.0""#;

/// An ID token of a person of a Workspace domain; those of service accounts have no `hd`.
const GOOGLE: &str = r#""iss":"https://accounts.google.com","azp":"107517467455664443765",
    "aud":"https://kafka.example.com","sub":"107517467455664443765","hd":"example.com",
    "email":"alice@example.com","email_verified":true"#;

/// A projected token of a Kubernetes service account.
const KUBERNETES: &str = r#""aud":["kafka"],"iss":"https://kubernetes.default.svc.cluster.local",
    "jti":"5bd0a6c1","kubernetes.io":{"namespace":"prod","node":{"name":"n1","uid":"u0"},
    "pod":{"name":"orders-0","uid":"u1"},"serviceaccount":{"name":"orders","uid":"u2"}},
    "nbf":1750000000,"sub":"system:serviceaccount:prod:orders""#;

/// The configuration with `provider` in its place.
fn configuration(provider: &str) -> String {
    format!(
        "[[listeners]]\nname = \"public\"\nbind = \"127.0.0.1:9092\"\n\
         insecure_plaintext_tokens_readable_on_the_wire = true\n\
         clusters = [{{ cluster = \"lkc\", first_port = 9101, node_ids = \"1-3\" }}]\n\
         [[clusters]]\nid = \"lkc\"\nbootstrap_servers = [\"127.0.0.1:1\"]\n\
         authorization = \"broker-shared-identity\"\nallow = {{ providers = [\"idp\"] }}\n\
         [[providers]]\nname = \"idp\"\n{provider}"
    )
}

fn checked(world: &World, provider: &str) -> Checked {
    let text = configuration(provider);
    world
        .check(&text)
        .unwrap_or_else(|found| panic!("{provider}\n{found:#?}"))
}

fn provider(provider: &str) -> Arc<Provider> {
    Arc::clone(&checked(&World::new(), provider).providers[0])
}

/// What becomes of a token with `claims` and times around [`NOW`].
pub(super) fn login(provider: &Arc<Provider>, claims: &str) -> Result<Identity, Reason> {
    let payload = format!("{{{claims},\"iat\":{NOW},\"exp\":{}}}", NOW + 3600);
    login_as(
        provider,
        RSA_A.token(Algorithm::Rs256, &header(&[]), &payload),
    )
}

fn login_as(provider: &Arc<Provider>, token: String) -> Result<Identity, Reason> {
    let jwks = [
        RSA_A.jwk(r#""kid":"k1","use":"sig","#),
        P256.jwk(r#""kid":"k2","#),
    ];
    let ring = keyring(provider, keys(&jwks));
    let presented = Presented {
        organization: &organization(),
        token: &Secret::new(token),
        named_pools: None,
        authzid: None,
        client_certificate_sha256: None,
        min_remaining: Some(Duration::from_secs(3)),
        introspected: None,
    };
    let directory = Directory::new(vec![Arc::clone(provider)]).unwrap();
    match verify(&directory, &ring, &presented, UnixTime::from_secs(NOW)) {
        Verdict::Accepted(identity) => Ok(*identity),
        Verdict::Refused(refusal) | Verdict::Unavailable(refusal) => Err(refusal.reason),
        Verdict::KeyWanted { otherwise, .. } => Err(otherwise.reason),
        Verdict::Introspect(_) => Err(Reason::IntrospectionUnavailable),
    }
}

fn pool(filter: &str) -> String {
    format!("[[providers.pools]]\nid = \"pool-a\"\nfilter = '''{filter}'''\n")
}

/// A product, its tokens, a filter that means them, and whom they name.
#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn a_type_and_an_audience_admit_the_products_tokens() {
    let entra_v2 = format!("https://login.microsoftonline.com/{TENANT}/v2.0");
    let entra_v1 = format!("https://sts.windows.net/{TENANT}/");
    let cases = [
        (
            "keycloak",
            "https://sso.example.com/realms/kafka",
            "kafka",
            "claims.azp == 'orders-service' && 'kafka-admin' in claims.realm_access.roles",
            KEYCLOAK,
            ("service-account-orders-service", "orders-service"),
        ),
        (
            "okta",
            "https://acme.okta.com/oauth2/default",
            "api://default",
            "claims.cid == '0oa1orders' && 'kafka' in claims.scp",
            OKTA,
            ("0oa1orders", "0oa1orders"),
        ),
        (
            "auth0",
            "https://acme.eu.auth0.com/",
            "https://kafka.example.com",
            "'produce' in claims.permissions",
            AUTH0,
            ("wKq1orders@clients", "wKq1orders"),
        ),
        (
            "entra-v2",
            &entra_v2,
            "6e74172b-be56-4843-9ff4-e66a39bb12e3",
            "claims.tid == '72f988bf-86f1-41af-91ab-2d7cd011db47' && 'kafka.write' in claims.roles",
            ENTRA_V2,
            (
                "690222be-ff1a-4d56-abd1-7e4f7d38e474",
                "b14a7505-96e9-4927-91e8-0601d0fc9caa",
            ),
        ),
        (
            "entra-v1",
            &entra_v1,
            "api://6e74172b",
            "claims.appid == 'b14a7505-96e9-4927-91e8-0601d0fc9caa'",
            ENTRA_V1,
            (
                "690222be-ff1a-4d56-abd1-7e4f7d38e474",
                "b14a7505-96e9-4927-91e8-0601d0fc9caa",
            ),
        ),
        (
            "google",
            "https://accounts.google.com",
            "https://kafka.example.com",
            "claims.sub == '107517467455664443765'",
            GOOGLE,
            ("107517467455664443765", "107517467455664443765"),
        ),
    ];
    for (word, issuer, audience, filter, claims, (claim, client)) in cases {
        let head =
            format!("type = \"{word}\"\nissuer = \"{issuer}\"\naudiences = [\"{audience}\"]\n");
        let provider = provider(&format!("{head}{}", pool(filter)));
        let identity =
            login(&provider, claims).unwrap_or_else(|reason| panic!("{word}: {reason:?}"));
        assert_eq!(identity.claim, claim, "{word}");
        assert_eq!(identity.client_id.as_deref(), Some(client), "{word}");
        let foreign = claims.replace(&format!("\"{audience}\""), "\"somebody-else\"");
        assert_eq!(
            login(&provider, &foreign).unwrap_err(),
            Reason::AudienceMismatch,
            "{word}"
        );
        let slashless = claims.replace(&format!("\"{issuer}\""), &format!("\"{issuer}x\""));
        assert_eq!(
            login(&provider, &slashless).unwrap_err(),
            Reason::IssuerUnknown,
            "{word}"
        );
        if word != "keycloak" {
            let token = format!("{{{claims},\"iat\":{NOW},\"exp\":{}}}", NOW + 3600);
            let es256 = header(&[("alg", "\"ES256\""), ("kid", "\"k2\"")]);
            let other = login_as(&provider, P256.token(Algorithm::Es256, &es256, &token));
            assert_eq!(other.unwrap_err(), Reason::AlgorithmNotAllowed, "{word}");
        }
    }
}

#[test]
fn users_and_groups_come_from_where_the_product_puts_them() {
    let users = "identities = \"users\"\n";
    let head = "type = \"keycloak\"\nissuer = \"https://sso.example.com/realms/kafka\"\n\
                audiences = [\"kafka\"]\n";
    let keycloak = provider(&format!("{head}{users}groups = {{ prefix = \"kc:\" }}\n"));
    let identity = login(&keycloak, KEYCLOAK).unwrap();
    // Without an opinion on prefixes the issuer is one, as OKD has it.
    let user = "https://sso.example.com/realms/kafka#service-account-orders-service";
    assert_eq!(identity.primary.name(), user);
    assert_eq!(identity.groups[0].name(), "kc:/team-a");
    let refresh = KEYCLOAK.replace("\"Bearer\"", "\"Refresh\"");
    assert_eq!(
        login(&keycloak, &refresh).unwrap_err(),
        Reason::TokenUseMismatch
    );

    let head = format!(
        "type = \"entra-v2\"\nissuer = \"https://login.microsoftonline.com/{TENANT}/v2.0\"\n\
         audiences = [\"6e74172b-be56-4843-9ff4-e66a39bb12e3\"]\n"
    );
    let entra = provider(&format!("{head}{users}groups = {{}}\n"));
    assert!(login(&entra, ENTRA_V2).unwrap().groups.is_empty());
    let overage = format!(
        "{ENTRA_V2},\"_claim_names\":{{\"groups\":\"src1\"}},\"_claim_sources\":{{\"src1\":\
         {{\"endpoint\":\"https://graph.microsoft.com/v1.0/users/x/getMemberObjects\"}}}}"
    );
    assert_eq!(login(&entra, &overage).unwrap_err(), Reason::GroupsOverage);

    let email = "username = { claim = \"email\" }\n[[providers.claim_validation_rules]]\n\
                 claim = \"hd\"\nrequired_value = \"example.com\"\n";
    let head = "type = \"google\"\nissuer = \"https://accounts.google.com\"\n\
                audiences = [\"https://kafka.example.com\"]\n";
    let google = provider(&format!("{head}{users}{email}"));
    let identity = login(&google, GOOGLE).unwrap();
    assert_eq!(identity.primary.name(), "alice@example.com");
    let unverified = GOOGLE.replace("true", "false");
    assert_eq!(
        login(&google, &unverified).unwrap_err(),
        Reason::ClaimInvalid
    );
    let stranger = GOOGLE.replace("\"hd\":\"example.com\"", "\"hd\":\"evil.com\"");
    assert_eq!(
        login(&google, &stranger).unwrap_err(),
        Reason::ClaimRuleFailed
    );
}

#[test]
fn kubernetes_keys_come_from_the_clusters_own_api() {
    let world = World::new();
    let pem = std::fs::read_to_string(world.base().join("tls/ca.pem")).unwrap();
    world.write("pod/ca.crt", &pem, 0o644);
    world.write("pod/token", "t", 0o600);
    let head = "type = \"kubernetes\"\nissuer = \"https://kubernetes.default.svc.cluster.local\"\n\
                audiences = [\"kafka\"]\n";
    let filter = "claims['kubernetes.io'].namespace == 'prod' && \
                  claims['kubernetes.io'].serviceaccount.name == 'orders'";
    let checked = checked(&world, &format!("{head}{}", pool(filter)));
    let provider = &checked.providers[0];
    let source = &provider.key_source;
    assert_eq!(
        source.endpoint.url(),
        "https://kubernetes.default.svc/openid/v1/jwks"
    );
    assert_eq!(source.ca.as_deref(), Some(pem.as_bytes()));
    assert_eq!(
        source.token_file.as_deref(),
        Some(world.base().join("pod/token").as_path())
    );
    let identity = login(provider, KUBERNETES).unwrap();
    assert_eq!(identity.claim, "system:serviceaccount:prod:orders");
    assert_eq!(identity.jti.as_deref(), Some("5bd0a6c1"));
    let other = KUBERNETES.replace("\"prod\"", "\"dev\"");
    assert_eq!(login(provider, &other).unwrap_err(), Reason::PoolNoMatch);
    // Managed clusters publish their keys; nothing of the pod is shown to them.
    let eks = "type = \"kubernetes\"\nissuer = \"https://oidc.eks.eu-west-1.amazonaws.com/id/ABC\"\n\
               audiences = [\"kafka\"]\n";
    let eks = self::checked(&world, &format!("{eks}{}", pool("true")));
    let source = &eks.providers[0].key_source;
    assert!(
        source
            .endpoint
            .url()
            .ends_with("/id/ABC/.well-known/openid-configuration")
    );
    assert_eq!(
        (source.token_file.as_deref(), source.ca.as_deref()),
        (None::<&Path>, None)
    );
}

#[test]
fn entra_v1_is_discovered_where_its_tenant_is() {
    let head = format!("type = \"entra-v1\"\nissuer = \"https://sts.windows.net/{TENANT}/\"\n");
    let entra = provider(&format!("{head}audiences = [\"a\"]\n{}", pool("true")));
    let url =
        format!("https://login.microsoftonline.com/{TENANT}/.well-known/openid-configuration");
    assert_eq!(
        entra.key_source.endpoint,
        KeyEndpoint::Discovery(url.into())
    );
}

#[test]
fn what_is_written_outdoes_a_preset() {
    let text = "type = \"google\"\nissuer = \"https://accounts.google.com\"\ntoken_use = \"any\"\n\
                algorithms = [\"ES256\"]\nidentity_claim = \"email\"\n";
    let google = provider(&format!(
        "{text}{}",
        pool("claims.aud == 'a' && claims.hd == 'b'")
    ));
    assert_eq!(
        (google.token_use, google.algorithms.as_slice()),
        (TokenUse::Any, &[Algorithm::Es256][..])
    );
    assert_eq!(google.identity_claim.names(), ["email"]);
    // No audience on the provider: every filter pins it.
    assert_eq!(google.audiences, Audiences::PinnedByPools);
}

/// The request of Streamtime's API, key by key.
#[test]
fn the_names_of_other_products_mean_the_same() {
    let text = "identifier = \"dev-47119201\"\nissuer = \"https://dev-47119201.okta.com/oauth2/default\"\n\
                jwks_endpoint_uri = \"https://dev-47119201.okta.com/oauth2/default/v1/keys\"\n\
                audience = \"api://default\"\nscope = \"kafka openid\"\n\
                token_endpoint_uri = \"https://dev-47119201.okta.com/oauth2/default/v1/token\"\n\
                sub_claim_name = \"sub\"\ngroups_claim_name = \"groups\"\nidentities = \"users\"\n\
                authorize_endpoint_uri = \"https://dev-47119201.okta.com/oauth2/default/v1/authorize\"\n\
                refresh_token = true\ncfk_client_id = \"oidc\"\n";
    let text = configuration(text)
        .replace("name = \"idp\"\n", "")
        .replace("\"idp\"", "\"dev-47119201\"");
    let checked = World::new()
        .check(&text)
        .unwrap_or_else(|found| panic!("{found:#?}"));
    let provider = &checked.providers[0];
    assert_eq!(provider.name.as_str(), "dev-47119201");
    assert!(provider.key_source.endpoint.url().ends_with("/v1/keys"));
    assert_eq!(
        provider.audiences,
        Audiences::AnyOf(vec!["api://default".to_owned()])
    );
    assert_eq!(provider.requests.scopes, ["kafka", "openid"]);
    assert!(provider.requests.endpoints.token.is_some() && provider.requests.refresh_token);
    let Identities::Users { username } = &provider.identities else {
        panic!("users")
    };
    assert_eq!(
        username.prefix,
        "https://dev-47119201.okta.com/oauth2/default#"
    );
    assert!(provider.groups.is_some());
}

/// The provider of OKD's own documentation, table by table; files stand where it names config maps
/// and secrets.
#[test]
fn okds_nested_names_mean_the_same() {
    let text = "identities = \"users\"\n\
                issuer = { issuerURL = \"https://keycloak.example.com/realms/master\", \
                audiences = [\"console-test\", \"oc-cli-test\"] }\n\
                [providers.claimMappings]\n\
                groups = { claim = \"groups\", prefix = \"oidc-groups-test:\" }\n\
                username = { claim = \"email\", prefixPolicy = \"Prefix\", \
                prefix = { prefixString = \"oidc-user-test:\" } }\n\
                [[providers.claimValidationRules]]\ntype = \"\"\n\
                requiredClaim = { claim = \"hd\", requiredValue = \"example.com\" }\n\
                [[providers.oidcClients]]\nclientID = \"oc-cli-test\"\ncomponentName = \"cli\"\n\
                componentNamespace = \"openshift-console\"\n";
    let okd = configuration(text).replace("[[providers]]", "[[oidcProviders]]");
    let okd = okd.replace("[providers.claim", "[oidcProviders.claim");
    let okd = okd.replace("[[providers.", "[[oidcProviders.");
    let checked = World::new().check(&okd);
    let checked = checked.unwrap_or_else(|found| panic!("{found:#?}"));
    let provider = &checked.providers[0];
    assert_eq!(
        &*provider.issuer,
        "https://keycloak.example.com/realms/master"
    );
    let audiences = ["console-test", "oc-cli-test"].map(str::to_owned);
    assert_eq!(provider.audiences, Audiences::AnyOf(audiences.into()));
    assert_eq!(
        provider.requests.components[0].client.client_id,
        "oc-cli-test"
    );
    let claims = r#""iss":"https://keycloak.example.com/realms/master","sub":"x","aud":"oc-cli-test",
        "email":"user1@example.com","email_verified":true,"groups":"a,b","hd":"example.com""#;
    let identity = login(provider, claims).unwrap();
    assert_eq!(identity.primary.name(), "oidc-user-test:user1@example.com");
    let groups: Vec<_> = identity.groups.iter().map(|group| group.name()).collect();
    assert_eq!(groups, ["oidc-groups-test:a", "oidc-groups-test:b"]);
    let stranger = claims.replace("\"hd\":\"example.com\"", "\"hd\":\"evil.com\"");
    assert_eq!(
        login(provider, &stranger).unwrap_err(),
        Reason::ClaimRuleFailed
    );
}

/// What two names say twice, or a name that means something else there, is a fault at its place.
#[test]
fn nested_names_are_as_strict_as_others() {
    let head = "audiences = [\"a\"]\nidentities = \"users\"\n";
    for (text, path, problem) in [
        (
            "issuer = { issuerURL = \"https://a.example\", url = \"https://a.example\" }\n\
             username = { claim = \"sub\" }\n",
            "providers[0].issuer.url",
            "means the same as `issuer.issuerURL`",
        ),
        (
            "issuerURL = \"https://a.example\"\nissuer = { issuerURL = \"https://b.example\" }\n\
             username = { claim = \"sub\" }\n",
            "providers[0].issuer.issuerURL",
            "means the same as `issuerURL`",
        ),
        (
            "issuer = \"https://a.example\"\nusername = { claim = \"sub\" }\n\
             claimMappings = { username = { claim = \"email\" } }\n",
            "providers[0].claimMappings.username",
            "means the same as `username`",
        ),
        (
            "issuer = \"https://a.example\"\ngroups_claim_name = \"g\"\n\
             claimMappings = { username = { claim = \"sub\" }, groups = { claim = \"g\" } }\n",
            "providers[0].groups_claim_name",
            "means the same as groups.claim",
        ),
        (
            "issuer = \"https://a.example\"\n\
             claimMappings = { username = { claim = \"sub\" }, uid = { claim = \"sub\" } }\n",
            "providers[0].claimMappings.uid",
            "here may stand: username, groups",
        ),
        (
            "issuer = \"https://a.example\"\nusername = { claim = \"sub\" }\n\
             claimMappings = \"x\"\n",
            "providers[0].claimMappings",
            "must be a table",
        ),
        (
            "issuer = \"https://a.example\"\nusername = { claim = \"sub\", \
             prefixPolicy = \"Prefix\", prefix = { prefixString = \"\" } }\n",
            "providers[0].username.prefix.prefixString",
            "must be set if prefix_policy is \"Prefix\"",
        ),
        (
            "issuer = { issuerURL = \"https://a.example\", \
             issuerCertificateAuthority = { name = \"keycloak-oidc-ca\" } }\n\
             username = { claim = \"sub\" }\n",
            "providers[0].issuer.issuerCertificateAuthority",
            "must be a string, not a table",
        ),
    ] {
        let found = World::new()
            .check(&configuration(&format!("{head}{text}")))
            .expect_err(text);
        let hit = found
            .iter()
            .any(|finding| finding.path == path && finding.problem.contains(problem));
        assert!(
            hit && found.iter().all(|f| f.line.is_some()),
            "{text}: {found:#?}"
        );
    }
}

/// Prefix policies of OKD, and what each puts before a name.
#[test]
fn prefixes_follow_the_policy() {
    for (username, prefix) in [
        (
            "claim = \"sub\", prefix_policy = \"Prefix\", prefix = \"kc:\"",
            "kc:",
        ),
        ("claim = \"sub\", prefix = \"kc:\"", "kc:"),
        ("claim = \"sub\", prefix = \"\"", ""),
        ("claim = \"sub\", prefix_policy = \"NoPrefix\"", ""),
        (
            "claim = \"sub\", prefix_policy = \"\"",
            "https://a.example#",
        ),
        ("claim = \"sub\"", "https://a.example#"),
        ("claim = \"email\"", ""),
        ("claim = \"user.email\"", "https://a.example#"),
        ("expression = \"claims.email\"", "https://a.example#"),
        (
            "expression = \"claims.sub\", prefix_policy = \"NoPrefix\"",
            "",
        ),
    ] {
        let text = format!(
            "issuer = \"https://a.example\"\naudiences = [\"a\"]\nidentities = \"users\"\n\
             username = {{ {username} }}\n"
        );
        let Identities::Users { username: read } = &provider(&text).identities else {
            panic!("users")
        };
        assert_eq!(read.prefix, prefix, "{username}");
    }
}

/// Strangers' tokens are kept out by any filter that says whose tokens it means.
#[test]
fn shared_issuers_are_used_with_pinned_filters() {
    for (issuer, filter) in [
        ("https://accounts.google.com", "claims.hd == 'acme.com'"),
        (
            "https://accounts.google.com",
            "claims.email_verified && claims.email == 'a@b.example'",
        ),
        (
            "https://token.actions.githubusercontent.com",
            "claims.sub.startsWith('repo:acme/') && claims.aud == 'a'",
        ),
        (
            "https://token.actions.githubusercontent.com",
            "claims.enterprise == 'acme' && claims.repository.startsWith('acme/')",
        ),
        (
            "https://gitlab.com",
            "claims.project_path.startsWith('acme/')",
        ),
        (
            "https://agent.buildkite.com",
            "claims.sub.startsWith('organization:acme:')",
        ),
        (
            "https://app.terraform.io",
            "claims.terraform_organization_name == 'acme'",
        ),
        (
            "https://login.microsoftonline.com/organizations/v2.0",
            "claims.tid == '72f988bf'",
        ),
        (
            "https://token.actions.githubusercontent.com",
            "claims.repository_owner == 'acme'",
        ),
        (
            "https://token.actions.githubusercontent.com",
            "claims.sub in ['repo:acme/a:ref:refs/heads/main']",
        ),
        (
            "https://gitlab.com",
            "claims.namespace_path == 'acme' || claims.project_path == 'acme/x'",
        ),
        ("https://sso.example.com/realms/kafka", "true"),
    ] {
        let text = format!(
            "issuer = \"{issuer}\"\naudiences = [\"a\"]\n{}",
            pool(filter)
        );
        assert_eq!(provider(&text).pools.len(), 1, "{filter}");
    }
}
