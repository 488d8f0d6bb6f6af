//! Conditions that never hold, that always do, or parts of which do.

use engine::{bundle::Body, policy::Condition};

use super::{
    Compiled, Findings, Policy, Spot,
    flow::{self, Comparison, Key},
    name,
};

pub(super) fn check(policy: &Policy, compiled: &Compiled, findings: &mut Findings) {
    let Compiled { body, conditions } = compiled;
    let check = Check {
        policy,
        body,
        conditions,
    };
    for (written, condition) in policy.triggers.iter().zip(conditions) {
        let what = format!("trigger `{}`", written.id.value);
        check.one(&what, &written.when, condition, findings);
    }
    let wants = policy.market.iter().flat_map(|team| &team.wants);
    for (written, compiled) in wants.zip(&body.market.wants) {
        if let (Some(when), Some(condition)) = (&written.when, &compiled.condition) {
            check.one(
                &format!("want `{}`", compiled.id),
                when,
                condition,
                findings,
            );
        }
    }
    for (written, compiled) in policy.groups.iter().zip(&body.groups) {
        let what = format!("group `{}`", compiled.id);
        check.engagement(&what, &written.engagement, &compiled.engagement, findings);
    }
    for (written, compiled) in policy.actions.iter().zip(&body.actions) {
        let what = format!("action `{}`", compiled.id);
        check.engagement(&what, &written.engagement, &compiled.engagement, findings);
        check.together(&written.id, compiled, findings);
    }
}

struct Check<'c> {
    policy: &'c Policy,
    body: &'c Body,
    conditions: &'c [Condition],
}

impl Check<'_> {
    fn engagement(
        &self,
        what: &str,
        written: &crate::policy::Engagement,
        compiled: &engine::bundle::Engagement,
        findings: &mut Findings,
    ) {
        for (part, written, compiled) in [
            ("eligible", &written.eligible, &compiled.eligible),
            ("applicable", &written.applicable, &compiled.applicable),
            ("suitable", &written.suitable, &compiled.suitable),
        ] {
            if let (Some(written), Some(compiled)) = (written, compiled) {
                self.one(&format!("`{part}` of {what}"), written, compiled, findings);
            }
        }
    }

    fn one(
        &self,
        what: &str,
        written: &Spot<String>,
        compiled: &Condition,
        findings: &mut Findings,
    ) {
        let Some(outcome) = flow::outcome(&[compiled], self.body) else {
            return;
        };
        if !outcome.holds {
            let message = format!("the condition of {what} can never hold");
            let message = match self.culprit(&outcome.comparisons) {
                Some(why) => format!("{message}: {why}"),
                None => format!("{message}: its comparisons contradict each other"),
            };
            findings.error(
                "never-holds",
                written.place(),
                message,
                "mend the comparison, or take the whole away",
            );
            return;
        }
        if !outcome.fails {
            findings.warning(
                "always-holds",
                written.place(),
                format!("the condition of {what} holds whenever its variables are known"),
                "write `has(…)` if that is meant, or mend the comparison",
            );
            return;
        }
        for comparison in &outcome.comparisons {
            let Some(subject) = self.name(comparison.subject) else {
                continue;
            };
            let at = written.value.find(&subject).unwrap_or(0);
            if !comparison.passes {
                findings.warning(
                    "never-true",
                    written.place_within(at),
                    format!(
                        "in {what} a comparison of `{subject}`{} is never true",
                        self.range(comparison.subject)
                    ),
                    "mend it, or take it away",
                );
            } else if !comparison.fails && !is_made(written) {
                findings.note(
                    "always-true",
                    written.place_within(at),
                    format!("in {what} a comparison of `{subject}`{} is never false when it comes to it", self.range(comparison.subject)),
                    "write `has(…)` if that is meant, or take it away",
                );
            }
        }
    }

    /// Says what of a condition that never holds is to blame, when one comparison is by itself.
    fn culprit(&self, comparisons: &[Comparison]) -> Option<String> {
        let never = comparisons.iter().find(|comparison| !comparison.passes)?;
        let subject = self.name(never.subject)?;
        Some(format!(
            "a comparison of `{subject}`{} is out of reach, or another one contradicts it",
            self.range(never.subject)
        ))
    }

    /// Whether an action can be shown: one of its triggers with all rules that it is under.
    fn together(
        &self,
        written: &Spot<String>,
        compiled: &engine::bundle::Action,
        findings: &mut Findings,
    ) {
        let mut rules = parts(&compiled.engagement);
        for group in &compiled.groups {
            let group = self.body.groups.get(usize::from(*group));
            rules.extend(group.into_iter().flat_map(|group| parts(&group.engagement)));
        }
        let alone = |condition: &Condition| {
            flow::outcome(&[condition], self.body).is_none_or(|outcome| outcome.holds)
        };
        // What can never hold by itself has been named.
        if rules.is_empty() || !rules.iter().all(|rule| alone(rule)) {
            return;
        }
        let possible = |prompt: Option<&Condition>| {
            let all: Vec<&Condition> = prompt.into_iter().chain(rules.iter().copied()).collect();
            flow::outcome(&all, self.body).is_none_or(|outcome| outcome.holds)
        };
        if !possible(None) {
            findings.error(
                "rules-contradict",
                written.place(),
                format!("action {} can never be shown: the rules of it and of its groups contradict each other", name(written)),
                "mend one of the rules, or take the action out of a group",
            );
            return;
        }
        for trigger in &compiled.triggers {
            let position = usize::from(*trigger);
            let (trigger, condition) = (
                self.body.triggers.get(position),
                self.conditions.get(position),
            );
            if let (Some(trigger), Some(condition)) = (trigger, condition)
                && alone(condition)
                && !possible(Some(condition))
            {
                findings.warning(
                    "trigger-in-vain",
                    written.place(),
                    format!("trigger `{}` never helps action {}: whenever it fires, a rule of the action or of its groups stops it", trigger.id, name(written)),
                    "take the trigger from the action, or mend the rule",
                );
            }
        }
    }

    /// How a condition names a number.
    fn name(&self, key: Key) -> Option<String> {
        match key {
            Key::Variable(i) => Some(self.body.variables.get(usize::from(i))?.name.clone()),
            Key::Score(i) => {
                let score = scores(self.body).nth(usize::from(i))?;
                Some(format!("score.{}", score.replace('-', "_")))
            }
            Key::Intent(i) => {
                let intent = &self.policy.intents.get(usize::from(i))?.id.value;
                Some(format!("intent.{}", intent.replace('-', "_")))
            }
            Key::Persona => Some("persona".to_owned()),
            Key::Channel => Some("channel".to_owned()),
            Key::Cause(i) => {
                let model = &self.body.models.get(usize::from(i))?.id;
                Some(format!("cause.{}", model.replace('-', "_")))
            }
            Key::Worked(..) => None,
        }
    }

    /// Says where a number lies, if it does not lie anywhere.
    fn range(&self, key: Key) -> &'static str {
        if let Key::Cause(_) = key {
            return ", which is one of the causes of that model's inputs,";
        }
        let range = match key {
            Key::Variable(i) => self.body.variables.get(usize::from(i)).map(flow::range),
            Key::Score(i) => Some(flow::score(self.body, i)),
            Key::Intent(_) => Some((0.0, 1.0)),
            _ => None,
        };
        match range {
            Some((0.0, 1.0)) => ", which is from 0 to 1,",
            Some((0.0, _)) => ", which is never below 0,",
            _ => "",
        }
    }
}

/// Whether a template made a condition: its bounds may well be those of the variable.
fn is_made(written: &Spot<String>) -> bool {
    let text = written.file.text.get(written.start..written.end);
    text.is_some_and(|text| text.contains("$("))
}

fn parts(engagement: &engine::bundle::Engagement) -> Vec<&Condition> {
    let parts = [
        &engagement.eligible,
        &engagement.applicable,
        &engagement.suitable,
    ];
    parts.into_iter().flatten().collect()
}

/// Names of all scores, in their order.
fn scores(body: &Body) -> impl Iterator<Item = &str> {
    let sequences = body.sequences.iter().flat_map(|sequence| &sequence.outputs);
    let steps = body.journeys.iter().flat_map(|journey| &journey.steps);
    let outputs = sequences.chain(steps.map(|step| &step.score));
    let models = body.models.iter().map(|model| model.id.as_str());
    outputs.map(|output| output.id.as_str()).chain(models)
}
