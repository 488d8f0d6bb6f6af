//! A remedy for a name that means nothing: the names it may have been meant to be.
//!
//! Nearness is the number of letters to change, add, leave out or swap (Damerau 1964).

use crate::shown::quoted;

/// "did you mean" with the nearest of `known`, or all of them when they are few.
pub fn suggest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let known: Vec<&str> = known.into_iter().collect();
    let length = |name: &str| name.chars().count();
    let allowed = |candidate: &str| 1 + length(name).max(length(candidate)) / 4;
    let mut near: Vec<(usize, &str)> = known
        .iter()
        // Lengths that differ by more cannot be near, and are far cheaper to compare.
        .filter(|candidate| length(name).abs_diff(length(candidate)) <= allowed(candidate))
        .map(|candidate| (distance(name, candidate), *candidate))
        .filter(|(distance, candidate)| *distance <= allowed(candidate))
        .collect();
    near.sort_unstable();
    near.truncate(3);
    if !near.is_empty() {
        return format!("did you mean {}?", list(near.iter().map(|(_, name)| *name)));
    }
    match known.len() {
        0 => "there are none yet".to_owned(),
        1..=16 => format!("there is {}", list(known)),
        _ => {
            // Longer lists: those that share a word with what was written.
            let shares = |candidate: &&str| {
                name.split(['_', '-', '.'])
                    .any(|word| word.len() > 2 && candidate.contains(word))
            };
            let alike: Vec<&str> = known.iter().copied().filter(shares).take(6).collect();
            if alike.is_empty() {
                format!(
                    "there are {} to choose from, such as {}",
                    known.len(),
                    list(known.into_iter().take(3))
                )
            } else {
                format!("there is {}", list(alike))
            }
        }
    }
}

fn list<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let quoted: Vec<String> = names
        .into_iter()
        .map(|name| format!("`{}`", quoted(name)))
        .collect();
    quoted.join(", ")
}

/// Damerau-Levenshtein distance (optimal string alignment), in characters.
fn distance(a: &str, b: &str) -> usize {
    let a: Vec<char> = a.chars().take(64).collect();
    let b: Vec<char> = b.chars().take(64).collect();
    let mut two_back: Vec<usize> = Vec::new();
    let mut back: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, to) in b.iter().enumerate() {
            let at = |row: &[usize], j: usize| row.get(j).copied().unwrap_or(usize::MAX / 2);
            let mut best = (at(&back, j + 1) + 1).min(at(&row, j) + 1);
            best = best.min(at(&back, j) + usize::from(from != to));
            let swapped = i > 0 && j > 0 && a.get(i - 1) == Some(to) && b.get(j - 1) == Some(from);
            if swapped {
                best = best.min(at(&two_back, j - 1) + 1);
            }
            row.push(best);
        }
        two_back = core::mem::replace(&mut back, row);
    }
    back.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_those_of_the_literature() {
        // Levenshtein's usual pairs, and one swap (Damerau).
        for (a, b, expected) in [
            ("kitten", "sitting", 3),
            ("", "abc", 3),
            ("flaw", "lawn", 2),
            ("ab", "ba", 1),
            ("ca", "abc", 3),
        ] {
            assert_eq!(distance(a, b), expected, "{a} {b}");
        }
    }

    #[test]
    fn the_nearest_names_are_offered() {
        let known = ["balance", "balance_mean_30d", "age"];
        assert_eq!(suggest("balnace", known), "did you mean `balance`?");
        assert_eq!(
            suggest("shoe_size", known),
            "there is `balance`, `balance_mean_30d`, `age`"
        );
        assert_eq!(suggest("x", []), "there are none yet");
    }
}
