//! The shipped example of each product against documents in the product's form: from discovery by way
//! of the key set to whom a token names. `tests/documents/README.md` says where they are from.

use std::{fs, path::PathBuf, sync::Arc};

use super::{preset::PRESETS, product_tests::login, tests::World};
use crate::identity::{Identity, KeyEndpoint, KeySet, Provider, fixture::jwks_uri_of};

/// A product, whom its token names, how many keys of its set verify tokens, and how many do not.
const PRODUCTS: &[(&str, &str, usize, usize)] = &[
    ("auth0", "wKq1orders@clients", 2, 0),
    ("entra-v1", "690222be-ff1a-4d56-abd1-7e4f7d38e474", 1, 0),
    ("entra-v2", "690222be-ff1a-4d56-abd1-7e4f7d38e474", 2, 0),
    ("google", "107517467455664443765", 2, 0),
    ("keycloak", "service-account-orders-service", 1, 1),
    ("kubernetes", "system:serviceaccount:prod:orders", 1, 0),
    ("okta", "0oa1orders", 1, 0),
];

fn read(path: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The provider of `config/providers/<product>.toml`, which has no fault.
fn shipped(product: &str) -> Arc<Provider> {
    let world = World::new();
    let authority = fs::read_to_string(world.base().join("tls/ca.pem")).unwrap();
    world.write("pod/ca.crt", &authority, 0o644);
    world.write("pod/token", "t", 0o600);
    let text = read(&format!("config/providers/{product}.toml"));
    let checked = world.check(&text);
    let checked = checked.unwrap_or_else(|found| panic!("{product}: {found:#?}"));
    assert_eq!(checked.providers.len(), 1, "{product}");
    Arc::clone(&checked.providers[0])
}

/// Whom a token with these `claims`, as a JSON object, and with times around now names.
fn named(provider: &Arc<Provider>, claims: &str) -> Identity {
    let members = claims.trim().strip_prefix('{').unwrap();
    let members = members.strip_suffix('}').unwrap();
    login(provider, members).unwrap_or_else(|reason| panic!("{}: {reason:?}", provider.name))
}

#[test]
fn each_products_documents_fit_its_example() {
    for (product, names, usable, ignored) in PRODUCTS {
        let document = |name: &str| read(&format!("tests/documents/{product}/{name}.json"));
        let provider = shipped(product);
        let discovery = document("discovery");
        let jwks_uri = jwks_uri_of(&discovery, &provider.issuer).unwrap();
        assert!(jwks_uri.starts_with("https://"), "{product}: {jwks_uri}");
        let strange = jwks_uri_of(&discovery, &format!("{}x", provider.issuer));
        assert!(strange.is_err(), "{product}: of another issuer");
        let set = KeySet::parse(document("jwks").as_bytes()).unwrap();
        let found = (set.len(), set.ignored().len());
        assert_eq!(found, (*usable, *ignored), "{product}: {:?}", set.ignored());
        let identity = named(&provider, &document("claims"));
        assert_eq!(identity.claim, *names, "{product}");
        let principals: Vec<String> = identity.principals().map(|p| p.to_string()).collect();
        let pool = "User:pool-orders".to_owned();
        assert!(principals.contains(&pool), "{product}: {principals:?}");
    }
}

/// In the cluster the API server is asked for the keys, not the address that discovery names.
#[test]
fn examples_are_discovered_but_for_kubernetes() {
    for (product, ..) in PRODUCTS {
        let endpoint = &shipped(product).key_source.endpoint;
        let discovered = matches!(endpoint, KeyEndpoint::Discovery(_));
        assert_eq!(discovered, *product != "kubernetes", "{product}");
    }
}

#[test]
fn no_type_lacks_an_example_and_documents() {
    let mut types: Vec<&str> = PRESETS.iter().map(|(word, _)| *word).collect();
    types.sort_unstable();
    let tested: Vec<&str> = PRODUCTS.iter().map(|(product, ..)| *product).collect();
    assert_eq!(tested, types);
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("config/providers");
    let files = fs::read_dir(folder).unwrap();
    assert_eq!(files.count(), types.len(), "an example without a test");
}
