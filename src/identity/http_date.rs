//! The `Date` of an HTTP answer (RFC 9110 section 5.6.7), to compare a provider's clock with ours.
//! Pure.

use crate::clock::UnixTime;

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// The time in `text`, as in `Sun, 06 Nov 1994 08:49:37 GMT`. The two obsolete forms, which no
/// server of today sends, and impossible dates are `None`; the day of the week is not looked at.
pub(super) fn parse(text: &str) -> Option<UnixTime> {
    let (_, rest) = text.split_once(", ")?;
    let words: Vec<&str> = rest.split(' ').collect();
    let [day, month, year, time, "GMT"] = words.as_slice() else {
        return None;
    };
    let month = MONTHS.iter().position(|name| name == month)?;
    let month = i64::try_from(month).ok()?.checked_add(1)?;
    let day = number(day, 1..=31)?;
    let year = number(year, 1970..=9999)?;
    let parts: Vec<&str> = time.split(':').collect();
    let [hour, minute, second] = parts.as_slice() else {
        return None;
    };
    let (hour, minute) = (number(hour, 0..=23)?, number(minute, 0..=59)?);
    let second = number(second, 0..=60)?;
    let hours = days(year, month, day)?.checked_mul(24)?.checked_add(hour)?;
    let minutes = hours.checked_mul(60)?.checked_add(minute)?;
    let seconds = minutes.checked_mul(60)?.checked_add(second)?;
    Some(UnixTime::from_secs(seconds))
}

fn number(text: &str, bounds: std::ops::RangeInclusive<i64>) -> Option<i64> {
    let digits = text.len() <= 4 && text.bytes().all(|byte| byte.is_ascii_digit());
    let number = text.parse().ok()?;
    (digits && bounds.contains(&number)).then_some(number)
}

/// Days from 1970-01-01 to a date of the Gregorian calendar; years are counted from 1 March, so
/// that the leap day is the last of its year.
fn days(year: i64, month: i64, day: i64) -> Option<i64> {
    let (year, month) = match month {
        1 | 2 => (year.checked_sub(1)?, month.checked_add(9)?),
        _ => (year, month.checked_sub(3)?),
    };
    let leap_days = year.checked_div(4)?.checked_sub(year.checked_div(100)?)?;
    let leap_days = leap_days.checked_add(year.checked_div(400)?)?;
    let in_year = month.checked_mul(153)?.checked_add(2)?.checked_div(5)?;
    let since_era = year.checked_mul(365)?.checked_add(leap_days)?;
    since_era
        .checked_add(in_year)?
        .checked_add(day)?
        .checked_sub(719_469)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read() {
        for (text, secs) in [
            ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
            ("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777),
            ("Thu, 29 Feb 2024 23:59:60 GMT", 1_709_251_200),
            ("Sun, 15 Jun 2025 15:06:40 GMT", 1_750_000_000),
        ] {
            assert_eq!(parse(text), Some(UnixTime::from_secs(secs)), "{text}");
        }
        for text in [
            "",
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun Nov  6 08:49:37 1994",
            "Sun, 06 Nov 1994 08:49:37 UTC",
            "Sun, 06 Nov 1994 24:49:37 GMT",
            "Sun, 06 Nov 1994 08:49 GMT",
            "Sun, 00 Nov 1994 08:49:37 GMT",
            "Sun, +6 Nov 1994 08:49:37 GMT",
            "Sun, 06 Nov 99999 08:49:37 GMT",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
