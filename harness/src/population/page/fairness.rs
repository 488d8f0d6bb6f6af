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
         among all other customers whose value is known. Whiskers are 95 % intervals (Newcombe 1998, hybrid score). \
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
    let mut largest: Vec<_> = audit.values.iter().enumerate().collect();
    largest.sort_by_key(|(_, value)| std::cmp::Reverse(value.customers));
    largest.truncate(VALUES);
    largest.sort_by_key(|(i, _)| *i);
    let left = audit.values.len() - largest.len() + audit.small;
    let left = if left > 0 {
        format!("; {left} values of few customers are not shown here")
    } else {
        String::new()
    };
    let subjects = audit.subjects.iter().map(|subject| {
        let stands = largest.iter().filter_map(|(i, _)| subject.rates.get(*i));
        let stands = stands.filter(|rate| rate.apart).count();
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
        let rates = rates(name, subject, &largest);
        // What lending does is what this is read for first.
        if subject.group && subject.subject == "credit" {
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
            "<tr><th scope=\"row\">{}</th><td class=\"n spare\">{}</td><td class=\"n\">{}</td><td class=\"chart\">{}</td>\
             <td class=\"n\">{}{mark}</td><td class=\"n spare\">{} to {}</td></tr>",
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
        ("customers", "n spare"),
        ("shown", "n"),
        ("−50 to +50 points", ""),
        ("difference", "n"),
        ("95 % interval", "n spare"),
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
    // Lines, and not shapes, so that stretching to the cell leaves the dot a dot.
    format!(
        "<svg class=\"{class}\" aria-hidden=\"true\"><line class=\"zero\" x1=\"50%\" x2=\"50%\" y1=\"0\" y2=\"100%\"/>\
         <line class=\"whisker\" x1=\"{low:.2}%\" x2=\"{high:.2}%\" y1=\"50%\" y2=\"50%\"/>\
         <circle class=\"dot\" cx=\"{dot:.2}%\" cy=\"50%\" r=\"4\"/></svg>"
    )
}
