//! Made-up customers, each with a year of transactions.

use engine::{
    Profile, Timestamp,
    profile::{Category, Direction, Event, EventKind, Operation},
};

use super::{Numbers, TRANSACTIONS};

const DAY: i64 = 86_400;
const YEAR: i64 = 365 * DAY;
/// 2025-01-01T12:00:00Z.
const START: i64 = 1_735_732_800;

/// Merchants' codes (ISO 18245): groceries, restaurants, fuel, transport, clothing, hotels and so on.
const MERCHANTS: [u16; 12] = [
    5411, 5812, 5541, 4111, 5651, 7011, 4900, 5732, 5311, 5941, 7995, 5977,
];

/// A customer and the moment of the decision.
pub struct Customer {
    /// What is known, with consent to everything.
    pub profile: Profile,
    /// The clock.
    pub at: Timestamp,
}

impl Customer {
    /// The profile as JSON.
    pub fn json(&self) -> Vec<u8> {
        serde_json::to_vec(&self.profile).expect("a profile is JSON")
    }
}

/// Makes customers up who consented to those purposes.
pub fn customers(numbers: &mut Numbers, count: usize, purposes: &[&str]) -> Vec<Customer> {
    let customer = |_| {
        let mut profile = Profile {
            schema_version: 1,
            events: year(numbers, START),
            ..Profile::default()
        };
        for purpose in purposes {
            let start = Timestamp::from_seconds(START);
            profile.consent.give(purpose, "2026-1", start);
        }
        Customer {
            profile: profile.checked().expect("it is a profile"),
            at: Timestamp::from_seconds(START + YEAR),
        }
    };
    (0..count).map(customer).collect()
}

/// As many transactions again, of the year after: in a profile, since that is how hosts read events.
pub fn coming(numbers: &mut Numbers) -> Profile {
    Profile {
        schema_version: 1,
        events: year(numbers, START + YEAR),
        ..Profile::default()
    }
}

/// A salary each month, rent, cash, a fee, and purchases, of somebody with habits of their own.
fn year(numbers: &mut Numbers, start: i64) -> Vec<Event> {
    let salary = 8_000.0 + (numbers.unit() * 60_000.0).round();
    let rent = (salary * (0.1 + 0.3 * numbers.unit())).round();
    let month = TRANSACTIONS / 12;
    let favourites: Vec<u16> = (0..5).map(|_| *numbers.one(&MERCHANTS)).collect();
    let mut balance = (numbers.unit() * 90_000.0).round();
    let event = |i: usize| {
        let at = start + i as i64 * YEAR / TRANSACTIONS as i64;
        let mut event = Event {
            at: Timestamp::from_seconds(at + numbers.below(3_600) as i64),
            kind: EventKind::Transaction,
            direction: Some(Direction::Debit),
            operation: None,
            category: None,
            amount: None,
            balance: None,
            counterparty: None,
            mcc: None,
            action: None,
            channel: None,
            id: Some(format!("{start}-{i}")),
        };
        let amount = match i % month {
            0 => {
                event.direction = Some(Direction::Credit);
                event.operation = Some(Operation::TransferIn);
                event.counterparty = Some("works".to_owned());
                salary
            }
            3 => {
                event.operation = Some(Operation::TransferOut);
                event.category = Some(Category::Household);
                event.counterparty = Some("landlord".to_owned());
                rent
            }
            7 | 21 => {
                event.operation = Some(Operation::CardWithdrawal);
                (numbers.unit() * 30.0).ceil() * 100.0
            }
            11 => {
                event.category = Some(Category::StatementFee);
                14.6
            }
            _ => {
                let any = numbers.below(4) == 0;
                let list: &[u16] = if any { &MERCHANTS } else { &favourites };
                event.mcc = Some(*numbers.one(list));
                (salary * 0.04 * numbers.unit() * 100.0).round() / 100.0
            }
        };
        let sign = if event.direction == Some(Direction::Credit) {
            1.0
        } else {
            -1.0
        };
        balance = ((balance + sign * amount) * 100.0).round() / 100.0;
        event.amount = Some(amount);
        event.balance = Some(balance);
        event
    };
    (0..TRANSACTIONS).map(event).collect()
}
