//! Nothing is timed before all say the same.

use measured::r1::Task;
use tests::r1::{Bank, CUSTOMERS, EVENTS};

use crate::{
    HOSTS, NEAR,
    hosts::{Host, Hosts, Runner},
    others::others,
};

/// Fails when a host has other bits than native code, or a runtime another score.
pub fn check(hosts: &mut Hosts, bank: &Bank) {
    let customers = || (0..CUSTOMERS).step_by(3);
    for task in Task::ALL {
        // The plain loops take the functions that their host has.
        let is_plain = matches!(task, Task::PlainTrees | Task::PlainSequence);
        let within = if is_plain { NEAR } else { 0.0 };
        for customer in customers() {
            let native = hosts.answer(&Runner::engine(Host::Native), task, customer);
            for host in HOSTS {
                let found = hosts.answer(&Runner::engine(host), task, customer);
                same(&native, &found, within, &format!("{host:?}, {task:?}"));
            }
            if task == Task::Trees {
                let scores = bank.forests.iter().map(|forest| {
                    let margin = forest.margin(&bank.values[customer]);
                    1.0 / (1.0 + (-f64::from(margin)).exp())
                });
                same(&scores.collect::<Vec<_>>(), &native, 1e-12, "the trees");
            }
            for other in others(task) {
                let runner = other.runner();
                let task = other.task(task);
                let found = hosts.answer(&runner, task, customer);
                same(&native, &found, NEAR, &format!("{runner:?}, {task:?}"));
            }
        }
    }
    for (task, events) in [(Task::Event, 1), (Task::Sequence, EVENTS)] {
        let native = hosts.answer(&Runner::engine(Host::Native), task, 0);
        same(&bank.network.after(events), &native, NEAR, "the network");
    }
}

fn same(expected: &[f64], found: &[f64], within: f64, who: &str) {
    assert_eq!(
        expected.len(),
        found.len(),
        "{who} gives another number of numbers"
    );
    for (expected, found) in expected.iter().zip(found) {
        let near = (expected - found).abs() <= within || expected.is_nan() && found.is_nan();
        assert!(near, "{who}: {found} instead of {expected}");
    }
}
