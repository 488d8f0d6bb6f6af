//! Single values of a policy file: a name out of a fixed list, a number.

use crate::{
    place::Spot,
    problem::{Log, Problem},
    suggest::suggest,
};

/// The one of `known` that a text names; noted when there is none.
pub(super) fn one_of<T: Copy>(
    what: &'static str,
    name: &Spot<String>,
    known: &[(&str, T)],
    log: &Log,
) -> Option<T> {
    let found = known.iter().find(|(id, _)| *id == name.value);
    if found.is_none() && !name.value.is_empty() {
        let remedy = suggest(&name.value, known.iter().map(|(id, _)| *id));
        log.add(
            name.place(),
            Problem::UnknownName {
                what,
                name: name.value.clone(),
                remedy,
            },
        );
    }
    found.map(|(_, value)| *value)
}

/// A number of a policy as the bundle holds it.
#[expect(
    clippy::cast_possible_truncation,
    reason = "policies need no more than seven digits"
)]
pub(crate) fn small(number: f64) -> f32 {
    number as f32
}
