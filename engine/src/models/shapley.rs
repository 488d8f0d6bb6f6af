//! What carried the sum of an ensemble: exact Shapley values of its inputs.
//!
//! The game is the path-dependent one of TreeSHAP (Lundberg, Erion and Lee, "Consistent individualized feature
//! attribution for tree ensembles", 2018): an input that is not known sends a row both ways of its splits, in
//! the shares of the training data that went there. A leaf then pays the product, over the inputs on its way,
//! of *o* (0 or 1: does the row go that way?) where the input is known and *z* (the share that went that
//! way) where it is not. The Shapley value of such a product is an integral over *t* from 0 to 1:
//!
//! > value × (*o* − *z*) × ∏ over the other inputs of (*t o* + (1 − *t*) *z*)
//!
//! which is a polynomial in *t* of a degree below the number of inputs on the way. Gauss–Legendre quadrature
//! with half as many points gives it exactly, and because every point is a plain product down the tree and a
//! plain sum up again, one visit of each node is enough, where TreeSHAP takes the square of the depth for each leaf.

use super::{
    Contributions, Real,
    matrix::index,
    trees::{ArchivedTrees, CATEGORIES},
};
use crate::limits::TREE_DEPTH;

impl<T: Real> ArchivedTrees<T> {
    /// What each variable added to an output, by the variable's position.
    pub(super) fn contributions(&self, columns: &[T], output: u16) -> Contributions {
        let mut moved = vec![0.0; (columns.len() / 2).saturating_sub(1)];
        let trees = || {
            let all = self.trees.iter();
            all.filter(|tree| tree.output.to_native() == output)
        };
        let depth = trees().map(|tree| usize::from(tree.depth.to_native()));
        let depth = depth.max().unwrap_or(0).min(TREE_DEPTH);
        let points = points(depth.div_ceil(2));
        let room = || vec![0.0; (depth + 1) * points.len()];
        let mut walk = Walk {
            trees: self,
            columns,
            products: room(),
            sums: room(),
            inverses: vec![1.0; (depth + 1) * points.len()],
            pulls: room(),
            points: &points,
            path: Vec::with_capacity(depth),
            moved: &mut moved,
            visits: self.nodes.len(),
        };
        for tree in trees() {
            for (product, point) in walk.products.iter_mut().zip(&points) {
                *product = point.weight;
            }
            walk.visit(index(tree.root), 0);
        }
        let divisor = f64::from(self.divisor.to_native());
        for moved in &mut moved {
            *moved /= divisor;
        }
        moved
    }
}

/// Where a polynomial is looked at, and how much that counts.
struct Point {
    t: f64,
    weight: f64,
}

/// An input on the way down: the share *z* of the training data that all its splits so far let through, and
/// whether they let the row through (*o*). Level 0 is an input before its first split.
#[derive(Clone, Copy)]
struct Met {
    input: usize,
    share: f64,
    taken: bool,
    level: usize,
}

struct Walk<'a, T: Real> {
    trees: &'a ArchivedTrees<T>,
    columns: &'a [T],
    points: &'a [Point],
    /// For each level, the product of all factors *t o* + (1 − *t*) *z* at each point.
    products: Vec<f64>,
    /// For each level, the leaves below times their products.
    sums: Vec<f64>,
    /// For each level whose way is taken, one over the factor of its input.
    inverses: Vec<f64>,
    /// For each level, *o* − *z* over the factor of its input.
    pulls: Vec<f64>,
    path: Vec<Met>,
    moved: &'a mut [f64],
    /// How many nodes may still be visited: a tree that is none ends.
    visits: usize,
}

impl<T: Real> Walk<'_, T> {
    /// Adds up what is below a node, `level` steps from its root.
    fn visit(&mut self, at: usize, level: usize) {
        let here = level * self.points.len()..(level + 1) * self.points.len();
        let Some(node) = self.trees.nodes.get(at) else {
            return;
        };
        let first = usize::from(node.child.to_native());
        let splits = first > 0 && self.visits > 0 && self.path.len() < self.path.capacity();
        let products = self.products.get(here.clone()).unwrap_or_default();
        let value = T::of(node.threshold).into();
        let sums = self.sums.get_mut(here).unwrap_or_default();
        for (sum, product) in sums.iter_mut().zip(products) {
            *sum = if splits { 0.0 } else { value * product };
        }
        if splits {
            self.visits -= 1;
            let second = usize::from(self.trees.second(node, self.columns));
            let column = node.column.to_native() & !CATEGORIES;
            let input = usize::from(column / 2).wrapping_sub(1);
            for child in 0..2 {
                let to = at + first + child;
                self.child(to, level, input, self.share(at, to), child == second);
            }
        }
    }

    /// Visits a child, to which a split on `input` sends that share of the training data.
    fn child(&mut self, at: usize, above: usize, input: usize, share: f64, taken: bool) {
        let count = self.points.len();
        let level = above + 1;
        let met = self.path.iter().rev().find(|met| met.input == input);
        let before = met.copied().unwrap_or(Met {
            input,
            share: 1.0,
            taken: true,
            level: 0,
        });
        let after = Met {
            input,
            share: before.share * share,
            taken: before.taken && taken,
            level,
        };
        let earlier = before.level * count..(before.level + 1) * count;
        let (upper, lower) = self.products.split_at_mut(level * count);
        let upper = upper.get(above * count..).unwrap_or_default();
        let products = lower.iter_mut().zip(upper).zip(self.points);
        let (known, inverses) = self.inverses.split_at_mut(level * count);
        let known = known.get(earlier.clone()).unwrap_or_default();
        let (_, pulls) = self.pulls.split_at_mut(level * count);
        let memory = inverses.iter_mut().zip(pulls).zip(known);
        for (((lower, upper), point), ((inverse, pull), known)) in products.zip(memory) {
            let rest = 1.0 - point.t;
            let change = if after.taken {
                let factor = after.share * rest + point.t;
                *inverse = 1.0 / factor;
                *pull = (1.0 - after.share) * *inverse;
                factor * known
            } else {
                // The share cancels out.
                *pull = -1.0 / rest;
                if before.taken {
                    after.share * rest * known
                } else {
                    share
                }
            };
            *lower = upper * change;
        }
        self.path.push(after);
        self.visit(at, level);
        self.path.pop();
        let (upper, lower) = self.sums.split_at_mut(level * count);
        let upper = upper.get_mut(above * count..).unwrap_or_default();
        let (old, new) = self.pulls.split_at(level * count);
        let pulls = new.iter().zip(old.get(earlier).unwrap_or_default());
        let mut moved = 0.0;
        for ((upper, lower), (new, old)) in upper.iter_mut().zip(lower).zip(pulls) {
            *upper += *lower;
            moved += *lower * (new - old);
        }
        if let Some(slot) = self.moved.get_mut(input) {
            *slot += moved;
        }
    }

    /// The share of the training data at a node that went to a child.
    fn share(&self, at: usize, to: usize) -> f64 {
        let cover = |at: usize| {
            let cover = self.trees.covers.get(at);
            cover.map_or(0.0, |cover| f64::from(cover.to_native()))
        };
        let share = cover(to) / cover(at);
        if share.is_finite() { share } else { 0.0 }
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
