//! The hash of a profile as a lens shows it.
//!
//! Everything visible, in canonical order, as length-prefixed fields; nothing else. Two profiles that
//! differ only in what the lens hides have the same hash, so a receipt gives nothing away.

use super::View;
use crate::{
    Context,
    profile::{Event, Fact, Holding, Preference, Value},
};

impl View<'_> {
    /// BLAKE3 over all that is visible.
    pub fn hash(&self) -> [u8; 32] {
        let mut digest = Digest::new(b"nearfield profile v3");
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
        digest.number(
            self.channel
                .map_or(u64::MAX, |channel| u64::from(channel as u8)),
        );
        digest.signed(self.utc_offset_minutes.map_or(i64::MAX, i64::from));
        digest.optional(self.page.as_deref());
        digest.optional(self.locale.as_deref());
        match &self.placeholders {
            None => digest.number(u64::MAX),
            Some(names) => {
                digest.number(names.len() as u64);
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
        self.tag(b'f', fact.name as u8, fact.class as u8);
        match &fact.value {
            Value::Flag(flag) => self.tag(b'b', u8::from(*flag), 0),
            Value::Number(number) => {
                self.tag(b'n', 0, 0);
                self.number(bits(Some(*number)));
            }
            Value::Text(text) => {
                self.tag(b't', 0, 0);
                self.text(text);
            }
        }
        self.text(&fact.source);
        self.signed(fact.observed_at.seconds());
        self.number(fact.shelf_life_days.map_or(u64::MAX, u64::from));
    }

    fn holding(&mut self, holding: &Holding) {
        self.tag(b'h', holding.kind as u8, holding.class as u8);
        self.text(&holding.product);
        self.text(&holding.source);
        self.signed(holding.opened_at.seconds());
        self.signed(holding.closed_at.map_or(i64::MAX, |at| at.seconds()));
        self.number(bits(holding.amount));
        self.number(bits(holding.monthly_payment));
        self.number(
            holding
                .category
                .map_or(u64::MAX, |category| u64::from(category as u8)),
        );
        self.signed(holding.observed_at.seconds());
        self.number(holding.shelf_life_days.map_or(u64::MAX, u64::from));
    }

    fn event(&mut self, event: &Event) {
        let code = |code: Option<u8>| code.unwrap_or(u8::MAX);
        self.bytes(&[
            b'e',
            event.kind as u8,
            code(event.direction.map(|d| d as u8)),
            b'o',
            code(event.operation.map(|o| o as u8)),
            code(event.category.map(|c| c as u8)),
            b'c',
            code(event.channel.map(|c| c as u8)),
            u8::from(event.mcc.is_some()),
        ]);
        if let Some(code) = event.mcc {
            self.number(u64::from(code));
        }
        let numbers = [
            event.at.seconds().cast_unsigned(),
            bits(event.amount),
            bits(event.balance),
        ];
        self.bytes(numbers.map(u64::to_le_bytes).as_flattened());
        for text in [&event.counterparty, &event.action, &event.id] {
            self.optional(text.as_deref());
        }
        if self.block.len() >= BLOCK {
            self.hasher.update(&self.block);
            self.block.clear();
        }
    }

    fn preference(&mut self, wish: &Preference) {
        self.tag(b'w', wish.state as u8, 0);
        self.signed(wish.at.seconds());
        self.text(&wish.about);
        self.signed(wish.until.map_or(i64::MAX, |at| at.seconds()));
    }

    fn tag(&mut self, what: u8, a: u8, b: u8) {
        self.bytes(&[what, a, b]);
    }

    fn number(&mut self, number: u64) {
        self.bytes(&number.to_le_bytes());
    }

    fn signed(&mut self, number: i64) {
        self.number(number.cast_unsigned());
    }

    fn text(&mut self, text: &str) {
        self.number(text.len() as u64);
        self.bytes(text.as_bytes());
    }

    fn optional(&mut self, text: Option<&str>) {
        match text {
            None => self.number(u64::MAX),
            Some(text) => self.text(text),
        }
    }

    /// Out of line: every copy is shipped to the page.
    #[inline(never)]
    fn bytes(&mut self, bytes: &[u8]) {
        self.block.extend_from_slice(bytes);
    }
}

/// Absent is a NaN that no checked profile can hold.
fn bits(amount: Option<f64>) -> u64 {
    amount.map_or(u64::MAX, f64::to_bits)
}
