//! `[limits]`: times, sizes and counts, each within bounds in which it still makes sense.

use std::{ops::RangeInclusive, time::Duration};

use super::{finding::Findings, section::Section};
use crate::{
    limits::{
        CONNECTIONS_CEILING, CONNECTIONS_SHARE_PERCENT, FRAME_MAX, HELD_SHARE_PERCENT,
        IN_FLIGHT_CEILING, LOGIN_FRAME_MAX, LOGIN_FRAME_MIN, LOGIN_RATE_CEILING,
    },
    snapshot::{ClientErrors, SessionLimits},
};

const fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

const LOGIN_DEADLINES: RangeInclusive<Duration> = secs(1)..=secs(300);
const FAILURE_DELAYS: RangeInclusive<Duration> = Duration::ZERO..=secs(10);
const REAUTHS: RangeInclusive<Duration> = secs(1)..=secs(7 * 24 * 3600);
const MIN_REMAININGS: RangeInclusive<Duration> = Duration::ZERO..=secs(300);
const KEY_WAITS: RangeInclusive<Duration> = Duration::ZERO..=secs(30);
const DRAIN_DELAYS: RangeInclusive<Duration> = Duration::ZERO..=secs(300);
const DRAIN_DEADLINES: RangeInclusive<Duration> = Duration::ZERO..=secs(3600);
const IDLE_DEADLINES: RangeInclusive<Duration> = secs(1)..=secs(30 * 24 * 3600);
const STALL_DEADLINES: RangeInclusive<Duration> = secs(1)..=secs(3600);
const HELD_BUDGETS: RangeInclusive<usize> = LOGIN_FRAME_MAX..=1 << 40;

/// Reads `[limits]`, which may be absent, as may each of its keys.
pub(super) fn read(section: Option<&Section<'_>>, findings: &mut Findings) -> SessionLimits {
    let mut limits = SessionLimits::default();
    let Some(section) = section else {
        return limits;
    };
    read_times(section, &mut limits, findings);
    read_counts(section, &mut limits, findings);
    let sizes = [
        (
            "max_login_frame",
            LOGIN_FRAME_MIN..=LOGIN_FRAME_MAX,
            &mut limits.max_login_frame,
        ),
        (
            "max_request",
            LOGIN_FRAME_MAX..=FRAME_MAX,
            &mut limits.max_request,
        ),
        (
            "max_held",
            LOGIN_FRAME_MAX..=FRAME_MAX,
            &mut limits.max_held,
        ),
        ("held_budget", HELD_BUDGETS, &mut limits.held_budget),
    ];
    for (key, bounds, limit) in sizes {
        *limit = section.size(key, bounds, findings).unwrap_or(*limit);
    }
    let share = section.size("max_held_per_principal", HELD_BUDGETS, findings);
    limits.max_held_per_principal = share.unwrap_or_else(|| held_share(&limits));
    let words = [
        ("reason", ClientErrors::Reason),
        ("generic", ClientErrors::Generic),
    ];
    let told = section.choice("client_errors", &words, findings);
    limits.client_errors = told.unwrap_or(limits.client_errors);
    check_together(section, &limits, findings);
    limits
}

fn read_times(section: &Section<'_>, limits: &mut SessionLimits, findings: &mut Findings) {
    let times = [
        (
            "login_deadline",
            LOGIN_DEADLINES,
            &mut limits.login_deadline,
        ),
        ("failure_delay", FAILURE_DELAYS, &mut limits.failure_delay),
        ("min_remaining", MIN_REMAININGS, &mut limits.min_remaining),
        ("key_wait", KEY_WAITS, &mut limits.key_wait),
        ("idle_deadline", IDLE_DEADLINES, &mut limits.idle_deadline),
        (
            "stall_deadline",
            STALL_DEADLINES,
            &mut limits.stall_deadline,
        ),
        ("drain_delay", DRAIN_DELAYS, &mut limits.drain_delay),
        (
            "drain_deadline",
            DRAIN_DEADLINES,
            &mut limits.drain_deadline,
        ),
    ];
    for (key, bounds, limit) in times {
        *limit = section.duration(key, bounds, findings).unwrap_or(*limit);
    }
    limits.max_reauth = section.duration("max_reauth", REAUTHS, findings);
    let longest = section.duration("failure_delay_max", FAILURE_DELAYS, findings);
    // Whoever asks for a longer delay than the default's longest means it to be kept.
    limits.failure_delay_max =
        longest.unwrap_or_else(|| limits.failure_delay_max.max(limits.failure_delay));
}

fn read_counts(section: &Section<'_>, limits: &mut SessionLimits, findings: &mut Findings) {
    let mut count = |key, most| {
        let count = section.integer(key, 1..=most, findings)?;
        usize::try_from(count).ok()
    };
    let most = count("max_connections", CONNECTIONS_CEILING);
    limits.max_connections = most.unwrap_or(limits.max_connections);
    let share = share(limits.max_connections);
    limits.max_connections_per_address =
        count("max_connections_per_address", CONNECTIONS_CEILING).unwrap_or(share);
    limits.max_connections_per_principal =
        count("max_connections_per_principal", CONNECTIONS_CEILING).unwrap_or(share);
    let in_flight = count("max_in_flight", IN_FLIGHT_CEILING);
    limits.max_in_flight = in_flight.unwrap_or(limits.max_in_flight);
    let mut rate = |key| {
        let rate = count(key, LOGIN_RATE_CEILING)?;
        u32::try_from(rate).ok()
    };
    let rates = (
        rate("login_rate_per_address"),
        rate("login_rate_per_principal"),
    );
    limits.login_rate_per_address = rates.0.unwrap_or(limits.login_rate_per_address);
    limits.login_rate_per_principal = rates.1.unwrap_or(limits.login_rate_per_principal);
}

/// What one address, or one identity, may have of `all` connections.
fn share(all: usize) -> usize {
    let share = all.saturating_mul(CONNECTIONS_SHARE_PERCENT).div_ceil(100);
    share.clamp(1, all.max(1))
}

/// What one identity may have of the budget of held frames: one of the largest at least.
fn held_share(limits: &SessionLimits) -> usize {
    let share = limits.held_budget.saturating_mul(HELD_SHARE_PERCENT) / 100;
    share.max(limits.max_held)
}

fn check_together(section: &Section<'_>, limits: &SessionLimits, findings: &mut Findings) {
    check_held(section, limits, findings);
    if limits.key_wait >= limits.login_deadline {
        let problem = "is not less than login_deadline, so that logins would end before keys come";
        findings.fault(&section.path_of("key_wait"), "", problem);
    }
    if limits.failure_delay_max < limits.failure_delay {
        let problem = "is less than failure_delay, with which delays begin; raise it";
        findings.fault(&section.path_of("failure_delay_max"), "", problem);
    }
    for (key, most) in [
        (
            "max_connections_per_address",
            limits.max_connections_per_address,
        ),
        (
            "max_connections_per_principal",
            limits.max_connections_per_principal,
        ),
    ] {
        if most > limits.max_connections {
            let problem = "is more than max_connections, which is reached before; lower it";
            findings.fault(&section.path_of(key), &most.to_string(), problem);
        }
    }
}

fn check_held(section: &Section<'_>, limits: &SessionLimits, findings: &mut Findings) {
    let (budget, share) = (limits.held_budget, limits.max_held_per_principal);
    let too_small = "is less than max_held, so a frame of that size could never be held; raise it";
    if limits.max_held > budget {
        findings.fault(&section.path_of("held_budget"), "", too_small);
        return;
    }
    let path = section.path_of("max_held_per_principal");
    if share < limits.max_held {
        findings.fault(&path, "", too_small);
    }
    if share > budget {
        let problem = "is more than held_budget, which is reached before; lower it";
        findings.fault(&path, "", problem);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_client_may_have_most_and_never_all() {
        let shares = [1, 2, 5, 10, 10_000, 1_000_000].map(share);
        assert_eq!(shares, [1, 2, 4, 8, 8000, 800_000]);
        assert_eq!(share(usize::MAX), usize::MAX.div_ceil(100));
        let defaults = SessionLimits::default();
        assert_eq!(
            defaults.max_connections_per_address,
            share(defaults.max_connections)
        );
        assert_eq!(defaults.max_held_per_principal, held_share(&defaults));
    }

    #[test]
    fn one_identity_may_have_half_of_the_held_frames_and_one_at_least() {
        for (budget, held, share) in [
            (256 << 20, 16 << 20, 128 << 20),
            (32 << 20, 16 << 20, 16 << 20),
            (20 << 20, 16 << 20, 16 << 20),
            (16 << 20, 16 << 20, 16 << 20),
            (1 << 40, 1 << 16, 1 << 39),
        ] {
            let limits = SessionLimits {
                held_budget: budget,
                max_held: held,
                ..SessionLimits::default()
            };
            assert_eq!(held_share(&limits), share, "{budget} {held}");
        }
    }
}
