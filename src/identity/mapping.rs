//! From claims to names: identity claim, user, groups. Owns the rules of which values may name
//! anybody; no value falls through to another claim.

use super::{
    claim_path::ClaimPath,
    claims::Claims,
    content::invalid,
    json::Json,
    name_rule,
    principal::{Principal, is_name},
    provider::{ClaimMapping, GroupMapping, NameSource},
    reason::{Reason, Refusal},
    steps::Steps,
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
/// `CLAIM_MISSING`, `CLAIM_INVALID`, `USERNAME_UNMAPPED` if no rule matches, and
/// `USERNAME_RESERVED` for a name that nobody may have.
pub(super) fn user(claims: &Claims, mapping: &ClaimMapping) -> Result<Principal, Refusal> {
    let (value, place) = match &mapping.source {
        NameSource::Claim(path) => (text(claims, path)?.to_owned(), path.to_string()),
        NameSource::Expression(expression) => {
            let value = expression
                .one(claims)
                .map_err(|why| unyielded("user name", &why))?;
            (value, "the expression for the user name".to_owned())
        }
    };
    if !is_name(&value) {
        return Err(reserved(&place));
    }
    let steps = Steps::new(limits::FILTER_STEPS_MAX);
    let name = name_rule::apply(&mapping.rules, &value, &steps);
    let name = name.map_err(|_| too_costly(&place))?.ok_or_else(|| {
        let detail = format!("no mapping rule matches what `{place}` holds");
        Refusal::new(Reason::UsernameUnmapped, detail)
    })?;
    if !is_name(&name) {
        return Err(reserved(&place));
    }
    Principal::user(&format!("{}{name}", mapping.prefix)).map_err(|_| reserved(&place))
}

/// The user called `name`, which the claim at `path` gave.
///
/// # Errors
/// `USERNAME_RESERVED`.
pub(super) fn named(name: &str, path: &ClaimPath) -> Result<Principal, Refusal> {
    Principal::user(name).map_err(|_| reserved(&path.to_string()))
}

/// The groups that `mapping` makes of the claims: a list of strings, or one string with separators
/// between groups. A missing claim means none.
///
/// # Errors
/// `GROUPS_OVERAGE` if the issuer left them out for there are too many; `CLAIM_INVALID`;
/// `CLAIM_MISSING` if there is none and the mapping wants one.
pub(super) fn groups(claims: &Claims, mapping: &GroupMapping) -> Result<Vec<Principal>, Refusal> {
    let (values, place) = match &mapping.names.source {
        NameSource::Claim(path) => {
            check_overage(claims, path)?;
            let values = listed(claims, path, mapping.separator.as_deref())?;
            (values, path.to_string())
        }
        NameSource::Expression(expression) => {
            let values = expression
                .all(claims)
                .map_err(|why| unyielded("groups", &why))?;
            (values, "the expression for the groups".to_owned())
        }
    };
    if values.len() > limits::GROUPS_MAX {
        let what = format!(
            "has {} groups; at most {} are read",
            values.len(),
            limits::GROUPS_MAX
        );
        return Err(invalid(&place, what));
    }
    let mut groups = Vec::new();
    let steps = Steps::new(limits::FILTER_STEPS_MAX);
    for value in &values {
        if !is_name(value) {
            return Err(invalid(&place, "holds a name that no group may have"));
        }
        let name = name_rule::apply(&mapping.names.rules, value, &steps);
        let Some(name) = name.map_err(|_| too_costly(&place))? else {
            continue;
        };
        let group = is_name(&name).then(|| format!("{}{name}", mapping.names.prefix));
        let group = group.and_then(|name| Principal::group(&name).ok());
        groups.push(group.ok_or_else(|| invalid(&place, "yields a name that no group may have"))?);
    }
    if groups.is_empty() && mapping.required {
        let detail = format!("`{place}` yields no group, and the provider wants one");
        return Err(Refusal::new(Reason::ClaimMissing, detail));
    }
    Ok(groups)
}

/// The values of the claim at `path`.
fn listed(
    claims: &Claims,
    path: &ClaimPath,
    separator: Option<&str>,
) -> Result<Vec<String>, Refusal> {
    let values: Vec<&str> = match (claims.at(path), separator) {
        (None, _) => Vec::new(),
        (Some(Json::Text(text)), Some(separator)) => text.split(separator).map(str::trim).collect(),
        (Some(Json::Text(text)), None) => vec![text],
        (Some(list @ Json::List(_)), _) => {
            let values = list
                .as_texts()
                .ok_or_else(|| invalid(&path.to_string(), "holds something else than strings"))?;
            return Ok(values.into_iter().map(str::to_owned).collect());
        }
        (Some(other), _) => {
            let what = format!("is {}; a list of strings is wanted", other.kind());
            return Err(invalid(&path.to_string(), what));
        }
    };
    let named = values.into_iter().filter(|name| !name.is_empty());
    Ok(named.map(str::to_owned).collect())
}

fn too_costly(place: &str) -> Refusal {
    let what =
        "holds so much that the mapping rules cost too much; write patterns that are simpler";
    invalid(place, what)
}

fn unyielded(what: &str, why: &str) -> Refusal {
    let detail = format!("the expression for the {what} yields nothing: {why}");
    Refusal::new(Reason::ClaimInvalid, detail)
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
    if is_email && !claims.has_verified_email() {
        return Err(invalid(
            "email",
            "names somebody, but `email_verified` is not true",
        ));
    }
    Ok(text)
}

fn reserved(place: &str) -> Refusal {
    let detail = format!(
        "`{place}` yields a user name that is blank, `*`, ANONYMOUS, longer than 255 bytes, holds \
         control characters or starts with pool-, group-, sa- or u-"
    );
    Refusal::new(Reason::UsernameReserved, detail)
}
