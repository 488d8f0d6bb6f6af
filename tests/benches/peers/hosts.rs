//! Where the same work runs: natively, in wasmtime, and in V8 beside the peers.

use std::{process::Command, time::Instant};

use measured::Work;
use serde_json::{Value, json};
use tests::{
    measure::{Process, packages},
    project,
};
use wasmtime::{Config, Engine, Instance, Memory, Module, Store, TypedFunc};

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

/// The work in wasmtime, with the settings of the harness.
pub struct Wasmtime {
    store: Store<()>,
    memory: Memory,
    instance: Instance,
    holds: TypedFunc<u32, u32>,
    decide: TypedFunc<(u32, u32), u32>,
}

impl Wasmtime {
    pub fn new(module: &[u8]) -> Self {
        let mut config = Config::new();
        config.epoch_interruption(true).wasm_relaxed_simd(false);
        let engine = Engine::new(&config).unwrap();
        let mut store = Store::new(&engine, ());
        store.set_epoch_deadline(1);
        let module = Module::new(&engine, module).unwrap();
        let instance = Instance::new(&mut store, &module, &[]).unwrap();
        Self {
            memory: instance.get_memory(&mut store, "memory").unwrap(),
            holds: instance.get_typed_func(&mut store, "holds").unwrap(),
            decide: instance.get_typed_func(&mut store, "decide").unwrap(),
            store,
            instance,
        }
    }

    fn give(&mut self, input: &[u8]) {
        let room = self
            .instance
            .get_typed_func::<u32, u32>(&mut self.store, "room");
        let length = u32::try_from(input.len()).unwrap();
        let room = room.unwrap().call(&mut self.store, length).unwrap();
        self.memory
            .write(&mut self.store, room as usize, input)
            .unwrap();
    }

    pub fn take(&mut self, input: &[u8], take: &str) {
        self.give(input);
        let take = self
            .instance
            .get_typed_func::<(), ()>(&mut self.store, take);
        take.unwrap().call(&mut self.store, ()).unwrap();
    }

    pub fn take_customer(&mut self, numbers: &[u8], variables: u32) {
        self.give(numbers);
        let take = self
            .instance
            .get_typed_func::<u32, ()>(&mut self.store, "take_customer");
        take.unwrap().call(&mut self.store, variables).unwrap();
    }

    pub fn take_profile(&mut self, profile: &[u8], at: i64) {
        self.give(profile);
        let take = self
            .instance
            .get_typed_func::<i64, ()>(&mut self.store, "take_profile");
        take.unwrap().call(&mut self.store, at).unwrap();
    }

    pub fn holds(&mut self, customer: usize) -> usize {
        let customer = customer as u32;
        self.holds.call(&mut self.store, customer).unwrap() as usize
    }

    pub fn held(&mut self, customer: usize, count: usize) -> Vec<bool> {
        let at = self.holds(customer);
        let bytes = &self.memory.data(&self.store)[at..at + count];
        bytes.iter().map(|byte| *byte == 1).collect()
    }

    pub fn decide(&mut self, bundle: usize, customer: usize) -> u32 {
        let question = (bundle as u32, customer as u32);
        self.decide.call(&mut self.store, question).unwrap()
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
