//! A report as a person reads it on a terminal.

use std::fmt::Write;

use authoring::shown::{counted, quoted};
use harness::population::{
    Dimension, Report, Speed,
    audit::{Audit, Rate},
};

use super::{profiles, whole};

/// Actions that are listed; the rest is in the JSON.
const ACTIONS: usize = 20;
/// Placeholders that are listed.
const SLOTS: usize = 12;
/// Names in one line.
const NAMES: usize = 12;

/// A summary over several lines.
pub fn report(report: &Report, speed: Speed) -> String {
    let mut text = String::new();
    // Writing to a text does not fail.
    write(&mut text, report, speed).unwrap_or_default();
    text.trim_end().to_owned()
}

fn write(to: &mut String, report: &Report, speed: Speed) -> std::fmt::Result {
    let about = &report.about;
    writeln!(
        to,
        "{} at {}, seed {}: {}, {} refused, {speed}",
        quoted(&about.policy),
        about.at,
        about.seed,
        counted(whole(report.customers), "customer"),
        profiles(report.refused.count)
    )?;
    if !about.sources.is_empty() {
        writeln!(to, "facts from {}", names(&about.sources))?;
    }
    writeln!(
        to,
        "{} placements; worth {:.0} {} if everybody took up everything, each once\n",
        report.placements,
        report.value,
        quoted(&about.currency)
    )?;
    shares(to, report)?;
    slots(to, report)?;
    if !report.starved.is_empty() {
        writeln!(to, "shown to nobody")?;
        for action in report.actions.iter().filter(|action| action.customers == 0) {
            let stops = action.stops.iter().map(|(kind, n)| format!("{kind} {n}"));
            let stops: Vec<_> = stops.collect();
            writeln!(to, "  {:30} {}", action.action, stops.join(", "))?;
        }
        writeln!(to)?;
    }
    writeln!(to, "stopped (customers and actions)")?;
    for stops in report.stops.iter().filter(|stops| stops.count > 0) {
        let by = stops.by.iter().map(|(name, n)| format!("{name} {n}"));
        let by: Vec<_> = by.collect();
        writeln!(
            to,
            "  {:16} {:>9}  {}",
            stops.kind,
            stops.count,
            by.join(", ")
        )?;
    }
    writeln!(
        to,
        "\ntriggers: {} of {} fired for somebody",
        report.triggers.len() - report.never_fired.len(),
        report.triggers.len()
    )?;
    if !report.never_fired.is_empty() {
        writeln!(to, "  never: {}", names(&report.never_fired))?;
    }
    if !report.always_fired.is_empty() {
        writeln!(to, "  for everybody: {}", names(&report.always_fired))?;
    }
    for (title, counted) in [("personas", &report.personas), ("arms", &report.arms)] {
        let counted = counted.iter().filter(|counted| counted.customers > 0);
        let counted = counted.map(|c| format!("{} {} ({})", c.name, c.customers, percent(c.share)));
        writeln!(to, "{title}: {}", counted.collect::<Vec<_>>().join(", "))?;
    }
    fairness(to, &report.fairness)
}

fn shares(to: &mut String, report: &Report) -> std::fmt::Result {
    writeln!(
        to,
        "{:32} {:>10} {:>7} {:>10}",
        "action", "placements", "share", "customers"
    )?;
    let mut actions: Vec<_> = report.actions.iter().filter(|a| a.placements > 0).collect();
    actions.sort_by_key(|action| std::cmp::Reverse(action.placements));
    for action in actions.iter().take(ACTIONS) {
        let (name, share) = (&action.action, percent(action.share));
        writeln!(
            to,
            "{name:32} {:>10} {share:>7} {:>10}",
            action.placements, action.customers
        )?;
    }
    if actions.len() > ACTIONS {
        writeln!(to, "… and {} more", actions.len() - ACTIONS)?;
    }
    for (title, shares) in [
        ("life stage", &report.life_stages),
        ("channel", &report.channels),
    ] {
        writeln!(
            to,
            "\n{title:32} {:>10} {:>7} {:>10}",
            "placements", "share", "customers"
        )?;
        for part in shares {
            let (name, share) = (part.name, percent(part.share));
            writeln!(
                to,
                "{name:32} {:>10} {share:>7} {:>10}",
                part.placements, part.customers
            )?;
        }
    }
    writeln!(to)
}

fn slots(to: &mut String, report: &Report) -> std::fmt::Result {
    writeln!(
        to,
        "{:40} {:>10} {:>7}",
        "placeholders most often empty", "placements", "empty"
    )?;
    let mut slots: Vec<_> = report
        .placeholders
        .iter()
        .filter(|slot| slot.empty > 0)
        .collect();
    slots.sort_by_key(|slot| std::cmp::Reverse(slot.empty));
    for slot in slots.iter().take(SLOTS) {
        let (name, empty) = (&slot.placeholder, percent(slot.empty_share));
        writeln!(to, "{name:40} {:>10} {empty:>7}", slot.placements)?;
    }
    if slots.len() > SLOTS {
        writeln!(to, "… and {} more", slots.len() - SLOTS)?;
    }
    writeln!(to)
}

fn fairness(to: &mut String, audits: &[Audit]) -> std::fmt::Result {
    let comparisons: usize = audits
        .iter()
        .map(|a| a.values.len() * a.subjects.len())
        .sum();
    let mut apart = Vec::new();
    for audit in audits {
        for subject in &audit.subjects {
            for (value, rate) in audit.values.iter().zip(&subject.rates) {
                if rate.apart {
                    apart.push((audit.dimension, subject, value, rate));
                }
            }
        }
    }
    writeln!(
        to,
        "\nfairness: {} of {comparisons} rates of being shown something stand apart from all others' (95 % interval)",
        apart.len()
    )?;
    // Those that hold beside all the others first, then the largest differences.
    apart.sort_by(|a, b| {
        let order = |rate: &Rate| rate.difference.difference.abs();
        let together = b.3.apart_together.cmp(&a.3.apart_together);
        together.then_with(|| order(b.3).total_cmp(&order(a.3)))
    });
    for (dimension, subject, value, rate) in apart.iter().take(ACTIONS) {
        let mark = if rate.apart_together { "**" } else { "* " };
        writeln!(
            to,
            "  {mark} {:20} {} {:20} {:>7}, {:+.1} points ({:+.1} to {:+.1}), {} customers",
            subject.subject,
            Dimension::name(*dimension),
            quoted(&value.value).to_string(),
            percent(rate.rate),
            100.0 * rate.difference.difference,
            100.0 * rate.difference.low,
            100.0 * rate.difference.high,
            value.customers
        )?;
    }
    if apart.len() > ACTIONS {
        writeln!(to, "  … and {} more", apart.len() - ACTIONS)?;
    }
    if !apart.is_empty() {
        let note = "** also with all comparisons looked at together (Holm); * alone, as one in twenty does by chance";
        writeln!(to, "  {note}")?;
    }
    Ok(())
}

fn names(all: &[String]) -> String {
    let named: Vec<_> = all
        .iter()
        .take(NAMES)
        .map(|n| quoted(n).to_string())
        .collect();
    let more = all.len() - named.len();
    let named = named.join(", ");
    if more == 0 {
        named
    } else {
        format!("{named} and {more} more")
    }
}

fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}
