//! The market of intents: `market/<team>.toml`, what one product team wants.

use std::sync::Arc;

use super::{Texts, sets::texts, table::Table, value::small};
use crate::place::{File, Spot};

/// A product team and its wishes.
#[derive(Clone, Debug)]
pub struct Team {
    /// The name of its file.
    pub id: Spot<String>,
    /// Its name in reasons.
    pub title: Texts,
    /// What it wants.
    pub wants: Vec<Want>,
}

/// A team's wish to reach customers with an intent.
#[derive(Clone, Debug)]
pub struct Want {
    /// Its name within the team.
    pub id: Spot<String>,
    /// The intent.
    pub intent: Spot<String>,
    /// The strength from which on it is wanted, 0 to 1.
    pub at_least: f32,
    /// Must hold as well, in CEL.
    pub when: Option<Spot<String>>,
    /// What the customer is to be shown.
    pub actions: Vec<Spot<String>>,
    /// How much the team presses.
    pub bid: f32,
}

pub(super) fn team(
    name: &str,
    file: &Arc<File>,
    table: &mut Table<'_, '_>,
    locales: &[Spot<String>],
) -> Option<Team> {
    let id = Spot::whole(file, name.strip_suffix(".toml")?.to_owned());
    let title = texts(table, "title", locales);
    let mut wants = table.table("wants")?;
    let all = wants
        .tables("want")
        .into_iter()
        .map(|(id, table)| want(id, table));
    Some(Team {
        id,
        title,
        wants: all.collect(),
    })
}

fn want(id: Spot<String>, mut table: Table<'_, '_>) -> Want {
    let intent = table.text("intent", "whom it is for, e.g. `intent = \"travel-soon\"`");
    let remedy = "the strength from which on it is wanted, 0 to 1, e.g. `at_least = 0.5`";
    let at_least = small(table.number("at_least", 0.0, 1.0, remedy).value);
    let when = table.optional_text("when");
    let actions = table.texts("actions", "e.g. `actions = [\"travel-card\"]`");
    let bid = table.optional_number("bid", 0.25, 4.0);
    table.finish();
    Want {
        id,
        intent,
        at_least,
        when,
        actions,
        bid: bid.map_or(1.0, |bid| small(bid.value)),
    }
}
