//! A report as one page of HTML: charts beside the numbers they show, nothing loaded from elsewhere.
//!
//! Every chart is a table whose cells hold bars, shades or whiskers, so that the numbers can be read
//! without seeing, copied and printed. Colours follow the reader's choice of light or dark, and never
//! say anything that a word does not say as well. The page is well-formed XML, too.

mod fairness;
mod parts;
mod voice;

use std::fmt::Display;

use super::{interval::number, report::Report};
use parts::{escape, percent, section, thousands};

/// The page. `title` says what the population is.
pub fn html(report: &Report, title: &str) -> String {
    let parts = [
        head(report, title),
        voice::actions(report),
        voice::stages(report),
        voice::placeholders(report),
        voice::starved(report),
        voice::stops(report),
        fairness::section(report),
        voice::triggers(report),
        voice::customers(report),
        "</main></body></html>\n".to_owned(),
    ];
    parts.concat()
}

fn head(report: &Report, title: &str) -> String {
    let about = &report.about;
    let (title, policy) = (escape(title), escape(&about.policy));
    let consent = if about.consent.is_empty() {
        "consent as the profiles record it".to_owned()
    } else {
        format!(
            "counted as granted for this run: {}",
            escape(&about.consent.join(", "))
        )
    };
    let sources = if about.sources.is_empty() {
        "The profiles name no source of facts.".to_owned()
    } else {
        format!(
            "Facts come from, as the profiles name it: {}.",
            escape(&about.sources.join(", "))
        )
    };
    let empty: u64 = report.placeholders.iter().map(|slot| slot.empty).sum();
    let asked = number(report.customers) * slots(report);
    let empty = if asked > 0.0 {
        number(empty) / asked
    } else {
        0.0
    };
    let figures = [
        figure("customers", thousands(report.customers)),
        figure("placements", thousands(report.placements)),
        figure("slots left empty", percent(empty)),
        figure(
            "actions nobody sees",
            thousands(count(report.starved.len())),
        ),
        figure(
            &format!("value, {}", escape(&about.currency)),
            thousands_of(report.value),
        ),
        figure("profiles refused", thousands(report.refused.count)),
    ];
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"/>\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\"/>\
         <title>{title} · {policy}</title><style>{}</style></head><body><main>\
         <h1>{title}</h1><p>What the policy set <strong>{policy}</strong> shows to {} customers on {}. Seed {}; {consent}.</p>\
         <p class=\"quiet\">{sources} Bundle <code>{}</code></p><dl class=\"figures\">{}</dl>\
         <p class=\"quiet\">The value is what everything shown would bring if everybody took it up, each customer each \
         action once: a measure to compare policies by, not a forecast. A placement is an action in a placeholder; \
         a customer may see an action in several.</p>{}",
        include_str!("style.css"),
        thousands(report.customers),
        about.at,
        about.seed,
        escape(&about.bundle),
        figures.concat(),
        refused(report),
    )
}

fn refused(report: &Report) -> String {
    let refused = &report.refused;
    if refused.count == 0 {
        return String::new();
    }
    let first = refused.first.iter().map(|profile| {
        let (place, reason) = (escape(&profile.place), escape(&profile.reason));
        format!("<li><code>{place}</code>: {reason}</li>")
    });
    section(
        "Profiles refused",
        &format!(
            "<p>The engine refused {} profiles; they count nowhere below. The first of them:</p><ul>{}</ul>",
            thousands(refused.count),
            first.collect::<String>()
        ),
    )
}

fn figure(name: &str, value: impl Display) -> String {
    format!("<div><dt>{name}</dt><dd>{value}</dd></div>")
}

fn slots(report: &Report) -> f64 {
    number(count(report.placeholders.len()))
}

fn count(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

/// A whole number of a value, with spaces between thousands.
fn thousands_of(value: f64) -> String {
    let whole = format!("{:.0}", value.max(0.0));
    parts::grouped(&whole)
}
