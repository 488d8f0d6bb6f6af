//! Days of the calendar as numbers.

/// A day; days are counted from 1 on 0001-01-01.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Day {
    pub(super) year: i64,
    pub(super) month: i64,
    pub(super) day: i64,
}

impl Day {
    /// A day that exists, from year 1 on.
    pub(super) fn new(year: i64, month: i64, day: i64) -> Option<Self> {
        let exists = (1..=9999).contains(&year)
            && (1..=12).contains(&month)
            && (1..=length(year, month)).contains(&day);
        exists.then_some(Self { year, month, day })
    }

    /// Its number.
    pub(super) fn number(self) -> i64 {
        let years = self.year - 1;
        let months: i64 = (1..self.month).map(|month| length(self.year, month)).sum();
        years * 365 + years / 4 - years / 100 + years / 400 + months + self.day
    }

    /// Days of its month.
    pub(super) fn length(self) -> i64 {
        length(self.year, self.month)
    }

    /// The same day of the next month; the last day for the last day, or where there is none such.
    pub(super) fn a_month_later(self) -> Self {
        let (year, month) = if self.month == 12 {
            (self.year + 1, 1)
        } else {
            (self.year, self.month + 1)
        };
        let last = length(year, month);
        let day = if self.day == self.length() {
            last
        } else {
            self.day.min(last)
        };
        Self { year, month, day }
    }
}

fn length(year: i64, month: i64) -> i64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_those_of_pythons_calendar() {
        // datetime.date(…).toordinal()
        for (day, number) in [
            ((1, 1, 1), 1),
            ((1993, 1, 1), 727_564),
            ((1996, 2, 29), 728_718),
            ((2012, 3, 1), 734_563),
        ] {
            assert_eq!(Day::new(day.0, day.1, day.2).unwrap().number(), number);
        }
        assert_eq!(Day::new(1993, 2, 29), None);
    }

    #[test]
    fn month_ends_follow_month_ends() {
        let later = |y, m, d| {
            let day = Day::new(y, m, d).unwrap().a_month_later();
            (day.year, day.month, day.day)
        };
        assert_eq!(later(1993, 1, 31), (1993, 2, 28));
        assert_eq!(later(1993, 2, 28), (1993, 3, 31));
        assert_eq!(later(1993, 1, 29), (1993, 2, 28));
        assert_eq!(later(1993, 12, 7), (1994, 1, 7));
    }
}
