//! Reading cases, and what differs from them.

use std::{fs, path::PathBuf};

use serde_json::json;

use super::*;

/// A policy set with one file of cases.
fn set(name: &str, text: impl AsRef<[u8]>) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &[u8]| {
        let path = dir.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    for (name, text) in [
        (
            "policy.toml",
            "name = 'x'\nlocales = ['en']\ncurrency = 'CZK'\nformats = ['card']",
        ),
        (
            "placeholders.toml",
            "[rib]\nchannel = 'web'\n[rib.pages.home]\nside = { formats = ['card'] }",
        ),
        (
            "triggers/all.toml",
            "[rich]\nwhen = 'true'\nurgency = 0\nbecause.en = 'x'\n\
             description = 'x'\nlife_stage = 'cross-sell'\nintent = 'save'",
        ),
        (
            "intents.toml",
            "[save]\nhalf_life_days = 30\nshelf_life_days = 90\ntitle.en = 'x'",
        ),
        (
            "actions/engagement.toml",
            "[save]\nproduct = 'p'\npropensity = 0\nvalue = 0\nformats = ['card']\nchannels = ['web']\n\
             en = { title = 't', body = 'b', call_to_action = 'c' }",
        ),
        (
            "purposes.toml",
            "[offers]\nnotice_version = '7'\ntitle.en = 'x'\ndescription.en = 'x'",
        ),
    ] {
        write(name, text.as_bytes());
    }
    write(name, text.as_ref());
    dir
}

fn read_case(text: impl AsRef<[u8]>) -> Result<Vec<Case>, PolicyErrors> {
    read(set("tests/all.yaml", text).path())
}

fn said(text: impl AsRef<[u8]>) -> String {
    read_case(text).unwrap_err().to_string()
}

const CASE: &str = "\
customers:
  regular:
    events: [{ at: 1994-01-01, kind: login }]
cases:
  c:
    customer: regular
    at: 1994-03-31T12:00:00Z
    consent: [offers]
    context: { channel: web }
    expect:
      placed: { rib.home.side: save }
      absent: [save]
      unfilled: rib.home.side
      fired: [rich]
      not_fired: [rich]
      stopped: { save: cap }
      reasons: { save: [rich] }
      scores: { save: { min: 2 } }
      persona: saver
      intents: { save: { min: 0.5, max: 0.75 } }
";

#[test]
fn a_case_is_ready_to_be_decided() {
    let case = &read_case(CASE).unwrap()[0];
    assert!(case.profile.consent.granted("offers", "7", case.at));
    assert_eq!((case.seed, case.profile.events.len()), (0, 1));
    assert_eq!(case.place.to_string(), "tests/all.yaml:5:3");
    assert!(case.asks_why());
    let placed = &case.expect[0];
    assert_eq!(placed.place.to_string(), "tests/all.yaml:11:17");
    let (placeholder, actions) = ("rib.home.side".to_owned(), vec!["save".to_owned()]);
    let claim = Claim::Placed {
        placeholder,
        actions,
    };
    assert_eq!(placed.claim, claim);
}

#[test]
fn words_that_mean_nothing_are_named() {
    let said = |customer: &str, context: &str| {
        let text = format!(
            "cases:\n  c:\n    profile: {{ {customer} }}\n    context: {{ {context} }}\n    at: 1994-03-31\n    expect: {{ fired: rich }}"
        );
        read_case(&text).map_or_else(|errors| errors.to_string(), |_| String::new())
    };
    let event = |word: &str| said(&format!("events: [{{ at: 1994-01-01, {word} }}]"), "");
    assert_eq!(
        event("kind: impresion"),
        "tests/all.yaml:3:49: no kind of event is called `impresion`: did you mean `impression`?"
    );
    assert_eq!(event("kind: other"), "");
    assert!(event("kind: impression, action: sav").ends_with("did you mean `save`?"));
    assert!(event("kind: transaction, category: houshold").contains("did you mean `household`?"),);
    assert_eq!(
        said("", "page: hom"),
        "tests/all.yaml:4:22: no page is called `hom`: did you mean `home`?"
    );
    assert!(said("", "placeholders: [rib.home.sid]").ends_with("did you mean `rib.home.side`?"));
    assert_eq!(said("", "page: home, locale: de-AT"), "");
    let fact = "facts: [{ name: brth-year, value: 1958, class: demographic, source: s, observed_at: 1993-01-01 }]";
    assert!(said(fact, "").contains("no fact is called `brth-year`: did you mean `birth-year`?"));
    let holding = "holdings: [{ kind: lone, product: p, opened_at: 1993-01-01, class: holdings, source: s, observed_at: 1993-01-01 }]";
    assert!(
        said(holding, "").contains("no kind of holding is called `lone`: did you mean `loan`?")
    );
}

/// What a broken policy file no longer defines is not what is wrong with a case.
#[test]
fn the_policy_is_mended_before_its_cases() {
    let dir = set("tests/all.yaml", CASE);
    std::fs::write(dir.path().join("intents.toml"), "[save]\nhalf_life = 3").unwrap();
    let errors = read(dir.path()).unwrap_err().to_string();
    assert!(errors.starts_with("intents.toml:"), "{errors}");
    assert!(!errors.contains("tests/all.yaml"), "{errors}");
}

/// A case with everything, as a program would write it.
const JSON: &[u8] = include_bytes!("everything.json");

#[test]
fn json_says_the_same_as_yaml() {
    let yaml = read_case(CASE).unwrap();
    let json = read(set("tests/all.json", JSON).path()).unwrap();
    assert_eq!(json[0].place.file, "tests/all.json");
    let told = |case: &Case| {
        let claims: Vec<_> = case.expect.iter().map(|it| it.claim.clone()).collect();
        let profile = serde_json::to_value(&case.profile).unwrap();
        (case.name.clone(), profile, case.at, case.seed, claims)
    };
    assert_eq!(told(&json[0]), told(&yaml[0]));
    let tabs = String::from_utf8(JSON.to_vec())
        .unwrap()
        .replace("  ", "\t");
    assert_eq!(
        told(&read(set("tests/all.json", tabs).path()).unwrap()[0]),
        told(&yaml[0])
    );
}

#[test]
fn each_expectation_can_fail() {
    let case = &read_case(CASE).unwrap()[0];
    let all = |decision| {
        check(case, &decision)
            .iter()
            .map(|it| it.to_string().replace("tests/all.yaml:", ""))
            .collect::<Vec<_>>()
    };
    let nothing =
        json!({"placements": [], "unfilled": ["rib.home.side"], "signals": {"triggers": []}});
    assert_eq!(
        all(nothing),
        [
            "11:17: `rib.home.side`: expected `save`, found nothing; `save` is nowhere",
            "14:15: trigger `rich`: expected fires, found does not fire",
            "16:24: `save`: expected stopped by `cap`, found no word of it in the explanation",
            "17:25: reasons of `save`: expected `rich`, found no such placement",
            "18:17: score of `save`: expected 2 or more, found no such placement",
            "19:16: persona: expected `saver`, found none",
            "20:18: strength of the intent `save`: expected 0.5 to 0.75, found 0",
        ]
    );
    let placed = json!({
        "placements": [{"placeholder": "rib.home.side", "action": "save", "score": 1.5, "reasons": [{"kind": "everyone"}]}],
        "unfilled": [],
        "signals": {"triggers": ["rich"], "persona": {"id": "spender"}, "intents": [{"id": "save", "strength": 0.8}]}
    });
    assert_eq!(
        all(placed),
        [
            "12:16: `save`: expected nowhere, found in `rib.home.side` (score 1.5000)",
            "13:17: `rib.home.side`: expected default content, or room for it, found `save` (score 1.5000)",
            "15:19: trigger `rich`: expected does not fire, found fires",
            "16:24: `save`: expected stopped by `cap`, found in `rib.home.side` (score 1.5000)",
            "17:25: reasons of `save`: expected `rich`, found nothing",
            "18:17: score of `save`: expected 2 or more, found 1.5",
            "19:16: persona: expected `saver`, found `spender`",
            "20:18: strength of the intent `save`: expected 0.5 to 0.75, found 0.8",
        ]
    );
    let elsewhere = json!({
        "placements": [
            {"placeholder": "rib.home.side", "action": "other", "score": 3.0},
            {"placeholder": "rib.home.top", "action": "save", "score": 2.0, "reasons": [{"kind": "trigger", "id": "rich"}]},
        ],
        "unfilled": ["rib.home.side"],
        "signals": {"triggers": []},
    });
    assert_eq!(
        all(elsewhere)[0],
        "11:17: `rib.home.side`: expected `save`, found `other` (score 3.0000); \
         `save` is in `rib.home.top` (score 2.0000)"
    );
}

#[test]
fn what_stopped_an_action_is_in_the_explanation() {
    let text = "cases: { c: { at: 1994-03-31, expect: { stopped: { save: cap } } } }";
    let case = &read_case(text).unwrap()[0];
    let answer =
        |kind| json!({"not_shown": [{"action": "save", "stopped": {"kind": kind, "by": "x"}}]});
    assert_eq!(check(case, &answer("cap")), []);
    let mismatches = check(case, &answer("suitable"));
    assert_eq!(mismatches[0].found, "stopped by `suitable`");
}

#[test]
fn mistakes_in_cases_are_named() {
    let cases = [
        (
            "at: 1994-03-31T12:00:00Z",
            "at: noon",
            "tests/all.yaml:7:9: `at` is `noon`",
        ),
        (
            "[offers]",
            "[ofers]",
            "tests/all.yaml:8:15: no purpose is called `ofers`: did you mean `offers`?",
        ),
        (
            "absent: [save]",
            "absent: [svae]",
            "no action is called `svae`: did you mean `save`?",
        ),
        (
            "fired: [rich]",
            "fried: [rich]",
            "tests/all.yaml:14:7: unknown key `fried` in `expect` of case `c`: did you mean `fired`?",
        ),
        (
            "channel: web",
            "chanel: web",
            "tests/all.yaml:9:16: `context` is refused: context is not valid: unknown field `chanel`",
        ),
        (
            "kind: login",
            "knd: login",
            "tests/all.yaml:3:32: `profile` is refused: profile is not valid: unknown field `knd`",
        ),
        (
            "customer: regular",
            "customer: regluar",
            "tests/all.yaml:6:15: no customer is called `regluar`: did you mean `regular`?",
        ),
        (
            "persona: saver",
            "persona: 7",
            "tests/all.yaml:19:16: `persona` is a number: write a text; in quotes it may look like anything",
        ),
        (
            "fired: [rich]",
            "fired: []",
            "tests/all.yaml:14:14: `fired` is an empty list: name at least one",
        ),
        (
            "{ min: 0.5, max: 0.75 }",
            "{ min: 0.5, max: 0.4 }",
            "`max` is 0.4: write a number from 0.5 to 1",
        ),
        (
            "scores: { save: { min: 2 } }",
            "scores: { save: 2 }",
            "`save` is a number: write a mapping",
        ),
        (
            "customer: regular",
            "customer: regular\n    seed: 0.5",
            "`seed` is 0.5: write a whole number from 0 to 9007199254740991",
        ),
        (
            "customer: regular",
            "customer: regular\n    profile: x.json",
            "tests/all.yaml:7:14: `profile` is beside a `customer` and no mapping",
        ),
        (
            "customer: regular",
            "profile: no.json",
            "tests/all.yaml:6:14: cannot be read: `no.json`: ",
        ),
        ("customer: regular", "profile: ..", "`..`: it is no file"),
        (
            "cases:",
            "case:",
            "tests/all.yaml:4:1: unknown key `case` in `tests/all.yaml`: did you mean `cases`?",
        ),
    ];
    for (from, to, message) in cases {
        let text = CASE.replacen(from, to, 1);
        assert_ne!(text, CASE, "{from}");
        let said = said(text);
        assert!(said.contains(message), "{said}");
        assert_eq!(said.lines().count(), 1, "{said}");
    }
    for (text, message) in [
        (
            "",
            "tests/all.yaml:1:1: `tests/all.yaml` is empty: write a mapping",
        ),
        ("cases: {}\nx: 1", "tests/all.yaml:2:1: unknown key `x`"),
        ("x: {}", "`tests/all.yaml` has no `cases`: add `cases:`"),
        (
            "cases: { c: { at: 1994-03-31, expect: {} } }",
            "tests/all.yaml:1:39: `expect` of case `c` has no `placed`: add what must come out",
        ),
        (
            "cases: { c: { at: 1994-03-31 } }",
            "case `c` has no `expect`: add what must come out",
        ),
    ] {
        let said = said(text);
        assert!(said.contains(message), "{said}");
    }
}

#[test]
fn a_customer_is_shared_and_changed() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/customers");
    let file = folder.join("berka-114.json");
    let text = format!(
        "customers:\n  real: {}\n  invented: {{ events: [{{ at: 1994-01-01, kind: login }}] }}\n\
         cases:\n  a: {{ customer: real, CASE }}\n  \
         b: {{ customer: real, profile: {{ events: [{{ at: 1994-01-02, kind: login }}] }}, CASE }}\n  \
         c: {{ customer: invented, profile: {{ events: [] }}, CASE }}\n  \
         d: {{ customer: invented, CASE }}\n",
        file.display()
    )
    .replace("CASE", "at: 1994-03-31, expect: { fired: rich }");
    let cases = read_case(&text).unwrap();
    let whole = Profile::from_json(&fs::read(&file).unwrap()).unwrap();
    assert_eq!(cases[0].profile, whole);
    assert_eq!(cases[1].profile.events.len(), 1);
    assert_eq!(cases[1].profile.holdings, whole.holdings);
    assert_eq!(cases[1].profile.facts, whole.facts);
    assert_eq!(cases[2].profile.events.len(), 0);
    assert_eq!(cases[3].profile.events.len(), 1);

    // What is wrong with the change is at its own place; with the customer, at theirs, and once.
    let wrong = text.replace("1994-01-02", "1994-13-02");
    assert!(
        said(&wrong).contains("tests/all.yaml:6:"),
        "{}",
        said(&wrong)
    );
    let wrong = said(text.replace("1994-01-01", "1994-13-01"));
    assert!(wrong.contains("tests/all.yaml:3:"), "{wrong}");
    assert_eq!(wrong.lines().count(), 1, "{wrong}");
    let twice = said(text.replace("invented: {", "real: {"));
    assert!(
        twice.contains("tests/all.yaml:3:3: key `real` is already defined at tests/all.yaml:2:3"),
        "{twice}"
    );
}

#[test]
fn customers_are_known_in_all_files() {
    let dir = set("tests/b.yaml", "customers: { one: { events: [] } }");
    let case = "cases: { c: { customer: one, at: 1994-03-31, expect: { fired: rich } } }";
    fs::write(dir.path().join("tests/a.yml"), case).unwrap();
    assert_eq!(read(dir.path()).unwrap().len(), 1);
    let again = "{\"customers\": {\"one\": {}}}";
    fs::write(dir.path().join("tests/c.json"), again).unwrap();
    let said = read(dir.path()).unwrap_err().to_string();
    let expected = "tests/c.json:1:16: customer `one` is already defined at tests/b.yaml:1:14";
    assert!(said.contains(expected), "{said}");
    fs::remove_file(dir.path().join("tests/c.json")).unwrap();
    fs::write(dir.path().join("tests/d.toml"), "").unwrap();
    let said = read(dir.path()).unwrap_err().to_string();
    let expected = "tests/d.toml: `tests/d.toml` is TOML: write cases as YAML or JSON";
    assert!(said.contains(expected), "{said}");
}

#[test]
fn cases_are_no_part_of_the_bundle() {
    let with = set("tests/all.yaml", CASE);
    let without = set("tests/all.yaml", "customers: {}");
    let body = |dir: &tempfile::TempDir| {
        crate::sign(
            &crate::build(dir.path()).unwrap(),
            &crate::keys::development(),
        )
        .unwrap()
    };
    assert_eq!(body(&with), body(&without));
}

#[test]
fn the_profiles_of_all_cases_are_bounded() {
    let event = "{ at: 1994-01-01, kind: login },";
    let count = 20_000;
    let case = "at: 1994-03-31, expect: { fired: rich }";
    let mut text = format!(
        "customers: {{ one: {{ events: [{}] }} }}\ncases:\n",
        event.repeat(count)
    );
    for i in 0..400 {
        text.push_str(&format!("  c{i}: {{ customer: one, {case} }}\n"));
    }
    let said = said(text);
    assert!(
        said.contains("bytes of profiles in all cases together, the limit is"),
        "{said}"
    );
}

#[test]
fn coverage_counts_what_was_seen() {
    let dir = set("tests/all.yaml", CASE);
    let mut coverage = Coverage::new(&crate::policy::read(dir.path()).unwrap());
    let fires = json!({"placements": [{"placeholder": "rib.home.side", "action": "save"}], "signals": {"triggers": ["rich"]}});
    coverage.add(&fires);
    let counts = |it: Covered| (it.all, it.covered, it.never, it.always);
    let id = |id: &str| vec![id.to_owned()];
    assert_eq!(counts(coverage.triggers()), (1, 0, vec![], id("rich")));
    assert_eq!(counts(coverage.actions()), (1, 1, vec![], vec![]));
    coverage.add(&json!({"placements": [], "signals": {"triggers": []}}));
    assert_eq!(counts(coverage.triggers()), (1, 1, vec![], vec![]));
    assert_eq!(counts(coverage.placeholders()), (1, 1, vec![], vec![]));
    let mut coverage = Coverage::new(&crate::policy::read(dir.path()).unwrap());
    coverage.add(&json!({}));
    assert_eq!(counts(coverage.triggers()), (1, 0, id("rich"), vec![]));
    assert_eq!(coverage.actions().percent(), 0.0);
}
