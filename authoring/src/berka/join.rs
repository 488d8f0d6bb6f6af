//! One profile from the rows of one account: what was known of its owner, and since when.

use engine::{
    Profile, Timestamp,
    profile::{
        DataClass, Event, EventKind, Fact, FactName, Holding, HoldingKind, IdKind, LinkedId,
        SCHEMA_VERSION, Value,
    },
};

use super::{
    days::in_order,
    rows::{Account, Client, District, Order, Rows, Transaction},
};

/// The version of the notice under which demo consent is given.
const NOTICE_VERSION: &str = "2026-1";

impl Rows {
    /// The owners of accounts, by client number.
    pub(super) fn owners(&self) -> Vec<(u32, u32)> {
        let mut owners: Vec<(u32, u32)> = self
            .accounts
            .iter()
            .filter_map(|(id, account)| Some((account.owner?, *id)))
            .collect();
        owners.sort_unstable();
        owners
    }

    /// The profile of a client who owns an account.
    pub(super) fn profile(
        &self,
        client_id: u32,
        account_id: u32,
        consent: &[String],
    ) -> Option<Profile> {
        let client = self.clients.get(&client_id)?;
        let account = self.accounts.get(&account_id)?;
        let mut profile = Profile {
            schema_version: SCHEMA_VERSION,
            ids: vec![LinkedId {
                kind: IdKind::Customer,
                value: format!("berka-{client_id}"),
            }],
            facts: facts(client, account, self.districts.get(&client.district)),
            holdings: holdings(account),
            events: in_order(&account.transactions)
                .into_iter()
                .map(event)
                .collect(),
            ..Profile::default()
        };
        for purpose in consent {
            profile
                .consent
                .give(purpose, NOTICE_VERSION, account.opened);
        }
        Some(profile)
    }
}

fn facts(client: &Client, account: &Account, district: Option<&District>) -> Vec<Fact> {
    let person = |name, value| {
        fact(
            name,
            value,
            DataClass::Demographic,
            "berka-client",
            account.opened,
        )
    };
    let agreed =
        |name, value, source| fact(name, value, DataClass::Transaction, source, account.opened);
    let mut facts = vec![
        person(
            FactName::BirthYear,
            Value::Number(f64::from(client.birth_year)),
        ),
        person(FactName::Female, Value::Flag(client.female)),
    ];
    if let Some(district) = district {
        facts.extend(district_facts(district));
    }
    facts.push(agreed(
        FactName::StatementFrequency,
        Value::Text(account.statements.to_owned()),
        "berka-account",
    ));
    facts.push(agreed(
        FactName::AccountUsers,
        Value::Number(f64::from(account.users)),
        "berka-disp",
    ));
    if !account.loans.is_empty() {
        let in_arrears = account.loans.iter().any(|loan| loan.in_arrears);
        let value = Value::Flag(in_arrears);
        facts.push(fact(
            FactName::InArrears,
            value,
            DataClass::Transaction,
            "berka-loan",
            end_of_data(),
        ));
    }
    facts
}

/// Numbers about a district are public, but that they are about this customer's home is not.
fn district_facts(district: &District) -> impl Iterator<Item = Fact> + use<> {
    let known =
        |value: Option<i64>, name| Some((name, Value::Number(units(value?)), start_of_data()));
    let share =
        |value: Option<i64>, name, at| Some((name, Value::Number(parts(value?, 10_000.0)), at));
    [
        Some((
            FactName::District,
            Value::Text(district.name.clone()),
            start_of_data(),
        )),
        Some((
            FactName::Region,
            Value::Text(district.region.clone()),
            start_of_data(),
        )),
        known(Some(district.inhabitants), FactName::DistrictInhabitants),
        known(district.salary, FactName::DistrictSalary),
        share(
            district.unemployment_percent,
            FactName::DistrictUnemployment,
            end_of_1995(),
        ),
        known(district.entrepreneurs, FactName::DistrictEntrepreneurs),
        share(
            district.urban_percent,
            FactName::DistrictUrban,
            start_of_data(),
        ),
    ]
    .into_iter()
    .flatten()
    .map(|(name, value, at)| fact(name, value, DataClass::Demographic, "berka-district", at))
}

fn fact(
    name: FactName,
    value: Value,
    class: DataClass,
    source: &str,
    observed_at: Timestamp,
) -> Fact {
    Fact {
        name,
        value,
        class,
        source: source.to_owned(),
        observed_at,
        shelf_life_days: None,
    }
}

fn holdings(account: &Account) -> Vec<Holding> {
    let mut holdings = vec![holding(
        HoldingKind::Account,
        "current-account",
        "berka-account",
        account.opened,
    )];
    for loan in &account.loans {
        holdings.push(Holding {
            closed_at: add_months(loan.granted, loan.months),
            amount: Some(units(loan.amount)),
            monthly_payment: Some(units(loan.payment)),
            ..holding(HoldingKind::Loan, "loan", "berka-loan", loan.granted)
        });
    }
    for card in &account.cards {
        holdings.push(holding(
            HoldingKind::Card,
            card.kind,
            "berka-card",
            card.issued,
        ));
    }
    holdings.extend(account.orders.iter().map(standing_order));
    holdings
}

/// An order is carried out every month, as the transactions show. One that the transactions given never
/// carried out is known only from the table, which was written at the end of the data.
fn standing_order(order: &Order) -> Holding {
    let since = order.first_paid.unwrap_or_else(end_of_data);
    Holding {
        amount: Some(units(order.amount)),
        monthly_payment: Some(units(order.amount)),
        category: order.category,
        ..holding(
            HoldingKind::StandingOrder,
            "standing-order",
            "berka-order",
            since,
        )
    }
}

fn holding(kind: HoldingKind, product: &str, source: &str, since: Timestamp) -> Holding {
    Holding {
        kind,
        product: product.to_owned(),
        opened_at: since,
        closed_at: None,
        amount: None,
        monthly_payment: None,
        category: None,
        class: DataClass::Transaction,
        source: source.to_owned(),
        observed_at: since,
        shelf_life_days: None,
    }
}

fn event((at, transaction): (Timestamp, &Transaction)) -> Event {
    Event {
        at,
        kind: EventKind::Transaction,
        direction: Some(transaction.direction),
        operation: transaction.operation,
        category: transaction.category,
        amount: Some(units(transaction.amount)),
        balance: Some(units(transaction.balance)),
        counterparty: transaction.counterparty.map(|to| {
            let [a, b] = to.bank;
            format!("{}{}-{}", char::from(a), char::from(b), to.account)
        }),
        mcc: None,
        action: None,
        channel: None,
        id: Some(transaction.id.to_string()),
    }
}

/// The first day of the data: undated statistics of a district count as known from here on.
fn start_of_data() -> Timestamp {
    Timestamp::from_seconds(725_846_400)
}

/// The table's guide dates this column: unemployment rate in '95.
fn end_of_1995() -> Timestamp {
    Timestamp::from_seconds(820_368_000)
}

/// The last day of the data, 1998-12-31, on which the tables without dates were written.
fn end_of_data() -> Timestamp {
    Timestamp::from_seconds(915_062_400)
}

/// The same day of a later month, or that month's last day.
fn add_months(from: Timestamp, months: u32) -> Option<Timestamp> {
    let text = from.to_string();
    let mut parts = text
        .get(..10)?
        .split('-')
        .map(|part| part.parse::<u32>().ok());
    let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
    let month = month - 1 + months;
    let (year, month) = (year + month / 12, month % 12 + 1);
    (1..=day)
        .rev()
        .find_map(|day| format!("{year:04}-{month:02}-{day:02}").parse().ok())
}

fn units(hundredths: i64) -> f64 {
    parts(hundredths, 100.0)
}

/// One division, so that the result is the number nearest to the decimal in the table.
fn parts(count: i64, of: f64) -> f64 {
    #[expect(
        clippy::cast_precision_loss,
        reason = "amounts are within 1e13 hundredths"
    )]
    let count = count as f64;
    count / of
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail")]

    use super::*;

    #[test]
    fn marks_of_the_data_are_the_dates_they_name() {
        assert_eq!(start_of_data().to_string(), "1993-01-01T00:00:00Z");
        assert_eq!(end_of_1995().to_string(), "1995-12-31T00:00:00Z");
        assert_eq!(end_of_data().to_string(), "1998-12-31T00:00:00Z");
    }

    #[test]
    fn months_end_within_the_month() {
        let add = |from: &str, months| {
            add_months(from.parse().unwrap(), months)
                .unwrap()
                .to_string()
        };
        assert_eq!(add("1993-01-31", 1), "1993-02-28T00:00:00Z");
        assert_eq!(add("1995-08-31", 6), "1996-02-29T00:00:00Z");
        assert_eq!(add("1993-07-05", 12), "1994-07-05T00:00:00Z");
        assert_eq!(add("1993-12-05", 60), "1998-12-05T00:00:00Z");
    }
}
