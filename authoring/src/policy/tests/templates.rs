//! Trigger templates: what they stand for, and what is said about those that are wrong.

use std::fmt::Write;

use proptest::prelude::*;

use super::build;
use crate::limits;

const TEMPLATE: &str = "['$(what)-high']\n\
    for = [{ what = 'saving', from = 100 }, { what = 'rent', from = 2_000 }]\n\
    when = 'balance > $(from)'\n\
    urgency = 0.5\n\
    because = { en = 'for $(what): {balance}', cs = '$(what) {balance}' }\n\
    description = 'd'\nlife_stage = 'cross-sell'\nintent = 'save'\n";

/// The set of the other tests with a template beside its trigger.
fn with(template: &str) -> Result<engine::bundle::Body, String> {
    let triggers = [("triggers/templates.toml", template)];
    build(&triggers).map_err(|errors| errors.to_string())
}

fn sources(template: &str) -> Vec<(String, String)> {
    let body = with(template).unwrap_or_else(|said| panic!("{said}"));
    let trigger = |trigger: &engine::bundle::Trigger| (trigger.id.clone(), trigger.when.clone());
    body.triggers.iter().map(trigger).skip(1).collect()
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    let owned = |(id, when): &(&str, &str)| ((*id).to_owned(), (*when).to_owned());
    pairs.iter().map(owned).collect()
}

#[test]
fn a_list_of_tables_makes_a_trigger_of_each() {
    assert_eq!(
        sources(TEMPLATE),
        pairs(&[
            ("saving-high", "balance > 100"),
            ("rent-high", "balance > 2000")
        ])
    );
    // As if they had been written one by one.
    let by_hand = |what: &str, from: &str| {
        let lines = TEMPLATE.lines().filter(|line| !line.starts_with("for"));
        let text = lines.collect::<Vec<_>>().join("\n");
        text.replace("$(what)", what).replace("$(from)", from) + "\n"
    };
    let by_hand = by_hand("saving", "100") + &by_hand("rent", "2000");
    let triggers = |text: &str| format!("{:?}", with(text).unwrap().triggers);
    assert_eq!(triggers(TEMPLATE), triggers(&by_hand));
}

#[test]
fn a_table_of_lists_makes_all_combinations() {
    let lists = "for = { what = ['saving', 'rent'], from = [1, 2] }";
    let template = TEMPLATE
        .replace("$(what)-high", "$(what)-$(from)")
        .replace(TEMPLATE.lines().nth(1).unwrap(), lists);
    assert_eq!(
        sources(&template),
        pairs(&[
            ("saving-1", "balance > 1"),
            ("saving-2", "balance > 2"),
            ("rent-1", "balance > 1"),
            ("rent-2", "balance > 2"),
        ])
    );
}

#[test]
fn a_whole_text_takes_the_type_of_its_parameter() {
    let template = TEMPLATE
        .replace("urgency = 0.5", "urgency = '$(urgency)'")
        .replace("from = 100 ", "from = 100, urgency = 0.25 ")
        .replace("from = 2_000 ", "from = 2_000, urgency = 1 ");
    let urgency: Vec<f32> = with(&template).unwrap().triggers[1..]
        .iter()
        .map(|trigger| trigger.urgency)
        .collect();
    assert_eq!(urgency, [0.25, 1.0]);
    // What is wrong with a parameter is wrong where it stands.
    let said = with(&template.replace("0.25", "1.25")).unwrap_err();
    assert_eq!(
        said,
        "triggers/templates.toml:2:49: `urgency` is 1.25: write a number from 0 to 1"
    );
}

#[test]
fn mistakes_are_named_once_at_their_place_in_the_template() {
    let cases = [
        (
            "$(from)'",
            "$(form)'",
            "3:19: no parameter is called `form`: did you mean `from`?\n\
             triggers/templates.toml:2:34: `from` is a parameter that the template never names: \
             write `$(from)` where it belongs, or take it away",
        ),
        (
            "'for $(what)",
            "'for $(what",
            "5:23: `en` is a text with `$(` and no `)` behind it: write `$(name)`",
        ),
        (
            "'$(what)-high'",
            "'$(what-high'",
            "1:3: `the name of a trigger` is a text with `$(` and no `)` behind it: write `$(name)`",
        ),
        (
            ", from = 2_000",
            "",
            "2:41: this set of parameters has no `from`: add it: the other sets have it",
        ),
        (
            "'rent'",
            "'$(what)'",
            "2:50: `what` is a text with `$(`: write it out: what is put in is not looked through again",
        ),
        (
            "'rent'",
            "['rent']",
            "2:50: `what` is a list: write a text or a decimal number",
        ),
        (
            "2_000",
            "0x10",
            "2:65: `from` is a whole number: write a text or a decimal number",
        ),
        (
            "'rent'",
            "'saving'",
            "2:1: `for` is a list of parameters with two sets for `saving-high`: \
             put what differs between them into the name of the trigger",
        ),
        (
            "'rent'",
            "'Rent'",
            "1:2: `the id` is `Rent-high`: use lower-case letters, digits and hyphens, at most 64",
        ),
        (
            "[{ what = 'saving', from = 100 }, { what = 'rent', from = 2_000 }]",
            "[]",
            "2:1: `for` is empty: name at least one value",
        ),
        (
            "[{ what = 'saving', from = 100 }, { what = 'rent', from = 2_000 }]",
            "{ what = [], from = [1] }",
            "2:16: `what` is empty: name at least one value",
        ),
        (
            "[{ what = 'saving', from = 100 }, { what = 'rent', from = 2_000 }]",
            "{ what = ['rent'], from = 1 }",
            "2:33: `from` is a whole number: write a list, e.g. `[30, 90]`",
        ),
        (
            "[{ what = 'saving', from = 100 }, { what = 'rent', from = 2_000 }]",
            "['rent']",
            "2:8: `for` is a text: write a list of tables, e.g. `for = [{ stream = \"pension\" }]`, \
             or a table of lists, e.g. `for = { stream = [\"pension\"] }`",
        ),
        (
            "for = [{ what = 'saving', from = 100 }, { what = 'rent', from = 2_000 }]\n",
            "",
            "2:19: trigger `$(what)-high`, where `$(from)` stands, has no `for`: add a list of tables, \
             e.g. `for = [{ stream = \"pension\" }]`, or a table of lists, e.g. `for = { stream = [\"pension\"] }`",
        ),
        (
            "urgency",
            "ugrency",
            "1:2: trigger `$(what)-high` has no `urgency`: add how pressing it is, 0 to 1\n\
             triggers/templates.toml:4:1: unknown key `ugrency` in trigger `$(what)-high`: did you mean `urgency`?",
        ),
        (
            "balance > $(from)",
            "balanec > $(from)",
            "3:8: condition: there is no variable `balanec`: did you mean `balance`?",
        ),
    ];
    let mut wrong = Vec::new();
    for (from, to, message) in cases {
        assert!(TEMPLATE.contains(from), "{from}");
        let said = with(&TEMPLATE.replacen(from, to, 1)).unwrap_err();
        let place = |line: &str| {
            line.strip_prefix("triggers/templates.toml:")
                .map(str::to_owned)
        };
        let short = |line: &str| place(line).unwrap_or_else(|| line.to_owned());
        let mut said: Vec<_> = said.lines().map(short).collect();
        let mut expected: Vec<_> = message.lines().map(short).collect();
        said.sort();
        expected.sort();
        if said != expected {
            wrong.push(format!(
                "{from} -> {to}\nexpected: {expected:#?}\nsaid: {said:#?}"
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_trigger_that_is_there_already_is_named() {
    let said = with(
        &TEMPLATE
            .replace("$(what)-high", "$(what)")
            .replace("'rent'", "'rich'"),
    );
    assert_eq!(
        said.unwrap_err(),
        "triggers/templates.toml:1:2: trigger `rich` is already defined at triggers/all.toml:1:2: \
         give one of them another id"
    );
}

#[test]
fn hostile_templates_end_in_an_error() {
    let lists = |first: usize, second: usize| {
        let numbers = |count: usize| format!("{:?}", (0..count).collect::<Vec<_>>());
        let lists = format!(
            "for = {{ what = {}, from = {} }}",
            numbers(first),
            numbers(second)
        );
        TEMPLATE
            .replace("$(what)-high", "t$(what)-$(from)")
            .replace(TEMPLATE.lines().nth(1).unwrap(), &lists)
    };
    assert_eq!(with(&lists(64, 63)).unwrap().triggers.len(), 64 * 63 + 1);
    assert_eq!(
        with(&lists(100, 1_000)).unwrap_err(),
        "triggers/templates.toml:2:1: 100000 triggers of one template, the limit is 4096: \
         split the template, and ask whether all of them are needed"
    );
    // Two that are within the limit by themselves.
    let twice = lists(64, 63) + &lists(64, 2).replace("['t", "['u");
    assert!(
        with(&twice)
            .unwrap_err()
            .contains("4160 triggers made from templates, the limit is 4096: "),
    );
    // A text that grows: each of 4,000 sets would repeat 300 times 10,000 bytes.
    let mut sets = String::new();
    for i in 0..4_000 {
        write!(sets, "{{ what = 'x{i}', from = 1 }}, ").unwrap();
    }
    let long = "$(what)".repeat(100_000);
    let template = TEMPLATE
        .replace("'d'", &format!("'{long}'"))
        .replace(TEMPLATE.lines().nth(1).unwrap(), &format!("for = [{sets}]"));
    let said = with(&template).unwrap_err();
    assert!(
        said.contains("bytes of triggers made from templates, the limit is 16777216"),
        "{said}"
    );
    assert_eq!(said.lines().count(), 1, "{said}");
    // Parameters without end.
    let mut set = String::new();
    for i in 0..=limits::PARAMETERS {
        write!(set, "p{i} = [1], ").unwrap();
    }
    let template = TEMPLATE.replace(
        TEMPLATE.lines().nth(1).unwrap(),
        &format!("for = {{ {set} }}"),
    );
    assert_eq!(
        with(&template).unwrap_err(),
        "triggers/templates.toml:2:1: 65 parameters of one template, the limit is 64: \
         split the template, and ask whether all of them are needed"
    );
    // A text that is too long only once it is filled in is refused where it stands, once.
    let said =
        with(&TEMPLATE.replace("'d'", &format!("'{}'", "$(what)".repeat(1_500)))).unwrap_err();
    assert_eq!(
        said,
        "triggers/templates.toml:6:15: `description` is too long: shorten it"
    );
}

proptest! {
    /// Filling in is replacing, whatever stands around it.
    #[test]
    fn texts_are_filled_in_by_replacing(plain in "[a-z {}()$%.]{0,30}", value in "[a-zA-Z .,]{1,10}") {
        prop_assume!(!plain.contains("$("));
        let text = format!("x{plain}$(what)$(what) {plain}");
        let template = format!(
            "['t-$(n)']\nfor = [{{ n = 1, what = '{value}' }}]\nwhen = 'balance > 1'\nurgency = 0\n\
             because = {{ en = 'a', cs = 'b' }}\ndescription = '{text}'\nlife_stage = 'cross-sell'\nintent = 'save'\n"
        );
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("triggers")).unwrap();
        std::fs::write(dir.path().join("policy.toml"), super::MAIN).unwrap();
        std::fs::write(dir.path().join("triggers/t.toml"), template).unwrap();
        let policy = crate::policy::read(dir.path()).unwrap();
        prop_assert_eq!(&policy.triggers[0].description.value, &text.replace("$(what)", &value));
        prop_assert_eq!(policy.triggers[0].id.value.as_str(), "t-1");
    }
}
