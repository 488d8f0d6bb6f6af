//! How much a set may hold, and how much is said of what is too much.

use std::fs;

use super::*;
use crate::limits;

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
    let said = crate::policy::read(dir.path()).unwrap_err().to_string();
    assert!(
        said.starts_with("models.toml:12:8: cannot be read: `m.json`: all models together"),
        "{said}"
    );
    assert_eq!(said.lines().count(), 1, "{said}");
    write(models.split("[c]").next().unwrap());
    let read = crate::policy::read(dir.path()).unwrap().models;
    assert!(std::sync::Arc::ptr_eq(
        &read[0].file.bytes,
        &read[1].file.bytes
    ));
}

/// Files that are too much all together are not read, however little each of them is.
#[test]
fn all_files_together_have_a_limit() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("policy.toml"), MAIN).unwrap();
    fs::create_dir(dir.path().join("triggers")).unwrap();
    let files = limits::FILES_BYTES / limits::FILE_BYTES;
    for i in 0..files {
        let file = fs::File::create(dir.path().join(format!("triggers/{i}.toml"))).unwrap();
        file.set_len(u64::try_from(limits::FILE_BYTES).unwrap())
            .unwrap();
    }
    let said = crate::policy::read(dir.path()).unwrap_err();
    assert_eq!(said.0.len(), 1, "{said}");
    let found = limits::FILES_BYTES + MAIN.len();
    let words = format!(
        "{found} bytes in all files, the limit is {}",
        limits::FILES_BYTES
    );
    assert!(said.to_string().contains(&words), "{said}");
}

/// What only follows from languages that cannot be read is not said of every text.
#[test]
fn without_languages_nothing_is_said_of_texts() {
    for broken in [
        "name = 'x'\nlocales = 7\ncurrency = 'CZK'\n",
        "name = \n",
        &format!("{MAIN}name = 'y'\n"),
    ] {
        let errors = build(&[("policy.toml", broken)]).unwrap_err();
        assert!(
            errors
                .0
                .iter()
                .all(|error| error.place.file == "policy.toml"),
            "{errors}"
        );
    }
}
