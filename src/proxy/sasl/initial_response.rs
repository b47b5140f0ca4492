//! The client initial response of OAUTHBEARER (RFC 7628 section 3.1) by Kafka's exact grammar.
//!
//! Owns bytes to [`InitialResponse`]. Accepts what Kafka's `OAuthBearerClientInitialResponse`
//! accepts, except that a repeated name (`auth` included) is refused, because Kafka lets the last
//! one win and another reader might take the first, and that tokens and pairs are bounded.

use memchr::memchr;

use super::extensions::Known;
use crate::{limits, secret::Secret};

/// Separates the parts; no value may hold it.
const SEPARATOR: u8 = 0x01;

/// A client's first message, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InitialResponse {
    /// The authorization identity as it came: Kafka compares it without decoding `=2C` and `=3D`.
    pub authzid: Option<String>,
    /// The bearer token, 1 to [`limits::TOKEN_MAX`] bytes of RFC 6750's `b64token` characters.
    pub token: Secret,
    /// The other pairs in the order sent; names are distinct letters only, no value is empty.
    pub extensions: Vec<(String, String)>,
}

/// Why bytes are not a client initial response. Offsets count from its first byte; nothing that
/// could be a part of a token is repeated.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// Nothing was sent.
    #[error("the client initial response is empty")]
    Empty,
    /// It does not begin with `n,`: channel binding is not supported.
    #[error("the client initial response does not begin with `n,` (no channel binding)")]
    Gs2Header,
    /// The authorization identity is empty or holds bytes that RFC 5801's `saslname` has not.
    #[error("the authorization identity (`a=`) is empty or not a saslname")]
    Authzid,
    /// The header is not closed by a comma and 0x01.
    #[error("the header is not followed by a comma and 0x01 at byte {at}")]
    Header {
        /// Where they should be.
        at: usize,
    },
    /// The message ends within a pair, or without its last 0x01.
    #[error("the client initial response ends before its last 0x01")]
    Unfinished,
    /// Bytes follow the last 0x01.
    #[error("bytes follow the end of the client initial response at byte {at}")]
    Trailing {
        /// Where the first of them is.
        at: usize,
    },
    /// A pair has no `=`, or a name that is empty or not of letters alone.
    #[error("the pair at byte {at} has no name of the letters A-Z and a-z followed by `=`")]
    Name {
        /// Where the pair begins.
        at: usize,
    },
    /// As [`Self::Name`], where the name is that of a known extension but for `_`, `-` and case.
    #[error("the extension `{name}` is spelt `{known}`")]
    Misspelt {
        /// As the client wrote it.
        name: String,
        /// What was meant.
        known: Known,
    },
    /// A value is empty or holds bytes other than printable ASCII, space, TAB, CR and LF.
    #[error("the pair at byte {at} has an empty value or one with other than printable characters")]
    Value {
        /// Where the pair begins.
        at: usize,
    },
    /// A name appears twice.
    #[error("the pair at byte {at} repeats a name")]
    Repeated {
        /// Where the second pair begins.
        at: usize,
    },
    /// More than [`limits::SASL_PAIRS_MAX`] pairs.
    #[error("more than {} pairs", limits::SASL_PAIRS_MAX)]
    TooManyPairs,
    /// There is no pair named `auth`.
    #[error("there is no `auth` pair, so no token")]
    NoAuth,
    /// `auth` is not `Bearer`, spaces and a token.
    #[error("`auth` is not `Bearer <token>`")]
    Auth,
    /// The token is longer than [`limits::TOKEN_MAX`].
    #[error("the token has {length} bytes, more than {}", limits::TOKEN_MAX)]
    TokenTooLong {
        /// Its bytes.
        length: usize,
    },
}

/// Reads a whole client initial response in one pass.
///
/// # Errors
/// [`Malformed`] when `bytes` are anything but one complete response.
pub fn parse(bytes: &[u8]) -> Result<InitialResponse, Malformed> {
    if bytes.is_empty() {
        return Err(Malformed::Empty);
    }
    let rest = bytes.strip_prefix(b"n,").ok_or(Malformed::Gs2Header)?;
    let (authzid, rest) = authzid(rest)?;
    let pairs_at = |rest: &[u8]| bytes.len().saturating_sub(rest.len());
    let rest = rest
        .strip_prefix(&[b',', SEPARATOR])
        .ok_or_else(|| Malformed::Header { at: pairs_at(rest) })?;

    let mut extensions = pairs(rest, pairs_at(rest))?;
    let auth = extensions.iter().position(|(name, _)| name == "auth");
    let (_, auth) = extensions.remove(auth.ok_or(Malformed::NoAuth)?);
    let token = bearer(&Secret::new(auth))?;
    Ok(InitialResponse {
        authzid,
        token,
        extensions,
    })
}

/// The optional `a=<saslname>` and what follows it.
fn authzid(rest: &[u8]) -> Result<(Option<String>, &[u8]), Malformed> {
    let Some(rest) = rest.strip_prefix(b"a=") else {
        return Ok((None, rest));
    };
    let end = rest
        .iter()
        .position(|b| *b == b',')
        .ok_or(Malformed::Unfinished)?;
    let (name, rest) = rest.split_at(end);
    if !is_saslname(name) {
        return Err(Malformed::Authzid);
    }
    let name = std::str::from_utf8(name).map_err(|_| Malformed::Authzid)?;
    Ok((Some(name.to_owned()), rest))
}

/// `(?:[\x01-\x7F&&[^=,]]|=2C|=3D)+`
fn is_saslname(mut name: &[u8]) -> bool {
    if name.is_empty() {
        return false;
    }
    while let Some((first, rest)) = name.split_first() {
        name = match first {
            b'=' => match rest
                .strip_prefix(b"2C")
                .or_else(|| rest.strip_prefix(b"3D"))
            {
                Some(rest) => rest,
                None => return false,
            },
            0x01..=0x7f if *first != b',' => rest,
            _ => return false,
        };
    }
    true
}

/// `([A-Za-z]+=[\x21-\x7E \t\r\n]+\x01)*\x01`; `at` is where `rest` begins, for error texts.
fn pairs(mut rest: &[u8], mut at: usize) -> Result<Vec<(String, String)>, Malformed> {
    let mut pairs: Vec<(String, String)> = Vec::new();
    loop {
        let end = memchr(SEPARATOR, rest).ok_or(Malformed::Unfinished)?;
        let (pair, after) = rest.split_at(end);
        let after = after
            .strip_prefix(&[SEPARATOR])
            .ok_or(Malformed::Unfinished)?;
        let next = at.saturating_add(end).saturating_add(1);
        if pair.is_empty() {
            return if after.is_empty() {
                Ok(pairs)
            } else {
                Err(Malformed::Trailing { at: next })
            };
        }
        let (name, value) = name_and_value(pair, at)?;
        if pairs.iter().any(|(earlier, _)| earlier == name) {
            return Err(Malformed::Repeated { at });
        }
        if pairs.len() == limits::SASL_PAIRS_MAX {
            return Err(Malformed::TooManyPairs);
        }
        pairs.push((name.to_owned(), value.to_owned()));
        (rest, at) = (after, next);
    }
}

/// Splits one pair at its first `=`; a value may hold more of them.
fn name_and_value(pair: &[u8], at: usize) -> Result<(&str, &str), Malformed> {
    let pair = std::str::from_utf8(pair).map_err(|_| Malformed::Value { at })?;
    let (name, value) = pair.split_once('=').ok_or(Malformed::Name { at })?;
    if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphabetic()) {
        return Err(match Known::meant_by(name) {
            Some(known) => Malformed::Misspelt {
                name: name.to_owned(),
                known,
            },
            None => Malformed::Name { at },
        });
    }
    let legal = |b: u8| matches!(b, 0x21..=0x7e | b' ' | b'\t' | b'\r' | b'\n');
    if value.is_empty() || !all(value, legal) {
        return Err(Malformed::Value { at });
    }
    Ok((name, value))
}

/// Whether all bytes of `text` are `legal`. Looks at each of them, as that is done many at a time: a token has
/// thousands, and nearly all have none that is not.
fn all(text: &str, legal: impl Fn(u8) -> bool) -> bool {
    text.bytes().fold(true, |all, byte| all & legal(byte))
}

/// `(?<scheme>[\w]+)[ ]+(?<token>[-_~+/\.a-zA-Z0-9]+([=]*))`, the scheme being `bearer` in any case.
fn bearer(auth: &Secret) -> Result<Secret, Malformed> {
    let (scheme, token) = auth.expose().split_once(' ').ok_or(Malformed::Auth)?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(Malformed::Auth);
    }
    let token = token.trim_start_matches(' ');
    let unpadded = token.trim_end_matches('=');
    let legal =
        |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'~' | b'+' | b'/' | b'.');
    if unpadded.is_empty() || !all(unpadded, legal) {
        return Err(Malformed::Auth);
    }
    if token.len() > limits::TOKEN_MAX {
        return Err(Malformed::TokenTooLong {
            length: token.len(),
        });
    }
    Ok(Secret::new(token.to_owned()))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    /// `^A` stands for 0x01, as in RFC 7628.
    fn bytes(text: &str) -> Vec<u8> {
        text.replace("^A", "\u{1}").into_bytes()
    }

    fn ok(text: &str) -> InitialResponse {
        parse(&bytes(text)).unwrap_or_else(|malformed| panic!("{text}: {malformed}"))
    }

    fn refused(text: &str) -> Malformed {
        parse(&bytes(text)).expect_err(text)
    }

    fn pair(name: &str, value: &str) -> (String, String) {
        (name.to_owned(), value.to_owned())
    }

    #[test]
    fn k1_token() {
        let read = ok("n,,^Aauth=Bearer 123.345.567^A^A");
        assert_eq!(read.token.expose(), "123.345.567");
        assert_eq!(read.authzid, None);
        assert_eq!(read.extensions, []);
    }

    #[test]
    fn k2_authorization_id() {
        let read = ok("n,a=myuser,^Aauth=Bearer 345^A^A");
        assert_eq!(read.token.expose(), "345");
        assert_eq!(read.authzid.as_deref(), Some("myuser"));
    }

    #[test]
    fn k3_extensions() {
        let read = ok("n,,^ApropA=valueA1, valueA2^Aauth=Bearer 567^ApropB=valueB^A^A");
        assert_eq!(read.token.expose(), "567");
        assert_eq!(
            read.extensions,
            [pair("propA", "valueA1, valueA2"), pair("propB", "valueB")]
        );
    }

    #[test]
    fn k4_rfc7628_example() {
        let read = ok("n,a=user@example.com,^Ahost=server.example.com^Aport=143^A\
             auth=Bearer vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg^A^A");
        assert_eq!(read.authzid.as_deref(), Some("user@example.com"));
        assert_eq!(
            read.token.expose(),
            "vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg"
        );
        assert_eq!(
            read.extensions,
            [pair("host", "server.example.com"), pair("port", "143")]
        );
    }

    #[test]
    fn k5_all_characters_of_an_rfc6750_token() {
        let token = "vF-9.df_t4qm~Tc2Nvb3RlckBhbHR+hdmlzdGEuY29/tCg==";
        assert_eq!(
            ok(&format!("n,,^Aauth=Bearer {token}^A^A")).token.expose(),
            token
        );
    }

    #[test]
    fn k6_one_extension_after_the_token() {
        let read = ok("n,,^Aauth=Bearer 123.345.567^Anineteen=42^A^A");
        assert_eq!(read.extensions, [pair("nineteen", "42")]);
    }

    #[test]
    fn k7_an_extension_name_of_digits() {
        assert_eq!(
            refused("n,,^Aauth=Bearer 345^A19=42^A^A"),
            Malformed::Name { at: 20 }
        );
    }

    #[test]
    fn k8_no_authorization_id_is_absent_rather_than_empty() {
        assert_eq!(ok("n,,^Aauth=Bearer 345^A^A").authzid, None);
    }

    #[test]
    fn row_41_padding_is_for_the_end_of_a_token_and_its_segments_are_not_counted_here() {
        // The token's own form is the verifier's business; the grammar refuses padding within.
        for token in ["a.b", "a.b.c.d", "..", "a+b/c==", "."] {
            assert_eq!(
                ok(&format!("n,,^Aauth=Bearer {token}^A^A")).token.expose(),
                token
            );
        }
        for token in ["", "=", "==", "a=.b=.c", "a b", "a,b", "a\tb"] {
            assert_eq!(
                refused(&format!("n,,^Aauth=Bearer {token}^A^A")),
                Malformed::Auth,
                "{token}"
            );
        }
    }

    #[test]
    fn row_42_white_space_around_a_token() {
        for end in ["\n", " ", "\r", "\t"] {
            assert_eq!(
                refused(&format!("n,,^Aauth=Bearer abc{end}^A^A")),
                Malformed::Auth
            );
        }
        assert_eq!(ok("n,,^Aauth=Bearer    abc^A^A").token.expose(), "abc");
    }

    #[test]
    fn row_69_an_empty_message_or_a_single_separator() {
        assert_eq!(refused(""), Malformed::Empty);
        assert_eq!(refused("^A"), Malformed::Gs2Header);
    }

    #[test]
    fn row_70_channel_binding() {
        for header in ["y,,", "p=tls-unique,,", "N,,", ",,", "n"] {
            assert_eq!(
                refused(&format!("{header}^Aauth=Bearer a^A^A")),
                Malformed::Gs2Header
            );
        }
    }

    #[test]
    fn row_71_too_few_and_too_many_bytes_at_the_end() {
        assert_eq!(refused("n,,^Aauth=Bearer a^A"), Malformed::Unfinished);
        assert_eq!(refused("n,,^Aauth=Bearer a"), Malformed::Unfinished);
        assert_eq!(
            refused("n,,^Aauth=Bearer a^A^Ax"),
            Malformed::Trailing { at: 19 }
        );
        assert_eq!(
            refused("n,,^Aauth=Bearer a^A^A^A"),
            Malformed::Trailing { at: 19 }
        );
        assert_eq!(refused("n,,"), Malformed::Header { at: 2 });
        assert_eq!(refused("n,,auth=Bearer a^A^A"), Malformed::Header { at: 2 });
    }

    #[test]
    fn row_72_no_token() {
        assert_eq!(refused("n,,^A^A"), Malformed::NoAuth);
        assert_eq!(refused("n,,^Ahost=x^A^A"), Malformed::NoAuth);
        assert_eq!(refused("n,,^AAuth=Bearer a^A^A"), Malformed::NoAuth);
        assert_eq!(refused("n,,^Aauth=Bearera^A^A"), Malformed::Auth);
        assert_eq!(refused("n,,^Aauth=Bearer\ta^A^A"), Malformed::Auth);
        assert_eq!(refused("n,,^Aauth=a^A^A"), Malformed::Auth);
    }

    #[test]
    fn row_73_other_schemes() {
        for scheme in ["Basic", "Negotiate", "", "Bearer,"] {
            assert_eq!(
                refused(&format!("n,,^Aauth={scheme} a^A^A")),
                Malformed::Auth
            );
        }
        for scheme in ["bearer", "BEARER", "bEaReR"] {
            assert_eq!(ok(&format!("n,,^Aauth={scheme} a^A^A")).token.expose(), "a");
        }
    }

    #[test]
    fn row_74_two_tokens() {
        assert_eq!(
            refused("n,,^Aauth=Bearer a^Aauth=Bearer b^A^A"),
            Malformed::Repeated { at: 18 }
        );
    }

    #[test]
    fn row_75_names_and_values_outside_the_grammar() {
        let with = |extension: &str| refused(&format!("n,,^A{extension}^Aauth=Bearer a^A^A"));
        assert_eq!(
            with("identity_pool_id=pool-a"),
            Malformed::Misspelt {
                name: "identity_pool_id".to_owned(),
                known: Known::IdentityPoolId
            }
        );
        for name in ["k1=v", "=v", "k", "k k=v", "é=v"] {
            assert_eq!(with(name), Malformed::Name { at: 4 }, "{name}");
        }
        for value in ["k=", "k=é", "k=\u{7f}", "k=\u{2}"] {
            assert_eq!(with(value), Malformed::Value { at: 4 }, "{value:?}");
        }
        assert_eq!(
            ok("n,,^Ak=\r\n\t =x=^Aauth=Bearer a^A^A").extensions,
            [pair("k", "\r\n\t =x=")],
            "Kafka takes CR, LF and `=` in values"
        );
    }

    #[test]
    fn row_76_an_extension_sent_twice() {
        assert_eq!(
            refused("n,,^Ak=1^Aauth=Bearer a^Ak=1^A^A"),
            Malformed::Repeated { at: 22 }
        );
    }

    #[test]
    fn row_78_nul_and_invalid_utf8() {
        assert_eq!(refused("n,a=u\0,^Aauth=Bearer a^A^A"), Malformed::Authzid);
        assert_eq!(
            refused("n,,^Aauth=Bearer a\0^A^A"),
            Malformed::Value { at: 4 }
        );
        for raw in [
            b"n,a=\xff,\x01auth=Bearer a\x01\x01".as_slice(),
            b"n,,\x01auth=Bearer \xc3\x28\x01\x01",
            b"n,,\x01k=\xff\x01auth=Bearer a\x01\x01",
        ] {
            assert!(parse(raw).is_err());
        }
    }

    #[test]
    fn an_authzid_is_kept_as_it_came() {
        for authzid in ["us=3Der", "a=2Cb", "\u{1}\t\u{7f}", "a b"] {
            let read = ok(&format!("n,a={authzid},^Aauth=Bearer a^A^A"));
            assert_eq!(read.authzid.as_deref(), Some(authzid));
        }
        for authzid in ["", "=", "a=b", "=2c", "=3", "é"] {
            let malformed = refused(&format!("n,a={authzid},^Aauth=Bearer a^A^A"));
            assert_eq!(malformed, Malformed::Authzid, "{authzid}");
        }
        assert_eq!(
            refused("n,a=user^Aauth=Bearer a^A^A"),
            Malformed::Unfinished
        );
    }

    #[test]
    fn tokens_and_pairs_are_bounded() {
        let token = |length: usize| format!("n,,^Aauth=Bearer {}^A^A", "t".repeat(length));
        assert!(parse(&bytes(&token(limits::TOKEN_MAX))).is_ok());
        let length = limits::TOKEN_MAX + 1;
        assert_eq!(refused(&token(length)), Malformed::TokenTooLong { length });

        let letters = |i: usize| char::from(b'a' + u8::try_from(i).unwrap());
        let many = |count: usize| {
            let pairs: String = (0..count)
                .map(|i| format!("k{}{}=v^A", letters(i / 26), letters(i % 26)))
                .collect();
            format!("n,,^A{pairs}auth=Bearer a^A^A")
        };
        assert!(parse(&bytes(&many(limits::SASL_PAIRS_MAX - 1))).is_ok());
        assert_eq!(
            refused(&many(limits::SASL_PAIRS_MAX)),
            Malformed::TooManyPairs
        );
    }

    #[test]
    fn neither_a_response_nor_a_fault_shows_a_token() {
        assert!(!format!("{:?}", ok("n,,^Aauth=Bearer hunter^A^A")).contains("hunter"));
        for text in [
            "n,,^Aauth=Bearer hunter,^A^A",
            "n,,^Ahunter^A^A",
            "n,,^Aauth-hunter=x^A^A",
        ] {
            let malformed = refused(text);
            assert!(!format!("{malformed:?} {malformed}").contains("hunter"));
        }
    }

    /// Kafka's two regular expressions, spelt as a tree and run by brute force.
    enum Rule {
        Class(fn(u8) -> bool),
        Text(&'static [u8]),
        All(Vec<Self>),
        Any(Vec<Self>),
        Many(Box<Self>),
        Optional(Box<Self>),
    }

    impl Rule {
        /// All places where a match that begins at one of `starts` can end.
        fn ends(&self, text: &[u8], starts: &BTreeSet<usize>) -> BTreeSet<usize> {
            match self {
                Self::Class(has) => starts
                    .iter()
                    .filter(|at| text.get(**at).is_some_and(|b| has(*b)))
                    .map(|at| at + 1)
                    .collect(),
                Self::Text(wanted) => starts
                    .iter()
                    .filter(|at| text[**at..].starts_with(wanted))
                    .map(|at| at + wanted.len())
                    .collect(),
                Self::All(rules) => rules
                    .iter()
                    .fold(starts.clone(), |starts, rule| rule.ends(text, &starts)),
                Self::Any(rules) => rules
                    .iter()
                    .flat_map(|rule| rule.ends(text, starts))
                    .collect(),
                Self::Optional(rule) => starts | &rule.ends(text, starts),
                Self::Many(rule) => {
                    let mut all = starts.clone();
                    loop {
                        let longer = &all | &rule.ends(text, &all);
                        if longer == all {
                            return all;
                        }
                        all = longer;
                    }
                }
            }
        }

        fn is_match(&self, text: &[u8]) -> bool {
            self.ends(text, &BTreeSet::from([0])).contains(&text.len())
        }
    }

    fn many1(rule: fn() -> Rule) -> Rule {
        Rule::All(vec![rule(), Rule::Many(Box::new(rule()))])
    }

    fn whole_message() -> Rule {
        let saslname = many1(|| {
            Rule::Any(vec![
                Rule::Class(|b| (1..=0x7f).contains(&b) && b != b'=' && b != b','),
                Rule::Text(b"=2C"),
                Rule::Text(b"=3D"),
            ])
        });
        let pair = Rule::All(vec![
            many1(|| Rule::Class(|b| b.is_ascii_alphabetic())),
            Rule::Text(b"="),
            many1(|| Rule::Class(|b| (0x21..=0x7e).contains(&b) || b" \t\r\n".contains(&b))),
            Rule::Text(b"\x01"),
        ]);
        Rule::All(vec![
            Rule::Text(b"n,"),
            Rule::Optional(Box::new(Rule::All(vec![Rule::Text(b"a="), saslname]))),
            Rule::Text(b",\x01"),
            Rule::Many(Box::new(pair)),
            Rule::Text(b"\x01"),
        ])
    }

    fn auth_value() -> Rule {
        Rule::All(vec![
            many1(|| Rule::Class(|b| b.is_ascii_alphanumeric() || b == b'_')),
            many1(|| Rule::Text(b" ")),
            many1(|| Rule::Class(|b| b.is_ascii_alphanumeric() || b"-_~+/.".contains(&b))),
            Rule::Many(Box::new(Rule::Text(b"="))),
        ])
    }

    /// What Kafka would do, and then what Oathgate refuses on top.
    fn accepted_by_rules(message: &[u8]) -> bool {
        if !whole_message().is_match(message) {
            return false;
        }
        let text = std::str::from_utf8(message).unwrap();
        let (_, pairs) = text.split_once(",\u{1}").unwrap();
        let pairs: Vec<_> = pairs
            .split('\u{1}')
            .filter_map(|p| p.split_once('='))
            .collect();
        let names: BTreeSet<_> = pairs.iter().map(|(name, _)| name).collect();
        let auth = pairs.iter().find(|(name, _)| *name == "auth");
        names.len() == pairs.len()
            && auth.is_some_and(|(_, value)| {
                auth_value().is_match(value.as_bytes())
                    && value.to_ascii_lowercase().starts_with("bearer ")
            })
    }

    /// Messages put together of pieces that matter, so that a good part is legal or nearly so.
    fn messages() -> impl Strategy<Value = Vec<u8>> {
        let piece = prop::sample::select(vec![
            "n,",
            "n,,\u{1}",
            "a=",
            "user",
            "=2C",
            "=3D",
            "=",
            ",",
            "\u{1}",
            "\u{1}",
            "auth=Bearer t",
            "auth=Bearer t\u{1}",
            "auth=",
            "bearer ",
            "Bearer  ",
            "a.b-c",
            "k=v\u{1}",
            "k",
            "Kk=",
            " ",
            "\t",
            "\n",
            "\0",
            "é",
            "_",
            "1",
            "auth=Bearer t\u{1}\u{1}",
        ]);
        prop::collection::vec(piece, 0..10).prop_map(|pieces| pieces.concat().into_bytes())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn arbitrary_bytes_do_no_harm(message in prop::collection::vec(any::<u8>(), 0..200)) {
            prop_assert_eq!(parse(&message).is_ok(), accepted_by_rules(&message));
        }

        #[test]
        fn what_kafkas_rules_accept_is_accepted_and_nothing_else(message in messages()) {
            prop_assert_eq!(parse(&message).is_ok(), accepted_by_rules(&message));
        }

        #[test]
        fn a_message_with_one_byte_changed_is_judged_alike(
            at in 0_usize..60, byte in any::<u8>()
        ) {
            let mut message = bytes("n,a=us=3Der,^Ahost=a b^Aauth=Bearer a.b-c==^AlogicalCluster=l^A^A");
            let at = at % message.len();
            message[at] = byte;
            prop_assert_eq!(parse(&message).is_ok(), accepted_by_rules(&message));
        }
    }
}
