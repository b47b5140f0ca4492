//! TLS material: PEM text to rustls configurations, on the AWS-LC provider. Knows bytes, not files
//! and not what the connection carries.

use std::sync::Arc;

use rustls::{
    ClientConfig, RootCertStore, ServerConfig,
    crypto::{CryptoProvider, aws_lc_rs},
    server::{ProducesTickets, WebPkiClientVerifier, danger::ClientCertVerifier},
    sign::{CertifiedKey, SingleCertAndKey},
};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};

/// Why material cannot be used; reads on after the name of what it was read from.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TlsFault {
    /// Not PEM, or broken PEM.
    #[error("is not PEM: {0}; write the file with `-----BEGIN ...-----` lines")]
    Pem(String),
    /// PEM without a certificate.
    #[error("holds no certificate (`-----BEGIN CERTIFICATE-----`)")]
    NoCertificate,
    /// A certificate that does not parse.
    #[error("holds a certificate that cannot be used: {0}")]
    Certificate(String),
    /// PEM without a private key.
    #[error("holds no unencrypted private key in PKCS#8, PKCS#1 or SEC1 form: {0}")]
    NoKey(String),
    /// A key of a kind that AWS-LC does not sign with.
    #[error(
        "holds a private key that cannot be used: {0}; RSA of 2048 bits or more, ECDSA P-256/384/521 and Ed25519 can"
    )]
    Key(String),
    /// The key belongs to another certificate.
    #[error(
        "does not belong to the certificate: their public keys differ; write the key that the certificate was issued for"
    )]
    Mismatch,
    /// Neither this machine nor the configuration names anybody to trust.
    #[error("is absent, and this system has no trusted certificates: {0}; name a `ca_file`")]
    NoSystemRoots(String),
    /// rustls refuses the combination.
    #[error("cannot be used for TLS: {0}")]
    Refused(String),
}

/// Whether clients must present a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientCertificate {
    /// They may; one that is presented must be good.
    Optional,
    /// They must.
    Required,
}

/// The certificates of `pem`, in order; at least one, each of which parses.
///
/// # Errors
/// [`TlsFault::Pem`], [`TlsFault::NoCertificate`] or [`TlsFault::Certificate`].
pub fn parse_certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, TlsFault> {
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    let chain = chain.map_err(|error| TlsFault::Pem(error.to_string()))?;
    if chain.is_empty() {
        return Err(TlsFault::NoCertificate);
    }
    for certificate in &chain {
        rustls::server::ParsedCertificate::try_from(certificate)
            .map_err(|error| TlsFault::Certificate(error.to_string()))?;
    }
    Ok(chain)
}

/// The first private key of `pem`: PKCS#8, PKCS#1 or SEC1.
///
/// # Errors
/// [`TlsFault::NoKey`].
pub fn parse_key(pem: &[u8]) -> Result<PrivateKeyDer<'static>, TlsFault> {
    PrivateKeyDer::from_pem_slice(pem).map_err(|error| TlsFault::NoKey(error.to_string()))
}

/// The certificates of `pem` as trust anchors.
///
/// # Errors
/// As [`parse_certificates`].
pub fn parse_authorities(pem: &[u8]) -> Result<Arc<RootCertStore>, TlsFault> {
    let mut roots = RootCertStore::empty();
    for certificate in parse_certificates(pem)? {
        roots
            .add(certificate)
            .map_err(|error| TlsFault::Certificate(error.to_string()))?;
    }
    Ok(Arc::new(roots))
}

/// The trust anchors of the operating system; those that rustls cannot read are passed over.
///
/// # Errors
/// [`TlsFault::NoSystemRoots`] if there is none.
pub fn system_authorities() -> Result<Arc<RootCertStore>, TlsFault> {
    let found = rustls_native_certs::load_native_certs();
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(found.certs);
    if roots.is_empty() {
        let why = found
            .errors
            .first()
            .map_or_else(|| "none found".to_owned(), ToString::to_string);
        return Err(TlsFault::NoSystemRoots(why));
    }
    Ok(Arc::new(roots))
}

/// A certificate chain, leaf first, with the private key of the leaf.
///
/// # Errors
/// [`TlsFault::Key`] or [`TlsFault::Mismatch`], both about the key.
pub fn pair(
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
) -> Result<CertifiedKey, TlsFault> {
    CertifiedKey::from_der(chain, key, &aws_lc_rs::default_provider()).map_err(
        |error| match error {
            rustls::Error::InconsistentKeys(_) => TlsFault::Mismatch,
            other => TlsFault::Key(other.to_string()),
        },
    )
}

/// The side that accepts clients: TLS 1.2 and 1.3, no ALPN (Kafka has none), stateless tickets.
/// `clients` is whom client certificates are trusted from, absent = none is asked for; `tickets` those
/// that replicas share, absent = keys of this configuration alone.
///
/// # Errors
/// [`TlsFault::Refused`].
pub fn server_config(
    identity: CertifiedKey,
    clients: Option<(Arc<RootCertStore>, ClientCertificate)>,
    tickets: Option<Arc<dyn ProducesTickets>>,
) -> Result<Arc<ServerConfig>, TlsFault> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let verifier = match clients {
        Some((roots, rule)) => client_verifier(roots, rule, &provider)?,
        None => WebPkiClientVerifier::no_client_auth(),
    };
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
        .map_err(refused)?
        .with_client_cert_verifier(verifier)
        .with_cert_resolver(Arc::new(SingleCertAndKey::from(identity)));
    config.ticketer = match tickets {
        Some(tickets) => tickets,
        None => aws_lc_rs::Ticketer::new().map_err(refused)?,
    };
    // One ticket serves a reconnect; more only cost bytes on every login.
    config.send_tls13_tickets = 1;
    Ok(Arc::new(config))
}

/// The side that dials brokers: TLS 1.2 and 1.3, trusting `roots`, presenting `identity` if any.
///
/// # Errors
/// [`TlsFault::Refused`].
pub fn client_config(
    roots: Arc<RootCertStore>,
    identity: Option<CertifiedKey>,
) -> Result<Arc<ClientConfig>, TlsFault> {
    let builder = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
        .map_err(refused)?
        .with_root_certificates(roots);
    Ok(Arc::new(match identity {
        Some(identity) => {
            builder.with_client_cert_resolver(Arc::new(SingleCertAndKey::from(identity)))
        }
        None => builder.with_no_client_auth(),
    }))
}

fn client_verifier(
    roots: Arc<RootCertStore>,
    rule: ClientCertificate,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<dyn ClientCertVerifier>, TlsFault> {
    let builder = WebPkiClientVerifier::builder_with_provider(roots, Arc::clone(provider));
    let builder = match rule {
        ClientCertificate::Optional => builder.allow_unauthenticated(),
        ClientCertificate::Required => builder,
    };
    builder
        .build()
        .map_err(|error| TlsFault::Refused(error.to_string()))
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "the shape that map_err takes"
)]
fn refused(error: rustls::Error) -> TlsFault {
    TlsFault::Refused(error.to_string())
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_ED25519};

    use super::*;

    fn certificate(algorithm: &'static rcgen::SignatureAlgorithm) -> (String, String) {
        let key = KeyPair::generate_for(algorithm).unwrap();
        let params = CertificateParams::new(vec!["kafka.example.com".to_owned()]).unwrap();
        (params.self_signed(&key).unwrap().pem(), key.serialize_pem())
    }

    #[test]
    fn a_pair_becomes_both_sides() {
        for algorithm in [&PKCS_ECDSA_P256_SHA256, &PKCS_ED25519] {
            let (chain, key) = certificate(algorithm);
            let roots = parse_authorities(chain.as_bytes()).unwrap();
            let identity = || {
                let chain = parse_certificates(chain.as_bytes()).unwrap();
                pair(chain, parse_key(key.as_bytes()).unwrap()).unwrap()
            };
            for rule in [ClientCertificate::Optional, ClientCertificate::Required] {
                let server =
                    server_config(identity(), Some((Arc::clone(&roots), rule)), None).unwrap();
                assert!(server.alpn_protocols.is_empty());
                assert_eq!(server.max_early_data_size, 0);
            }
            assert!(
                server_config(identity(), None, None)
                    .unwrap()
                    .ticketer
                    .enabled()
            );
            assert!(
                client_config(roots, Some(identity()))
                    .unwrap()
                    .client_auth_cert_resolver
                    .has_certs()
            );
        }
    }

    #[test]
    fn material_that_cannot_serve_says_why() {
        let (chain, key) = certificate(&PKCS_ECDSA_P256_SHA256);
        let (other, _) = certificate(&PKCS_ECDSA_P256_SHA256);
        assert_eq!(
            parse_certificates(key.as_bytes()),
            Err(TlsFault::NoCertificate)
        );
        assert_eq!(parse_certificates(b""), Err(TlsFault::NoCertificate));
        assert!(matches!(
            parse_key(chain.as_bytes()),
            Err(TlsFault::NoKey(_))
        ));
        let broken = "-----BEGIN CERTIFICATE-----\n%%%\n-----END CERTIFICATE-----\n";
        assert!(matches!(
            parse_certificates(broken.as_bytes()),
            Err(TlsFault::Pem(_))
        ));
        let junk = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        assert!(matches!(
            parse_certificates(junk.as_bytes()),
            Err(TlsFault::Certificate(_))
        ));
        let other = parse_certificates(other.as_bytes()).unwrap();
        let mixed = pair(other, parse_key(key.as_bytes()).unwrap());
        assert_eq!(mixed.err(), Some(TlsFault::Mismatch));
    }
}
