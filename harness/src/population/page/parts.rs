//! What the page is put together from. Everything that comes from a policy or a profile goes through
//! [`escape`].

use std::fmt::{Display, Write};

use super::super::report::RefusedProfiles;

/// Text for HTML, in content and in attributes. Control characters, which XML has no way to say, are
/// replaced.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '\n' | '\t' => escaped.push(' '),
            '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            letter if letter.is_control() => escaped.push('\u{fffd}'),
            letter => escaped.push(letter),
        }
    }
    escaped
}

/// The whole page.
pub fn page(title: &str, of: &str, content: &str) -> String {
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"/>\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\"/>\
         <title>{} · {}</title><style>{}</style></head><body><main>{content}</main></body></html>\n",
        escape(title),
        escape(of),
        include_str!("style.css"),
    )
}

/// A part of the page under a heading.
pub fn section(title: &str, content: &str) -> String {
    format!("<section><h2>{title}</h2>{content}</section>")
}

/// A table that scrolls by itself on a narrow screen. `columns`: heading, and whether it is of numbers.
pub fn table(caption: &str, columns: &[(&str, &str)], rows: &str) -> String {
    let mut head = String::new();
    for (name, class) in columns {
        // Writing to a text does not fail.
        write!(head, "<th scope=\"col\" class=\"{class}\">{name}</th>").unwrap_or_default();
    }
    format!(
        "<div class=\"wide\" role=\"region\" aria-label=\"{caption}\" tabindex=\"0\"><table><caption>{caption}</caption>\
         <thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )
}

/// A bar for a share of the longest one. The number stands in a cell of its own.
pub fn bar(share: f64, class: &str) -> String {
    let width = 100.0 * share.clamp(0.0, 1.0);
    format!(
        "<svg class=\"{class}\" viewBox=\"0 0 100 10\" preserveAspectRatio=\"none\" aria-hidden=\"true\">\
         <rect class=\"bar\" width=\"{width:.2}\" height=\"10\"/></svg>"
    )
}

/// Rows of a table that are open at first; the others are a click away.
const OPEN: usize = 25;

/// A table of which many rows are closed at first. `what` names the rows.
pub fn long_table(caption: &str, what: &str, columns: &[(&str, &str)], rows: &[String]) -> String {
    let (open, rest) = rows.split_at(OPEN.min(rows.len()));
    let mut content = table(caption, columns, &open.concat());
    if !rest.is_empty() {
        let all = table(&format!("{caption}, continued"), columns, &rest.concat());
        content.push_str(&closed(&format!("{} more {what}", rest.len()), &all));
    }
    content
}

/// A figure and what it counts.
pub fn figure(name: &str, value: impl Display) -> String {
    format!("<div><dt>{name}</dt><dd>{value}</dd></div>")
}

/// Something that the reader must not miss.
pub fn note(text: &str) -> String {
    format!("<p class=\"note\">{text}</p>")
}

/// The profiles that count nowhere.
pub fn refused(refused: &RefusedProfiles) -> String {
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

/// Content that is closed at first.
pub fn closed(summary: &str, content: &str) -> String {
    format!("<details><summary>{summary}</summary>{content}</details>")
}

/// A share in per cent.
pub fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}

/// A count with narrow spaces between thousands.
pub fn thousands(count: u64) -> String {
    grouped(&count.to_string())
}

/// A whole number of a value, with narrow spaces between thousands.
pub fn thousands_of(value: f64) -> String {
    let sign = if value <= -0.5 { "−" } else { "" };
    format!("{sign}{}", grouped(&format!("{:.0}", value.abs())))
}

/// A length as a count.
pub fn count(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

/// Digits with narrow spaces between thousands.
fn grouped(digits: &str) -> String {
    let mut grouped = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            grouped.push('\u{202f}');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_text_cannot_leave_its_place() {
        assert_eq!(
            escape("<a href='x'>&\"\u{1b}\n"),
            "&lt;a href=&#39;x&#39;&gt;&amp;&quot;\u{fffd} "
        );
    }

    #[test]
    fn thousands_are_apart() {
        assert_eq!(thousands(0), "0");
        assert_eq!(thousands(999), "999");
        assert_eq!(thousands(1_234_567), "1\u{202f}234\u{202f}567");
        assert_eq!(thousands_of(-1_234.4), "−1\u{202f}234");
        assert_eq!(thousands_of(-0.4), "0");
    }
}
