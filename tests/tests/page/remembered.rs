//! What the customer sees, follows and waves away is kept on the device, under consent, and counts.

use std::time::Duration;

use fantoccini::key::Key;
use serde_json::{Value, json};

use crate::{
    front::Changes,
    native::{self, PURPOSES, customer},
    stage::{Slot, Stage},
};

const CUSTOMER: &str = "berka-114";
const DISMISS: &str = "[data-placeholder='rib.dashboard.hero'] .nearfield-dismiss";

/// Longer than the second that a card has to be in sight.
const LOOK: Duration = Duration::from_millis(2_500);

async fn open() -> Stage {
    let stage = Stage::open(Changes::new()).await;
    stage.choose("#customer", CUSTOMER).await;
    stage.click("#allow").await;
    stage
}

/// The actions of the interactions of a kind, in alphabetical order.
async fn kept(stage: &Stage, kind: &str) -> Vec<String> {
    let all = stage.interactions().await;
    let mut actions: Vec<String> = all
        .iter()
        .filter(|event| event["kind"] == kind)
        .map(|event| event["action"].as_str().unwrap().to_owned())
        .collect();
    actions.sort();
    actions
}

fn actions(slots: &[Slot]) -> Vec<&str> {
    let cards = slots.iter().flat_map(|slot| &slot.cards);
    cards.map(|card| card.action.as_str()).collect()
}

async fn hero(stage: &Stage) -> Option<String> {
    stage
        .ask("document.querySelector('[data-placeholder=\"rib.dashboard.hero\"] .nearfield')?.dataset.nearfieldAction ?? null")
        .await
}

async fn count(stage: &Stage, selector: &str) -> usize {
    let count = format!("document.querySelectorAll({}).length", json!(selector));
    stage.ask(&count).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_in_sight_for_a_second_is_seen_once_and_what_is_out_of_sight_is_not() {
    let stage = open().await;
    let asked = stage.front.seen().len();
    tokio::time::sleep(LOOK).await;
    let in_sight: Vec<String> = stage.ask("probe.inSight()").await;
    assert!(!in_sight.is_empty());
    assert_eq!(kept(&stage, "impression").await, in_sight);
    let all = stage.interactions().await;
    assert!(all.iter().all(|event| event["channel"] == "web"), "{all:?}");
    // Filled again by a purpose that changes, it is the same view of what stays.
    stage.click("label[for=purpose-details]").await;
    stage.click("label[for=purpose-details]").await;
    tokio::time::sleep(LOOK).await;
    let mut seen = kept(&stage, "impression").await;
    seen.dedup();
    assert_eq!(kept(&stage, "impression").await, seen);
    // A page that is passed through is not seen.
    stage.ask::<Value>("location.hash = 'loans'").await;
    stage.ask::<Value>("location.hash = 'help'").await;
    tokio::time::sleep(LOOK).await;
    let help: Vec<String> = stage.ask("probe.inSight()").await;
    let mut both: Vec<String> = seen.into_iter().chain(help).collect();
    both.sort();
    assert_eq!(kept(&stage, "impression").await, both);
    assert_eq!(stage.front.seen().len(), asked, "somebody was told");
    stage.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_waved_away_goes_and_stays_away_after_a_reload() {
    let stage = open().await;
    let before = stage.shows(&customer(CUSTOMER), &PURPOSES, "en").await;
    let action = hero(&stage).await.unwrap();
    let named: Value = stage
        .ask(&format!(
            "(({{ ariaLabel, title }}) => ({{ ariaLabel, title }}))(document.querySelector({}))",
            json!(DISMISS)
        ))
        .await;
    assert_eq!(
        named,
        json!({ "ariaLabel": "Not interested", "title": "Not interested" })
    );
    stage.ask::<Value>("probe.expect()").await;
    let button = stage.find(DISMISS).await;
    button.send_keys(&Key::Enter).await.unwrap();
    stage.ask::<Value>("probe.turn").await;
    assert_eq!(kept(&stage, "dismissal").await, [action.as_str()]);
    let after = stage.shows(&customer(CUSTOMER), &PURPOSES, "en").await;
    assert_ne!(actions(&after), actions(&before));
    assert!(!actions(&after).contains(&action.as_str()));
    let held: Option<String> = stage
        .ask("document.activeElement.dataset.placeholder ?? null")
        .await;
    assert_eq!(held.as_deref(), Some("rib.dashboard.hero"));

    let stored: Value = stage.ask("probe.stored()").await;
    let names = stored["names"].as_array().unwrap();
    assert!(names.contains(&json!(format!("{CUSTOMER} interactions"))));
    let text = stored["text"].as_str().unwrap();
    assert!(!text.contains("dismissal") && !text.contains(&action));

    stage.go(&format!("/?customer={CUSTOMER}&lang=cs")).await;
    assert_eq!(kept(&stage, "dismissal").await, [action.as_str()]);
    let reloaded = stage.shows(&customer(CUSTOMER), &PURPOSES, "cs").await;
    assert_eq!(actions(&reloaded), actions(&after));
    let label = stage.find(DISMISS).await.attr("aria-label").await.unwrap();
    assert_eq!(label.as_deref(), Some("Nemám zájem"));

    // It is this customer's, and goes with the customer.
    stage.choose("#customer", "berka-52").await;
    assert_eq!(kept(&stage, "dismissal").await, [""; 0]);
    stage.choose("#customer", CUSTOMER).await;
    assert_eq!(kept(&stage, "dismissal").await, [action.as_str()]);
    stage.click("#erase").await;
    assert_eq!(stage.interactions().await, [Value::Null; 0]);
    stage.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_purpose_nothing_is_kept_and_nothing_can_be_waved_away() {
    let stage = open().await;
    stage
        .ask::<Value>("document.querySelector('.nearfield-act').click()")
        .await;
    tokio::time::sleep(LOOK).await;
    assert_eq!(kept(&stage, "click").await.len(), 1);
    assert!(!kept(&stage, "impression").await.is_empty());
    assert!(count(&stage, ".nearfield-dismiss").await > 0);

    stage.click("label[for=purpose-behaviour]").await;
    tokio::time::sleep(LOOK).await;
    assert_eq!(stage.interactions().await, [Value::Null; 0]);
    assert_eq!(count(&stage, ".nearfield-dismiss").await, 0);
    assert!(count(&stage, ".nearfield").await > 0);
    assert!(!stage.find("#memory").await.is_displayed().await.unwrap());
    let stored: Value = stage.ask("probe.stored()").await;
    let names = stored["names"].as_array().unwrap();
    assert!(names.contains(&json!(format!("{CUSTOMER} consent"))));
    assert!(!names.contains(&json!(format!("{CUSTOMER} interactions"))));

    // Given again, it begins with nothing.
    stage.click("label[for=purpose-behaviour]").await;
    tokio::time::sleep(LOOK).await;
    let in_sight: Vec<String> = stage.ask("probe.inSight()").await;
    assert_eq!(kept(&stage, "impression").await, in_sight);
    assert_eq!(kept(&stage, "click").await, [""; 0]);
    stage.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_offer_seen_as_often_as_the_cap_allows_gives_way() {
    let stage = open().await;
    let offer = hero(&stage).await.unwrap();
    // `policies/retail/contact.toml`: an offer is shown six times in seven days.
    for view in 1..=6 {
        assert_eq!(hero(&stage).await.as_ref(), Some(&offer), "view {view}");
        while kept(&stage, "impression")
            .await
            .iter()
            .filter(|action| **action == offer)
            .count()
            < view
        {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        stage.ask::<Value>("probe.expect()").await;
        stage.ask::<Value>("location.hash = 'logout'").await;
        stage.ask::<Value>("probe.turn").await;
        stage.ask::<Value>("probe.expect()").await;
        stage.ask::<Value>("location.hash = 'dashboard'").await;
        stage.ask::<Value>("probe.turn").await;
    }
    let slots = stage.shows(&customer(CUSTOMER), &PURPOSES, "en").await;
    assert!(!actions(&slots).contains(&offer.as_str()), "{slots:?}");
    stage.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn quiet_hours_go_by_the_clock_of_the_device() {
    let stage = open().await;
    let desk = async |minutes: i32| -> (Vec<Slot>, Vec<Slot>) {
        let fill = format!(
            "(Date.prototype.getTimezoneOffset = () => {}, Promise.all([...document.querySelectorAll('[data-channel]')]
                .map((root) => nearfield.fill(root, {{ channel: root.dataset.channel, locale: 'en' }}))).then(() => null))",
            -minutes
        );
        stage.ask::<Value>(&fill).await;
        (stage.slots("call-centre").await, stage.slots("web").await)
    };
    // The demonstration's clock is at noon UTC.
    let (noon, site) = desk(0).await;
    let (evening, same) = desk(9 * 60).await;
    assert_eq!(site, same);
    assert_ne!(actions(&noon), actions(&evening));
    let at: String = stage
        .ask("nearfield.explain('rib.dashboard.hero').receipt.at")
        .await;
    for (minutes, shown) in [(0, &noon), (540, &evening)] {
        let decision = native::decide_at_offset(
            &customer(CUSTOMER),
            &PURPOSES,
            "call-centre",
            minutes,
            &at,
            shown,
        );
        for slot in shown {
            let expected = native::placements(&decision, &slot.name);
            let cards: Vec<_> = expected.iter().map(|found| native::card(found)).collect();
            assert_eq!(slot.cards, cards, "{} at {minutes}", slot.name);
        }
    }
    // What the page says itself counts.
    let told: Value = stage
        .ask("nearfield.decide({ context: { channel: 'call-centre', utc_offset_minutes: 0 } }).then(JSON.parse)")
        .await;
    let own: Value = stage
        .ask("nearfield.decide({ context: { channel: 'call-centre' } }).then(JSON.parse)")
        .await;
    assert_ne!(told["receipt"]["context"], own["receipt"]["context"]);
    assert_ne!(told["placements"], own["placements"]);
    stage.close().await;
}
