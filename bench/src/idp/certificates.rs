//! An authority, and a P-256 certificate of it for localhost.

use std::{fs, path::Path};

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};

use crate::fault::Result;

/// Writes `ca.pem`, `server.pem`, `server.key`, and `server-bundle.pem` with both of the latter for
/// servers that want one file.
///
/// # Errors
/// When a file cannot be written.
pub(super) fn write(folder: &Path) -> Result<()> {
    let mut authority = CertificateParams::new(Vec::new())?;
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    authority.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    name(&mut authority, "authority of the benchmark");
    let authority_key = KeyPair::generate()?;
    let ca = authority.self_signed(&authority_key)?;
    let issuer = Issuer::from_params(&authority, &authority_key);

    let names = ["localhost", "127.0.0.1"].map(str::to_owned);
    let mut server = CertificateParams::new(names)?;
    name(&mut server, "localhost");
    server.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    server.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let key = KeyPair::generate()?;
    let certificate = server.signed_by(&key, &issuer)?.pem();
    let key = key.serialize_pem();

    fs::write(folder.join("ca.pem"), ca.pem())?;
    fs::write(folder.join("server.pem"), &certificate)?;
    fs::write(folder.join("server.key"), &key)?;
    fs::write(folder.join("server-bundle.pem"), certificate + &key)?;
    Ok(())
}

fn name(parameters: &mut CertificateParams, name: &str) {
    parameters.distinguished_name.push(DnType::CommonName, name);
}
