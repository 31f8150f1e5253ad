//! What was read of a date so far, and the instant it makes.

use weir_event::Timestamp;

use super::zone::{Local, Place};

/// A date without a year may lie this far behind the time it was read at, in seconds: clocks
/// differ, and a line of the first of January may reach us before our own midnight.
const AHEAD_SECONDS_MAX: i64 = 7 * 86_400;

/// Years looked back for one that has the 29th of February: across 1900 or 2100 it takes eight.
const YEARS_BACK_MAX: i64 = 8;

/// The parts of a date.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Parts {
    pub(super) year: Option<i64>,
    pub(super) month: Option<u32>,
    pub(super) day: Option<u32>,
    pub(super) day_of_year: Option<u32>,
    pub(super) hour: u32,
    pub(super) minute: u32,
    pub(super) second: u32,
    pub(super) nanos: u32,
    /// Set when the hour counts to twelve.
    pub(super) afternoon: Option<bool>,
    /// Set when the date names its own zone.
    pub(super) place: Option<Place>,
    /// Seconds since 1970; it makes all the others but the fraction idle.
    pub(super) epoch: Option<i64>,
}

impl Parts {
    /// The instant; nothing when there is no such day or time of day.
    ///
    /// `place` is the zone of a date that names none; `read_at` stands in for a missing year, and
    /// for the day when there is a time only.
    pub(super) fn instant(&mut self, place: &Place, read_at: Timestamp) -> Option<Timestamp> {
        if let Some(epoch) = self.epoch {
            return Some(Timestamp::new(epoch, self.nanos));
        }
        self.settle_hour()?;
        // Borrowed, not copied: the zone was written a moment ago in pieces that are narrower than
        // a copy, which the processor would have to wait for.
        let place = self.place.as_ref().unwrap_or(place);
        match self.year {
            Some(year) => self.in_year(year, place),
            None => self.in_a_likely_year(place, read_at),
        }
    }

    /// Counts the hour to 24; nothing when there is no such time of day.
    fn settle_hour(&mut self) -> Option<()> {
        if let Some(afternoon) = self.afternoon {
            if self.hour == 0 || self.hour > 12 {
                return None;
            }
            self.hour = self.hour % 12 + if afternoon { 12 } else { 0 };
        }
        // A leap second is counted as the first of the next minute.
        (self.hour <= 23 && self.minute <= 59 && self.second <= 60).then_some(())
    }

    fn in_year(&self, year: i64, place: &Place) -> Option<Timestamp> {
        let local = self.local(year)?;
        let seconds = local.seconds();
        let offset = place.offset(&local, seconds)?;
        Some(Timestamp::new(seconds - i64::from(offset), self.nanos))
    }

    /// The local date and time of day, if there is such a day in that year.
    fn local(&self, year: i64) -> Option<Local> {
        let (month, day) = match self.day_of_year {
            Some(day) => month_and_day(year, day)?,
            None => (self.month.unwrap_or(1), self.day.unwrap_or(1)),
        };
        if month == 0 || month > 12 || day == 0 || day > days_in(year, month) {
            return None;
        }
        let clock = (self.hour, self.minute, self.second);
        Some(Local { date: (year, month, day), clock })
    }

    /// The latest year that does not put the date further ahead than clocks may differ.
    fn in_a_likely_year(&self, place: &Place, read_at: Timestamp) -> Option<Timestamp> {
        let now = read_at.seconds().saturating_add(i64::from(place.offset_at(read_at)));
        let today = Timestamp::new(now, 0).date();
        let mut parts = *self;
        if self.month.is_none() && self.day_of_year.is_none() {
            // A day of the current month, or a time of the current day.
            parts.month = Some(today.1);
            parts.day = self.day.or(Some(today.2));
        }
        let latest = now.saturating_add(AHEAD_SECONDS_MAX);
        let is_likely =
            |year: &i64| parts.local(*year).is_some_and(|local| local.seconds() <= latest);
        let year = (-1..=YEARS_BACK_MAX).map(|back| today.0 - back).find(is_likely)?;
        parts.in_year(year, place)
    }
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

pub(super) fn days_in(year: i64, month: u32) -> u32 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

fn month_and_day(year: i64, day_of_year: u32) -> Option<(u32, u32)> {
    let mut rest = day_of_year;
    for month in 1..=12 {
        let days = days_in(year, month);
        if rest <= days {
            return (rest > 0).then_some((month, rest));
        }
        rest -= days;
    }
    None
}
