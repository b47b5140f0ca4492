//! `[[revocations]]`: tokens that are refused before they expire.

use std::collections::BTreeMap;

use super::{
    finding::Findings,
    names::{DEFAULT_ORGANIZATION, Names},
    section::Section,
};
use crate::{
    clock::UnixTime,
    identity::{Revocations, Revoked, Terms},
};

/// Keys that say what is revoked; exactly one of them stands.
const WHATS: [&str; 5] = ["subject", "client_id", "jti", "kid", "all"];

/// Revocations by organization and provider.
pub(super) type ByProvider = BTreeMap<(String, String), Revocations>;

/// Reads all revocations. One of a provider that there is not is a fault: it would do nothing.
pub(super) fn read_all(
    sections: &[Section<'_>],
    names: &Names,
    now: UnixTime,
    findings: &mut Findings,
) -> ByProvider {
    let mut all = ByProvider::new();
    for section in sections {
        let organization = section
            .text("organization", findings)
            .unwrap_or(DEFAULT_ORGANIZATION);
        let what = "the name of the provider whose tokens it is about";
        let provider = section.required("provider", what, findings);
        let revoked = read_revoked(section, findings);
        let terms = read_terms(section, now, findings);
        let Some(provider) = provider else {
            continue;
        };
        if !names.has_provider(organization, provider) {
            let problem = format!(
                "is no provider of organization {organization:?}; there are: {}",
                names.providers_of(organization)
            );
            findings.fault(&section.path_of("provider"), provider, problem);
        }
        if let Some(revoked) = revoked {
            let key = (organization.to_owned(), provider.to_owned());
            all.entry(key).or_default().add(revoked, terms);
        }
    }
    all
}

fn read_revoked(section: &Section<'_>, findings: &mut Findings) -> Option<Revoked> {
    let written: Vec<&str> = WHATS.into_iter().filter(|key| section.has(key)).collect();
    let [key] = written.as_slice() else {
        let problem = format!("must have exactly one of {}", WHATS.join(", "));
        findings.fault(section.path(), &written.join(", "), problem);
        return None;
    };
    if *key == "all" {
        if section.flag("all", findings) {
            return Some(Revoked::All);
        }
        let problem = "revokes nothing; write all = true, or name what is revoked";
        findings.fault(&section.path_of("all"), "", problem);
        return None;
    }
    let text = section.text(key, findings)?;
    if text.is_empty() {
        findings.fault(
            &section.path_of(key),
            "",
            "is empty, which no token carries",
        );
        return None;
    }
    let text = text.to_owned();
    Some(match *key {
        "subject" => Revoked::Subject(text),
        "client_id" => Revoked::ClientId(text),
        "jti" => Revoked::Jti(text),
        _ => Revoked::Kid(text),
    })
}

fn read_terms(section: &Section<'_>, now: UnixTime, findings: &mut Findings) -> Terms {
    let issued_before = section.time("issued_before", findings);
    let until = section.time("until", findings);
    if until.is_some_and(|until| until <= now) {
        let problem = "is past, so that nothing is revoked any more; remove the whole entry";
        findings.warn(&section.path_of("until"), "", problem);
    }
    Terms {
        issued_before,
        until,
    }
}
