//! Factors that change nothing, and one that settles everything.

use engine::bundle::{Action, Body, Factor, Triangulation};

use super::{
    Findings, Policy, Spot, has_word, name,
    places::{apply, bank},
    scores,
};
use crate::{place::Place, policy};

/// The factors, in the order of `triangulation.toml`.
pub(super) const FACTORS: [&str; 7] = [
    "propensity",
    "intent",
    "urgency",
    "persona",
    "value",
    "life_stage",
    "focus",
];

pub(super) fn check(policy: &Policy, body: &Body, findings: &mut Findings) {
    let main = Arm {
        written: &policy.triangulation,
        compiled: &body.triangulation,
        place: place(policy),
    };
    main.check(body, findings);
    let challengers = policy.experiments.challengers.iter();
    for (written, compiled) in challengers.zip(&body.experiments.challengers) {
        let arm = Arm {
            written: &written.triangulation,
            compiled: &compiled.triangulation,
            place: written.id.place(),
        };
        arm.check(body, findings);
        if written.share.value == 0.0 {
            findings.note(
                "idle-challenger",
                written.share.place(),
                format!(
                    "challenger {} has no share of the decisions",
                    name(&written.id)
                ),
                "give it a share, or take it away",
            );
        }
    }
    focus(policy, findings);
    scores::control(policy, findings);
    scores::propensities(policy, body, findings);
}

/// The file that weighs, as a whole.
pub(super) fn place(policy: &Policy) -> Place {
    let formula = policy.triangulation.formula.as_ref().map(Spot::place);
    let product = policy
        .triangulation
        .focus
        .first()
        .map(|(spot, _)| spot.place());
    let file = formula
        .or(product)
        .map_or_else(|| "triangulation.toml".to_owned(), |it| it.file);
    Place {
        file,
        line: 0,
        column: 0,
    }
}

/// The factors of a triangulation.
pub(super) fn factors(arm: &Triangulation) -> [Factor; 7] {
    [
        arm.propensity,
        arm.intent,
        arm.urgency,
        arm.persona,
        arm.value,
        arm.life_stage,
        arm.focus,
    ]
}

struct Arm<'a> {
    written: &'a policy::Triangulation,
    compiled: &'a Triangulation,
    place: Place,
}

impl Arm<'_> {
    fn check(&self, body: &Body, findings: &mut Findings) {
        if body.actions.is_empty() {
            return;
        }
        let formula = self.written.formula.as_ref();
        scores::check(self.compiled, formula, &self.place, body, findings);
        let mut spreads = Vec::new();
        for (factor, name) in factors(self.compiled).into_iter().zip(FACTORS) {
            if let Some(why) = self.idle(name, factor) {
                findings.warning(
                    "factor-without-effect",
                    self.place.clone(),
                    format!("factor `{name}` changes no score: {why}"),
                    "give it a weight and bounds, or leave it out",
                );
                continue;
            }
            let spread = self.spread(name, factor, body);
            // What nobody wrote down may well be left as it is.
            if spread <= 0.0 && factor != Factor::default() {
                findings.note(
                    "factor-of-one",
                    self.place.clone(),
                    format!("factor `{name}` is the same for every action"),
                    "tell the actions apart by it, or leave it",
                );
            }
            spreads.push((name, spread));
        }
        if self.written.formula.is_some() {
            return;
        }
        let total: f64 = spreads.iter().map(|(_, spread)| spread).sum();
        // A spread is how far, in powers of e, the factor can move one action against another.
        if let Some((name, spread)) = spreads
            .into_iter()
            .find(|(_, it)| *it > total - *it && *it > 1.0)
        {
            findings.warning(
                "dominant-factor",
                self.place.clone(),
                format!(
                    "factor `{name}` outweighs all others together: it tells actions apart up to {:.0} times, the others up to {:.0}",
                    spread.exp(),
                    (total - spread).exp()
                ),
                "lower its `weight`, or narrow its `min` and `max`",
            );
        }
    }

    /// Why a factor cannot change a score.
    fn idle(&self, name: &str, factor: Factor) -> Option<&'static str> {
        if factor.weight == 0.0 {
            return Some("its weight is 0");
        }
        if factor.min >= factor.max {
            return Some("its `min` is its `max`");
        }
        let formula = self.written.formula.as_ref()?;
        let needs = ["propensity", "intent", "urgency", "persona"];
        let whole = if needs.contains(&name) {
            "need"
        } else {
            "bank"
        };
        let named = has_word(&formula.value, name) || has_word(&formula.value, whole);
        (!named).then_some("the formula does not name it")
    }

    /// The logarithm of how many times greater the factor can be for one action than for another.
    fn spread(&self, name: &str, factor: Factor, body: &Body) -> f64 {
        let (mut least, mut most) = (f64::INFINITY, f64::NEG_INFINITY);
        let mut take = |value: f64| {
            least = least.min(value);
            most = most.max(value);
        };
        for action in &body.actions {
            for value in values(name, factor, action, body, self.compiled) {
                take(value);
            }
        }
        (most / least).ln()
    }
}

/// What a factor can be for an action.
pub(super) fn values(
    name: &str,
    factor: Factor,
    action: &Action,
    body: &Body,
    arm: &Triangulation,
) -> Vec<f64> {
    let [value, life_stage, focus] = bank(arm, action);
    let one = |value: f64| apply(factor, value);
    match name {
        "propensity" if action.propensity.model.is_some() => vec![one(0.0), one(1.0)],
        "propensity" => vec![one(f64::from(action.propensity.base))],
        "intent" => {
            let wants = action
                .wants
                .iter()
                .filter_map(|i| body.market.wants.get(usize::from(*i)));
            core::iter::once(one(1.0))
                .chain(wants.map(|want| one(1.0 + f64::from(want.bid))))
                .collect()
        }
        "urgency" => {
            let triggers = action.triggers.iter();
            let fired = triggers.filter_map(|i| body.triggers.get(usize::from(*i)));
            let own = action.urgency;
            core::iter::once(own)
                .chain(fired.map(|trigger| trigger.urgency.max(own)))
                .map(|urgency| one(1.0 + f64::from(urgency)))
                .collect()
        }
        "persona" => {
            let affinities = action.persona_affinity.iter();
            core::iter::once(one(1.0))
                .chain(affinities.map(|affinity| one(f64::from(*affinity))))
                .collect()
        }
        "value" => vec![value],
        "life_stage" => vec![life_stage],
        _ => vec![focus],
    }
}

fn focus(policy: &Policy, findings: &mut Findings) {
    for (product, _) in policy
        .triangulation
        .focus
        .iter()
        .filter(|(_, it)| *it == 1.0)
    {
        findings.note(
            "neutral-focus",
            product.place(),
            format!("the focus of {} is 1, as without it", name(product)),
            "take it away, or change it",
        );
    }
}
