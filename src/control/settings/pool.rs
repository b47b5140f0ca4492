//! `[[providers.pools]]`: which tokens of a provider act as which pool.

use super::{finding::Findings, schema, section::Section};
use crate::identity::{ClaimPath, Filter, Pool, PoolId};

/// Longest `display_name`.
const DISPLAY_NAME_MAX: usize = 128;

/// Reads the pools of `provider`; `identity_claim` is what a pool inherits.
pub(super) fn read_all(
    provider: &Section<'_>,
    identity_claim: Option<&ClaimPath>,
    findings: &mut Findings,
) -> Vec<Pool> {
    let sections = provider.tables("pools", schema::POOL, findings);
    sections
        .iter()
        .filter_map(|section| read(section, identity_claim, findings))
        .collect()
}

fn read(
    section: &Section<'_>,
    inherited: Option<&ClaimPath>,
    findings: &mut Findings,
) -> Option<Pool> {
    let what = "the pool's id, as in \"pool-orders\"";
    let id = section.required_parsed("id", what, PoolId::parse, findings);
    let what = "a CEL expression over claims; \"true\" admits every token of the provider";
    let filter = section.required_parsed("filter", what, Filter::compile, findings);
    let name = section.parsed("display_name", parse_display_name, findings);
    let identity_claim = if section.has("identity_claim") {
        section.parsed("identity_claim", str::parse::<ClaimPath>, findings)
    } else {
        inherited.cloned()
    };
    let id = id?;
    let display_name = name.unwrap_or_else(|| id.to_string());
    Some(Pool {
        id,
        display_name,
        filter: filter?,
        identity_claim: identity_claim?,
    })
}

fn parse_display_name(text: &str) -> Result<String, String> {
    if text.len() > DISPLAY_NAME_MAX || text.chars().any(char::is_control) {
        return Err(format!(
            "must be at most {DISPLAY_NAME_MAX} bytes without control characters"
        ));
    }
    Ok(text.to_owned())
}
