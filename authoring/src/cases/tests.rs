//! Reading cases, and what differs from them.

use std::fs;

use serde_json::json;

use super::*;

fn read_case(text: &str) -> Result<Vec<Case>, PolicyErrors> {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir_all(dir.path().join("tests")).unwrap();
    fs::create_dir_all(dir.path().join("triggers")).unwrap();
    fs::write(
        dir.path().join("policy.toml"),
        "name = 'x'\nlocales = ['en']\ncurrency = 'CZK'",
    )
    .unwrap();
    fs::write(
        dir.path().join("placeholders.toml"),
        "[rib]\nchannel = 'web'\n[rib.pages.home]\nside = { formats = ['card'] }",
    )
    .unwrap();
    let trigger = "[rich]\nwhen = 'true'\nurgency = 0\nbecause.en = 'x'";
    fs::write(dir.path().join("triggers/all.toml"), trigger).unwrap();
    fs::create_dir_all(dir.path().join("actions")).unwrap();
    let action = "[save]\nproduct = 'p'\npropensity = 0\nvalue = 0\nformats = ['card']\nchannels = ['web']\n\
                  en = { title = 't', body = 'b', call_to_action = 'c' }";
    fs::write(dir.path().join("actions/engagement.toml"), action).unwrap();
    let purpose = "[offers]\nnotice_version = '7'\ntitle.en = 'x'\ndescription.en = 'x'";
    fs::write(dir.path().join("purposes.toml"), purpose).unwrap();
    fs::write(dir.path().join("tests/all.toml"), text).unwrap();
    read(dir.path())
}

const CASE: &str = "[c]\nat = 1994-03-31T12:00:00Z\nconsent = ['offers']\ncontext = { channel = 'web' }\n\
                    profile = { events = [{ at = '1994-01-01', kind = 'login' }] }\n\
                    expect = { placed = { \"rib.home.side\" = 'save' }, absent = ['save'], unfilled = ['rib.home.side'], \
                    fired = ['rich'], not_fired = ['rich'], reasons = { save = ['rich'] }, scores = { save = { min = 2 } } }";

#[test]
fn a_case_is_ready_to_be_decided() {
    let case = &read_case(CASE).unwrap()[0];
    assert!(case.profile.consent.granted("offers", "7", case.at));
    assert_eq!((case.seed, case.profile.events.len()), (0, 1));
    assert_eq!(case.place.to_string(), "tests/all.toml:1:2");
    assert_eq!(
        case.expect.placed,
        [("rib.home.side".to_owned(), vec!["save".to_owned()])]
    );
}

#[test]
fn each_expectation_can_fail() {
    let case = &read_case(CASE).unwrap()[0];
    let all = |decision| {
        check(case, &decision)
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
    };
    let nothing =
        json!({"placements": [], "unfilled": ["rib.home.side"], "signals": {"triggers": []}});
    assert_eq!(
        all(nothing),
        [
            "`rib.home.side` should hold `save`, but holds nothing",
            "trigger `rich` should fire, but did not",
            "`save` stands nowhere, so it has no reasons",
            "`save` stands nowhere, so it has no score",
        ]
    );
    let placed = json!({
        "placements": [{"placeholder": "rib.home.side", "action": "save", "score": 1.5, "reasons": [{"kind": "everyone"}]}],
        "unfilled": [], "signals": {"triggers": ["rich"]}
    });
    assert_eq!(
        all(placed),
        [
            "`save` must stand nowhere, but stands in `rib.home.side`",
            "`rib.home.side` should keep its default content, but holds `save`",
            "trigger `rich` should not fire, but did",
            "`save` should name `rich` as a reason, but names nothing",
            "`save` scores 1.5, expected 2 to 1000000000000",
        ]
    );
}

#[test]
fn mistakes_in_cases_are_named() {
    let cases = [
        (
            "at = 1994-03-31T12:00:00Z",
            "at = 'noon'",
            "tests/all.toml:2:6: `at` is `noon`",
        ),
        (
            "['offers']",
            "['ofers']",
            "no purpose is called `ofers`: did you mean `offers`?",
        ),
        (
            "absent = ['save']",
            "absent = ['svae']",
            "no action is called `svae`: did you mean `save`?",
        ),
        (
            "fired = ['rich']",
            "fried = ['rich']",
            "unknown key `fried`",
        ),
        ("channel = 'web'", "chanel = 'web'", "`context` is refused"),
        ("kind = 'login'", "knd = 'login'", "`profile` is refused"),
    ];
    for (from, to, message) in cases {
        let said = read_case(&CASE.replacen(from, to, 1))
            .unwrap_err()
            .to_string();
        assert!(said.contains(message), "{said}");
    }
    let said = read_case(&CASE.replace(
        "{ events = [{ at = '1994-01-01', kind = 'login' }] }",
        "'no.json'",
    ));
    assert!(said.unwrap_err().to_string().contains("`no.json`: "));
}
