//! The log of work items as journeys: BPI Challenge 2012, completed items.
//!
//! Cases stand in the order of the file. Predictions begin after the second item of a case; the end of a case
//! counts as an item. `training/proofs/journeys.py` makes the same numbers.

use std::collections::BTreeMap;

use super::{EvaluationError, dates::Day, recurrent::Journey};
use crate::encoding::{EncodingError, Table};

/// Items by their number in the log, and the end of a case.
pub(super) const NAMES: [&str; 7] = ["1", "2", "3", "4", "5", "6", "end"];
const KINDS: usize = 6;
const DAY: i64 = 86_400;
/// Seconds at which a wait begins to mean something else.
const WAITS: [i64; 15] = [
    5, 20, 60, 180, 600, 1_800, 3_600, 7_200, 14_400, 43_200, 86_400, 172_800, 345_600, 604_800,
    1_209_600,
];
/// Stands for the wait since what has not been yet.
const NEVER: i64 = 10_000_000;

#[derive(Clone, Copy)]
struct Item {
    kind: usize,
    /// Seconds since the day 0 of the calendar.
    at: i64,
}

/// The cases of a table.
pub(super) fn journeys(table: &Table) -> Result<Vec<Journey>, EvaluationError> {
    let column = |name: &str| {
        table.column(name).ok_or_else(|| EncodingError::NoColumn {
            file: table.file().to_owned(),
            column: name.to_owned(),
        })
    };
    let (case, kind, time) = (
        column("CaseID")?,
        column("ActivityID")?,
        column("CompleteTimestamp")?,
    );
    let mut cases: Vec<(String, Vec<Item>)> = Vec::new();
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    for row in 0..table.len() {
        let wrong = |column: &'static str, found: &str, expected| EvaluationError::Cell {
            file: table.file().to_owned(),
            line: table.line(row),
            column,
            found: found.to_owned(),
            expected,
        };
        let (name, item, at) = (
            table.cell(row, case),
            table.cell(row, kind),
            table.cell(row, time),
        );
        let known = item
            .parse::<usize>()
            .ok()
            .filter(|kind| (1..=KINDS).contains(kind));
        let item = Item {
            kind: known.ok_or_else(|| wrong("ActivityID", item, "an activity from 1 to 6"))? - 1,
            at: seconds(at)
                .ok_or_else(|| wrong("CompleteTimestamp", at, "a time as 2011-10-01 19:45:13"))?,
        };
        let place = *places.entry(name.to_owned()).or_insert_with(|| {
            cases.push((name.to_owned(), Vec::new()));
            cases.len() - 1
        });
        if let Some((_, items)) = cases.get_mut(place) {
            items.push(item);
        }
    }
    let journeys = cases.into_iter().map(|(name, items)| Journey {
        name,
        inputs: inputs(&items),
        next: (1..=items.len())
            .map(|next| (next > 1).then(|| items.get(next).map_or(KINDS, |item| item.kind)))
            .collect(),
    });
    Ok(journeys.collect())
}

fn seconds(text: &str) -> Option<i64> {
    let (date, time) = text.split_once([' ', 'T'])?;
    let mut date = date.splitn(3, '-').map(|part| part.parse::<i64>().ok());
    let day = Day::new(date.next()??, date.next()??, date.next()??)?;
    let mut time = time.splitn(3, ':').map(|part| part.parse::<i64>().ok());
    let (hour, minute, second) = (time.next()??, time.next()??, time.next()??);
    let exists = (0..24).contains(&hour) && (0..60).contains(&minute) && (0..60).contains(&second);
    exists.then(|| day.number() * DAY + hour * 3_600 + minute * 60 + second)
}

/// The numbers that the network reads after each item of a case.
fn inputs(items: &[Item]) -> Vec<Vec<f32>> {
    let start = items.first().map_or(0, |item| item.at);
    let mut counts = [0.0f64; KINDS];
    let mut last = [None; KINDS];
    let (mut run, mut today) = (0.0, 0.0);
    let mut before: Option<Item> = None;
    let mut made = Vec::with_capacity(items.len());
    for (item, place) in items.iter().zip(0u32..) {
        let Item { kind, at } = *item;
        run = if before.is_some_and(|before| before.kind == kind) {
            run + 1.0
        } else {
            1.0
        };
        let same_day = before.is_some_and(|before| before.at.div_euclid(DAY) == at.div_euclid(DAY));
        today = if same_day { today + 1.0 } else { 1.0 };
        if let (Some(count), Some(last)) = (counts.get_mut(kind), last.get_mut(kind)) {
            *count += 1.0;
            *last = Some(at);
        }
        let second = at.rem_euclid(DAY);
        let one_of = |which: i64, of: i64| (0..of).map(move |i| truth(i == which));
        let place_of = |kind: usize| i64::try_from(kind).unwrap_or(-1);
        let wait_since = last.map(|last| last.map_or(NEVER, |last| at - last));
        let waits: Vec<i64> = [at - before.map_or(at, |before| before.at), at - start]
            .into_iter()
            .chain(wait_since)
            .collect();
        let mut numbers: Vec<f64> = one_of(place_of(kind), 6).collect();
        numbers.extend(one_of(before.map_or(6, |before| place_of(before.kind)), 7));
        numbers.extend(one_of(at.div_euclid(DAY).rem_euclid(7), 7));
        numbers.extend(one_of(second / 1_800, 48));
        numbers.extend(counts.map(libm::log1p));
        numbers.extend(counts.map(|count| count.min(6.0) / 3.0));
        numbers.extend(counts.map(|count| truth(count == 1.0)));
        numbers.extend(counts.map(|count| truth(count == 2.0)));
        numbers.extend(
            waits
                .iter()
                .map(|wait| libm::log1p(real((*wait).max(0))) / 10.0),
        );
        for wait in &waits {
            numbers.extend(WAITS.map(|least| truth(*wait >= least)));
        }
        numbers.extend([
            real(second) / 43_200.0 - 1.0,
            libm::log1p(f64::from(place)),
            libm::log1p(run),
            f64::min(today, 12.0) / 4.0,
        ]);
        #[expect(clippy::cast_possible_truncation, reason = "the network has 32 bits")]
        made.push(numbers.into_iter().map(|number| number as f32).collect());
        before = Some(*item);
    }
    made
}

fn truth(holds: bool) -> f64 {
    f64::from(u8::from(holds))
}

#[expect(clippy::cast_precision_loss, reason = "seconds are far below 2^52")]
fn real(number: i64) -> f64 {
    number as f64
}
