//! Decisions and explanations in words.

use std::{fmt::Write, io};

use authoring::suggest::suggest;

use super::{
    Failure,
    form::{
        Breakdown, Change, Experiments, Explanation, Needs, NotShown, Placement, PlannedStep,
        Reason, Shown, Signals,
    },
};

/// The width of a terminal, less a margin.
const LINE: usize = 94;

/// A table of placeholders and what is in them.
pub fn summary(decision: &[u8]) -> Result<String, Failure> {
    let shown = read(decision)?;
    let wide = |texts: &mut dyn Iterator<Item = &String>| {
        texts.map(|text| text.chars().count()).max().unwrap_or(0)
    };
    let places = wide(
        &mut shown
            .placements
            .iter()
            .map(|placement| &placement.placeholder),
    );
    let actions = wide(&mut shown.placements.iter().map(|placement| &placement.action));
    let mut out = String::new();
    for placement in &shown.placements {
        let Placement {
            placeholder,
            action,
            score,
            pitch,
            ..
        } = placement;
        line(
            &mut out,
            format_args!(
                "{placeholder:places$}  {action:actions$}  {score:>9.4}  {}",
                pitch.title
            ),
        );
    }
    for placeholder in &shown.unfilled {
        line(
            &mut out,
            format_args!("{placeholder:places$}  (default content)"),
        );
    }
    Ok(out.trim_end().to_owned())
}

/// The whole explanation, or what it says of one action.
pub fn explanation(explanation: &[u8], action: Option<&str>) -> Result<String, Failure> {
    let Explanation {
        decision,
        not_shown,
    } = serde_json::from_slice(explanation).map_err(io::Error::from)?;
    let asked = |name: &String| action.is_none_or(|action| action == name);
    let mut out = String::new();
    if action.is_none() {
        signals(&mut out, &decision.signals);
    }
    for placement in decision.placements.iter().filter(|p| asked(&p.action)) {
        explain(&mut out, placement);
    }
    if action.is_none() && !decision.unfilled.is_empty() {
        let unfilled = decision.unfilled.join(", ");
        line(
            &mut out,
            format_args!("\nkeep their default content: {unfilled}"),
        );
    }
    if action.is_none() && !decision.optimal {
        line(
            &mut out,
            format_args!(
                "\nthe search for the best placement was cut short: ask for fewer placeholders, or set fewer limits"
            ),
        );
    }
    let stopped: Vec<_> = not_shown.iter().filter(|n| asked(&n.action)).collect();
    if !stopped.is_empty() {
        line(&mut out, format_args!("\nnot shown"));
    }
    for stopped in stopped {
        not_shown_text(&mut out, stopped);
    }
    match action {
        Some(action) if out.is_empty() => {
            let placed = decision.placements.iter().map(|p| p.action.as_str());
            let known = placed.chain(not_shown.iter().map(|n| n.action.as_str()));
            return Err(Failure::NoSuchAction {
                action: action.to_owned(),
                remedy: suggest(action, known),
            });
        }
        Some(_) => {}
        None => receipt(&mut out, &decision),
    }
    Ok(out.trim().to_owned())
}

fn not_shown_text(out: &mut String, not_shown: &NotShown) {
    let NotShown {
        action,
        stopped,
        text,
    } = not_shown;
    line(out, format_args!("  {action}  {}", text.trim_end()));
    let details = stopped
        .details
        .iter()
        .filter_map(|(name, value)| match (name.as_str(), value) {
            ("exact", serde_json::Value::Bool(true))
            | ("outdated", serde_json::Value::Bool(false)) => None,
            ("exact", _) => Some("less may do".to_owned()),
            ("outdated", _) => Some("granted under another notice: ask again".to_owned()),
            (_, serde_json::Value::Array(names)) => {
                let names: Vec<String> = names.iter().map(plain).collect();
                (!names.is_empty()).then(|| format!("{name} {}", names.join(" or ")))
            }
            _ => Some(format!("{name} {}", short(value))),
        });
    let details: Vec<String> = details.collect();
    if details.is_empty() {
        line(out, format_args!("      {}", stopped.kind));
    } else {
        let details = details.join(", ");
        line(out, format_args!("      {}: {details}", stopped.kind));
    }
    for Change { of, is, needs } in &stopped.changes {
        let needs = match needs {
            Needs::Equal(value) => short(value),
            Needs::AtLeast(least) => format!("{least} or more"),
            Needs::Above(least) => format!("more than {least}"),
            Needs::AtMost(most) => format!("{most} or less"),
            Needs::Below(most) => format!("less than {most}"),
            Needs::Between(least, most) => format!("from {least} to {most}"),
            Needs::Present => "any value".to_owned(),
            Needs::Missing => "no value".to_owned(),
            Needs::Other => "another".to_owned(),
        };
        let is = is.as_ref().map_or_else(|| "missing".to_owned(), short);
        line(out, format_args!("      {of} is {is}, needed: {needs}"));
    }
}

/// A value as a person reads it.
fn short(value: &serde_json::Value) -> String {
    match value.as_f64() {
        Some(number) => {
            let digits = format!("{number:.4}");
            digits
                .trim_end_matches('0')
                .trim_end_matches('.')
                .to_owned()
        }
        None => plain(value),
    }
}

/// A value without the quotes of JSON.
fn plain(value: &serde_json::Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

fn receipt(out: &mut String, decision: &Shown) {
    line(out, format_args!("\nreceipt"));
    for (name, value) in &decision.receipt {
        line(out, format_args!("  {name:9} {}", plain(value)));
    }
}

fn signals(out: &mut String, signals: &Signals) {
    // As many on a line as fit a terminal.
    let list = |names: &[String]| {
        let mut list = String::new();
        let mut width = 0;
        for name in names {
            if width > 0 {
                list.push(',');
            }
            if width > 0 && width + name.len() < LINE {
                list.push(' ');
            } else if names.len() > 4 || width > 0 {
                list.push_str("\n  ");
                width = 0;
            }
            list.push_str(name);
            width += name.len() + 2;
        }
        if list.is_empty() {
            "none".to_owned()
        } else {
            list
        }
    };
    for (title, names) in [
        ("purposes granted", &signals.purposes),
        ("triggers that hold", &signals.triggers),
    ] {
        line(out, format_args!("{title}: {}", list(names)));
    }
    match &signals.persona {
        Some(persona) => line(
            out,
            format_args!("persona: {} ({:.0} %)", persona.id, 100.0 * persona.share),
        ),
        None => line(out, format_args!("persona: none")),
    }
    for intent in &signals.intents {
        line(
            out,
            format_args!("intent {}: {:.2}", intent.id, intent.strength),
        );
    }
    let Experiments {
        challenger,
        control,
        exploring,
    } = &signals.experiments;
    if let Some(challenger) = challenger {
        line(out, format_args!("weighed by challenger {challenger}"));
    }
    for (drawn, what) in [
        (control, "in the control group"),
        (exploring, "exploring: scores are moved by chance"),
    ] {
        if *drawn {
            line(out, format_args!("{what}"));
        }
    }
    for step in &signals.plan {
        let PlannedStep {
            step,
            title,
            week,
            share,
        } = step;
        line(
            out,
            format_args!("week {week}: {title} ({step}, {:.0} %)", 100.0 * share),
        );
    }
    for score in &signals.scores {
        line(
            out,
            format_args!("score of {}: {:.4}", score.model, score.score),
        );
    }
}

fn explain(out: &mut String, placement: &Placement) {
    let Placement {
        placeholder,
        action,
        life_stage,
        product,
        score,
        breakdown,
        reasons,
        pitch,
    } = placement;
    line(out, format_args!("\n{placeholder}"));
    line(out, format_args!("  {action}  ({life_stage}, {product})"));
    line(out, format_args!("  {}\n  {}", pitch.title, pitch.body));
    if !pitch.call_to_action.is_empty() {
        line(out, format_args!("  [{}]", pitch.call_to_action));
    }
    let Breakdown {
        propensity,
        intent,
        urgency,
        persona,
        value,
        life_stage,
        focus,
        need,
        bank,
        exploration,
    } = breakdown;
    let chance = if *exploration == 1.0 {
        String::new()
    } else {
        format!(", × {exploration:.4} to explore")
    };
    line(
        out,
        format_args!("  score {score:.4}, of need {need:.4} and bank {bank:.4}{chance}"),
    );
    line(
        out,
        format_args!(
            "    need = propensity {propensity:.4} × intent {intent:.4} × urgency {urgency:.4} × persona {persona:.4}"
        ),
    );
    line(
        out,
        format_args!("    bank = value {value:.4} × life stage {life_stage:.4} × focus {focus:.4}"),
    );
    for reason in reasons {
        match reason {
            Reason::Trigger {
                id,
                condition,
                text,
            } => {
                line(
                    out,
                    format_args!("  because {text}\n          trigger {id}: {condition}"),
                );
            }
            Reason::Intent {
                id,
                strength,
                team,
                want,
                bid,
                trigger,
                text,
            } => {
                line(
                    out,
                    format_args!(
                        "  because {text}\n          intent {id} of strength {strength:.2} (trigger {trigger}), \
                         wanted by {team} ({want}) with bid {bid:.2}"
                    ),
                );
            }
            Reason::Model {
                model,
                variable,
                value,
                contribution,
                text,
            } => {
                let value = value.map_or_else(|| "missing".to_owned(), |value| format!("{value}"));
                let source =
                    format_args!("{model}: {variable} is {value}, worth {contribution:+.4}");
                line(out, format_args!("  because {text}\n          {source}"));
            }
            Reason::Persona { id, affinity, text } => {
                line(
                    out,
                    format_args!("  because {text}\n          persona {id}: factor {affinity:.2}"),
                );
            }
            Reason::Score { model, score, text } => {
                line(
                    out,
                    format_args!("  because {text}\n          score of {model}: {score:.4}"),
                );
            }
            Reason::Everyone => line(out, format_args!("  because everybody may see it")),
        }
    }
}

fn read(decision: &[u8]) -> Result<Shown, Failure> {
    Ok(serde_json::from_slice(decision).map_err(io::Error::from)?)
}

fn line(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a String has no way to fail.
    let _ = writeln!(out, "{text}");
}
