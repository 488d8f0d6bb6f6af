//! What a request for a page says about itself: the page, from its path, and the language.
//!
//! ```
//! use edge_worker::visit::page;
//! assert_eq!(page("/bank/cards.html"), "cards");
//! ```

use engine::{Bundle, Context, bundle::Channel};

/// The context of a request for a page. A path that names no page of the bundle asks for the
/// placeholders of all pages: an application that keeps every page in one document.
pub fn context(bundle: Bundle<'_>, path: &str, accept_language: Option<&str>) -> Context {
    let body = bundle.body();
    let page = page(path);
    let known = body
        .placeholders
        .iter()
        .any(|p| p.channel == Channel::Web && p.page.as_str() == page);
    let locales: Vec<&str> = body.locales.iter().map(|locale| locale.as_str()).collect();
    Context {
        channel: Some(Channel::Web),
        page: known.then(|| page.to_owned()),
        locale: accept_language
            .and_then(|header| locale(header, &locales))
            .map(str::to_owned),
        ..Context::default()
    }
}

/// The name of the page at a path: its last segment without the ending.
pub fn page(path: &str) -> &str {
    let last = path
        .trim_end_matches('/')
        .rsplit('/')
        .next()
        .unwrap_or_default();
    last.strip_suffix(".html").unwrap_or(last)
}

/// The best of `offered` by an `Accept-Language` header (RFC 9110, section 12.5.4; lookup as RFC 4647,
/// section 3.4). `None` when none is acceptable.
pub fn locale<'a>(header: &str, offered: &[&'a str]) -> Option<&'a str> {
    let mut ranges: Vec<(&str, f32)> = header.split(',').take(RANGES).filter_map(range).collect();
    ranges.sort_by(|a, b| b.1.total_cmp(&a.1));
    ranges.into_iter().find_map(|(tag, _)| lookup(tag, offered))
}

/// Languages that are looked at; browsers send fewer than ten.
const RANGES: usize = 32;

fn range(text: &str) -> Option<(&str, f32)> {
    let mut parts = text.split(';');
    let tag = parts.next().unwrap_or_default().trim();
    let quality = parts
        .find_map(|part| part.trim().strip_prefix("q="))
        .map_or(Some(1.0), |q| q.parse().ok())?;
    (!tag.is_empty() && quality > 0.0).then_some((tag, quality))
}

/// Cuts subtags off the end until something fits.
fn lookup<'a>(tag: &str, offered: &[&'a str]) -> Option<&'a str> {
    if tag == "*" {
        return offered.first().copied();
    }
    let mut tag = tag;
    loop {
        if let Some(found) = offered
            .iter()
            .find(|locale| locale.eq_ignore_ascii_case(tag))
        {
            return Some(found);
        }
        tag = tag.rsplit_once('-')?.0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_is_the_last_segment() {
        let cases = [
            ("/", ""),
            ("", ""),
            ("/index.html", "index"),
            ("/cards", "cards"),
            ("/cards/", "cards"),
            ("/bank/cards.html", "cards"),
        ];
        for (path, expected) in cases {
            assert_eq!(page(path), expected, "{path}");
        }
    }

    #[test]
    fn the_language_is_looked_up() {
        let offered = ["en", "cs"];
        let cases = [
            ("cs", Some("cs")),
            ("cs-CZ,cs;q=0.9,en;q=0.8", Some("cs")),
            ("en;q=0.5, cs;q=0.6", Some("cs")),
            ("de-CH, fr;q=0.9", None),
            ("de, *;q=0.1", Some("en")),
            ("cs;q=0, en", Some("en")),
            ("CS-Latn-CZ", Some("cs")),
            ("cs;q=x", None),
            (";;,,;q=", None),
            ("", None),
        ];
        for (header, expected) in cases {
            assert_eq!(locale(header, &offered), expected, "{header}");
        }
    }
}
