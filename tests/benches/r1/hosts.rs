//! Where R1 runs: natively, in wasmtime, in Node.js, in a page in Chromium, and in tract's process.

use std::{hint::black_box, path::Path, process::Command, time::Instant};

use measured::r1::{Task, Work};
use serde_json::{Value, json};
use tests::{
    instance::Instance,
    measure::{Process, cargo, packages, target},
    project,
};
use wasmtime::TypedFunc;

use crate::{inputs::Inputs, page::Page};

/// A place where something runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Host {
    Native,
    Wasmtime,
    /// Wasmtime, looking at the clock.
    Deadlines,
    Node,
    Page,
    Tract,
}

/// Who does a task where.
#[derive(Clone, Debug)]
pub struct Runner {
    pub host: Host,
    /// Which of the page's or Node's engines: `engine` or a runtime.
    pub of: &'static str,
    /// What it is called there.
    pub peer: String,
}

impl Runner {
    pub fn engine(host: Host) -> Self {
        Self::new(host, "engine", "engine")
    }

    pub fn new(host: Host, of: &'static str, peer: &str) -> Self {
        Self {
            host,
            of,
            peer: peer.to_owned(),
        }
    }
}

/// All of them, with what they were given.
pub struct Hosts {
    native: Work,
    wasmtime: Wasmtime,
    deadlines: Wasmtime,
    pub node: Process,
    page: Page,
    tract: Process,
}

impl Hosts {
    pub fn start(inputs: &Inputs) -> Self {
        let mut native = Work::default();
        inputs.give(&mut |input, take| {
            native.room(input.len()).copy_from_slice(input);
            take.native(&mut native);
        });
        let [wasmtime, deadlines] = [Instance::new, Instance::with_deadlines].map(|compile| {
            let mut wasmtime = Wasmtime::new(compile(&inputs.module));
            inputs.give(&mut |input, take| wasmtime.take(input, take));
            wasmtime
        });
        let packages = packages(&project("tests/benches/r1"), "r1");
        let mut command = Command::new("node");
        let mut node = Process::start(command.arg("node.mjs").current_dir(&packages));
        for runtime in [None, Some("native"), Some("web")] {
            node.ask(&json!({ "what": "open", "folder": inputs.folder, "runtime": runtime }));
        }
        Self {
            native,
            wasmtime,
            deadlines,
            node,
            page: Page::open(&packages, &inputs.folder),
            tract: tract(&inputs.folder),
        }
    }

    /// The numbers that somebody comes to.
    pub fn answer(&mut self, runner: &Runner, task: Task, customer: usize) -> Vec<f64> {
        match runner.host {
            Host::Native => self.native.answer(task, customer).to_vec(),
            Host::Wasmtime => self.wasmtime.answer(task, customer),
            Host::Deadlines => self.deadlines.answer(task, customer),
            _ => {
                let question = json!({
                    "what": "answer", "of": runner.of, "peer": runner.peer,
                    "task": task as u32, "customer": customer,
                });
                numbers(self.ask(runner.host, &question))
            }
        }
    }

    /// Microseconds for one customer, for each of some samples of so many customers in turn.
    pub fn times(
        &mut self,
        runner: &Runner,
        task: Task,
        first: usize,
        rounds: usize,
        samples: usize,
    ) -> Vec<f64> {
        let firsts = (0..samples).map(|sample| first + sample * rounds);
        match runner.host {
            Host::Native => firsts
                .map(|first| {
                    self.native.prepare();
                    timed(rounds, || self.native.run(black_box(task), first, rounds))
                })
                .collect(),
            Host::Wasmtime => self.wasmtime.times(task, firsts, rounds),
            Host::Deadlines => self.deadlines.times(task, firsts, rounds),
            _ => {
                let question = json!({
                    "what": "times", "of": runner.of, "peer": runner.peer, "task": task as u32,
                    "first": first, "rounds": rounds, "samples": samples,
                });
                numbers(self.ask(runner.host, &question))
            }
        }
    }

    /// Name and version of the browser.
    pub fn browser(&self) -> String {
        self.page.version.clone()
    }

    pub fn close(self) {
        self.page.close();
    }

    fn ask(&mut self, host: Host, question: &Value) -> Value {
        match host {
            Host::Page => self.page.ask(question),
            Host::Tract => self.tract.ask(question),
            _ => self.node.ask(question),
        }
    }
}

fn timed(rounds: usize, run: impl FnOnce()) -> f64 {
    let start = Instant::now();
    run();
    start.elapsed().as_secs_f64() * 1e6 / rounds as f64
}

/// JSON has no NaN: it is `null`.
fn numbers(answer: Value) -> Vec<f64> {
    let list = answer
        .as_array()
        .unwrap_or_else(|| panic!("not a list: {answer}"));
    list.iter()
        .map(|number| number.as_f64().unwrap_or(f64::NAN))
        .collect()
}

/// Builds tract, which is a workspace of its own, and has it read the models.
fn tract(folder: &Path) -> Process {
    let target = target().join("tract");
    let built = cargo()
        .args(["build", "--locked", "--quiet", "--release"])
        .args(["--manifest-path", "tests/benches/tract/Cargo.toml"])
        .arg("--target-dir")
        .arg(&target)
        .status();
    assert!(built.expect("cargo runs").success(), "see above");
    Process::start(Command::new(target.join("release/bench-tract")).arg(folder))
}

/// What is taken, and with which numbers.
#[derive(Clone, Copy)]
pub enum Take {
    Bundle,
    Megabyte,
    Profile(i64),
    Coming,
    Forest,
    Network(usize, usize),
    Events(usize),
}

impl Take {
    fn native(self, work: &mut Work) {
        match self {
            Self::Bundle => work.take_bundle(),
            Self::Megabyte => work.take_megabyte(),
            Self::Profile(at) => work.take_profile(at),
            Self::Coming => work.take_coming(),
            Self::Forest => work.take_forest(),
            Self::Network(inputs, hidden) => work.take_network(inputs, hidden),
            Self::Events(inputs) => work.take_events(inputs),
        }
    }
}

/// The work in wasmtime.
struct Wasmtime {
    instance: Instance,
    prepare: TypedFunc<(), ()>,
    run: TypedFunc<(u32, u32, u32), ()>,
}

impl Wasmtime {
    fn new(mut instance: Instance) -> Self {
        Self {
            prepare: instance.function("r1_prepare"),
            run: instance.function("r1_run"),
            instance,
        }
    }

    fn take(&mut self, input: &[u8], take: Take) {
        let work = &mut self.instance;
        work.give("r1_room", input);
        match take {
            Take::Bundle => work.call("r1_take_bundle", ()),
            Take::Megabyte => work.call("r1_take_megabyte", ()),
            Take::Profile(at) => work.call("r1_take_profile", at as f64),
            Take::Coming => work.call("r1_take_coming", ()),
            Take::Forest => work.call("r1_take_forest", ()),
            Take::Network(inputs, hidden) => {
                work.call("r1_take_network", (inputs as u32, hidden as u32))
            }
            Take::Events(inputs) => work.call("r1_take_events", inputs as u32),
        }
    }

    fn times(
        &mut self,
        task: Task,
        firsts: impl Iterator<Item = usize>,
        rounds: usize,
    ) -> Vec<f64> {
        let time = |first| {
            self.instance.run(&self.prepare, ());
            let question = (task as u32, first as u32, rounds as u32);
            timed(rounds, || self.instance.run(&self.run, question))
        };
        firsts.map(time).collect()
    }

    fn answer(&mut self, task: Task, customer: usize) -> Vec<f64> {
        let question = (task as u32, customer as u32);
        let at = self.instance.call("r1_answer", question);
        let numbers = self.instance.bytes(at).as_chunks().0.iter();
        let mut numbers = numbers.copied().map(f64::from_le_bytes);
        let count = numbers.next().unwrap() as usize;
        numbers.take(count).collect()
    }
}
