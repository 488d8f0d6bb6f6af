//! `nearfield simulate`, over real customers.

use std::{fs, path::Path};

use serde_json::Value;
use tempfile::TempDir;

use super::support::{
    EVERYTHING, check_page, check_schema, json, list, nearfield, project, retail_desk as desk, run,
    text,
};

fn simulate(folder: &TempDir, more: &[&str]) -> Value {
    let start = ["simulate", "--bundle", "b.nearfield"];
    let output = run(folder, &start, &project("tests/customers"), more);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let mut report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(report["speed"]["decisions_a_second"].as_f64().unwrap() > 0.0);
    report.as_object_mut().unwrap().remove("speed");
    report
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
    let heading = check_page(&folder.path().join("r.html"));
    assert_eq!(heading, "<Made-up> & \"quoted\"");
    let written: Value =
        serde_json::from_slice(&fs::read(folder.path().join("r.json")).unwrap()).unwrap();
    assert_eq!(written["customers"], 60);
}

/// What stands apart is not folded away, and what the chart cuts is marked.
#[test]
fn findings_of_fairness_are_in_plain_sight() {
    let folder = desk();
    let report = simulate(&folder, &["--html", "r.html"]);
    let rates = list(&report, "fairness")
        .iter()
        .flat_map(|audit| list(audit, "subjects"));
    let rates = rates.flat_map(|subject| list(subject, "rates"));
    let (mut apart, mut cut) = (0, 0);
    for rate in rates {
        apart += usize::from(rate["apart"] == true);
        cut += usize::from(rate["low"].as_f64().unwrap() < -0.5);
        cut += usize::from(rate["high"].as_f64().unwrap() > 0.5);
    }
    assert!(apart > 0 && cut > 0, "{apart} {cut}");
    let page = fs::read_to_string(folder.path().join("r.html")).unwrap();
    let tree = roxmltree::Document::parse(page.strip_prefix("<!DOCTYPE html>\n").unwrap()).unwrap();
    let mut seen = 0;
    for details in tree
        .descendants()
        .filter(|node| node.has_tag_name("details"))
    {
        let of = |node: roxmltree::Node<'_, '_>, class: &str| {
            let stars = node
                .descendants()
                .filter(|it| it.attribute("class") == Some(class));
            stars.count()
        };
        let found = of(details, "apart");
        seen += found;
        assert!(found == 0 || details.has_attribute("open"));
    }
    assert_eq!(seen, apart);
    let arrows = tree
        .descendants()
        .filter(|node| node.attribute("class") == Some("cut"));
    assert_eq!(arrows.count(), cut);
    // On a narrow screen nothing is left out, and a life stage is a word everywhere.
    assert!(!page.contains("display: none"));
    let stages = tree.descendants().filter(|node| {
        node.attribute("class")
            .is_some_and(|class| class.starts_with("stage "))
    });
    for stage in stages {
        assert!(
            stage
                .attribute("class")
                .unwrap()
                .ends_with(stage.text().unwrap())
        );
    }
}

#[test]
fn a_report_is_as_its_schema_says() {
    let start = ["simulate", "--bundle", "b.nearfield"];
    let output = run(&desk(), &start, &project("tests/customers"), &[]);
    check_schema("simulation-report", &json(&output));
}
