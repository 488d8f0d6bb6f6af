//! One row's fields, checked and converted.

use engine::{Timestamp, limits};

use super::report::{Bad, Reason};

/// One row, with the fields that the import reads.
pub(super) struct Row<'l> {
    columns: &'static [&'static str],
    fields: Vec<&'l str>,
}

impl<'l> Row<'l> {
    /// A row of these columns.
    pub(super) fn new(columns: &'static [&'static str], fields: Vec<&'l str>) -> Self {
        Self { columns, fields }
    }

    /// A field as text.
    pub(super) fn text(&self, column: &str) -> &str {
        let at = self.columns.iter().position(|name| *name == column);
        at.and_then(|at| self.fields.get(at))
            .map_or("", |field| field.trim())
    }

    /// A name to keep: not empty, and short enough for a profile.
    pub(super) fn name(&self, column: &str) -> Result<String, Bad> {
        let name = self.text(column);
        if name.is_empty() || name.len() > limits::TEXT_BYTES {
            return Err(self.bad(Reason::Limit, column, "is not a name of 1 to 256 bytes"));
        }
        Ok(name.to_owned())
    }

    /// A number of the source, such as `account_id`.
    pub(super) fn id(&self, column: &str) -> Result<u32, Bad> {
        let text = self.text(column);
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let id = digits.then(|| text.parse().ok()).flatten();
        id.ok_or_else(|| {
            self.bad(
                Reason::Number,
                column,
                "is not a whole number below 4294967296",
            )
        })
    }

    /// A decimal number with at most two places, in hundredths. Its size is limited as money is.
    pub(super) fn hundredths(&self, column: &str) -> Result<i64, Bad> {
        let text = self.text(column);
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
        let is_number =
            |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if !is_number(whole) || !is_number(part) || part.len() > 2 {
            return Err(self.bad(Reason::Number, column, "is not a number such as 1234.50"));
        }
        #[expect(
            clippy::cast_possible_truncation,
            reason = "the limit is a whole number far below 2⁶³"
        )]
        let limit = limits::AMOUNT as i64;
        let whole: i64 = whole.parse().unwrap_or(i64::MAX);
        if whole >= limit {
            return Err(self.bad(
                Reason::Limit,
                column,
                "is larger than any amount of money here",
            ));
        }
        let scale = if part.len() == 1 { 10 } else { 1 };
        let hundredths = whole * 100 + part.parse::<i64>().unwrap_or(0) * scale;
        Ok(if negative { -hundredths } else { hundredths })
    }

    /// An amount of money, never negative, in hundredths.
    pub(super) fn amount(&self, column: &str) -> Result<i64, Bad> {
        let amount = self.hundredths(column)?;
        if amount < 0 {
            return Err(self.bad(Reason::Number, column, "is negative: the sign is in `type`"));
        }
        Ok(amount)
    }

    /// A date `YYMMDD` of the 20th century, with or without a time of day.
    pub(super) fn date(&self, column: &str) -> Result<Timestamp, Bad> {
        let text = self.text(column);
        let date = match text.split_once(' ') {
            None => day(text),
            Some((date, time)) => day(date).and_then(|day| {
                let day = day.to_string();
                let day = day.get(..10)?;
                format!("{day}T{time}Z").parse().ok()
            }),
        };
        date.ok_or_else(|| self.bad(Reason::Date, column, "is not a date YYMMDD"))
    }

    /// Year of birth and whether the person is a woman: `YYMMDD`, for women the month plus 50.
    pub(super) fn birth_number(&self, column: &str) -> Result<(u16, bool), Bad> {
        let parts = || {
            let text = self.text(column);
            let month: u32 = text.get(2..4)?.parse().ok()?;
            let (month, female) = if month > 50 {
                (month - 50, true)
            } else {
                (month, false)
            };
            let born = day(&format!("{}{month:02}{}", text.get(..2)?, text.get(4..)?))?;
            Some((u16::try_from(born.year()).ok()?, female))
        };
        parts().ok_or_else(|| self.bad(Reason::Date, column, "is not a birth number YYMMDD"))
    }

    /// What a code stands for.
    pub(super) fn code<T: Copy>(&self, column: &str, codes: &[(&str, T)]) -> Result<T, Bad> {
        let text = self.text(column);
        let known = codes.iter().find(|(code, _)| *code == text);
        known.map(|(_, meaning)| *meaning).ok_or_else(|| {
            let codes: Vec<String> = codes.iter().map(|(code, _)| format!("`{code}`")).collect();
            self.bad(
                Reason::Code,
                column,
                &format!("is none of {}", codes.join(", ")),
            )
        })
    }

    /// Says what is wrong with a field.
    pub(super) fn bad(&self, reason: Reason, column: &str, problem: &str) -> Bad {
        let start: String = self.text(column).chars().take(40).collect();
        Bad {
            reason,
            detail: format!("column `{column}`: `{start}` {problem}"),
        }
    }
}

fn day(text: &str) -> Option<Timestamp> {
    if text.len() != 6 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    format!(
        "19{}-{}-{}",
        text.get(..2)?,
        text.get(2..4)?,
        text.get(4..)?
    )
    .parse()
    .ok()
}
