//! Imported models as files: what `nearfield import` writes and `nearfield score` reads.
//!
//! A file begins with what it is and the BLAKE3 hash of all that follows, so that a bit that was lost on the way
//! is an error and not another score.
//!
//! ```
//! # let json = br#"{"format": "nearfield-cosine/1", "inputs":
//! #     [{"variable": "balance", "mean": 100.0, "scale": 50.0, "direction": 1.0}]}"#;
//! # let imported = authoring::model::cosine(json).unwrap();
//! let file = authoring::model::save(imported).unwrap();
//! let saved = authoring::model::saved(&file).unwrap();
//! assert_eq!(saved.inputs[0], "balance");
//! ```

use engine::models::Model;
use rkyv::{Archive, Serialize, rancor};

use super::{Imported, ModelProblem, at_most};
use crate::limits;

/// What a file of a model begins with; the last byte counts the forms that there have been.
const MAGIC: &[u8; 8] = b"NFMODEL\x03";

/// A model with the names of its inputs.
#[derive(Archive, Serialize, Debug)]
pub struct Saved {
    /// The names, in the model's own order.
    pub inputs: Vec<String>,
    /// Whether the model's own file named them.
    pub named: bool,
    /// For each input, the texts that it holds; empty where all are numbers ([`Imported::texts`]).
    pub texts: Vec<Vec<String>>,
    /// How many numbers it makes.
    pub outputs: u16,
    /// The model, for rows that hold the inputs in their order.
    pub model: Model,
}

/// Why a file is not a saved model.
#[derive(Debug, thiserror::Error)]
pub enum SavedProblem {
    /// Another file, or one of another version of this program.
    #[error("is not a model of this version: make it with `nearfield import`")]
    Format,
    /// Bytes that are not those that were written.
    #[error("is damaged, its hash is another: import the model again")]
    Hash,
    /// Bytes that no model has.
    #[error("is damaged: import the model again")]
    Damaged,
    /// More than is accepted.
    #[error("{0}")]
    TooMuch(#[from] ModelProblem),
}

/// The file of a model.
pub fn save(imported: Imported) -> Result<Vec<u8>, SavedProblem> {
    let saved = Saved {
        inputs: imported.inputs.clone(),
        named: imported.named,
        texts: imported.texts.clone(),
        outputs: u16::try_from(imported.outputs).map_err(|_| SavedProblem::Damaged)?,
        model: imported.alone("model"),
    };
    let body = rkyv::to_bytes::<rancor::Error>(&saved).map_err(|_| SavedProblem::Damaged)?;
    Ok([&MAGIC[..], blake3::hash(&body).as_bytes(), &body].concat())
}

/// Reads a file of a model in place.
pub fn saved(file: &[u8]) -> Result<&ArchivedSaved, SavedProblem> {
    at_most("bytes", file.len(), limits::MODEL_BYTES)?;
    let rest = file.strip_prefix(MAGIC).ok_or(SavedProblem::Format)?;
    let (hash, body) = rest.split_first_chunk().ok_or(SavedProblem::Damaged)?;
    if blake3::hash(body) != *hash {
        return Err(SavedProblem::Hash);
    }
    let saved = rkyv::access::<ArchivedSaved, rancor::Failure>(body);
    let saved = saved.map_err(|_| SavedProblem::Damaged)?;
    let inputs = saved.model.inputs.len();
    let texts = saved.texts.len();
    if saved.inputs.len() == inputs && (texts == 0 || texts == inputs) {
        Ok(saved)
    } else {
        Err(SavedProblem::Damaged)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bit_that_was_lost_is_noticed() {
        let trees = include_bytes!("../../../tests/parity/trees/xgboost-hinge.json");
        let file = save(super::super::xgboost(trees).unwrap()).unwrap();
        saved(&file).unwrap();
        for bit in (0..file.len() * 8).step_by(7) {
            let mut other = file.clone();
            other[bit / 8] ^= 1 << (bit % 8);
            let found = saved(&other).err().unwrap().to_string();
            let expected = if bit < 64 {
                "not a model of this version"
            } else {
                "import the model again"
            };
            assert!(found.contains(expected), "{bit}: {found}");
        }
        let longer = [file.as_slice(), &[0]].concat();
        assert!(matches!(saved(&longer), Err(SavedProblem::Hash)));
    }
}
