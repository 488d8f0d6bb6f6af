//! `nearfield replay`: what was altered is found.

use std::fs;

use serde_json::Value;
use tempfile::TempDir;

use super::support::{nearfield, project, retail_desk, text};

const INPUTS: [&str; 4] = ["--bundle", "b.nearfield", "--profile", "p.json"];

/// A folder with a bundle, a customer, and what `nearfield` says of them as JSON.
fn desk(command: &str) -> (TempDir, Value) {
    let folder = retail_desk();
    let customer = project("tests/customers/berka-2.json");
    fs::copy(customer, folder.path().join("p.json")).unwrap();
    let asked = [command, "--at", "1994-03-31", "--format", "json"];
    let output = nearfield(&folder, &[&asked[..1], &INPUTS, &asked[1..]].concat());
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let answer = serde_json::from_slice(&output.stdout).unwrap();
    (folder, answer)
}

/// Replays a text; gives exit code and what was said.
fn replay(folder: &TempDir, receipt: &str) -> (Option<i32>, String) {
    fs::write(folder.path().join("r.json"), receipt).unwrap();
    let output = nearfield(folder, &[&["replay", "r.json"][..], &INPUTS].concat());
    (
        output.status.code(),
        text(&output.stderr) + &text(&output.stdout),
    )
}

#[test]
fn a_forged_explanation_is_refused() {
    let (folder, explanation) = desk("explain");
    let whole = explanation.to_string();
    assert_eq!(
        replay(&folder, &whole),
        (Some(0), "the same decision\n".to_owned())
    );
    let forged = |pointer: &str, value: Value| {
        let mut forged = explanation.clone();
        *forged.pointer_mut(pointer).unwrap() = value;
        replay(&folder, &forged.to_string())
    };
    for (pointer, value) in [
        ("/not_shown/0/text", "because we say so".into()),
        (
            "/not_shown/0/stopped",
            serde_json::json!({ "kind": "opted-out" }),
        ),
        ("/not_shown/0/action", "something-else".into()),
        ("/not_shown", serde_json::json!([])),
        ("/decision/placements/0/score", 9.0.into()),
        ("/decision/placements/0/reasons", serde_json::json!([])),
    ] {
        let (code, said) = forged(pointer, value);
        assert_eq!(code, Some(1), "{pointer}: {said}");
        assert!(said.contains("was altered"), "{pointer}: {said}");
    }
}

/// A reader that takes the first of two values would see another decision than the one replayed.
#[test]
fn doubled_keys_are_refused() {
    let (folder, decision) = desk("decide");
    let whole = decision.to_string();
    assert_eq!(replay(&folder, &whole).0, Some(0));
    let doubled = whole.replacen("{", "{\"placements\":[],", 1);
    let (code, said) = replay(&folder, &doubled);
    assert_eq!(code, Some(2), "{said}");
    assert!(
        said.contains("r.json: is not JSON (the key `placements` stands there twice"),
        "{said}"
    );
    let within = whole.replacen("\"receipt\":{", "\"receipt\":{\"seed\":7,", 1);
    assert_ne!(within, whole);
    assert_eq!(replay(&folder, &within).0, Some(2));
}
