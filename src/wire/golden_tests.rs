//! The walker, reader, writer and edits against frames that Kafka's own classes wrote.
//!
//! `tests/golden/frames.txt` holds them, a line each: key, version, direction, variant, bytes in
//! hex (`-` = none) and the JSON that Kafka's converter makes of the same message.
//! `tests/java/golden` writes the file.

use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use proptest::prelude::*;
use serde_json::Value as Json;

use super::edit::{DropUnknownTags, Edits};
use super::malformed::{Fault, Malformed};
use super::read::read;
use super::schema::{Field, Kind, Mark, Message};
use super::tables::{APIS, header};
use super::value::Value;
use super::visitor::{At, Scalar, Tagged, Visitor};
use super::walker::Walker;
use super::write::write;

struct Golden {
    message: &'static Message,
    version: i16,
    variant: &'static str,
    bytes: Vec<u8>,
    json: Json,
}

impl Golden {
    fn name(&self) -> String {
        format!("{} v{} {}", self.message.name, self.version, self.variant)
    }

    fn walk(&self, visitor: &mut impl Visitor) -> Result<Walker, Malformed> {
        let mut walker = Walker::body(self.message, self.version, self.bytes.len());
        walker.walk_held(&self.bytes, visitor).map(|()| walker)
    }
}

fn unhex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text
        .chars()
        .filter_map(|c| c.to_digit(16).map(|d| u8::try_from(d).unwrap()))
        .collect();
    digits
        .chunks(2)
        .map(|pair| pair[0] << 4 | pair[1])
        .collect()
}

fn golden() -> Vec<Golden> {
    const FRAMES: &str = include_str!(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/golden/frames.txt"
    ));
    FRAMES.lines().map(parsed).collect()
}

fn parsed(line: &'static str) -> Golden {
    let parts: Vec<&str> = line.splitn(6, ' ').collect();
    let message = match (parts[0], parts[2]) {
        ("header", "request") => &header::REQUEST_HEADER,
        ("header", _) => &header::RESPONSE_HEADER,
        (key, direction) => {
            let api = super::api::api(key.parse().unwrap()).unwrap();
            if direction == "request" {
                api.request
            } else {
                api.response
            }
        }
    };
    Golden {
        message,
        version: parts[1].parse().unwrap(),
        variant: parts[3],
        bytes: unhex(parts[4]),
        json: serde_json::from_str(parts[5]).unwrap(),
    }
}

/// All events, as text.
#[derive(Default)]
struct Log(Vec<String>);

impl Visitor for Log {
    const ALL: bool = true;

    fn value(&mut self, field: &'static Field, at: &At<'_>, value: Scalar<'_>) {
        self.0.push(format!("{} {at:?} {value:?}", field.name));
    }
    fn content(&mut self, field: &'static Field, part: &[u8]) {
        for byte in part {
            self.0.push(format!("{} {byte}", field.name));
        }
    }
    fn array(&mut self, field: &'static Field, at: &At<'_>, count: Option<usize>) {
        self.0.push(format!("{} {at:?} [{count:?}", field.name));
    }
    fn item(&mut self, field: &'static Field, at: &At<'_>) {
        self.0.push(format!("{} {at:?} (", field.name));
    }
    fn item_end(&mut self, field: &'static Field, at: &At<'_>) {
        self.0.push(format!("{} {at:?} )", field.name));
    }
    fn array_end(&mut self, field: &'static Field, at: &At<'_>) {
        self.0.push(format!("{} {at:?} ]", field.name));
    }
    fn structure(&mut self, field: &'static Field, at: &At<'_>) {
        self.0.push(format!("{} {at:?} {{", field.name));
    }
    fn structure_end(&mut self, field: &'static Field, at: &At<'_>) {
        self.0.push(format!("{} {at:?} }}", field.name));
    }
    fn tags(&mut self, at: &At<'_>, count: u32) {
        self.0.push(format!("tags {at:?} {count}"));
    }
    fn tags_end(&mut self, at: &At<'_>) {
        self.0.push(format!("tags {at:?} end"));
    }
    fn tag(&mut self, field: Option<&'static Field>, tag: u32, at: &At<'_>) -> Tagged {
        self.0
            .push(format!("tag {:?} {at:?} {tag}", field.map(|f| f.name)));
        Tagged::Keep
    }
    fn tag_end(&mut self, field: Option<&'static Field>, tag: u32, at: &At<'_>) {
        self.0
            .push(format!("tag {:?} {at:?} {tag} end", field.map(|f| f.name)));
    }
}

/// Hears nothing.
struct Deaf;
impl Visitor for Deaf {}

/// Hears of tagged fields, and of what is in arrays if it wants to.
struct TagsOnly {
    hears: bool,
    log: Log,
}

impl Visitor for TagsOnly {
    fn hears(&self, _: &'static Field) -> bool {
        self.hears
    }
    fn array(&mut self, field: &'static Field, at: &At<'_>, count: Option<usize>) {
        if self.hears {
            return;
        }
        assert!(field.is_visited(), "{} {at:?} {count:?}", field.name);
    }
    fn tags(&mut self, at: &At<'_>, count: u32) {
        self.log.tags(at, count);
    }
    fn tags_end(&mut self, at: &At<'_>) {
        self.log.tags_end(at);
    }
    fn tag(&mut self, field: Option<&'static Field>, tag: u32, at: &At<'_>) -> Tagged {
        self.log.tag(field, tag, at)
    }
    fn tag_end(&mut self, field: Option<&'static Field>, tag: u32, at: &At<'_>) {
        self.log.tag_end(field, tag, at);
    }
}

/// What a walk in parts of `part` bytes comes to, and the tagged fields that it met.
fn tags_of(golden: &Golden, bytes: &[u8], part: usize, hears: bool) -> (String, Vec<String>) {
    let mut visitor = TagsOnly {
        hears,
        log: Log::default(),
    };
    let mut walker = Walker::body(golden.message, golden.version, bytes.len());
    let walked = bytes
        .chunks(part)
        .try_for_each(|part| walker.walk_held(part, &mut visitor));
    let end = format!(
        "{walked:?} {} {}",
        walker.is_finished(),
        walker.unknown_tags()
    );
    (end, visitor.log.0)
}

#[test]
fn what_nobody_hears_is_checked_all_the_same() {
    for golden in golden() {
        let mut bytes = golden.bytes.clone();
        let compare = |bytes: &[u8]| {
            let heard = tags_of(&golden, bytes, bytes.len().max(1), true);
            for part in [bytes.len().max(1), 1, 7] {
                let unheard = tags_of(&golden, bytes, part, false);
                assert_eq!(unheard, heard, "{} in parts of {part}", golden.name());
            }
        };
        compare(&bytes);
        // Every byte wrong in turn; of long messages some.
        let step = (bytes.len() / 40).max(1);
        for place in (0..bytes.len()).step_by(step) {
            for wrong in [0xff, 0x01] {
                bytes[place] ^= wrong;
                compare(&bytes);
                bytes[place] ^= wrong;
            }
        }
    }
}

/// Whether `value`, as read, is what Kafka's converter says.
fn same(value: &Value, json: &Json) -> bool {
    match (value, json) {
        (Value::Null, Json::Null) => true,
        (Value::Bool(a), Json::Bool(b)) => a == b,
        (Value::Int(a), Json::Number(b)) => Some(*a) == b.as_i64(),
        (Value::Float(a), Json::Number(b)) => Some(*a) == b.as_f64(),
        (Value::Uuid(a), Json::String(b)) => BASE64_URL_SAFE_NO_PAD.encode(a) == *b,
        (Value::Str(a), Json::String(b)) => a == b,
        (Value::Bytes(a), Json::String(b)) => BASE64_STANDARD.encode(a) == *b,
        (Value::Bytes(a), Json::Number(b)) => u64::try_from(a.len()).ok() == b.as_u64(),
        (Value::Array(a), Json::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (Value::Struct(a), Json::Object(b)) => {
            a.iter().count() == b.len()
                && a.iter().all(|(name, value)| {
                    let name = name[..1].to_lowercase() + &name[1..];
                    let found = b.get(&name).or_else(|| b.get(&(name + "SizeInBytes")));
                    found.is_some_and(|json| same(value, json))
                })
        }
        _ => false,
    }
}

#[test]
fn every_message_of_the_tables_is_there() {
    let golden = golden();
    for api in APIS {
        for message in [api.request, api.response] {
            for version in message.versions.first()..=message.versions.last() {
                let found = golden
                    .iter()
                    .any(|g| std::ptr::eq(g.message, message) && g.version == version);
                assert!(found, "{} v{version}", message.name);
            }
            assert!(message.versions.contain(api.min_version), "{}", api.name);
            assert!(message.versions.contain(api.max_version), "{}", api.name);
        }
    }
}

#[test]
fn reads_what_kafka_wrote() {
    for golden in golden() {
        let value = read(golden.message, golden.version, &golden.bytes);
        let value = value.unwrap_or_else(|e| panic!("{}: {e}", golden.name()));
        assert!(same(&value, &golden.json), "{}: {value:?}", golden.name());
    }
}

#[test]
fn writes_what_kafka_wrote() {
    for golden in golden().iter().filter(|g| g.variant != "unknown") {
        let value = read(golden.message, golden.version, &golden.bytes).unwrap();
        let written = write(golden.message, golden.version, &value);
        assert_eq!(written.as_deref(), Ok(&*golden.bytes), "{}", golden.name());
    }
}

#[test]
fn defaults_are_those_of_kafka() {
    for golden in golden().iter().filter(|g| g.variant == "default") {
        let written = write(golden.message, golden.version, &Value::fields([]));
        assert_eq!(written.as_deref(), Ok(&*golden.bytes), "{}", golden.name());
    }
}

#[test]
fn unknown_tags_are_counted_and_can_be_dropped() {
    let all = golden();
    for (at, golden) in all.iter().enumerate() {
        let mut deaf = Deaf;
        let mut visitor = DropUnknownTags::new(&mut deaf);
        let walker = golden.walk(&mut visitor).unwrap();
        let cut = visitor.into_edits().apply(&golden.bytes).unwrap();
        if golden.variant == "unknown" {
            assert!(walker.unknown_tags() >= 2, "{}", golden.name());
            let one = all[..at]
                .iter()
                .rev()
                .find(|g| g.variant == "one" || g.variant == "default");
            assert_eq!(cut, one.unwrap().bytes, "{}", golden.name());
        } else {
            assert_eq!(walker.unknown_tags(), 0, "{}", golden.name());
            assert_eq!(cut, golden.bytes, "{}", golden.name());
        }
    }
}

/// Walks `golden` in parts that end at `cuts`.
fn in_parts(golden: &Golden, cuts: &[usize]) -> Log {
    let mut log = Log::default();
    let mut walker = Walker::body(golden.message, golden.version, golden.bytes.len());
    let mut bytes = golden.bytes.clone();
    let mut start = 0;
    for end in cuts.iter().copied().chain([bytes.len()]) {
        walker.walk(&mut bytes[start..end], &mut log).unwrap();
        start = end;
    }
    assert!(walker.is_finished(), "{}", golden.name());
    assert_eq!(bytes, golden.bytes, "{}", golden.name());
    log
}

#[test]
fn any_split_tells_the_same() {
    for golden in golden() {
        let whole = in_parts(&golden, &[]).0;
        let every: Vec<usize> = (0..golden.bytes.len()).collect();
        assert_eq!(in_parts(&golden, &every).0, whole, "{}", golden.name());
        if golden.bytes.len() <= 120 {
            for cut in every {
                assert_eq!(
                    in_parts(&golden, &[cut]).0,
                    whole,
                    "{} at {cut}",
                    golden.name()
                );
            }
        }
    }
}

#[test]
fn a_frame_cut_short_or_too_long_is_refused() {
    for golden in golden() {
        for end in 0..golden.bytes.len() {
            let mut walker = Walker::body(golden.message, golden.version, end);
            let result = walker.walk_held(&golden.bytes[..end], &mut Deaf);
            assert!(
                result.is_err() && !walker.is_finished(),
                "{} to {end}",
                golden.name()
            );
        }
        let mut longer = golden.bytes.clone();
        longer.push(0);
        let mut walker = Walker::body(golden.message, golden.version, longer.len());
        let refused = walker.walk_held(&longer, &mut Deaf).unwrap_err();
        let Malformed::Structure { fault, .. } = refused else {
            panic!("{}: {refused}", golden.name());
        };
        assert_eq!(fault, Fault::Trailing, "{}", golden.name());
    }
}

/// Writes `name` over every host, and blanks nothing.
struct Rename<'a> {
    edits: Edits,
    flexible: bool,
    name: &'a str,
    hosts: usize,
}

impl Visitor for Rename<'_> {
    fn value(&mut self, field: &'static Field, at: &At<'_>, value: Scalar<'_>) {
        if let (Mark::Host, Scalar::Str(_)) = (field.mark, value) {
            self.hosts += 1;
            self.edits
                .splice_text(at, field, self.flexible, Some(self.name));
        }
    }
}

/// The hosts of brokers, found by their names in a tree.
fn hosts(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| hosts(item, found)),
        Value::Struct(fields) => {
            for (name, value) in fields.iter() {
                match value {
                    Value::Str(host) if name == "Host" => found.push(host.clone()),
                    _ => hosts(value, found),
                }
            }
        }
        _ => {}
    }
}

#[test]
fn hosts_are_rewritten_at_any_length() {
    // 200 bytes widen the size of a tag that was one byte.
    for name in [
        "",
        "b0.cluster.example",
        &"x".repeat(200),
        &"y".repeat(20000),
    ] {
        let mut rewritten = 0;
        for golden in golden() {
            let mut rename = Rename {
                edits: Edits::new(),
                flexible: golden.message.is_flexible(golden.version),
                name,
                hosts: 0,
            };
            golden.walk(&mut rename).unwrap();
            let bytes = rename.edits.apply(&golden.bytes).unwrap();
            if rename.hosts == 0 {
                assert_eq!(bytes, golden.bytes);
                continue;
            }
            let mut found = Vec::new();
            let value = read(golden.message, golden.version, &bytes).unwrap();
            hosts(&value, &mut found);
            assert_eq!(found, vec![name; rename.hosts], "{}", golden.name());
            rewritten += 1;
        }
        assert!(rewritten > 50, "{rewritten}");
    }
}

/// Blanks every tagged field.
struct BlankAll(usize);
impl Visitor for BlankAll {
    fn tag(&mut self, field: Option<&'static Field>, _: u32, _: &At<'_>) -> Tagged {
        self.0 += usize::from(field.is_some());
        Tagged::Blank
    }
}

#[test]
fn blanked_tags_become_unknown_ones_at_equal_length() {
    let mut blanked = 0;
    for golden in golden() {
        let mut bytes = golden.bytes.clone();
        let mut walker = Walker::body(golden.message, golden.version, bytes.len());
        let mut visitor = BlankAll(0);
        for byte in bytes.chunks_mut(1) {
            walker.walk(byte, &mut visitor).unwrap();
        }
        walker.walk(&mut [], &mut visitor).unwrap(); // some messages have no byte
        assert!(walker.is_finished());
        let mut again = Walker::body(golden.message, golden.version, bytes.len());
        again.walk_held(&bytes, &mut Deaf).unwrap();
        let known = u32::try_from(visitor.0).unwrap();
        assert_eq!(
            again.unknown_tags(),
            walker.unknown_tags() + known,
            "{}",
            golden.name()
        );
        blanked += visitor.0;
    }
    assert!(blanked > 50, "{blanked}");
}

#[test]
fn tags_of_the_tables_leave_room_for_blanking() {
    fn check(kind: Kind) {
        match kind {
            Kind::Array(item) => check(*item),
            Kind::Struct(structure) => {
                for field in structure.fields {
                    assert!(field.tag < 32, "{}", field.name);
                    check(field.kind);
                }
            }
            _ => {}
        }
    }
    for api in APIS {
        for message in [api.request, api.response] {
            check(Kind::Struct(&message.root));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn random_bytes_never_panic(
        at in 0..APIS.len(),
        version in -1i16..20,
        bytes in proptest::collection::vec(any::<u8>(), 0..200),
    ) {
        for message in [APIS[at].request, APIS[at].response] {
            if let Ok(value) = read(message, version, &bytes)
                && message.versions.contain(version)
            {
                prop_assert!(write(message, version, &value).is_ok());
            }
        }
    }

    #[test]
    fn mutated_frames_tell_the_same_whole_and_in_parts(
        pick in any::<prop::sample::Index>(),
        place in any::<prop::sample::Index>(),
        byte in any::<u8>(),
        cut in any::<prop::sample::Index>(),
    ) {
        let golden = GOLDEN.with(|golden| {
            let golden = pick.get(golden);
            (golden.message, golden.version, golden.bytes.clone())
        });
        let (message, version, mut bytes) = golden;
        prop_assume!(!bytes.is_empty());
        *place.get_mut(&mut bytes) = byte;
        let mut whole = Log::default();
        let mut walker = Walker::body(message, version, bytes.len());
        let result = walker.walk_held(&bytes, &mut whole);
        let mut parts = Log::default();
        let mut walker = Walker::body(message, version, bytes.len());
        let (first, second) = bytes.split_at(cut.index(bytes.len()));
        let in_parts = walker
            .walk_held(first, &mut parts)
            .and_then(|()| walker.walk_held(second, &mut parts));
        prop_assert_eq!(result, in_parts);
        prop_assert_eq!(whole.0, parts.0);
        if result.is_ok() {
            // What is read can be written and reads the same.
            let value = read(message, version, &bytes).unwrap();
            let again = write(message, version, &value).unwrap();
            let value_again = read(message, version, &again).unwrap();
            prop_assert_eq!(write(message, version, &value_again).unwrap(), again);
        }
    }
}

thread_local! {
    static GOLDEN: Vec<Golden> = golden();
}
