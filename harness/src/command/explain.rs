//! `nearfield explain`: a decision as a person reads it.

use std::{fmt::Write, io};

use clap::Args;
use serde::Deserialize;

use super::{Failure, Format, decide::Question, output};

/// Decides what one customer sees and says why: for each placeholder the action, its score with the
/// factors that make it, and the reasons.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  nearfield explain --bundle retail.nearfield --profile tests/customers/berka-2.json --at 1994-03-31"
)]
pub struct Explain {
    #[command(flatten)]
    question: Question,
    /// How to print: json is the decision itself.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

impl Explain {
    pub fn run(self) -> Result<(), Failure> {
        let decision = self.question.answer()?;
        match self.format {
            Format::Json => output::line(&decision),
            Format::Text => output::line(explanation(&decision)?.as_bytes()),
        }
    }
}

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
    value: f64,
    urgency: f64,
    life_stage: f64,
    persona: f64,
    focus: f64,
}

#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
enum Reason {
    Trigger {
        id: String,
        condition: String,
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
    scores: Vec<Score>,
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

fn explanation(decision: &[u8]) -> Result<String, Failure> {
    let shown = read(decision)?;
    let mut out = String::new();
    signals(&mut out, &shown.signals);
    for placement in &shown.placements {
        explain(&mut out, placement);
    }
    if !shown.unfilled.is_empty() {
        line(
            &mut out,
            format_args!(
                "\nkeep their default content: {}",
                shown.unfilled.join(", ")
            ),
        );
    }
    line(&mut out, format_args!("\nreceipt"));
    for (name, value) in &shown.receipt {
        let value = value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned);
        line(&mut out, format_args!("  {name:9} {value}"));
    }
    Ok(out.trim_end().to_owned())
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
        value,
        urgency,
        life_stage,
        persona,
        focus,
    } = breakdown;
    line(
        out,
        format_args!(
            "  score {score:.4} = propensity {propensity:.4} × value {value:.4} × urgency {urgency:.4} \
             × life stage {life_stage:.4} × persona {persona:.4} × focus {focus:.4}"
        ),
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
