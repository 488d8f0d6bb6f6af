//! What is said about policy sets that are wrong.

use std::fs;

use crate::PolicyErrors;

mod templates;

const MAIN: &str = "name = 'x'\nlocales = ['en', 'cs']\ncurrency = 'CZK'\nformats = ['card']\n";
const PURPOSES: &str = "[insights]\nnotice_version = '1'\nclasses = ['transaction']\n\
                        title = { en = 'a', cs = 'b' }\ndescription = { en = 'a', cs = 'b' }\n";
const LABELS: &str = "balance = { en = 'Balance', cs = 'Zůstatek' }\n";
const INTENTS: &str =
    "[save]\nhalf_life_days = 30\nshelf_life_days = 90\ntitle = { en = 'a', cs = 'b' }\n";
const TRIGGER: &str = "[rich]\nwhen = 'balance > 1000'\nurgency = 0.5\nbecause = { en = '{balance}', cs = '{balance}' }\n\
                       description = 'd'\nlife_stage = 'cross-sell'\nintent = 'save'\n";
const ACTION: &str = "[save]\nproduct = 'savings'\ntriggers = ['rich']\npropensity = 0.1\nvalue = 10\n\
                      formats = ['card']\nchannels = ['web']\n\
                      [save.en]\ntitle = 't'\nbody = '{balance}'\nplain = 'p'\ncall_to_action = 'c'\n\
                      [save.cs]\ntitle = 't'\nbody = '{balance}'\nplain = 'p'\ncall_to_action = 'c'\n";
const SLOTS: &str = "[rib]\nchannel = 'web'\n[rib.pages.home]\nside = { formats = ['card'] }\n";

/// A set that builds, with some files replaced.
fn build(changes: &[(&str, &str)]) -> Result<engine::bundle::Body, PolicyErrors> {
    let dir = tempfile::tempdir().unwrap();
    let files = [
        ("policy.toml", MAIN),
        ("purposes.toml", PURPOSES),
        ("variables.toml", LABELS),
        ("intents.toml", INTENTS),
        ("triggers/all.toml", TRIGGER),
        ("actions/cross-sell.toml", ACTION),
        ("placeholders.toml", SLOTS),
        ("triangulation.toml", "value_scale = 100\n"),
    ];
    for (name, text) in files.iter().chain(changes) {
        let path = dir.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    crate::build(dir.path())
}

/// All that is said when one file is changed by replacing a text in it.
fn said(file: &str, text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "{from}");
    build(&[(file, &text.replacen(from, to, 1))])
        .unwrap_err()
        .to_string()
}

#[test]
fn a_small_set_builds() {
    let body = build(&[]).unwrap();
    assert_eq!(body.variables.len(), 1);
    assert_eq!(body.variables[0].label, ["Balance", "Zůstatek"]);
    assert_eq!(body.placeholders[0].id, "rib.home.side");
    assert_eq!(body.actions[0].formats & body.placeholders[0].formats, 1);
}

#[test]
fn mistakes_are_named_with_place_and_remedy() {
    let action = "actions/cross-sell.toml";
    let trigger = "triggers/all.toml";
    let cases = [
        (
            action,
            ACTION,
            "value = 10",
            "vlaue = 10",
            "actions/cross-sell.toml:5:1: unknown key `vlaue` in action `save`: did you mean `value`?",
        ),
        (
            action,
            ACTION,
            "value = 10",
            "vlaue = 10",
            "actions/cross-sell.toml:1:2: action `save` has no `value`: add what it is worth when taken up, e.g. `value = 300`",
        ),
        (
            action,
            ACTION,
            "value = 10",
            "value = 'ten'",
            "actions/cross-sell.toml:5:9: `value` is a text: write a number, e.g. `0.5`",
        ),
        (
            action,
            ACTION,
            "value = 10",
            "value = -1",
            "actions/cross-sell.toml:5:9: `value` is -1: write a number from 0 to 1000000000",
        ),
        (
            action,
            ACTION,
            "value = 10",
            "value = nan",
            "actions/cross-sell.toml:5:9: `value` is NaN: write a number from 0 to 1000000000",
        ),
        (
            action,
            ACTION,
            "propensity = 0.1",
            "propensity = 1.1",
            "`propensity` is 1.1: write a number from 0 to 1",
        ),
        (
            action,
            ACTION,
            "'rich'",
            "'rihc'",
            "actions/cross-sell.toml:3:13: no trigger is called `rihc`: did you mean `rich`?",
        ),
        (
            action,
            ACTION,
            "['card']",
            "['crad']",
            "6:12: no format is called `crad`: did you mean `card`?",
        ),
        (
            action,
            ACTION,
            "['web']",
            "['wbe']",
            "7:13: no channel is called `wbe`: did you mean `web`?",
        ),
        (
            action,
            ACTION,
            "plain = 'p'\n",
            "",
            "cross-sell.toml:10:8: a pitch",
        ),
        (
            action,
            ACTION,
            "plain = 'p'\n",
            "",
            "a pitch whose body shows values has no `plain`: add the sentence that is shown when a value is missing",
        ),
        (
            action,
            ACTION,
            "plain = 'p'",
            "plain = '{balance}'",
            "no values may stand here",
        ),
        (
            action,
            ACTION,
            "title = 't'",
            "title = '{balance}'",
            "no values may stand here",
        ),
        (
            action,
            ACTION,
            "{balance}",
            "It is {balnace}",
            "10:15: text: there is no variable `balnace`: did you mean `balance`?",
        ),
        (
            action,
            ACTION,
            "[save.cs]",
            "[save.de]",
            "has no `cs`: add `[cs]` and its keys",
        ),
        (
            action,
            ACTION,
            "[save.cs]",
            "[save.de]",
            "unknown key `de` in action `save`",
        ),
        (
            action,
            ACTION,
            "value = 10",
            "value = 10\npurpose = 'insihts'",
            "no purpose is called `insihts`: did you mean `insights`?",
        ),
        (
            action,
            ACTION,
            "value = 10",
            "value = 10\neligible = 'balanc > 1'",
            "6:13: condition: there is no variable `balanc`: did you mean `balance`?",
        ),
        (
            action,
            ACTION,
            "value = 10",
            "value = 10\nmodel = 'm'",
            "no model is called `m`: there are none yet",
        ),
        (
            trigger,
            TRIGGER,
            "[rich]",
            "[Rich]",
            "use lower-case letters, digits and hyphens",
        ),
        (
            action,
            ACTION,
            "['web']",
            "['app']",
            "placeholders.toml:4:1: `rib.home.side` is a placeholder that no action fits",
        ),
        (
            action,
            ACTION,
            "value = 10",
            "value = ",
            "actions/cross-sell.toml:5:9: not valid TOML",
        ),
        (
            trigger,
            TRIGGER,
            "balance > 1000",
            "balance >",
            "triggers/all.toml:2:18: condition: the end is not expected here",
        ),
        (
            trigger,
            TRIGGER,
            "when = 'balance > 1000'",
            "when = '''\nbalance > 1000\n&& balanec > 1'''",
            "triggers/all.toml:4:4: condition: there is no variable `balanec`",
        ),
        (
            trigger,
            TRIGGER,
            "balance > 1000",
            "credit_sum_30d > 1000",
            "add `&& has(balance)` to the condition",
        ),
        (
            trigger,
            TRIGGER,
            "balance > 1000",
            "age > 1000 && has(balance)",
            "no purpose is called `details`: it opens `age`; add it to `purposes.toml`",
        ),
        (
            trigger,
            TRIGGER,
            "balance > 1000",
            "balance > 1000 && credit_sum_30d > 1",
            "`variables.toml` (`credit_sum_30d` is used here) has no `credit_sum_30d`",
        ),
        (
            trigger,
            TRIGGER,
            "urgency = 0.5",
            "urgency = 0.5\nurgency = 0.6",
            "duplicate key",
        ),
        (
            trigger,
            TRIGGER,
            "'save'",
            "'svae'",
            "triggers/all.toml:7:10: no intent is called `svae`: did you mean `save`?",
        ),
        (
            trigger,
            TRIGGER,
            "'cross-sell'",
            "'crossell'",
            "triggers/all.toml:6:14: no life stage is called `crossell`: did you mean `cross-sell`?",
        ),
        (
            trigger,
            TRIGGER,
            "description = 'd'\n",
            "",
            "triggers/all.toml:1:2: trigger `rich` has no `description`: add what it tells the bank, e.g. `description = \"Income fell by half\"`",
        ),
        (
            trigger,
            TRIGGER,
            "'save'",
            "'save'\nstrength = 1.5",
            "triggers/all.toml:8:12: `strength` is 1.5: write a number from 0 to 1",
        ),
        (
            trigger,
            TRIGGER,
            "'save'",
            "'save'\nsince = 'balance'",
            "triggers/all.toml:8:9: `since` is `balance`, which does not count days: name one that does, e.g. `credit_days_since`",
        ),
        (
            trigger,
            TRIGGER,
            "'save'",
            "'save'\nsince = 'credit_day_since'",
            "triggers/all.toml:8:9: no variable is called `credit_day_since`: did you mean `credit_days_since`",
        ),
        (
            "intents.toml",
            INTENTS,
            "half_life_days = 30",
            "half_life_days = 0",
            "intents.toml:2:18: `half_life_days` is 0: write a number from 1 to 3650",
        ),
        (
            "intents.toml",
            INTENTS,
            "shelf_life_days = 90\n",
            "",
            "intents.toml:1:2: intent `save` has no `shelf_life_days`: add the days after which it is gone, e.g. `shelf_life_days = 60`",
        ),
        (
            "intents.toml",
            INTENTS,
            "[save]",
            "[Save]",
            "intents.toml:1:2: `the id` is `Save`: use lower-case letters, digits and hyphens, at most 64",
        ),
        (
            "purposes.toml",
            PURPOSES,
            "'transaction'",
            "'behavioural'",
            "purposes.toml:1:2: `classes` is without transaction data, which `balance` reads: add the class, or do not use `balance` (triggers/all.toml:2:8)",
        ),
        (
            "purposes.toml",
            PURPOSES,
            "'transaction'",
            "'special'",
            "no data class is called `special`: there is `public`",
        ),
        (
            "purposes.toml",
            PURPOSES,
            "title = { en = 'a', cs = 'b' }",
            "title = { en = 'a' }",
            "`title` of purpose `insights` has no `cs`: add the text in `cs`",
        ),
        (
            "placeholders.toml",
            SLOTS,
            "['card'] }",
            "['card'], capacity = 0 }",
            "`capacity` is 0: write a number from 1 to 16",
        ),
        (
            "placeholders.toml",
            SLOTS,
            "['card'] }",
            "['card'], capacity = 1.5 }",
            "`capacity` is 1.5: write a whole number",
        ),
        (
            "placeholders.toml",
            SLOTS,
            "['card'] }",
            "['card'], topic = 'x' }",
            "no topic is called `x`: there are none yet",
        ),
        (
            "variables.toml",
            LABELS,
            "balance",
            "balanse",
            "no variable is called `balanse`: did you mean `balance`?",
        ),
        (
            "policy.toml",
            MAIN,
            "'CZK'",
            "'Kč'",
            "policy.toml:3:12: `currency` is `Kč`: write an ISO 4217 code, e.g. `CZK`",
        ),
        (
            "policy.toml",
            MAIN,
            "['en', 'cs']",
            "['en', 'en']",
            "language `en` is already defined at policy.toml:2:12",
        ),
    ];
    for (file, text, from, to, message) in cases {
        let said = said(file, text, from, to);
        assert!(
            said.contains(message),
            "{from} -> {to}\nexpected: {message}\nsaid: {said}"
        );
    }
}

#[test]
fn all_mistakes_of_all_files_are_named_at_once() {
    let action = ACTION
        .replace("value = 10", "vlaue = 10")
        .replace("['web']", "['wbe']");
    let trigger = TRIGGER.replace("urgency = 0.5", "urgency = 'high'");
    let errors = build(&[
        ("actions/cross-sell.toml", &action),
        ("triggers/all.toml", &trigger),
    ])
    .unwrap_err();
    assert_eq!(errors.0.len(), 4, "{errors}");
}

#[test]
fn two_files_may_not_define_one_thing() {
    let errors = build(&[("actions/cross-sell-more.toml", ACTION)])
        .unwrap_err()
        .to_string();
    assert!(
        errors.contains("action `save` is already defined at actions/cross-sell-more.toml:1:2"),
        "{errors}"
    );
}

#[test]
fn files_elsewhere_and_unknown_files_are_refused() {
    let model = "[m]\nkind = 'cosine'\nmissing_allowed = 0.5\nfile = '../m.json'\n";
    let errors = build(&[("models.toml", model)]).unwrap_err().to_string();
    assert!(
        errors.contains("models.toml:4:8: cannot be read"),
        "{errors}"
    );
    assert!(errors.contains("without `..`"), "{errors}");
    let errors = build(&[("purpose.toml", "")]).unwrap_err().to_string();
    assert_eq!(
        errors,
        "purpose.toml: no policy file is called `purpose.toml`: did you mean `purposes.toml`?"
    );
    let large = "#".repeat(crate::limits::FILE_BYTES + 1);
    let errors = build(&[("questions.toml", &large)])
        .unwrap_err()
        .to_string();
    assert!(errors.contains("the limit of 1048576"), "{errors}");
    let errors = crate::build(std::path::Path::new("nowhere"))
        .unwrap_err()
        .to_string();
    assert!(errors.starts_with("nowhere: cannot be read"), "{errors}");
}

#[test]
fn a_model_file_that_is_wrong_is_named_with_its_line() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("policy.toml"), MAIN).unwrap();
    fs::write(dir.path().join("personas.toml"), "file = 'p.json'").unwrap();
    fs::write(dir.path().join("p.json"), "{\n\"format\": 1}").unwrap();
    let errors = crate::build(dir.path()).unwrap_err().to_string();
    assert!(errors.starts_with("p.json:2:11: model: "), "{errors}");
}

#[test]
fn after_a_hundred_problems_the_rest_is_left() {
    let unknown = |count: usize| {
        let keys: Vec<String> = (0..count).map(|i| format!("k{i} = 1\n")).collect();
        let text = format!("value_scale = 100\n{}", keys.concat());
        build(&[("triangulation.toml", &text)]).unwrap_err()
    };
    let whole = unknown(100).to_string();
    assert_eq!(whole.lines().count(), 100);
    assert!(!whole.contains("and more"), "{whole}");
    let errors = unknown(4_000);
    assert_eq!(errors.0.len(), 101);
    let said = errors.to_string();
    assert_eq!(said.lines().count(), 101);
    assert_eq!(said.lines().last(), Some("and more: mend these first"));
}

#[test]
fn a_file_that_is_all_syntax_errors_is_cut_short() {
    let said = build(&[("questions.toml", &"a b\n".repeat(20_000))])
        .unwrap_err()
        .to_string();
    assert_eq!(said.lines().count(), 101);
    assert_eq!(said.lines().last(), Some("and more: mend these first"));
}

#[test]
fn tables_of_names_have_a_limit() {
    use std::fmt::Write;
    let count = crate::limits::ENTRIES + 1;
    let mut focus = "value_scale = 100\n[focus]\n".to_owned();
    let mut labels = String::new();
    for i in 0..count {
        writeln!(focus, "p{i} = 1.0").unwrap();
        writeln!(labels, "v{i} = {{ en = 'a', cs = 'b' }}").unwrap();
    }
    let formats = format!("['card'{}]", ", 'card'".repeat(count - 1));
    let action = ACTION.replace("['card']", &formats);
    for (file, text, what) in [
        ("triangulation.toml", &focus, "products in focus"),
        ("variables.toml", &labels, "names of variables"),
        ("actions/cross-sell.toml", &action, "entries of a list"),
    ] {
        let errors = build(&[(file, text)]).unwrap_err();
        assert_eq!(errors.0.len(), 1, "{errors}");
        let said = errors.to_string();
        assert!(
            said.contains(&format!("4097 {what}, the limit is 4096: ")),
            "{said}"
        );
    }
}

#[test]
fn pairs_of_actions_and_placeholders_have_a_limit() {
    use std::fmt::Write;
    // 512 actions and 512 placeholders are the most; one placeholder more is too much.
    let build = |slots: usize| {
        let mut actions = String::new();
        for i in 0..512 {
            actions.push_str(&ACTION.replace("save", &format!("save-{i}")));
        }
        let mut placeholders = SLOTS.to_owned();
        for i in 1..slots {
            writeln!(placeholders, "s{i} = {{ formats = ['card'] }}").unwrap();
        }
        build(&[
            ("actions/cross-sell.toml", &actions),
            ("placeholders.toml", &placeholders),
        ])
    };
    assert!(build(512).is_ok());
    assert_eq!(
        build(513).unwrap_err().to_string(),
        "policy.toml: 262656 pairs of an action and a placeholder, the limit is 262144: \
         take some actions or placeholders away, or split the policy set"
    );
}

#[test]
fn a_placeholder_takes_sixteen_actions_at_most() {
    let slots = |capacity: &str| {
        let to = format!("['card'], capacity = {capacity}");
        build(&[("placeholders.toml", &SLOTS.replace("['card']", &to))])
    };
    assert!(slots("16").is_ok());
    let said = slots("17").unwrap_err().to_string();
    assert!(
        said.ends_with("`capacity` is 17: write a number from 1 to 16"),
        "{said}"
    );
}

#[test]
fn one_model_file_is_read_once_and_counted_each_time() {
    let dir = tempfile::tempdir().unwrap();
    let file = fs::File::create(dir.path().join("m.json")).unwrap();
    // Half of what all may have.
    file.set_len(crate::limits::MODELS_BYTES as u64 / 2)
        .unwrap();
    let mut models = String::new();
    for id in ["a", "b", "c"] {
        models.push_str(&format!(
            "[{id}]\nkind = 'xgboost'\nmissing_allowed = 0\nfile = 'm.json'\n"
        ));
    }
    fs::write(dir.path().join("policy.toml"), MAIN).unwrap();
    let write = |text: &str| fs::write(dir.path().join("models.toml"), text).unwrap();
    write(&models);
    let said = super::read(dir.path()).unwrap_err().to_string();
    assert!(
        said.starts_with("models.toml:12:8: cannot be read: `m.json`: all models together"),
        "{said}"
    );
    assert_eq!(said.lines().count(), 1, "{said}");
    write(models.split("[c]").next().unwrap());
    let read = super::read(dir.path()).unwrap().models;
    assert!(std::sync::Arc::ptr_eq(
        &read[0].file.bytes,
        &read[1].file.bytes
    ));
}

#[test]
fn quoted_text_is_cut_and_cannot_act() {
    let name = "x".repeat(3_000);
    let action = "actions/cross-sell.toml";
    let said = said(action, ACTION, "'savings'", &format!("'s'\n{name} = 1"));
    assert!(
        said.contains(&format!("unknown key `{}…` in", "x".repeat(80))),
        "{said}"
    );
    assert!(said.len() < 400, "{said}");
    let errors = build(&[(action, &ACTION.replace("'savings'", "\"a\\u001b[2J\""))]);
    let said = errors.unwrap_err().to_string();
    assert!(
        said.contains("`product` is a text with control characters"),
        "{said}"
    );
    let errors = build(&[(action, &ACTION.replace("[save", "[\"sa\\u001b[2Jve\""))]);
    let said = errors.unwrap_err().to_string();
    assert!(
        said.contains("`sa\\u{1b}[2Jve` is a name with control characters"),
        "{said}"
    );
    assert!(!said.contains('\u{1b}'), "{said}");
}

#[test]
fn texts_may_have_several_lines() {
    let action = ACTION.replace("plain = 'p'", "plain = \"one\\n\\ttwo\"");
    assert!(build(&[("actions/cross-sell.toml", &action)]).is_ok());
}
