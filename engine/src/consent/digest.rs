//! The hash of a profile as a lens shows it.
//!
//! Everything visible, in canonical order, as words and texts of known lengths; nothing else. Two profiles that
//! differ only in what the lens hides have the same hash, so a receipt gives nothing away.

use super::View;
use crate::{
    Context,
    profile::{Event, Fact, Holding, Preference, Value},
};

impl View<'_> {
    /// BLAKE3 over all that is visible.
    pub fn hash(&self) -> [u8; 32] {
        let mut digest = Digest::new(b"nearfield profile v4");
        for fact in self.facts() {
            digest.fact(fact);
        }
        for holding in self.current_holdings() {
            digest.holding(holding);
        }
        for event in self.events() {
            digest.event(event);
        }
        for wish in self.preferences() {
            digest.preference(wish);
        }
        digest.finish()
    }
}

impl Context {
    /// BLAKE3 over its fields.
    pub fn hash(&self) -> [u8; 32] {
        let mut digest = Digest::new(b"nearfield context v2");
        let channel = self.channel;
        let offset = self.utc_offset_minutes.map_or(i64::MAX, i64::from);
        digest.words(&[
            channel.map_or(u64::MAX, |channel| u64::from(channel as u8)),
            offset.cast_unsigned(),
        ]);
        digest.optional(self.page.as_deref());
        digest.optional(self.locale.as_deref());
        match &self.placeholders {
            None => digest.words(&[u64::MAX]),
            Some(names) => {
                digest.words(&[names.len() as u64]);
                names.iter().for_each(|name| digest.text(name));
            }
        }
        digest.finish()
    }
}

/// Bytes gathered into blocks: hashing is fastest in large pieces.
struct Digest {
    hasher: blake3::Hasher,
    block: Vec<u8>,
}

const BLOCK: usize = 4_096;

impl Digest {
    fn new(domain: &[u8]) -> Self {
        let mut block = Vec::with_capacity(BLOCK + 1_024);
        block.extend_from_slice(domain);
        Self {
            hasher: blake3::Hasher::new(),
            block,
        }
    }

    fn finish(mut self) -> [u8; 32] {
        self.hasher.update(&self.block);
        *self.hasher.finalize().as_bytes()
    }

    fn fact(&mut self, fact: &Fact) {
        let (kind, value, text) = match &fact.value {
            Value::Flag(flag) => (b'b', u64::from(*flag), None),
            Value::Number(number) => (b'n', bits(Some(*number)), None),
            Value::Text(text) => (b't', 0, Some(text.as_str())),
        };
        self.words(&[
            codes([b'f', fact.name as u8, fact.class as u8, kind, 0, 0]),
            value,
            fact.observed_at.seconds().cast_unsigned(),
            fact.shelf_life_days.map_or(u64::MAX, u64::from),
        ]);
        self.texts([Some(&fact.source), text, None]);
    }

    fn holding(&mut self, holding: &Holding) {
        let category = code(holding.category.map(|category| category as u8));
        let closed = holding.closed_at.map_or(i64::MAX, |at| at.seconds());
        let class = holding.class as u8;
        self.words(&[
            codes([b'h', holding.kind as u8, class, category, 0, 0]),
            holding.opened_at.seconds().cast_unsigned(),
            closed.cast_unsigned(),
            bits(holding.amount),
            bits(holding.monthly_payment),
            holding.observed_at.seconds().cast_unsigned(),
            holding.shelf_life_days.map_or(u64::MAX, u64::from),
        ]);
        self.texts([Some(&holding.product), Some(&holding.source), None]);
    }

    fn event(&mut self, event: &Event) {
        let codes = codes([
            b'e',
            event.kind as u8,
            code(event.direction.map(|d| d as u8)),
            code(event.operation.map(|o| o as u8)),
            code(event.category.map(|c| c as u8)),
            code(event.channel.map(|c| c as u8)),
        ]);
        // No merchant's code is 0.
        let mcc = u64::from(event.mcc.unwrap_or_default());
        self.words(&[
            codes | mcc << 48,
            event.at.seconds().cast_unsigned(),
            bits(event.amount),
            bits(event.balance),
        ]);
        let texts = [&event.counterparty, &event.action, &event.id];
        self.texts(texts.map(|text| text.as_deref()));
        if self.block.len() >= BLOCK {
            self.hasher.update(&self.block);
            self.block.clear();
        }
    }

    fn preference(&mut self, wish: &Preference) {
        self.words(&[
            codes([b'w', wish.state as u8, 0, 0, 0, 0]),
            wish.at.seconds().cast_unsigned(),
            wish.until
                .map_or(i64::MAX, |at| at.seconds())
                .cast_unsigned(),
        ]);
        self.texts([Some(&wish.about), None, None]);
    }

    /// The lengths of all texts in a word, then the texts. A checked profile has none over 256 bytes.
    fn texts(&mut self, texts: [Option<&str>; 3]) {
        let length = |text: &str| u16::try_from(text.len()).unwrap_or(u16::MAX - 1);
        let [a, b, c] = texts.map(|text| u64::from(text.map_or(u16::MAX, length)));
        self.words(&[a | b << 16 | c << 32]);
        for text in texts.into_iter().flatten() {
            self.block.extend_from_slice(text.as_bytes());
        }
    }

    fn text(&mut self, text: &str) {
        self.words(&[text.len() as u64]);
        self.block.extend_from_slice(text.as_bytes());
    }

    fn optional(&mut self, text: Option<&str>) {
        match text {
            None => self.words(&[u64::MAX]),
            Some(text) => self.text(text),
        }
    }

    /// Out of line: every copy is shipped to the page. Word by word: what copies any number of bytes has to be
    /// called in WebAssembly.
    #[inline(never)]
    fn words(&mut self, words: &[u64]) {
        for word in words {
            self.block.extend_from_slice(&word.to_le_bytes());
        }
    }
}

/// Codes side by side in a word, the first in the lowest bits.
fn codes([a, b, c, d, e, f]: [u8; 6]) -> u64 {
    u64::from_le_bytes([a, b, c, d, e, f, 0, 0])
}

/// A code, or the one that no enumeration has so many members for.
fn code(code: Option<u8>) -> u8 {
    code.unwrap_or(u8::MAX)
}

/// Absent is a NaN that no checked profile can hold.
fn bits(amount: Option<f64>) -> u64 {
    amount.map_or(u64::MAX, f64::to_bits)
}
