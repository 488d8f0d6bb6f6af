//! "Why am I seeing this?", with the keyboard, and for every action on the page.

use fantoccini::{Locator, key::Key};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    front::Changes,
    native::{self, PURPOSES, customer},
    stage::Stage,
};

const CUSTOMER: &str = "berka-114";

/// What the dialog says.
#[derive(Debug, Deserialize)]
struct Told {
    placeholder: String,
    action: String,
    title: String,
    reasons: Vec<String>,
    score: String,
    factors: Vec<String>,
}

#[tokio::test(flavor = "multi_thread")]
async fn the_keyboard_opens_and_closes_the_dialog() {
    let stage = Stage::open(Changes::new()).await;
    stage.choose("#customer", CUSTOMER).await;
    stage.click("#allow").await;
    let why = "[data-placeholder='rib.dashboard.hero'] .nearfield-why";
    stage.find(why).await.send_keys(&Key::Enter).await.unwrap();
    let client = &stage.browser.client;
    client
        .wait()
        .for_element(Locator::Css("dialog#why[open]"))
        .await
        .unwrap();
    let open: Value = stage
        .ask("({ modal: why.matches(':modal'), inside: why.contains(document.activeElement), named: document.getElementById(why.getAttribute('aria-labelledby')).textContent })")
        .await;
    let slots = stage.slots("web").await;
    let title = &slots.first().unwrap().cards.first().unwrap().title;
    assert_eq!(
        open,
        json!({ "modal": true, "inside": true, "named": title })
    );
    client
        .active_element()
        .await
        .unwrap()
        .send_keys(&Key::Escape)
        .await
        .unwrap();
    let closed: Value = stage
        .ask(&format!(
            "({{ open: why.open, back: document.activeElement === document.querySelector({}) }})",
            json!(why)
        ))
        .await;
    assert_eq!(closed, json!({ "open": false, "back": true }));
    stage.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_dialog_gives_reasons_and_factors_that_multiply_to_the_score() {
    let stage = Stage::open(Changes::new()).await;
    stage.choose("#customer", CUSTOMER).await;
    stage.click("#allow").await;
    let slots = stage.shows(&customer(CUSTOMER), &PURPOSES, "en").await;
    let at: String = stage
        .ask("nearfield.explain('rib.dashboard.hero').receipt.at")
        .await;
    let decision = native::decide(&customer(CUSTOMER), &PURPOSES, "web", "en", &at, &slots);
    let told: Vec<Told> = stage.ask("probe.reasons()").await;
    assert_eq!(told.len(), decision["placements"].as_array().unwrap().len());
    for Told {
        placeholder,
        action,
        title,
        reasons,
        score,
        factors,
    } in told
    {
        let all = native::placements(&decision, &placeholder);
        let placement = all.iter().find(|found| found["action"] == *action).unwrap();
        assert_eq!(placement["pitch"]["title"], *title);

        let given = placement["reasons"].as_array().unwrap();
        assert_eq!(reasons.len(), given.len(), "{placeholder}");
        for (shown, reason) in reasons.iter().zip(given) {
            let text = reason["text"].as_str();
            let text = text.unwrap_or("Everybody may see this. Nothing about you was used.");
            assert!(
                !text.is_empty() && shown.starts_with(text),
                "{placeholder}: {shown}"
            );
        }

        let exact: Vec<f64> = [
            "propensity",
            "intent",
            "urgency",
            "persona",
            "value",
            "life_stage",
            "focus",
        ]
        .iter()
        .map(|name| placement["breakdown"][name].as_f64().unwrap())
        .collect();
        // Beside them: need, bank and exploration, which is 1 here.
        let known = exact.len() + 3;
        assert_eq!(placement["breakdown"].as_object().unwrap().len(), known);
        let total = placement["score"].as_f64().unwrap();
        let product: f64 = exact.iter().product();
        assert!(
            (product - total).abs() <= 1e-12 * total,
            "{placeholder}: {product} is not {total}"
        );

        // Three significant digits are shown; the order of the factors is the page's own.
        assert!(near(&score, total), "{placeholder}: {score} for {total}");
        let mut shown: Vec<f64> = factors
            .iter()
            .map(|factor| number(factor.trim_start_matches("× ")))
            .collect();
        let shown_product: f64 = shown.iter().product();
        assert!(
            (shown_product / total - 1.0).abs() < 0.03,
            "{placeholder}: {factors:?} for {total}"
        );
        let mut exact = exact;
        shown.sort_by(f64::total_cmp);
        exact.sort_by(f64::total_cmp);
        assert_eq!(shown.len(), exact.len(), "{placeholder}");
        for (shown, exact) in shown.iter().zip(&exact) {
            assert!(
                (shown - exact).abs() <= 0.005 * exact,
                "{placeholder}: {shown} for {exact}"
            );
        }
    }
    stage.close().await;
}

fn near(shown: &str, exact: f64) -> bool {
    (number(shown) - exact).abs() <= 0.005 * exact
}

fn number(shown: &str) -> f64 {
    let digits = shown.replace(',', "");
    digits
        .parse()
        .unwrap_or_else(|error| panic!("{shown}: {error}"))
}
