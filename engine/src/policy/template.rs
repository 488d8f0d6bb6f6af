//! Texts with the customer's values in them.
//!
//! `authoring` parses `"{salary_mean_90d|money} a month"` into parts; here they are only joined. How a
//! number is written follows the locale: `1,234.5` in English, `1 234,5` (with no-break spaces) in Czech
//! and in every other language of the ISO 31-0 way.

use rkyv::{Archive, Portable, Serialize, bytecheck::CheckBytes};

/// A text in one language, in parts.
#[derive(Archive, Serialize, Clone, Debug, Default, PartialEq)]
pub struct Template {
    /// The parts, in reading order.
    pub parts: Vec<Part>,
}

/// A part of a text.
#[derive(Archive, Serialize, Clone, Debug, PartialEq)]
pub enum Part {
    /// Words.
    Literal(String),
    /// A variable's value.
    Value {
        /// Position of the variable.
        variable: u16,
        /// How it is written.
        format: Format,
    },
}

/// How a number is written.
#[derive(Archive, Serialize, Portable, CheckBytes, Clone, Copy, Debug, Default, PartialEq, Eq)]
#[bytecheck(crate = rkyv::bytecheck)]
#[rkyv(as = Self)]
#[repr(u8)]
pub enum Format {
    /// A whole number.
    #[default]
    Count,
    /// A whole amount with the currency's code.
    Money,
    /// A part of one as a whole percentage.
    Percent,
    /// A number with one decimal.
    Decimal,
}

/// How one locale writes numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Numbers<'a> {
    group: char,
    point: char,
    percent: &'a str,
    currency: &'a str,
}

impl<'a> Numbers<'a> {
    /// For a BCP 47 locale and an ISO 4217 currency.
    pub fn new(locale: &str, currency: &'a str) -> Self {
        if locale == "en" || locale.starts_with("en-") {
            Self {
                group: ',',
                point: '.',
                percent: "%",
                currency,
            }
        } else {
            Self {
                group: '\u{a0}',
                point: ',',
                percent: "\u{a0}%",
                currency,
            }
        }
    }

    /// Appends `value` to `out`, rounded to the nearest, halves to even. What is missing or too large to count
    /// (10¹⁸ and more) is written as a dash.
    pub fn write(&self, out: &mut String, value: f64, format: Format) {
        let scale = match format {
            Format::Count | Format::Money => 1.0,
            Format::Percent => 100.0,
            Format::Decimal => 10.0,
        };
        let size = (value.abs() * scale).round_ties_even();
        // So that NaN is a dash too.
        let counts = size < 1e18;
        if !counts {
            out.push('–');
            return;
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "whole, from zero to 10¹⁸"
        )]
        let size = size as u64;
        if value < 0.0 && size > 0 {
            out.push('−');
        }
        match format {
            Format::Decimal => {
                self.whole(out, size / 10);
                out.push(self.point);
                digit(out, size);
            }
            Format::Count | Format::Money | Format::Percent => self.whole(out, size),
        }
        match format {
            Format::Money => {
                out.push('\u{a0}');
                out.push_str(self.currency);
            }
            Format::Percent => out.push_str(self.percent),
            Format::Count | Format::Decimal => {}
        }
    }

    /// Digits in groups of three.
    fn whole(&self, out: &mut String, number: u64) {
        if number >= 1_000 {
            self.whole(out, number / 1_000);
            out.push(self.group);
        }
        for unit in [100, 10, 1] {
            if number >= unit || unit == 1 {
                digit(out, number / unit);
            }
        }
    }
}

/// The last digit of a number.
fn digit(out: &mut String, number: u64) {
    let digit = u32::try_from(number % 10).ok();
    out.extend(digit.and_then(|digit| char::from_digit(digit, 10)));
}

impl ArchivedTemplate {
    /// The text with `variables` filled in, or nothing when one of them is missing.
    pub fn render(&self, variables: &[f64], numbers: Numbers<'_>) -> Option<String> {
        let mut out = String::new();
        for part in self.parts.iter() {
            match part {
                ArchivedPart::Literal(text) => out.push_str(text),
                ArchivedPart::Value { variable, format } => {
                    let value = *variables.get(usize::from(variable.to_native()))?;
                    if value.is_nan() {
                        return None;
                    }
                    numbers.write(&mut out, value, *format);
                }
            }
        }
        Some(out)
    }

    /// Positions of the variables whose values it shows.
    pub fn variables(&self) -> impl Iterator<Item = u16> + '_ {
        self.parts.iter().filter_map(|part| match part {
            ArchivedPart::Value { variable, .. } => Some(variable.to_native()),
            ArchivedPart::Literal(_) => None,
        })
    }
}
