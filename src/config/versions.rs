//! When versions of the Graph API end: Meta's changelog, read in November 2026 (docs/known-facts.md).

use jiff::Timestamp;
use jiff::civil::{Date, date};
use jiff::tz::TimeZone;

/// Versions up to this one no longer answer.
const LAST_ENDED: u32 = 20;
/// From how many days before the end it is said: a quarter and a month, time to test and deploy.
const NEAR_DAYS: i64 = 120;

/// Major versions and the first day on which they no longer answer.
const ENDS: [(u32, Date); 5] =
    [(21, date(2027, 1, 21)), (22, date(2027, 5, 20)), (23, date(2027, 10, 8)), (24, date(2028, 2, 18)), (25, date(2028, 7, 29))];

/// Whether a text is written as Meta writes versions: `v25.0`.
pub(super) fn is_version(text: &str) -> bool {
    let digits = |part: &str| !part.is_empty() && part.len() <= 3 && part.bytes().all(|byte| byte.is_ascii_digit());
    text.strip_prefix('v').and_then(|rest| rest.split_once('.')).is_some_and(|(major, minor)| digits(major) && digits(minor))
}

/// What to say of a version whose end is near or past; `None` when there is nothing to say.
pub(super) fn warning(version: &str, now: Timestamp) -> Option<String> {
    let major: u32 = version.strip_prefix('v')?.split_once('.')?.0.parse().ok()?;
    let advice = "Set WHATSAPP_API_VERSION=v25.0 or newer.";
    if major <= LAST_ENDED {
        return Some(format!("Graph API {version} has ended: Meta no longer answers it as asked. {advice}"));
    }
    let (_, end) = ENDS.iter().find(|(known, _)| *known == major)?;
    let today = now.to_zoned(TimeZone::UTC).date();
    let days = i64::from(today.until(*end).ok()?.get_days());
    if days <= 0 {
        Some(format!("Graph API {version} ended on {end}. {advice}"))
    } else if days < NEAR_DAYS {
        Some(format!("Graph API {version} ends on {end}, in {days} days. {advice}"))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn an_end_less_than_120_days_away_is_said_with_its_day() {
        let said = warning("v21.0", at("2026-11-20T00:00:00Z")).unwrap();
        assert!(said.contains("ends on 2027-01-21, in 62 days"), "{said}");
        assert_eq!(warning("v25.0", at("2026-11-20T00:00:00Z")), None);
        assert!(warning("v25.0", at("2028-08-01T00:00:00Z")).unwrap().contains("ended on 2028-07-29"));
        assert!(warning("v19.0", at("2026-11-20T00:00:00Z")).unwrap().contains("has ended"));
        assert_eq!(warning("v31.0", at("2026-11-20T00:00:00Z")), None);
    }

    #[test]
    fn only_metas_spelling_is_a_version() {
        for good in ["v25.0", "v26.1"] {
            assert!(is_version(good), "{good}");
        }
        for bad in ["25.0", "v25", "v.0", "V25.0", "v25.0/me", "v25.0 ", "v25.x", "v2500000.0"] {
            assert!(!is_version(bad), "{bad}");
        }
    }
}
