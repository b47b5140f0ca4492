//! TLS material of the file: chains, keys and authorities that its keys name, each fault at the
//! key that names what is wrong.

use std::sync::Arc;

use rustls::{RootCertStore, sign::CertifiedKey};
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

use super::{
    certificate::{Leaf, Validity},
    finding::Findings,
    section::Section,
    surroundings::Surroundings,
};
use crate::control::tls::{self, TlsFault};

/// The chain that `certificate_file` names, and what its first certificate says. One that is not in
/// force is a fault, one about to expire a warning.
pub(super) fn read_chain(
    section: &Section<'_>,
    surroundings: &Surroundings<'_>,
    findings: &mut Findings,
) -> Option<(Vec<CertificateDer<'static>>, Leaf)> {
    let key = "certificate_file";
    let file = section.required(key, "the path of a PEM file with the chain", findings)?;
    let pem = surroundings.file(section, key, findings)?;
    let path = section.path_of(key);
    let chain = noted(tls::parse_certificates(&pem), &path, file, findings)?;
    let Some(leaf) = chain.first().and_then(|der| Leaf::parse(der)) else {
        findings.fault(
            &path,
            file,
            "holds a certificate that does not parse (X.509)",
        );
        return None;
    };
    match leaf.validity(surroundings.now) {
        Validity::Valid => {}
        Validity::NotYet => {
            let problem = "is not valid yet; check the clock, or wait for its beginning";
            findings.fault(&path, file, problem);
        }
        Validity::Expired => findings.fault(&path, file, "has expired; renew it"),
        Validity::Ending(days) => {
            findings.warn(&path, file, format!("expires in {days} days; renew it"));
        }
    }
    Some((chain, leaf))
}

/// The private key that `key_file` names.
pub(super) fn read_key(
    section: &Section<'_>,
    surroundings: &Surroundings<'_>,
    findings: &mut Findings,
) -> Option<PrivateKeyDer<'static>> {
    let key = "key_file";
    let file = section.required(key, "the path of a PEM file with the private key", findings)?;
    let pem = surroundings.private_file(section, key, findings)?;
    noted(tls::parse_key(&pem), &section.path_of(key), file, findings)
}

/// `chain` and `key` of `section` as one; a mismatch is a fault of `key_file`.
pub(super) fn pair(
    section: &Section<'_>,
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
    findings: &mut Findings,
) -> Option<CertifiedKey> {
    noted(
        tls::pair(chain, key),
        &section.path_of("key_file"),
        "",
        findings,
    )
}

/// The authorities in the file that `key` names; absent is `None`.
pub(super) fn read_authorities(
    section: &Section<'_>,
    key: &str,
    surroundings: &Surroundings<'_>,
    findings: &mut Findings,
) -> Option<Arc<RootCertStore>> {
    let pem = surroundings.file(section, key, findings)?;
    let file = section.text(key, findings)?;
    noted(
        tls::parse_authorities(&pem),
        &section.path_of(key),
        file,
        findings,
    )
}

/// The value, or the fault noted.
pub(super) fn noted<T>(
    result: Result<T, TlsFault>,
    path: &str,
    value: &str,
    findings: &mut Findings,
) -> Option<T> {
    result
        .inspect_err(|fault| findings.fault(path, value, fault.to_string()))
        .ok()
}
