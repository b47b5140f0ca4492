//! From claims to names: identity claim, user, groups. Owns the rules of which values may name
//! anybody; no value falls through to another claim.

use super::{
    claim_path::ClaimPath,
    claims::Claims,
    content::invalid,
    json::Json,
    principal::{Principal, is_name},
    provider::ClaimMapping,
    reason::{Reason, Refusal},
};
use crate::limits;

/// The value of the identity claim at `path`.
///
/// # Errors
/// `CLAIM_MISSING`; `CLAIM_INVALID` for what is no name (not a string, blank, longer than 255
/// bytes, control characters) and for an `email` that the issuer has not verified.
pub(super) fn identity_claim(claims: &Claims, path: &ClaimPath) -> Result<String, Refusal> {
    let value = text(claims, path)?;
    if !is_name(value) {
        let what = "is blank, longer than 255 bytes or holds control characters";
        return Err(invalid(&path.to_string(), what));
    }
    Ok(value.to_owned())
}

/// The user that `mapping` makes of the claims.
///
/// # Errors
/// `CLAIM_MISSING`, `CLAIM_INVALID`, and `USERNAME_RESERVED` for a name that nobody may have.
pub(super) fn user(claims: &Claims, mapping: &ClaimMapping) -> Result<Principal, Refusal> {
    let value = text(claims, &mapping.claim)?;
    if !is_name(value) {
        return Err(reserved(&mapping.claim));
    }
    named(&format!("{}{value}", mapping.prefix), &mapping.claim)
}

/// The user called `name`, which the claim at `path` gave.
///
/// # Errors
/// `USERNAME_RESERVED`.
pub(super) fn named(name: &str, path: &ClaimPath) -> Result<Principal, Refusal> {
    Principal::user(name).map_err(|_| reserved(path))
}

/// The groups that `mapping` makes of the claims: a list of strings, or one string with commas
/// between groups. A missing claim means none.
///
/// # Errors
/// `GROUPS_OVERAGE` if the issuer left them out for there are too many; `CLAIM_INVALID`.
pub(super) fn groups(claims: &Claims, mapping: &ClaimMapping) -> Result<Vec<Principal>, Refusal> {
    check_overage(claims, &mapping.claim)?;
    let place = mapping.claim.to_string();
    let names: Vec<&str> = match claims.at(&mapping.claim) {
        None => return Ok(Vec::new()),
        Some(Json::Text(text)) => text
            .split(',')
            .map(str::trim)
            .filter(|name| !name.is_empty())
            .collect(),
        Some(list @ Json::List(_)) => list
            .as_texts()
            .ok_or_else(|| invalid(&place, "holds something else than strings"))?,
        Some(other) => {
            let what = format!("is {}; a list of strings is wanted", other.kind());
            return Err(invalid(&place, what));
        }
    };
    if names.len() > limits::GROUPS_MAX {
        let what = format!(
            "has {} groups; at most {} are read",
            names.len(),
            limits::GROUPS_MAX
        );
        return Err(invalid(&place, what));
    }
    let group = |name: &str| match is_name(name) {
        true => Principal::group(&format!("{}{name}", mapping.prefix)).ok(),
        false => None,
    };
    let groups: Option<Vec<_>> = names.into_iter().map(group).collect();
    groups.ok_or_else(|| invalid(&place, "holds a name that no group may have"))
}

/// Entra ID leaves out more than 200 groups and points to a service instead (OpenID Connect
/// section 5.6.2); rights decided without them would be wrong both ways.
fn check_overage(claims: &Claims, path: &ClaimPath) -> Result<(), Refusal> {
    let Some(name) = path.names().first() else {
        return Ok(());
    };
    let elsewhere = match claims.get("_claim_names") {
        Some(Json::Object(members)) => members.contains_key(name),
        _ => false,
    };
    let hinted = name == "groups" && claims.get("hasgroups") == Some(&Json::Bool(true));
    if elsewhere || hinted {
        let detail = format!("the issuer left `{path}` out for there are too many");
        return Err(Refusal::new(Reason::GroupsOverage, detail));
    }
    Ok(())
}

fn text<'a>(claims: &'a Claims, path: &ClaimPath) -> Result<&'a str, Refusal> {
    let Some(value) = claims.at(path) else {
        return Err(Refusal::new(
            Reason::ClaimMissing,
            format!("`{path}` is missing"),
        ));
    };
    let Json::Text(text) = value else {
        let what = format!("is {}; a string is wanted", value.kind());
        return Err(invalid(&path.to_string(), what));
    };
    let is_email = path.names() == ["email"];
    if is_email && claims.get("email_verified") != Some(&Json::Bool(true)) {
        return Err(invalid(
            "email",
            "names somebody, but `email_verified` is not true",
        ));
    }
    Ok(text)
}

fn reserved(path: &ClaimPath) -> Refusal {
    let detail = format!(
        "`{path}` yields a user name that is blank, `*`, ANONYMOUS, longer than 255 bytes, holds \
         control characters or starts with pool-, group-, sa- or u-"
    );
    Refusal::new(Reason::UsernameReserved, detail)
}
