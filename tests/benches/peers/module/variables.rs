//! A made-up customer with 400 transactions over a year, and what a host does with them.

use engine::{
    Profile, Timestamp,
    bundle::Unit,
    consent::Lens,
    variables::{Ledger, Measure, Reading, registry},
};

const DAY: i64 = 86_400;
/// 2026-01-01T12:00:00Z.
const START: i64 = 1_767_268_800;
const TRANSACTIONS: usize = 400;

/// The customer, the variables in a fixed shuffle, and a ledger that is kept up.
pub struct Work {
    profile: Profile,
    at: Timestamp,
    variables: Vec<(Measure, Unit)>,
    kept: Ledger,
    next: usize,
    values: Vec<f64>,
}

impl Default for Work {
    fn default() -> Self {
        let profile = Profile {
            schema_version: 1,
            events: (0..TRANSACTIONS).map(event).collect(),
            ..Profile::default()
        };
        let profile = profile.checked().expect("it is a profile");
        let at = Timestamp::from_seconds(START + 365 * DAY);
        let kept = Ledger::new(&Lens::for_training(at).view(&profile));
        let mut variables: Vec<_> = registry()
            .iter()
            .map(|entry| (entry.measure, entry.unit))
            .collect();
        // A fixed shuffle, so that the first 40 or 512 are of all sorts.
        let mut state = 1_u32;
        for i in (1..variables.len()).rev() {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            variables.swap(i, (state >> 8) as usize % (i + 1));
        }
        Self {
            profile,
            at,
            variables,
            kept,
            next: TRANSACTIONS,
            values: Vec::new(),
        }
    }
}

impl Work {
    /// One event comes in, and the clock is there; a year of them takes as long as a year of transactions.
    pub fn take_in(&mut self) {
        let event = event(self.next);
        self.next += 1;
        let moved = self.kept.at(Lens::for_training(event.at));
        assert!(moved);
        self.kept.take_in(&event);
    }

    /// The made-up events cost time too: this is how much.
    pub fn make_event(&mut self) {
        let event = event(self.next);
        std::hint::black_box(&event);
    }

    /// Forgets what came in.
    pub fn restart(&mut self) {
        self.kept = Ledger::new(&Lens::for_training(self.at).view(&self.profile));
        self.next = TRANSACTIONS;
    }

    /// Makes the ledger of all transactions.
    pub fn build(&mut self) -> usize {
        Ledger::new(&Lens::for_training(self.at).view(&self.profile)).events()
    }

    /// Reads that many variables off a ledger that is there.
    pub fn read(&mut self, count: usize) -> f64 {
        let view = Lens::for_training(self.kept.clock()).view(&self.profile);
        let reading = Reading::new(&view, &self.kept);
        self.values.clear();
        self.values.extend(
            self.variables
                .iter()
                .take(count)
                .map(|(measure, unit)| reading.value(*measure, *unit)),
        );
        self.values.last().copied().unwrap_or_default()
    }

    /// Makes the ledger and reads that many variables.
    pub fn rebuild(&mut self, count: usize) -> f64 {
        let view = Lens::for_training(self.at).view(&self.profile);
        let ledger = Ledger::new(&view);
        let reading = Reading::new(&view, &ledger);
        self.values.clear();
        self.values.extend(
            self.variables
                .iter()
                .take(count)
                .map(|(measure, unit)| reading.value(*measure, *unit)),
        );
        self.values.last().copied().unwrap_or_default()
    }

    /// A number that other bits of any variable would hardly give (FNV-1a).
    pub fn bits(&mut self) -> u64 {
        self.rebuild(usize::MAX);
        self.values
            .iter()
            .fold(0xcbf2_9ce4_8422_2325, |hash, value| {
                let bits = if value.is_nan() { 1 } else { value.to_bits() };
                (hash ^ bits).wrapping_mul(0x0100_0000_01b3)
            })
    }

    /// How many variables there are, and how many of them the customer has.
    pub fn known(&mut self) -> (usize, usize) {
        self.rebuild(usize::MAX);
        (
            self.values.len(),
            self.values.iter().filter(|value| !value.is_nan()).count(),
        )
    }
}

/// Salary on the 15th event or so of each month, rent, cash, purchases: about 33 events in 30 days.
fn event(number: usize) -> engine::profile::Event {
    use engine::profile::{Category, Direction, Event, EventKind, Operation};
    let debit = Some(Direction::Debit);
    let n = i64::try_from(number).unwrap_or_default();
    let mut event = Event {
        at: Timestamp::from_seconds(START + n * 365 * DAY / 400),
        kind: EventKind::Transaction,
        direction: debit,
        operation: None,
        category: None,
        amount: Some(((n * 7_919) % 90_000) as f64 / 100.0),
        balance: Some(((n * 104_729) % 5_000_000 - 300_000) as f64 / 100.0),
        counterparty: None,
        mcc: None,
        action: None,
        channel: None,
        id: Some(number.to_string()),
    };
    match number % 33 {
        0 => {
            event.direction = Some(Direction::Credit);
            event.operation = Some(Operation::TransferIn);
            event.amount = Some(42_000.0);
            event.counterparty = Some("works".to_owned());
        }
        3 => {
            event.operation = Some(Operation::TransferOut);
            event.category = Some(Category::Household);
            event.amount = Some(12_500.0);
            event.counterparty = Some("landlord".to_owned());
        }
        7 | 21 => event.operation = Some(Operation::CardWithdrawal),
        11 => event.category = Some(Category::StatementFee),
        other => {
            event.mcc = [5411, 5812, 5541, 4111, 5651, 7011, 4900, 5732]
                .get(other % 8)
                .copied()
        }
    }
    event
}
