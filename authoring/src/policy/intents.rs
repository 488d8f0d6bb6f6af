//! Intents, and the triggers that speak for them.

use engine::bundle::LifeStage;

use super::{
    Intent, Trigger,
    actions::STAGES,
    expand::{Made, expand},
    sets::texts,
    table::Table,
    value::{one_of, small},
};
use crate::{limits, place::Spot, problem::Log};

/// What customers may be about to do.
pub(super) fn intents(table: &mut Table<'_, '_>, locales: &[Spot<String>]) -> Vec<Intent> {
    let read = |(id, mut table): (Spot<String>, Table<'_, '_>)| {
        let longest = f64::from(limits::INTENT_DAYS);
        let remedy = "the days in which it halves, e.g. `half_life_days = 14`";
        let half_life = table.number("half_life_days", 1.0, longest, remedy);
        let remedy = "the days after which it is gone, e.g. `shelf_life_days = 60`";
        let shelf_life = table.number("shelf_life_days", 1.0, longest, remedy);
        let title = texts(&mut table, "title", locales);
        table.finish();
        Intent {
            id,
            title,
            half_life_days: small(half_life.value),
            shelf_life_days: small(shelf_life.value),
        }
    };
    table.tables("intent").into_iter().map(read).collect()
}

/// The triggers of a file, those of templates included.
pub(super) fn triggers(
    table: &mut Table<'_, '_>,
    locales: &[Spot<String>],
    made: &mut Made,
    log: &Log,
) -> Vec<Trigger> {
    let mut triggers = Vec::new();
    for (key, parsed) in table.parsed("trigger") {
        // Errors name the table that a person wrote, so that all its triggers say the same of it.
        let what = format!("trigger `{}`", key.value);
        for (id, parsed) in expand(key, parsed, made, log) {
            if log.is_full() {
                return triggers;
            }
            let table = table.inner(what.clone(), &id, parsed);
            triggers.push(trigger(id, table, locales, log));
        }
    }
    triggers
}

fn trigger(
    id: Spot<String>,
    mut table: Table<'_, '_>,
    locales: &[Spot<String>],
    log: &Log,
) -> Trigger {
    let remedy = "what it tells the bank, e.g. `description = \"Income fell by half\"`";
    let description = table.text("description", remedy);
    let remedy = "where in the relationship it matters, e.g. `life_stage = \"engagement\"`";
    let life_stage = table.text("life_stage", remedy);
    let life_stage = one_of("life stage", &life_stage, &STAGES, log);
    let remedy = "what it speaks for, one of `intents.toml`, e.g. `intent = \"save\"`";
    let intent = table.text("intent", remedy);
    let strength = table
        .optional_number("strength", 0.0, 1.0)
        .map_or(1.0, |spot| spot.value);
    let since = table.optional_text("since");
    let when = table.text("when", "a condition, e.g. `when = 'balance > 50000'`");
    let urgency = table.number("urgency", 0.0, 1.0, "how pressing it is, 0 to 1");
    let because = texts(&mut table, "because", locales);
    table.finish();
    Trigger {
        id,
        description,
        life_stage: life_stage.unwrap_or(LifeStage::Engagement),
        intent,
        strength: small(strength),
        since,
        when,
        urgency: small(urgency.value),
        because,
    }
}
