//! Events: what happened, once.

use serde::{Deserialize, Serialize};

use super::{DataClass, money_problem, text_problem};
use crate::{Timestamp, bundle::Channel};

/// Something that happened. Which fields make sense depends on `kind`; others stay absent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Event {
    /// When.
    pub at: Timestamp,
    /// What sort of event.
    pub kind: EventKind,
    /// Which way the money went (transactions).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub direction: Option<Direction>,
    /// How it moved (transactions).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<Operation>,
    /// What it was for (transactions).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<Category>,
    /// How much, never negative, in whole currency units (transactions).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<f64>,
    /// The account's balance afterwards, in whole currency units (transactions).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub balance: Option<f64>,
    /// Who was on the other side: a bank's code or a merchant's name (transactions).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counterparty: Option<String>,
    /// What sort of merchant was paid: the code of ISO 18245, 1 to 9999 without leading zeros (transactions).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = 9999)))]
    pub mcc: Option<u16>,
    /// The action concerned (impressions, clicks, dismissals).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    /// Where it happened (impressions, clicks, dismissals).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<Channel>,
    /// The source's own number of this event: two events of one kind with the same number are one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
}

/// What sort of event it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
#[repr(u8)]
pub enum EventKind {
    /// Money moved.
    Transaction,
    /// The customer logged in.
    Login,
    /// A page was opened.
    Visit,
    /// An action was shown.
    Impression,
    /// An action was followed.
    Click,
    /// An action was waved away.
    Dismissal,
    /// A kind that this engine does not know.
    #[serde(other)]
    Other,
}

/// Which way money went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
#[repr(u8)]
pub enum Direction {
    /// To the customer.
    Credit,
    /// From the customer.
    Debit,
}

/// How money moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
#[repr(u8)]
pub enum Operation {
    /// Cash paid in.
    CashDeposit,
    /// Cash taken out at the counter.
    CashWithdrawal,
    /// Cash taken out with a card.
    CardWithdrawal,
    /// Received from another bank.
    TransferIn,
    /// Sent to another bank.
    TransferOut,
    /// Another way.
    #[serde(other)]
    Other,
}

/// What money was for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(rkyv::Archive, rkyv::Serialize, rkyv::Portable, rkyv::bytecheck::CheckBytes)]
#[bytecheck(crate = rkyv::bytecheck)]
#[rkyv(as = Self)]
#[serde(rename_all = "kebab-case")]
#[repr(u8)]
pub enum Category {
    /// Interest received.
    Interest,
    /// Interest charged for an overdrawn account.
    PenaltyInterest,
    /// Fee for a statement.
    StatementFee,
    /// Household: rent, energy, phone.
    Household,
    /// Old-age pension received.
    Pension,
    /// Insurance premium.
    Insurance,
    /// Payment of a loan.
    LoanPayment,
    /// Leasing payment.
    Leasing,
    /// Something else, or not known.
    #[serde(other)]
    Other,
}

impl Event {
    /// How sensitive it is, which follows from its kind.
    pub fn class(&self) -> DataClass {
        match self.kind {
            EventKind::Transaction => DataClass::Transaction,
            EventKind::Login => DataClass::Device,
            EventKind::Visit | EventKind::Impression | EventKind::Click | EventKind::Dismissal => {
                DataClass::Behavioural
            }
            EventKind::Other => DataClass::Special,
        }
    }

    pub(super) fn problem(&self) -> Option<&'static str> {
        let texts = [&self.counterparty, &self.action, &self.id];
        let moved = self.amount.is_some()
            || self.balance.is_some()
            || self.direction.is_some()
            || self.operation.is_some()
            || self.category.is_some()
            || self.mcc.is_some()
            || self.counterparty.is_some();
        if moved && !matches!(self.kind, EventKind::Transaction | EventKind::Other) {
            return Some("is no transaction but moves money: leave those fields out");
        }
        if self.mcc.is_some_and(|code| !(1..=9999).contains(&code)) {
            return Some("has no merchant category code: give one of ISO 18245, 1 to 9999");
        }
        self.amount
            .and_then(money_problem)
            .or_else(|| self.balance.and_then(money_problem))
            .or_else(|| {
                self.amount.filter(|a| *a < 0.0).map(
                    |_| "has a negative amount: give the amount without sign, and the direction",
                )
            })
            .or_else(|| {
                texts
                    .into_iter()
                    .flatten()
                    .find_map(|text| text_problem(text))
            })
    }
}
