//! `nearfield policy` and `nearfield bundle build`, of policy sets in the making.

use std::fs;

use tempfile::TempDir;

use super::support::{nearfield, project, text};

/// A folder with a new policy set, `corner shop`.
fn desk() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let made = nearfield(&folder, &["policy", "new", "corner shop"]);
    assert_eq!(made.status.code(), Some(0), "{made:?}");
    folder
}

fn edit(folder: &TempDir, file: &str, from: &str, to: &str) {
    let file = folder.path().join("corner shop").join(file);
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.contains(from), "{text}");
    fs::write(file, text.replacen(from, to, 1)).unwrap();
}

const BUILD: [&str; 5] = ["bundle", "build", "corner shop", "--out", "b.nearfield"];

#[test]
fn a_new_set_has_its_own_name_and_passes_its_tests() {
    let folder = desk();
    let tested = nearfield(&folder, &["test", "corner shop"]);
    assert_eq!(tested.status.code(), Some(0), "{tested:?}");
    let built = nearfield(&folder, &BUILD);
    assert_eq!(built.status.code(), Some(0), "{built:?}");
    let said = text(&built.stdout);
    assert!(said.contains("corner shop in en, EUR"), "{said}");
    let linted = nearfield(&folder, &["policy", "lint", "corner shop"]);
    assert_eq!(linted.status.code(), Some(0), "{linted:?}");
}

#[test]
fn a_budget_is_not_kept_by_breaking_the_cases() {
    let folder = desk();
    let built = |folder: &TempDir, more: &[&str]| nearfield(folder, &[&BUILD[..], more].concat());
    let cases = folder.path().join("corner shop/tests/promises.yaml");
    let whole = fs::read_to_string(&cases).unwrap();
    for broken in [
        "cases: [",
        "cases: { a: { at: 1994-03-31, profile: nowhere.json, expect: { fired: x } } }",
    ] {
        fs::write(&cases, broken).unwrap();
        let output = built(&folder, &[]);
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        let said = text(&output.stderr);
        assert!(
            said.contains("the budget cannot be checked")
                && said.contains("tests/promises.yaml:1:"),
            "{said}"
        );
        assert!(!folder.path().join("b.nearfield").exists());
    }
    // Without cases it is held against somebody, and that is said.
    fs::remove_file(&cases).unwrap();
    let output = built(&folder, &[]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(
        text(&output.stderr).contains("an anonymous visitor only"),
        "{output:?}"
    );
    // Costs without a budget are for the reader.
    fs::write(&cases, "cases: [").unwrap();
    for bound in ["memory_mib = 128\n", "milliseconds = 10\n"] {
        edit(&folder, "policy.toml", bound, "");
    }
    assert_eq!(built(&folder, &["--costs"]).status.code(), Some(0));
    fs::write(&cases, whole).unwrap();
    assert_eq!(built(&folder, &[]).status.code(), Some(0));
}

#[test]
fn the_fault_that_others_come_from_is_named_first() {
    let folder = desk();
    edit(
        &folder,
        "policy.toml",
        "locales = [\"en\"]",
        "locales = [\"de\"]",
    );
    edit(&folder, "policy.toml", "currency = \"EUR\"", "currency = 7");
    let output = nearfield(&folder, &BUILD);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let said = text(&output.stderr);
    let first = said.lines().nth(1).unwrap();
    assert!(first.starts_with("policy.toml:"), "{said}");
    let files: Vec<_> = said
        .lines()
        .skip(1)
        .filter_map(|line| line.split(':').next())
        .collect();
    let mut sorted = files.clone();
    sorted.sort_by_key(|file| (*file != "policy.toml", *file));
    assert_eq!(files, sorted);
}

#[test]
fn a_file_in_place_of_a_set_is_told_apart() {
    let folder = desk();
    for (command, file, words) in [
        (
            &["test"][..],
            "corner shop/tests/promises.yaml",
            "give `corner shop`, and `--filter promises.yaml`",
        ),
        (&["test"], "corner shop/policy.toml", "give `corner shop`"),
        (
            &["policy", "lint"],
            "corner shop/policy.toml",
            "give `corner shop`",
        ),
    ] {
        let output = nearfield(&folder, &[command, &[file]].concat());
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        assert!(text(&output.stderr).contains(words), "{output:?}");
    }
    let filtered = nearfield(
        &folder,
        &["test", "corner shop", "--filter", "promises.yaml"],
    );
    assert_eq!(filtered.status.code(), Some(0), "{filtered:?}");
}

#[test]
fn forgotten_consent_in_cases_is_a_warning() {
    let folder = desk();
    let cases = folder.path().join("corner shop/tests/promises.yaml");
    fs::write(
        &cases,
        "cases: { a: { at: 2026-03-15, expect: { not_fired: idle-money } } }",
    )
    .unwrap();
    let output = nearfield(&folder, &["test", "corner shop"]);
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(
        said.contains("warning: no case grants any purpose"),
        "{said}"
    );
}

#[test]
fn all_broken_profiles_are_named_up_to_a_bound() {
    let folder = desk();
    let good = fs::read_to_string(project("tests/customers/berka-2.json")).unwrap();
    let good: serde_json::Value = serde_json::from_str(&good).unwrap();
    let mut lines = format!("{good}\n{{\n[]\n{good}\n");
    fs::write(folder.path().join("a.jsonl"), &lines).unwrap();
    let lint = ["policy", "lint", "corner shop", "--profiles", "a.jsonl"];
    let output = nearfield(&folder, &lint);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let said = text(&output.stderr);
    assert!(said.contains("2 profiles cannot be used"), "{said}");
    assert!(
        said.contains("\na.jsonl:2: ") && said.contains("\na.jsonl:3: "),
        "{said}"
    );
    lines.push_str(&"{\n".repeat(100));
    fs::write(folder.path().join("a.jsonl"), lines).unwrap();
    let said = text(&nearfield(&folder, &lint).stderr);
    assert!(said.contains("102 profiles cannot be used"), "{said}");
    assert_eq!(said.matches("a.jsonl:").count(), 20, "{said}");
}

#[test]
fn one_finding_is_one_error() {
    let folder = desk();
    edit(
        &folder,
        "triangulation.toml",
        "value_scale",
        "formula = 'need - need - 1.0'\nvalue_scale",
    );
    let output = nearfield(&folder, &["policy", "lint", "corner shop"]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let said = text(&output.stderr);
    assert!(
        said.contains("1 error and ") && !said.contains("1 errors"),
        "{said}"
    );
    assert!(
        text(&output.stdout).contains("error[score-never-above-zero]"),
        "{output:?}"
    );
}
