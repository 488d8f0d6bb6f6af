//! What is said about policy sets that are wrong.

use std::fs;

use crate::PolicyErrors;

const MAIN: &str = "name = 'x'\nlocales = ['en', 'cs']\ncurrency = 'CZK'\nformats = ['card']\n";
const PURPOSES: &str = "[insights]\nnotice_version = '1'\nclasses = ['transaction']\n\
                        title = { en = 'a', cs = 'b' }\ndescription = { en = 'a', cs = 'b' }\n";
const LABELS: &str = "balance = { en = 'Balance', cs = 'Zůstatek' }\n";
const TRIGGER: &str = "[rich]\nwhen = 'balance > 1000'\nurgency = 0.5\nbecause = { en = '{balance}', cs = '{balance}' }\n";
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
            "`capacity` is 0: write a number from 1 to 255",
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
