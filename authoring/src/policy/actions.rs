//! Actions: the catalogue, one file (or several: `cross-sell-cards.toml`) for each life stage.

use engine::bundle::LifeStage;

use super::{
    Action, CHANNELS, Pitch,
    groups::engagement,
    table::Table,
    value::{one_of, small},
};
use crate::{place::Spot, problem::Log};

/// The life stages by the name that policies give them.
pub(super) const STAGES: [(&str, LifeStage); 4] = [
    ("activation", LifeStage::Activation),
    ("attrition-prevention", LifeStage::AttritionPrevention),
    ("cross-sell", LifeStage::CrossSell),
    ("engagement", LifeStage::Engagement),
];

/// The life stage that a file's name begins with.
pub(super) fn life_stage(file: &str) -> Option<LifeStage> {
    let stem = file.strip_suffix(".toml")?;
    let of = |name: &str| {
        stem.strip_prefix(name)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
    };
    STAGES
        .iter()
        .find(|(name, _)| of(name))
        .map(|(_, stage)| *stage)
}

/// The actions of a file.
pub(super) fn actions(
    table: &mut Table<'_, '_>,
    life_stage: LifeStage,
    locales: &[Spot<String>],
    log: &Log,
) -> Vec<Action> {
    let read = |(id, table)| action(id, table, life_stage, locales, log);
    table.tables("action").into_iter().map(read).collect()
}

fn action(
    id: Spot<String>,
    mut table: Table<'_, '_>,
    life_stage: LifeStage,
    locales: &[Spot<String>],
    log: &Log,
) -> Action {
    let product = table.text("product", "what it is about, e.g. `product = \"savings\"`");
    let purpose = table.optional_text("purpose");
    let triggers = table.optional_texts("triggers").unwrap_or_default();
    let engagement = engagement(&mut table);
    let model = table.optional_text("model");
    let remedy = "the share that took it up before, 0 to 1, e.g. `propensity = 0.1`";
    let propensity = small(table.number("propensity", 0.0, 1.0, remedy).value);
    let remedy = "what it is worth when taken up, e.g. `value = 300`";
    let value = small(table.number("value", 0.0, 1e9, remedy).value);
    let urgency = table
        .optional_number("urgency", 0.0, 1.0)
        .map_or(0.0, |spot| small(spot.value));
    let mut affinity = Vec::new();
    if let Some(mut factors) = table.optional_table("affinity") {
        let named = factors.numbers("personas", 0.0, 100.0);
        affinity.extend(
            named
                .into_iter()
                .map(|(persona, factor)| (persona, small(factor))),
        );
        factors.finish();
    }
    let formats = table.texts("formats", "e.g. `formats = [\"card\"]`");
    let topics = table.optional_texts("topics").unwrap_or_default();
    let channels = table.texts("channels", "e.g. `channels = [\"web\", \"app\"]`");
    let channels = channels
        .iter()
        .filter_map(|name| one_of("channel", name, &CHANNELS, log))
        .collect();
    let repeat_on_page = table
        .optional_flag("repeat_on_page")
        .is_some_and(|spot| spot.value);
    let pitches = locales
        .iter()
        .filter_map(|locale| pitch(&mut table, &locale.value))
        .collect();
    table.finish();
    Action {
        id,
        life_stage,
        product,
        purpose,
        triggers,
        engagement,
        model,
        propensity,
        value,
        urgency,
        affinity,
        formats,
        topics,
        channels,
        repeat_on_page,
        pitches,
    }
}

fn pitch(table: &mut Table<'_, '_>, locale: &str) -> Option<Pitch> {
    let mut texts = table.table(locale)?;
    let pitch = Pitch {
        title: texts.text("title", "the heading"),
        body: texts.text(
            "body",
            "the sentence, with values such as `{balance|money}`",
        ),
        plain: texts.optional_text("plain"),
        call_to_action: texts.text("call_to_action", "the words on the button"),
    };
    texts.finish();
    Some(pitch)
}
