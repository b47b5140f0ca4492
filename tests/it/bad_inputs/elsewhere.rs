//! Where the rows that are no login are shown, and the advisories: each by a test of this repository, whose
//! name is looked for, so that this table cannot outlive it.

use crate::harness::folder;
use std::{collections::BTreeSet, fs};

/// A test, by its file and name.
type Test = (&'static str, &'static str);

const LOGIN: &str = "tests/it/login.rs";
const HOSTILE: &str = "tests/it/hostile.rs";
const KEYS: &str = "tests/it/bad_inputs/keys.rs";
const CLASHES: &str = "tests/it/bad_inputs/clashes.rs";
const HERE: &str = "tests/it/bad_inputs/mod.rs";
const SETTINGS: &str = "src/control/settings/mod.rs";
const EVERY_INPUT: Test = (HERE, "every_bad_input_gets_its_answer_and_none_gets_in");
const NONSENSE: Test = (KEYS, "a_provider_that_serves_nonsense_costs_nobody_a_login");
const BAD_CONFIGURATIONS: Test = (
    SETTINGS,
    "each_bad_configuration_yields_exactly_what_it_says",
);
const NO_KEYS: Test = ("src/identity/verify.rs", "no_keys_and_stale_keys_close");

/// Rows without a login that is refused, and why there is none.
const ROWS: &[(u8, Test, &str)] = &[
    (
        23,
        EVERY_INPUT,
        "succeeds: another key stands first under the id",
    ),
    (
        52,
        (
            LOGIN,
            "a_token_with_too_little_time_left_is_closed_without_an_answer",
        ),
        "a close",
    ),
    (
        55,
        (KEYS, "a_rotation_succeeds_in_a_flood_of_random_key_ids"),
        "a flood of logins with other ids than the documents' one",
    ),
    (
        56,
        (LOGIN, "the_first_login_after_a_rotation_of_keys_succeeds"),
        "succeeds at once",
    ),
    (57, NONSENSE, "known keys go on"),
    (
        58,
        EVERY_INPUT,
        "succeeds: the key set has a numeric id and a null",
    ),
    (60, NONSENSE, "known keys go on"),
    (
        61,
        BAD_CONFIGURATIONS,
        "a fault of the configuration: provider-jwks-file.toml",
    ),
    (
        79,
        (
            LOGIN,
            "other_requests_before_the_login_are_closed_and_between_its_steps_answered_34_where_that_fits",
        ),
        "no token yet",
    ),
    (
        80,
        (LOGIN, "another_mechanism_is_refused_with_the_one_there_is"),
        "no token yet",
    ),
    (
        81,
        (
            LOGIN,
            "a_session_is_renewed_in_place_for_the_same_principal_only",
        ),
        "a session before",
    ),
    (
        81,
        (
            LOGIN,
            "a_session_may_neither_hurry_nor_change_its_mechanism",
        ),
        "a session before",
    ),
    (
        81,
        (
            LOGIN,
            "an_expired_session_is_closed_at_its_next_request_but_may_be_renewed_late",
        ),
        "a session before",
    ),
    (
        82,
        (
            HOSTILE,
            "frames_that_make_no_sense_before_the_login_are_closed_at_once",
        ),
        "no token yet",
    ),
    (
        82,
        (HOSTILE, "who_is_slow_to_log_in_is_closed"),
        "no token yet",
    ),
];

/// Advisories: rows that are the hole, or tests of their own.
const ADVISORIES: &[(&str, &[u8], &[Test])] = &[
    ("CVE-2026-33557, any JWT accepted", &[1, 2, 3, 4, 5, 6], &[]),
    (
        // `provider-jwks-empty.toml`; where `jwks_uri` is not there at all, discovery leads to one.
        "CVE-2026-110985, no check where no key set is configured",
        &[],
        &[BAD_CONFIGURATIONS, NO_KEYS],
    ),
    (
        "CVE-2026-49998, keys found by `kid` alone",
        &[34],
        &[(CLASHES, "one_key_id_of_two_issuers_stays_two_keys")],
    ),
    (
        "CVE-2025-27817, files and metadata by a key set's URL",
        &[60, 61],
        &[],
    ),
    (
        "CVE-2025-27818, CVE-2025-27819, CVE-2024-31141: classes and values by configuration",
        &[],
        &[(SETTINGS, "nothing_in_a_value_is_expanded")],
    ),
    (
        "CVE-2022-34917, memory before the login",
        &[82],
        &[(HOSTILE, "announced_frames_cost_no_memory")],
    ),
    (
        "CVE-2026-25537, times of the wrong type",
        &[24, 25, 27],
        &[],
    ),
    (
        "CVE-2025-59420, CVE-2026-32597, CVE-2026-35042: `crit`",
        &[10, 11, 12, 13, 14],
        &[],
    ),
    ("CVE-2021-22160, alg none", &[1], &[]),
    (
        "CVE-2025-54576, CVE-2026-40575, CVE-2026-34457, CVE-2026-76835: trusted by what it says of itself",
        &[],
        &[(HOSTILE, "plain_bytes_at_a_tls_port_are_closed")],
    ),
    (
        "CVE-2026-40574, CVE-2026-33175: an address with two `@`, and one that nobody verified",
        &[39],
        &[(CLASHES, "an_address_that_nobody_verified_names_nobody")],
    ),
    (
        "CVE-2024-57699, Authlib 1.6.3: depth and size",
        &[47, 53],
        &[],
    ),
    ("jwt-simple 0.13, negative times", &[24], &[]),
    (
        "RUSTSEC-2023-0071, 2026-0044 to 0049, 0098, 0099, 0104: crates",
        &[],
        &[("tests/architecture.rs", "no_crate_has_an_advisory_we_know")],
    ),
];

/// Checks that rows 1 to 82 are in `wire` or in the table, that advisories speak of such rows, and that
/// every test that is named exists.
pub(super) fn check_complete(wire: &BTreeSet<u8>) {
    let elsewhere = ROWS.iter().map(|(row, ..)| *row);
    let shown: BTreeSet<u8> = wire.iter().copied().chain(elsewhere).collect();
    let missing: Vec<u8> = (1..=82).filter(|row| !shown.contains(row)).collect();
    assert!(missing.is_empty(), "shown nowhere: {missing:?}");
    let own = ROWS.iter().map(|(_, test, _)| test);
    let theirs = ADVISORIES.iter().flat_map(|(_, _, tests)| tests.iter());
    for (file, name) in own.chain(theirs) {
        let text = fs::read_to_string(folder::repository().join(file)).expect("a file of tests");
        assert!(text.contains(&format!("fn {name}(")), "no {name} in {file}");
    }
    for (advisory, rows, tests) in ADVISORIES {
        assert!(!rows.is_empty() || !tests.is_empty(), "{advisory}");
        assert!(rows.iter().all(|row| shown.contains(row)), "{advisory}");
    }
}
