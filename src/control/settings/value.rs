//! The text forms of single values: durations, sizes, ranges, host names, URLs. Pure; knows
//! nothing of the file.

use std::{fmt::Write, net::IpAddr, ops::RangeInclusive, time::Duration};

use toml::value::{Datetime, Offset};
use url::Url;

use crate::{clock::UnixTime, limits::NODE_IDS_MAX};

/// Why a text is not the value it should be; reads on after the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum ValueFault {
    /// Not a number and a unit of time.
    #[error("is not a duration; write a whole number and ms, s, m, h or d, as in \"10s\"")]
    Duration,
    /// Not a number and a unit of size.
    #[error("is not a size; write a whole number and B, KiB, MiB or GiB, as in \"1MiB\"")]
    Size,
    /// Not `first-last`.
    #[error("is not a range of node ids; write \"<first>-<last>\", as in \"1-10\"")]
    NodeIds,
    /// First above last.
    #[error("begins above its end; write the smaller node id first")]
    NodeIdsOrder,
    /// More ids than [`NODE_IDS_MAX`].
    #[error("holds more than {NODE_IDS_MAX} node ids; each needs a port of its own")]
    NodeIdsSize,
    /// Neither a DNS name nor an address.
    #[error("is neither a DNS name nor an IP address")]
    Host,
    /// Not a DNS name.
    #[error("is not a DNS name; SNI carries names only")]
    DnsName,
    /// Not a URL.
    #[error("is not a URL; write \"https://host/path\"")]
    Url,
    /// Neither https nor http.
    #[error("has a scheme that is not https")]
    UrlScheme,
    /// A URL with a user name or password.
    #[error("must not hold a user name or password")]
    UrlUser,
    /// A URL with a query or fragment where none may be.
    #[error("must not hold a query or fragment")]
    UrlQuery,
}

const UNITS_OF_TIME: [(&str, u64); 5] = [
    ("d", 86_400_000),
    ("h", 3_600_000),
    ("m", 60_000),
    ("s", 1000),
    ("ms", 1),
];

const UNITS_OF_SIZE: [(&str, u64); 4] = [
    ("GiB", 1 << 30),
    ("MiB", 1 << 20),
    ("KiB", 1 << 10),
    ("B", 1),
];

/// `"250ms"`, `"10s"`, `"5m"`, `"24h"`, `"7d"`: whole numbers, one unit.
pub(super) fn parse_duration(text: &str) -> Result<Duration, ValueFault> {
    let millis = parse_quantity(text, &UNITS_OF_TIME).ok_or(ValueFault::Duration)?;
    Ok(Duration::from_millis(millis))
}

/// `"64KiB"`, `"1MiB"`: whole numbers, one binary unit; bytes come out.
pub(super) fn parse_size(text: &str) -> Result<usize, ValueFault> {
    let bytes = parse_quantity(text, &UNITS_OF_SIZE).ok_or(ValueFault::Size)?;
    usize::try_from(bytes).map_err(|_| ValueFault::Size)
}

/// `duration` as [`parse_duration`] reads it, in the largest unit that is exact.
pub(super) fn show_duration(duration: Duration) -> String {
    let millis = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    if millis == 0 {
        "0s".to_owned()
    } else {
        show_quantity(millis, &UNITS_OF_TIME)
    }
}

/// `bytes` as [`parse_size`] reads it, in the largest unit that is exact.
pub(super) fn show_size(bytes: usize) -> String {
    let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
    if bytes == 0 {
        "0B".to_owned()
    } else {
        show_quantity(bytes, &UNITS_OF_SIZE)
    }
}

fn parse_quantity(text: &str, units: &[(&str, u64)]) -> Option<u64> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at_checked(digits)?;
    let (_, factor) = units.iter().find(|(name, _)| *name == unit)?;
    number.parse::<u64>().ok()?.checked_mul(*factor)
}

fn show_quantity(amount: u64, units: &[(&str, u64)]) -> String {
    let mut shown = String::new();
    if let Some((unit, factor)) = units
        .iter()
        .find(|(_, factor)| amount.is_multiple_of(*factor))
    {
        let _ = write!(shown, "{}{unit}", amount / factor);
    }
    shown
}

/// `"1-10"`: both ends count; at least one and at most [`NODE_IDS_MAX`] ids, none negative.
pub(super) fn parse_node_ids(text: &str) -> Result<RangeInclusive<i32>, ValueFault> {
    let (first, last) = text.split_once('-').ok_or(ValueFault::NodeIds)?;
    let number = |text: &str| {
        let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        let number = if digits {
            text.parse::<i32>().ok()
        } else {
            None
        };
        number.ok_or(ValueFault::NodeIds)
    };
    let (first, last) = (number(first.trim())?, number(last.trim())?);
    if first > last {
        return Err(ValueFault::NodeIdsOrder);
    }
    if usize::try_from(last - first).map_or(true, |more| more >= NODE_IDS_MAX) {
        return Err(ValueFault::NodeIdsSize);
    }
    Ok(first..=last)
}

/// A DNS name (RFC 1123, underscores tolerated as brokers' names hold them) or an IP address
/// without brackets.
pub(super) fn parse_host(text: &str) -> Result<String, ValueFault> {
    if text.parse::<IpAddr>().is_ok() || is_dns_name(text) {
        return Ok(text.to_owned());
    }
    Err(ValueFault::Host)
}

/// A DNS name that is no IP address, in lower case.
pub(super) fn parse_dns_name(text: &str) -> Result<String, ValueFault> {
    if text.parse::<IpAddr>().is_err() && is_dns_name(text) {
        return Ok(text.to_ascii_lowercase());
    }
    Err(ValueFault::DnsName)
}

fn is_dns_name(text: &str) -> bool {
    let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.chars().all(legal)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    // A name of digits and dots alone is a mistyped address.
    let named = text.chars().any(|c| c.is_ascii_alphabetic());
    text.len() <= 253 && named && text.split('.').all(label)
}

/// An http or https URL without user, password and fragment; `query` says whether it may have one.
pub(super) fn parse_url(text: &str, query: bool) -> Result<Url, ValueFault> {
    let url = Url::parse(text).map_err(|_| ValueFault::Url)?;
    if !matches!(url.scheme(), "https" | "http") {
        return Err(ValueFault::UrlScheme);
    }
    if url.host_str().is_none_or(str::is_empty) {
        return Err(ValueFault::Url);
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(ValueFault::UrlUser);
    }
    if url.fragment().is_some() || (url.query().is_some() && !query) {
        return Err(ValueFault::UrlQuery);
    }
    Ok(url)
}

/// `time` if it has a date, a time of day and an offset; whole seconds count.
pub(super) fn unix_time(time: &Datetime) -> Option<UnixTime> {
    let (date, time, offset) = (time.date?, time.time?, time.offset?);
    let minutes = match offset {
        Offset::Z => 0,
        Offset::Custom { minutes } => i64::from(minutes),
    };
    let days = days_since_1970(
        i64::from(date.year),
        i64::from(date.month),
        i64::from(date.day),
    );
    let seconds = i64::from(time.hour) * 3600
        + i64::from(time.minute) * 60
        + i64::from(time.second.unwrap_or(0));
    Some(UnixTime::from_secs(days * 86_400 + seconds - minutes * 60))
}

/// Days from 1970-01-01 to a date of the Gregorian calendar: years that begin in March have their
/// odd day at the end, and 400 of them have 146,097 days.
const fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_seconds_since_1970() {
        for (text, secs) in [
            ("1970-01-01T00:00:00Z", Some(0)),
            ("2000-02-29T23:59:59Z", Some(951_868_799)),
            ("2000-03-01T00:00:00Z", Some(951_868_800)),
            ("2026-06-24T02:00:00+02:00", Some(1_782_259_200)),
            ("1969-12-31T23:59:59.9Z", Some(-1)),
            ("2026-06-24T00:00:00", None),
            ("2026-06-24", None),
            ("07:32:00", None),
        ] {
            let time: Datetime = text.parse().unwrap();
            assert_eq!(unix_time(&time), secs.map(UnixTime::from_secs), "{text}");
        }
    }

    #[test]
    fn quantities_survive_a_round_trip() {
        for text in ["250ms", "10s", "5m", "24h", "7d", "0s"] {
            let expected = if text == "24h" { "1d" } else { text };
            assert_eq!(show_duration(parse_duration(text).unwrap()), expected);
        }
        for text in ["1B", "64KiB", "1MiB", "2GiB", "0B"] {
            assert_eq!(show_size(parse_size(text).unwrap()), text);
        }
        for text in [
            "",
            "10",
            "s",
            "1.5s",
            "-1s",
            "10 s",
            "10S",
            "99999999999999999999s",
            "1w",
        ] {
            assert_eq!(parse_duration(text), Err(ValueFault::Duration), "{text}");
        }
        for text in ["", "10", "1MB", "1mib", "-1B", "99999999999999GiB"] {
            assert_eq!(parse_size(text), Err(ValueFault::Size), "{text}");
        }
    }

    #[test]
    fn node_ids_have_order_and_size() {
        assert_eq!(parse_node_ids("1-10"), Ok(1..=10));
        assert_eq!(parse_node_ids("0-999"), Ok(0..=999));
        assert_eq!(parse_node_ids("7-7"), Ok(7..=7));
        for (text, fault) in [
            ("1", ValueFault::NodeIds),
            ("-1-3", ValueFault::NodeIds),
            ("a-b", ValueFault::NodeIds),
            ("+1-3", ValueFault::NodeIds),
            ("1-99999999999", ValueFault::NodeIds),
            ("3-1", ValueFault::NodeIdsOrder),
            ("0-1000", ValueFault::NodeIdsSize),
            ("0-2147483647", ValueFault::NodeIdsSize),
        ] {
            assert_eq!(parse_node_ids(text), Err(fault), "{text}");
        }
    }

    #[test]
    fn hosts_are_names_or_addresses() {
        for good in [
            "localhost",
            "a_b.example.com",
            "10.0.0.1",
            "::1",
            "KAFKA.example",
        ] {
            assert!(parse_host(good).is_ok(), "{good}");
        }
        let long = "a".repeat(64);
        for bad in [
            "",
            "a..b",
            "-a",
            "a-",
            "a b",
            "10.0.0.256",
            "a:1",
            "[::1]",
            "é",
            &long,
        ] {
            assert_eq!(parse_host(bad), Err(ValueFault::Host), "{bad}");
        }
        assert_eq!(parse_dns_name("10.0.0.1"), Err(ValueFault::DnsName));
        assert_eq!(
            parse_dns_name("Kafka.Example"),
            Ok("kafka.example".to_owned())
        );
    }

    #[test]
    fn urls_hold_no_more_than_they_should() {
        assert!(parse_url("https://idp.example.com/realms/a", false).is_ok());
        assert!(parse_url("https://idp.example.com/keys?a=b", true).is_ok());
        for (text, fault) in [
            ("idp.example.com", ValueFault::Url),
            ("ftp://idp.example.com", ValueFault::UrlScheme),
            ("file:///etc/keys", ValueFault::UrlScheme),
            ("https://u@idp.example.com", ValueFault::UrlUser),
            ("https://u:p@idp.example.com", ValueFault::UrlUser),
            ("https://idp.example.com/?a", ValueFault::UrlQuery),
            ("https://idp.example.com/#a", ValueFault::UrlQuery),
        ] {
            assert_eq!(parse_url(text, false).err(), Some(fault), "{text}");
        }
    }
}
