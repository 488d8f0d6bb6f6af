//! Extents: what leaves the numbers of a row where they are.

use super::super::ModelProblem;
use super::graph::Node;
use super::refused;
use super::row::Made;
use super::tensor::Tensor;

impl Made {
    /// Other extents.
    pub(super) fn reshape(&mut self, node: &Node, shape: &Tensor) -> Result<(), ModelProblem> {
        let width = self.width();
        let mut dims = Vec::new();
        let mut open = None;
        for (i, number) in shape.numbers.iter().enumerate() {
            if *number == -1.0 {
                open = Some(i);
                dims.push(1);
            } else if *number == 0.0 {
                dims.push(self.dims.get(i).copied().unwrap_or(1));
            } else {
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "it is compared with the row's width below"
                )]
                dims.push(*number as usize);
            }
        }
        let known = dims
            .iter()
            .fold(1usize, |known, dim| known.saturating_mul(*dim));
        if let Some(dim) = open.and_then(|open| dims.get_mut(open)) {
            *dim = width.checked_div(known).unwrap_or(0);
        }
        if dims
            .iter()
            .fold(1usize, |known, dim| known.saturating_mul(*dim))
            != width
        {
            return Err(refused(node, "its shape does not fit the row before"));
        }
        self.dims = dims;
        Ok(())
    }

    /// Fewer extents of 1, or more.
    pub(super) fn squeeze(&mut self, node: &Node, axes: &[f64]) -> Result<(), ModelProblem> {
        let squeeze = node.operator == "Squeeze";
        let rank = if squeeze {
            self.dims.len()
        } else {
            self.dims.len() + axes.len()
        };
        let mut places = Vec::new();
        for number in axes {
            #[expect(
                clippy::cast_possible_truncation,
                reason = "what is out of range is refused"
            )]
            let place =
                axis(*number as i64, rank).ok_or_else(|| refused(node, "`axes`: out of range"))?;
            places.push(place);
        }
        places.sort_unstable();
        if squeeze {
            let gone = |(i, dim): (usize, usize)| {
                if places.is_empty() {
                    dim == 1
                } else {
                    places.contains(&i)
                }
            };
            let dims = self.dims.iter().copied().enumerate();
            if dims.clone().any(|one| gone(one) && one.1 != 1) {
                return Err(refused(node, "`axes`: an extent is not 1"));
            }
            self.dims = dims.filter(|one| !gone(*one)).map(|(_, dim)| dim).collect();
        } else {
            for place in places {
                if place > self.dims.len() {
                    return Err(refused(node, "`axes`: out of range"));
                }
                self.dims.insert(place, 1);
            }
        }
        Ok(())
    }

    /// Moving extents of 1 leaves the numbers where they are; nothing else is read.
    pub(super) fn transpose(&mut self, node: &Node) -> Result<(), ModelProblem> {
        let mut order: Vec<usize> = Vec::new();
        for place in node.wholes("perm")? {
            order.extend(axis(place, self.dims.len()));
        }
        if order.is_empty() {
            order = (0..self.dims.len()).rev().collect();
        }
        let mut sorted = order.clone();
        sorted.sort_unstable();
        if !sorted.iter().copied().eq(0..self.dims.len()) {
            return Err(refused(node, "attribute `perm`: each axis once is needed"));
        }
        let real: Vec<usize> = order
            .iter()
            .copied()
            .filter(|at| self.dims.get(*at) != Some(&1))
            .collect();
        if !real.is_sorted() {
            return Err(refused(
                node,
                "attribute `perm`: it reorders the numbers of a row",
            ));
        }
        self.dims = order
            .iter()
            .filter_map(|at| self.dims.get(*at).copied())
            .collect();
        Ok(())
    }
}

/// A position among axes, counted from the end when below zero.
pub(super) fn axis(number: i64, rank: usize) -> Option<usize> {
    let rank = i64::try_from(rank).ok()?;
    let place = if number < 0 {
        number.checked_add(rank)?
    } else {
        number
    };
    usize::try_from(place).ok().filter(|_| place < rank)
}
