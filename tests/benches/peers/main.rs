//! How long do the retail triggers take, beside other engines asked the same, and how long does it take to
//! weigh 200 actions and place them? `cargo bench --profile dev --bench peers`.
//!
//! All answer for the same 64 customers in turn, and all must say the same before anything is timed. They
//! take turns in short blocks, so that a busy moment of the machine hits all of them. The clock is read after
//! each group of customers, of 64 for the quick and one by one for the slow, so that a time is about 0.2 ms
//! for each and nobody is interrupted more often than another; percentiles are those of each group, over all
//! turns, and then the mean of the groups. Needs Node.js, npm, and the npm registry once.
//!
//! Each peer is asked in the fastest of its documented ways: json-logic-engine compiled, with all rules as
//! one list, and interpreted, rule by rule; ZEN's native addon with a precompiled graph, as one list of
//! expressions and as one decision table. They read objects with a property for each number that some
//! condition reads, made beforehand. The engine reads its own variables, which are in its memory already
//! when it decides. The floor is JavaScript as one would write it by hand, over an array of numbers.
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a bench fails by panicking; its numbers are small"
)]

mod hosts;
mod translation;
mod workload;

use std::hint::black_box;

use hosts::{Node, Wasmtime, give, time};
use measured::Work;
use serde_json::{Map, Value, json};
use tests::r1;
use workload::{CUSTOMERS, Customer, Question};

/// Turns that everybody has, after those that warm up.
const TURNS: usize = 100;
const WARM_UP: usize = 20;
/// Microseconds of a turn, about; at least one pass.
const TURN: f64 = 10_000.0;
/// Microseconds between two looks at the clock, at most; at least one customer.
const LOOK: f64 = 250.0;

fn main() {
    let module = tests::measure::module();
    let customers = workload::customers();
    let compiled = workload::retail();
    let mut hosts = Hosts {
        native: Work::default(),
        wasmtime: Wasmtime::new(&module),
        node: Node::start(),
    };
    let versions = hosts.node.ask(&json!({ "what": "versions" }));
    let versions: Vec<String> = serde_json::from_value(versions).unwrap();
    println!("{}", versions.join(", "));
    let open_to_all = r1::open_to_all();
    let mut nowhere = r1::open_to_all();
    nowhere.placeholders.clear();
    let bundles = [&open_to_all, &nowhere, &compiled.body];
    let signed = bundles.map(r1::signed);
    hosts.open(&module, &signed, &customers);

    for filled in [false, true] {
        let question = Question::new(&compiled, &customers, filled);
        hosts.give(&question);
        let holding = hosts.agree_on_conditions(&question);
        let what = if filled {
            "no number missing (0 in its place): peers need not ask for presence".to_owned()
        } else {
            format!("{:.0} % of the numbers missing", 100.0 * question.missing)
        };
        println!(
            "\n{} triggers ({} that a peer has no words for left out), {:.0} % hold; {CUSTOMERS} customers, {what}",
            question.sources.len(),
            question.skipped,
            100.0 * holding
        );
        let mut runs = vec![
            Run::new("Nearfield, native", Who::Native, Task::Conditions),
            Run::new("Nearfield, wasmtime", Who::Wasmtime, Task::Conditions),
            Run::new(
                "Nearfield, V8",
                Who::Node("engine".into()),
                Task::Conditions,
            ),
        ];
        runs.extend(
            PEERS.map(|(label, peer)| Run::new(label, Who::Node(peer.into()), Task::Conditions)),
        );
        hosts.compare(&mut runs);
        report(&runs);
    }

    hosts.agree_on_decisions(bundles.len());
    let weighed = [
        "all actions contend: weigh and place",
        "all actions contend: weigh alone",
        "the retail policies as they are: everything after the look at the profile",
    ];
    for (bundle, (what, body)) in weighed.into_iter().zip(bundles).enumerate() {
        println!(
            "\n{} triggers, {} actions, {} placeholders; {what}",
            body.triggers.len(),
            body.actions.len(),
            body.placeholders.len()
        );
        let node = Who::Node(format!("decide {bundle}"));
        let mut runs = [
            Run::new("Nearfield, native", Who::Native, Task::Decide(bundle)),
            Run::new("Nearfield, wasmtime", Who::Wasmtime, Task::Decide(bundle)),
            Run::new("Nearfield, V8", node, Task::Decide(bundle)),
        ];
        hosts.compare(&mut runs);
        report(&runs);
    }
}

/// Everybody else, by what the script calls them.
const PEERS: [(&str, &str); 5] = [
    ("JavaScript by hand, V8", "script"),
    ("json-logic-engine, compiled", "logic compiled"),
    ("json-logic-engine, interpreted", "logic interpreted"),
    ("GoRules ZEN, list of expressions", "zen list"),
    ("GoRules ZEN, decision table", "zen table"),
];

/// Somebody at a task, and the times they took.
struct Run {
    label: &'static str,
    who: Who,
    task: Task,
    passes: usize,
    /// How many customers are timed together.
    group: usize,
    /// Of each group.
    times: Vec<Vec<f64>>,
}

enum Who {
    Native,
    Wasmtime,
    Node(String),
}

#[derive(Clone, Copy)]
enum Task {
    Conditions,
    Decide(usize),
}

impl Run {
    fn new(label: &'static str, who: Who, task: Task) -> Self {
        Self {
            label,
            who,
            task,
            passes: 1,
            group: CUSTOMERS,
            times: Vec::new(),
        }
    }

    fn settle(&mut self, times: &[f64]) {
        let mean = times.iter().sum::<f64>() / times.len() as f64;
        self.passes = (TURN / mean / CUSTOMERS as f64).ceil() as usize;
        self.group = CUSTOMERS;
        while self.group > 1 && self.group as f64 * mean > LOOK {
            self.group /= 2;
        }
        self.times = vec![Vec::new(); CUSTOMERS / self.group];
    }

    fn take(&mut self, times: &[f64]) {
        for (group, time) in (0..self.times.len()).cycle().zip(times) {
            self.times[group].push(*time);
        }
    }

    fn sort(&mut self) {
        for times in &mut self.times {
            times.sort_unstable_by(f64::total_cmp);
        }
    }

    fn at(&self, percent: usize) -> f64 {
        let at = |times: &Vec<f64>| times[times.len() * percent / 100];
        self.times.iter().map(at).sum::<f64>() / self.times.len() as f64
    }
}

struct Hosts {
    native: Work,
    wasmtime: Wasmtime,
    node: Node,
}

impl Hosts {
    fn open(&mut self, module: &[u8], bundles: &[Vec<u8>], customers: &[Customer]) {
        for bundle in bundles {
            give(&mut self.native, bundle, Work::take_bundle);
            self.wasmtime.take(bundle, "take_bundle");
        }
        for Customer { json, at } in customers {
            let at = at.seconds();
            give(&mut self.native, json.as_bytes(), |work| {
                work.take_profile(at)
            });
            self.wasmtime.take_profile(json.as_bytes(), at);
        }
        let profiles = customers.iter();
        let profiles = profiles.map(|c| json!({ "profile": c.json, "at": c.at.seconds() }));
        self.node.ask(&json!({
            "what": "open",
            "module": base64(module),
            "bundles": bundles.iter().map(|bundle| base64(bundle)).collect::<Vec<_>>(),
            "profiles": profiles.collect::<Vec<_>>(),
        }));
    }

    fn give(&mut self, question: &Question) {
        give(&mut self.native, &question.archived, Work::take_conditions);
        self.wasmtime.take(&question.archived, "take_conditions");
        let numbers = question.rows.iter().map(|row| {
            let numbers = row.iter().flat_map(|number| number.to_le_bytes());
            numbers.collect::<Vec<u8>>()
        });
        let numbers: Vec<Vec<u8>> = numbers.collect();
        for row in &numbers {
            let variables = question.variables;
            give(&mut self.native, row, |work| work.take_customer(variables));
            self.wasmtime.take_customer(row, variables as u32);
        }
        // All objects have the same properties, so that V8 gives them one shape.
        let read = |place: usize| {
            let place = format!("v[{place}]");
            question
                .translations
                .iter()
                .any(|t| t.script.contains(&place))
        };
        let read: Vec<usize> = (0..question.names.len())
            .filter(|place| read(*place))
            .collect();
        let context = |row: &Vec<f64>| {
            let pairs = read
                .iter()
                .map(|place| (question.names[*place].clone(), json!(row[*place])));
            Value::Object(pairs.collect::<Map<_, _>>())
        };
        let translations = &question.translations;
        self.node.ask(&json!({
            "what": "ask",
            "archived": base64(&question.archived),
            "variables": question.variables,
            "numbers": numbers.iter().map(|row| base64(row)).collect::<Vec<_>>(),
            "rows": question.rows,
            "contexts": question.rows.iter().map(context).collect::<Vec<_>>(),
            "logic": translations.iter().map(|t| &t.logic).collect::<Vec<_>>(),
            "tables": translations.iter().map(|t| &t.zen).collect::<Vec<_>>(),
            "script": translations.iter().map(|t| &t.script).collect::<Vec<_>>(),
        }));
    }

    /// Fails when somebody says something else than the engine; gives the share of conditions that hold.
    fn agree_on_conditions(&mut self, question: &Question) -> f64 {
        let count = question.sources.len();
        let native: Vec<Vec<bool>> = (0..CUSTOMERS)
            .map(|i| self.native.holds(i).to_vec())
            .collect();
        let wasmtime: Vec<_> = (0..CUSTOMERS)
            .map(|i| self.wasmtime.held(i, count))
            .collect();
        assert!(native == wasmtime, "native code and wasmtime disagree");
        let peers = PEERS.iter().map(|(_, peer)| *peer);
        for peer in peers.chain(["engine"]) {
            let answers = self.node.answers(peer);
            for (customer, (expected, found)) in native.iter().zip(&answers).enumerate() {
                assert_eq!(found.len(), count, "{peer}");
                for ((expected, found), source) in
                    expected.iter().zip(found.bytes()).zip(&question.sources)
                {
                    assert!(
                        *expected == (found == b'1'),
                        "{peer}, customer {customer}: {source}: the engine says {expected}"
                    );
                }
            }
        }
        let holding = native.iter().flatten().filter(|holds| **holds).count();
        holding as f64 / (count * CUSTOMERS) as f64
    }

    fn agree_on_decisions(&mut self, bundles: usize) {
        for bundle in 0..bundles {
            let native: Vec<u32> = (0..CUSTOMERS)
                .map(|i| self.native.decide(bundle, i))
                .collect();
            let wasmtime: Vec<u32> = (0..CUSTOMERS)
                .map(|i| self.wasmtime.decide(bundle, i))
                .collect();
            assert_eq!(native, wasmtime);
            let native: Vec<String> = native.iter().map(u32::to_string).collect();
            assert_eq!(self.node.answers(&format!("decide {bundle}")), native);
        }
    }

    /// Lets them take turns, and sorts their times.
    fn compare(&mut self, runs: &mut [Run]) {
        for turn in 0..WARM_UP + TURNS {
            for run in &mut *runs {
                let times = self.times(run);
                if turn < WARM_UP {
                    run.settle(&times);
                } else {
                    run.take(&times);
                }
            }
        }
        runs.iter_mut().for_each(Run::sort);
    }

    fn times(&mut self, run: &Run) -> Vec<f64> {
        let (passes, group) = (run.passes, run.group);
        match (&run.who, run.task) {
            (Who::Native, Task::Conditions) => time(passes, group, |customer| {
                black_box(self.native.holds(customer));
            }),
            (Who::Native, Task::Decide(bundle)) => time(passes, group, |customer| {
                black_box(self.native.decide(bundle, customer));
            }),
            (Who::Wasmtime, Task::Conditions) => time(passes, group, |customer| {
                black_box(self.wasmtime.holds(customer));
            }),
            (Who::Wasmtime, Task::Decide(bundle)) => time(passes, group, |customer| {
                black_box(self.wasmtime.decide(bundle, customer));
            }),
            (Who::Node(peer), _) => self.node.times(peer, passes, group),
        }
    }
}

/// The third is the engine in V8, where the peers run: others are compared with it.
fn report(runs: &[Run]) {
    println!(
        "| microseconds | p10 | p50 | p90 | to Nearfield in V8, p10 | p50 |\n\
        | --- | ---: | ---: | ---: | ---: | ---: |"
    );
    let ours = &runs[2];
    for run in runs {
        println!(
            "| {} | {:.2} | {:.2} | {:.2} | {:.2} | {:.2} |",
            run.label,
            run.at(10),
            run.at(50),
            run.at(90),
            run.at(10) / ours.at(10),
            run.at(50) / ours.at(50)
        );
    }
}

/// RFC 4648, with padding.
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let quads = bytes.chunks(3).flat_map(|three| {
        let bits = (0..3).fold(0, |bits: usize, i| {
            bits << 8 | three.get(i).map_or(0, |b| usize::from(*b))
        });
        (0..4).map(move |i| {
            let is_padding = i > three.len();
            if is_padding {
                '='
            } else {
                char::from(LETTERS[bits >> (18 - 6 * i) & 63])
            }
        })
    });
    quads.collect()
}
