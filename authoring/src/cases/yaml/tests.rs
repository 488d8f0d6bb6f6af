//! YAML against the specification's own examples, JSON against another parser, and hostile files.

use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::*;

fn read(text: &str) -> Result<Node, String> {
    let log = Log::default();
    let file = Arc::new(File::new("t.yaml", text));
    let mut values = limits::CASE_VALUES;
    let node = parse(&file, &mut values, &log);
    log.close(())
        .map_err(|errors| errors.to_string())
        .map(|()| node.unwrap())
}

fn value(node: &Node) -> Json {
    match &node.value {
        Value::Nothing => Json::Null,
        Value::Flag(flag) => Json::Bool(*flag),
        Value::Number(number) => Json::Number(number.clone()),
        Value::Text(text) => Json::String(text.clone()),
        Value::List(list) => Json::Array(list.iter().map(value).collect()),
        Value::Map(entries) => {
            let entry = |(key, node): &(Key, Node)| (key.name.clone(), value(node));
            Json::Object(entries.iter().map(entry).collect())
        }
    }
}

/// Example 10.9 of YAML 1.2.2 (the core schema), and what is said of each there.
#[test]
fn values_without_quotes_mean_what_the_core_schema_says() {
    let text = "A null: null\nAlso a null: # Empty\nNot a null: \"\"\nBooleans: [ true, True, false, FALSE ]\n\
                Integers: [ 0, 0o7, 0x3A, -19 ]\nFloats: [ 0., -0.0, .5, +12e03, -2E+05 ]\n\
                Not those: [ no, on, y, 1994-03-31, 12:30:45, 1_000, 1-2, 0x, e3, v1.2, '7' ]\n";
    let expected = json!({
        "A null": null, "Also a null": null, "Not a null": "",
        "Booleans": [true, true, false, false],
        "Integers": [0, 7, 58, -19],
        "Floats": [0.0, -0.0, 0.5, 12000.0, -200_000.0],
        "Not those": ["no", "on", "y", "1994-03-31", "12:30:45", "1_000", "1-2", "0x", "e3", "v1.2", "7"],
    });
    assert_eq!(value(&read(text).unwrap()), expected);
    for infinite in [".inf", "-.Inf", "+.INF", ".NAN", "1e999"] {
        let said = read(&format!("a: {infinite}")).unwrap_err();
        assert!(said.starts_with("t.yaml:1:4: "), "{said}");
        assert!(said.contains("write a number that is finite"), "{said}");
    }
}

#[test]
fn places_are_those_of_the_file() {
    for start in ["", "# Zpráva o žluťoučkém koni\n", "\r\n\r\n", "---\n"] {
        let text = format!(
            "{start}první:\n  - ž: |\n      dvě\n      tři\n    druhý: 'x'\r\nlast: [1,\t2]\n"
        );
        let file = File::new("t", text.as_str());
        let Value::Map(entries) = read(&text).unwrap().value else {
            panic!("no mapping")
        };
        let at = |offset: usize| &text[offset..];
        assert!(at(entries[0].0.at).starts_with("první"));
        let Value::List(list) = &entries[0].1.value else {
            panic!("no list")
        };
        let Value::Map(inner) = &list[0].value else {
            panic!("no mapping")
        };
        assert!(at(inner[0].0.at).starts_with("ž:"));
        assert_eq!(inner[0].1.value, Value::Text("dvě\ntři\n".to_owned()));
        assert!(at(inner[1].1.at).starts_with("'x'"));
        assert!(at(entries[1].0.at).starts_with("last"));
        let Value::List(list) = &entries[1].1.value else {
            panic!("no list")
        };
        assert!(at(list[1].at).starts_with("2]"));
        assert!(file.place(list[1].at).column > 1);
    }
}

#[test]
fn what_is_hard_to_bound_or_to_read_is_refused() {
    let laughs = "a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\n";
    let deep = format!("a: {}", "[".repeat(40));
    let deepest = format!("a: {}", "[".repeat(100_000));
    let deep_block = (0..1_000)
        .map(|i| format!("{}a:\n", " ".repeat(i)))
        .collect::<String>();
    let dashes = "- ".repeat(100_000);
    for (text, message) in [
        (
            laughs,
            "t.yaml:1:4: `&a` is an anchor: write customers that cases share under `customers`",
        ),
        ("a: 1\nb: &b\n  c: 1\n", "`&b` is an anchor"),
        ("a: *x", "t.yaml:1:4: "),
        ("a: !!binary x", "is a tag: leave it out"),
        ("a: !x {}", "is a tag"),
        (
            "a: 1\nb: 2\na: 3",
            "t.yaml:3:1: key `a` is already defined at t.yaml:1:1",
        ),
        (
            "{\"a\": 1, \"a\": 2}",
            "t.yaml:1:10: key `a` is already defined at t.yaml:1:2",
        ),
        (
            "? [a, b]\n: 1",
            "t.yaml:1:3: `?` is a name made of several values",
        ),
        ("a: 1\n---\nb: 2", "t.yaml:2:1: `---` is a second document"),
        (
            "a: 1\n\tb: 2",
            "t.yaml:1:4: not valid YAML: while scanning a plain scalar, found a tab",
        ),
        ("a: [1, 2", "not valid YAML: "),
        ("a: 'x", "not valid YAML: "),
        ("a: \"\\q\"", "not valid YAML: "),
        ("a: b: c", "not valid YAML: "),
        ("\"a\\u0007\": 1", "a name with control characters"),
        ("a: \0", "not valid YAML: "),
        (
            &deep,
            "levels of nesting, the limit is 32: write it flatter",
        ),
        (&deepest, "not valid YAML: recursion limit exceeded"),
        (&deep_block, "levels of nesting, the limit is 32"),
        (&dashes, "levels of nesting, the limit is 32"),
    ] {
        let said = read(text).map(|node| value(&node)).unwrap_err();
        assert!(said.contains(message), "{said}");
    }
}

#[test]
fn values_are_counted() {
    let log = Log::default();
    let file = Arc::new(File::new("t.yaml", "[1, 2, 3]"));
    let mut values = 4;
    assert!(parse(&file, &mut values, &log).is_some());
    assert_eq!(values, 0);
    assert!(parse(&file, &mut values, &log).is_none());
    let said = log.close(()).unwrap_err().to_string();
    assert!(said.contains("values in all cases together"), "{said}");
}

#[test]
fn escapes_of_json_are_read() {
    let text = r#"{"a": "\u0159 \u20ac \/ \" \\ \b\f\n\r\t"}"#;
    let expected: Json = serde_json::from_str(text).unwrap();
    assert_eq!(value(&read(text).unwrap()), expected);
    // Two halves of a letter are JSON's alone.
    let said = read(r#"{"a": "\ud83d\ude00"}"#).unwrap_err();
    assert!(said.starts_with("t.yaml:1:7: not valid YAML: "), "{said}");
}

fn json() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::Bool),
        any::<i64>().prop_map(Json::from),
        any::<f64>().prop_map(Json::from),
        "[ -~ěšč\u{1f600}\n\t]{0,12}".prop_map(Json::String),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Json::Array),
            prop::collection::vec(("[ -~ě]{0,8}", inner), 0..6)
                .prop_map(|entries| Json::Object(entries.into_iter().collect())),
        ]
    })
}

proptest! {
    /// serde_json wrote it, so it knows what it says.
    #[test]
    fn all_json_is_read_as_json(written in json(), pretty: bool) {
        let text = if pretty { serde_json::to_string_pretty(&written) } else { serde_json::to_string(&written) };
        let found = read(&text.unwrap()).map(|node| value(&node));
        prop_assert_eq!(found, Ok(written));
    }

    /// Whatever it is, it is read or refused.
    #[test]
    fn no_text_is_a_panic(text in "([ -~\n\t]|: |- |\n  |\n    |[\\[\\]{},&*!|>'\"%@`#?-]|\u{feff}|é|\u{2028}|\r\n|\0|---\n|\\.\\.\\.\n){0,60}") {
        let _ = read(&text);
    }
}
