//! What is said about policy sets that are wrong.

use std::fs;

use crate::PolicyErrors;

mod bounds;
mod causes;
mod mistakes;
mod pools;
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
