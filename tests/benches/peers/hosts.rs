//! Where the same work runs: natively, in wasmtime, and in V8 beside the peers.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    time::Instant,
};

use measured::Work;
use serde_json::{Value, json};
use tests::project;
use wasmtime::{Config, Engine, Instance, Memory, Module, Store, TypedFunc};

use crate::workload::CUSTOMERS;

/// The work as WebAssembly, built as everything that ships is.
pub fn module() -> Vec<u8> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let built = Command::new(cargo)
        .current_dir(project("."))
        .args(["build", "--locked", "--quiet", "--profile", "wasm"])
        .args([
            "--package",
            "measured",
            "--target",
            "wasm32-unknown-unknown",
        ])
        .arg("--target-dir")
        .arg(target())
        .status();
    assert!(built.expect("cargo runs").success(), "see above");
    let path = target().join("wasm32-unknown-unknown/wasm/measured.wasm");
    fs::read(path).expect("cargo built it")
}

fn target() -> PathBuf {
    let own = std::env::current_exe().expect("a bench knows its path");
    let folder = own.ancestors().nth(3);
    folder.expect("it is in target/debug/deps").to_owned()
}

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

/// A process of Node.js that answers line by line.
pub struct Node {
    process: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Node {
    /// Installs the peers below the target folder when they are not there, and starts.
    pub fn start() -> Self {
        let folder = target().join("peers");
        fs::create_dir_all(&folder).unwrap();
        let own = project("tests/benches/peers");
        let is_new = |name: &str| {
            let (from, to) = (own.join(name), folder.join(name));
            let text = fs::read(&from).unwrap();
            let new = fs::read(&to).ok().as_ref() != Some(&text);
            fs::write(to, text).unwrap();
            new
        };
        let package = is_new("package.json") | is_new("package-lock.json");
        is_new("peers.mjs");
        if package || !installed(&folder) {
            let installed = Command::new("npm")
                .args(["install", "--no-save", "--ignore-scripts"])
                .args(["--no-audit", "--no-fund"])
                .current_dir(&folder)
                .stdout(Stdio::null())
                .status();
            assert!(installed.expect("npm runs").success(), "see above");
        }
        let mut process = Command::new("node")
            .arg("peers.mjs")
            .current_dir(&folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("node runs");
        Self {
            questions: process.stdin.take().unwrap(),
            answers: BufReader::new(process.stdout.take().unwrap()),
            process,
        }
    }

    pub fn ask(&mut self, question: &Value) -> Value {
        writeln!(self.questions, "{question}").expect("node is there");
        let mut line = String::new();
        self.answers.read_line(&mut line).unwrap();
        serde_json::from_str(&line).expect("node answers: what it said is above")
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

impl Drop for Node {
    fn drop(&mut self) {
        _ = self.process.kill();
        _ = self.process.wait();
    }
}

/// `npm` writes this file last.
fn installed(folder: &Path) -> bool {
    folder.join("node_modules/.package-lock.json").exists()
}
