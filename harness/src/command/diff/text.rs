//! A comparison as a person reads it on a terminal.

use std::fmt::Write;

use authoring::shown::{message, quoted};
use harness::population::{
    Speed,
    comparison::{Comparison, Gains, Pair},
    report::share,
    texts::Reworded,
};

use crate::command::simulate::profiles;

/// Rows of each list; the rest is in the JSON.
const ROWS: usize = 15;
/// Differences that are told of an example.
const DIFFERENCES: usize = 4;
/// Reasons that are told of a difference.
const REASONS: usize = 2;

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
        "{} of {} customers see something else ({:.1} %) at {}, seed {}; {} refused, {speed}",
        found.changed,
        found.customers,
        100.0 * found.changed_share,
        found.at,
        found.seed,
        profiles(found.refused.count)
    )?;
    let all = &found.all;
    if found.reworded > 0 {
        writeln!(
            to,
            "{} see the same in other words ({:.1} %)",
            found.reworded,
            100.0 * share(found.reworded, found.customers)
        )?;
    }
    writeln!(
        to,
        "placements {} -> {}; worth {:.0} {} -> {:.0} {} ({}) if everybody took up everything, each once",
        all.placements_before,
        all.placements_after,
        all.value_before,
        quoted(&found.currency_before),
        all.value_after,
        quoted(&found.currency_after),
        change(found, all)
    )?;
    if found.old == found.new {
        writeln!(to, "both sides are the same bundle")?;
    }
    texts(to, &found.texts)?;
    for (title, names) in [
        ("actions only now", &found.actions_added),
        ("actions only before", &found.actions_removed),
    ] {
        if !names.is_empty() {
            let shown: Vec<_> = names.iter().take(ROWS).map(String::as_str).collect();
            writeln!(to, "\n{title}: {}", shown.join(", "))?;
            more(to, names.len(), ROWS)?;
        }
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
        more(to, found.placeholders.len(), ROWS)?;
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
        more(to, found.triggers.len(), ROWS)?;
    }
    if found.changed > 0 {
        gains(
            to,
            found,
            "persona",
            found.personas.iter().map(|(name, g)| (name.as_str(), g)),
        )?;
        gains(
            to,
            found,
            "age",
            found.ages.iter().map(|(name, g)| (*name, g)),
        )?;
    }
    examples(to, found)
}

/// The difference of two values, if they are of one currency.
fn change(found: &Comparison, gains: &Gains) -> String {
    if found.currency_before == found.currency_after {
        format!("{:+.0}", gains.value_after - gains.value_before)
    } else {
        "two currencies".to_owned()
    }
}

fn texts(to: &mut String, texts: &[Reworded]) -> std::fmt::Result {
    if texts.is_empty() {
        return Ok(());
    }
    writeln!(to, "\nin other words")?;
    for text in texts.iter().take(ROWS) {
        let seen = match text.customers {
            Some(customers) => format!("; {customers} customers see it"),
            None => String::new(),
        };
        writeln!(
            to,
            "  {} {}, {} ({}){seen}",
            text.kind,
            quoted(&text.name),
            text.part,
            quoted(&text.locale)
        )?;
        for (sign, words) in [('-', &text.before), ('+', &text.after)] {
            if let Some(words) = words {
                writeln!(to, "      {sign} {}", message(words))?;
            }
        }
    }
    more(to, texts.len(), ROWS)
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
    more(to, found.actions.len(), ROWS)?;
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
    more(to, pairs.len(), ROWS)
}

fn gains<'g>(
    to: &mut String,
    found: &Comparison,
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
            "{name:24} {:>9} {:>8} {:>6} {:>6} {:>14}",
            gains.customers,
            gains.changed,
            gains.more,
            gains.fewer,
            change(found, gains)
        )?;
    }
    Ok(())
}

fn examples(to: &mut String, found: &Comparison) -> std::fmt::Result {
    for example in &found.examples {
        let Some(differences) = Some(&example.told).filter(|told| !told.is_empty()) else {
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
            for reason in difference.because.iter().take(REASONS) {
                writeln!(to, "      because {}", message(reason))?;
            }
            more(to, difference.because.len(), REASONS)?;
            writeln!(to, "      {other} {}", message(&difference.otherwise))?;
        }
        more(to, differences.len(), DIFFERENCES)?;
    }
    Ok(())
}

/// Says how much of a list is left out.
fn more(to: &mut String, all: usize, shown: usize) -> std::fmt::Result {
    match all.checked_sub(shown) {
        Some(more) if more > 0 => writeln!(to, "  … and {more} more"),
        _ => Ok(()),
    }
}
