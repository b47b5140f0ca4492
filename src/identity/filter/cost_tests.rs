//! No filter holds a core: what each operation costs is counted before it is done, the count grows
//! with what is looked at, and a filter that cannot pay ends in an error. How long a step takes is
//! measured by `measure_a_step`, by hand.

use std::time::{Duration, Instant};

use proptest::{prelude::*, sample::select};

use super::{Filter, Matched, pattern::Pattern};
use crate::{identity::claims::Claims, limits};

/// Claims of about the size that the largest token holds, with texts of `length` bytes.
fn claims(length: usize) -> Claims {
    let list = |count: usize, text: &str| vec![format!("\"{text}\""); count].join(",");
    let members: Vec<_> = (0..length / 12)
        .map(|at| format!("\"m{at:05}\":1"))
        .collect();
    let (text, other) = ("a".repeat(length), format!("{}b", "a".repeat(length - 1)));
    let payload = format!(
        "{{\"t\":\"{text}\",\"u\":\"{other}\",\"v\":\"{text}\",\"list\":[{}],\"same\":[{}],\
         \"o\":{{{}}},\"one\":\"a\"}}",
        list(length / 4, "a"),
        list(length / 4, "a"),
        members.join(",")
    );
    Claims::parse(payload.as_bytes()).unwrap()
}

fn steps(filter: &str, claims: &Claims) -> usize {
    let compiled = Filter::compile(filter).unwrap_or_else(|fault| panic!("{filter}: {fault}"));
    compiled.matches_counted(claims).1
}

/// Whatever looks at more costs more: what each operation may look at is doubled and more, and so is
/// its price.
#[test]
fn the_price_grows_with_the_work() {
    let (small, large) = (claims(1000), claims(8000));
    for filter in [
        "size(claims.t) == 1",
        "claims.t == claims.v",
        "claims.t != claims.u",
        "claims.t < claims.u",
        "claims.t >= claims.v",
        "claims.t in claims.v",
        "claims.t.startsWith(claims.u)",
        "claims.t.endsWith(claims.u)",
        "claims.t.contains('b')",
        "claims.t.contains(claims.u)",
        "claims.t.matches('b')",
        "claims.t.matches('a*b')",
        "'b' in claims.list",
        "claims.list == 'a'",
        "claims.list == claims.same",
        "claims.list in ['a']",
        "claims.list.exists(x, x == 'b')",
        "claims.list.all(x, x == 'a')",
        "claims.list.exists_one(x, x.startsWith('b'))",
        "claims.list.exists(x, x.matches('b'))",
        "claims.list.all(x, has(claims.o.nope) || true)",
        "claims.?t.orValue('x') == claims.v",
    ] {
        let (less, more) = (steps(filter, &small), steps(filter, &large));
        assert!(more >= less * 4, "{filter}: {less} and {more} steps");
    }
}

/// A look-up costs the same however many members there are, as the tree that holds them does nearly;
/// a long name costs more.
#[test]
fn a_lookup_has_its_price() {
    let claims = claims(8000);
    let long = format!("claims.o['{}'] == 1", "n".repeat(800));
    assert!(steps("claims.o.m00007 == 1", &claims) >= 5);
    assert!(steps(&long, &claims) >= 50);
    assert!(steps("'m00007' in claims.o", &claims) >= 5);
    assert!(steps("has(claims.o.m00007)", &claims) >= 5);
    assert!(steps("claims.?o.?m00007.hasValue()", &claims) >= 5);
}

/// The size of a pattern's program counts: twenty times twenty repetitions of a class are no search for
/// one letter.
#[test]
fn the_price_of_a_search_grows_with_the_pattern() {
    let text = "a".repeat(1000);
    let price = |pattern: &str| Pattern::compile(pattern, false).unwrap().steps(&text);
    assert!(price("([a-z]{0,20}){0,20}x") >= 100 * price("x"));
    assert!(price(r"\w{4}") >= 10 * price("a{10}"));
    assert!(price("^kafka-[a-z0-9-]+$") <= 6 * 1000);
}

/// What people write is far from the limit: a pattern over 200 groups.
#[test]
fn what_people_write_can_pay() {
    let groups: Vec<_> = (0..200)
        .map(|at| format!("\"team-orders-{at:03}\""))
        .collect();
    let claims = format!("{{\"groups\":[{}]}}", groups.join(","));
    let claims = Claims::parse(claims.as_bytes()).unwrap();
    for (filter, at_most) in [
        ("claims.groups.exists(g, g == 'nobody')", 5),
        ("claims.groups.exists(g, g.startsWith('kafka-'))", 5),
        (
            "claims.groups.exists(g, g.matches('^kafka-[a-z0-9-]+$'))",
            50,
        ),
        (
            "claims.groups.all(g, g.matches('^(team|dept)-[a-z]+-[0-9]{3}$'))",
            50,
        ),
    ] {
        let (matched, steps) = Filter::compile(filter).unwrap().matches_counted(&claims);
        assert!(
            !matches!(matched, Matched::Error(_)),
            "{filter}: {matched:?}"
        );
        assert!(
            steps * 100 <= limits::FILTER_STEPS_MAX * at_most,
            "{filter}: {steps} steps"
        );
    }
}

/// One operation on something large.
fn costly() -> impl Strategy<Value = String> {
    let text = || {
        select(vec![
            "claims.t",
            "claims.u",
            "claims.v",
            "claims.one",
            "x",
            "'aaaa'",
        ])
    };
    let pattern = select(vec![
        "a*b",
        "(a|aa)+$",
        "([a-z]{0,20}){0,20}x",
        "(a?){100}a{100}",
        "(.*)(.*)(.*)(.*)[^a]",
        r"\\w{4}b",
        "(?i)a{0,150}b",
        "",
    ]);
    prop_oneof![
        (text(), pattern).prop_map(|(text, pattern)| format!("{text}.matches('{pattern}')")),
        (text(), text()).prop_map(|(left, right)| format!("{left} == {right}")),
        (text(), text()).prop_map(|(left, right)| format!("{left} < {right}")),
        (text(), text()).prop_map(|(left, right)| format!("{left}.contains({right})")),
        (text(), text()).prop_map(|(left, right)| format!("{left}.startsWith({right})")),
        text().prop_map(|text| format!("{text} in claims.list")),
        text().prop_map(|text| format!("claims.list in [{text}]").replace("claims.t", "'b'")),
        Just("size(claims.t) == 7".to_owned()),
        Just("claims.list == claims.same".to_owned()),
        Just("has(claims.o.m00100)".to_owned()),
        Just("claims.?o.?nope.orValue('') == claims.t".to_owned()),
    ]
}

/// Operations put together, each list walked within none or one loop.
fn adversarial() -> impl Strategy<Value = String> {
    let joined = (
        prop::collection::vec(costly(), 1..8),
        select(vec![" || ", " && "]),
    )
        .prop_map(|(parts, joint)| parts.join(joint));
    (joined, select(vec!["exists", "all", "exists_one", ""])).prop_map(|(body, quantifier)| {
        match quantifier {
            "" => body
                .replace("x.", "claims.one.")
                .replace("x ", "claims.one "),
            quantifier => format!("claims.list.{quantifier}(x, {body})"),
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    /// Filters made to be slow: the steps stay within the budget, a filter without the means for the
    /// rest is an error, and the time is what so many steps may take, generously.
    #[test]
    fn no_filter_takes_more_steps_than_it_may(text in adversarial(), length in 16..9000_usize) {
        let Ok(filter) = Filter::compile(&text) else {
            return Ok(());
        };
        let claims = claims(length);
        let began = Instant::now();
        let (matched, steps) = filter.matches_counted(&claims);
        let took = began.elapsed();
        prop_assert!(steps <= limits::FILTER_STEPS_MAX, "{text}: {steps} steps");
        if steps == limits::FILTER_STEPS_MAX {
            let is_error = matches!(&matched, Matched::Error(why) if why.contains("costs too much"));
            prop_assert!(is_error || matched != Matched::Yes, "{text}: {matched:?}");
        }
        prop_assert!(took < Duration::from_secs(1), "{text}: {took:?}");
    }
}

/// Letters in no order, which let an engine remember nothing of use.
fn noise(length: usize) -> String {
    let mut state = 1_u32;
    let letters = (0..length).map(|_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        if state >> 31 == 0 { 'a' } else { 'b' }
    });
    letters.collect()
}

/// Prints how long a step takes of what costs most. To be run in a build for use:
/// `cargo test --lib measure_a_step --config profile.dev.opt-level=3 -- --ignored --nocapture`.
#[test]
#[ignore = "measures, and asserts nothing"]
fn measure_a_step() {
    let claims = claims(9000);
    let mut all: Vec<(f64, String)> = Vec::new();
    for filter in [
        "size(claims.t) == 1",
        "claims.t == claims.v",
        "claims.t < claims.u",
        "claims.t.contains('aab')",
        "claims.t.contains(claims.u)",
        "claims.list.all(x, claims.t.contains('ab') || true)",
        "claims.list.all(x, has(claims.o.m00400))",
        "claims.list.all(x, claims.o.m00400 == 1)",
        "claims.list.all(x, claims.?o.?m00400.hasValue())",
        "claims.list.exists(x, x == 'b')",
        "claims.list.exists(x, x < 'a')",
        "claims.list.exists(x, x in ['b','c','d','e','f','g'])",
        "claims.list.exists(x, x in claims.same && x == 'b')",
        "claims.list.exists(x, x.matches('b'))",
        "claims.list.exists(x, x.matches('^kafka-[a-z0-9-]+$'))",
        r"claims.list.exists(x, x.matches('\\w{3}b'))",
        "claims.list.exists(x, x.matches('([a-z]{0,30}){0,2}x'))",
        "claims.one.matches('([a-z]{0,20}){0,20}x')",
        "claims.t.matches('a*b')",
        "claims.t.matches('(a|aa)+$')",
        "claims.t.matches('(.*)(.*)(.*)(.*)[^a]')",
        r"claims.t.matches('\\w*b')",
        "claims.t.matches('(a|b|ab|ba)*c')",
        "claims.t.matches('a[ab]{0,12}b$')",
    ] {
        let compiled = Filter::compile(filter).unwrap();
        let (_, steps) = compiled.matches_counted(&claims);
        // The slowest of the first three: the engines' memory is set up anew.
        let once = || {
            let began = Instant::now();
            let _ = compiled.matches(&claims);
            began.elapsed()
        };
        let first = once();
        let later = (0..9).map(|_| once()).min().unwrap_or_default();
        let each = later.as_nanos() as f64 / steps as f64;
        all.push((
            each,
            format!("{each:7.1} ns {steps:6} steps, first {first:?}: {filter}"),
        ));
    }
    all.extend(searches());
    all.sort_by(|left, right| right.0.total_cmp(&left.0));
    for (_, told) in all {
        println!("{told}");
    }
}

/// What a step takes of searches in texts that fit and in noise.
fn searches() -> Vec<(f64, String)> {
    let mut all = Vec::new();
    for (pattern, length) in [
        ("(a?){90}a{90}", 600_usize),
        ("(.*)(.*)(.*)(.*)[^a]", 4000),
        ("([a-z]{0,20}){0,20}x", 100),
        ("[ab]*a[ab]{40}c", 3000),
        ("[ab]*a[ab]{150}c", 1000),
        ("(a|b)*a(a|b){12}$", 3000),
        ("[ab]{0,100}a[ab]{0,100}c", 1000),
        ("a.{60}a.{60}c", 1500),
        ("(x+x+)+y", 9000),
        (r"\w{4}!", 900),
    ] {
        let compiled = Pattern::compile(pattern, false).unwrap();
        for (seed, text) in [("a", "a".repeat(length)), ("noise", noise(length))] {
            let steps = compiled.steps(&text);
            let once = || {
                let began = Instant::now();
                let _ = compiled.matches(&text);
                began.elapsed()
            };
            let first = once();
            let later = (0..5).map(|_| once()).min().unwrap_or_default();
            let each = later.as_nanos() as f64 / steps as f64;
            let groups = {
                let began = Instant::now();
                let _ = compiled.groups(&text);
                began.elapsed()
            };
            let told = format!(
                "{each:7.1} ns {steps:6} steps, first {first:?}, groups {:.1} ns: {pattern} on {seed}",
                groups.as_nanos() as f64 / (steps * compiled.group_count()) as f64
            );
            all.push((each, told));
        }
    }
    all
}
