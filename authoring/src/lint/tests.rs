//! What is found in policy sets that build, and what is not.

use std::fs;

mod causes;

use super::{Finding, Severity, check};

const MAIN: &str = "name = 'x'\nlocales = ['en', 'cs']\ncurrency = 'CZK'\nformats = ['card']\n";
const PURPOSES: &str = "[insights]\nnotice_version = '1'\nclasses = ['transaction', 'behavioural']\n\
                        title = { en = 'Insights', cs = 'Přehledy' }\n\
                        description = { en = 'May we look?', cs = 'Smíme se podívat?' }\n";
const LABELS: &str = "balance = { en = 'Balance', cs = 'Zůstatek' }\n\
                      credit_count_30d = { en = 'Credits', cs = 'Příjmy' }\n\
                      household_share_90d = { en = 'Household', cs = 'Domácnost' }\n";
const INTENTS: &str =
    "[save]\nhalf_life_days = 30\nshelf_life_days = 90\ntitle = { en = 'Saving', cs = 'Spořit' }\n";
const TRIGGER: &str = "[rich]\nwhen = 'balance > 1000'\nurgency = 0.5\n\
                       because = { en = '{balance} lies there.', cs = '{balance} tam leží.' }\n\
                       description = 'd'\nlife_stage = 'cross-sell'\nintent = 'save'\nstrength = 0.5\n";
const MARKET: &str = "title = { en = 'Savings', cs = 'Spoření' }\n\
                      [wants.savers]\nintent = 'save'\nat_least = 0.3\nactions = ['saving']\n";
const SLOTS: &str = "[rib]\nchannel = 'web'\n[rib.pages.home]\nside = { formats = ['card'] }\n";
const WEIGHTS: &str = "value_scale = 100\n";

/// An action with more keys.
fn action(id: &str, keys: &str) -> String {
    let texts = |locale: &str| {
        format!(
            "[{id}.{locale}]\ntitle = '{id}'\nbody = 'b {locale}'\ncall_to_action = 'c {locale}'\n"
        )
    };
    let (en, cs) = (texts("en"), texts("cs"));
    format!("[{id}]\nproduct = '{id}'\nformats = ['card']\nchannels = ['web']\n{keys}\n{en}{cs}")
}

fn saving() -> String {
    action(
        "saving",
        "propensity = 0.1\nvalue = 100\ntriggers = ['rich']",
    )
}

/// What is found in a small set with some files replaced.
fn found(changes: &[(&str, &str)]) -> Vec<Finding> {
    let dir = tempfile::tempdir().unwrap();
    let explanations: String = engine::explain::Kind::ALL
        .iter()
        .map(|kind| format!("[{}]\nen = 'no {{}}'\ncs = 'ne {{}}'\n", kind.name()))
        .collect();
    let saving = saving();
    let files = [
        ("policy.toml", MAIN),
        ("purposes.toml", PURPOSES),
        ("variables.toml", LABELS),
        ("intents.toml", INTENTS),
        ("triggers/all.toml", TRIGGER),
        ("market/savings.toml", MARKET),
        ("actions/cross-sell.toml", &saving),
        ("placeholders.toml", SLOTS),
        ("triangulation.toml", WEIGHTS),
        ("explanations.toml", &explanations),
    ];
    for (name, text) in files.iter().chain(changes) {
        let path = dir.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let policy = crate::policy::read(dir.path()).unwrap_or_else(|errors| panic!("{errors}"));
    let compiled = crate::bundle::compile(&policy).unwrap_or_else(|errors| panic!("{errors}"));
    check(&policy, &compiled)
}

/// Codes and places of errors and warnings.
fn faults(changes: &[(&str, &str)]) -> Vec<String> {
    let faults = found(changes)
        .into_iter()
        .filter(|it| it.severity != Severity::Note);
    faults
        .map(|it| format!("{} {}", it.code, it.place))
        .collect()
}

/// The same when the condition of the trigger is another.
fn faults_of(condition: &str) -> Vec<String> {
    let trigger = TRIGGER.replace("balance > 1000", condition);
    let trigger = trigger.replace("{balance}", "So much");
    faults(&[("triggers/all.toml", &trigger)])
}

#[test]
fn a_set_without_faults_has_no_findings_but_names_kept_for_later() {
    assert_eq!(faults(&[]), Vec::<String>::new());
    let codes: Vec<_> = found(&[]).iter().map(|it| it.code).collect();
    assert_eq!(codes, ["unused-label"]);
}

#[test]
fn conditions_that_never_hold_are_errors() {
    for condition in [
        "balance > 5 && balance < 3",
        "balance == 1 && balance == 2",
        "household_share_90d > 1.5",
        "credit_count_30d < 0 || household_share_90d < 0",
        "balance > 5 && (balance < 3 || household_share_90d > 2)",
        "has(balance) && !has(balance)",
        "channel == \"web\" && channel == \"app\"",
        "!(balance > 5 || balance <= 5)",
        "balance in [1, 2] && balance > 2",
    ] {
        assert_eq!(
            faults_of(condition),
            ["never-holds triggers/all.toml:2:8"],
            "{condition}"
        );
    }
}

#[test]
fn conditions_that_hold_whenever_known_are_warnings() {
    for condition in [
        "balance > 5 || balance <= 5",
        "credit_count_30d >= 0",
        "household_share_90d <= 1",
    ] {
        assert_eq!(
            faults_of(condition),
            ["always-holds triggers/all.toml:2:8"],
            "{condition}"
        );
    }
}

#[test]
fn parts_that_never_come_true_are_named_where_they_stand() {
    assert_eq!(
        faults_of("balance > 5 || household_share_90d > 2"),
        ["never-true triggers/all.toml:2:24"]
    );
    assert_eq!(
        faults_of("balance > 5 || balance > 7"),
        ["never-true triggers/all.toml:2:9"]
    );
}

#[test]
fn conditions_that_mean_something_are_left_alone() {
    for condition in [
        "balance > 5",
        "has(balance)",
        "!has(balance) || balance > 5",
        "balance != 0",
        "credit_count_30d != 0",
        "credit_count_30d == 0 && balance > 0",
        "balance in [1, 2, 3]",
        "balance < 3 || balance > 5",
        "(balance > 3 || credit_count_30d > 2) && (balance < 2 || credit_count_30d > 1)",
        "2.0 * balance > 5.0 && balance < 1",
        "household_share_90d > 0.5 ? balance > 1 : balance > 2",
        "channel == \"web\" || channel == \"app\"",
    ] {
        assert_eq!(faults_of(condition), Vec::<String>::new(), "{condition}");
    }
}

#[test]
fn long_conditions_end_in_bounded_time_without_a_finding() {
    let clause = |i: usize| format!("(balance == {i} || credit_count_30d == {i})");
    let clauses: Vec<String> = (0..100).map(clause).collect();
    assert_eq!(
        faults_of(&clauses.join(" && ")),
        ["never-holds triggers/all.toml:2:8"]
    );
    let clause = |i: usize| {
        format!("(balance > {i} || credit_count_30d > {i} || household_share_90d > 0.{i})")
    };
    let clauses: Vec<String> = (10..60).map(clause).collect();
    assert!(faults_of(&clauses.join(" && ")).len() < 100);
}

#[test]
fn triggers_intents_and_wants_that_miss_each_other_are_found() {
    let alone = action("saving", "propensity = 0.1\nvalue = 100");
    let no_wants = "title = { en = 'Savings', cs = 'Spoření' }\n[wants]\n";
    assert_eq!(
        faults(&[
            ("actions/cross-sell.toml", &alone),
            ("market/savings.toml", no_wants)
        ]),
        ["intent-never-wanted intents.toml:1:2"]
    );
    assert_eq!(
        faults(&[("market/savings.toml", &MARKET.replace("0.3", "0.6"))]),
        ["want-never-met market/savings.toml:2:8"]
    );
    let another = format!("{INTENTS}{}", INTENTS.replace("[save]", "[borrow]"));
    assert_eq!(
        faults(&[("intents.toml", &another)]),
        ["unused-intent intents.toml:5:2"]
    );
    assert_eq!(
        faults(&[
            ("intents.toml", &another),
            ("market/savings.toml", &MARKET.replace("'save'", "'borrow'"))
        ]),
        ["intent-never-raised intents.toml:5:2"]
    );
    let template = TRIGGER.replace("[rich]", "['$(a)-rich']\nfor = [{ a = 'so' }]");
    let changes = [
        ("triggers/all.toml", template.as_str()),
        ("actions/cross-sell.toml", alone.as_str()),
    ];
    assert!(
        found(&changes)
            .iter()
            .any(|it| it.code == "template-of-one")
    );
}

#[test]
fn rules_that_contradict_each_other_are_found_across_files() {
    let ruled = action(
        "saving",
        "propensity = 0.1\nvalue = 100\ntriggers = ['rich']\nsuitable = 'balance < 500'",
    );
    assert_eq!(
        faults(&[("actions/cross-sell.toml", &ruled)]),
        ["trigger-in-vain actions/cross-sell.toml:1:2"]
    );
    let group = "[all]\nproducts = ['saving']\neligible = 'balance > 800'\ntitle = { en = 'All', cs = 'Vše' }\n";
    assert_eq!(
        faults(&[("actions/cross-sell.toml", &ruled), ("groups.toml", group)]),
        ["rules-contradict actions/cross-sell.toml:1:2"]
    );
}

#[test]
fn actions_without_a_place_or_in_a_shadow_are_found() {
    let main = MAIN.replace("['card']", "['card', 'tile']");
    let lost = format!(
        "{}{}",
        saving(),
        action("lost", "propensity = 0.1\nvalue = 90").replace("'card'", "'tile'")
    );
    let changes = [
        ("policy.toml", main.as_str()),
        ("actions/cross-sell.toml", lost.as_str()),
    ];
    assert_eq!(
        faults(&changes),
        ["no-placeholder actions/cross-sell.toml:16:2"]
    );

    let both = |keys: &str| {
        format!(
            "{}{}{}",
            saving(),
            action("dear", "propensity = 0.2\nvalue = 90"),
            action("cheap", keys)
        )
    };
    let cheap = both("propensity = 0.1\nvalue = 50");
    assert_eq!(
        faults(&[("actions/cross-sell.toml", &cheap)]),
        ["shadowed-action actions/cross-sell.toml:30:2"]
    );
    // Two places on the page leave room for the cheap one.
    let roomy = SLOTS.replace("side =", "other = { formats = ['card'] }\nside =");
    assert_eq!(
        faults(&[
            ("actions/cross-sell.toml", &cheap),
            ("placeholders.toml", &roomy)
        ]),
        Vec::<String>::new()
    );
    for keys in [
        "propensity = 0.1\nvalue = 50\nurgency = 0.5",
        "propensity = 0.1\nvalue = 100\ntriggers = ['rich']",
    ] {
        let faults = faults(&[("actions/cross-sell.toml", &both(keys))]);
        assert_eq!(faults, Vec::<String>::new(), "{keys}");
    }
}

#[test]
fn factors_without_effect_or_with_all_of_it_are_found() {
    let weights = |text: &str| faults(&[("triangulation.toml", &format!("{WEIGHTS}{text}"))]);
    let none = "factor-without-effect triangulation.toml";
    assert_eq!(weights("[factors]\nvalue = { weight = 0 }"), [none]);
    assert_eq!(weights("[factors]\nvalue = { min = 2, max = 2 }"), [none]);
    let formula = weights("formula = 'propensity * intent * urgency * persona * bank'");
    assert_eq!(formula, Vec::<String>::new());
    assert_eq!(weights("formula = 'propensity * bank'"), [none; 3]);
    let two = format!(
        "{}{}",
        saving(),
        action("jewel", "propensity = 0.1\nvalue = 90000")
    );
    assert_eq!(
        faults(&[("actions/cross-sell.toml", &two)]),
        ["dominant-factor triangulation.toml"]
    );
}

#[test]
fn contact_rules_about_nothing_and_never_reached_are_found() {
    let groups = "[all]\nproducts = ['saving']\ntitle = { en = 'All', cs = 'Vše' }\n";
    let cap = |id: &str, keys: &str| {
        format!("[caps.{id}]\ncount = 'impression'\ntitle = {{ en = 'All', cs = 'Vše' }}\n{keys}\n")
    };
    let contact = |text: &str| faults(&[("groups.toml", groups), ("contact.toml", text)]);
    let week = cap("week", "at_most = 3\ndays = 7");
    assert_eq!(contact(&week), Vec::<String>::new());
    assert_eq!(
        contact(&cap(
            "calls",
            "at_most = 3\ndays = 7\nchannel = 'call-centre'\ngroup = 'all'"
        )),
        ["rule-about-nothing contact.toml:1:7"]
    );
    assert_eq!(
        contact(&format!("{week}{}", cap("day", "at_most = 3\ndays = 1"))),
        ["rule-never-reached contact.toml:6:7"]
    );
    assert_eq!(
        contact(&format!("{week}{}", cap("day", "at_most = 2\ndays = 1"))),
        Vec::<String>::new()
    );
    let of_week = cap(
        "group",
        "at_most = 3\ndays = 7\nper = 'group'\ngroup = 'all'",
    );
    assert_eq!(contact(&format!("{week}{of_week}")), Vec::<String>::new());
}

#[test]
fn contact_rules_over_what_no_purpose_opens_are_found() {
    let cap = "[cool-offs.rest]\nafter = 'dismissal'\ntimes = 1\ndays = 7\ntitle = { en = 'Rest', cs = 'Klid' }\n";
    let closed = PURPOSES.replace(", 'behavioural'", "");
    assert_eq!(
        faults(&[("contact.toml", cap), ("purposes.toml", &closed)]),
        ["rule-never-counts contact.toml:1:12"]
    );
    assert_eq!(faults(&[("contact.toml", cap)]), Vec::<String>::new());
}

#[test]
fn scores_that_are_never_above_zero_or_cut_are_found() {
    let formula = |text: &str| {
        let keys = format!("{WEIGHTS}formula = '{text}'\n");
        let found = faults(&[("triangulation.toml", &keys)]);
        found
            .into_iter()
            .filter(|it| it.starts_with("score-"))
            .collect::<Vec<_>>()
    };
    let never = ["score-never-above-zero triangulation.toml:2:11"];
    let none = Vec::<String>::new();
    assert_eq!(formula("need - need - 1.0"), never);
    assert_eq!(formula("-(need * bank)"), never);
    assert_eq!(formula("need < 0.0 ? need : 0.0"), never);
    assert_eq!(formula("propensity - 2.0"), never);
    assert_eq!(formula("need * bank"), none);
    assert_eq!(formula("urgency - 1.2"), none, "an urgent trigger lifts it");
    assert_eq!(
        formula("need * bank * 1e15"),
        ["score-cut triangulation.toml:2:11"]
    );
    // Ten actions at most come near a quotient that has no bound, and none of them there.
    assert_eq!(formula("bank / (need + 0.1)"), none);
    let keys = format!("{WEIGHTS}[factors]\nvalue = {{ weight = 4, max = 10000 }}\n");
    let dear = saving().replace("value = 100", "value = 1000000");
    let found = faults(&[
        ("triangulation.toml", &keys),
        ("actions/cross-sell.toml", &dear),
    ]);
    assert!(
        found.contains(&"score-cut triangulation.toml".to_owned()),
        "{found:?}"
    );
}

#[test]
fn a_control_group_of_everybody_is_found() {
    let groups = "[all]\nproducts = ['saving']\ntitle = { en = 'All', cs = 'Vše' }\n";
    let control = |share: &str| {
        let text = format!("[control]\nshare = {share}\nwithholds = 'all'\n");
        faults(&[("groups.toml", groups), ("experiments.toml", &text)])
    };
    assert_eq!(control("1.0"), ["control-of-all experiments.toml:3:13"]);
    assert_eq!(control("0.1"), Vec::<String>::new());
}

#[test]
fn texts_that_were_not_translated_are_found() {
    let trigger = TRIGGER.replace("{balance} tam leží.", "{balance} lies there.");
    assert_eq!(
        faults(&[("triggers/all.toml", &trigger)]),
        ["untranslated triggers/all.toml:4:48"]
    );
    // A name may be the same.
    assert_eq!(
        faults(&[("intents.toml", &INTENTS.replace("Spořit", "Saving"))]),
        Vec::<String>::new()
    );
}

#[test]
fn findings_read_as_a_line_and_as_data() {
    let finding = &found(&[("market/savings.toml", &MARKET.replace("0.3", "0.6"))])[0];
    assert_eq!(
        finding.to_string(),
        "market/savings.toml:2:8: error[want-never-met]: want `savers` asks for intent `save` at 0.6, and it never \
         gets over 0.5: lower `at_least`, or raise the `strength` of a trigger"
    );
    let json = serde_json::to_value(finding).unwrap();
    assert_eq!(json["place"], "market/savings.toml:2:8");
    assert_eq!(json["severity"], "error");
}

#[test]
fn propensities_from_models_of_amounts_are_found() {
    let found = |objective: &str| {
        let tree = serde_json::json!({
            "left_children": [1, -1, -1], "right_children": [2, -1, -1], "split_indices": [0, 0, 0],
            "split_conditions": [9.0, 0.5, 2.0], "default_left": [0, 0, 0], "sum_hessian": [2.0, 1.0, 1.0],
        });
        let file = serde_json::json!({ "learner": {
            "feature_names": ["balance"], "objective": { "name": objective },
            "learner_model_param": { "base_score": "5E-1" },
            "gradient_booster": { "name": "gbtree", "model": { "trees": [tree], "tree_info": [0] } },
        }});
        let models = "[size]\nkind = 'xgboost'\nfile = 'models/size.json'\nmissing_allowed = 0.5\n";
        let asked = saving().replace("propensity", "model = 'size'\npropensity");
        let files = [
            ("models.toml", models),
            ("models/size.json", &file.to_string()),
            ("actions/cross-sell.toml", &asked),
        ];
        let found = faults(&files).into_iter();
        found
            .filter(|it| it.starts_with("propensity-"))
            .collect::<Vec<_>>()
    };
    assert_eq!(found("binary:logistic"), Vec::<String>::new());
    assert_eq!(found("reg:squarederror").len(), 1);
}
