//! How long does everything take on the reference workload R1, natively, in wasmtime, in Node.js and in a page in
//! Chromium, and how long do other runtimes take for the same models? `cargo xtask bench` runs it and puts its
//! table into `docs/benchmarks.md`; `cargo bench --locked --profile dev --bench r1 -- [--quick]` prints it.
//!
//! R1 is made up from a fixed seed (`tests::r1`). Models go to the other runtimes as ONNX, with the same numbers.
//! All hosts must come to the same bits, and all runtimes to the same scores within [`NEAR`], before anything is
//! timed. They take turns in blocks of about 10 ms, so that a busy moment of the machine hits all of them; the
//! clock is read about each millisecond; 64 customers are asked about in turn. One thread each.
//!
//! Then the edge: the worker and two small components of the benches, in the harness's host, over HTTP.
//!
//! Needs Node.js, npm, Chromium with ChromeDriver, and the package registries once.
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a bench fails by panicking; its numbers are small"
)]

mod agree;
mod edge;
mod hosts;
mod inputs;
mod others;
mod page;
mod report;
mod sizes;

use std::io::{IsTerminal, Write, stderr};

use hosts::{Host, Hosts, Runner};
use inputs::Inputs;
use measured::r1::Task;
use others::Other;
use tests::r1::CUSTOMERS;

/// Turns that everybody has, after those that warm up; and with `--quick`.
const TURNS: usize = 48;
const WARM_UP: usize = 16;
const QUICK: usize = 6;
/// Microseconds of a turn, about.
const TURN: f64 = 10_000.0;
/// Of how many turns those have one who take longer for one customer.
const SLOW: usize = 8;
/// Microseconds between two looks at the clock, about.
const LOOK: f64 = 1_000.0;
/// How many customers are decided for between two looks, at most: as many as there are transactions to come.
const ROUNDS: f64 = 400.0;
/// How far scores may be from the engine's.
const NEAR: f64 = 1e-6;

/// Where the engine runs.
const HOSTS: [Host; 5] = [
    Host::Native,
    Host::Wasmtime,
    Host::Deadlines,
    Host::Node,
    Host::Page,
];

fn main() {
    let quick = std::env::args().any(|arg| arg == "--quick");
    say("make R1, and build the module");
    let inputs = Inputs::new();
    say("start everybody");
    let mut hosts = Hosts::start(&inputs);
    say("compare what everybody comes to");
    agree::check(&mut hosts, &inputs.bank);
    say("measure sizes");
    let sizes = sizes::measure(&mut hosts.node, &inputs, quick);
    let (warm_up, turns) = if quick {
        (QUICK, QUICK)
    } else {
        (WARM_UP, TURNS)
    };
    let mut all = Vec::new();
    for task in report::TASKS {
        say(&format!("time {task:?}"));
        let mut runs = everybody(task);
        compare(&mut hosts, &mut runs, warm_up, turns);
        all.extend(runs);
    }
    say("time the edge");
    let asked = edge::measure(&inputs, warm_up, turns);
    say("");
    let conditions = report::conditions(&mut hosts, quick);
    report::print(&all, &asked, &sizes, &conditions);
    hosts.close();
}

/// Everybody who does a task.
fn everybody(row: Task) -> Vec<Run> {
    let ours = HOSTS.map(|host| Run::new(row, Runner::engine(host), row, None));
    let others = others::others(row).iter();
    let others = others.map(|other| Run::new(row, other.runner(), other.task(row), Some(other)));
    ours.into_iter().chain(others).collect()
}

/// Somebody at a task, and the times they took.
pub struct Run {
    /// The task that the table is about.
    pub row: Task,
    /// Who.
    pub runner: Runner,
    /// None: the engine.
    pub other: Option<&'static Other>,
    /// What the runner is asked for.
    task: Task,
    rounds: usize,
    samples: usize,
    /// Microseconds for one customer, about.
    mean: f64,
    times: Vec<f64>,
}

impl Run {
    fn new(row: Task, runner: Runner, task: Task, other: Option<&'static Other>) -> Self {
        Self {
            row,
            runner,
            other,
            task,
            rounds: 1,
            samples: 1,
            mean: 0.0,
            times: Vec::new(),
        }
    }

    fn settle(&mut self, times: &[f64]) {
        let mean = times.iter().sum::<f64>() / times.len() as f64;
        self.mean = mean;
        self.rounds = (LOOK / mean).clamp(1.0, ROUNDS) as usize;
        self.samples = (TURN / mean / self.rounds as f64).clamp(1.0, ROUNDS) as usize;
    }

    /// Microseconds that so many percent of the samples did not exceed.
    pub fn at(&self, percent: usize) -> f64 {
        self.times[(self.times.len() - 1) * percent / 100]
    }
}

/// Lets them take turns, and sorts their times.
fn compare(hosts: &mut Hosts, runs: &mut [Run], warm_up: usize, turns: usize) {
    for turn in 0..warm_up + turns {
        for run in &mut *runs {
            if run.mean > TURN && !turn.is_multiple_of(SLOW) {
                continue;
            }
            let first = turn * 7 % CUSTOMERS;
            let times = hosts.times(&run.runner, run.task, first, run.rounds, run.samples);
            if turn < warm_up {
                run.settle(&times);
            } else {
                run.times.extend(times);
            }
        }
    }
    for run in runs {
        run.times.sort_unstable_by(f64::total_cmp);
    }
}

/// Names what is under way.
fn say(what: &str) {
    let mut out = stderr().lock();
    let _said = if out.is_terminal() {
        write!(out, "\r\x1b[2K{what}")
    } else if what.is_empty() {
        Ok(())
    } else {
        writeln!(out, "{what}")
    };
    let _flushed = out.flush();
}
