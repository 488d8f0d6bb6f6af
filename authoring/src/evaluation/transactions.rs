//! The Berka table of transactions as journeys, and the numbers that the network reads after each.
//!
//! Accounts stand in the order of their numbers, their rows by date and then as in the file. Every number
//! comes from the row itself or from rows before it. `training/proofs/journeys.py` makes the same.

use std::collections::BTreeMap;

use super::{EvaluationError, dates::Day, recurrent::Journey};
use crate::encoding::{EncodingError, Table};

/// Type, operation and use of a transaction, as the tables write them.
pub(super) const CATEGORIES: [&str; 13] = [
    "PRIJEM/VKLAD/",
    "PRIJEM//UROK",
    "PRIJEM/PREVOD Z UCTU/",
    "PRIJEM/PREVOD Z UCTU/DUCHOD",
    "VYDAJ/VYBER/",
    "VYDAJ/VYBER/SLUZBY",
    "VYDAJ/PREVOD NA UCET/SIPO",
    "VYDAJ/PREVOD NA UCET/",
    "VYDAJ/PREVOD NA UCET/POJISTNE",
    "VYDAJ/PREVOD NA UCET/UVER",
    "VYDAJ/VYBER/SIPO",
    "VYDAJ/VYBER/SANKC. UROK",
    "VYDAJ/VYBER KARTOU/",
];
const KINDS: usize = CATEGORIES.len();
/// How many of them, the first ones, are credits.
const CREDITS: usize = 4;
/// Interest, fees and penalty interest are booked for whatever amount comes out.
const ANY_AMOUNT: [usize; 3] = [1, 5, 11];
/// Rows, and days, that are looked back on.
const RECENT_ROWS: usize = 80;
const RECENT_DAYS: i64 = 40;
/// Stands for a due date that nothing tells, in tens of days.
const NOT_DUE: f64 = 4.0;

struct Event {
    day: Day,
    number: i64,
    kind: usize,
    /// In hundredths.
    amount: i64,
    balance: i64,
}

impl Event {
    /// Transactions that repeat each other: of one kind, and of one amount unless any amount will do.
    fn stream(&self) -> (usize, i64) {
        let any = ANY_AMOUNT.contains(&self.kind);
        (self.kind, if any { 0 } else { self.amount })
    }
}

/// The accounts of a table.
pub(super) fn journeys(table: &Table) -> Result<Vec<Journey>, EvaluationError> {
    let mut accounts: BTreeMap<i64, Vec<Event>> = BTreeMap::new();
    let columns = Columns::find(table)?;
    for row in 0..table.len() {
        let (account, event) = columns.event(table, row)?;
        accounts.entry(account).or_default().push(event);
    }
    let journeys = accounts.into_iter().map(|(account, mut events)| {
        events.sort_by_key(|event| event.number);
        Journey {
            name: account.to_string(),
            inputs: inputs(&events),
            next: (1..=events.len())
                .map(|next| events.get(next).map(|event| event.kind))
                .collect(),
        }
    });
    Ok(journeys.collect())
}

struct Columns {
    account: usize,
    date: usize,
    kind: usize,
    operation: usize,
    amount: usize,
    balance: usize,
    used_for: usize,
}

impl Columns {
    fn find(table: &Table) -> Result<Self, EncodingError> {
        let column = |name: &str| {
            table.column(name).ok_or_else(|| EncodingError::NoColumn {
                file: table.file().to_owned(),
                column: name.to_owned(),
            })
        };
        Ok(Self {
            account: column("account_id")?,
            date: column("date")?,
            kind: column("type")?,
            operation: column("operation")?,
            amount: column("amount")?,
            balance: column("balance")?,
            used_for: column("k_symbol")?,
        })
    }

    fn event(&self, table: &Table, row: usize) -> Result<(i64, Event), EvaluationError> {
        let wrong = |column: &'static str, found: &str, expected| EvaluationError::Cell {
            file: table.file().to_owned(),
            line: table.line(row),
            column,
            found: found.to_owned(),
            expected,
        };
        let cell = |column| table.cell(row, column);
        let account = cell(self.account);
        let account = account
            .parse()
            .map_err(|_| wrong("account_id", account, "the number of an account"))?;
        let date = cell(self.date);
        let day = date_of(date).ok_or_else(|| wrong("date", date, "a date as YYMMDD"))?;
        // An old code of the bank's.
        let kind = match cell(self.kind) {
            "VYBER" => "VYDAJ",
            kind => kind,
        };
        let category = format!("{kind}/{}/{}", cell(self.operation), cell(self.used_for));
        let kind = CATEGORIES
            .iter()
            .position(|known| *known == category)
            .ok_or_else(|| {
                let expected =
                    "one of the 13 kinds of transaction of the task, as type/operation/k_symbol";
                wrong("type", &category, expected)
            })?;
        let money = |column, name| {
            hundredths(cell(column)).ok_or_else(|| wrong(name, cell(column), "an amount of money"))
        };
        let event = Event {
            day,
            number: day.number(),
            kind,
            amount: money(self.amount, "amount")?,
            balance: money(self.balance, "balance")?,
        };
        Ok((account, event))
    }
}

fn date_of(text: &str) -> Option<Day> {
    let number: i64 = (text.len() == 6).then(|| text.parse().ok()).flatten()?;
    Day::new(1900 + number / 10_000, number / 100 % 100, number % 100)
}

fn hundredths(text: &str) -> Option<i64> {
    let money: f64 = text.parse().ok()?;
    #[expect(
        clippy::cast_possible_truncation,
        reason = "checked to be far within 64 bits"
    )]
    let whole = (money.abs() < 1e12).then(|| (money * 100.0).round() as i64);
    whole
}

/// The numbers that the network reads after each row of an account.
fn inputs(events: &[Event]) -> Vec<Vec<f32>> {
    let mut memory = Memory::default();
    (0..events.len())
        .filter_map(|i| {
            let (before, event) = (i.checked_sub(1).and_then(|i| events.get(i)), events.get(i)?);
            memory.take(before, event);
            let recent = events.get((i + 1).saturating_sub(RECENT_ROWS)..=i)?;
            let numbers = memory.numbers(before, event, recent, i);
            #[expect(clippy::cast_possible_truncation, reason = "the network has 32 bits")]
            let narrow = |number: f64| number as f32;
            Some(numbers.into_iter().map(narrow).collect())
        })
        .collect()
}

/// What is kept of an account's rows so far.
#[derive(Default)]
struct Memory {
    last: [Option<Day>; KINDS],
    counts: [f64; KINDS],
    repeats: BTreeMap<(usize, i64), u32>,
    /// What last came after each kind.
    followed: [Option<usize>; KINDS],
}

impl Memory {
    fn take(&mut self, before: Option<&Event>, event: &Event) {
        if let Some(slot) = before.and_then(|before| self.followed.get_mut(before.kind)) {
            *slot = Some(event.kind);
        }
        if let Some(last) = self.last.get_mut(event.kind) {
            *last = Some(event.day);
        }
        add(&mut self.counts, event.kind, 1.0);
        *self.repeats.entry(event.stream()).or_default() += 1;
    }

    fn again(&self, event: &Event) -> bool {
        self.repeats
            .get(&event.stream())
            .is_some_and(|times| *times >= 2)
    }

    fn numbers(
        &self,
        before: Option<&Event>,
        event: &Event,
        recent: &[Event],
        i: usize,
    ) -> Vec<f64> {
        let now = event.number;
        let (mut this, mut follower) = ([0.0; KINDS], [0.0; KINDS]);
        add(&mut this, event.kind, 1.0);
        if let Some(next) = self.followed.get(event.kind).copied().flatten() {
            add(&mut follower, next, 1.0);
        }
        let since = self
            .last
            .map(|day| day.map_or(3.0, |day| real((now - day.number()).min(90)) / 30.0));
        let due_last = self.last.map(|day| {
            day.map_or(NOT_DUE, |day| {
                real((day.a_month_later().number() - now).clamp(-15, 35)) / 10.0
            })
        });
        let look = self.look_back(event, recent);
        let mut lately = [0.0; KINDS];
        for event in recent.iter().rev().take(10) {
            add(&mut lately, event.kind, 0.1);
        }
        let seen = real(i64::try_from(i).unwrap_or(i64::MAX));
        let more = self.more(before, event, look.today, seen);
        [
            this,
            follower,
            since,
            due_last,
            look.due,
            look.due_known,
            look.near,
            look.in_month.map(|count| count.min(5.0) / 2.0),
            lately,
            self.counts.map(|count| count / (seen + 1.0)),
        ]
        .into_iter()
        .flatten()
        .chain(more)
        .collect()
    }

    fn look_back(&self, event: &Event, recent: &[Event]) -> LookBack {
        let now = event.number;
        let begin = now - event.day.day + 1;
        let mut look = LookBack {
            due: [NOT_DUE; KINDS],
            due_known: [NOT_DUE; KINDS],
            near: [0.0; KINDS],
            in_month: [0.0; KINDS],
            today: 0.0,
        };
        for then in recent.iter().rev() {
            if then.number < now - RECENT_DAYS {
                break;
            }
            if then.number >= begin {
                add(&mut look.in_month, then.kind, 1.0);
            }
            if then.number == now {
                look.today += 1.0;
            }
            let wait = then.day.a_month_later().number() - now;
            let came_again =
                |later: &Event| later.stream() == then.stream() && later.number >= then.number + 20;
            if wait < -5 || recent.iter().any(came_again) {
                continue;
            }
            least(&mut look.due, then.kind, real(wait) / 10.0);
            if self.again(then) {
                least(&mut look.due_known, then.kind, real(wait) / 10.0);
                if wait <= 3 {
                    add(&mut look.near, then.kind, 1.0);
                }
            }
        }
        look
    }

    fn more(&self, before: Option<&Event>, event: &Event, today: f64, seen: f64) -> [f64; 14] {
        let day = event.day;
        let (before_number, before_balance) =
            before.map_or((event.number, 0), |before| (before.number, before.balance));
        let moved = if event.kind < CREDITS {
            event.amount
        } else {
            -event.amount
        };
        // The balance knows of bookings of the same day that the table lists later.
        let ahead = event.balance - before_balance - moved;
        let size = |money: i64| libm::log1p(real(money.abs()) / 100.0);
        [
            libm::log1p(real(event.amount.max(0)) / 100.0) / 10.0,
            real((event.number - before_number).min(60)) / 15.0,
            real(day.day) / 15.0 - 1.0,
            real(day.length() - day.day) / 15.0,
            truth(day.day == day.length()),
            truth(ahead > 0),
            truth(ahead < 0),
            size(ahead) / 5.0,
            real(event.balance.signum()) * size(event.balance) / 10.0,
            today.min(5.0) / 2.0,
            libm::log1p(seen) / 3.0,
            real(day.month) / 12.0,
            real(event.number % 7) / 7.0,
            truth(self.again(event)),
        ]
    }
}

/// What the last weeks say of what is due: a month after each row whose like has not come since.
struct LookBack {
    /// Tens of days until the next of each kind is due.
    due: [f64; KINDS],
    /// The same of those that came for the same amount before.
    due_known: [f64; KINDS],
    /// How many of these are due within three days.
    near: [f64; KINDS],
    in_month: [f64; KINDS],
    today: f64,
}

fn add(numbers: &mut [f64; KINDS], kind: usize, more: f64) {
    if let Some(number) = numbers.get_mut(kind) {
        *number += more;
    }
}

fn least(numbers: &mut [f64; KINDS], kind: usize, other: f64) {
    if let Some(number) = numbers.get_mut(kind) {
        *number = number.min(other);
    }
}

fn truth(holds: bool) -> f64 {
    f64::from(u8::from(holds))
}

#[expect(
    clippy::cast_precision_loss,
    reason = "days and money are far below 2^52"
)]
fn real(number: i64) -> f64 {
    number as f64
}
