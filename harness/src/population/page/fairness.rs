//! Rates of being shown something, with intervals: a dot and a whisker for each value.

use super::{
    super::{
        audit::{Audit, LEAST, Rate, Subject, Value},
        report::Report,
    },
    parts::{closed, escape, percent, section as part, table, thousands},
};

/// Values that are shown of one dimension: those of the most customers. The JSON has all.
const VALUES: usize = 16;
/// Where the chart of differences ends, in both directions.
const EDGE: f64 = 0.5;

pub fn section(report: &Report) -> String {
    let rates = report.fairness.iter().flat_map(|audit| &audit.subjects);
    let rates: Vec<_> = rates.flat_map(|subject| &subject.rates).collect();
    let apart = rates.iter().filter(|rate| rate.apart).count();
    let together = rates.iter().filter(|rate| rate.apart_together).count();
    let intro = format!(
        "<p>For each value the share of its customers who are shown something, and by how much that differs from the share \
         among all other customers whose value is known. Whiskers are 95 % intervals (Newcombe 1998, hybrid score); \
         one that goes on beyond the chart ends in an arrowhead. \
         <strong>{apart}</strong> of {} intervals leave out zero (*); one in twenty would by chance. <strong>{together}</strong> \
         still do when all are looked at together (**, Holm 1979). A difference is not a wrong by itself: the bank must be \
         able to say why it is there.</p><p class=\"quiet\">Age, sex and district were read from the profiles for this audit \
         only, with or without consent; the engine sees of them what each customer consents to. Values of under {LEAST} customers are not compared.</p>",
        rates.len()
    );
    let audits = report.fairness.iter().map(audit).collect::<String>();
    part("Fairness", &format!("{intro}{audits}"))
}

fn audit(audit: &Audit) -> String {
    let name = audit.dimension.name();
    if audit.values.len() < 2 {
        return format!(
            "<h3>By {name}</h3><p>Known of {} customers, in too few values with enough customers to compare.</p>",
            thousands(audit.known)
        );
    }
    let left = audit.values.len().saturating_sub(VALUES) + audit.small;
    let left = if left > 0 {
        format!("; {left} values of few customers are shown only where they stand apart")
    } else {
        String::new()
    };
    let subjects = audit.subjects.iter().map(|subject| {
        let stands = subject.rates.iter().filter(|rate| rate.apart).count();
        let kind = if subject.group { "group" } else { "life stage" };
        let summary = format!(
            "{} ({kind}): {} of all{}",
            escape(&subject.subject),
            percent(subject.rate),
            match stands {
                0 => String::new(),
                stands => format!("; {stands} apart"),
            }
        );
        let rates = rates(name, subject, &shown(audit, subject));
        // What lending does is what this is read for first; a finding must not wait for a click.
        if stands > 0 || subject.group && subject.subject == "credit" {
            format!("<details open=\"open\"><summary>{summary}</summary>{rates}</details>")
        } else {
            closed(&summary, &rates)
        }
    });
    format!(
        "<h3>By {name}</h3><p class=\"quiet\">Known of {} customers{left}.</p>{}",
        thousands(audit.known),
        subjects.collect::<String>()
    )
}

/// The values of the most customers, and those that stand apart, in their own order.
fn shown<'a>(audit: &'a Audit, subject: &Subject) -> Vec<(usize, &'a Value)> {
    let mut all: Vec<_> = audit.values.iter().enumerate().collect();
    all.sort_by_key(|(_, value)| std::cmp::Reverse(value.customers));
    let is_apart = |i: usize| subject.rates.get(i).is_some_and(|rate| rate.apart);
    let ranked = all.into_iter().enumerate();
    let shown = ranked.filter(|(rank, (i, _))| *rank < VALUES || is_apart(*i));
    let mut shown: Vec<_> = shown.map(|(_, value)| value).collect();
    shown.sort_by_key(|(i, _)| *i);
    shown
}

fn rates(dimension: &str, subject: &Subject, values: &[(usize, &Value)]) -> String {
    let rows = values.iter().filter_map(|(i, value)| {
        let rate = subject.rates.get(*i)?;
        let points = |share: f64| format!("{:+.1}", 100.0 * share);
        let mark = match (rate.apart, rate.apart_together) {
            (_, true) => " **",
            (true, false) => " *",
            (false, false) => "",
        };
        Some(format!(
            "<tr><th scope=\"row\">{}</th><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"chart\">{}</td>\
             <td class=\"n\">{}{mark}</td><td class=\"n\">{} to {}</td></tr>",
            escape(&value.value),
            thousands(value.customers),
            percent(rate.rate),
            whisker(rate),
            points(rate.difference.difference),
            points(rate.difference.low),
            points(rate.difference.high),
        ))
    });
    let columns = [
        (dimension, ""),
        ("customers", "n"),
        ("shown", "n"),
        ("−50 to +50 points", ""),
        ("difference", "n"),
        ("95 % interval", "n"),
    ];
    let caption = format!("{} by {dimension}", escape(&subject.subject));
    table(&caption, &columns, &rows.collect::<String>())
}

fn whisker(rate: &Rate) -> String {
    let x = |share: f64| 50.0 + 50.0 * (share / EDGE).clamp(-1.0, 1.0);
    let class = if rate.apart { "apart" } else { "" };
    let (low, dot, high) = (
        x(rate.difference.low),
        x(rate.difference.difference),
        x(rate.difference.high),
    );
    // What goes on beyond the chart ends in an arrowhead.
    let (mut left, mut right) = ("", "");
    if rate.difference.low < -EDGE {
        left = "<path class=\"cut\" d=\"M8 4 L1 9 L8 14\"/>";
    }
    if rate.difference.high > EDGE {
        right =
            "<svg x=\"100%\" class=\"end\"><path class=\"cut\" d=\"M-8 4 L-1 9 L-8 14\"/></svg>";
    }
    // Lines, and not shapes, so that stretching to the cell leaves the dot a dot.
    format!(
        "<svg class=\"{class}\" aria-hidden=\"true\"><line class=\"zero\" x1=\"50%\" x2=\"50%\" y1=\"0\" y2=\"100%\"/>\
         <line class=\"whisker\" x1=\"{low:.2}%\" x2=\"{high:.2}%\" y1=\"50%\" y2=\"50%\"/>\
         <circle class=\"dot\" cx=\"{dot:.2}%\" cy=\"50%\" r=\"4\"/>{left}{right}</svg>"
    )
}
