//! One pass over the events: counts, sums and extremes by stream and window.

use rkyv::{Archive, Portable, Serialize, bytecheck::CheckBytes};

use crate::{
    Timestamp,
    profile::{Category, Direction, Event, EventKind, Operation},
};

macro_rules! streams {
    ($($name:ident = $text:literal, $class:ident, $what:literal, $test:expr;)*) => {
        /// A kind of events that belong together. One event can be in several.
        #[derive(Archive, Serialize, Portable, CheckBytes, Clone, Copy, Debug, PartialEq, Eq)]
        #[bytecheck(crate = rkyv::bytecheck)]
        #[rkyv(as = Self)]
        #[repr(u8)]
        pub enum Stream { $(#[doc = $what] $name,)* }

        impl Stream {
            /// All streams, in the order of their discriminants.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// Its part of a variable's name.
            pub fn name(self) -> &'static str { match self { $(Self::$name => $text,)* } }

            /// What is in it, in the plural.
            pub fn what(self) -> &'static str { match self { $(Self::$name => $what,)* } }

            /// How sensitive its events are.
            pub fn class(self) -> crate::profile::DataClass {
                match self { $(Self::$name => crate::profile::DataClass::$class,)* }
            }

            /// An event of another class is never in it, whatever its fields say: consent follows the class.
            fn has(self, event: &Event) -> bool {
                event.class() == self.class() && match self { $(Self::$name => { let test: fn(&Event) -> bool = $test; test(event) })* }
            }
        }
    };
}

streams! {
    Credit = "credit", Transaction, "money received", |e| e.direction == Some(Direction::Credit);
    Debit = "debit", Transaction, "money paid", |e| e.direction == Some(Direction::Debit);
    CashDeposit = "cash_deposit", Transaction, "cash paid in", |e| e.operation == Some(Operation::CashDeposit);
    CashWithdrawal = "cash_withdrawal", Transaction, "cash taken at the counter", |e| e.operation == Some(Operation::CashWithdrawal);
    CardWithdrawal = "card_withdrawal", Transaction, "cash taken with a card", |e| e.operation == Some(Operation::CardWithdrawal);
    TransferIn = "transfer_in", Transaction, "transfers from other banks", |e| e.operation == Some(Operation::TransferIn);
    TransferOut = "transfer_out", Transaction, "transfers to other banks", |e| e.operation == Some(Operation::TransferOut);
    Interest = "interest", Transaction, "interest received", |e| e.category == Some(Category::Interest);
    PenaltyInterest = "penalty_interest", Transaction, "interest charged for an overdrawn account", |e| e.category == Some(Category::PenaltyInterest);
    StatementFee = "statement_fee", Transaction, "statement fees", |e| e.category == Some(Category::StatementFee);
    Household = "household", Transaction, "household payments", |e| e.category == Some(Category::Household);
    Pension = "pension", Transaction, "old-age pensions received", |e| e.category == Some(Category::Pension);
    InsurancePayment = "insurance_payment", Transaction, "insurance premiums", |e| e.category == Some(Category::Insurance);
    LoanPayment = "loan_payment", Transaction, "loan payments", |e| e.category == Some(Category::LoanPayment);
    Leasing = "leasing", Transaction, "leasing payments", |e| e.category == Some(Category::Leasing);
    Login = "login", Device, "logins", |e| e.kind == EventKind::Login;
    Visit = "visit", Behavioural, "page visits", |e| e.kind == EventKind::Visit;
    Impression = "impression", Behavioural, "offers seen", |e| e.kind == EventKind::Impression;
    Click = "click", Behavioural, "offers followed", |e| e.kind == EventKind::Click;
    Dismissal = "dismissal", Behavioural, "offers waved away", |e| e.kind == EventKind::Dismissal;
}

/// How far back from the decision's clock.
#[derive(Archive, Serialize, Portable, CheckBytes, Clone, Copy, Debug, PartialEq, Eq)]
#[bytecheck(crate = rkyv::bytecheck)]
#[rkyv(as = Self)]
#[repr(u8)]
pub enum Window {
    /// 7 days.
    D7,
    /// 30 days.
    D30,
    /// 60 days.
    D60,
    /// 90 days.
    D90,
    /// 180 days.
    D180,
    /// 365 days.
    D365,
}

impl Window {
    /// All windows, shortest first.
    pub const ALL: &[Self] = &[
        Self::D7,
        Self::D30,
        Self::D60,
        Self::D90,
        Self::D180,
        Self::D365,
    ];

    /// Its length.
    pub fn days(self) -> u16 {
        match self {
            Self::D7 => 7,
            Self::D30 => 30,
            Self::D60 => 60,
            Self::D90 => 90,
            Self::D180 => 180,
            Self::D365 => 365,
        }
    }
}

const STREAMS: usize = Stream::ALL.len();
const WINDOWS: usize = Window::ALL.len();

/// Totals of one stream in one window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Total {
    /// How many events.
    pub count: u32,
    /// Their amounts, in hundredths of the currency unit.
    pub cents: i64,
    /// The largest amount, in hundredths.
    pub largest: i64,
}

/// Balances seen in one window, in hundredths.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Balances {
    /// How many.
    pub count: u32,
    /// Their sum.
    pub cents: i128,
    /// The sum of their squares.
    pub squares: i128,
    /// The lowest.
    pub least: i64,
    /// The highest.
    pub most: i64,
}

/// What one pass over a customer's events leaves behind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ledger {
    totals: [[Total; WINDOWS]; STREAMS],
    balances: [Balances; WINDOWS],
    last: [Option<i64>; STREAMS],
    first_transaction: Option<i64>,
    last_balance: Option<(Timestamp, i64)>,
}

impl Ledger {
    /// Takes in the events up to `at`. A window of *n* days holds the events of the day of `at` and of
    /// the *n* − 1 days before it.
    pub fn new<'e>(events: impl Iterator<Item = &'e Event>, at: Timestamp) -> Self {
        let mut ledger = Self::default();
        for event in events.filter(|event| event.at <= at) {
            ledger.take_in(event, at.day() - event.at.day());
        }
        ledger
    }

    /// Totals of a stream in a window.
    pub fn total(&self, stream: Stream, window: Window) -> Total {
        let row = self.totals.get(usize::from(stream as u8));
        row.and_then(|row| row.get(usize::from(window as u8)))
            .copied()
            .unwrap_or_default()
    }

    /// Balances in a window.
    pub fn balances(&self, window: Window) -> Balances {
        self.balances
            .get(usize::from(window as u8))
            .copied()
            .unwrap_or_default()
    }

    /// Days from the newest event of a stream to the clock.
    pub fn days_since(&self, stream: Stream) -> Option<i64> {
        self.last.get(usize::from(stream as u8)).copied().flatten()
    }

    /// Days from the oldest transaction to the clock.
    pub fn days_known(&self) -> Option<i64> {
        self.first_transaction
    }

    /// The newest balance, in hundredths.
    pub fn balance(&self) -> Option<i64> {
        self.last_balance.map(|(_, cents)| cents)
    }

    fn take_in(&mut self, event: &Event, age: i64) {
        let cents = event.amount.map_or(0, to_cents);
        let is_in = |window: &Window| age < i64::from(window.days());
        for stream in Stream::ALL.iter().filter(|stream| stream.has(event)) {
            let at = usize::from(*stream as u8);
            if let Some(last) = self.last.get_mut(at) {
                *last = Some(last.map_or(age, |known| known.min(age)));
            }
            let Some(row) = self.totals.get_mut(at) else {
                continue;
            };
            for (total, _) in row
                .iter_mut()
                .zip(Window::ALL)
                .filter(|(_, window)| is_in(window))
            {
                total.count += 1;
                total.cents += cents;
                total.largest = total.largest.max(cents);
            }
        }
        if event.kind != EventKind::Transaction {
            return;
        }
        self.first_transaction = Some(self.first_transaction.map_or(age, |known| known.max(age)));
        if let Some(balance) = event.balance.map(to_cents) {
            self.take_in_balance(event.at, balance, age);
        }
    }

    /// Of two balances at one instant the higher counts: exports with dates only do not tell which came
    /// last, and the answer must not depend on the order of the list.
    fn take_in_balance(&mut self, at: Timestamp, balance: i64, age: i64) {
        self.last_balance = self.last_balance.max(Some((at, balance)));
        let rows = self.balances.iter_mut().zip(Window::ALL);
        for (row, _) in rows.filter(|(_, window)| age < i64::from(window.days())) {
            row.least = if row.count == 0 {
                balance
            } else {
                row.least.min(balance)
            };
            row.most = if row.count == 0 {
                balance
            } else {
                row.most.max(balance)
            };
            row.count += 1;
            row.cents += i128::from(balance);
            row.squares += i128::from(balance) * i128::from(balance);
        }
    }
}

/// Amounts are within ±1e11 units, so their hundredths fit with room for any sum of a profile's events.
pub(super) fn to_cents(amount: f64) -> i64 {
    #[expect(clippy::cast_possible_truncation, reason = "bounded by limits::AMOUNT")]
    let cents = libm::round(amount * 100.0) as i64;
    cents
}
