//! A comparison as a person reads it on a terminal.

use std::fmt::Write;

use authoring::shown::{message, quoted};
use harness::population::comparison::{Comparison, Gains, Pair};

use crate::command::simulate::Speed;

/// Rows of each list; the rest is in the JSON.
const ROWS: usize = 15;
/// Differences that are told of an example.
const DIFFERENCES: usize = 4;

/// A summary over several lines.
pub fn comparison(comparison: &Comparison, speed: Speed) -> String {
    let mut text = String::new();
    // Writing to a text does not fail.
    write(&mut text, comparison, speed).unwrap_or_default();
    text.trim_end().to_owned()
}

fn write(to: &mut String, found: &Comparison, speed: Speed) -> std::fmt::Result {
    writeln!(
        to,
        "{} of {} customers see something else ({:.1} %) at {}, seed {}; {} profiles refused, {speed}",
        found.changed,
        found.customers,
        100.0 * found.changed_share,
        found.at,
        found.seed,
        found.refused.count
    )?;
    let all = &found.all;
    writeln!(
        to,
        "placements {} -> {}; worth {:.0} -> {:.0} {} ({:+.0}) if everybody took up everything, each once",
        all.placements_before,
        all.placements_after,
        all.value_before,
        all.value_after,
        quoted(&found.currency),
        all.value_after - all.value_before
    )?;
    if found.old == found.new {
        writeln!(to, "both sides are the same bundle")?;
    }
    moved(to, found)?;
    pairs(to, "took the place of (before, now)", &found.replacements)?;
    pairs(
        to,
        "rank flips (higher before, higher now)",
        &found.rank_flips,
    )?;
    if !found.placeholders.is_empty() {
        writeln!(
            to,
            "\n{:40} {:>8} {:>8}",
            "placeholder", "emptied", "filled"
        )?;
        for slot in found.placeholders.iter().take(ROWS) {
            writeln!(
                to,
                "{:40} {:>8} {:>8}",
                slot.placeholder, slot.emptied, slot.filled
            )?;
        }
    }
    if !found.triggers.is_empty() {
        writeln!(to, "\n{:40} {:>9} {:>8}", "trigger", "no longer", "newly")?;
        for fires in found.triggers.iter().take(ROWS) {
            writeln!(
                to,
                "{:40} {:>9} {:>8}",
                fires.trigger, fires.no_longer, fires.newly
            )?;
        }
        more(to, found.triggers.len())?;
    }
    if found.changed > 0 {
        gains(
            to,
            "persona",
            found.personas.iter().map(|(name, g)| (name.as_str(), g)),
        )?;
        gains(to, "age", found.ages.iter().map(|(name, g)| (*name, g)))?;
    }
    examples(to, found)
}

fn moved(to: &mut String, found: &Comparison) -> std::fmt::Result {
    if found.actions.is_empty() {
        return Ok(());
    }
    writeln!(
        to,
        "\n{:32} {:>8} {:>8}  customers",
        "action", "gained", "lost"
    )?;
    for action in found.actions.iter().take(ROWS) {
        let (before, after) = (
            action.customers_before.unwrap_or(0),
            action.customers_after.unwrap_or(0),
        );
        writeln!(
            to,
            "{:32} {:>8} {:>8}  {before} -> {after}",
            action.name, action.gained, action.lost
        )?;
    }
    more(to, found.actions.len())?;
    writeln!(to, "\n{:32} {:>8} {:>8}", "life stage", "gained", "lost")?;
    for stage in &found.life_stages {
        writeln!(
            to,
            "{:32} {:>8} {:>8}",
            stage.name, stage.gained, stage.lost
        )?;
    }
    Ok(())
}

fn pairs(to: &mut String, title: &str, pairs: &[Pair]) -> std::fmt::Result {
    if pairs.is_empty() {
        return Ok(());
    }
    writeln!(to, "\n{title}")?;
    for pair in pairs.iter().take(ROWS) {
        writeln!(to, "  {:>8}  {} -> {}", pair.count, pair.before, pair.after)?;
    }
    more(to, pairs.len())
}

fn gains<'g>(
    to: &mut String,
    title: &str,
    all: impl Iterator<Item = (&'g str, &'g Gains)>,
) -> std::fmt::Result {
    writeln!(
        to,
        "\n{title:24} {:>9} {:>8} {:>6} {:>6} {:>14}",
        "customers", "changed", "more", "fewer", "value"
    )?;
    for (name, gains) in all {
        writeln!(
            to,
            "{name:24} {:>9} {:>8} {:>6} {:>6} {:>+14.0}",
            gains.customers,
            gains.changed,
            gains.more,
            gains.fewer,
            gains.value_after - gains.value_before
        )?;
    }
    Ok(())
}

fn examples(to: &mut String, found: &Comparison) -> std::fmt::Result {
    for example in &found.examples {
        let Some(differences) = Some(&example.first).filter(|first| !first.is_empty()) else {
            writeln!(to, "\n{}: another order only", example.customer)?;
            continue;
        };
        writeln!(
            to,
            "\n{} (seed {}): {} differences",
            example.customer, example.seed, example.differences
        )?;
        for difference in differences.iter().take(DIFFERENCES) {
            let (sign, other) = if difference.gained {
                ('+', "before")
            } else {
                ('-', "now")
            };
            writeln!(
                to,
                "  {sign} {} {} at {:.4}",
                difference.placeholder, difference.action, difference.score
            )?;
            for reason in difference.because.iter().take(2) {
                writeln!(to, "      because {}", message(reason))?;
            }
            writeln!(to, "      {other} {}", message(&difference.otherwise))?;
        }
    }
    Ok(())
}

fn more(to: &mut String, rows: usize) -> std::fmt::Result {
    match rows.checked_sub(ROWS) {
        Some(more) if more > 0 => writeln!(to, "  and {more} more"),
        _ => Ok(()),
    }
}
