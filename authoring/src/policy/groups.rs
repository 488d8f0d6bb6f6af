//! Groups: `groups.toml`, sets of actions with rules in common.

use engine::bundle::LifeStage;

use super::{Texts, actions::STAGES, sets::texts, table::Table, value::one_of};
use crate::{place::Spot, problem::Log};

/// A set of actions: those of any of its products, purposes and life stages, and those named.
#[derive(Clone, Debug)]
pub struct Group {
    /// Its name.
    pub id: Spot<String>,
    /// Its name in explanations.
    pub title: Texts,
    /// Products.
    pub products: Vec<Spot<String>>,
    /// Purposes.
    pub purposes: Vec<Spot<String>>,
    /// Life stages.
    pub life_stages: Vec<LifeStage>,
    /// Actions.
    pub actions: Vec<Spot<String>>,
    /// What must hold for each of them.
    pub engagement: Engagement,
}

/// Conditions, in CEL, that let an action be shown.
#[derive(Clone, Debug, Default)]
pub struct Engagement {
    /// The customer may have it.
    pub eligible: Option<Spot<String>>,
    /// It makes sense now.
    pub applicable: Option<Spot<String>>,
    /// It is good for the customer.
    pub suitable: Option<Spot<String>>,
}

pub(super) fn groups(table: &mut Table<'_, '_>, locales: &[Spot<String>], log: &Log) -> Vec<Group> {
    let read = |(id, mut table): (Spot<String>, Table<'_, '_>)| {
        let stages = table.optional_texts("life_stages").unwrap_or_default();
        let group = Group {
            id,
            title: texts(&mut table, "title", locales),
            products: table.optional_texts("products").unwrap_or_default(),
            purposes: table.optional_texts("purposes").unwrap_or_default(),
            life_stages: stages
                .iter()
                .filter_map(|stage| one_of("life stage", stage, &STAGES, log))
                .collect(),
            actions: table.optional_texts("actions").unwrap_or_default(),
            engagement: engagement(&mut table),
        };
        table.finish();
        group
    };
    table.tables("group").into_iter().map(read).collect()
}

/// The three conditions of an action or a group.
pub(super) fn engagement(table: &mut Table<'_, '_>) -> Engagement {
    Engagement {
        eligible: table.optional_text("eligible"),
        applicable: table.optional_text("applicable"),
        suitable: table.optional_text("suitable"),
    }
}
