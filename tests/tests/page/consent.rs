//! The consent switches: each counts at once, and nobody hears of it.

use serde_json::Value;

use crate::{
    front::Changes,
    native::{PURPOSES, customer},
    stage::{Slot, Stage},
};

const CUSTOMER: &str = "berka-114";

/// The purposes whose data decide what this customer sees. No policy reads how the bank is used online,
/// and the Berka data say nothing of it: that switch changes what may be used, not what is shown.
const DECISIVE: [&str; 3] = ["details", "insights", "offers"];

fn cards(slots: &[Slot]) -> Vec<(&str, &str)> {
    let cards = slots
        .iter()
        .flat_map(|slot| slot.cards.iter().map(move |card| (slot, card)));
    cards
        .map(|(slot, card)| (slot.name.as_str(), card.body.as_str()))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_switch_changes_the_page_at_once_and_asks_no_server() {
    let customer = customer(CUSTOMER);
    let stage = Stage::open(Changes::new()).await;
    stage.choose("#customer", CUSTOMER).await;
    let all: Vec<Value> = stage.ask("nearfield.consent.list()").await;
    let mut known: Vec<&str> = all
        .iter()
        .filter_map(|purpose| purpose["id"].as_str())
        .collect();
    known.sort_unstable();
    assert_eq!(known, PURPOSES);
    assert!(
        all.iter().all(|purpose| purpose["granted"] == false),
        "{all:?}"
    );
    let switches = stage
        .browser
        .client
        .find_all(fantoccini::Locator::Css("#purposes input[role=switch]"));
    assert_eq!(switches.await.unwrap().len(), PURPOSES.len());

    let asked = (stage.front.seen().len(), went_out(&stage).await);
    let refused = only_for_everyone(&stage, &customer).await;
    stage.click("#allow").await;
    let allowed = stage.shows(&customer, &PURPOSES, "en").await;
    for purpose in PURPOSES {
        let switch = format!("label[for=purpose-{purpose}]");
        stage.click(&switch).await;
        assert!(!checked(&stage, purpose).await);
        let others: Vec<&str> = PURPOSES
            .into_iter()
            .filter(|other| *other != purpose)
            .collect();
        let without = stage.shows(&customer, &others, "en").await;
        assert_eq!(may_use(&stage).await, others);
        assert!(
            cards(&without) != cards(&allowed) || !DECISIVE.contains(&purpose),
            "{purpose} changes nothing"
        );
        stage.click(&switch).await;
        assert!(checked(&stage, purpose).await);
        assert_eq!(
            stage.shows(&customer, &PURPOSES, "en").await,
            allowed,
            "{purpose}"
        );
    }
    for purpose in PURPOSES {
        stage.click(&format!("label[for=purpose-{purpose}]")).await;
    }
    assert_eq!(only_for_everyone(&stage, &customer).await, refused);
    stage.click("#allow").await;
    assert_eq!(stage.slots("web").await, allowed);
    stage.click("#refuse").await;
    assert_eq!(only_for_everyone(&stage, &customer).await, refused);
    assert_eq!((stage.front.seen().len(), went_out(&stage).await), asked);
    stage.close().await;
}

/// Asserts that nothing on any channel knows the customer, and gives the website.
async fn only_for_everyone(stage: &Stage, customer: &Value) -> Vec<Slot> {
    for channel in ["app", "call-centre", "relationship-manager"] {
        let slots = stage.slots(channel).await;
        let mut cards = slots.iter().flat_map(|slot| &slot.cards);
        assert!(
            cards.all(|card| card.reasons == "everyone"),
            "{channel}: {slots:?}"
        );
    }
    let slots = stage.shows(customer, &[], "en").await;
    let mut cards = slots.iter().flat_map(|slot| &slot.cards);
    assert!(cards.all(|card| card.reasons == "everyone"), "{slots:?}");
    slots
}

/// How many requests the page has made, and how often it could have.
async fn went_out(stage: &Stage) -> Value {
    stage
        .ask("[performance.getEntriesByType('resource').length, probe.calls.length]")
        .await
}

/// The purposes that the newest decision says it was made under.
async fn may_use(stage: &Stage) -> Vec<String> {
    let mut purposes: Vec<String> = stage
        .ask("nearfield.explain('rib.dashboard.hero').signals.purposes")
        .await;
    purposes.sort();
    purposes
}

async fn checked(stage: &Stage, purpose: &str) -> bool {
    stage
        .ask(&format!(
            "document.getElementById('purpose-{purpose}').checked"
        ))
        .await
}
