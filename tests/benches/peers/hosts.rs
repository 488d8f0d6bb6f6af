//! Where the same work runs: natively, in wasmtime, and in V8 beside the peers.

use std::{process::Command, time::Instant};

use measured::Work;
use serde_json::{Value, json};
use tests::{
    instance::Instance,
    measure::{Process, packages},
    project,
};
use wasmtime::TypedFunc;

use crate::workload::CUSTOMERS;

/// Microseconds for one customer: for each pass over all, for each group of so many.
pub fn time(passes: usize, group: usize, mut run: impl FnMut(usize)) -> Vec<f64> {
    let firsts = (0..passes).flat_map(|_| (0..CUSTOMERS).step_by(group));
    let times = firsts.map(|first| {
        let start = Instant::now();
        (first..first + group).for_each(&mut run);
        start.elapsed().as_secs_f64() * 1e6 / group as f64
    });
    times.collect()
}

/// The work in wasmtime.
pub struct Wasmtime {
    instance: Instance,
    holds: TypedFunc<u32, u32>,
    decide: TypedFunc<(u32, u32), u32>,
}

impl Wasmtime {
    pub fn new(module: &[u8]) -> Self {
        let mut instance = Instance::new(module);
        Self {
            holds: instance.function("holds"),
            decide: instance.function("decide"),
            instance,
        }
    }

    pub fn take(&mut self, input: &[u8], take: &str) {
        self.instance.give("room", input);
        self.instance.call::<_, ()>(take, ());
    }

    pub fn take_customer(&mut self, numbers: &[u8], variables: u32) {
        self.instance.give("room", numbers);
        self.instance.call::<_, ()>("take_customer", variables);
    }

    pub fn take_profile(&mut self, profile: &[u8], at: i64) {
        self.instance.give("room", profile);
        self.instance.call::<_, ()>("take_profile", at);
    }

    pub fn holds(&mut self, customer: usize) -> u32 {
        self.instance.run(&self.holds, customer as u32)
    }

    pub fn held(&mut self, customer: usize, count: usize) -> Vec<bool> {
        let at = self.holds(customer);
        let bytes = &self.instance.bytes(at)[..count];
        bytes.iter().map(|byte| *byte == 1).collect()
    }

    pub fn decide(&mut self, bundle: usize, customer: usize) -> u32 {
        let question = (bundle as u32, customer as u32);
        self.instance.run(&self.decide, question)
    }
}

/// Gives a native [`Work`] what it takes.
pub fn give<T>(work: &mut Work, input: &[u8], take: impl FnOnce(&mut Work) -> T) -> T {
    work.room(input.len()).copy_from_slice(input);
    take(work)
}

/// The peers in Node.js.
pub struct Node(Process);

impl Node {
    /// Installs the peers below the target folder when they are not there, and starts.
    pub fn start() -> Self {
        let folder = packages(&project("tests/benches/peers"), "peers");
        let mut command = Command::new("node");
        Self(Process::start(command.arg("peers.mjs").current_dir(folder)))
    }

    pub fn ask(&mut self, question: &Value) -> Value {
        self.0.ask(question)
    }

    pub fn answers(&mut self, peer: &str) -> Vec<String> {
        let answers = self.ask(&json!({ "what": "answers", "peer": peer }));
        serde_json::from_value(answers).unwrap()
    }

    pub fn times(&mut self, peer: &str, passes: usize, group: usize) -> Vec<f64> {
        let question = json!({ "what": "times", "peer": peer, "passes": passes, "group": group });
        serde_json::from_value(self.ask(&question)).unwrap()
    }
}
