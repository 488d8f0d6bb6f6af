//! Causes: `causes.toml`, what moves scores in words that several variables have in common.

use super::{Texts, sets::texts, table::Table};
use crate::place::Spot;

/// What several variables have in common when they move a score.
#[derive(Clone, Debug)]
pub struct Cause {
    /// Its name.
    pub id: Spot<String>,
    /// What reasons call it.
    pub title: Texts,
    /// The variables.
    pub variables: Vec<Spot<String>>,
}

pub(super) fn causes(table: &mut Table<'_, '_>, locales: &[Spot<String>]) -> Vec<Cause> {
    let read = |(id, mut table): (Spot<String>, Table<'_, '_>)| {
        let cause = Cause {
            id,
            title: texts(&mut table, "title", locales),
            variables: table.texts("variables", "e.g. `variables = [\"balance\"]`"),
        };
        table.finish();
        cause
    };
    table.tables("cause").into_iter().map(read).collect()
}
