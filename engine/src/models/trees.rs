//! Ensembles of decision trees.
//!
//! A node compares one column of the row with a threshold: below goes to its second child, anything else to
//! its first. The two stand side by side, so a step is one comparison and one addition, without a branch. The
//! columns are missing, missing, x₀, −x₀, x₁, −x₁ and so on: a split that sends missing values the way of
//! "below" compares the opposite instead, and a leaf, whose threshold is its value, compares column 0, is
//! never above it, and leads to itself.
//!
//! The leaves' values and the base are added in tree order, in the width of the library that trained the
//! model, so the sum has the library's bits. Eight trees are walked at once, a step of each in turn: the
//! processor works on the others while one waits for its next node.
//!
//! Layouts that were tried, 24 models of 100 complete trees of depth 6 on 512 variables, one core of a busy
//! machine, microseconds for all models, tenth percentile, native and in V8:
//!
//! | layout | native | V8 |
//! | --- | --- | --- |
//! | nodes with two pointers, flag and value (19 bytes), a branch a node, tree by tree | 160 | 146 |
//! | pairs of 8 bytes, one tree at a time | 52 | 101 |
//! | pairs, 4 trees at once | 32 | 39 |
//! | **pairs, 8 trees at once** | **26** | **28** |
//! | pairs, 16 trees at once | 22 | 30 |
//! | pairs, read as one 64-bit word, 8 at once | 27 | 31 |
//! | pairs, two steps of a tree before the next one's turn, 8 at once | 26 | 30 |
//! | complete trees without pointers, any depth, 8 at once | 25 | 29 |
//! | complete trees without pointers, depth 6 only, 8 at once | 18 | 23 |
//! | pairs with 64-bit thresholds (12 bytes), 8 at once | 32 | 38 |
//!
//! All of these had their nodes level by level. Behind two siblings stand their children now, and so on from
//! each of those: a row then finds every other node on the cache line that it is on. It takes 23.7 µs native in
//! place of 28.3 (in one run), with the same code; importers see to the order.
//!
//! Complete trees are faster only where the depth is written into the code, and a tree that grows leaf by leaf,
//! as LightGBM's do, would be padded to many times its size. So pairs it is, for all.

use core::ops::Add;

use rkyv::{Archive, Archived, Serialize};

use super::matrix::index;
use crate::limits::TREE_DEPTH;

/// What LightGBM takes for zero.
pub(super) const ZERO: f64 = 1e-35_f32 as f64;

/// A width of numbers: `f32` or `f64`.
pub trait Real:
    Archive<Archived: Copy> + Copy + Default + PartialOrd + Add<Output = Self> + Into<f64>
{
    /// No number.
    const MISSING: Self;
    /// What is above it has a category: its whole part, but none below 0.
    const NO_CATEGORY: f64;
    /// Reads one.
    fn of(archived: Self::Archived) -> Self;
    /// A number that has been widened.
    fn narrow(wide: f64) -> Self;
    /// This, divided by a whole number.
    fn shared(self, among: u32) -> Self;
}

/// An ensemble of trees with thresholds and leaves of one width.
#[derive(Archive, Serialize, Debug)]
pub struct Trees<T: Real> {
    /// What each output is before the first tree. Their number is the number of outputs.
    pub base: Vec<T>,
    /// What the sums are divided by at the end, where the trees' mean is wanted.
    pub divisor: u32,
    /// The trees, in the order in which they are added up.
    pub trees: Vec<Tree>,
    /// The nodes of all trees, children after their parents.
    pub nodes: Vec<Node<T>>,
    /// How much training data reached each node. Only explanations read it.
    pub covers: Vec<f32>,
    /// Whether zero counts as missing.
    pub zero_is_missing: bool,
    /// Sets of categories.
    pub sets: Vec<Set>,
    /// The bits of all sets.
    pub words: Vec<u32>,
}

impl<T: Real> Default for Trees<T> {
    fn default() -> Self {
        Self {
            base: Vec::new(),
            divisor: 1,
            trees: Vec::new(),
            nodes: Vec::new(),
            covers: Vec::new(),
            zero_is_missing: false,
            sets: Vec::new(),
            words: Vec::new(),
        }
    }
}

/// Where a tree is.
#[derive(Archive, Serialize, Clone, Copy, Debug, Default, PartialEq)]
pub struct Tree {
    /// Position of its root among the nodes.
    pub root: u32,
    /// The most comparisons on a way to a leaf.
    pub depth: u16,
    /// The output that it adds to.
    pub output: u16,
}

/// A split or a leaf.
#[derive(Archive, Serialize, Clone, Copy, Debug, Default, PartialEq)]
pub struct Node<T: Real> {
    /// Below it goes to the second child. A leaf's value. With [`CATEGORIES`], the position of a set: members
    /// go to the second child.
    pub threshold: T,
    /// Which column of the row is compared: see [`column()`].
    pub column: u16,
    /// How far on the first child is; 0 in a leaf.
    pub child: u16,
}

/// Marks a column whose value is looked up in a set of categories. With an even column, a missing value is no
/// member; with an odd one it is.
pub const CATEGORIES: u16 = 0x8000;

/// Categories 0, 1, 2 …: a bit each.
#[derive(Archive, Serialize, Clone, Copy, Debug, Default, PartialEq)]
pub struct Set {
    /// Position of its first word.
    pub first: u32,
    /// How many words it has.
    pub words: u32,
}

/// The column of an input, or of its opposite.
pub const fn column(input: u16, opposite: bool) -> u16 {
    (input + 1) * 2 + opposite as u16
}

impl<T: Real> Node<T> {
    /// A leaf.
    pub fn leaf(value: T) -> Self {
        Self {
            threshold: value,
            ..Self::default()
        }
    }
}

impl<T: Real> Trees<T> {
    /// Gives trees whose inputs are counted from 0 the positions of those inputs.
    pub(super) fn place(&mut self, inputs: &[u16]) {
        for node in &mut self.nodes {
            let input = (node.column & !CATEGORIES) / 2;
            let place = input
                .checked_sub(1)
                .and_then(|i| inputs.get(usize::from(i)));
            if let Some(place) = place {
                let opposite = node.column & 1 == 1;
                node.column = column(*place, opposite) | (node.column & CATEGORIES);
            }
        }
    }
}

/// How many trees are walked at once: while one waits for its next node, the others go on.
const LANES: usize = 8;

impl<T: Real> ArchivedTrees<T> {
    /// The columns as these trees see them; `spare` is room for others.
    pub(super) fn columns<'c>(&self, given: &'c [T], spare: &'c mut Vec<T>) -> &'c [T] {
        if !self.zero_is_missing {
            return given;
        }
        let seen = |value: &T| {
            let zero = (*value).into().abs() <= ZERO;
            if zero { T::MISSING } else { *value }
        };
        spare.clear();
        spare.extend(given.iter().map(seen));
        spare
    }

    /// The sums of all trees for a row of columns, one an output.
    pub(super) fn sum(&self, columns: &[T], out: &mut Vec<f64>) {
        out.clear();
        out.extend(self.base.iter().map(|base| T::of(*base).into()));
        // Sums stay in their own width; most models have one output only.
        let (mut output, mut sum) = (0, T::default());
        let take = |out: &[f64], output| out.get(output).copied().map_or(T::default(), T::narrow);
        let put = |out: &mut [f64], output, sum: T| {
            if let Some(slot) = out.get_mut(output) {
                *slot = sum.into();
            }
        };
        if let Some(first) = self.trees.first() {
            output = usize::from(first.output.to_native());
            sum = take(out, output);
        }
        for trees in self.trees.chunks(LANES) {
            let leaves = self.leaves(trees, columns);
            for (tree, leaf) in trees.iter().zip(leaves) {
                let of = usize::from(tree.output.to_native());
                if of != output {
                    put(out, output, sum);
                    output = of;
                    sum = take(out, output);
                }
                let leaf = self.nodes.get(leaf);
                sum = sum + leaf.map_or(T::default(), |leaf| T::of(leaf.threshold));
            }
        }
        put(out, output, sum);
        if self.divisor != 1 {
            for sum in out {
                *sum = T::narrow(*sum).shared(self.divisor.to_native()).into();
            }
        }
    }

    /// The leaves that a row reaches in some trees.
    fn leaves(&self, trees: &[ArchivedTree], columns: &[T]) -> [usize; LANES] {
        let mut at = [0; LANES];
        let mut depth = 0;
        for (at, tree) in at.iter_mut().zip(trees) {
            *at = index(tree.root);
            depth = depth.max(usize::from(tree.depth.to_native()));
        }
        let depth = depth.min(TREE_DEPTH);
        if self.sets.is_empty() {
            for _ in 0..depth {
                for at in &mut at {
                    *at = self.step(*at, |node| {
                        let value = columns.get(usize::from(node.column.to_native()));
                        value.is_some_and(|value| *value < T::of(node.threshold))
                    });
                }
            }
        } else {
            for _ in 0..depth {
                for at in &mut at {
                    *at = self.step(*at, |node| self.second(node, columns));
                }
            }
        }
        at
    }

    /// Where a row goes on from a node; a leaf leads to itself.
    fn step(&self, at: usize, second: impl Fn(&ArchivedNode<T>) -> bool) -> usize {
        let Some(node) = self.nodes.get(at) else {
            return at;
        };
        at + usize::from(node.child.to_native()) + usize::from(second(node))
    }

    /// Whether a row goes on to the second child of a node.
    pub(super) fn second(&self, node: &ArchivedNode<T>, columns: &[T]) -> bool {
        let column = node.column.to_native();
        let value = columns.get(usize::from(column & !CATEGORIES));
        let threshold = T::of(node.threshold);
        if column & CATEGORIES == 0 {
            value.is_some_and(|value| *value < threshold)
        } else {
            self.member(threshold.into(), column, value)
        }
    }

    fn member(&self, set: f64, column: u16, value: Option<&T>) -> bool {
        let opposite = column & 1 == 1;
        let value = value.map_or(f64::NAN, |value| (*value).into());
        let value = if opposite { -value } else { value };
        if value.is_nan() {
            return opposite;
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "out of range, it is the nearest number that can be"
        )]
        let (set, category) = (
            set as u32,
            if value > T::NO_CATEGORY {
                value as u32
            } else {
                u32::MAX
            },
        );
        let word = usize::try_from(set)
            .ok()
            .and_then(|set| self.sets.get(set))
            .filter(|set| category / 32 < set.words.to_native())
            .and_then(|set| {
                let word = set.first.to_native().checked_add(category / 32)?;
                self.words.get(usize::try_from(word).ok()?)
            });
        word.is_some_and(|word| word.to_native() >> (category % 32) & 1 == 1)
    }
}

impl Real for f32 {
    const MISSING: Self = Self::NAN;
    // XGBoost knows no category below zero, however near.
    const NO_CATEGORY: f64 = -f64::MIN_POSITIVE;

    fn of(archived: Archived<f32>) -> Self {
        archived.to_native()
    }

    #[expect(clippy::cast_possible_truncation, reason = "it was of this width")]
    fn narrow(wide: f64) -> Self {
        wide as Self
    }

    fn shared(self, among: u32) -> Self {
        #[expect(
            clippy::cast_precision_loss,
            reason = "there are fewer trees than 2^24"
        )]
        let among = among as f32;
        self / among
    }
}

impl Real for f64 {
    const MISSING: Self = Self::NAN;
    // LightGBM cuts off the fraction first.
    const NO_CATEGORY: f64 = -1.0;

    fn of(archived: Archived<f64>) -> Self {
        archived.to_native()
    }

    fn narrow(wide: f64) -> Self {
        wide
    }

    fn shared(self, among: u32) -> Self {
        self / Self::from(among)
    }
}
