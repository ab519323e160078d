//! `hours`: when somebody is there, week by week, in the bot's time zone.

use std::collections::BTreeMap;

use jiff::civil::{Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan, Zoned};

use super::grammar::{Located, Words};
use super::report::Report;

const DAYS: [(&str, Weekday); 7] = [
    ("mon", Weekday::Monday),
    ("tue", Weekday::Tuesday),
    ("wed", Weekday::Wednesday),
    ("thu", Weekday::Thursday),
    ("fri", Weekday::Friday),
    ("sat", Weekday::Saturday),
    ("sun", Weekday::Sunday),
];
const REMEDY: &str = "write days and times such as mon-fri 08:00-17:00, or sat 09:00-12:00";

/// All hours of a bot by their names, and the zone in which they are meant.
#[derive(Debug, Clone)]
pub(super) struct Calendar {
    hours: BTreeMap<String, Hours>,
    zone: TimeZone,
}

/// One name: the stretches of a week.
#[derive(Debug, Clone, Default)]
pub(super) struct Hours(Vec<Stretch>);

/// From `from` until `to` on each of the days; until the next day where `to` is not later.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Stretch {
    days: Vec<Weekday>,
    from: Time,
    /// `None`: midnight, the end of the day.
    to: Option<Time>,
}

impl Calendar {
    /// The hours of a file; problems go to the report.
    pub(super) fn new(hours: &BTreeMap<Located<String>, Words>, zone: TimeZone, report: &mut Report<'_>) -> Self {
        let mut ready = BTreeMap::new();
        for (name, words) in hours {
            let path = format!("hours.{}", name.value);
            if words.0.is_empty() {
                report.add(name.place, &path, "these hours are empty: nobody is ever there", REMEDY);
            }
            let mut stretches = Vec::new();
            for word in &words.0 {
                match stretch(&word.value) {
                    Some(stretch) => stretches.push(stretch),
                    None => report.add(word.place, &path, "these are no days and times", REMEDY),
                }
            }
            ready.insert(name.value.clone(), Hours(stretches));
        }
        Self { hours: ready, zone }
    }

    /// The names.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.hours.keys().map(String::as_str)
    }

    /// Whether somebody is there now.
    pub(super) fn is_open(&self, name: &str, now: Timestamp) -> bool {
        self.hours.get(name).is_some_and(|hours| hours.holds(&now.to_zoned(self.zone.clone())))
    }

    /// When somebody is there next, later than now; `None` where nobody ever is.
    pub(super) fn opens(&self, name: &str, now: Timestamp) -> Option<Zoned> {
        self.hours.get(name)?.next(&now.to_zoned(self.zone.clone()))
    }
}

impl Hours {
    fn holds(&self, now: &Zoned) -> bool {
        let (today, time) = (now.weekday(), now.time());
        self.0.iter().any(|stretch| {
            let over_midnight = stretch.to.is_some_and(|to| to <= stretch.from);
            let before_its_end = stretch.to.is_none_or(|to| over_midnight || time < to);
            let since_today = stretch.days.contains(&today) && time >= stretch.from && before_its_end;
            let since_yesterday =
                over_midnight && stretch.days.contains(&today.previous()) && stretch.to.is_some_and(|to| time < to);
            since_today || since_yesterday
        })
    }

    fn next(&self, now: &Zoned) -> Option<Zoned> {
        let days = (0..=7).filter_map(|day| now.date().checked_add(day.days()).ok());
        let begins = days.flat_map(|date| {
            let begin = move |stretch: &Stretch| {
                let begins = stretch.days.contains(&date.weekday()).then(|| date.to_datetime(stretch.from))?;
                begins.to_zoned(now.time_zone().clone()).ok()
            };
            self.0.iter().filter_map(begin)
        });
        begins.filter(|begin| begin > now).min()
    }
}

/// `mon-fri 08:00-17:00`.
fn stretch(text: &str) -> Option<Stretch> {
    let text = text.trim().to_lowercase();
    let (days, times) = text.split_once(' ')?;
    let (from, to) = times.trim().split_once('-')?;
    let to = if to.trim() == "24:00" { None } else { Some(time(to)?) };
    Some(Stretch { days: weekdays(days)?, from: time(from)?, to })
}

/// `mon`, `mon-fri`, also over the end of the week.
fn weekdays(text: &str) -> Option<Vec<Weekday>> {
    let place = |name: &str| DAYS.iter().position(|(short, _)| *short == name);
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let (first, last) = (place(first)?, place(last)?);
    let length = (last + DAYS.len() - first) % DAYS.len();
    Some((first..=first + length).map(|day| DAYS[day % DAYS.len()].1).collect())
}

/// `08:00`, `8:30`.
fn time(text: &str) -> Option<Time> {
    let (hour, minute) = text.trim().split_once(':')?;
    let is_number = |part: &str| (1..=2).contains(&part.len()) && part.bytes().all(|digit| digit.is_ascii_digit());
    if !is_number(hour) || !is_number(minute) {
        return None;
    }
    Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calendar(stretches: &[&str]) -> Calendar {
        let hours = Hours(stretches.iter().map(|text| stretch(text).unwrap()).collect());
        Calendar { hours: BTreeMap::from([("office".to_owned(), hours)]), zone: TimeZone::get("Africa/Johannesburg").unwrap() }
    }

    /// Open, and when it opens next, at a moment of the clock on the wall there (UTC+2). 2026-11-27 is a Friday.
    fn at(calendar: &Calendar, wall: &str) -> (bool, String) {
        let now: Timestamp = format!("{wall}:00+02:00").parse().unwrap();
        let opens = calendar.opens("office", now).map(|opens| opens.strftime("%a %H:%M").to_string());
        (calendar.is_open("office", now), opens.unwrap_or_default())
    }

    #[test]
    fn a_week_has_its_days_and_times() {
        let office = calendar(&["mon-fri 08:00-17:00", "sat 9:00-12:00"]);
        for (wall, open, next) in [
            ("2026-11-27T07:59", false, "Fri 08:00"),
            ("2026-11-27T08:00", true, "Sat 09:00"),
            ("2026-11-27T16:59", true, "Sat 09:00"),
            ("2026-11-27T17:00", false, "Sat 09:00"),
            ("2026-11-28T11:30", true, "Mon 08:00"),
            ("2026-11-29T12:00", false, "Mon 08:00"),
        ] {
            assert_eq!(at(&office, wall), (open, next.to_owned()), "{wall}");
        }
    }

    #[test]
    fn a_night_ends_on_the_next_day_and_a_week_may_end_in_the_middle() {
        let night = calendar(&["fri-mon 22:00-06:00"]);
        assert_eq!(at(&night, "2026-11-27T23:00"), (true, "Sat 22:00".to_owned()));
        assert_eq!(at(&night, "2026-11-28T05:59"), (true, "Sat 22:00".to_owned()));
        assert!(at(&night, "2026-12-01T05:00").0, "Monday's night");
        assert_eq!(at(&night, "2026-12-01T23:00"), (false, "Fri 22:00".to_owned()));
        let day = calendar(&["sun 00:00-24:00"]);
        assert!(at(&day, "2026-11-29T23:59").0);
        assert_eq!(at(&day, "2026-11-30T00:00"), (false, "Sun 00:00".to_owned()));
        assert_eq!(at(&calendar(&["sun 10:00-11:00"]), "2026-11-29T10:30").1, "Sun 10:00", "in a week");
    }

    #[test]
    fn only_days_and_times_are_hours() {
        for wrong in [
            "",
            "mon",
            "mon 8-17",
            "mon 08:00",
            "monday 08:00-17:00",
            "mon 08:60-17:00",
            "mon 25:00-26:00",
            "mon-xyz 08:00-09:00",
        ] {
            assert_eq!(stretch(wrong), None, "{wrong}");
        }
    }
}
