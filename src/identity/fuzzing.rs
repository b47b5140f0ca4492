//! Entry points for fuzzers: each takes any bytes, must not panic, and asserts what holds whatever
//! they are. Plain functions, so that the unit tests run them too; the crate `fuzz/` feeds them.

use std::{
    fmt::Write as _,
    sync::LazyLock,
    time::{Duration, Instant},
};

use super::{
    algorithm::Algorithm,
    claims::Claims,
    filter::{Filter, Matched},
    introspection::{Introspected, read_answer},
    jwks::{KeySet, KeyVerdict},
    token::{Token, is_opaque},
};
use crate::limits;

/// Filters that look at claims in every way there is.
const FILTERS: [&str; 8] = [
    "claims.sub == 'a' || 'a' in claims.groups",
    "claims.groups.exists(g, g.startsWith('a'))",
    "claims.groups.all(g, g != 'a') && !has(claims.azp)",
    "size(claims.aud) > 1 && claims.exp > 5",
    "claims.a.b.c == null",
    "claims.groups[0] == 'a'",
    "claims.sub.contains('a') || claims.sub.endsWith('b')",
    "claims.?a.?b[?0].orValue('a') == 'a' && claims.?c.hasValue()",
];

static COMPILED: LazyLock<Vec<Filter>> = LazyLock::new(|| {
    let filters = FILTERS.iter().filter_map(|text| Filter::compile(text).ok());
    filters.collect()
});

/// Claims as large as a token can hold them, of the kinds that make a filter slow: long texts, long
/// lists, many members, long names, and texts that patterns hesitate over.
static LARGE: LazyLock<Vec<Claims>> = LazyLock::new(|| {
    let payloads = [
        large(&"s".repeat(4000), 900, |at| format!("g{at:04}")),
        large(&"a".repeat(11_000), 100, |_| "a".to_owned()),
        large("x", 50, |at| format!("{}{at}", "a".repeat(200))),
        large(&"ab".repeat(2000), 2000, |_| "a".to_owned()),
    ];
    let claims = payloads
        .iter()
        .map(|payload| Claims::parse(payload.as_bytes()));
    claims.filter_map(Result::ok).collect()
});

/// A payload with `sub`, `groups` of `count` texts, and as many members of `a`.
fn large(sub: &str, count: usize, text: impl Fn(usize) -> String) -> String {
    let (mut groups, mut members) = (String::new(), String::new());
    for at in 0..count {
        let text = text(at);
        // Writing to a string cannot fail.
        let _ = write!(groups, "\"{text}\",");
        if text.len() > 4 {
            let _ = write!(members, "\"{text}\":{at},");
        }
    }
    format!(
        "{{\"sub\":\"{sub}\",\"groups\":[{groups}\"z\"],\"aud\":[\"a\",\"b\"],\"exp\":9,\
         \"a\":{{{members}\"b\":[\"a\"]}}}}"
    )
}

/// A token. What is read as a JWT is never taken for an opaque token.
pub fn token(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let parsed = Token::parse(text);
    assert!(!(parsed.is_ok() && is_opaque(text)), "a JWT is not opaque");
    if let Err(refusal) = parsed {
        assert!(refusal.detail.len() < 512, "a detail is short");
    }
}

/// A JWK set. A usable one has keys, and none of them signed this.
pub fn jwk_set(data: &[u8]) {
    let Ok(set) = KeySet::parse(data) else {
        return;
    };
    assert!(!set.is_empty(), "a usable set has keys");
    for algorithm in Algorithm::ALL {
        for kid in set.kids().map(Some).chain([None]) {
            let verdict = set.verify(kid, algorithm, b"message", b"signature");
            assert!(!matches!(verdict, KeyVerdict::Valid), "nobody signed this");
        }
    }
}

/// A payload, and a provider's answer about a token.
pub fn claims(data: &[u8]) {
    if let Ok(Introspected::Active(answer)) = read_answer(data, "https://idp") {
        assert!(answer.get("iss").is_some(), "an answer has its issuer");
    }
    let Ok(claims) = Claims::parse(data) else {
        return;
    };
    for filter in COMPILED.iter() {
        let _: Matched = filter.matches(&claims);
    }
}

/// A filter, judged over large claims: the work is counted, and one that is too much for it ends in
/// an error, never in a yes. How long the costliest took, if it is a filter; 5 ms is the most that it
/// may be.
#[must_use]
pub fn filter(data: &[u8]) -> Option<Duration> {
    let filter = Filter::compile(std::str::from_utf8(data).ok()?).ok()?;
    LARGE.iter().map(|claims| held(&filter, claims)).max()
}

/// How long `filter` took over `claims`, whose steps are held to their number.
fn held(filter: &Filter, claims: &Claims) -> Duration {
    let began = Instant::now();
    let (matched, steps) = filter.matches_counted(claims);
    let took = began.elapsed();
    assert!(steps <= limits::FILTER_STEPS_MAX, "{steps} steps");
    if let Matched::Error(why) = &matched {
        assert!(!why.is_empty(), "an error says why");
    } else {
        assert!(steps > 0, "a judgement costs something");
    }
    took
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::identity::fixture::{RSA_A, payload, token as good_token};

    /// `good` with some of it replaced by `junk`.
    fn damaged(good: &str, at: prop::sample::Index, gone: usize, junk: &[u8]) -> Vec<u8> {
        let mut bytes = good.as_bytes().to_vec();
        let at = at.index(bytes.len());
        let end = (at + gone).min(bytes.len());
        bytes.splice(at..end, junk.iter().copied());
        bytes
    }

    #[test]
    fn every_filter_is_one() {
        assert_eq!(COMPILED.len(), FILTERS.len());
    }

    proptest! {
        #[test]
        fn any_bytes_do(data in proptest::collection::vec(any::<u8>(), 0..300)) {
            token(&data);
            jwk_set(&data);
            claims(&data);
        }

        #[test]
        fn damage_does(
            at in any::<prop::sample::Index>(),
            gone in 0..20_usize,
            junk in proptest::collection::vec(any::<u8>(), 0..20),
        ) {
            token(&damaged(&good_token(&[]), at, gone, &junk));
            claims(&damaged(&payload(&[("active", "true"), ("groups", "[\"a\"]")]), at, gone, &junk));
            let set = format!("{{\"keys\":[{},{}]}}", RSA_A.jwk("\"kid\":\"a\","), RSA_A.jwk(""));
            jwk_set(&damaged(&set, at, gone, &junk));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn no_filter_holds_a_core(
            which in 0..FILTERS.len(),
            at in any::<prop::sample::Index>(),
            gone in 0..8_usize,
            junk in "[a-z0-9.()'\"&|!=<>+\\[\\], -]{0,12}",
        ) {
            let text = FILTERS[which];
            let damaged = damaged(text, at, gone, junk.as_bytes());
            for data in [text.as_bytes(), &damaged] {
                // 5 ms as it is built for use; this build is some ten times slower, and the machine busy.
                let took = filter(data).unwrap_or_default();
                prop_assert!(took < Duration::from_secs(1), "{took:?}");
            }
        }
    }
}
