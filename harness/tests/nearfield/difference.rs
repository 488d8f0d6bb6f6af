//! `nearfield diff`, over real customers.

use std::fs;

use serde_json::Value;

use super::support::{
    EVERYTHING, check_page, check_schema, draft, json, list, nearfield, project,
    retail_desk as desk, run, text,
};

/// The bundle of the retail set, and a draft of the next.
const DIFF: [&str; 3] = ["diff", "b.nearfield", "draft"];

fn sum(report: &Value, list_key: &str, key: &str) -> u64 {
    let parts = list(report, list_key).iter();
    parts.map(|part| part[key].as_u64().unwrap()).sum()
}

#[test]
fn a_bundle_does_not_differ_from_itself() {
    let folder = desk();
    let start = [&DIFF[..], &["--max-changed", "0"]].concat();
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
        "texts",
        "actions_added",
        "actions_removed",
    ] {
        assert_eq!(list(&found, empty).len(), 0, "{empty}");
    }
}

#[test]
fn one_line_of_a_policy_shows_up() {
    let folder = desk();
    let file = "actions/cross-sell.toml";
    let policy = fs::read_to_string(project("policies/retail").join(file)).unwrap();
    let (_, own) = policy.split_once("[savings-account]").unwrap();
    let (own, _) = own.split_once("\n[").unwrap();
    let line = own.lines().find(|line| line.starts_with("value = "));
    let changed = own.replacen(line.unwrap(), "value = 1", 1);
    draft(&folder, file, own, &changed);

    let output = run(&folder, &DIFF, &project("tests/customers"), &[]);
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
    let told = &found["examples"][0]["told"];
    assert!(
        told.as_array()
            .unwrap()
            .iter()
            .any(|d| !list(d, "because").is_empty()),
        "{told}"
    );

    let one = run(
        &folder,
        &DIFF,
        &project("tests/customers"),
        &["--threads", "1"],
    );
    assert_eq!(one.stdout, output.stdout);

    check_schema("difference-report", &found);
    let gate = run(
        &folder,
        &DIFF,
        &project("tests/customers"),
        &["--max-changed", "1"],
    );
    assert_eq!(gate.status.code(), Some(1), "{gate:?}");
    assert!(text(&gate.stderr).contains("--max-changed"), "{gate:?}");
}

#[test]
fn other_words_are_told_and_counted() {
    let folder = desk();
    let policy = project("policies/retail/actions/cross-sell.toml");
    let policy = fs::read_to_string(policy).unwrap();
    let (_, own) = policy.split_once("[savings-account]").unwrap();
    let title = own.lines().find(|line| line.starts_with("title = \""));
    let title = title.unwrap().split('"').nth(1).unwrap();
    draft(
        &folder,
        "actions/cross-sell.toml",
        title,
        "Quite another title",
    );
    let customers = project("tests/customers");
    let output = run(&folder, &DIFF, &customers, &["--html", "d.html"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let found = json(&output);
    assert_eq!(found["changed"], 0);
    let texts = list(&found, "texts");
    assert_eq!(texts.len(), 1, "{texts:?}");
    let told = &texts[0];
    for (key, value) in [
        ("kind", "action"),
        ("name", "savings-account"),
        ("part", "title"),
        ("locale", "en"),
        ("before", title),
        ("after", "Quite another title"),
    ] {
        assert_eq!(told[key], value, "{told}");
    }
    // Asked in English, everybody who sees it sees other words; asked in Czech, nobody does.
    assert!(told["customers"].as_u64().unwrap() > 0, "{told}");
    assert_eq!(found["reworded"], told["customers"]);
    check_page(&folder.path().join("d.html"));
    let page = fs::read_to_string(folder.path().join("d.html")).unwrap();
    assert!(page.contains("Quite another title"));
    fs::write(folder.path().join("cs.json"), r#"{"locale":"cs"}"#).unwrap();
    let czech = run(&folder, &DIFF, &customers, &["--context", "cs.json"]);
    assert_eq!(json(&czech)["reworded"], 0);

    let asked = customers.display().to_string();
    let gate = nearfield(
        &folder,
        &[
            "diff",
            "b.nearfield",
            "draft",
            "--profiles",
            &asked,
            "--at",
            "1994-03-31",
            "--consent",
            EVERYTHING,
            "--max-changed",
            "0",
        ],
    );
    assert_eq!(gate.status.code(), Some(1), "{gate:?}");
    let said = text(&gate.stdout);
    assert!(
        said.contains(&format!("- {title}\n      + Quite another title")),
        "{said}"
    );
}

#[test]
fn two_currencies_are_never_one_sum() {
    let folder = desk();
    draft(
        &folder,
        "policy.toml",
        "currency = \"CZK\"",
        "currency = \"EUR\"",
    );
    let customers = project("tests/customers");
    let found = json(&run(&folder, &DIFF, &customers, &["--html", "d.html"]));
    assert_eq!(
        (&found["currency_before"], &found["currency_after"]),
        (&"CZK".into(), &"EUR".into())
    );
    let page = fs::read_to_string(folder.path().join("d.html")).unwrap();
    assert!(page.contains("different currencies"));
    let asked = customers.display().to_string();
    let told = nearfield(
        &folder,
        &[
            "diff",
            "b.nearfield",
            "draft",
            "--profiles",
            &asked,
            "--at",
            "1994-03-31",
        ],
    );
    let said = text(&told.stdout);
    assert!(
        said.contains(" CZK -> ") && said.contains(" EUR (two currencies)"),
        "{said}"
    );
}

#[test]
fn no_list_is_cut_without_a_word() {
    let folder = desk();
    // All placeholders of the website have other names.
    let slots = folder.path().join("draft/placeholders.toml");
    let text_of_slots = fs::read_to_string(&slots).unwrap();
    fs::write(&slots, text_of_slots.replace("[rib", "[elsewhere")).unwrap();
    let customers = project("tests/customers");
    let output = run(&folder, &DIFF, &customers, &[]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let found = json(&output);
    let slots = list(&found, "placeholders").len();
    assert!(slots > 15, "{slots}");
    for example in list(&found, "examples") {
        assert_eq!(example["differences"], list(example, "told").len());
    }
    let asked = customers.display().to_string();
    let told = nearfield(
        &folder,
        &[
            "diff",
            "b.nearfield",
            "draft",
            "--profiles",
            &asked,
            "--at",
            "1994-03-31",
            "--consent",
            EVERYTHING,
        ],
    );
    let said = text(&told.stdout);
    assert!(
        said.contains(&format!("… and {} more", slots - 15)),
        "{said}"
    );
}

#[test]
fn forgotten_consent_is_a_warning() {
    let folder = desk();
    let asked = project("tests/customers").display().to_string();
    let common = [
        "--profiles",
        &asked,
        "--at",
        "1994-03-31",
        "--html",
        "page.html",
    ];
    for start in [
        &["diff", "b.nearfield", "draft"][..],
        &["simulate", "--bundle", "b.nearfield"],
    ] {
        let output = nearfield(&folder, &[start, &common].concat());
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        let said = text(&output.stderr);
        assert!(
            said.contains("warning: no customer grants any purpose")
                && said.contains("--consent insights,details,behaviour,offers"),
            "{said}"
        );
        let page = fs::read_to_string(folder.path().join("page.html")).unwrap();
        assert!(page.contains("class=\"note\">No customer of this run grants"));
        let output = run(&folder, start, &project("tests/customers"), &[]);
        assert_eq!(text(&output.stderr), "");
    }
}
