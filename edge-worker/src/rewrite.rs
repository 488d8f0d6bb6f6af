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
//! # Faults
//! The decision is made before the first byte, so a fault of the engine or the bundle never starts a
//! rewrite. The one fault left is a page that needs more than [`MEMORY_BYTES`] at once, such as a tag of
//! a megabyte: from there on every byte passes as it came. What was filled before stays filled; a
//! stream cannot be taken back.

use std::{cell::RefCell, collections::BTreeMap, mem, rc::Rc};

use engine::{Decision, decision::Placement};
use lol_html::{
    HtmlRewriter, MemorySettings, Settings, element,
    html_content::{ContentType, Element},
};

/// Memory that one rewrite may take for what it has to keep of the page.
pub const MEMORY_BYTES: usize = 1 << 20;

/// What goes into each placeholder, by its name.
#[derive(Clone, Debug, Default)]
pub struct Fills(BTreeMap<String, String>);

/// One rewrite of one page.
pub struct Filler {
    /// None once it failed or ended.
    rewriter: Option<HtmlRewriter<'static, Sink>>,
    out: Rc<RefCell<Vec<u8>>>,
    diagnostic: Option<String>,
}

type Sink = Box<dyn FnMut(&[u8])>;

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
        let out = Rc::new(RefCell::new(Vec::new()));
        let sink: Sink = {
            let out = Rc::clone(&out);
            Box::new(move |chunk| out.borrow_mut().extend_from_slice(chunk))
        };
        let mut fills = fills.0;
        let memory = MemorySettings::new()
            .with_max_allowed_memory_usage(MEMORY_BYTES)
            .with_graceful_bail_out_on_memory_limit_exceeded(true);
        // Strict parsing gives up on markup that browsers cope with, and would cut the page off there.
        let settings = Settings::new()
            .with_memory_settings(memory)
            .with_strict(false);
        let settings = settings.append_element_content_handler(element!(
            "[data-placeholder]",
            // Taken out: a name that a page uses twice is filled once.
            move |element: &mut Element<'_, '_>| match element
                .get_attribute("data-placeholder")
                .and_then(|name| fills.remove(&name))
            {
                None => Ok(()),
                Some(html) => {
                    element.set_attribute("data-nearfield", "edge")?;
                    element.set_inner_content(&html, ContentType::Html);
                    Ok(())
                }
            }
        ));
        Self {
            rewriter: Some(HtmlRewriter::new(settings, sink)),
            out,
            diagnostic: None,
        }
    }

    /// Takes a piece of the page and gives what can be sent on.
    pub fn write(&mut self, chunk: &[u8]) -> Vec<u8> {
        let Some(rewriter) = &mut self.rewriter else {
            return chunk.to_vec();
        };
        if let Err(cause) = rewriter.write(chunk) {
            // What it held back is in the sink already.
            self.diagnostic = Some(format!("rewrite: {cause}"));
            self.rewriter = None;
        }
        self.out.take()
    }

    /// Ends the page and gives the rest.
    pub fn end(&mut self) -> Vec<u8> {
        if let Some(Err(cause)) = mem::take(&mut self.rewriter).map(HtmlRewriter::end) {
            self.diagnostic = Some(format!("rewrite: {cause}"));
        }
        self.out.take()
    }

    /// Why the rest of the page passed as it came, if it did.
    pub fn diagnostic(&self) -> Option<&str> {
        self.diagnostic.as_deref()
    }
}

/// The same elements that the page's own runtime makes, so that one style sheet serves both. No script
/// and no style in it: it works under any content security policy.
fn markup(placement: &Placement<'_>, html: &mut String) {
    let pitch = &placement.pitch;
    let parts = [
        "<article class=\"nearfield\" lang=\"",
        &escape(pitch.locale),
        "\" data-nearfield-action=\"",
        &escape(placement.action),
        "\"><h3 class=\"nearfield-title\">",
        &escape(pitch.title),
        "</h3><p class=\"nearfield-body\">",
        &escape(&pitch.body),
        "</p>",
    ];
    html.extend(parts);
    if !pitch.call_to_action.is_empty() {
        let act = escape(pitch.call_to_action);
        html.extend([
            "<p class=\"nearfield-buttons\"><button class=\"nearfield-act\" type=\"button\">",
            &act,
            "</button></p>",
        ]);
    }
    html.push_str("</article>");
}

/// Makes text safe in an HTML element and in a quoted attribute.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use engine::{
        bundle::LifeStage,
        decision::{Breakdown, PitchText},
    };

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
        (out, filler.diagnostic().map(str::to_owned))
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

    #[test]
    fn text_cannot_become_markup() {
        let pitch = PitchText {
            locale: "cs",
            title: "<script>alert(1)</script>",
            body: "\"Ž\" & 'b'".to_owned(),
            call_to_action: "",
        };
        let breakdown = Breakdown {
            propensity: 1.0,
            value: 1.0,
            urgency: 1.0,
            life_stage: 1.0,
            persona: 1.0,
            focus: 1.0,
        };
        let placement = Placement {
            placeholder: "rib.cards.offer",
            action: "a\" onclick=\"x",
            life_stage: LifeStage::Activation,
            product: "card",
            score: 1.0,
            breakdown,
            reasons: Vec::new(),
            pitch,
        };
        let mut html = String::new();
        markup(&placement, &mut html);
        assert_eq!(
            html,
            "<article class=\"nearfield\" lang=\"cs\" data-nearfield-action=\"a&quot; onclick=&quot;x\">\
             <h3 class=\"nearfield-title\">&lt;script&gt;alert(1)&lt;/script&gt;</h3>\
             <p class=\"nearfield-body\">&quot;Ž&quot; &amp; &#39;b&#39;</p></article>"
        );
    }
}
