//! Texts that were not translated, sentences that are missing, names of what nothing uses.

use std::collections::BTreeSet;

use engine::bundle::Body;

use super::{Findings, Policy, Spot, name, names};

pub(super) fn check(policy: &Policy, body: &Body, findings: &mut Findings) {
    if policy.explanations.is_empty() {
        findings.warning(
            "no-explanations",
            policy.name.file.whole(),
            "the policy set does not say why an action is not shown".to_owned(),
            "add `explanations.toml` with a sentence for each kind of reason",
        );
    }
    translations(policy, findings);
    labels(policy, body, findings);
    words(policy, findings);
}

fn translations(policy: &Policy, findings: &mut Findings) {
    let lists = policy
        .triggers
        .iter()
        .map(|it| &it.because)
        .chain(
            policy
                .purposes
                .iter()
                .flat_map(|it| [&it.title, &it.description]),
        )
        .chain(policy.intents.iter().map(|it| &it.title))
        .chain(policy.market.iter().map(|it| &it.title))
        .chain(policy.groups.iter().map(|it| &it.title))
        .chain(policy.contact.caps.iter().map(|it| &it.title))
        .chain(policy.contact.quiet_hours.iter().map(|it| &it.title))
        .chain(policy.explanations.iter())
        .chain(policy.labels.iter().map(|(_, texts)| texts))
        .chain(policy.questions.iter().map(|it| &it.answer));
    let mut all: Vec<Vec<&Spot<String>>> = lists.map(|texts| texts.iter().collect()).collect();
    for action in &policy.actions {
        let pitches = &action.pitches;
        all.push(pitches.iter().map(|pitch| &pitch.title).collect());
        all.push(pitches.iter().map(|pitch| &pitch.body).collect());
        all.push(
            pitches
                .iter()
                .filter_map(|pitch| pitch.plain.as_ref())
                .collect(),
        );
        all.push(pitches.iter().map(|pitch| &pitch.call_to_action).collect());
    }
    for texts in all {
        let mut first: Vec<&Spot<String>> = Vec::new();
        for text in texts {
            if is_prose(&text.value) && first.iter().any(|other| other.value == text.value) {
                findings.warning(
                    "untranslated",
                    text.place(),
                    format!("{} is the same in two languages", name(text)),
                    "translate it",
                );
            }
            first.push(text);
        }
    }
}

/// Whether a text has two words or more besides its values: names of products stay as they are.
fn is_prose(text: &str) -> bool {
    let mut depth = 0usize;
    let said: String = text
        .chars()
        .filter(|letter| {
            match letter {
                '{' => depth += 1,
                '}' => depth = depth.saturating_sub(1),
                _ => return depth == 0,
            }
            false
        })
        .collect();
    let words = said.split_whitespace();
    words
        .filter(|word| word.chars().filter(|c| c.is_alphabetic()).count() > 1)
        .count()
        >= 2
}

/// Names of variables that no condition, text or model uses: one finding for all.
fn labels(policy: &Policy, body: &Body, findings: &mut Findings) {
    let used: BTreeSet<&str> = body.variables.iter().map(|it| it.name.as_str()).collect();
    let unused: Vec<&Spot<String>> = policy
        .labels
        .iter()
        .map(|(label, _)| label)
        .filter(|label| !used.contains(label.value.as_str()))
        .collect();
    if let Some(first) = unused.first() {
        findings.note(
            "unused-label",
            first.place(),
            format!(
                "{} of {} names are of variables that nothing uses: {}",
                unused.len(),
                policy.labels.len(),
                names(unused.iter().map(|label| label.value.as_str()))
            ),
            "keep them for later, or take them away",
        );
    }
}

/// Formats and topics that are declared and not used.
fn words(policy: &Policy, findings: &mut Findings) {
    let slots = &policy.placeholders;
    for (what, declared, used) in [
        (
            "format",
            &policy.formats,
            slots
                .iter()
                .flat_map(|slot| &slot.formats)
                .map(|it| it.value.as_str())
                .collect::<BTreeSet<_>>(),
        ),
        (
            "topic",
            &policy.topics,
            slots
                .iter()
                .filter_map(|slot| slot.topic.as_ref())
                .map(|it| it.value.as_str())
                .collect(),
        ),
    ] {
        for word in declared
            .iter()
            .filter(|word| !used.contains(word.value.as_str()))
        {
            findings.note(
                "unused-word",
                word.place(),
                format!("no placeholder has the {what} {}", name(word)),
                "use it in `placeholders.toml`, or take it away",
            );
        }
    }
}
