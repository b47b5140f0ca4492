//! `[[organizations]]`: defaults of what an organization owns.

use std::collections::BTreeMap;

use super::{finding::Findings, section::Section};
use crate::{identity::Organization, limits::AUDIENCES_MAX};

/// What an organization's providers inherit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Defaults {
    /// Audiences of providers that name none.
    pub(super) audiences: Vec<String>,
    /// Whether several providers may yield one and the same name.
    pub(super) shared_names: bool,
}

/// Reads all organizations, by name.
pub(super) fn read_all(
    sections: &[Section<'_>],
    findings: &mut Findings,
) -> BTreeMap<Organization, Defaults> {
    let mut organizations = BTreeMap::new();
    for section in sections {
        let what = "the organization's name, as in \"default\"";
        let name = section.required_parsed("name", what, Organization::parse, findings);
        let audiences = read_audiences(section, findings).unwrap_or_default();
        let shared_names = section.flag("shared_names", findings);
        if shared_names {
            let problem = "a name of one provider means the same person as that name of another; \
                           be sure that nobody can choose names at one that are taken at the other";
            findings.warn(&section.path_of("shared_names"), "true", problem);
        }
        let Some(name) = name else {
            continue;
        };
        let text = name.to_string();
        if organizations
            .insert(
                name,
                Defaults {
                    audiences,
                    shared_names,
                },
            )
            .is_some()
        {
            findings.fault(
                &section.path_of("name"),
                &text,
                "stands twice; it must be unique",
            );
        }
    }
    organizations
}

/// The `audiences` of an organization or provider, at most 10; `None` if absent.
pub(super) fn read_audiences(
    section: &Section<'_>,
    findings: &mut Findings,
) -> Option<Vec<String>> {
    let items = section.text_or_texts("audiences", findings)?;
    if items.len() > AUDIENCES_MAX {
        let problem = format!(
            "has {} entries; at most {AUDIENCES_MAX} are allowed",
            items.len()
        );
        findings.fault(&section.path_of("audiences"), "", problem);
    }
    if items.is_empty() {
        findings.fault(
            &section.path_of("audiences"),
            "",
            "is empty; write at least one audience",
        );
    }
    for item in items.iter().filter(|item| item.text.is_empty()) {
        findings.fault(&item.path, "", "is empty; write what tokens carry in `aud`");
    }
    Some(items.iter().map(|item| item.text.to_owned()).collect())
}
