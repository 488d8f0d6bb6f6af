//! Trees as the engine runs them: imported, archived, read in place.

use engine::models::{ArchivedModel, Model, Row};
use rkyv::{rancor, util::AlignedVec};

use crate::model::{self, ModelProblem};

/// An imported model over the features of an encoding.
pub(super) struct Trees {
    archived: AlignedVec,
}

/// Why a file of trees cannot be used here.
pub(super) enum Unusable {
    /// It is refused.
    Refused(ModelProblem),
    /// It reads something that is no feature.
    NoFeature(String),
    /// It cannot be archived.
    Archive(String),
}

impl Trees {
    /// Imports XGBoost's JSON; `position` tells where a feature stands.
    pub(super) fn import(
        json: &[u8],
        position: impl Fn(&str) -> Option<usize>,
    ) -> Result<Self, Unusable> {
        let imported = model::xgboost(json).map_err(Unusable::Refused)?;
        let mut inputs = Vec::with_capacity(imported.inputs.len());
        for name in &imported.inputs {
            match position(name).and_then(|at| u16::try_from(at).ok()) {
                Some(at) => inputs.push(at),
                None => return Err(Unusable::NoFeature(name.clone())),
            }
        }
        let mut model = Model {
            id: String::new(),
            inputs: Vec::new(),
            missing_allowed: 1.0,
            steps: imported.steps,
            output: imported.output,
        };
        model.place(inputs);
        let archived = rkyv::to_bytes::<rancor::Error>(&model)
            .map_err(|error| Unusable::Archive(error.to_string()))?;
        rkyv::access::<ArchivedModel, rancor::Error>(&archived)
            .map_err(|error| Unusable::Archive(error.to_string()))?;
        Ok(Self { archived })
    }

    /// The probability of the label, for each row.
    pub(super) fn scores(&self, rows: &[Vec<f64>]) -> Vec<f64> {
        let Ok(model) = rkyv::access::<ArchivedModel, rancor::Error>(&self.archived) else {
            return vec![f64::NAN; rows.len()];
        };
        let mut scratch = Row::default();
        let score = |row: &Vec<f64>| {
            scratch.fill(row);
            model.score(&mut scratch)
        };
        rows.iter().map(score).collect()
    }
}
