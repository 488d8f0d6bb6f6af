//! Facts and holdings: what is true of a customer until it goes stale.

use core::fmt;

use serde::{
    Deserialize, Deserializer, Serialize,
    de::{self, IntoDeserializer, Visitor},
};

use super::{money_problem, text_problem};
use crate::{Timestamp, time::DAY};

/// How sensitive a datum is, which decides the purposes that may use it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
#[repr(u8)]
pub enum DataClass {
    /// Published about an area or a product, not about a person.
    Public = 0,
    /// About the person: age, sex, district.
    Demographic = 1,
    /// What the person does on the site or in the app.
    Behavioural = 2,
    /// Money movements and agreements.
    Transaction = 3,
    /// About the browser or the phone.
    Device = 4,
    /// GDPR article 9 data; stored if it must be, never used.
    Special = 5,
}

/// A single value about a customer, with where it came from and how long it holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Fact {
    /// What it says.
    pub name: FactName,
    /// The value.
    pub value: Value,
    /// How sensitive it is.
    pub class: DataClass,
    /// The system it came from.
    pub source: String,
    /// When it was seen to be true. A decision with an earlier clock does not see it.
    pub observed_at: Timestamp,
    /// Days after `observed_at` for which it holds; for ever when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shelf_life_days: Option<u32>,
}

/// A fact's value.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum Value {
    /// Yes (1) or no (0).
    Flag(bool),
    /// A quantity, in the unit that the fact's name defines.
    Number(f64),
    /// A word or a code.
    Text(String),
}

impl Value {
    /// As a number: flags are 1 and 0, text has none.
    pub fn number(&self) -> Option<f64> {
        match self {
            Self::Flag(flag) => Some(f64::from(u8::from(*flag))),
            Self::Number(number) => Some(*number),
            Self::Text(_) => None,
        }
    }
}

/// By hand: what is derived for untagged values tries one after the other, and makes an error of each that
/// does not fit.
impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;

        impl Visitor<'_> for Any {
            type Value = Value;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a flag, a number or a text")
            }

            fn visit_bool<E>(self, flag: bool) -> Result<Value, E> {
                Ok(Value::Flag(flag))
            }

            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Value, E> {
                f64::deserialize(number.into_deserializer()).map(Value::Number)
            }

            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Value, E> {
                f64::deserialize(number.into_deserializer()).map(Value::Number)
            }

            fn visit_f64<E>(self, number: f64) -> Result<Value, E> {
                Ok(Value::Number(number))
            }

            fn visit_str<E>(self, text: &str) -> Result<Value, E> {
                Ok(Value::Text(text.to_owned()))
            }
        }

        deserializer.deserialize_any(Any)
    }
}

/// The facts that the engine knows. Others are kept under [`FactName::Other`] and never used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(rkyv::Archive, rkyv::Serialize, rkyv::Portable, rkyv::bytecheck::CheckBytes)]
#[bytecheck(crate = rkyv::bytecheck)]
#[rkyv(as = Self)]
#[serde(rename_all = "kebab-case")]
#[repr(u8)]
pub enum FactName {
    /// Year of birth, e.g. 1945.
    BirthYear,
    /// 1 for women, 0 for men.
    Female,
    /// Name of the home district (text).
    District,
    /// Name of the home region (text).
    Region,
    /// Inhabitants of the home district.
    DistrictInhabitants,
    /// Average salary in the home district, currency a month.
    DistrictSalary,
    /// Share of unemployed in the home district, 0 to 1.
    DistrictUnemployment,
    /// Entrepreneurs per 1,000 inhabitants of the home district.
    DistrictEntrepreneurs,
    /// Share of the home district's inhabitants who live in towns, 0 to 1.
    DistrictUrban,
    /// How often statements are issued (text).
    StatementFrequency,
    /// Persons who may use the account.
    AccountUsers,
    /// Whether a loan is in arrears.
    InArrears,
    /// A fact that this engine does not know; a sender's newer name does not break an older page.
    #[serde(other)]
    Other,
}

/// A product or an agreement that the customer has.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Holding {
    /// What sort of product.
    pub kind: HoldingKind,
    /// The bank's name of the product; any name is accepted.
    pub product: String,
    /// When it was opened, granted or issued.
    pub opened_at: Timestamp,
    /// When it ended, if it has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed_at: Option<Timestamp>,
    /// Principal, limit or amount of one order, in whole currency units.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<f64>,
    /// Payment a month, in whole currency units.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub monthly_payment: Option<f64>,
    /// What a standing order pays for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<super::Category>,
    /// How sensitive it is.
    pub class: DataClass,
    /// The system it came from.
    pub source: String,
    /// When it was seen to be true.
    pub observed_at: Timestamp,
    /// Days after `observed_at` for which it holds; for ever when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shelf_life_days: Option<u32>,
}

/// What sort of product a holding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(rkyv::Archive, rkyv::Serialize, rkyv::Portable, rkyv::bytecheck::CheckBytes)]
#[bytecheck(crate = rkyv::bytecheck)]
#[rkyv(as = Self)]
#[serde(rename_all = "kebab-case")]
#[repr(u8)]
pub enum HoldingKind {
    /// A current account.
    Account,
    /// A loan.
    Loan,
    /// A payment card.
    Card,
    /// A standing order.
    StandingOrder,
    /// Savings or a deposit.
    Savings,
    /// An insurance.
    Insurance,
    /// A kind that this engine does not know.
    #[serde(other)]
    Other,
}

impl Fact {
    /// Whether it is known, and still holds, at `at`.
    pub fn holds_at(&self, at: Timestamp) -> bool {
        fresh(self.observed_at, self.shelf_life_days, at)
    }

    /// How sensitive it is. What this engine does not know, it does not look at.
    pub fn class(&self) -> DataClass {
        if self.name == FactName::Other {
            DataClass::Special
        } else {
            self.class
        }
    }

    pub(super) fn problem(&self) -> Option<&'static str> {
        text_problem(&self.source)
            .or_else(|| self.class_problem())
            .or(match &self.value {
                Value::Number(n) if !n.is_finite() => {
                    Some("has a value that is not a finite number")
                }
                Value::Text(text) => text_problem(text),
                _ => None,
            })
    }

    fn class_problem(&self) -> Option<&'static str> {
        if self.name == FactName::Other || self.class == DataClass::Special {
            return None;
        }
        let class = self.name.class();
        (self.class != class).then_some(match class {
            DataClass::Transaction => {
                "has the wrong class: it is `transaction`, or `special` to be left out"
            }
            _ => "has the wrong class: it is `demographic`, or `special` to be left out",
        })
    }
}

impl FactName {
    /// The class that facts of this name belong to, whoever sends them: consent follows the class.
    fn class(self) -> DataClass {
        match self {
            Self::StatementFrequency | Self::AccountUsers | Self::InArrears => {
                DataClass::Transaction
            }
            Self::Other => DataClass::Special,
            _ => DataClass::Demographic,
        }
    }
}

impl Holding {
    /// How sensitive it is. What this engine does not know, it does not look at.
    pub fn class(&self) -> DataClass {
        if self.kind == HoldingKind::Other {
            DataClass::Special
        } else {
            self.class
        }
    }

    /// Whether it is known, open, and still holds, at `at`.
    pub fn holds_at(&self, at: Timestamp) -> bool {
        self.opened_at <= at
            && self.closed_at.is_none_or(|closed| closed > at)
            && fresh(self.observed_at, self.shelf_life_days, at)
    }

    pub(super) fn problem(&self) -> Option<&'static str> {
        let known = [DataClass::Transaction, DataClass::Special].contains(&self.class);
        (!known && self.kind != HoldingKind::Other)
            .then_some(
                "has the wrong class: holdings are `transaction`, or `special` to be left out",
            )
            .or_else(|| text_problem(&self.source))
            .or_else(|| text_problem(&self.product))
            .or_else(|| self.amount.and_then(money_problem))
            .or_else(|| self.monthly_payment.and_then(money_problem))
    }
}

fn fresh(observed_at: Timestamp, shelf_life_days: Option<u32>, at: Timestamp) -> bool {
    observed_at <= at
        && shelf_life_days
            .is_none_or(|days| at.seconds() <= observed_at.seconds() + i64::from(days) * DAY)
}
