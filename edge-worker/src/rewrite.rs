//! Fills `[data-placeholder]` elements of an HTML page as it streams.
//!
//! ```
//! use edge_worker::rewrite::{Fills, Filler};
//! let mut filler = Filler::new(Fills::default());
//! let mut out = filler.write(b"<p data-placeholder='rib.help.tip'>Ask us.");
//! out.extend(filler.end());
//! assert_eq!(out, b"<p data-placeholder='rib.help.tip'>Ask us.");
//! ```
//!
//! # What is filled
//! HTML lets many end tags be left out, and a stream cannot know whether one will come. So a
//! placeholder's element is held back until its own end tag is there, and only then is its content
//! replaced. The rest of the page streams. An element passes as it came, with a diagnostic, when
//!
//! - its end tag may be left out, or browsers end it by rules of their own (`p`, `li`, `td`, `a`, `h1`…):
//!   only [`CONTAINERS`] are filled;
//! - its end tag never comes, or elements that it holds are left open;
//! - its default content is longer than [`HELD_BYTES`].
//!
//! The parser only finds places; the bytes outside of filled elements are never written anew.
//!
//! # Faults
//! The decision is made before the first byte, so a fault of the engine or the bundle never starts a
//! rewrite. The one fault left is a page that needs more than [`MEMORY_BYTES`] at once, such as a tag of
//! a megabyte: from there on every byte passes as it came. What was filled before stays filled; a
//! stream cannot be taken back.

use std::{cell::RefCell, collections::BTreeMap, ops::Range, rc::Rc};

use engine::Decision;
use lol_html::{
    HtmlRewriter, MemorySettings, Settings, element, end_tag,
    html_content::{Element, EndTag},
};

use crate::markup::markup;

/// Memory that one rewrite may take for what the parser has to keep of the page.
pub const MEMORY_BYTES: usize = 1 << 20;

/// Bytes of one placeholder's element that are held back.
pub const HELD_BYTES: usize = 256 << 10;

/// Elements that are filled: an end tag of their own is all that ends them well.
pub const CONTAINERS: [&str; 12] = [
    "address",
    "article",
    "aside",
    "blockquote",
    "div",
    "figure",
    "footer",
    "header",
    "main",
    "nav",
    "section",
    "span",
];

/// Elements whose end tag may be left out (HTML, section 13.1.2.4).
const OPTIONAL_END: [&str; 18] = [
    "body", "caption", "colgroup", "dd", "dt", "head", "html", "li", "optgroup", "option", "p",
    "rp", "rt", "tbody", "td", "tfoot", "th", "tr",
];

/// Says that a placeholder is filled already.
const MARK: &[u8] = b" data-nearfield=\"edge\"";

/// What goes into each placeholder, by its name.
#[derive(Clone, Debug, Default)]
pub struct Fills(BTreeMap<String, String>);

/// One rewrite of one page.
pub struct Filler {
    /// None once it failed or ended.
    parser: Option<HtmlRewriter<'static, Sink>>,
    found: Rc<RefCell<Found>>,
    /// The page's bytes that were not sent yet, as they came.
    held: Vec<u8>,
    /// Bytes of the page that were sent.
    sent: usize,
}

type Sink = Box<dyn FnMut(&[u8])>;

/// What the parser knows of the page; places are bytes from its beginning.
#[derive(Default)]
struct Found {
    fills: BTreeMap<String, String>,
    /// How far it has read.
    read: usize,
    open: Option<Open>,
    /// Slots opened so far.
    opened: usize,
    ready: Vec<Ready>,
    diagnostic: Option<String>,
}

/// A placeholder whose end tag has not come yet.
struct Open {
    /// Tells this slot's events from those of one given up.
    number: usize,
    placeholder: String,
    tag: String,
    start: Range<usize>,
    /// Elements in it that have to be closed before it is.
    unclosed: usize,
    html: String,
}

/// A placeholder that is whole.
struct Ready {
    /// Its start tag's end and its end tag's beginning.
    content: Range<usize>,
    html: String,
}

impl Fills {
    /// The markup of a decision.
    pub fn new(decision: &Decision<'_>) -> Self {
        let mut fills = BTreeMap::<String, String>::new();
        for placement in &decision.placements {
            markup(
                placement,
                fills.entry(placement.placeholder.to_owned()).or_default(),
            );
        }
        Self(fills)
    }

    /// Whether nothing is to be filled.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Filler {
    /// Starts a rewrite.
    pub fn new(fills: Fills) -> Self {
        let found = Rc::new(RefCell::new(Found {
            fills: fills.0,
            ..Found::default()
        }));
        let sink: Sink = {
            let found = Rc::clone(&found);
            Box::new(move |chunk| found.borrow_mut().read += chunk.len())
        };
        let memory = MemorySettings::new().with_max_allowed_memory_usage(MEMORY_BYTES);
        // Strict parsing gives up on markup that browsers cope with, and would cut the page off there.
        let settings = Settings::new()
            .with_memory_settings(memory)
            .with_strict(false);
        let settings = settings.append_element_content_handler(element!(
            "[data-placeholder], [data-placeholder] *",
            {
                let found = Rc::clone(&found);
                move |element: &mut Element<'_, '_>| begin(&found, element)
            }
        ));
        Self {
            parser: Some(HtmlRewriter::new(settings, sink)),
            found,
            held: Vec::new(),
            sent: 0,
        }
    }

    /// Takes a piece of the page and gives what can be sent on.
    pub fn write(&mut self, chunk: &[u8]) -> Vec<u8> {
        let Some(parser) = &mut self.parser else {
            return chunk.to_vec();
        };
        self.held.extend_from_slice(chunk);
        if let Err(cause) = parser.write(chunk) {
            self.parser = None;
            self.found.borrow_mut().fail(&cause.to_string());
            return self.release(usize::MAX);
        }
        let mut found = self.found.borrow_mut();
        if found
            .open
            .as_ref()
            .is_some_and(|open| found.read.saturating_sub(open.start.start) > HELD_BYTES)
        {
            found.give_up("its default content is too long; shorten it");
        }
        let safe = found
            .open
            .as_ref()
            .map_or(found.read, |open| open.start.start);
        drop(found);
        self.release(safe)
    }

    /// Ends the page and gives the rest.
    pub fn end(&mut self) -> Vec<u8> {
        if let Some(Err(cause)) = self.parser.take().map(HtmlRewriter::end) {
            self.found.borrow_mut().fail(&cause.to_string());
        }
        self.found
            .borrow_mut()
            .give_up("its end tag is missing; add it");
        self.release(usize::MAX)
    }

    /// Why a placeholder or the rest of the page passed as it came, if one did.
    pub fn diagnostic(&self) -> Option<String> {
        self.found.borrow().diagnostic.clone()
    }

    /// The page up to a place, filled.
    fn release(&mut self, until: usize) -> Vec<u8> {
        let count = until.saturating_sub(self.sent).min(self.held.len());
        let end = self.sent + count;
        let mut page = self.held.drain(..count);
        let mut out = Vec::with_capacity(count);
        for Ready { content, html } in self.found.borrow_mut().ready.drain(..) {
            // In front of the start tag's `>`.
            let mark = content.start.saturating_sub(1);
            out.extend(page.by_ref().take(mark.saturating_sub(self.sent)));
            out.extend_from_slice(MARK);
            out.extend(page.by_ref().take(content.start - mark));
            out.extend_from_slice(html.as_bytes());
            page.by_ref().take(content.len()).for_each(drop);
            self.sent = content.end;
        }
        out.extend(page);
        self.sent = end;
        out
    }
}

impl Found {
    /// Leaves the open placeholder, if any, as it came.
    fn give_up(&mut self, why: &str) {
        if let Some(open) = self.open.take() {
            self.note(&open.placeholder, why);
        }
    }

    /// Leaves the page as it came from here on.
    fn fail(&mut self, cause: &str) {
        self.open = None;
        self.note("the rest of the page", cause);
    }

    fn note(&mut self, what: &str, why: &str) {
        let notes = self.diagnostic.get_or_insert_default();
        if !notes.is_empty() {
            notes.push_str("; ");
        }
        notes.extend([what, ": ", why]);
    }
}

/// An element begins: a placeholder, or one within.
fn begin(found: &Rc<RefCell<Found>>, element: &mut Element<'_, '_>) -> lol_html::HandlerResult {
    let mut state = found.borrow_mut();
    let tag = element.tag_name();
    let number = state.opened;
    if let Some(open) = &mut state.open {
        if element.can_have_content() && !OPTIONAL_END.contains(&tag.as_str()) {
            open.unclosed += 1;
            let found = Rc::clone(found);
            element.on_end_tag(end_tag!(move |end: &mut EndTag<'_>| {
                let mut state = found.borrow_mut();
                let open = state.open.as_mut().filter(|open| open.number == number);
                if let Some(open) = open.filter(|_| end.name() == tag) {
                    open.unclosed -= 1;
                }
                Ok(())
            }))?;
        }
        return Ok(());
    }
    // Taken out: a name that a page uses twice is filled once.
    let Some((placeholder, html)) = element
        .get_attribute("data-placeholder")
        .and_then(|name| state.fills.remove_entry(&name))
    else {
        return Ok(());
    };
    if !CONTAINERS.contains(&tag.as_str()) || !element.can_have_content() {
        state.note(
            &placeholder,
            &format!("<{tag}> cannot be filled; use a div"),
        );
        return Ok(());
    }
    let number = number + 1;
    state.opened = number;
    state.open = Some(Open {
        number,
        placeholder,
        tag,
        start: element.source_location().bytes(),
        unclosed: 0,
        html,
    });
    let found = Rc::clone(found);
    element.on_end_tag(end_tag!(move |end: &mut EndTag<'_>| {
        let mut state = found.borrow_mut();
        let Some(open) = state.open.take_if(|open| open.number == number) else {
            return Ok(());
        };
        if end.name() != open.tag {
            state.note(&open.placeholder, "its end tag is missing; add it");
        } else if open.unclosed > 0 {
            let why = "an element in it is not closed; close it";
            state.note(&open.placeholder, why);
        } else {
            let content = open.start.end..end.source_location().bytes().start;
            let html = open.html;
            state.ready.push(Ready { content, html });
        }
        Ok(())
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "<!doctype html><title>Bank</title><body>\
        <div class=a data-placeholder=\"rib.cards.offer\"><b>Default</b> <i>content</i></div>\
        <div data-placeholder='rib.cards.side'>stays</div>\
        <div data-placeholder=\"rib.cards.offer\">second</div></body>";

    fn fills() -> Fills {
        Fills(BTreeMap::from([(
            "rib.cards.offer".to_owned(),
            "<p>New</p>".to_owned(),
        )]))
    }

    fn run(fills: Fills, page: &[u8], piece: usize) -> (Vec<u8>, Option<String>) {
        let mut filler = Filler::new(fills);
        let mut out = Vec::new();
        for chunk in page.chunks(piece) {
            out.extend(filler.write(chunk));
        }
        out.extend(filler.end());
        (out, filler.diagnostic())
    }

    #[test]
    fn fills_the_first_of_a_name_and_nothing_else() {
        let expected = PAGE
            .replacen("<b>Default</b> <i>content</i>", "<p>New</p>", 1)
            .replacen("offer\">", "offer\" data-nearfield=\"edge\">", 1);
        // However the page is cut up.
        for piece in [1, 2, 3, 7, 64, PAGE.len()] {
            let (out, diagnostic) = run(fills(), PAGE.as_bytes(), piece);
            assert_eq!(
                String::from_utf8(out).unwrap(),
                expected,
                "pieces of {piece}"
            );
            assert_eq!(diagnostic, None);
        }
    }

    #[test]
    fn no_byte_outside_of_a_filled_slot_is_lost() {
        let slot = "data-placeholder=\"rib.cards.offer\"";
        let cases = [
            ("<p SLOT>default<p>NEXT</p><ul><li>more</ul>", "use a div"),
            ("<ul><li SLOT>default<li>NEXT</ul>tail", "use a div"),
            (
                "<table><tr><td SLOT>default<td>NEXT</table>tail",
                "use a div",
            ),
            ("<textarea SLOT>default</textarea>tail", "use a div"),
            ("<a SLOT>default<a>NEXT</a></a>tail", "use a div"),
            ("<img SLOT>tail", "use a div"),
            ("<div SLOT>default<p>NEXT</p>tail", "end tag is missing"),
            ("<div SLOT>default<!-- </div> tail", "end tag is missing"),
            (
                "<section><div SLOT>default<p>NEXT</section>tail",
                "end tag is missing",
            ),
            (
                "<section><div SLOT>default<div>NEXT</div></section>tail",
                "end tag is missing",
            ),
            ("<span SLOT>default<div>NEXT</span>tail</div>", "not closed"),
            (
                "<div SLOT>default<section>NEXT</div>tail</section>",
                "not closed",
            ),
        ];
        for (page, words) in cases {
            let page = page.replace("SLOT", slot);
            for piece in [1, 3, page.len()] {
                let (out, diagnostic) = run(fills(), page.as_bytes(), piece);
                assert_eq!(String::from_utf8(out).unwrap(), page);
                let diagnostic = diagnostic.unwrap();
                assert!(diagnostic.starts_with("rib.cards.offer: "), "{diagnostic}");
                assert!(diagnostic.contains(words), "{page}: {diagnostic}");
            }
        }
        // What may be left open inside is no reason.
        let page = "<DIV SLOT/><p>a<ul><li>b<li>c</ul><br><img></Div>tail".replace("SLOT", slot);
        let (out, diagnostic) = run(fills(), page.as_bytes(), 2);
        let expected = "<DIV SLOT/ data-nearfield=\"edge\"><p>New</p></Div>tail";
        assert_eq!(
            String::from_utf8(out).unwrap(),
            expected.replace("SLOT", slot)
        );
        assert_eq!(diagnostic, None);
    }

    #[test]
    fn only_a_slot_is_held_back_and_not_for_ever() {
        let mut filler = Filler::new(fills());
        assert_eq!(filler.write(b"<h1>Bank</h1>"), b"<h1>Bank</h1>");
        let start = b"<div data-placeholder=rib.cards.offer>default";
        assert_eq!(filler.write(start), b"");
        let rest = vec![b'x'; HELD_BYTES];
        assert_eq!(filler.write(&rest), [&start[..], &rest].concat());
        assert!(filler.diagnostic().unwrap().contains("too long"));
        assert_eq!(filler.write(b"</div>"), b"</div>");
        assert_eq!(filler.end(), b"");
    }

    #[test]
    fn a_page_without_fills_is_the_same_bytes() {
        // Not UTF-8, not well formed, cut off inside a tag.
        let page =
            b"<div data-placeholder=x>\xff\xfe</p></div><table><select><div data-placeholder=y";
        for piece in [1, 5, page.len()] {
            let (out, diagnostic) = run(Fills::default(), page, piece);
            assert_eq!(out, page);
            assert_eq!(diagnostic, None);
        }
    }

    #[test]
    fn a_tag_over_the_memory_limit_passes_as_it_came() {
        let tag = format!("<div data-x=\"{}\">", "x".repeat(2 * MEMORY_BYTES));
        let page =
            format!("<p>before</p>{tag}<div data-placeholder=\"rib.cards.offer\">default</div>");
        let (out, diagnostic) = run(fills(), page.as_bytes(), 4_096);
        assert_eq!(String::from_utf8(out).unwrap(), page);
        assert!(diagnostic.unwrap().contains("memory"));
    }
}
