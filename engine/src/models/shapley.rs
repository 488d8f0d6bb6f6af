//! What carried the sum of an ensemble: exact Shapley values of its inputs.
//!
//! The game is the path-dependent one of TreeSHAP (Lundberg, Erion and Lee, "Consistent individualized feature
//! attribution for tree ensembles", 2018): an input that is not known sends a row both ways of its splits, in
//! the shares of the training data that went there. Let every input be known with the chance *t*, each for
//! itself. The Shapley value of an input is the slope of what is then expected with respect to its own chance,
//! taken over all *t* from 0 to 1 (Owen, "Multilinear extensions of games", 1972).
//!
//! At a split, the row's own way is gone with a chance *f*(*t*), which is *t* + (1 − *t*) *z* where *z* is the
//! share of the training data that went there. What is expected at the split is *f* × (what is expected on the
//! row's way) + (1 − *f*) × (on the other way), and its input gains
//!
//! > *f*′ × (on the row's way − on the other way) × the chance of coming to the split
//!
//! All of this are polynomials in *t*, of a degree below the number of inputs on the way. Gauss–Legendre
//! quadrature with half as many points gives their integral exactly, so one visit of each node is enough, where
//! TreeSHAP takes the square of the depth for each leaf.

#![expect(
    clippy::indexing_slicing,
    reason = "every index is that of a lane, of arrays that have them all"
)]

use core::array;

use super::{
    Contributions, Real,
    matrix::index,
    trees::{ArchivedNode, ArchivedTrees, CATEGORIES},
};
use crate::limits::TREE_DEPTH;

/// So many points are looked at in one walk: enough for trees of twice the depth.
const LANES: usize = 4;

/// A number at each of some points.
type Lanes = [f64; LANES];

impl<T: Real> ArchivedTrees<T> {
    /// What each variable added to an output, by the variable's position.
    pub(super) fn contributions(&self, columns: &[T], output: u16) -> Contributions {
        let inputs = (columns.len() / 2).saturating_sub(1);
        let trees = || {
            let all = self.trees.iter();
            all.filter(|tree| tree.output.to_native() == output)
        };
        let depth = trees().map(|tree| usize::from(tree.depth.to_native()));
        let depth = depth.max().unwrap_or(0).min(TREE_DEPTH);
        let mut walk = Walk {
            trees: self,
            columns,
            met: vec![Met::default(); inputs],
            moved: vec![0.0; inputs],
            chances: Lanes::default(),
            visits: 0,
            levels: depth,
        };
        let points = points(depth.div_ceil(2).max(1).next_multiple_of(LANES));
        for points in points.as_chunks::<LANES>().0 {
            walk.chances = points.each_ref().map(|point| point.t);
            walk.visits = self.nodes.len();
            for tree in trees() {
                let weights = points.each_ref().map(|point| point.weight);
                walk.expected(index(tree.root), weights);
            }
        }
        let divisor = f64::from(self.divisor.to_native());
        for moved in &mut walk.moved {
            *moved /= divisor;
        }
        walk.moved
    }
}

/// Where a polynomial is looked at, and how much that counts.
struct Point {
    t: f64,
    weight: f64,
}

/// What the splits above have done with an input.
#[derive(Clone, Copy)]
struct Met {
    /// Whether they let the row through.
    taken: bool,
    /// The share of the training data that they let through, if they let the row through.
    share: f64,
}

impl Default for Met {
    fn default() -> Self {
        Self {
            taken: true,
            share: 1.0,
        }
    }
}

struct Walk<'a, T: Real> {
    trees: &'a ArchivedTrees<T>,
    columns: &'a [T],
    /// By input.
    met: Vec<Met>,
    moved: Vec<f64>,
    /// The chance that an input is known.
    chances: Lanes,
    /// How many nodes may still be visited: a tree that is none ends.
    visits: usize,
    /// How many splits there may still be on the way.
    levels: usize,
}

impl<T: Real> Walk<'_, T> {
    /// What is expected at a node, to which one comes with those chances.
    #[expect(
        clippy::inline_always,
        reason = "half of the nodes are leaves: calling for each takes a third of the time"
    )]
    #[inline(always)]
    fn expected(&mut self, at: usize, chances: Lanes) -> Lanes {
        let Some(node) = self.trees.nodes.get(at) else {
            return Lanes::default();
        };
        if node.child == 0 || self.visits == 0 || self.levels == 0 {
            return [T::of(node.threshold).into(); LANES];
        }
        self.visits -= 1;
        self.levels -= 1;
        let expected = self.split(at, node, chances);
        self.levels += 1;
        expected
    }

    fn split(&mut self, at: usize, node: &ArchivedNode<T>, chances: Lanes) -> Lanes {
        let first = usize::from(node.child.to_native());
        let second = usize::from(self.trees.second(node, self.columns));
        let (own, other) = (at + first + second, at + first + 1 - second);
        let share = self.share(own, other);
        let input = usize::from((node.column.to_native() & !CATEGORIES) / 2).wrapping_sub(1);
        let met = self.met.get(input).copied().unwrap_or_default();
        let (follow, slope) = met.split(share, &self.chances);

        self.meet(input, met.then(true, share));
        let own = self.expected(own, array::from_fn(|i| chances[i] * follow[i]));
        self.meet(input, met.then(false, share));
        let other = self.expected(other, array::from_fn(|i| chances[i] * (1.0 - follow[i])));
        self.meet(input, met);

        let apart: Lanes = array::from_fn(|i| own[i] - other[i]);
        if let Some(slot) = self.moved.get_mut(input) {
            let moved: Lanes = array::from_fn(|i| chances[i] * slope[i] * apart[i]);
            *slot += moved.iter().sum::<f64>();
        }
        array::from_fn(|i| other[i] + follow[i] * apart[i])
    }

    fn meet(&mut self, input: usize, met: Met) {
        if let Some(slot) = self.met.get_mut(input) {
            *slot = met;
        }
    }

    /// The share of the training data that went the row's own way.
    fn share(&self, own: usize, other: usize) -> f64 {
        let cover = |at: usize| {
            let cover = self.trees.covers.get(at);
            cover.map_or(0.0, |cover| f64::from(cover.to_native()))
        };
        let share = cover(own) / (cover(own) + cover(other));
        // Where no data came there is nothing to tell the ways apart.
        if (0.0..=1.0).contains(&share) {
            share
        } else {
            0.5
        }
    }
}

impl Met {
    /// The chance that a row goes its own way at the next split on the input, and the slope of that chance.
    fn split(self, share: f64, chances: &Lanes) -> (Lanes, Lanes) {
        if !self.taken {
            // To be here, the input cannot be known.
            ([share; LANES], [0.0; LANES])
        } else if self.share == 1.0 {
            let follow = chances.map(|t| t + (1.0 - t) * share);
            (follow, [1.0 - share; LANES])
        } else {
            // The chance of coming here and going on, divided by the chance of coming here.
            let here = chances.map(|t| t + (1.0 - t) * self.share);
            let on = chances.map(|t| t + (1.0 - t) * self.share * share);
            let slope = here.map(|here| self.share * (1.0 - share) / (here * here));
            (array::from_fn(|i| on[i] / here[i]), slope)
        }
    }

    /// After a split that sent so much of the training data the row's own way.
    fn then(self, own: bool, share: f64) -> Self {
        Self {
            taken: self.taken && own,
            share: self.share * share,
        }
    }
}

/// Gauss–Legendre points of that number, between 0 and 1: the roots of a Legendre polynomial, found from the
/// largest down by Newton's method on what is left of it (Maehly 1954).
fn points(count: usize) -> Vec<Point> {
    let mut roots: Vec<f64> = Vec::with_capacity(count);
    let mut points = Vec::with_capacity(count);
    for _ in 0..count {
        let mut x = 1.0;
        let mut slope = 1.0;
        for _ in 0..NEWTON_STEPS {
            let (value, derivative) = legendre(count, x);
            slope = derivative;
            let found: f64 = roots.iter().map(|root| 1.0 / (x - root)).sum();
            let step = value / (derivative - value * found);
            x -= step;
            if step.abs() < f64::EPSILON {
                break;
            }
        }
        roots.push(x);
        let weight = 1.0 / ((1.0 - x * x) * slope * slope);
        points.push(Point {
            t: (1.0 + x) / 2.0,
            weight,
        });
    }
    points
}

/// More than any root has needed.
const NEWTON_STEPS: usize = 200;

/// The Legendre polynomial of that degree and its derivative.
fn legendre(degree: usize, x: f64) -> (f64, f64) {
    let (mut before, mut now) = ((0.0, 0.0), (1.0, 0.0));
    let mut k = 0.0;
    for _ in 0..degree {
        let value = ((2.0 * k + 1.0) * x * now.0 - k * before.0) / (k + 1.0);
        let slope = ((2.0 * k + 1.0) * (now.0 + x * now.1) - k * before.1) / (k + 1.0);
        (before, now) = (now, (value, slope));
        k += 1.0;
    }
    now
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quadrature_is_exact_for_polynomials_below_twice_its_points() {
        for count in [1, 2, 3, 5, 16, TREE_DEPTH / 2] {
            let points = points(count);
            let mut power = 0.0;
            for _ in 0..2 * count {
                let found: f64 = points
                    .iter()
                    .map(|point| point.weight * point.t.powf(power))
                    .sum();
                let expected = 1.0 / (power + 1.0);
                assert!(
                    (found - expected).abs() < 1e-13,
                    "{count} points, t^{power}: {found}"
                );
                power += 1.0;
            }
        }
    }
}
