//! What the bank's codes stand for, as the data set's guide explains them.

use engine::profile::{Category, Direction, Operation};

pub(super) const FREQUENCIES: &[(&str, &str)] = &[
    ("POPLATEK MESICNE", "monthly"),
    ("POPLATEK TYDNE", "weekly"),
    ("POPLATEK PO OBRATU", "after-transaction"),
];

pub(super) const CARDS: &[(&str, &str)] = &[
    ("classic", "classic"),
    ("gold", "gold"),
    ("junior", "junior"),
];

/// A and C are paid as agreed; B ended unpaid, D is running and in debt.
pub(super) const STATUSES: &[(&str, bool)] =
    &[("A", false), ("B", true), ("C", false), ("D", true)];

/// VYBER is an older code of the bank for VYDAJ.
pub(super) const DIRECTIONS: &[(&str, Direction)] = &[
    ("PRIJEM", Direction::Credit),
    ("VYDAJ", Direction::Debit),
    ("VYBER", Direction::Debit),
];

pub(super) const OPERATIONS: &[(&str, Option<Operation>)] = &[
    ("", None),
    ("VKLAD", Some(Operation::CashDeposit)),
    ("VYBER", Some(Operation::CashWithdrawal)),
    ("VYBER KARTOU", Some(Operation::CardWithdrawal)),
    ("PREVOD Z UCTU", Some(Operation::TransferIn)),
    ("PREVOD NA UCET", Some(Operation::TransferOut)),
];

pub(super) const CATEGORIES: &[(&str, Option<Category>)] = &[
    ("", None),
    ("UROK", Some(Category::Interest)),
    ("SANKC. UROK", Some(Category::PenaltyInterest)),
    ("SLUZBY", Some(Category::StatementFee)),
    ("SIPO", Some(Category::Household)),
    ("DUCHOD", Some(Category::Pension)),
    ("POJISTNE", Some(Category::Insurance)),
    ("UVER", Some(Category::LoanPayment)),
    ("LEASING", Some(Category::Leasing)),
];
