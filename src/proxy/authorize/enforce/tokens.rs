//! Delegation tokens. They are the upstream identity's: where that is not the client's own, nobody gets
//! one.

use super::filter::Filter;
use crate::identity::Principal;
use crate::policy::operation::Operation;
use crate::policy::resource::{Resource, ResourceType};
use crate::proxy::authorize::Rules;
use crate::proxy::authorize::amend::Amend;
use crate::proxy::authorize::authority::Authority;
use crate::proxy::authorize::request::Request;
use crate::proxy::authorize::{Decision, Obstacle};
use crate::wire::error_code::{
    DELEGATION_TOKEN_AUTHORIZATION_FAILED, DELEGATION_TOKEN_REQUEST_NOT_ALLOWED,
};
use crate::wire::tables::api_key;
use crate::wire::value::Value;

/// Kafka's "never", in answers without a token.
const NO_TIME: i32 = -1;

/// As `KafkaApis.handleCreateTokenRequest` and its neighbours: 64 where no tokens are given out, 65 for
/// another's token without CREATE_TOKENS. Owner and renewers of a token are the broker's to check.
pub(super) fn decide(
    request: &Request<'_>,
    rules: Rules,
    authority: &mut Authority<'_>,
) -> Result<Decision, Obstacle> {
    if !rules.own_identity {
        return refuse(request, DELEGATION_TOKEN_REQUEST_NOT_ALLOWED, authority);
    }
    match request.api.key {
        api_key::CREATE_DELEGATION_TOKEN => {
            let owner = owner(&request.read()?, authority);
            let own = authority.rights.who().principals.iter();
            let is_own = own.map(Principal::to_string).any(|own| own == owner);
            if is_own || authority.may(Operation::CreateTokens, &of_user(&owner)) {
                request.pass()
            } else {
                refuse(request, DELEGATION_TOKEN_AUTHORIZATION_FAILED, authority)
            }
        }
        api_key::DESCRIBE_DELEGATION_TOKEN => {
            let unknown = request.walk(&mut Blind)?;
            request.forward_and_amend(unknown, Amend::filter(Filter::Tokens))
        }
        _ => request.pass(),
    }
}

const fn of_user(name: &str) -> Resource<'_> {
    Resource {
        resource_type: ResourceType::User,
        name,
    }
}

/// Only the structure matters.
struct Blind;

impl crate::wire::visitor::Visitor for Blind {}

/// The principal in these fields of `item`, as rules write it.
fn principal(item: &Value, type_field: &str, name_field: &str) -> String {
    let text = |field| item.str(field).unwrap_or_default();
    format!("{}:{}", text(type_field), text(name_field))
}

/// Who a new token is for: the session, unless another is named.
fn owner(body: &Value, authority: &Authority<'_>) -> String {
    match body.str("OwnerPrincipalName") {
        None | Some("") => session(authority),
        Some(_) => principal(body, "OwnerPrincipalType", "OwnerPrincipalName"),
    }
}

/// The session's first principal.
fn session(authority: &Authority<'_>) -> String {
    let first = authority.rights.who().principals.first();
    first.map(Principal::to_string).unwrap_or_default()
}

fn refuse(
    request: &Request<'_>,
    code: i16,
    authority: &Authority<'_>,
) -> Result<Decision, Obstacle> {
    let mut answer = Value::fields([("ErrorCode", code.into())]);
    match request.api.key {
        api_key::CREATE_DELEGATION_TOKEN => {
            let (owner, session) = (owner(&request.read()?, authority), session(authority));
            let (owner_type, owner) = owner.split_once(':').unwrap_or_default();
            answer.set("PrincipalType", owner_type);
            answer.set("PrincipalName", owner);
            if request.version >= 3 {
                let (session_type, session) = session.split_once(':').unwrap_or_default();
                answer.set("TokenRequesterPrincipalType", session_type);
                answer.set("TokenRequesterPrincipalName", session);
            }
            for time in ["IssueTimestampMs", "ExpiryTimestampMs", "MaxTimestampMs"] {
                answer.set(time, NO_TIME);
            }
        }
        api_key::RENEW_DELEGATION_TOKEN | api_key::EXPIRE_DELEGATION_TOKEN => {
            request.walk(&mut Blind)?;
            answer.set("ExpiryTimestampMs", NO_TIME);
        }
        _ => {
            request.walk(&mut Blind)?;
        }
    }
    request.answer(&answer)
}

/// Leaves tokens that the session owns or renews, or may describe (`DelegationTokenManager.filterToken`).
pub(super) fn filter(body: &mut Value, authority: &mut Authority<'_>) {
    let principals = authority.rights.who().principals.iter();
    let own: Vec<String> = principals.map(Principal::to_string).collect();
    let may = |token: &Value| {
        let owner = principal(token, "PrincipalType", "PrincipalName");
        let requester = principal(
            token,
            "TokenRequesterPrincipalType",
            "TokenRequesterPrincipalName",
        );
        let renewers = token.items("Renewers").iter();
        let mut renewers = renewers.map(|it| principal(it, "PrincipalType", "PrincipalName"));
        let id = Resource {
            resource_type: ResourceType::DelegationToken,
            name: token.str("TokenId").unwrap_or_default(),
        };
        own.contains(&owner)
            || own.contains(&requester)
            || renewers.any(|renewer| own.contains(&renewer))
            || authority.may(Operation::Describe, &id)
            || authority.may(Operation::DescribeTokens, &of_user(&owner))
    };
    if let Some(tokens) = body.items_mut("Tokens") {
        tokens.retain(may);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proxy::authorize::fixture::Session;
    use crate::wire::api::api;
    use crate::wire::tables::api_key::{
        CREATE_DELEGATION_TOKEN, DESCRIBE_DELEGATION_TOKEN, EXPIRE_DELEGATION_TOKEN,
        RENEW_DELEGATION_TOKEN,
    };

    const ALL: [i16; 4] = [
        CREATE_DELEGATION_TOKEN,
        RENEW_DELEGATION_TOKEN,
        EXPIRE_DELEGATION_TOKEN,
        DESCRIBE_DELEGATION_TOKEN,
    ];

    #[test]
    fn nobody_gets_a_token_of_a_shared_identity() {
        for key in ALL {
            let api = api(key).unwrap();
            for version in api.min_version..=api.max_version {
                let mut trial = Session::of(&["ALLOW ALL USER LITERAL * User:a *"]);
                let answer = trial.answer(key, version, &Value::fields([]));
                assert_eq!(answer.int("ErrorCode"), Some(64), "{} v{version}", api.name);
                if key == CREATE_DELEGATION_TOKEN {
                    assert_eq!(answer.str("PrincipalName"), Some("a"));
                    assert_eq!(answer.int("MaxTimestampMs"), Some(-1));
                }
                let own = Session::of(&[]).with_own_identity();
                let decision = { own }.decide(key, version, &Value::fields([])).decision;
                let goes_up = matches!(
                    decision,
                    Decision::Forward | Decision::ForwardAndAmend { frame: None, .. }
                );
                assert!(goes_up, "{} v{version}", api.name);
            }
        }
    }

    #[test]
    fn anothers_token_needs_create_tokens() {
        let body = Value::fields([
            ("OwnerPrincipalType", "User".into()),
            ("OwnerPrincipalName", "b".into()),
        ]);
        let mut trial = Session::of(&[]).with_own_identity();
        let answer = trial.answer(CREATE_DELEGATION_TOKEN, 3, &body);
        assert_eq!(answer.int("ErrorCode"), Some(65));
        assert_eq!(answer.str("PrincipalName"), Some("b"));
        assert_eq!(answer.str("TokenRequesterPrincipalName"), Some("a"));
        let mut trial =
            Session::of(&["ALLOW CREATE_TOKENS USER LITERAL User:b User:a *"]).with_own_identity();
        let decision = trial.decide(CREATE_DELEGATION_TOKEN, 3, &body).decision;
        assert!(matches!(decision, Decision::Forward));
    }

    #[test]
    fn tokens_are_shown_to_their_owners_and_to_who_may_describe_them() {
        let token = |id: &str, owner: &str, renewer: &str| {
            let renewer = Value::fields([
                ("PrincipalType", "User".into()),
                ("PrincipalName", renewer.into()),
            ]);
            Value::fields([
                ("PrincipalType", "User".into()),
                ("PrincipalName", owner.into()),
                ("TokenId", id.into()),
                ("Renewers", Value::array([renewer])),
            ])
        };
        let mut trial = Session::of(&[
            "ALLOW DESCRIBE DELEGATION_TOKEN LITERAL t3 User:a *",
            "ALLOW DESCRIBE_TOKENS USER LITERAL User:c User:a *",
        ])
        .with_own_identity();
        let decision = trial
            .decide(DESCRIBE_DELEGATION_TOKEN, 3, &Value::fields([]))
            .decision;
        let Decision::ForwardAndAmend { amend, .. } = decision else {
            panic!("{decision:?}");
        };
        let tokens = [
            token("t1", "a", "x"),
            token("t2", "b", "a"),
            token("t3", "b", "b"),
            token("t4", "c", "c"),
            token("t5", "d", "d"),
        ];
        let theirs = Value::fields([("Tokens", Value::array(tokens))]);
        let told = trial.amended(&amend, DESCRIBE_DELEGATION_TOKEN, 3, &theirs);
        let ids: Vec<_> = told
            .items("Tokens")
            .iter()
            .filter_map(|t| t.str("TokenId"))
            .collect();
        assert_eq!(ids, ["t1", "t2", "t3", "t4"]);
    }
}
