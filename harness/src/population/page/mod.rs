//! A report or a comparison as one page of HTML: charts beside the numbers they show, nothing loaded from elsewhere.
//!
//! Every chart is a table whose cells hold bars, shades or whiskers, so that the numbers can be read
//! without seeing, copied and printed. Colours follow the reader's choice of light or dark, and never
//! say anything that a word does not say as well. The page is well-formed XML, too.

mod difference;
mod fairness;
mod parts;
mod voice;

use super::{comparison::Comparison, interval::number, report::Report};
use parts::{count, escape, figure, note, page, percent, refused, thousands, thousands_of};

/// What a page says when consent stops everything.
const NOBODY_CONSENTS: &str = "No customer of this run grants any purpose, so whatever needs consent is shown to nobody: \
                               most likely <code>--consent</code> was left out.";

/// What a policy shows to a population. `title` says what the population is.
pub fn simulation(report: &Report, title: &str) -> String {
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
    ];
    page(title, &report.about.policy, &parts.concat())
}

/// What a change of policy does to a population. `title` says what the population is.
pub fn comparison(comparison: &Comparison, title: &str) -> String {
    let parts = [
        difference::head(comparison, title),
        difference::texts(comparison),
        difference::actions(comparison),
        difference::pairs(comparison),
        difference::places(comparison),
        difference::customers(comparison),
        difference::examples(comparison),
    ];
    page(title, "difference", &parts.concat())
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
    let nobody = if report.nobody_consents {
        note(NOBODY_CONSENTS)
    } else {
        String::new()
    };
    format!(
        "<h1>{title}</h1><p>What the policy set <strong>{policy}</strong> shows to {} customers on {}. Seed {}; {consent}.</p>{nobody}\
         <p class=\"quiet\">{sources} Bundle <code>{}</code></p><dl class=\"figures\">{}</dl>\
         <p class=\"quiet\">The value is what everything shown would bring if everybody took it up, each customer each \
         action once: a measure to compare policies by, not a forecast. A placement is an action in a placeholder; \
         a customer may see an action in several.</p>{}",
        thousands(report.customers),
        about.at,
        about.seed,
        escape(&about.bundle),
        figures.concat(),
        refused(&report.refused),
    )
}

fn slots(report: &Report) -> f64 {
    number(count(report.placeholders.len()))
}
