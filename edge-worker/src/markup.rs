//! The markup of a placement.

use engine::decision::Placement;

/// The same elements that the page's own runtime makes, so that one style sheet serves both. No script
/// and no style in it: it works under any content security policy.
pub fn markup(placement: &Placement<'_>, html: &mut String) {
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
            intent: 1.0,
            urgency: 1.0,
            persona: 1.0,
            value: 1.0,
            life_stage: 1.0,
            focus: 1.0,
            need: 1.0,
            bank: 1.0,
            exploration: 1.0,
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
