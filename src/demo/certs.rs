//! The demo's certificates: an authority of its own and one for the listener, both made anew at
//! each start and trusted by nobody else.

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, Error, ExtendedKeyUsagePurpose,
    IsCa, KeyPair, KeyUsagePurpose,
};

/// Everything as PEM.
pub(super) struct Certificates {
    /// The authority's certificate; what clients trust.
    pub(super) ca: String,
    /// The listener's certificate.
    pub(super) server: String,
    /// Its key, PKCS#8.
    pub(super) server_key: String,
}

/// New keys and certificates; the listener's is for each of `names` (DNS names or addresses).
pub(super) fn make(names: &[&str]) -> Result<Certificates, Error> {
    let mut authority = CertificateParams::default();
    authority.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    authority.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    authority
        .distinguished_name
        .push(DnType::CommonName, "Oathgate demo authority");
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate()?)?;

    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut server = CertificateParams::new(names)?;
    server.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    server.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    server.use_authority_key_identifier_extension = true;
    server
        .distinguished_name
        .push(DnType::CommonName, "Oathgate demo");
    let key = KeyPair::generate()?;
    let certificate = server.signed_by(&key, &authority)?;
    Ok(Certificates {
        ca: authority.pem(),
        server: certificate.pem(),
        server_key: key.serialize_pem(),
    })
}

#[cfg(test)]
mod tests {
    use rustls_pki_types::{CertificateDer, pem::PemObject};
    use x509_parser::prelude::{FromDer, X509Certificate};

    use super::*;

    #[test]
    fn the_authority_issued_the_listeners_certificate() {
        let made = make(&["localhost", "127.0.0.1"]).unwrap();
        let der = |pem: &str| CertificateDer::from_pem_slice(pem.as_bytes()).unwrap();
        let (ca, server) = (der(&made.ca), der(&made.server));
        let (_, ca) = X509Certificate::from_der(&ca).unwrap();
        let (_, server) = X509Certificate::from_der(&server).unwrap();
        assert!(ca.is_ca());
        assert!(!server.is_ca());
        assert_eq!(server.issuer(), ca.subject());
        let names = server.subject_alternative_name().unwrap().unwrap();
        assert_eq!(names.value.general_names.len(), 2);
        assert!(made.server_key.contains("PRIVATE KEY"));
    }
}
