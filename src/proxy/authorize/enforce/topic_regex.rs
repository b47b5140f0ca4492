//! Members that subscribe by a regular expression (KIP-848). The broker would resolve it by what the
//! upstream identity may describe, so it is resolved here, by what the session may, and the names are sent
//! instead; again with each heartbeat after topics or rights changed.

use super::ask;
use super::described::filtered;
use super::filter::Filter;
use super::heartbeats::Heartbeat;
use super::merge::may_see;
use crate::identity::Principal;
use crate::proxy::authorize::amend::Amend;
use crate::proxy::authorize::authority::Authority;
use crate::proxy::authorize::denial::ERROR_CODE;
use crate::proxy::authorize::matching::Matching;
use crate::proxy::authorize::question::Question;
use crate::proxy::authorize::request::Request;
use crate::proxy::authorize::subscriptions::{Known, Listing, Member, Subscription, Told};
use crate::proxy::authorize::topic_pattern::TopicPattern;
use crate::proxy::authorize::{Decision, Obstacle, Rules};
use crate::wire::error_code;
use crate::wire::value::Value;

/// The first ConsumerGroupHeartbeat with a regular expression.
const WITH_REGEX: i16 = 1;

/// Whether a ConsumerGroupHeartbeat is of a member that may subscribe so.
pub(super) const fn may_follow(request: &Request<'_>) -> bool {
    request.version >= WITH_REGEX
}

/// Decides a ConsumerGroupHeartbeat that is allowed but for what its regular expression comes to.
pub(super) fn decide(
    request: &Request<'_>,
    heartbeat: Heartbeat,
    rules: Rules,
    authority: &mut Authority<'_>,
) -> Result<Decision, Obstacle> {
    if let Some(pattern) = heartbeat.pattern.as_deref()
        && let Err(fault) = TopicPattern::compile(pattern)
    {
        return refuse_pattern(request, pattern, fault);
    }
    let topics = authority.topics;
    let member = Member {
        group: heartbeat.group.into(),
        id: heartbeat.member.into(),
        who: authority.rights.who().principals.as_slice().into(),
    };
    if heartbeat.epoch < 0 {
        topics.subscriptions().forget(&member);
        return match heartbeat.pattern {
            // It means nothing to a member that leaves, and never goes up.
            Some(_) => send(request, Vec::new()),
            None => filtered(request, Filter::Assignment),
        };
    }
    let told = Told {
        joins: heartbeat.epoch == 0,
        names: heartbeat.names,
        pattern: heartbeat.pattern,
    };
    let listing = if topics.subscriptions().will_follow(&member, &told) {
        let Some(listing) = listing(rules, authority) else {
            return Ok(ask(request, Question::All, authority));
        };
        Some(listing)
    } else {
        None
    };
    let says = told.says();
    let known = topics.subscriptions().hear(&member, told);
    match (known, listing) {
        (Known::Follows(subscription), Some(listing)) => {
            let stamp = (listing.at, authority.rights.revision());
            if !says && subscription.resolved == Some(stamp) {
                return filtered(request, Filter::Assignment);
            }
            let names = match resolve(&subscription, listing, authority) {
                Resolved::Names(names) => names,
                Resolved::Later(matching) => return Ok(Decision::Match(matching)),
            };
            let changed = topics.subscriptions().resolved(&member, &names, stamp);
            if says || changed {
                send(request, names)
            } else {
                filtered(request, Filter::Assignment)
            }
        }
        (Known::Names(names), _) => send(request, names),
        // On an error members say everything again.
        (Known::Unknown, _) => {
            let code = error_code::COORDINATOR_LOAD_IN_PROGRESS;
            request.answer(&Value::fields([(ERROR_CODE, code.into())]))
        }
        (Known::Plain | Known::Follows(_), _) => filtered(request, Filter::Assignment),
    }
}

/// `Utils.throwIfRegularExpressionIsInvalid`.
fn refuse_pattern(request: &Request<'_>, pattern: &str, fault: &str) -> Result<Decision, Obstacle> {
    let text =
        format!("SubscribedTopicRegex `{pattern}` is not a valid regular expression: {fault}.");
    request.answer(&Value::fields([
        (ERROR_CODE, error_code::INVALID_REGULAR_EXPRESSION.into()),
        ("ErrorMessage", text.into()),
    ]))
}

/// Which topics there are, as the broker said not long ago to somebody whom it takes for the same; `None` = it
/// must be asked.
fn listing(rules: Rules, authority: &Authority<'_>) -> Option<Listing> {
    if let Some(matching) = authority.asked.matching() {
        return Some(matching.listing().clone());
    }
    let topics = authority.topics;
    let who = told_to(rules, authority);
    let now = topics.now();
    if let Some(all) = authority.asked.all() {
        return Some(topics.subscriptions().list(who, all, now));
    }
    topics.subscriptions().listing(who, now)
}

/// Whose listing it is: brokers show the same topics to all who come with one upstream identity. What each of
/// them may describe is taken from it afterwards.
fn told_to<'a>(rules: Rules, authority: &'a Authority<'_>) -> &'a [Principal] {
    if rules.own_identity {
        &authority.rights.who().principals
    } else {
        &[]
    }
}

/// What a subscription comes to.
enum Resolved {
    Names(Vec<String>),
    /// It takes longer than a moment.
    Later(Box<Matching>),
}

/// The topics that a member is subscribed to by name or pattern and may describe, each once, sorted.
fn resolve(
    subscription: &Subscription,
    listing: Listing,
    authority: &mut Authority<'_>,
) -> Resolved {
    let Subscription { names, pattern, .. } = subscription;
    let mut names = names.clone();
    names.retain(|name| may_see(name, authority));
    let stamp = (listing.at, authority.rights.revision());
    let asked = authority.asked.matching();
    if let Some(found) = asked.and_then(|matching| matching.found(pattern, stamp)) {
        names.extend_from_slice(found);
    } else if let Ok(mut matching) = Matching::new(pattern, listing, authority.rights) {
        // What does not compile was refused when it was told.
        if !matching.go_on(authority.rights, || authority.topics.now()) {
            return Resolved::Later(Box::new(matching));
        }
        let found = matching.found(pattern, stamp).unwrap_or_default();
        names.extend_from_slice(found);
    }
    names.sort_unstable();
    names.dedup();
    Resolved::Names(names)
}

/// Sends `names` instead of what the member subscribes to.
fn send(request: &Request<'_>, names: Vec<String>) -> Result<Decision, Obstacle> {
    let mut body = request.read()?;
    body.set("SubscribedTopicNames", Value::array(names));
    body.set("SubscribedTopicRegex", "");
    Ok(Decision::ForwardAndAmend {
        frame: Some(request.with_body(&body)?),
        amend: Amend::filter(Filter::Assignment),
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::policy::fixture::{authorizer, who};
    use crate::policy::rights::Rights;
    use crate::proxy::authorize::Asked;
    use crate::proxy::authorize::fixture::{Bench, codes, known};
    use crate::wire::tables::api_key::CONSUMER_GROUP_HEARTBEAT;

    const ACLS: &[&str] = &[
        "ALLOW READ GROUP LITERAL g",
        "ALLOW DESCRIBE TOPIC PREFIXED orders",
    ];

    fn bench() -> Bench {
        Bench::new(CONSUMER_GROUP_HEARTBEAT, WITH_REGEX, ACLS)
    }

    fn heartbeat(epoch: i32, pattern: Option<&str>) -> Value {
        Value::fields([
            ("GroupId", "g".into()),
            ("MemberId", "m".into()),
            ("MemberEpoch", epoch.into()),
            ("SubscribedTopicRegex", pattern.into()),
        ])
    }

    /// The names that go up; `None` = those of before.
    fn sent(bench: &mut Bench, body: &Value) -> Option<Vec<String>> {
        let outcome = bench.decide(body);
        let up = outcome.up.unwrap_or_else(|| panic!("{:?}", outcome.answer));
        assert!(matches!(up.str("SubscribedTopicRegex"), None | Some("")));
        let names = up
            .get("SubscribedTopicNames")
            .filter(|names| !names.is_null())?;
        let Value::Array(names) = names else {
            panic!("{names:?}");
        };
        Some(
            names
                .iter()
                .map(|name| name.as_str().unwrap().to_owned())
                .collect(),
        )
    }

    /// Joins by `pattern`, where there are these topics.
    fn joined(bench: &mut Bench, pattern: &str, topics: &[&str]) -> Option<Vec<String>> {
        let body = heartbeat(0, Some(pattern));
        assert_eq!(bench.decide(&body).question(), Some(Question::All));
        let topics = topics.iter().zip(1..).map(|(name, id)| known(name, id));
        bench.told(&Question::All, topics.collect());
        let names = sent(bench, &body);
        bench.session.asked = crate::proxy::authorize::Asked::default();
        names
    }

    #[test]
    fn names_go_up_instead_of_a_pattern() {
        let mut bench = bench();
        let names = joined(
            &mut bench,
            "orders.*|salaries",
            &["orders-eu", "orders", "salaries", "x"],
        );
        assert_eq!(names.unwrap(), ["orders", "orders-eu"]);
        assert!(
            bench.session.denials.is_empty(),
            "what is left out is not told"
        );
        assert_eq!(sent(&mut bench, &heartbeat(1, None)), None, "nothing moved");
        // By name and pattern.
        let mut both = heartbeat(1, None);
        both.set("SubscribedTopicNames", Value::array(["orders-2"]));
        let question = bench.decide(&both).question().unwrap();
        bench.told(&question, vec![known("orders-2", 9)]);
        assert_eq!(
            sent(&mut bench, &both).unwrap(),
            ["orders", "orders-2", "orders-eu"]
        );
        // No longer by pattern.
        assert_eq!(
            sent(&mut bench, &heartbeat(1, Some(""))).unwrap(),
            ["orders-2"]
        );
        assert_eq!(sent(&mut bench, &heartbeat(1, None)), None);
    }

    #[test]
    fn names_follow_the_policy() {
        let mut bench = bench();
        joined(&mut bench, ".*", &["orders-eu", "orders", "salaries"]);
        let mut policy = |acls: &[&str]| {
            bench.session.rights.follow(&Arc::new(authorizer(acls)));
            sent(&mut bench, &heartbeat(1, None))
        };
        let group = "ALLOW READ GROUP LITERAL g User:a *";
        let orders = "ALLOW READ TOPIC LITERAL orders User:a *";
        assert_eq!(policy(&[group, orders]).unwrap(), ["orders"]);
        assert_eq!(policy(&[group, orders]), None);
        assert_eq!(policy(&[group]).unwrap(), [""; 0]);
    }

    #[test]
    fn names_follow_the_topics() {
        let mut bench = bench();
        joined(&mut bench, "orders.*", &["orders"]);
        let later = bench.session.topics.now() + crate::limits::TOPIC_LISTING_AGE;
        let listing = bench.session.topics.subscriptions().listing(&[], later);
        assert!(listing.is_none(), "it is asked for again");
        let topics = ["orders".to_owned(), "orders-2".to_owned()];
        bench
            .session
            .topics
            .subscriptions()
            .list(&[], &topics, later);
        assert_eq!(sent(&mut bench, &heartbeat(1, None)).unwrap(), topics);
    }

    #[test]
    fn one_listing_serves_all_of_one_upstream_identity() {
        for own_identity in [false, true] {
            let mut bench = bench();
            if own_identity {
                bench.session = bench.session.with_own_identity();
            }
            joined(&mut bench, ".*", &["orders", "salaries"]);
            let acls = [
                "ALLOW READ GROUP LITERAL g User:b *",
                "ALLOW READ TOPIC LITERAL salaries User:b *",
            ];
            let policy = Arc::new(authorizer(&acls));
            bench.session.rights = Rights::new(policy, who("User:b"));
            bench.session.asked = Asked::default();
            let outcome = bench.decide(&heartbeat(0, Some(".*")));
            if own_identity {
                assert_eq!(
                    outcome.question(),
                    Some(Question::All),
                    "it sees other topics"
                );
            } else {
                let up = outcome.up.unwrap();
                let names: Vec<_> = up.items("SubscribedTopicNames").iter().collect();
                assert_eq!(names, [&Value::from("salaries")], "by its own rights");
            }
        }
    }

    #[test]
    fn a_pattern_that_is_none_is_refused_as_in_kafka() {
        let outcome = bench().decide(&heartbeat(0, Some("(a")));
        let answer = outcome.answer.unwrap();
        assert_eq!(codes(&answer), [128]);
        let text = "SubscribedTopicRegex `(a` is not a valid regular expression: \
                    missing closing ).";
        assert_eq!(answer.str("ErrorMessage"), Some(text));
    }

    #[test]
    fn a_member_that_was_forgotten_is_told_to_say_it_again() {
        let mut bench = bench();
        joined(&mut bench, "orders.*", &["orders"]);
        assert_eq!(sent(&mut bench, &heartbeat(-1, None)), None);
        let leaves = sent(&mut bench, &heartbeat(-1, Some("orders.*")));
        assert_eq!(leaves.unwrap(), [""; 0]);
        let answer = bench.decide(&heartbeat(1, None)).answer.unwrap();
        assert_eq!(codes(&answer), [14]);
        // Whoever does not, has none.
        assert_eq!(sent(&mut bench, &heartbeat(1, None)), None);
        let again = sent(&mut bench, &heartbeat(1, Some("orders.*")));
        assert_eq!(again.unwrap(), ["orders"]);
    }
}
