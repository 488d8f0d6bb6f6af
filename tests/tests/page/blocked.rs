//! Without an engine the page is what the server sent, to the byte, and says once why.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    front::{Change, Changes, built},
    stage::Stage,
};

/// What went wrong, as the page heard it.
#[derive(Debug, Deserialize)]
struct Heard {
    diagnostics: Vec<Value>,
    warnings: Vec<String>,
    violations: Vec<String>,
}

/// The page as the bank wrote it, which no edge worker has filled.
fn unfilled() -> (String, Change) {
    ("/".to_owned(), Change::Bytes(built("index.html")))
}

/// The bundle with one bit turned, in the middle of its body.
fn altered() -> Change {
    let mut bundle = built("data/retail.nearfield");
    let middle = bundle.len() / 2;
    *bundle.get_mut(middle).unwrap() ^= 1;
    Change::Bytes(bundle)
}

async fn is_as_served(stage: &Stage) {
    let served = stage.served().await;
    assert_eq!(served.len(), 55);
    for channel in ["web", "app", "call-centre", "relationship-manager"] {
        for slot in stage.slots(channel).await {
            assert_eq!(slot.html, served[&slot.name], "{}", slot.name);
        }
    }
}

async fn heard(stage: &Stage) -> Heard {
    stage.ask("probe").await
}

async fn fails(path: &str, change: Change, code: &str) {
    let mut changes = Changes::from([(path.to_owned(), change)]);
    // First filled at the edge, then not.
    for _ in 0..2 {
        let stage = Stage::open(changes.clone()).await;
        is_as_served(&stage).await;
        let Heard {
            diagnostics,
            warnings,
            violations,
        } = heard(&stage).await;
        assert_eq!(diagnostics.len(), 1, "{diagnostics:?}");
        assert_eq!(diagnostics[0]["code"], code);
        let line = format!(
            "nearfield: {} ({code})",
            diagnostics[0]["message"].as_str().unwrap()
        );
        assert_eq!(warnings, [line]);
        assert!(violations.is_empty(), "{violations:?}");
        // The bank itself works on: another customer's account, in another language.
        stage.go("/?customer=berka-52&lang=cs#accounts").await;
        let account = stage.find("#accounts [data-view=account] .big").await;
        assert!(account.text().await.unwrap().contains("Kč"));
        assert!(stage.ask::<bool>("nearfield.bundle === null").await);
        stage.close().await;
        changes.extend([unfilled()]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_altered_bundle_changes_nothing() {
    fails("/data/retail.nearfield", altered(), "bundle-untrusted").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_bundle_changes_nothing() {
    fails("/data/retail.nearfield", Change::Lost, "bundle-missing").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_module_changes_nothing() {
    fails("/sdk/nearfield_engine_bg.wasm", Change::Lost, "engine").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_worker_changes_nothing() {
    fails("/sdk/worker.js", Change::Lost, "worker").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_engine_can_be_switched_off_and_on() {
    let mut changes = Changes::new();
    for _ in 0..2 {
        let stage = Stage::open(changes.clone()).await;
        stage.click("#allow").await;
        let filled = stage.slots("web").await;
        assert!(filled.iter().any(|slot| !slot.cards.is_empty()));
        stage.click("label.switch:has(#engine)").await;
        is_as_served(&stage).await;
        let shown: Value = stage.ask("({ on: engine.checked, consents: document.querySelectorAll('#purposes input').length })").await;
        assert_eq!(shown, json!({ "on": false, "consents": 0 }));
        // It was asked for, so there is nothing to diagnose; and what was allowed is not forgotten.
        stage.click("label.switch:has(#engine)").await;
        assert_eq!(stage.slots("web").await, filled);
        let Heard {
            diagnostics,
            warnings,
            violations,
        } = heard(&stage).await;
        assert!(
            diagnostics.is_empty() && warnings.is_empty(),
            "{diagnostics:?} {warnings:?}"
        );
        assert!(violations.is_empty(), "{violations:?}");
        stage.close().await;
        changes.extend([unfilled()]);
    }
}
