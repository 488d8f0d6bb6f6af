//! The tables, in Markdown.

use std::{fs, process::Command, time::SystemTime};

use engine::Timestamp;
use measured::r1::Task;
use serde_json::json;
use tests::project;

use crate::{
    HOSTS, Run,
    edge::Asked,
    hosts::{Host, Hosts},
    sizes::Size,
};

/// What is timed, in the order of the table.
pub const TASKS: [Task; 14] = [
    Task::Decide,
    Task::LookAndDecide,
    Task::Tell,
    Task::Look,
    Task::Read,
    Task::Triggers,
    Task::Trees,
    Task::Event,
    Task::Sequence,
    Task::TakeIn,
    Task::Build,
    Task::Open,
    Task::Verify,
    Task::Place,
];

/// How much slower than native code WebAssembly may be.
const RATIO: f64 = 1.5;

/// What was timed, in words, and how many microseconds it may take.
fn row(task: Task) -> (&'static str, Option<f64>) {
    match task {
        Task::Decide => ("decide, profile up to date", Some(60.0)),
        Task::LookAndDecide => ("look and decide", Some(60.0)),
        Task::Tell => ("decide and tell why", Some(60.0)),
        Task::Look => ("look", None),
        Task::Read => ("512 variables", None),
        Task::Triggers => ("320 triggers", Some(3.0)),
        Task::Trees | Task::PlainTrees => ("24 tree models", Some(30.0)),
        Task::Event => ("LSTM, one new event", Some(3.5)),
        Task::Sequence | Task::PlainSequence => ("LSTM, 50 events", Some(125.0)),
        Task::TakeIn => ("take in one transaction", Some(2.0)),
        Task::Build => ("build from 400 transactions", Some(200.0)),
        Task::Open => ("open a verified bundle", Some(5.0)),
        Task::Verify => ("verify 1 MiB", Some(1_200.0)),
        Task::Place => ("weigh 200 actions, place them into 44", Some(15.0)),
    }
}

/// When and with what it was measured.
pub fn conditions(hosts: &mut Hosts, quick: bool) -> String {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let now = Timestamp::from_seconds(now.unwrap().as_secs() as i64).to_string();
    let day = now.split('T').next().unwrap_or_default();
    let cpu = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpu.lines().find_map(|line| line.strip_prefix("model name"));
    let model = model.map_or("unknown processor", |model| {
        model.trim_start_matches([' ', '\t', ':'])
    });
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let rustc = Command::new("rustc").arg("--version").output();
    let rustc = rustc.map(|said| String::from_utf8_lossy(&said.stdout).into_owned());
    let rustc = rustc.unwrap_or_default();
    let rustc = rustc
        .split(' ')
        .nth(1)
        .unwrap_or("of unknown version")
        .to_owned();
    let versions = hosts.node.ask(&json!({ "what": "versions" }));
    let versions: Vec<String> = serde_json::from_value(versions).unwrap();
    let all = [
        format!("rustc {rustc}"),
        format!("wasmtime {}", locked("Cargo.lock", "wasmtime")),
        hosts.browser(),
        versions.join(", "),
        format!(
            "tract {}",
            locked("tests/benches/tract/Cargo.lock", "tract-onnx")
        ),
    ];
    let quick = if quick {
        "; with `--quick`, so no more than a hint"
    } else {
        ""
    };
    format!(
        "Measured {day} on {cores} cores of {model}: {}{quick}.",
        all.join(", ")
    )
}

/// The version of a crate in a lock file.
fn locked(file: &str, name: &str) -> String {
    let lock = fs::read_to_string(project(file)).unwrap_or_default();
    let start = format!("name = \"{name}\"\nversion = \"");
    let version = lock
        .split(&start)
        .nth(1)
        .and_then(|rest| rest.split('"').next());
    version.unwrap_or("of unknown version").to_owned()
}

/// Prints everything.
pub fn print(runs: &[Run], asked: &[Asked], sizes: &[Size], conditions: &str) {
    println!("{conditions}\n");
    work(runs);
    println!();
    others(runs);
    println!();
    edge(asked);
    println!();
    print_sizes(sizes);
}

/// The engine on its hosts.
fn work(runs: &[Run]) {
    println!(
        "| p50, microseconds | budget | native | wasmtime | with deadlines | Node.js | Chromium | wasmtime / native | with deadlines | Node.js / native | Chromium / native | budget is |\n\
         | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | --- |"
    );
    for task in TASKS {
        let (what, budget) = row(task);
        let times = HOSTS.map(|host| ours(runs, task, host));
        let ratios = [1, 2, 3, 4].map(|i| times[i] / times[0]);
        let written = ratios.map(|ratio| {
            let written = format!("{ratio:.2}");
            if ratio > RATIO {
                format!("**{written}**")
            } else {
                written
            }
        });
        let verdict = budget.map(|budget| {
            let over = HOSTS
                .iter()
                .zip(times)
                .skip(1)
                .filter(|(_, time)| *time > budget);
            let over =
                over.map(|(host, time)| format!("{} {} ×", name(*host), number(time / budget)));
            let over: Vec<String> = over.collect();
            if over.is_empty() {
                "kept".to_owned()
            } else {
                format!("**missed**: {}", over.join(", "))
            }
        });
        println!(
            "| {what} | {} | {} | {} | {} |",
            budget.map_or(String::new(), |budget| budget.to_string()),
            times.map(number).join(" | "),
            written.join(" | "),
            verdict.unwrap_or_default()
        );
    }
}

/// The others beside it.
fn others(runs: &[Run]) {
    println!(
        "| the same models, microseconds | p10 | p50 | Nearfield there, p50 | Nearfield / theirs |\n\
         | --- | ---: | ---: | ---: | ---: |"
    );
    for run in runs {
        let Some(other) = run.other else { continue };
        let ours = ours(runs, run.row, other.beside);
        let (what, _) = row(run.row);
        println!(
            "| {what}: {} | {} | {} | {} | {} |",
            other.label,
            number(run.at(10)),
            number(run.at(50)),
            number(ours),
            small(ours / run.at(50))
        );
    }
}

/// Requests, each in an instance of its own.
fn edge(asked: &[Asked]) {
    println!(
        "| at the edge, a fresh instance for each request, microseconds | p10 | p50 | p90 | p50 / that of | budget | budget is |\n\
         | --- | ---: | ---: | ---: | ---: | ---: | --- |"
    );
    for one in asked {
        let beside = one.beside.map(|i| (i, one.at(50) / asked[i].at(50)));
        let verdict = beside.zip(one.budget).map(|((_, ratio), budget)| {
            if ratio <= budget {
                "kept".to_owned()
            } else {
                format!("**missed**: {} ×", number(ratio / budget))
            }
        });
        println!(
            "| {} | {} | {} | {} | {} | {} | {} |",
            one.what,
            number(one.at(10)),
            number(one.at(50)),
            number(one.at(90)),
            beside.map_or(String::new(), |(i, ratio)| format!(
                "{ratio:.2}, {}",
                asked[i].name
            )),
            one.budget
                .map_or(String::new(), |budget| format!("{budget} ×")),
            verdict.unwrap_or_default()
        );
    }
}

fn print_sizes(sizes: &[Size]) {
    println!("| bytes | as they are | brotli | budget |\n| --- | ---: | ---: | --- |");
    for size in sizes {
        let budget = size.budget.map(|budget| {
            let is = if size.brotli <= budget {
                "kept"
            } else {
                "**missed**"
            };
            format!("{}: {is}", grouped(budget))
        });
        println!(
            "| {} | {} | {} | {} |",
            size.what,
            grouped(size.raw),
            grouped(size.brotli),
            budget.unwrap_or_default()
        );
    }
}

fn ours(runs: &[Run], task: Task, host: Host) -> f64 {
    let run = runs
        .iter()
        .find(|run| run.other.is_none() && run.row == task && run.runner.host == host);
    run.expect("everybody ran").at(50)
}

fn name(host: Host) -> &'static str {
    match host {
        Host::Native => "native",
        Host::Wasmtime => "wasmtime",
        Host::Deadlines => "with deadlines",
        Host::Node => "Node.js",
        Host::Page => "Chromium",
        Host::Tract => "tract",
    }
}

/// Three digits or so.
fn number(time: f64) -> String {
    match time {
        time if time < 10.0 => format!("{time:.2}"),
        time if time < 100.0 => format!("{time:.1}"),
        _ => grouped(time.round() as u64),
    }
}

/// Two digits or so.
fn small(ratio: f64) -> String {
    if ratio < 0.01 {
        format!("{ratio:.5}")
    } else {
        format!("{ratio:.2}")
    }
}

/// With commas between thousands.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let groups = digits
        .as_bytes()
        .rchunks(3)
        .rev()
        .map(String::from_utf8_lossy);
    groups.collect::<Vec<_>>().join(",")
}
