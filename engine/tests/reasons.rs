//! Reasons carry what they are cited for: without one, the action is gone or scores otherwise.
#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests"
)]

mod support;

use engine::{
    Bundle, Context, Engine, Profile,
    bundle::{Body, Intent, Market, Team, Want},
    decision::Reason,
    explain::{Level, Needs, Stopped},
    models::{Combine, Model, Pool, Step},
    policy::{Condition, Conditions, Subject, Test},
    trust::Verified,
    variables::{Measure, Stream, Window},
};
use proptest::prelude::*;
use support::{ALL, archive, at, body, customer, more_than, sign, trusted};

/// Never fires.
const SILENT: u16 = 2;
/// Is never met.
const UNMET: u16 = 1;

/// The small bundle, with an intent that a team wants, and an action that two triggers speak for.
fn bank() -> Body {
    let mut body = body();
    let conditions = [
        more_than(0, 8_000.0),
        more_than(4, 0.0),
        more_than(0, f64::MAX),
    ];
    body.trigger_conditions = Conditions::new(&conditions).unwrap();
    body.triggers.push(engine::bundle::Trigger {
        id: "silent".into(),
        ..Default::default()
    });
    body.triggers[0].intent = Some(0);
    body.triggers[0].strength = 0.9;
    body.intents = vec![Intent {
        id: "spend".into(),
        half_life_days: 30.0,
        shelf_life_days: 90.0,
        title: vec!["spend".into(); 2],
    }];
    let want = |id: &str, at_least| Want {
        id: id.into(),
        at_least,
        bid: 1.5,
        ..Want::default()
    };
    body.market = Market {
        teams: vec![Team {
            id: "loans".into(),
            title: vec!["Loans".into(); 2],
        }],
        wants: vec![want("spenders", 0.5), want("nobody", 2.0)],
    };
    body.actions[0].triggers = vec![0, 1];
    body.actions[1].wants = vec![0];
    body
}

/// Kind and name of a reason.
type Cited = (&'static str, String);

/// For each action that is shown its score and its reasons.
fn shown(body: &Body, profile: &Profile) -> Vec<(String, f64, Vec<Cited>)> {
    let bytes = sign(&archive(body));
    let verified = Verified::new(&bytes, &trusted()).unwrap();
    let mut engine = Engine::new(Bundle::open(verified).unwrap());
    let profile = profile.clone().checked().unwrap();
    let decision = engine
        .decide(&profile, &Context::default(), at(), 0)
        .unwrap();
    let name = |reason: &Reason<'_>| match reason {
        Reason::Trigger { id, .. } => ("trigger", (*id).to_owned()),
        Reason::Intent { want, .. } => ("want", (*want).to_owned()),
        Reason::Model { variable, .. } => ("variable", (*variable).to_owned()),
        Reason::Persona { id, .. } => ("persona", (*id).to_owned()),
        Reason::Score { model, .. } => ("score", (*model).to_owned()),
        Reason::Everyone => ("everyone", String::new()),
    };
    let placements = decision.placements.iter();
    placements
        .map(|p| {
            (
                p.action.to_owned(),
                p.score,
                p.reasons.iter().map(name).collect(),
            )
        })
        .collect()
}

/// The bank without the `named` reason for an action.
fn without(kind: &str, name: &str, action: usize) -> Body {
    let mut bank = bank();
    let body = &mut bank;
    match kind {
        "trigger" => {
            let gone = body.triggers.iter().position(|t| t.id == name).unwrap();
            for trigger in &mut body.actions[action].triggers {
                if usize::from(*trigger) == gone {
                    *trigger = SILENT;
                }
            }
        }
        "want" => body.actions[action].wants = vec![UNMET],
        // Nobody receives interest in the week that they pay a penalty in.
        "variable" => {
            let variable = body.variables.iter_mut().find(|v| v.name == name).unwrap();
            variable.measure =
                Measure::Share(Stream::Interest, Stream::PenaltyInterest, Window::D7);
        }
        "persona" => {
            let gone = body.personas.personas.iter().position(|p| p.id == name);
            body.actions[action].persona_affinity[gone.unwrap()] = 1.0;
        }
        _ => panic!("{kind} is no reason"),
    }
    bank
}

proptest! {
    #[test]
    fn without_a_reason_the_action_is_gone_or_scores_otherwise(
        granted in proptest::sample::subsequence(ALL.to_vec(), 2..=4),
        balance in 0.0f64..30_000.0,
        income in 0.0f64..30_000.0,
        clicks in any::<bool>(),
    ) {
        let mut customer = customer(&granted);
        customer.events[0].amount = Some(income);
        customer.events[2].balance = Some(balance);
        if !clicks {
            customer.events.remove(3);
        }
        let bank = bank();
        for (action, score, reasons) in shown(&bank, &customer) {
            let position = bank.actions.iter().position(|a| a.id == action).unwrap();
            let mut triggers = 0;
            for (kind, name) in reasons.iter().filter(|(kind, _)| *kind != "everyone") {
                triggers += usize::from(*kind == "trigger");
                let rest = shown(&without(kind, name, position), &customer);
                let now = rest.iter().find(|(other, ..)| *other == action);
                // A less urgent trigger than another that fired would have let the action in alone.
                if triggers > 1 && *kind == "trigger" {
                    prop_assert_eq!(now.map(|(_, score, _)| *score), Some(score));
                    continue;
                }
                prop_assert_ne!(now.map(|(_, score, _)| *score), Some(score), "{} {} {}", action, kind, name);
            }
        }
    }

    #[test]
    fn what_is_cited_exists_and_was_consented(
        granted in proptest::sample::subsequence(ALL.to_vec(), 0..=4),
        balance in 0.0f64..30_000.0,
    ) {
        let mut customer = customer(&granted);
        customer.events[2].balance = Some(balance);
        let bank = bank();
        // What each trigger reads.
        let reads = [0usize, 4];
        for (_, _, reasons) in shown(&bank, &customer) {
            for (kind, name) in reasons {
                let variable = match kind {
                    "trigger" => reads[bank.triggers.iter().position(|t| t.id == name).unwrap()],
                    "want" => reads[0],
                    "variable" => bank.variables.iter().position(|v| v.name == name).unwrap(),
                    _ => continue,
                };
                let purpose = usize::from(bank.variables[variable].purpose);
                prop_assert!(granted.contains(&bank.purposes[purpose].id.as_str()), "{} {}", kind, name);
            }
        }
    }
}

/// What is said to have raised the score of an action's model: variable, contribution, text.
fn raised(body: &Body, profile: &Profile, action: &str) -> Vec<(String, f64, String)> {
    let bytes = sign(&archive(body));
    let verified = Verified::new(&bytes, &trusted()).unwrap();
    let mut engine = Engine::new(Bundle::open(verified).unwrap());
    let profile = profile.clone().checked().unwrap();
    let decision = engine
        .decide(&profile, &Context::default(), at(), 0)
        .unwrap();
    let of = decision.placements.iter().find(|p| p.action == action);
    let reasons = of.into_iter().flat_map(|p| &p.reasons);
    reasons
        .filter_map(|reason| match reason {
            Reason::Model {
                variable,
                contribution,
                text,
                ..
            } => Some(((*variable).to_owned(), *contribution, text.clone())),
            _ => None,
        })
        .collect()
}

/// What a pool's reasons are, and which of its members has them: the one whose weight times score is largest.
#[test]
fn the_loudest_member_speaks_for_a_pool() {
    let alone = |action: &str, score: u16| {
        let mut body = body();
        body.actions[1].propensity.model = Some(score);
        raised(&body, &customer(&ALL), action)
    };
    // Sequence, journey, then models.
    let (trees, likeness) = (alone("loan", 2), alone("loan", 3));
    assert!(!trees.is_empty() && !likeness.is_empty() && trees != likeness);
    for (weights, loudest) in [([1.0, 0.001], &trees), ([0.001, 1.0], &likeness)] {
        let mut body = body();
        body.models.push(Model {
            id: "both".into(),
            inputs: Vec::new(),
            missing_allowed: 0.0,
            steps: vec![Step::Pool(Pool {
                combine: Combine::Any,
                members: vec![2, 3],
                weights: weights.to_vec(),
            })],
            output: 0,
        });
        body.actions[1].propensity.model = Some(4);
        assert_eq!(&raised(&body, &customer(&ALL), "loan"), loudest);
    }
}

proptest! {
    #[test]
    fn a_cause_adds_up_what_its_variables_moved(
        income in 0.0f64..40_000.0,
        debits in 1usize..12,
    ) {
        let mut customer = customer(&ALL);
        customer.events[0].amount = Some(income);
        for _ in 1..debits {
            let again = customer.events[2].clone();
            customer.events.insert(2, again);
        }
        let alone = body();
        let mut together = body();
        together.causes = vec![vec!["Use".into(), "Užívání".into()]];
        // The inputs of the model of likeness.
        together.variables[1].cause = Some(0);
        together.variables[2].cause = Some(0);
        let alone = raised(&alone, &customer, "app");
        let together = raised(&together, &customer, "app");
        let sum: f64 = alone.iter().map(|(_, moved, _)| moved).sum();
        match together.as_slice() {
            [] => prop_assert!(alone.len() < 2),
            [(variable, moved, text)] => {
                // One that lowered the score is not shown alone, but counts in the cause.
                prop_assert!(*moved <= sum + 1e-12);
                prop_assert!(alone.len() < 2 || (moved - sum).abs() < 1e-12);
                prop_assert_eq!(variable, &alone[0].0);
                prop_assert_eq!(text, &format!("Use ({})", alone[0].2));
            }
            more => prop_assert!(false, "{more:?}"),
        }
    }
}

proptest! {
    /// A condition on a cause holds when the first reason of that model is of that cause, and only then.
    #[test]
    fn conditions_see_the_cause_that_reasons_name_first(
        income in 0.0f64..40_000.0,
        debits in 1usize..12,
        granted in any::<bool>(),
        asked in 0u16..3,
    ) {
        const CAUSES: [&str; 2] = ["income", "spending"];
        let mut customer = customer(if granted { &ALL } else { &ALL[1..] });
        customer.events[0].amount = Some(income);
        for _ in 1..debits {
            let again = customer.events[2].clone();
            customer.events.insert(2, again);
        }
        let mut body = body();
        body.causes = CAUSES.map(|id| vec![id.into(); 2]).into();
        body.cause_ids = CAUSES.map(str::to_owned).into();
        body.variables[1].cause = Some(0);
        body.variables[2].cause = Some(1);
        // The model of likeness, which the application goes by.
        let is = |cause: u16| Condition {
            tests: vec![Test {
                subject: Subject::Cause(1),
                low: f64::from(cause),
                high: f64::from(cause),
                pass: 1,
                fail: 0,
            }],
            ..Condition::default()
        };
        body.explained = vec![1];
        body.actions[3].engagement.applicable = Some(is(asked));
        let bytes = sign(&archive(&body));
        let verified = Verified::new(&bytes, &trusted()).unwrap();
        let mut engine = Engine::new(Bundle::open(verified).unwrap());
        let profile = customer.checked().unwrap();
        let snapshot = engine.snapshot(&profile, at());
        let all = engine.explain(&snapshot, &Context::default(), 0).unwrap();
        let placed = all.decision.placements.iter().find(|p| p.action == "app");
        let reasons = placed.into_iter().flat_map(|p| &p.reasons);
        let first = reasons.filter_map(|reason| match reason {
            Reason::Model { model, text, .. } if *model == "likeness" => Some(text.as_str()),
            _ => None,
        }).next();
        let first = first.and_then(|text| CAUSES.iter().position(|id| text.starts_with(id)));
        let mut stopped = all.not_shown.iter().filter(|it| it.action == "safety");
        let rule = stopped.find_map(|it| match &it.stopped {
            Stopped::Inapplicable(rule) => Some(rule),
            _ => None,
        });
        if placed.is_some() {
            prop_assert_eq!(rule.is_none(), first == Some(usize::from(asked)));
        }
        if let Some(change) = rule.and_then(|rule| rule.changes.first()) {
            prop_assert_eq!(change.of.as_ref(), "cause.likeness");
            let wanted = CAUSES.get(usize::from(asked));
            prop_assert_eq!(wanted.map(|id| Needs::Equal(Level::Name(id))), wanted.map(|_| change.needs));
            prop_assert_eq!(change.is, first.map(|i| Level::Name(CAUSES[i])));
        }
    }
}
