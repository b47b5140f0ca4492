//! Certificates: an authority, and what it signs for servers and clients.

use super::folder;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose,
};
use std::path::{Path, PathBuf};

pub(crate) struct Authority(CertifiedIssuer<'static, KeyPair>);

/// A certificate and its key, both PEM (the key PKCS#8).
pub(crate) struct Pair {
    pub(crate) certificate: String,
    pub(crate) key: String,
}

impl Pair {
    /// Writes `<stem>.pem` and `<stem>.key` to `folder`; their paths.
    pub(crate) fn write(&self, folder: &Path, stem: &str) -> (PathBuf, PathBuf) {
        (
            folder::write(folder, &format!("{stem}.pem"), &self.certificate),
            folder::write_secret(folder, &format!("{stem}.key"), &self.key),
        )
    }
}

impl Authority {
    pub(crate) fn new(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        params.distinguished_name.push(DnType::CommonName, name);
        let key = KeyPair::generate().expect("generate a key");
        Self(CertifiedIssuer::self_signed(params, key).expect("sign the authority"))
    }

    /// Its own certificate.
    pub(crate) fn pem(&self) -> String {
        self.0.pem()
    }

    /// For a server under these names and addresses.
    pub(crate) fn server(&self, names: &[&str]) -> Pair {
        self.sign(names, "server", ExtendedKeyUsagePurpose::ServerAuth)
    }

    /// For a client called `name`.
    pub(crate) fn client(&self, name: &str) -> Pair {
        self.sign(&[], name, ExtendedKeyUsagePurpose::ClientAuth)
    }

    fn sign(&self, names: &[&str], common: &str, usage: ExtendedKeyUsagePurpose) -> Pair {
        let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
        let mut params = CertificateParams::new(names).expect("names fit a certificate");
        params.distinguished_name.push(DnType::CommonName, common);
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![usage];
        let key = KeyPair::generate().expect("generate a key");
        let signed = params.signed_by(&key, &self.0).expect("sign a certificate");
        Pair {
            certificate: signed.pem(),
            key: key.serialize_pem(),
        }
    }
}
