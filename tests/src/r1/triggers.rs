//! Made-up conditions, in CEL.

use std::fmt::Write;

use super::{FORESTS, Numbers};

/// How many comparisons a condition has at most.
const COMPARISONS: usize = 6;

/// A condition over variables that some customer has, and over scores: comparisons with numbers that lie
/// between the customers', most of them joined by `&&`.
pub fn condition(numbers: &mut Numbers, names: &[&str], values: &[Vec<f64>]) -> String {
    let mut text = String::new();
    for i in 0..=numbers.below(COMPARISONS) {
        if i > 0 {
            text.push_str(if numbers.below(6) == 0 {
                " || "
            } else {
                " && "
            });
        }
        let sign = if numbers.below(2) == 0 { "<" } else { ">=" };
        let written = if numbers.below(10) == 0 {
            let threshold = 0.3 + 0.4 * numbers.unit();
            write!(
                text,
                "score.r1_{} {sign} {threshold:.2}",
                numbers.below(FORESTS)
            )
        } else {
            let (variable, threshold) = comparable(numbers, values);
            write!(text, "{} {sign} {threshold:.2}", names[variable])
        };
        written.expect("a text takes any text");
    }
    text
}

/// A variable that somebody has, and somebody's value of it.
fn comparable(numbers: &mut Numbers, values: &[Vec<f64>]) -> (usize, f64) {
    loop {
        let row = numbers.one(values);
        let variable = numbers.below(row.len());
        let value = row[variable];
        if !value.is_nan() && value.abs() < 1e9 {
            return (variable, value);
        }
    }
}
