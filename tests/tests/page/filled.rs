//! The page filled: what it shows, in which language, on which screen.

use serde_json::{Value, json};

use crate::{
    front::Changes,
    native::{PURPOSES, customer},
    stage::{Slot, Stage},
};

/// The page asks the engine for 44 placeholders; a page with fewer than this many filled is not much of one.
const MOST: usize = 30;

fn filled(slots: &[Slot]) -> usize {
    slots.iter().filter(|slot| !slot.cards.is_empty()).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_placeholder_shows_the_native_decision_or_the_content_that_was_there() {
    let stage = Stage::open(Changes::new()).await;
    let served = stage.served().await;
    for id in ["berka-588", "berka-52", "berka-2"] {
        stage.choose("#customer", id).await;
        stage.click("#allow").await;
        let slots = stage.shows(&customer(id), &PURPOSES, "en").await;
        for slot in &slots {
            if slot.cards.is_empty() {
                assert_eq!(slot.html, served[&slot.name], "{id}");
            } else {
                assert_eq!(slot.mark.as_deref(), Some("filled"), "{id}: {}", slot.name);
            }
        }
        let filled = filled(&slots);
        assert!(filled >= MOST, "{id}: only {filled} are filled");
        let personal = slots.iter().flat_map(|slot| &slot.cards);
        let personal = personal.filter(|card| card.reasons != "everyone").count();
        assert!(personal >= 10, "{id}: only {personal} have reasons");
        let said = stage.find("#status").await.text().await.unwrap();
        assert!(
            said.starts_with(&format!("{filled} of 44 ")),
            "{id}: {said}"
        );
    }
    stage.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_speaks_czech() {
    let stage = Stage::open(Changes::new()).await;
    stage.choose("#customer", "berka-72").await;
    stage.click("#allow").await;
    let english = stage.shows(&customer("berka-72"), &PURPOSES, "en").await;
    let before: Vec<String> = stage
        .ask("[...document.querySelectorAll('[data-t]')].map((node) => node.textContent)")
        .await;
    stage.choose("#language", "cs").await;
    let czech = stage.shows(&customer("berka-72"), &PURPOSES, "cs").await;
    for (english, czech) in english.iter().zip(&czech) {
        for (one, other) in english.cards.iter().zip(&czech.cards) {
            assert_eq!(other.locale, "cs", "{}", czech.name);
            assert_ne!(one.title, other.title, "{}", czech.name);
            assert_ne!(one.body, other.body, "{}", czech.name);
        }
    }
    assert_eq!(
        stage.ask::<String>("document.documentElement.lang").await,
        "cs"
    );
    assert_eq!(
        stage
            .find("header.bank nav li a")
            .await
            .text()
            .await
            .unwrap(),
        "Přehled"
    );
    // Names and a few words are the same in both languages; everything else has a translation.
    let same: Vec<String> = stage
        .ask("[...document.querySelectorAll('[data-t]')].map((node) => node.textContent)")
        .await;
    let same: Vec<_> = before
        .iter()
        .zip(&same)
        .filter(|(one, other)| one == other)
        .collect();
    assert!(same.len() * 20 < before.len(), "not translated: {same:?}");
    stage.choose("#language", "en").await;
    assert_eq!(stage.slots("web").await, english);
    stage.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_page_scrolls_sideways_on_a_phone() {
    let stage = Stage::open(Changes::new()).await;
    stage
        .browser
        .client
        .set_window_size(390, 844)
        .await
        .unwrap();
    for (id, language) in [("berka-588", "en"), ("berka-2", "cs")] {
        stage.go(&format!("/?customer={id}&lang={language}")).await;
        stage.ask::<Value>("nearfield.consent.list().then((all) => nearfield.consent.give(...all.map(({ id }) => id)))").await;
        let pages: Vec<String> = stage
            .ask("[...document.querySelectorAll('.page')].map(({ id }) => id)")
            .await;
        assert_eq!(pages.len(), 13);
        for page in pages {
            let shown = format!(
                "(location.hash = {0}, {{
                    page: [...document.querySelectorAll('.page')].filter((page) => page.checkVisibility()).map(({{ id }}) => id),
                    screen: innerWidth,
                    hidden: document.documentElement.scrollWidth - document.documentElement.clientWidth,
                }})",
                json!(page)
            );
            let shown: Value = stage.ask(&shown).await;
            assert_eq!(
                shown,
                json!({ "page": [page], "screen": 390, "hidden": 0 }),
                "{language}"
            );
        }
    }
    stage.close().await;
}
