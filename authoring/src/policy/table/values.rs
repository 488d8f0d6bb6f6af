//! Reading single values of a table: texts, numbers, flags, and lists of texts.

use std::sync::Arc;

use toml::de::DeValue;

use super::{Noted, Table};
use crate::{limits, place::Spot, policy::small};

impl<'f> Table<'f, '_> {
    /// A text that must be there, not empty.
    pub(crate) fn text(&mut self, key: &str, remedy: &str) -> Spot<String> {
        self.note(key, || "text, must".to_owned());
        match self.read_text(key) {
            Ok(Some(text)) => text,
            Ok(None) => {
                self.missing(key, remedy);
                self.nowhere()
            }
            Err(Noted) => self.nowhere(),
        }
    }

    /// A text that may be there.
    pub(crate) fn optional_text(&mut self, key: &str) -> Option<Spot<String>> {
        self.note(key, || "text".to_owned());
        self.read_text(key).ok().flatten()
    }

    /// A list of texts that must be there, not empty.
    pub(crate) fn texts(&mut self, key: &str, remedy: &str) -> Vec<Spot<String>> {
        self.note(key, || "texts, must".to_owned());
        self.read_texts(key).unwrap_or_else(|| {
            self.missing(key, remedy);
            Vec::new()
        })
    }

    /// A list of texts that may be there, not empty; one text stands for a list of one.
    pub(crate) fn optional_texts(&mut self, key: &str) -> Option<Vec<Spot<String>>> {
        self.note(key, || "texts".to_owned());
        self.read_texts(key)
    }

    fn read_texts(&mut self, key: &str) -> Option<Vec<Spot<String>>> {
        let (spot, value) = self.take(key)?;
        let DeValue::Array(array) = value else {
            return Some(self.as_text(spot, value).into_iter().collect());
        };
        if array.is_empty() {
            self.reading.invalid(
                &spot,
                "an empty list",
                "name at least one, or leave the key out",
            );
        }
        let reading = &self.reading;
        if reading.is_too_much("entries of a list", spot.place(), array.len()) {
            return Some(Vec::new());
        }
        let mut texts = Vec::new();
        for element in array {
            if self.reading.log.is_full() {
                break;
            }
            let span = element.span();
            let at = Spot {
                start: span.start,
                end: span.end,
                ..spot.clone()
            };
            texts.extend(self.as_text(at, element.into_inner()));
        }
        Some(texts)
    }

    /// A number within bounds that must be there.
    pub(crate) fn number(&mut self, key: &str, min: f64, max: f64, remedy: &str) -> Spot<f64> {
        self.note(key, || {
            format!("number {} {}, must", small(min), small(max))
        });
        match self.read_number(key, min, max) {
            Ok(Some(number)) => number,
            Ok(None) => {
                self.missing(key, remedy);
                self.nowhere()
            }
            Err(Noted) => self.nowhere(),
        }
    }

    /// A number within bounds that may be there.
    pub(crate) fn optional_number(&mut self, key: &str, min: f64, max: f64) -> Option<Spot<f64>> {
        self.note(key, || format!("number {} {}", small(min), small(max)));
        self.read_number(key, min, max).ok().flatten()
    }

    /// A whole number within bounds that may be there.
    pub(crate) fn optional_whole(&mut self, key: &str, min: u32, max: u32) -> Option<Spot<u32>> {
        self.note(key, || format!("number {min} {max}"));
        self.read_whole(key, min, max)
    }

    fn read_whole(&mut self, key: &str, min: u32, max: u32) -> Option<Spot<u32>> {
        let number = self.read_number(key, f64::from(min), f64::from(max));
        let number = number.ok().flatten()?;
        if number.value.fract() != 0.0 {
            self.reading.invalid(
                &number.with(key.to_owned()),
                &number.value.to_string(),
                "write a whole number",
            );
            return None;
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "bounded above"
        )]
        let whole = number.value as u32;
        Some(number.with(whole))
    }

    /// A whole number within bounds that must be there.
    pub(crate) fn whole(&mut self, key: &str, min: u32, max: u32, remedy: &str) -> u32 {
        self.note(key, || format!("number {min} {max}, must"));
        let there = self.has(key);
        let number = self.read_whole(key, min, max);
        if !there {
            self.missing(key, remedy);
        }
        number.map_or(min, |number| number.value)
    }

    /// Yes or no, when it is there.
    pub(crate) fn optional_flag(&mut self, key: &str) -> Option<Spot<bool>> {
        self.note(key, || "flag".to_owned());
        let (spot, value) = self.take(key)?;
        match value {
            DeValue::Boolean(flag) => Some(spot.with(flag)),
            other => {
                self.wrong_type(&spot, &other, "`true` or `false`");
                None
            }
        }
    }

    fn read_text(&mut self, key: &str) -> Result<Option<Spot<String>>, Noted> {
        let Some((spot, value)) = self.take(key) else {
            return Ok(None);
        };
        self.as_text(spot, value).map(Some).ok_or(Noted)
    }

    fn read_number(&mut self, key: &str, min: f64, max: f64) -> Result<Option<Spot<f64>>, Noted> {
        let Some((spot, value)) = self.take(key) else {
            return Ok(None);
        };
        let number = match &value {
            DeValue::Integer(integer) if integer.radix() == 10 => integer.as_str().parse().ok(),
            DeValue::Float(float) => float.as_str().parse::<f64>().ok(),
            _ => None,
        };
        let Some(number) = number else {
            self.wrong_type(&spot, &value, "a number, e.g. `0.5`");
            return Err(Noted);
        };
        if !number.is_finite() || number < min || number > max {
            self.reading.invalid(
                &spot,
                &number.to_string(),
                &format!("write a number from {min} to {max}"),
            );
            return Err(Noted);
        }
        Ok(Some(spot.with(number)))
    }

    fn as_text(&self, spot: Spot<String>, value: DeValue<'f>) -> Option<Spot<String>> {
        match value {
            DeValue::String(text) if text.trim().is_empty() => {
                self.reading.invalid(&spot, "empty", "write a text");
                None
            }
            DeValue::String(text)
                if text.len() > limits::TEXT_BYTES.max(limits::CONDITION_BYTES) =>
            {
                self.reading.invalid(&spot, "too long", "shorten it");
                None
            }
            DeValue::String(text)
                if text.contains(|letter: char| {
                    letter.is_control() && !matches!(letter, '\n' | '\r' | '\t')
                }) =>
            {
                let remedy = "leave them out: texts hold letters, line breaks and tabs";
                self.reading
                    .invalid(&spot, "a text with control characters", remedy);
                None
            }
            DeValue::String(text) => Some(spot.with(text.into_owned())),
            other => {
                self.wrong_type(&spot, &other, "a text in quotes, e.g. `\"saver\"`");
                None
            }
        }
    }

    /// A value for what could not be read; the log keeps it from being used.
    fn nowhere<T: Default>(&self) -> Spot<T> {
        Spot {
            value: T::default(),
            file: Arc::clone(&self.reading.file),
            start: self.reading.start,
            end: self.reading.start,
        }
    }
}
