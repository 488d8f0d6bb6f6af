//! `nearfield simulate` and `nearfield diff` as their users meet them, over real customers.
#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use serde_json::Value;
use tempfile::TempDir;

const EVERYTHING: &str = "insights,details,behaviour,offers";

fn project(path: &str) -> PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/..")).join(path)
}

fn nearfield(folder: &TempDir, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_nearfield"))
        .current_dir(folder.path())
        .args(arguments)
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// A folder with the retail set's bundle, and the set itself to draft in.
fn desk() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    copy(&project("policies/retail"), &folder.path().join("draft"));
    // Its cases name customers beside the set, which are not copied.
    fs::remove_dir_all(folder.path().join("draft/tests")).unwrap();
    let built = nearfield(
        &folder,
        &["bundle", "build", "draft", "--out", "b.nearfield"],
    );
    assert_eq!(built.status.code(), Some(0), "{built:?}");
    folder
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

/// The real customers as they are asked about in most tests.
fn asked(customers: &Path) -> Vec<String> {
    let customers = customers.display().to_string();
    [
        "--profiles",
        &customers,
        "--at",
        "1994-03-31",
        "--consent",
        EVERYTHING,
        "--format",
        "json",
    ]
    .map(str::to_owned)
    .to_vec()
}

fn run(folder: &TempDir, start: &[&str], customers: &Path, more: &[&str]) -> Output {
    let asked = asked(customers);
    let asked = asked.iter().map(String::as_str);
    let arguments: Vec<_> = start
        .iter()
        .copied()
        .chain(asked)
        .chain(more.iter().copied())
        .collect();
    nearfield(folder, &arguments)
}

fn simulate(folder: &TempDir, more: &[&str]) -> Value {
    let start = ["simulate", "--bundle", "b.nearfield"];
    let output = run(folder, &start, &project("tests/customers"), more);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let mut report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(report["speed"]["decisions_a_second"].as_f64().unwrap() > 0.0);
    report.as_object_mut().unwrap().remove("speed");
    report
}

fn list<'v>(report: &'v Value, key: &str) -> &'v [Value] {
    report[key].as_array().unwrap()
}

fn sum(report: &Value, list_key: &str, key: &str) -> u64 {
    list(report, list_key)
        .iter()
        .map(|part| part[key].as_u64().unwrap())
        .sum()
}

#[test]
fn the_sums_of_a_report_add_up() {
    let report = simulate(&desk(), &[]);
    let (customers, placements) = (60, report["placements"].as_u64().unwrap());
    assert_eq!(report["customers"], customers);
    assert!(placements > 0);
    for parts in ["actions", "life_stages", "channels", "placeholders"] {
        assert_eq!(sum(&report, parts, "placements"), placements, "{parts}");
    }
    for slot in list(&report, "placeholders") {
        let stages: u64 = slot["life_stages"]
            .as_array()
            .unwrap()
            .iter()
            .map(|n| n.as_u64().unwrap())
            .sum();
        assert_eq!(slot["placements"], stages);
        let filled = customers - slot["empty"].as_u64().unwrap();
        assert!(filled <= stages && stages <= filled * slot["capacity"].as_u64().unwrap());
    }
    for action in list(&report, "actions") {
        let stops = action["stops"].as_object().unwrap().values();
        let stopped: u64 = stops.map(|n| n.as_u64().unwrap()).sum();
        let seen = action["customers"].as_u64().unwrap();
        assert_eq!(seen + stopped, customers, "{action}");
        assert!(seen <= action["placements"].as_u64().unwrap());
    }
    for stops in list(&report, "stops") {
        let by = stops["by"].as_object().unwrap().values();
        let by: u64 = by.map(|n| n.as_u64().unwrap()).sum();
        assert!(by == 0 || stops["count"] == by, "{stops}");
    }
    assert_eq!(sum(&report, "personas", "customers"), customers);
    let age = &report["fairness"][0];
    assert_eq!(age["dimension"], "age");
    assert!(sum(age, "values", "customers") <= age["known"].as_u64().unwrap());
}

/// The report counts what `nearfield decide` decides, one customer after the other.
#[test]
fn a_report_of_one_customer_is_the_decision() {
    let folder = desk();
    let customer = project("tests/customers/berka-2.json");
    let start = ["simulate", "--bundle", "b.nearfield"];
    let output = run(&folder, &start, &customer, &[]);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    // The same consent, written into the profile.
    let mut profile: Value = serde_json::from_slice(&fs::read(&customer).unwrap()).unwrap();
    profile["consent"]["events"] = EVERYTHING
        .split(',')
        .map(|purpose| {
            serde_json::json!({
                "event_time": "1994-03-31", "purpose": purpose,
                "event_state": "given", "notice_version": "2026-1",
            })
        })
        .collect();
    fs::write(folder.path().join("p.json"), profile.to_string()).unwrap();
    let arguments = [
        "decide",
        "--bundle",
        "b.nearfield",
        "--profile",
        "p.json",
        "--at",
        "1994-03-31",
    ];
    let output = nearfield(&folder, &arguments);
    let decision: Value = serde_json::from_slice(&output.stdout).unwrap();
    let placements = list(&decision, "placements");
    assert_eq!(report["placements"], placements.len());
    for slot in list(&report, "placeholders") {
        let there = placements
            .iter()
            .filter(|p| p["placeholder"] == slot["placeholder"]);
        assert_eq!(slot["placements"], there.count(), "{slot}");
    }
    for action in list(&report, "actions") {
        let there = placements
            .iter()
            .filter(|p| p["action"] == action["action"]);
        assert_eq!(action["placements"], there.count(), "{action}");
    }
}

#[test]
fn threads_and_the_form_of_the_files_change_nothing() {
    let folder = desk();
    let one = simulate(&folder, &["--threads", "1", "--seed", "7"]);
    assert_eq!(simulate(&folder, &["--threads", "5", "--seed", "7"]), one);
    let mut files: Vec<_> = fs::read_dir(project("tests/customers"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "json"))
        .collect();
    files.sort();
    let lines: String = files
        .iter()
        .map(|file| fs::read_to_string(file).unwrap().trim().to_owned() + "\n")
        .collect();
    fs::write(folder.path().join("all.jsonl"), lines).unwrap();
    let start = ["simulate", "--bundle", "b.nearfield", "--seed", "7"];
    let output = run(&folder, &start, Path::new("all.jsonl"), &[]);
    let mut lines: Value = serde_json::from_slice(&output.stdout).unwrap();
    lines.as_object_mut().unwrap().remove("speed");
    assert_eq!(lines, one);
}

#[test]
fn without_consent_nothing_personal_is_shown_but_the_audit_still_knows() {
    let folder = desk();
    let customers = project("tests/customers");
    let customers = customers.to_str().unwrap();
    let arguments = [
        "simulate",
        "--bundle",
        "b.nearfield",
        "--profiles",
        customers,
        "--at",
        "1994-03-31",
        "--format",
        "json",
    ];
    let output = nearfield(&folder, &arguments);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let cross_sell = &list(&report, "life_stages")[2];
    assert_eq!(
        (&cross_sell["name"], &cross_sell["customers"]),
        (&"cross-sell".into(), &0.into())
    );
    let sex = &report["fairness"][1];
    assert_eq!(sex["values"][0]["value"], "men");
    assert_eq!(sex["values"][1]["value"], "women");
}

#[test]
fn refused_profiles_are_counted_or_end_a_strict_run() {
    let folder = desk();
    let lines = "{\"schema_version\":1}\n\n{\"schema_version\":9}\nnonsense\n";
    fs::write(folder.path().join("some.jsonl"), lines).unwrap();
    let start = ["simulate", "--bundle", "b.nearfield"];
    let output = run(&folder, &start, Path::new("some.jsonl"), &[]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        (&report["customers"], &report["refused"]["count"]),
        (&1.into(), &2.into())
    );
    let said = text(&output.stderr);
    assert!(
        said.contains("some.jsonl:3: profile has schema_version 9"),
        "{said}"
    );
    assert!(said.contains("some.jsonl:4: "), "{said}");
    let output = run(&folder, &start, Path::new("some.jsonl"), &["--strict"]);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert!(
        text(&output.stderr).contains("some.jsonl:3: "),
        "{output:?}"
    );
    for (more, said) in [
        (&["--consent", "everything"][..], "no purpose `everything`"),
        (&["--context", "some.jsonl"], "some.jsonl: "),
        (&["--profiles", "none"], "none: "),
    ] {
        let arguments = [
            &[
                "simulate",
                "--bundle",
                "b.nearfield",
                "--profiles",
                "some.jsonl",
            ],
            more,
        ]
        .concat();
        let output = nearfield(&folder, &arguments);
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        assert!(text(&output.stderr).contains(said), "{output:?}");
    }
}

#[test]
fn the_page_is_well_formed_and_asks_for_nothing() {
    let folder = desk();
    simulate(
        &folder,
        &[
            "--html",
            "r.html",
            "--title",
            "<Made-up> & \"quoted\"",
            "--out",
            "r.json",
        ],
    );
    let page = fs::read_to_string(folder.path().join("r.html")).unwrap();
    let page = page.strip_prefix("<!DOCTYPE html>\n").unwrap();
    let tree = roxmltree::Document::parse(page).unwrap();
    let heading = tree
        .descendants()
        .find(|node| node.has_tag_name("h1"))
        .unwrap();
    assert_eq!(heading.text(), Some("<Made-up> & \"quoted\""));
    for node in tree.descendants() {
        assert!(!["script", "link", "img", "iframe"].contains(&node.tag_name().name()));
        assert!(!["href", "src"].iter().any(|name| node.has_attribute(*name)));
    }
    assert!(!page.contains("url(") && !page.contains("@import"));
    // Every table names its columns and rows.
    for table in tree.descendants().filter(|node| node.has_tag_name("table")) {
        let scoped = |scope: &str| {
            table
                .descendants()
                .any(|cell| cell.attribute("scope") == Some(scope))
        };
        assert!(scoped("col") && scoped("row"));
    }
    let written: Value =
        serde_json::from_slice(&fs::read(folder.path().join("r.json")).unwrap()).unwrap();
    assert_eq!(written["customers"], 60);
}

#[test]
fn a_bundle_does_not_differ_from_itself() {
    let folder = desk();
    let start = ["diff", "b.nearfield", "draft", "--max-changed", "0"];
    let output = run(&folder, &start, &project("tests/customers"), &[]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        (&found["customers"], &found["changed"]),
        (&60.into(), &0.into())
    );
    for empty in [
        "actions",
        "placeholders",
        "replacements",
        "rank_flips",
        "triggers",
        "examples",
    ] {
        assert_eq!(list(&found, empty).len(), 0, "{empty}");
    }
}

#[test]
fn one_line_of_a_policy_shows_up() {
    let folder = desk();
    let file = folder.path().join("draft/actions/cross-sell.toml");
    let policy = fs::read_to_string(&file).unwrap();
    let (before, after) = policy.split_once("[savings-account]").unwrap();
    let line = after
        .lines()
        .find(|line| line.starts_with("value = "))
        .unwrap();
    let after = after.replacen(line, "value = 1", 1);
    fs::write(&file, format!("{before}[savings-account]{after}")).unwrap();

    let start = ["diff", "b.nearfield", "draft"];
    let output = run(&folder, &start, &project("tests/customers"), &[]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    let first = &list(&found, "actions")[0];
    assert_eq!(first["name"], "savings-account");
    assert!(first["lost"].as_u64() > first["gained"].as_u64(), "{first}");
    let all = &found["all"];
    let gained = sum(&found, "actions", "gained");
    let lost = sum(&found, "actions", "lost");
    let placed = |key: &str| all[key].as_u64().unwrap();
    assert_eq!(
        placed("placements_before") + gained,
        placed("placements_after") + lost
    );
    assert_eq!(
        (
            sum(&found, "life_stages", "gained"),
            sum(&found, "life_stages", "lost")
        ),
        (gained, lost)
    );
    for by in ["personas", "ages"] {
        let parts = found[by].as_object().unwrap().values();
        let changed: u64 = parts.map(|part| part["changed"].as_u64().unwrap()).sum();
        assert_eq!(found["changed"], changed, "{by}");
    }
    assert_eq!(list(&found, "examples").len(), 5);
    let told = &found["examples"][0]["first"];
    assert!(
        told.as_array()
            .unwrap()
            .iter()
            .any(|d| !list(d, "because").is_empty()),
        "{told}"
    );

    let one = run(
        &folder,
        &start,
        &project("tests/customers"),
        &["--threads", "1"],
    );
    assert_eq!(one.stdout, output.stdout);

    let gate = run(
        &folder,
        &start,
        &project("tests/customers"),
        &["--max-changed", "1"],
    );
    assert_eq!(gate.status.code(), Some(1), "{gate:?}");
    assert!(text(&gate.stderr).contains("--max-changed"), "{gate:?}");
}
