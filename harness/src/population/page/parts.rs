//! What the page is put together from. Everything that comes from a policy or a profile goes through
//! [`escape`].

use std::fmt::Write;

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

/// Digits with narrow spaces between thousands.
pub fn grouped(digits: &str) -> String {
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
    }
}
