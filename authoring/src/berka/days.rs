//! The order of transactions within a day.
//!
//! The tables keep dates only, and their rows are not in the order in which money moved: of the pairs of
//! neighbours on one day, half fit each other's balances. The balances tell the order: each transaction
//! takes the balance before it to its own. Where none does (interest is rounded, rows may be missing),
//! money received goes first. The order is kept as seconds after midnight.

use engine::{Timestamp, profile::Direction};

use super::rows::Transaction;

/// Rounding of the balances in the tables, in hundredths.
const ROUNDING: i64 = 15;

/// The transactions in the order of their balances, each with the instant that tells its place.
pub(super) fn in_order(transactions: &[Transaction]) -> Vec<(Timestamp, &Transaction)> {
    let mut left: Vec<&Transaction> = transactions.iter().collect();
    left.sort_by_key(|transaction| (transaction.at, transaction.direction));
    let mut ordered = Vec::with_capacity(left.len());
    let mut balance = 0;
    let mut rest = left.as_mut_slice();
    while let Some(first) = rest.first().copied() {
        let day = first.at;
        let length = rest
            .iter()
            .take_while(|transaction| transaction.at == day)
            .count();
        let (today, later) = rest.split_at_mut(length);
        for place in 0..length {
            let Some(todo) = today.get_mut(place..) else {
                break;
            };
            let next = todo
                .iter()
                .position(|transaction| follows(transaction, balance));
            // Rotating keeps the others in their order.
            if let Some(passed_over) = todo.get_mut(..=next.unwrap_or(0)) {
                passed_over.rotate_right(1);
            }
            let Some(transaction) = todo.first() else {
                break;
            };
            balance = transaction.balance;
            let second = i64::try_from(place).unwrap_or(i64::MAX);
            ordered.push((
                Timestamp::from_seconds(day.seconds().saturating_add(second)),
                *transaction,
            ));
        }
        rest = later;
    }
    ordered
}

fn follows(transaction: &Transaction, balance: i64) -> bool {
    let moved = match transaction.direction {
        Direction::Credit => transaction.amount,
        Direction::Debit => -transaction.amount,
    };
    (balance + moved - transaction.balance).abs() <= ROUNDING
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moved(id: u32, day: i64, direction: Direction, amount: i64, balance: i64) -> Transaction {
        Transaction {
            at: Timestamp::from_seconds(day * 86_400),
            id,
            direction,
            operation: None,
            category: None,
            amount,
            balance,
            counterparty: None,
        }
    }

    #[test]
    fn balances_tell_the_order() {
        use Direction::{Credit, Debit};
        let rows = [
            moved(3, 1, Debit, 1_000, 90_000),
            moved(1, 0, Credit, 70_000, 70_000),
            moved(4, 1, Debit, 5_000, 85_000),
            moved(2, 1, Credit, 21_000, 91_000),
        ];
        let order: Vec<_> = in_order(&rows)
            .iter()
            .map(|(at, t)| (at.seconds(), t.id))
            .collect();
        assert_eq!(order, [(0, 1), (86_400, 2), (86_401, 3), (86_402, 4)]);
    }

    #[test]
    fn where_balances_tell_nothing_money_received_goes_first() {
        let rows = [
            moved(1, 0, Direction::Debit, 500, 7),
            moved(2, 0, Direction::Credit, 500, 9_000),
        ];
        let order: Vec<_> = in_order(&rows).iter().map(|(_, t)| t.id).collect();
        assert_eq!(order, [2, 1]);
    }
}
