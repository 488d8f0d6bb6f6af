//! Decisions and explanations in words.

use std::{fmt::Write, io};

use serde::Deserialize;

use super::Failure;

/// The parts of a decision that are shown. The component gives JSON; its form is the engine's
/// `decision` module.
#[derive(Deserialize)]
struct Shown {
    placements: Vec<Placement>,
    unfilled: Vec<String>,
    signals: Signals,
    receipt: serde_json::Map<String, serde_json::Value>,
}

#[derive(Deserialize)]
struct Placement {
    placeholder: String,
    action: String,
    life_stage: String,
    product: String,
    score: f64,
    breakdown: Breakdown,
    reasons: Vec<Reason>,
    pitch: Pitch,
}

#[derive(Deserialize)]
struct Breakdown {
    propensity: f64,
    intent: f64,
    urgency: f64,
    persona: f64,
    value: f64,
    life_stage: f64,
    focus: f64,
    need: f64,
    bank: f64,
    exploration: f64,
}

#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
enum Reason {
    Trigger {
        id: String,
        condition: String,
        text: String,
    },
    Intent {
        id: String,
        strength: f64,
        team: String,
        want: String,
        bid: f64,
        trigger: String,
        text: String,
    },
    Model {
        model: String,
        variable: String,
        value: Option<f64>,
        contribution: f64,
        text: String,
    },
    Persona {
        id: String,
        affinity: f64,
        text: String,
    },
    Everyone,
}

#[derive(Deserialize)]
struct Pitch {
    title: String,
    body: String,
    call_to_action: String,
}

#[derive(Deserialize)]
struct Signals {
    purposes: Vec<String>,
    persona: Option<Persona>,
    triggers: Vec<String>,
    intents: Vec<Intent>,
    scores: Vec<Score>,
    experiments: Experiments,
}

#[derive(Deserialize)]
struct Intent {
    id: String,
    strength: f64,
}

#[derive(Deserialize)]
struct Experiments {
    challenger: Option<String>,
    control: bool,
    exploring: bool,
}

#[derive(Deserialize)]
struct Explanation {
    decision: Shown,
    not_shown: Vec<NotShown>,
}

#[derive(Deserialize)]
struct NotShown {
    action: String,
    stopped: Stopped,
    text: String,
}

/// What stopped an action: a kind, and details that differ by kind.
#[derive(Deserialize)]
struct Stopped {
    kind: String,
    #[serde(flatten)]
    details: serde_json::Map<String, serde_json::Value>,
}

#[derive(Deserialize)]
struct Persona {
    id: String,
    share: f64,
}

#[derive(Deserialize)]
struct Score {
    model: String,
    score: f64,
}

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
    let stopped: Vec<_> = not_shown.iter().filter(|n| asked(&n.action)).collect();
    if !stopped.is_empty() {
        line(&mut out, format_args!("\nnot shown"));
    }
    for NotShown {
        action,
        stopped,
        text,
    } in stopped
    {
        line(&mut out, format_args!("  {action}  {text}"));
        let details = stopped.details.iter().map(|(name, value)| {
            let value = value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned);
            format!("{name} {value}")
        });
        let details: Vec<String> = details.collect();
        line(
            &mut out,
            format_args!("      {}: {}", stopped.kind, details.join(", ")),
        );
    }
    match action {
        Some(action) if out.is_empty() => {
            line(
                &mut out,
                format_args!(
                    "`{action}` is no action of this bundle: `nearfield bundle inspect` lists them"
                ),
            );
        }
        Some(_) => {}
        None => receipt(&mut out, &decision),
    }
    Ok(out.trim().to_owned())
}

fn receipt(out: &mut String, decision: &Shown) {
    line(out, format_args!("\nreceipt"));
    for (name, value) in &decision.receipt {
        let value = value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned);
        line(out, format_args!("  {name:9} {value}"));
    }
}

fn signals(out: &mut String, signals: &Signals) {
    let list = |names: &[String]| {
        if names.is_empty() {
            "none".to_owned()
        } else {
            names.join(", ")
        }
    };
    line(
        out,
        format_args!("purposes granted: {}", list(&signals.purposes)),
    );
    line(
        out,
        format_args!("triggers that hold: {}", list(&signals.triggers)),
    );
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
