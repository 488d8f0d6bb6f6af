//! All variables as a page: `docs/variables.md`.

use std::fmt::Write;

use engine::{
    bundle::Unit,
    variables::{Entry, Stream, merchant_groups, registry},
};

const HEAD: &str = "\
# Variables

Every number that policies and models may name. This page is generated: `cargo xtask schemas` writes it anew.

Each variable reads data of one class, and needs the customer's consent to the purpose named. A window of *n* days holds
the day of the decision's clock and the *n* \u{2212} 1 days before it; days are those of UTC. Amounts are added up in whole
hundredths, so the order of events never changes a bit: a profile read anew, one kept up event by event and a batch run
give the same.

A variable is *missing* when there is nothing to make it from or consent hides it: a sum over no events is 0, a mean over
none is missing. It is *stale* when the fact or holding behind it is past its shelf life, and *out of range* when its
value is outside the range named; both count as missing. `nearfield variables` computes them, `--quality` counts what
is missing, stale or out of range.
";

/// The page as Markdown.
pub fn variables() -> String {
    let all = registry();
    let mut text = String::from(HEAD);
    _ = write!(text, "\n## All {}\n\n", all.len());
    text.push_str("| name | is | unit | class | purpose | window | range |\n| --- | --- | --- | --- | --- | --- | --- |\n");
    for entry in &all {
        row(entry, &mut text);
    }
    text.push_str(
        "\n## Merchants\n\nPurchases are grouped by the merchant's category code (ISO 18245:2023). Codes in no group count as purchases\n\
         only. So do those that tell of health, belief, politics or intimate life, such as pharmacies and doctors: such data\n\
         never becomes a variable.\n\n| group | codes |\n| --- | --- |\n",
    );
    for stream in Stream::ALL {
        let codes = merchant_groups()
            .iter()
            .filter(|(.., group)| group == stream);
        let codes: Vec<String> = codes
            .map(|(first, last, _)| {
                if first == last {
                    format!("{first:04}")
                } else {
                    format!("{first:04}\u{2013}{last:04}")
                }
            })
            .collect();
        if !codes.is_empty() {
            _ = writeln!(text, "| `{}` | {} |", stream.name(), codes.join(", "));
        }
    }
    text
}

fn row(entry: &Entry, text: &mut String) {
    let window = entry
        .window
        .map_or_else(String::new, |window| format!("{} days", window.days()));
    let class = format!("{:?}", entry.class).to_lowercase();
    let range = match entry.range() {
        (f64::NEG_INFINITY, f64::INFINITY) => "any".to_owned(),
        (low, f64::INFINITY) => format!("{low} or more"),
        (low, high) => format!("{low} to {high}"),
    };
    _ = writeln!(
        text,
        "| `{}` | {} | {} | {class} | `{}` | {window} | {range} |",
        entry.name,
        entry.description,
        unit(entry.unit),
        entry.purpose
    );
}

fn unit(unit: Unit) -> &'static str {
    match unit {
        Unit::Count => "count",
        Unit::Money => "money",
        Unit::Days => "days",
        Unit::Years => "years",
        Unit::Share => "share",
        Unit::Number => "number",
        Unit::Flag => "1 or 0",
    }
}
