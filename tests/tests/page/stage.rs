//! A browser on the page, and the gestures of a customer.

use std::{collections::BTreeMap, time::Duration};

use fantoccini::{Locator, elements::Element, wd::TimeoutConfiguration};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};
use tests::browser::Browser;

use crate::{
    front::{Changes, Front},
    native,
};

/// A placeholder as it stands in the page.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Slot {
    /// Its name.
    pub name: String,
    /// `data-nearfield`.
    pub mark: Option<String>,
    /// The element, as markup.
    pub html: String,
    /// What it is filled with.
    pub cards: Vec<Card>,
}

/// An action in a placeholder.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Card {
    /// `data-nearfield-action`.
    pub action: String,
    /// `data-nearfield-reasons`.
    pub reasons: String,
    /// `lang`.
    pub locale: String,
    /// The heading.
    pub title: String,
    /// The text.
    pub body: String,
    /// The button that follows the action, if it has one.
    pub act: Option<String>,
    /// The button that asks why.
    pub why: String,
}

/// A browser, and the server that it talks to.
pub struct Stage {
    /// The browser.
    pub browser: Browser,
    /// The server.
    pub front: Front,
}

impl Stage {
    /// Opens the page and waits until it has started.
    pub async fn open(changes: Changes) -> Self {
        let stage = Self {
            front: Front::start(changes).await,
            browser: Browser::start().await,
        };
        let patience = Duration::from_secs(20);
        let limits = TimeoutConfiguration::new(Some(patience), Some(patience), None);
        stage.browser.client.update_timeouts(limits).await.unwrap();
        stage.go("/").await;
        stage
    }

    /// Goes to an address of the site and waits until the page has started.
    pub async fn go(&self, path: &str) {
        let address = format!("http://{}{path}", self.front.address);
        self.browser.client.goto(&address).await.unwrap();
        self.ask::<Value>("probe.started()").await;
    }

    /// The value of an expression in the page; promises are awaited.
    pub async fn ask<T: DeserializeOwned>(&self, expression: &str) -> T {
        let script = format!(
            "const done = arguments[0];
            (async () => ({expression}))().then(
                (value) => done({{ value: value ?? null }}),
                (error) => done({{ error: String(error) }}),
            );"
        );
        let mut said = self
            .browser
            .client
            .execute_async(&script, Vec::new())
            .await
            .unwrap_or_else(|error| panic!("{expression}: {error}"));
        assert!(said.get("error").is_none(), "{expression}: {said}");
        serde_json::from_value(said["value"].take())
            .unwrap_or_else(|error| panic!("{expression}: {error}"))
    }

    /// An element that is there.
    pub async fn find(&self, selector: &str) -> Element {
        let found = self.browser.client.find(Locator::Css(selector)).await;
        found.unwrap_or_else(|error| panic!("{selector}: {error}"))
    }

    /// Clicks, and waits until the page is done with it.
    pub async fn click(&self, selector: &str) {
        self.expect().await;
        self.find(selector).await.click().await.unwrap();
        self.done().await;
    }

    /// Chooses from a list what is not chosen already, and waits until the page is done with it.
    pub async fn choose(&self, selector: &str, value: &str) {
        let list = self.find(selector).await;
        if list.prop("value").await.unwrap().as_deref() == Some(value) {
            return;
        }
        self.expect().await;
        list.select_by_value(value).await.unwrap();
        self.done().await;
    }

    /// The placeholders of a channel.
    pub async fn slots(&self, channel: &str) -> Vec<Slot> {
        self.ask(&format!("probe.slots({})", json!(channel))).await
    }

    /// The placeholders of the whole page as the server sends them, by name.
    pub async fn served(&self) -> BTreeMap<String, String> {
        self.ask("probe.served()").await
    }

    /// What the page keeps of what the customer did with what was shown.
    pub async fn interactions(&self) -> Vec<Value> {
        self.ask("nearfield.profile.interactions()").await
    }

    /// Asserts that the website shows what the native engine decides for this customer, who did here what
    /// the page kept.
    pub async fn shows(&self, customer: &Value, purposes: &[&str], locale: &str) -> Vec<Slot> {
        let at: String = self
            .ask("nearfield.explain('rib.dashboard.hero').receipt.at")
            .await;
        // What the customer says is dated one second after what they said before.
        assert!(at.starts_with("1994-03-31T12:00:"), "{at}");
        let slots = self.slots("web").await;
        assert_eq!(slots.len(), 44);
        let mut customer = customer.clone();
        let events = customer["events"].as_array_mut().unwrap();
        events.extend(self.interactions().await);
        let decision = native::decide(&customer, purposes, "web", locale, &at, &slots);
        for slot in &slots {
            let expected = native::placements(&decision, &slot.name);
            let cards: Vec<Card> = expected.iter().map(|found| native::card(found)).collect();
            assert_eq!(slot.cards, cards, "{} with {purposes:?}", slot.name);
        }
        slots
    }

    /// Ends the browser in good order.
    pub async fn close(self) {
        self.browser.close().await;
    }

    async fn expect(&self) {
        self.ask::<Value>("probe.expect()").await;
    }

    async fn done(&self) {
        self.ask::<Value>("probe.turn").await;
    }
}
