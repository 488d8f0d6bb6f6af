//! Experiments: `experiments.toml` and `challengers/<name>.toml`, what chance decides.

use std::sync::Arc;

use super::{
    table::Table,
    triangulation::{Triangulation, triangulation},
    value::small,
};
use crate::place::{File, Spot};

/// What chance decides.
#[derive(Clone, Debug, Default)]
pub struct Experiments {
    /// The control group: its share, and the group of actions that is withheld from it.
    pub control: Option<(f32, Spot<String>)>,
    /// Scores that are moved to learn: the share of decisions, and how far.
    pub exploration: Option<(f32, f32)>,
    /// Other ways to weigh.
    pub challengers: Vec<Challenger>,
}

/// Another way to weigh, for a share of the decisions.
#[derive(Clone, Debug)]
pub struct Challenger {
    /// The name of its file.
    pub id: Spot<String>,
    /// Its share, 0 to 1.
    pub share: Spot<f64>,
    /// How it weighs.
    pub triangulation: Triangulation,
}

const SHARE: &str = "its part of the decisions, 0 to 1, e.g. `share = 0.1`";

impl Experiments {
    pub(super) fn read(&mut self, table: &mut Table<'_, '_>) {
        if let Some(mut control) = table.optional_table("control") {
            let share = small(control.number("share", 0.0, 1.0, SHARE).value);
            let withholds = control.text("withholds", "the group that is not shown");
            control.finish();
            self.control = Some((share, withholds));
        }
        if let Some(mut exploration) = table.optional_table("exploration") {
            let share = small(exploration.number("share", 0.0, 1.0, SHARE).value);
            let remedy = "how far a score may move, 0 to 1, e.g. `spread = 0.3`";
            let spread = small(exploration.number("spread", 0.0, 1.0, remedy).value);
            exploration.finish();
            self.exploration = Some((share, spread));
        }
    }
}

pub(super) fn challenger(name: &str, file: &Arc<File>, table: &mut Table<'_, '_>) -> Challenger {
    let id = name.strip_suffix(".toml").unwrap_or(name).to_owned();
    Challenger {
        id: Spot::whole(file, id),
        share: table.number("share", 0.0, 1.0, SHARE),
        triangulation: triangulation(table),
    }
}
