//! Trees as any library writes them, checked and laid out for the engine.
//!
//! An importer says in its library's own terms what each node does ([`Plain`]); [`Forest::plant`] checks that
//! the nodes are one tree of bounded size and depth, drops those that no path reaches, and turns every split
//! into the engine's "below goes to the second child, anything else, also missing, to the first".

use engine::{
    limits::TREE_DEPTH,
    models::{CATEGORIES, Node, Real, Set, Tree, Trees, column},
};

use super::{ModelProblem, at_most};
use crate::limits;

/// Trees in the making. Numbers are kept in 64 bits; a forest of 32-bit trees rounds thresholds so that no
/// 32-bit number compares differently.
pub(crate) struct Forest<T: Real> {
    trees: Trees<T>,
    inputs: usize,
}

/// A node of a tree in a file. Children are positions in the same list.
#[derive(Clone)]
pub(crate) enum Plain {
    /// The end of a way.
    Leaf {
        /// What it adds.
        value: f64,
        /// How much training data reached it.
        cover: f64,
    },
    /// A question.
    Split {
        /// Position of the input that it asks about.
        input: usize,
        /// What holds of the input for `yes`.
        test: Test,
        /// Where a row goes of which it holds.
        yes: usize,
        /// Where any other goes.
        no: usize,
        /// Whether a missing value goes to `yes`.
        missing_yes: bool,
        /// How much training data reached it.
        cover: f64,
    },
}

/// What a split asks.
#[derive(Clone)]
pub(crate) enum Test {
    /// Is it below?
    Below(f64),
    /// Is it at most?
    AtMost(f64),
    /// Is it, without its fraction, one of these categories? A bit each.
    In(Vec<u32>),
}

/// A width that thresholds can be rounded to.
pub(crate) trait Width: Real {
    /// The least number of this width that is not below a number.
    fn at_least(number: f64) -> Self;
    /// The nearest number of this width.
    fn nearest(number: f64) -> Self;
    /// The next larger number.
    fn after(self) -> Self;
    /// The opposite.
    fn opposite(self) -> Self;
}

impl<T: Width> Forest<T> {
    /// No tree yet, for that many inputs.
    pub(crate) fn new(inputs: usize, base: Vec<T>) -> Result<Self, ModelProblem> {
        at_most("inputs", inputs, limits::INPUTS)?;
        at_most("outputs", base.len(), limits::OUTPUTS)?;
        let trees = Trees {
            base,
            ..Trees::default()
        };
        Ok(Self { trees, inputs })
    }

    /// The trees; their sums are divided by `divisor`.
    pub(crate) fn grown(self, divisor: u32) -> Trees<T> {
        Trees {
            divisor,
            ..self.trees
        }
    }

    /// Adds a tree, whose root is the first node, to an output.
    pub(crate) fn plant(&mut self, nodes: &[Plain], output: usize) -> Result<(), ModelProblem> {
        let tree = self.trees.trees.len();
        at_most("trees", tree + 1, limits::TREES)?;
        let broken = |what| ModelProblem::BrokenTree { tree, what };
        let output = u16::try_from(output)
            .ok()
            .filter(|output| usize::from(*output) < self.trees.base.len())
            .ok_or_else(|| broken("it adds to an output that the model does not have"))?;
        let root = self.trees.nodes.len();
        // Positions in the file of the nodes in the order of the result, with their depth. Two children stand
        // side by side behind their parent.
        let mut order = vec![(0usize, 0usize)];
        let mut seen = vec![false; nodes.len()];
        let mut next = 0;
        let mut deepest = 0;
        while let Some((from, depth)) = order.get(next).copied() {
            let new = seen
                .get_mut(from)
                .map(|seen| core::mem::replace(seen, true));
            let node = match (new, nodes.get(from)) {
                (Some(false), Some(node)) => node,
                (Some(true), _) => return Err(broken("two branches lead to one node")),
                _ => return Err(broken("a child is out of range")),
            };
            deepest = deepest.max(depth);
            let large = |what, limit| ModelProblem::LargeTree { tree, what, limit };
            if depth > TREE_DEPTH {
                return Err(large("asks too many questions in a row", TREE_DEPTH));
            }
            let child = u16::try_from(order.len() - next)
                .map_err(|_| large("has too many nodes side by side", usize::from(u16::MAX)))?;
            let (laid, children) = self.lay(node, child, tree)?;
            self.trees.nodes.push(laid);
            self.trees.covers.push(cover(node));
            order.extend(children.into_iter().flatten().map(|at| (at, depth + 1)));
            next += 1;
            at_most("nodes", root + order.len(), limits::NODES)?;
        }
        let nodes = self.trees.nodes.get_mut(root..).unwrap_or_default();
        let covers = self.trees.covers.get_mut(root..).unwrap_or_default();
        spread(nodes, covers);
        cluster(nodes, covers);
        let wide = |_| broken("it has too many nodes");
        self.trees.trees.push(Tree {
            root: u32::try_from(root).map_err(wide)?,
            depth: u16::try_from(deepest).map_err(wide)?,
            output,
        });
        Ok(())
    }

    /// A node for the engine, and the positions of its first and second child in the file.
    fn lay(
        &mut self,
        node: &Plain,
        child: u16,
        tree: usize,
    ) -> Result<(Node<T>, Option<[usize; 2]>), ModelProblem> {
        let (input, test, yes, no, missing_yes) = match node {
            Plain::Leaf { value, .. } => {
                let value = number(|| format!("a leaf of tree {tree}"), *value)?;
                return Ok((Node::leaf(T::nearest(value)), None));
            }
            Plain::Split {
                input,
                test,
                yes,
                no,
                missing_yes,
                ..
            } => (*input, test, *yes, *no, *missing_yes),
        };
        let place = u16::try_from(input).ok().filter(|_| input < self.inputs);
        let input = place.ok_or(ModelProblem::BrokenTree {
            tree,
            what: "it asks about an input that the model does not have",
        })?;
        let below = match test {
            Test::In(words) => {
                let set = self.set(words)?;
                let node = Node {
                    threshold: T::nearest(set),
                    column: column(input, missing_yes) | CATEGORIES,
                    child,
                };
                return Ok((node, Some([no, yes])));
            }
            Test::Below(threshold) => T::at_least(number(
                || format!("a threshold of tree {tree}"),
                *threshold,
            )?),
            Test::AtMost(threshold) => {
                // What is at most the threshold is below the number after it; of a narrower width, below the
                // first number of that width which is more.
                // Infinity is what every value but a missing one is at most.
                let threshold = if *threshold == f64::INFINITY {
                    *threshold
                } else {
                    number(|| format!("a threshold of tree {tree}"), *threshold)?
                };
                let least = T::at_least(threshold);
                if least.into() > threshold {
                    least
                } else {
                    least.after()
                }
            }
        };
        // A missing value is below nothing, so it takes the first child. Where it shall go with the smaller
        // values, opposites are compared: x ≥ t is −x < the number after −t.
        Ok(if missing_yes {
            let node = Node {
                threshold: below.opposite().after(),
                column: column(input, true),
                child,
            };
            (node, Some([yes, no]))
        } else {
            let node = Node {
                threshold: below,
                column: column(input, false),
                child,
            };
            (node, Some([no, yes]))
        })
    }

    /// The position of a new set.
    fn set(&mut self, words: &[u32]) -> Result<f64, ModelProblem> {
        let position = self.trees.sets.len();
        at_most("sets of categories", position + 1, limits::NODES)?;
        let first = self.trees.words.len();
        at_most("words of categories", first + words.len(), limits::NODES)?;
        let count = |count| u32::try_from(count).unwrap_or(u32::MAX);
        self.trees.sets.push(Set {
            first: count(first),
            words: count(words.len()),
        });
        self.trees.words.extend(words);
        Ok(f64::from(count(position)))
    }
}

fn cover(node: &Plain) -> f32 {
    let (Plain::Leaf { cover, .. } | Plain::Split { cover, .. }) = node;
    f32::nearest(cover.max(0.0))
}

/// Where a file does not say how much training data reached its splits, as ONNX never does, every leaf counts
/// alike: reasons are shares, and shares of nothing are none.
fn spread<T: Real>(nodes: &[Node<T>], covers: &mut [f32]) {
    let known = |cover: &f32| *cover > 0.0 && cover.is_finite();
    let mut splits = nodes
        .iter()
        .zip(&*covers)
        .filter(|(node, _)| node.child > 0);
    if splits.all(|(_, cover)| known(cover)) {
        return;
    }
    for (at, node) in nodes.iter().enumerate().rev() {
        let first = at + usize::from(node.child);
        let below = |child| covers.get(child).copied().unwrap_or_default();
        let leaves = if node.child == 0 {
            1.0
        } else {
            below(first) + below(first + 1)
        };
        if let Some(cover) = covers.get_mut(at) {
            *cover = leaves;
        }
    }
}

/// Puts the nodes of a tree into another order: behind two siblings their children, and so on from each of those.
/// Level by level, a row would find the next node on another cache line at each step; so it does at every other.
/// A tree so large that a child would be too far from its parent stays as it is.
fn cluster<T: Real>(nodes: &mut [Node<T>], covers: &mut [f32]) {
    let children = |at: &usize| {
        let child = nodes.get(*at).map_or(0, |node| usize::from(node.child));
        (child > 0).then_some([at + child, at + child + 1])
    };
    let mut order = vec![0];
    // Splits whose children have no place yet, the next last.
    let mut waiting = vec![0];
    while let Some(siblings) = waiting.pop().and_then(|at| children(&at)) {
        order.extend(siblings);
        let below: Vec<usize> = siblings.iter().filter_map(children).flatten().collect();
        order.extend(&below);
        let splits = below.iter().rev().filter(|at| children(at).is_some());
        waiting.extend(splits);
    }
    let mut places = vec![0; nodes.len()];
    for (place, at) in order.iter().enumerate() {
        if let Some(slot) = places.get_mut(*at) {
            *slot = place;
        }
    }
    let moved = order.iter().map(|at| {
        let mut node = *nodes.get(*at)?;
        if let Some([first, _]) = children(at) {
            let apart = places.get(first)?.checked_sub(*places.get(*at)?)?;
            node.child = u16::try_from(apart).ok()?;
        }
        Some((node, *covers.get(*at)?))
    });
    let Some(moved) = moved.collect::<Option<Vec<_>>>() else {
        return;
    };
    for ((node, cover), moved) in nodes.iter_mut().zip(covers).zip(moved) {
        (*node, *cover) = moved;
    }
}

fn number(what: impl FnOnce() -> String, number: f64) -> Result<f64, ModelProblem> {
    if number.is_finite() {
        Ok(number)
    } else {
        Err(ModelProblem::Number {
            what: what(),
            found: number.to_string(),
            remedy: "it must be a finite number",
        })
    }
}

impl Width for f32 {
    fn at_least(number: f64) -> Self {
        let near = Self::nearest(number);
        if f64::from(near) < number {
            near.next_up()
        } else {
            near
        }
    }

    #[expect(clippy::cast_possible_truncation, reason = "that is what it is for")]
    fn nearest(number: f64) -> Self {
        number as Self
    }

    fn after(self) -> Self {
        self.next_up()
    }

    fn opposite(self) -> Self {
        -self
    }
}

impl Width for f64 {
    fn at_least(number: f64) -> Self {
        number
    }

    fn nearest(number: f64) -> Self {
        number
    }

    fn after(self) -> Self {
        self.next_up()
    }

    fn opposite(self) -> Self {
        -self
    }
}

#[cfg(test)]
mod tests;
