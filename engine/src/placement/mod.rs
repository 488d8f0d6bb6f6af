//! Placement: which actions stand in which placeholders, so that the whole view is worth most.
//!
//! The worth of an action in a placeholder is its score × the placeholder's prominence. The answer is
//! the best sum over all placeholders asked for, under these limits: a placeholder has room for so
//! many; an action stands on a page once (when it may repeat, once in a placeholder); of a limit group
//! at most so many stand on a page; two of an `apart` group stand neither together nor in neighbouring
//! placeholders. Pages do not touch each other, so each is solved by itself: as an assignment
//! (shortest augmenting paths, [`Solver`]), and by branch and bound where its limits bind.
//!
//! Worth is compared as whole numbers, in steps of 2⁻⁵² of the page's greatest (2⁻⁴⁸ on a page of
//! thousands of seats), so that every comparison is exact and the same on every host. The answer
//! depends on the input alone. Of equal actions the one listed first is placed, and of equal
//! placeholders the one that comes first on the page gets the better action; which of several equally
//! good answers is taken is otherwise fixed, but not promised.
//!
//! ```
//! use engine::placement::{Contender, Fits, Problem, Slot, Solver};
//! let slot = |position, prominence| Slot { page: 0, position, capacity: 1, prominence };
//! let slots = [slot(0, 1.0), slot(1, 0.5)];
//! let contenders = [Contender::default(); 2];
//! // The second fits the first placeholder only. Slot by slot, the second placeholder would stay empty.
//! let fits = Fits::new(2, 2, |contender, slot| contender == 0 || slot == 0);
//! let problem = Problem {
//!     slots: &slots,
//!     contenders: &contenders,
//!     limits: &[],
//!     fits: &fits,
//!     asked: &[0, 1],
//!     scores: &[1.0, 0.9],
//! };
//! let mut solver = Solver::default();
//! let solution = solver.solve(&problem);
//! let placed: Vec<_> = solution.placed().iter().map(|p| (p.slot, p.contender)).collect();
//! assert_eq!(placed, [(0, 1), (1, 0)]);
//! assert!(solution.optimal());
//! ```

mod assignment;
mod counts;
mod outscored;
mod problem;
mod ranking;
mod search;
mod solver;

pub use outscored::Outscored;
pub use problem::{Contender, Fits, Groups, Limit, Problem, Slot};
pub(crate) use solver::insertion_sort;
pub use solver::{Placed, Solution, Solver};
