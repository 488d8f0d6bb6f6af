//! The retail policies as they are: they build to the same bytes each time, keep what their cases
//! promise, and lend to nobody in trouble.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a failed test may say so bluntly"
)]

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use authoring::cases;
use engine::{
    Bundle, Context, Engine, Profile,
    decision::Reason,
    explain::Stopped,
    profile::{Category, FactName},
    trust::{PublicKey, Verified},
};

fn retail() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../policies/retail")
}

fn bundle() -> (Vec<u8>, [PublicKey; 1]) {
    let key = authoring::keys::development();
    let body = authoring::build(&retail()).unwrap_or_else(|errors| panic!("{errors}"));
    let trusted = PublicKey::from_bytes(key.verifying_key().as_bytes()).unwrap();
    (authoring::sign(&body, &key).unwrap(), [trusted])
}

fn open((bytes, trusted): &(Vec<u8>, [PublicKey; 1])) -> Engine<'_> {
    Engine::new(Bundle::open(Verified::new(bytes, trusted).unwrap()).unwrap())
}

#[test]
fn it_builds_to_the_same_bytes_each_time() {
    assert_eq!(bundle().0, bundle().0);
}

#[test]
fn an_anonymous_visitor_sees_every_placeholder_of_the_website_filled() {
    let signed = bundle();
    let mut engine = open(&signed);
    let context = Context::from_json(br#"{"channel": "web"}"#).unwrap();
    let at = "1994-03-31T12:00:00Z".parse().unwrap();
    let decision = engine.decide(&Profile::default(), &context, at, 0).unwrap();
    assert_eq!(decision.unfilled, Vec::<&str>::new());
    assert_eq!(decision.placements.len(), 44);
    for placement in &decision.placements {
        assert!(!placement.pitch.title.is_empty() && !placement.pitch.body.is_empty());
    }
}

#[test]
fn the_policy_cases_hold() {
    let signed = bundle();
    let mut engine = open(&signed);
    let cases = cases::read(&retail()).unwrap_or_else(|errors| panic!("{errors}"));
    assert!(cases.len() >= 15, "{} cases", cases.len());
    let mut failures = Vec::new();
    for case in &cases {
        let snapshot = engine.snapshot(&case.profile, case.at);
        let answer = engine.explain(&snapshot, &case.context, case.seed).unwrap();
        let answer = serde_json::from_slice(&answer.to_json()).unwrap();
        let mismatches = cases::check(case, &answer);
        failures.extend(
            mismatches
                .iter()
                .map(|m| format!("{}: {}: {m}", case.place, case.name)),
        );
    }
    assert!(failures.is_empty(), "\n{}", failures.join("\n"));
}

/// Real customers who allowed everything.
fn customers() -> Vec<(PathBuf, Profile)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/customers");
    let paths = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let read = |path: PathBuf| {
        let mut profile = Profile::from_json(&std::fs::read(&path).unwrap()).unwrap();
        for purpose in ["insights", "details", "behaviour", "offers"] {
            profile
                .consent
                .give(purpose, "2026-1", "1993-01-01".parse().unwrap());
        }
        (path, profile)
    };
    paths
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "json")
        })
        .map(read)
        .collect()
}

#[test]
fn each_trigger_has_its_own_condition_and_each_intent_a_trigger() {
    let policy = authoring::policy::read(&retail()).unwrap_or_else(|errors| panic!("{errors}"));
    assert!(policy.triggers.len() >= 320, "{}", policy.triggers.len());
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut conditions = BTreeSet::new();
    for trigger in &policy.triggers {
        let is_new = conditions.insert(words(&trigger.when.value));
        assert!(is_new, "{}: {}", trigger.id.value, trigger.when.value);
    }
    for intent in &policy.intents {
        let mut triggers = policy.triggers.iter();
        assert!(
            triggers.any(|trigger| trigger.intent.value == intent.id.value),
            "{}",
            intent.id.value
        );
    }
}

/// Thresholds are of this world: nine in ten triggers over an account fire for one of 60 real customers.
#[test]
fn most_triggers_fire_for_a_real_customer() {
    let signed = bundle();
    let mut engine = open(&signed);
    let mut fired = BTreeSet::new();
    // While the data runs, when all has been quiet for weeks, and for years.
    for day in ["1994-03-31", "1994-05-31", "1998-12-31"] {
        for (_, profile) in customers() {
            let context = Context::default();
            let decision = engine
                .decide(&profile, &context, day.parse().unwrap(), 0)
                .unwrap();
            fired.extend(decision.signals.triggers.iter().map(ToString::to_string));
        }
    }
    let policy = authoring::policy::read(&retail()).unwrap();
    let online = "triggers/digital-use.toml";
    let (mut all, mut firing) = (0, 0);
    for trigger in &policy.triggers {
        if trigger.id.file.name != online {
            all += 1;
            firing += usize::from(fired.contains(&trigger.id.value));
        }
    }
    assert!(10 * firing >= 9 * all, "{firing} of {all}");
}

/// The rule by the raw events and facts, whatever the conditions say, on all real customers.
#[test]
fn nobody_in_trouble_is_offered_credit() {
    let signed = bundle();
    let mut engine = open(&signed);
    let at = "1994-03-31T12:00:00Z".parse().unwrap();
    let (mut in_trouble, mut offered) = (0, 0);
    for (path, profile) in customers() {
        let penalty = profile
            .events
            .iter()
            .any(|e| e.category == Some(Category::PenaltyInterest) && e.at <= at);
        let arrears = profile.facts.iter().any(|fact| {
            fact.name == FactName::InArrears
                && fact.holds_at(at)
                && fact.value.number() == Some(1.0)
        });
        let decision = engine.decide(&profile, &Context::default(), at, 0).unwrap();
        let credit = decision.placements.iter().any(|placement| {
            ["personal-loan", "home-improvement-loan", "overdraft-buffer"]
                .contains(&placement.action)
        });
        in_trouble += usize::from(penalty || arrears);
        offered += usize::from(credit);
        assert!(!(credit && (penalty || arrears)), "{}", path.display());
    }
    assert!(
        in_trouble >= 3 && offered >= 3,
        "{in_trouble} in trouble, {offered} offered credit"
    );
}

/// Offers that go by one model share its reasons, and have none of another model's; those of a pool have one member's.
#[test]
fn an_offer_is_explained_by_its_own_model() {
    let policy = authoring::policy::read(&retail()).unwrap();
    let model_of: BTreeMap<&str, &str> = policy
        .actions
        .iter()
        .filter_map(|action| Some((&*action.id.value, &*action.model.as_ref()?.value)))
        .collect();
    let own = |action: &str, model: &str| {
        let named = model_of[action];
        let mut pools = policy.pools.iter();
        match pools.find(|pool| pool.id.value == named) {
            Some(pool) => pool.members.iter().any(|(id, _)| id.value == model),
            None => named == model,
        }
    };
    let signed = bundle();
    let mut engine = open(&signed);
    let at = "1994-03-31".parse().unwrap();
    let mut compared = 0;
    for (path, profile) in customers() {
        let decision = engine.decide(&profile, &Context::default(), at, 0).unwrap();
        let mut known = BTreeMap::new();
        for placement in &decision.placements {
            let of = |reason: &&Reason<'_>| matches!(reason, Reason::Model { .. });
            let reasons: Vec<_> = placement.reasons.iter().filter(of).collect();
            for reason in &reasons {
                let Reason::Model { model, .. } = reason else {
                    continue;
                };
                assert!(own(placement.action, model), "{path:?}: {model}");
            }
            if let Some(model) = model_of.get(placement.action) {
                let first = known.entry(*model).or_insert_with(|| reasons.clone());
                assert_eq!(*first, reasons, "{path:?}: {}", placement.action);
                assert!(reasons.len() <= 3, "{path:?}: {}", placement.action);
                compared += reasons.len();
            }
        }
    }
    assert!(compared > 100, "{compared}");
}

/// The pool of the models of loans, as its definition reads: log-odds in the members' proportions.
#[test]
fn the_need_for_credit_is_the_weighted_mean_of_log_odds() {
    let signed = bundle();
    let mut engine = open(&signed);
    let at = "1994-03-31".parse().unwrap();
    let mut compared = 0;
    for (path, profile) in customers() {
        let decision = engine.decide(&profile, &Context::default(), at, 0).unwrap();
        let score = |id: &str| {
            let mut scores = decision.signals.scores.iter();
            scores
                .find(|score| score.model == id)
                .map(|score| score.score)
        };
        let log_odds = |p: f64| (p / (1.0 - p)).ln();
        let members = [("loan", 4.0), ("small-loan", 1.0), ("long-loan", 1.0)];
        let Some(pool) = score("credit-need") else {
            assert!(members.iter().all(|(id, _)| score(id).is_none()));
            continue;
        };
        let said = members.iter().filter_map(|(id, w)| Some((score(id)?, *w)));
        let (sum, total) = said.fold((0.0, 0.0), |(sum, total), (p, w)| {
            (sum + w * log_odds(p), total + w)
        });
        let expected = 1.0 / (1.0 + (-sum / total).exp());
        assert!((pool - expected).abs() < 1e-12, "{path:?}");
        compared += 1;
    }
    assert!(compared > 30, "{compared}");
}

/// Whatever is granted: the reasons given, and what is said of actions that are not shown, name only variables that
/// there are, and that the customer allowed to be read.
#[test]
fn every_cited_variable_exists_and_was_consented() {
    let signed = bundle();
    let mut engine = open(&signed);
    let purpose_of: BTreeMap<String, &str> = engine::variables::registry()
        .into_iter()
        .map(|variable| (variable.name, variable.purpose))
        .collect();
    let all = ["insights", "details", "behaviour", "offers"];
    let at = "1994-03-31".parse().unwrap();
    let mut cited = 0;
    for (i, (_, mut profile)) in customers().into_iter().enumerate() {
        // Another selection of purposes for each customer, each of the sixteen several times.
        let withdrawn = all.iter().enumerate().filter(|(bit, _)| i >> bit & 1 == 1);
        let withdrawn: Vec<&str> = withdrawn.map(|(_, purpose)| *purpose).collect();
        for purpose in &withdrawn {
            profile
                .consent
                .withdraw(purpose, "1994-03-01".parse().unwrap());
        }
        let snapshot = engine.snapshot(&profile, at);
        let answer = engine.explain(&snapshot, &Context::default(), 0).unwrap();
        let mut expressions = Vec::new();
        for reason in answer.decision.placements.iter().flat_map(|p| &p.reasons) {
            match reason {
                Reason::Trigger { condition, .. } => expressions.push((*condition).to_owned()),
                Reason::Intent { trigger, .. } => {
                    assert!(answer.decision.signals.triggers.contains(trigger));
                }
                Reason::Model { variable, .. } => {
                    assert!(purpose_of.contains_key(*variable), "{variable}");
                    expressions.push((*variable).to_owned());
                }
                Reason::Score { .. } | Reason::Persona { .. } | Reason::Everyone => {}
            }
        }
        for stopped in answer.not_shown.iter().map(|not_shown| &not_shown.stopped) {
            let (Stopped::Ineligible(rule)
            | Stopped::Inapplicable(rule)
            | Stopped::Unsuitable(rule)) = stopped
            else {
                continue;
            };
            // That a number is missing says that it may not be read, or that there is none.
            let known = rule.changes.iter().filter(|change| change.is.is_some());
            expressions.extend(known.map(|change| change.of.to_string()));
        }
        for expression in expressions {
            for word in expression.split(|c: char| !c.is_ascii_alphanumeric() && c != '_') {
                if let Some(purpose) = purpose_of.get(word) {
                    assert!(!withdrawn.contains(purpose), "{word} in {expression}");
                    cited += 1;
                }
            }
        }
    }
    assert!(cited > 1_000, "{cited}");
}

/// Actions whose sentence is true with a zero or an amount below zero in it: an account below zero, one
/// with nothing left on it, income that stopped.
const ZERO_IS_MEANT: [&str; 3] = ["back-above-zero", "low-balance-warning", "income-gone"];

/// Whether a text holds what is no number, or a place for one that was not filled.
fn is_broken(text: &str) -> bool {
    words(text).any(|word| ["NaN", "inf", "–"].contains(&word) || word.contains(['{', '}']))
}

/// Whether a text holds a number that nobody would offer something with: below zero, or zero.
fn is_odd(text: &str) -> bool {
    words(text).any(|word| {
        let number = word.strip_prefix(['−', '-']);
        number.is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
            || ["0", "0.0", "0,0", "0%"].contains(&word)
    })
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    let words = text.split(char::is_whitespace);
    words.map(|word| word.trim_matches(|letter: char| ".,:;!?()„“".contains(letter)))
}

#[test]
fn odd_numbers_are_seen() {
    for odd in ["−1,200\u{a0}CZK lies there", "in 0 days.", "Máte 0\u{a0}%"] {
        assert!(is_odd(odd), "{odd}");
    }
    for broken in ["NaN", "Balance: –", "{balance}"] {
        assert!(is_broken(broken), "{broken}");
    }
    for fine in [
        "In 90 days 1,000\u{a0}CZK came in.",
        "10 days, 0.5\u{a0}%",
        "24-hour help",
    ] {
        assert!(!is_odd(fine) && !is_broken(fine), "{fine}");
    }
}

/// What real customers are shown, in both languages, while their accounts are in use. Reasons may well
/// count to zero (`Logins over a year: 0`), an offer may not.
#[test]
fn no_text_shows_an_odd_number_to_a_real_customer() {
    let signed = bundle();
    let mut engine = open(&signed);
    let (mut pitches, mut wrong) = (BTreeSet::new(), BTreeSet::new());
    for day in ["1993-12-31", "1994-03-31"] {
        for (_, profile) in customers() {
            let snapshot = engine.snapshot(&profile, day.parse().unwrap());
            for locale in ["en", "cs"] {
                let context = format!(r#"{{"locale": "{locale}"}}"#);
                let context = Context::from_json(context.as_bytes()).unwrap();
                let answer = engine.explain(&snapshot, &context, 0).unwrap();
                let answer: serde_json::Value = serde_json::from_slice(&answer.to_json()).unwrap();
                for (action, text, is_pitch) in said(&answer) {
                    let may_be_zero = !is_pitch || ZERO_IS_MEANT.contains(&action.as_str());
                    if is_broken(&text) || !may_be_zero && is_odd(&text) {
                        wrong.insert((action.clone(), text.clone()));
                    }
                    if is_pitch {
                        pitches.insert(text);
                    }
                }
            }
        }
    }
    assert!(pitches.len() > 500, "{}", pitches.len());
    assert!(wrong.is_empty(), "{} texts: {wrong:#?}", wrong.len());
}

/// What is said of each action, and whether it is of its pitch: else a reason, or why it is not shown.
fn said(answer: &serde_json::Value) -> Vec<(String, String, bool)> {
    let placements = answer["decision"]["placements"].as_array().unwrap();
    let not_shown = answer["not_shown"].as_array().unwrap();
    let mut all = Vec::new();
    for about in placements.iter().chain(not_shown) {
        let action = about["action"].as_str().unwrap();
        let pitch = ["title", "body", "call_to_action"].map(|part| (&about["pitch"][part], true));
        let reasons = about["reasons"].as_array().into_iter().flatten();
        let reasons = reasons
            .map(|reason| &reason["text"])
            .chain([&about["text"]]);
        for (text, is_pitch) in pitch.into_iter().chain(reasons.map(|text| (text, false))) {
            let text = text.as_str().map(str::to_owned);
            all.extend(text.map(|text| (action.to_owned(), text, is_pitch)));
        }
    }
    all
}
