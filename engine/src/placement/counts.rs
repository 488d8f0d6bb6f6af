//! Whether what stands on a page keeps the limits.
#![expect(
    clippy::indexing_slicing,
    reason = "every index is of a contender that the solver listed, or of a limit with a count"
)]

use super::problem::Problem;

/// Counts a page's limit groups.
#[derive(Clone, Debug, Default)]
pub struct Counts {
    /// How many of each group stand on the page, and the position where the last one does.
    groups: Vec<(u32, u16)>,
}

impl Counts {
    /// Whether positions and contenders, in the page's order, keep the limits.
    pub fn keep(
        &mut self,
        problem: &Problem<'_>,
        placed: impl Iterator<Item = (u16, u16)> + Clone,
    ) -> bool {
        self.groups.resize(problem.limits.len(), (0, 0));
        let groups = |contender: u16| problem.contenders[usize::from(contender)].groups;
        let mut kept = true;
        for (position, contender) in placed.clone() {
            for group in groups(contender).iter() {
                if let Some((count, last)) = self.groups.get_mut(group) {
                    let limit = problem.limits[group];
                    kept &= !(limit.apart && *count > 0 && position - *last <= 1);
                    (*count, *last) = (*count + 1, position);
                    kept &= limit.most.is_none_or(|most| *count <= u32::from(most));
                }
            }
        }
        for (_, contender) in placed {
            for group in groups(contender).iter() {
                if let Some(count) = self.groups.get_mut(group) {
                    *count = (0, 0);
                }
            }
        }
        kept
    }
}
