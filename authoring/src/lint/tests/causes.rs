//! Conditions on what raised a model's score.

use super::{TRIGGER, found};

const MODEL: &str = "[likeness]\nkind = 'cosine'\nmissing_allowed = 0\nfile = 'likeness.json'\n";
const LIKENESS: &str = r#"{"format": "nearfield-cosine/1", "inputs": [
    {"variable": "balance", "mean": 100.0, "scale": 50.0, "direction": 1.0},
    {"variable": "credit_count_30d", "mean": 2.0, "scale": 1.0, "direction": 1.0}]}"#;
const CAUSES: &str = "[level]\ntitle = { en = 'Level', cs = 'Výše' }\nvariables = ['balance']\n\
                      [flow]\ntitle = { en = 'Flow', cs = 'Tok' }\nvariables = ['credit_count_30d']\n\
                      [home]\ntitle = { en = 'Home', cs = 'Domov' }\nvariables = ['household_share_90d']\n";

/// What is said of the trigger when it asks for a cause.
fn said(condition: &str) -> Vec<(&'static str, String)> {
    let trigger = TRIGGER.replace("balance > 1000", &format!("balance > 1000 && {condition}"));
    let findings = found(&[
        ("models.toml", MODEL),
        ("likeness.json", LIKENESS),
        ("causes.toml", CAUSES),
        ("triggers/all.toml", &trigger),
    ]);
    let findings = findings.into_iter();
    let of_trigger = findings.filter(|it| it.place.file == "triggers/all.toml");
    of_trigger.map(|it| (it.code, it.message)).collect()
}

#[test]
fn a_cause_that_the_model_cannot_have_never_holds() {
    assert_eq!(said(r#"cause.likeness == "level""#), []);
    assert_eq!(said("!has(cause.likeness)"), []);
    let never = said(r#"cause.likeness == "home""#);
    assert_eq!(
        never,
        [(
            "never-holds",
            "the condition of trigger `rich` can never hold: a comparison of `cause.likeness`, which is one of the \
             causes of that model's inputs, is out of reach, or another one contradicts it"
                .to_owned()
        )]
    );
    let part = said(r#"(cause.likeness in ["home"] || cause.likeness == "level")"#);
    assert_eq!(part[0].0, "never-true");
}

#[test]
fn a_model_is_used_when_something_asks_for_its_score_or_cause_or_pools_it() {
    let unused = |condition: &str, pool: &str| {
        let trigger = TRIGGER.replace("balance > 1000", &format!("balance > 1000{condition}"));
        let other = MODEL.replace("[likeness]", "[other]");
        let findings = found(&[
            ("models.toml", &format!("{MODEL}{other}{pool}")),
            ("likeness.json", LIKENESS),
            ("causes.toml", CAUSES),
            ("triggers/all.toml", &trigger),
        ]);
        let unused = findings.into_iter().filter(|it| it.code == "unused-model");
        unused.map(|it| it.place.line).collect::<Vec<_>>()
    };
    let pool = "[both]\nkind = 'pool'\ncombine = 'mean'\nof = { likeness = 1, other = 1 }\n";
    assert_eq!(unused("", ""), [1, 5]);
    assert_eq!(unused(" && score.other > 0.5", ""), [1]);
    assert_eq!(unused(" && has(cause.likeness)", ""), [5]);
    assert_eq!(unused("", pool), [9]);
    assert_eq!(unused(" && score.both > 0.5", pool), [0; 0]);
}
