//! Sequences: which transaction comes next, told by a network that goes along with a customer.
//!
//! The cells advance by one transaction at a time; what they remember stays in the
//! [`Ledger`](crate::variables::Ledger) that the transactions are in, so a new one costs one step. They begin
//! anew with every 25th transaction and then read the 25 before it first: so they have read 25 to 49, or all
//! there are, and what they remember depends on the rows alone, whichever way they were read.

use rkyv::{Archive, Serialize};

use super::{Recurrent, Row, State, Step};
use crate::{
    bundle::ArchivedBody,
    consent::Lens,
    limits::ANEW,
    variables::{Feature, Ledger, Past, Row as Event},
};

/// A network over the transactions of a profile.
#[derive(Archive, Serialize, Debug, Default)]
pub struct Sequence {
    /// Its name in policies.
    pub id: String,
    /// What it reads of each.
    pub features: Vec<Feature>,
    /// Position of the purpose that it needs.
    pub purpose: u8,
    /// The cells.
    pub cells: Recurrent,
    /// From what they remember to the scores.
    pub steps: Vec<Step>,
    /// The scores, in the order of the last row.
    pub outputs: Vec<Output>,
}

/// A score that has a name of its own.
#[derive(Archive, Serialize, Debug, Default)]
pub struct Output {
    /// Its name in policies.
    pub id: String,
    /// What it tells, in each locale.
    pub title: Vec<String>,
}

/// What the networks of a bundle remember of a ledger's rows. It follows from the rows, so ledgers that
/// differ in nothing else are equal.
#[derive(Clone, Debug, Default)]
pub(crate) struct Memory {
    bundle: [u8; 32],
    readers: Vec<Reader>,
}

/// How far one of them is.
#[derive(Clone, Debug, Default)]
struct Reader {
    /// How many rows it has looked at.
    rows: usize,
    /// How many transactions there are among them.
    count: usize,
    past: Past,
    state: State,
}

impl Memory {
    /// Forgets everything when a row changes that was read.
    pub fn change(&mut self, row: usize) {
        if self.readers.iter().any(|reader| row < reader.rows) {
            self.readers.clear();
        }
    }
}

impl PartialEq for Memory {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Memory {}

/// The scores of all sequences of the bundle of that hash: NaN without consent or without a transaction.
pub(crate) fn scores(
    body: &ArchivedBody,
    bundle: [u8; 32],
    lens: Lens,
    ledger: &mut Ledger,
    row: &mut Row,
    scores: &mut Vec<f64>,
) {
    let (events, memory) = ledger.history();
    if memory.bundle != bundle {
        *memory = Memory {
            bundle,
            ..Memory::default()
        };
    }
    memory
        .readers
        .resize_with(body.sequences.len(), Reader::default);
    for (sequence, reader) in body.sequences.iter().zip(&mut memory.readers) {
        row.made.clear();
        if lens.grants(sequence.purpose) {
            sequence.go_on(events, reader, row);
        }
        let made = row.made.iter().copied().chain(core::iter::repeat(f64::NAN));
        scores.extend(made.take(sequence.outputs.len()));
    }
}

impl ArchivedSequence {
    /// Reads the rows that are new, and makes the scores.
    fn go_on(&self, events: &[Event], reader: &mut Reader, row: &mut Row) {
        let count = |events: &[Event]| events.iter().filter(|e| e.is_transaction()).count();
        let mut new = events.get(reader.rows..).unwrap_or_default();
        let known = reader.count + count(new);
        if events.len() < reader.rows || begin(known) != begin(reader.count) {
            *reader = Reader::default();
            let known = count(events);
            let transactions = (0..)
                .zip(events)
                .filter(|(_, event)| event.is_transaction());
            let first = transactions.map(|(at, _)| at).nth(begin(known));
            new = events.get(first.unwrap_or(0)..).unwrap_or_default();
            reader.count = begin(known);
        }
        for event in new.iter().filter(|event| event.is_transaction()) {
            reader.past.read(&self.features, event, &mut row.narrow);
            self.cells.advance(&row.narrow, &mut reader.state);
            reader.count += 1;
        }
        reader.rows = events.len();
        if reader.count > 0 {
            let remembered = reader.state.hidden().iter();
            row.made.extend(remembered.map(|x| f64::from(*x)));
            self.steps.iter().for_each(|step| step.then(row));
        }
    }
}

/// The first transaction that is read when there are so many.
fn begin(count: usize) -> usize {
    (count / ANEW).saturating_sub(1) * ANEW
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rkyv::rancor::Error;

    use super::*;
    use crate::{
        Profile, Timestamp,
        bundle::Body,
        models::{Dense, Link, Matrix},
        profile::{Category, Direction, Event, EventKind, Operation},
        variables::Stream,
    };

    const FEATURES: [Feature; 8] = [
        Feature::Amount,
        Feature::Balance,
        Feature::Wait,
        Feature::DayOfMonth,
        Feature::DaysLeft,
        Feature::In(Stream::Household),
        Feature::Since(Stream::Cash),
        Feature::Due(Stream::Household),
    ];
    const HIDDEN: usize = 5;

    /// A bundle of one network with made-up weights.
    fn body() -> Vec<u8> {
        let matrix = |inputs: usize, outputs: usize, size: f32| {
            let weight = |i: usize| size * (i as f32 * 0.7).sin();
            let rows: Vec<Vec<f32>> = (0..outputs)
                .map(|o| (0..inputs).map(|i| weight(o * inputs + i)).collect())
                .collect();
            let rows: Vec<&[f32]> = rows.iter().map(Vec::as_slice).collect();
            Matrix::new(inputs, &rows, &vec![0.1; outputs])
        };
        let sequence = Sequence {
            features: FEATURES.to_vec(),
            cells: Recurrent {
                hidden: u16::try_from(HIDDEN).unwrap(),
                of_input: matrix(FEATURES.len(), 4 * HIDDEN, 0.1),
                of_state: matrix(HIDDEN, 4 * HIDDEN, 0.9),
                ..Recurrent::default()
            },
            steps: vec![
                Step::Dense(Dense {
                    matrix: matrix(HIDDEN, 3, 2.0),
                    ..Dense::default()
                }),
                Step::Link(Link::Softmax),
            ],
            outputs: (0..3).map(|_| Output::default()).collect(),
            ..Sequence::default()
        };
        let body = Body {
            sequences: vec![sequence],
            ..Body::default()
        };
        rkyv::to_bytes::<Error>(&body).unwrap().to_vec()
    }

    fn bits(body: &ArchivedBody, ledger: &mut Ledger) -> Vec<u64> {
        let mut found = Vec::new();
        let lens = ledger.lens();
        scores(body, [7; 32], lens, ledger, &mut Row::default(), &mut found);
        found.iter().map(|score| score.to_bits()).collect()
    }

    fn events() -> impl Strategy<Value = Vec<Event>> {
        let operations = [
            None,
            Some(Operation::CashWithdrawal),
            Some(Operation::TransferOut),
        ];
        let event = (
            0i64..400 * 24,
            0u32..9_000,
            prop::sample::select(operations.to_vec()),
            prop::bool::ANY,
            prop::bool::weighted(0.8),
        );
        let event = event.prop_map(|(hour, cents, operation, household, is_money)| Event {
            at: Timestamp::from_seconds(hour * 3_600),
            kind: if is_money {
                EventKind::Transaction
            } else {
                EventKind::Login
            },
            direction: is_money.then_some(Direction::Debit),
            operation: operation.filter(|_| is_money),
            category: (household && is_money).then_some(Category::Household),
            amount: is_money.then(|| f64::from(cents) / 10.0),
            balance: is_money.then(|| 5_000.0 - f64::from(cents)),
            counterparty: None,
            mcc: None,
            action: None,
            channel: None,
            id: None,
        });
        prop::collection::vec(event, 0..130)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        /// Events come in any order, late ones too; the clock goes on and back; some are asked about and some
        /// not: what a ledger kept up says has the bits of one made from the whole profile.
        #[test]
        fn kept_up_or_made_anew_the_bits_are_the_same(
            events in events(),
            asked in prop::collection::vec(prop::bool::weighted(0.4), 130),
            clocks in prop::collection::vec(0i64..420, 130),
            in_order in prop::bool::ANY,
        ) {
            let bytes = body();
            let body = rkyv::access::<ArchivedBody, Error>(&bytes).unwrap();
            let mut events = events;
            if in_order {
                events.sort_by_key(|event| event.at);
            }
            let mut profile = Profile::default();
            let at = |day: i64| Lens::for_training(Timestamp::from_seconds(day * 86_400));
            let mut kept = Ledger::new(&at(0).view(&profile));
            for ((event, asked), day) in events.into_iter().zip(asked).zip(clocks) {
                let day = if in_order { event.at.day() + 1 } else { day };
                prop_assert!(kept.at(at(day)));
                kept.take_in(&event);
                profile.events.push(event);
                if asked {
                    let mut anew = Ledger::new(&at(day).view(&profile));
                    prop_assert_eq!(bits(body, &mut kept), bits(body, &mut anew));
                    prop_assert_eq!(&kept, &anew);
                }
            }
        }
    }

    #[test]
    fn it_reads_the_newest_25_to_49_transactions() {
        for (count, first) in [
            (0, 0),
            (1, 0),
            (24, 0),
            (49, 0),
            (50, 25),
            (74, 25),
            (75, 50),
        ] {
            assert_eq!(begin(count), first, "{count}");
        }
    }

    #[test]
    fn without_transactions_consent_or_a_fitting_layer_there_is_no_score() {
        let bytes = body();
        let archived = rkyv::access::<ArchivedBody, Error>(&bytes).unwrap();
        let mut nobody =
            Ledger::new(&Lens::for_training(Timestamp::from_seconds(0)).view(&Profile::default()));
        let missing = vec![f64::NAN.to_bits(); 3];
        assert_eq!(bits(archived, &mut nobody), missing);

        let json = br#"{"schema_version": 1, "events": [{"at": "1970-01-01", "kind": "transaction", "amount": 1.0}]}"#;
        let profile = Profile::from_json(json).unwrap();
        let at = Timestamp::from_seconds(86_400);
        let mut known = Ledger::new(&Lens::for_training(at).view(&profile));
        assert!(
            bits(archived, &mut known)
                .iter()
                .all(|bits| *bits != missing[0])
        );
        let unseen = Lens::new(&profile, &archived.purposes, at);
        let mut found = Vec::new();
        scores(
            archived,
            [7; 32],
            unseen,
            &mut known,
            &mut Row::default(),
            &mut found,
        );
        assert!(found.iter().all(|score| score.is_nan()));

        // More scores than the network makes, and cells that are not there.
        let lying = Body {
            sequences: vec![Sequence {
                features: FEATURES.to_vec(),
                cells: Recurrent {
                    hidden: u16::MAX,
                    ..Recurrent::default()
                },
                steps: vec![Step::Link(Link::Softmax)],
                outputs: (0..3).map(|_| Output::default()).collect(),
                ..Sequence::default()
            }],
            ..Body::default()
        };
        let bytes = rkyv::to_bytes::<Error>(&lying).unwrap();
        let lying = rkyv::access::<ArchivedBody, Error>(&bytes).unwrap();
        let mut again = Ledger::new(&Lens::for_training(at).view(&profile));
        assert_eq!(bits(lying, &mut again).len(), 3);
    }
}
