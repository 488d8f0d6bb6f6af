//! Nodes of trees as ONNX writes them.

use super::super::super::{
    ModelProblem,
    forest::{Plain, Test},
};
use super::super::{graph::Node, refused};

/// A node of a tree, with what each of its leaves adds to which output.
pub(super) enum Part {
    Leaf(Vec<(usize, f64)>),
    Split {
        input: usize,
        mode: u8,
        value: f64,
        yes: usize,
        no: usize,
        tracks: bool,
    },
}

/// The modes of splits in the order of their numbers.
const MODES: [&str; 7] = [
    "BRANCH_LEQ",
    "BRANCH_LT",
    "BRANCH_GTE",
    "BRANCH_GT",
    "BRANCH_EQ",
    "BRANCH_NEQ",
    "BRANCH_MEMBER",
];
/// No split.
pub(super) const LEAF: u8 = u8::MAX;

impl Part {
    /// A leaf that adds to the second output only.
    pub(super) fn second(self) -> Self {
        match self {
            Self::Leaf(adds) => {
                Self::Leaf(adds.into_iter().map(|(_, weight)| (1, weight)).collect())
            }
            split => split,
        }
    }

    /// The node as a tree of one output has it.
    pub(super) fn plain(&self, output: usize) -> Plain {
        match self {
            Self::Leaf(adds) => {
                let own = adds.iter().filter(|(to, _)| *to == output);
                Plain::Leaf {
                    value: own.map(|(_, weight)| weight).sum(),
                    cover: 0.0,
                }
            }
            Self::Split {
                input,
                mode,
                value,
                yes,
                no,
                tracks,
            } => {
                // Not below is at least, not at most is more.
                let opposite = matches!(mode, 2 | 3);
                let test = if matches!(mode, 0 | 3) {
                    Test::AtMost(*value)
                } else {
                    Test::Below(*value)
                };
                let (yes, no) = if opposite { (*no, *yes) } else { (*yes, *no) };
                Plain::Split {
                    input: *input,
                    test,
                    yes,
                    no,
                    missing_yes: *tracks != opposite,
                    cover: 0.0,
                }
            }
        }
    }
}

/// A place in a list; one that is none where it is below zero.
pub(super) fn position(number: i64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// The number of a mode.
pub(super) fn mode(node: &Node, name: &str) -> Result<u8, ModelProblem> {
    if name == "LEAF" {
        return Ok(LEAF);
    }
    let number = MODES
        .iter()
        .position(|mode| *mode == name)
        .and_then(|mode| u8::try_from(mode).ok());
    known(node, number, name)
}

/// A mode that is read.
pub(super) fn known(node: &Node, mode: Option<u8>, name: &str) -> Result<u8, ModelProblem> {
    mode.filter(|mode| *mode < 4).ok_or_else(|| {
        refused(
            node,
            &format!("attribute `nodes_modes`: `{name}`: only splits by less and more are read"),
        )
    })
}
