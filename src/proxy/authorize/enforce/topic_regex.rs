//! Members that subscribe by a regular expression (KIP-848). The broker would resolve it by what the
//! upstream identity may describe, so it is resolved here, by what the session may, and the names are sent
//! instead; again with each heartbeat after topics or rights changed.

use super::ask;
use super::described::filtered;
use super::filter::Filter;
use super::heartbeats::Heartbeat;
use super::merge::may_see;
use crate::proxy::authorize::amend::Amend;
use crate::proxy::authorize::authority::Authority;
use crate::proxy::authorize::denial::ERROR_CODE;
use crate::proxy::authorize::question::Question;
use crate::proxy::authorize::request::Request;
use crate::proxy::authorize::subscriptions::{Known, Listing, Member, Subscription, Told};
use crate::proxy::authorize::topic_pattern::TopicPattern;
use crate::proxy::authorize::{Decision, Obstacle};
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
    };
    if heartbeat.epoch < 0 {
        topics.subscriptions().forget(&member);
        return filtered(request, Filter::Assignment);
    }
    let told = Told {
        joins: heartbeat.epoch == 0,
        names: heartbeat.names,
        pattern: heartbeat.pattern,
    };
    let who = &authority.rights.who().principals;
    let listing = if topics.subscriptions().will_follow(&member, who, &told) {
        let Some(listing) = listing(authority) else {
            return Ok(ask(request, Question::All, authority));
        };
        Some(listing)
    } else {
        None
    };
    let says = told.says();
    let who = &authority.rights.who().principals;
    let known = topics.subscriptions().hear(&member, who, told);
    match (known, listing) {
        (Known::Follows(subscription), Some(listing)) => {
            let stamp = (listing.at, authority.rights.revision());
            if !says && subscription.resolved == Some(stamp) {
                return filtered(request, Filter::Assignment);
            }
            let names = resolve(&subscription, &listing, authority);
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

/// Which topics there are, as the broker said not long ago to somebody of the same principals; `None` = it
/// must be asked.
fn listing(authority: &Authority<'_>) -> Option<Listing> {
    let topics = authority.topics;
    let who = &authority.rights.who().principals;
    let now = topics.now();
    if let Some(all) = authority.asked.all() {
        return Some(topics.subscriptions().list(who, all, now));
    }
    topics.subscriptions().listing(who, now)
}

/// The topics that a member is subscribed to by name or pattern and may describe, each once, sorted.
fn resolve(
    subscription: &Subscription,
    listing: &Listing,
    authority: &mut Authority<'_>,
) -> Vec<String> {
    let mut names = subscription.names.clone();
    // What does not compile was refused when it was told.
    if let Ok(pattern) = TopicPattern::compile(&subscription.pattern) {
        let matching = listing.names.iter().filter(|name| pattern.matches(name));
        names.extend(matching.cloned());
    }
    names.retain(|name| may_see(name, authority));
    names.sort_unstable();
    names.dedup();
    names
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
