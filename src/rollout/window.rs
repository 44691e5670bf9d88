//! Windows of time: when publications may begin, by the clock of a zone, with its summer time.

use jiff::civil::{Date, Time, Weekday as CivilWeekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};

use super::RolloutError;
use crate::base::time_zone;
use crate::workflow::{Weekday, Window};

/// How many days ahead an opening is looked for: a week, and another for the one day of a year on which the clock
/// leaves a window out.
const DAYS_AHEAD: i8 = 15;

/// Minutes of a day.
const DAY: u16 = 24 * 60;

/// A window with its zone's rules.
#[derive(Debug, Clone)]
pub(super) struct Opening {
    days: Vec<CivilWeekday>,
    opens: u16,
    closes: u16,
    zone: TimeZone,
}

impl Opening {
    pub(super) fn new(window: &Window) -> Result<Self, RolloutError> {
        let zone = time_zone(&window.zone).ok_or_else(|| RolloutError::Zone(window.zone.clone()))?;
        let days = window.days.iter().map(|day| civil(*day)).collect();
        Ok(Self { days, opens: window.opens, closes: window.closes, zone })
    }

    /// Whether the window is open.
    pub(super) fn is_open(&self, now: Timestamp) -> bool {
        let today = self.zone.to_datetime(now).date();
        // One that opened yesterday may close today.
        [today.yesterday().ok(), Some(today)]
            .into_iter()
            .flatten()
            .any(|day| self.on(day).is_some_and(|(opens, closes)| opens <= now && now < closes))
    }

    /// When it opens next.
    pub(super) fn next(&self, now: Timestamp) -> Option<Timestamp> {
        let today = self.zone.to_datetime(now).date();
        let days = (0..=DAYS_AHEAD).filter_map(|ahead| today.checked_add(i64::from(ahead).days()).ok());
        days.filter_map(|day| self.on(day)).map(|(opens, _)| opens).find(|opens| *opens > now)
    }

    /// Its zone.
    pub(super) fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// A moment in words of its zone.
    pub(super) fn words(&self, at: Timestamp) -> String {
        let local = at.to_zoned(self.zone.clone());
        format!("{} ({})", local.strftime("%a %Y-%m-%d %H:%M"), self.zone.iana_name().unwrap_or("UTC"))
    }

    /// Opening and closing on this day; `None` where it does not open, or the clock leaves it out.
    fn on(&self, day: Date) -> Option<(Timestamp, Timestamp)> {
        if !self.days.contains(&day.weekday()) {
            return None;
        }
        let closing_day = if self.closes <= self.opens { day.tomorrow().ok()? } else { day };
        let (opens, closes) = (self.at(day, self.opens)?, self.at(closing_day, self.closes)?);
        (opens < closes).then_some((opens, closes))
    }

    /// A time that the clock leaves out is taken as so much later; one that comes twice is the first.
    fn at(&self, day: Date, minutes: u16) -> Option<Timestamp> {
        let (day, minutes) = if minutes >= DAY { (day.tomorrow().ok()?, minutes - DAY) } else { (day, minutes) };
        let time = Time::new(i8::try_from(minutes / 60).ok()?, i8::try_from(minutes % 60).ok()?, 0, 0).ok()?;
        self.zone.to_ambiguous_timestamp(day.to_datetime(time)).compatible().ok()
    }
}

/// The earliest opening of several windows, and which opens then.
pub(super) fn next(windows: &[Opening], now: Timestamp) -> Option<(Timestamp, &Opening)> {
    windows.iter().filter_map(|window| Some((window.next(now)?, window))).min_by_key(|(at, _)| *at)
}

fn civil(day: Weekday) -> CivilWeekday {
    match day {
        Weekday::Mon => CivilWeekday::Monday,
        Weekday::Tue => CivilWeekday::Tuesday,
        Weekday::Wed => CivilWeekday::Wednesday,
        Weekday::Thu => CivilWeekday::Thursday,
        Weekday::Fri => CivilWeekday::Friday,
        Weekday::Sat => CivilWeekday::Saturday,
        Weekday::Sun => CivilWeekday::Sunday,
    }
}
