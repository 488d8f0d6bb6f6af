//! What the benches `peers`, `r1` and `variables` measure of the engine, for native code, V8 and wasmtime alike.
//!
//! As WebAssembly it is a module without imports: the host asks for [`room`](Work::room), writes there, and
//! says what it wrote. Nothing of it ships.
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a bench fails by panicking"
)]

#[cfg(target_family = "wasm")]
mod exports;
mod plain;
pub mod r1;
pub mod variables;

use engine::{
    Bundle, Context, Engine, Profile, Snapshot, Timestamp,
    policy::{ArchivedConditions, Operands},
    trust::{PublicKey, Verified},
};

/// Conditions, customers and bundles, ready to be asked about.
#[derive(Default)]
pub struct Work {
    input: Vec<u8>,
    conditions: Option<&'static ArchivedConditions>,
    customers: Vec<[Vec<f64>; 2]>,
    row: Vec<f64>,
    holds: Vec<bool>,
    views: Vec<View>,
    context: Context,
}

struct View {
    engine: Engine<'static>,
    snapshots: Vec<Snapshot>,
}

impl Work {
    /// Room for the next thing to be given.
    pub fn room(&mut self, bytes: usize) -> &mut [u8] {
        self.input.clear();
        self.input.resize(bytes, 0);
        &mut self.input
    }

    /// Takes archived conditions in the place of those before. They are never freed.
    pub fn take_conditions(&mut self) {
        let bytes = std::mem::take(&mut self.input).leak();
        let conditions = rkyv::access::<ArchivedConditions, rkyv::rancor::Failure>(bytes);
        self.conditions = Some(conditions.expect("they are conditions"));
        self.customers.clear();
    }

    /// Takes a customer's numbers: little-endian doubles, as many variables as that, then scores.
    pub fn take_customer(&mut self, variables: usize) {
        let numbers = self.input.as_chunks().0.iter().copied();
        let mut numbers: Vec<f64> = numbers.map(f64::from_le_bytes).collect();
        let scores = numbers.split_off(variables);
        self.customers.push([numbers, scores]);
    }

    /// Which conditions hold for the customer in that position.
    pub fn holds(&mut self, customer: usize) -> &[bool] {
        if let Some(conditions) = self.conditions {
            let [variables, scores] = &self.customers[customer];
            let operands = Operands {
                variables,
                scores,
                ..Operands::default()
            };
            conditions.each(operands, &mut self.row, &mut self.holds);
        }
        &self.holds
    }

    /// Takes a bundle: the 32 bytes of the key that signed it, then the file.
    pub fn take_bundle(&mut self) {
        let bytes: &'static [u8] = std::mem::take(&mut self.input).leak();
        let (key, bundle) = bytes.split_first_chunk::<32>().expect("a key comes first");
        let key = PublicKey::from_bytes(key).expect("it is a key");
        let verified = Verified::new(bundle, &[key]).expect("the key signed it");
        let bundle = Bundle::open(verified).expect("it is a bundle");
        self.views.push(View {
            engine: Engine::new(bundle),
            snapshots: Vec::new(),
        });
    }

    /// Takes a customer's profile (JSON), for all bundles, at a time in seconds since 1970.
    pub fn take_profile(&mut self, at: i64) {
        let profile = Profile::from_json(&self.input).expect("it is a profile");
        for view in &mut self.views {
            let at = Timestamp::from_seconds(at);
            view.snapshots.push(view.engine.snapshot(&profile, at));
        }
    }

    /// Decides for the customer in that position by the bundle in that position, in numbers; gives a
    /// number that another decision would hardly give.
    pub fn decide(&mut self, bundle: usize, customer: usize) -> u32 {
        let view = &mut self.views[bundle];
        let tally = view
            .engine
            .tally(&view.snapshots[customer], &self.context, 0)
            .expect("the snapshot is of this bundle");
        tally.places.iter().fold(0, |sum, place| {
            let score = place.score.to_bits();
            [
                u32::from(place.placeholder),
                u32::from(place.action),
                (score >> 32) as u32,
                (score & 0xFFFF_FFFF) as u32,
            ]
            .iter()
            .fold(sum, |sum: u32, word| (sum ^ word).wrapping_mul(0x0100_0193))
        })
    }
}
