//! Explanations: `explanations.toml`, what is said of an action that is not shown.

use engine::explain::Kind;

use super::{Texts, sets::texts, table::Table};
use crate::place::Spot;

/// For each kind of stop, in their order, a sentence with `{}` for the name of what stopped the action.
pub(super) fn explanations(table: &mut Table<'_, '_>, locales: &[Spot<String>]) -> Vec<Texts> {
    Kind::ALL
        .map(|kind| texts(table, kind.name(), locales))
        .into()
}
