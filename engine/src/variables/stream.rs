//! Streams: kinds of events that belong together, and sets of them.

use rkyv::{Archive, Portable, Serialize, bytecheck::CheckBytes};

use super::merchant;
use crate::{
    bundle::Channel,
    profile::{Category, DataClass, Direction, Event, EventKind, Operation},
    time::DAY,
};

macro_rules! streams {
    ($($name:ident = $text:literal, $class:ident, $what:literal;)*) => {
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
            pub fn class(self) -> DataClass { match self { $(Self::$name => DataClass::$class,)* } }
        }
    };
}

streams! {
    Transaction = "transaction", Transaction, "all movements of money";
    Credit = "credit", Transaction, "money received";
    Debit = "debit", Transaction, "money paid";
    CashDeposit = "cash_deposit", Transaction, "cash paid in";
    CashWithdrawal = "cash_withdrawal", Transaction, "cash taken at the counter";
    CardWithdrawal = "card_withdrawal", Transaction, "cash taken with a card";
    TransferIn = "transfer_in", Transaction, "transfers from other banks";
    TransferOut = "transfer_out", Transaction, "transfers to other banks";
    Interest = "interest", Transaction, "interest received";
    PenaltyInterest = "penalty_interest", Transaction, "interest charged for an overdrawn account";
    StatementFee = "statement_fee", Transaction, "statement fees";
    Household = "household", Transaction, "household payments";
    Pension = "pension", Transaction, "old-age pensions received";
    InsurancePayment = "insurance_payment", Transaction, "insurance premiums";
    LoanPayment = "loan_payment", Transaction, "loan payments";
    Leasing = "leasing", Transaction, "leasing payments";
    Login = "login", Device, "logins";
    Visit = "visit", Behavioural, "page visits";
    Impression = "impression", Behavioural, "offers seen";
    Click = "click", Behavioural, "offers followed";
    Dismissal = "dismissal", Behavioural, "offers waved away";
    Cash = "cash", Transaction, "cash taken at the counter or with a card";
    Purchase = "purchase", Transaction, "purchases from merchants";
    Refund = "refund", Transaction, "money back from merchants";
    Fee = "fee", Transaction, "statement fees and interest charged";
    Essential = "essential", Transaction, "payments for household, groceries, fuel, transport, utilities, education, public fees, insurance, loans and leasing";
    Discretionary = "discretionary", Transaction, "purchases of restaurants, travel, clothing, electronics, leisure, games of chance and personal care";
    Weekend = "weekend_debit", Transaction, "money paid on Saturdays and Sundays (UTC)";
    Groceries = "groceries", Transaction, "purchases of groceries";
    Restaurants = "restaurants", Transaction, "purchases in restaurants and bars";
    Fuel = "fuel", Transaction, "purchases of fuel and charging";
    Transport = "transport", Transaction, "purchases of local transport, parking and tolls";
    Vehicle = "vehicle", Transaction, "purchases of vehicles, parts and repairs";
    Travel = "travel", Transaction, "purchases of flights, hotels, car hire and tours";
    Clothing = "clothing", Transaction, "purchases of clothes and shoes";
    HomeGoods = "home_goods", Transaction, "purchases of furniture, appliances, tools and building work";
    Electronics = "electronics", Transaction, "purchases of electronics, computers and software";
    GeneralStores = "general_stores", Transaction, "purchases in department and general stores";
    Leisure = "leisure", Transaction, "purchases of books, sports, culture and digital entertainment";
    Gambling = "gambling", Transaction, "purchases of games of chance";
    Utilities = "utilities", Transaction, "purchases of energy, water and telecommunication";
    Education = "education", Transaction, "purchases of schooling and child care";
    MoneyServices = "money_services", Transaction, "purchases of money transfers, securities and quasi-cash";
    PersonalCare = "personal_care", Transaction, "purchases of cosmetics and hairdressing";
    Pets = "pets", Transaction, "purchases for pets";
    PublicFees = "public_fees", Transaction, "purchases of public services, taxes and fines";
    Web = "web", Behavioural, "dealings with offers on the website";
    App = "app", Behavioural, "dealings with offers in the app";
    CallCentre = "call_centre", Behavioural, "dealings with offers in the call centre";
    Manager = "manager", Behavioural, "dealings with offers at the relationship manager";
    Digital = "digital", Behavioural, "page visits and dealings with offers on the website or in the app";
    NightLogin = "night_login", Device, "logins between 22:00 and 6:00 (UTC)";
    WeekendLogin = "weekend_login", Device, "logins on Saturdays and Sundays (UTC)";
}

/// Streams that one event is in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Streams(u64);

// Each stream is a bit, and one more bit says that a balance is known.
const _: () = assert!(Stream::ALL.len() < 64);

impl Streams {
    pub const NONE: Self = Self(0);
    /// No stream of events, but the balance after them.
    pub const BALANCE: Self = Self(1 << Stream::ALL.len());

    pub const fn of(stream: Stream) -> Self {
        Self(1 << stream as u8)
    }

    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    pub fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// The set of the stream in that place.
    pub fn at(position: usize) -> Self {
        Self(1 << (position & 63))
    }

    pub fn has(self, position: usize) -> bool {
        self.meets(Self::at(position))
    }

    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Their positions, ascending.
    pub fn each(self) -> impl Iterator<Item = usize> {
        let mut left = self.0;
        core::iter::from_fn(move || {
            let position = left.trailing_zeros() as usize;
            (left != 0).then(|| {
                left &= left - 1;
                position
            })
        })
    }

    /// The streams of an event. Its class is its kind's, so no stream holds events of another class.
    pub fn of_event(event: &Event) -> Self {
        match event.kind {
            EventKind::Transaction => transaction(event),
            EventKind::Login => login(event),
            EventKind::Visit => of(Stream::Visit).and(of(Stream::Digital)),
            EventKind::Impression => dealing(event, Stream::Impression),
            EventKind::Click => dealing(event, Stream::Click),
            EventKind::Dismissal => dealing(event, Stream::Dismissal),
            EventKind::Other => Self::NONE,
        }
    }
}

const fn of(stream: Stream) -> Streams {
    Streams::of(stream)
}

const ESSENTIAL: Streams = of(Stream::Household)
    .and(of(Stream::InsurancePayment))
    .and(of(Stream::LoanPayment))
    .and(of(Stream::Leasing))
    .and(of(Stream::Groceries))
    .and(of(Stream::Fuel))
    .and(of(Stream::Transport))
    .and(of(Stream::Utilities))
    .and(of(Stream::Education))
    .and(of(Stream::PublicFees));

const DISCRETIONARY: Streams = of(Stream::Restaurants)
    .and(of(Stream::Travel))
    .and(of(Stream::Clothing))
    .and(of(Stream::Electronics))
    .and(of(Stream::Leisure))
    .and(of(Stream::Gambling))
    .and(of(Stream::PersonalCare));

fn transaction(event: &Event) -> Streams {
    let cash = of(Stream::Cash);
    let operation = match event.operation {
        Some(Operation::CashDeposit) => of(Stream::CashDeposit),
        Some(Operation::CashWithdrawal) => of(Stream::CashWithdrawal).and(cash),
        Some(Operation::CardWithdrawal) => of(Stream::CardWithdrawal).and(cash),
        Some(Operation::TransferIn) => of(Stream::TransferIn),
        Some(Operation::TransferOut) => of(Stream::TransferOut),
        Some(Operation::Other) | None => Streams::NONE,
    };
    let fee = of(Stream::Fee);
    let category = match event.category {
        Some(Category::Interest) => of(Stream::Interest),
        Some(Category::PenaltyInterest) => of(Stream::PenaltyInterest).and(fee),
        Some(Category::StatementFee) => of(Stream::StatementFee).and(fee),
        Some(Category::Household) => of(Stream::Household),
        Some(Category::Pension) => of(Stream::Pension),
        Some(Category::Insurance) => of(Stream::InsurancePayment),
        Some(Category::LoanPayment) => of(Stream::LoanPayment),
        Some(Category::Leasing) => of(Stream::Leasing),
        Some(Category::Other) | None => Streams::NONE,
    };
    let mut streams = of(Stream::Transaction).and(operation).and(category);
    match event.direction {
        Some(Direction::Credit) => {
            streams = streams.and(of(Stream::Credit));
            if event.mcc.is_some() {
                streams = streams.and(of(Stream::Refund));
            }
        }
        Some(Direction::Debit) => {
            streams = streams.and(of(Stream::Debit));
            if let Some(code) = event.mcc {
                streams = streams.and(of(Stream::Purchase));
                if let Some(group) = merchant::group(code) {
                    streams = streams.and(of(group));
                }
            }
            if streams.meets(ESSENTIAL) {
                streams = streams.and(of(Stream::Essential));
            }
            if streams.meets(DISCRETIONARY) {
                streams = streams.and(of(Stream::Discretionary));
            }
            if is_weekend(event) {
                streams = streams.and(of(Stream::Weekend));
            }
        }
        None => {}
    }
    streams
}

fn login(event: &Event) -> Streams {
    let mut streams = of(Stream::Login);
    if !(6..22).contains(&event.at.seconds().rem_euclid(DAY).div_euclid(3_600)) {
        streams = streams.and(of(Stream::NightLogin));
    }
    if is_weekend(event) {
        streams = streams.and(of(Stream::WeekendLogin));
    }
    streams
}

fn dealing(event: &Event, stream: Stream) -> Streams {
    let digital = of(Stream::Digital);
    of(stream).and(match event.channel {
        Some(Channel::Web) => of(Stream::Web).and(digital),
        Some(Channel::App) => of(Stream::App).and(digital),
        Some(Channel::CallCentre) => of(Stream::CallCentre),
        Some(Channel::RelationshipManager) => of(Stream::Manager),
        None => Streams::NONE,
    })
}

/// 1970-01-01 was a Thursday.
fn is_weekend(event: &Event) -> bool {
    (event.at.day() + 3).rem_euclid(7) >= 5
}

#[cfg(test)]
mod tests {
    #![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "tests")]

    use super::*;
    use crate::Profile;

    fn streams(json: &str) -> Vec<&'static str> {
        let json = format!(r#"{{"schema_version": 1, "events": [{json}]}}"#);
        let profile = Profile::from_json(json.as_bytes()).unwrap();
        let set = Streams::of_event(&profile.events[0]);
        set.each().map(|i| Stream::ALL[i].name()).collect()
    }

    #[test]
    fn an_event_is_in_every_stream_that_it_belongs_to() {
        // 2026-11-22 is a Sunday.
        assert_eq!(
            streams(
                r#"{"at": "2026-11-22", "kind": "transaction", "direction": "debit", "mcc": 5411}"#
            ),
            [
                "transaction",
                "debit",
                "purchase",
                "essential",
                "weekend_debit",
                "groceries"
            ]
        );
        assert_eq!(
            streams(
                r#"{"at": "2026-11-23", "kind": "transaction", "direction": "credit", "mcc": 5411}"#
            ),
            ["transaction", "credit", "refund"]
        );
        assert_eq!(
            streams(r#"{"at": "2026-11-20T22:00:00Z", "kind": "login"}"#),
            ["login", "night_login"]
        );
        assert_eq!(
            streams(r#"{"at": "2026-11-21T21:59:59Z", "kind": "login"}"#),
            ["login", "weekend_login"]
        );
        assert_eq!(
            streams(r#"{"at": "2026-11-21", "kind": "click", "channel": "call-centre"}"#),
            ["click", "call_centre"]
        );
    }

    #[test]
    fn streams_are_of_the_class_of_their_events() {
        for (json, class) in [
            (
                r#"{"at": "2026-11-22", "kind": "transaction", "direction": "debit", "mcc": 7995, "category": "leasing", "operation": "card-withdrawal"}"#,
                DataClass::Transaction,
            ),
            (
                r#"{"at": "2026-11-22", "kind": "login"}"#,
                DataClass::Device,
            ),
            (
                r#"{"at": "2026-11-22", "kind": "impression", "channel": "app"}"#,
                DataClass::Behavioural,
            ),
            (
                r#"{"at": "2026-11-22", "kind": "visit"}"#,
                DataClass::Behavioural,
            ),
        ] {
            let names = streams(json);
            assert!(!names.is_empty());
            for stream in Stream::ALL.iter().filter(|s| names.contains(&s.name())) {
                assert_eq!(stream.class(), class, "{json}");
            }
        }
    }
}
