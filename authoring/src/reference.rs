//! What may be written in policies, for people and for editors: `policies/REFERENCE.md`, a JSON Schema
//! for each sort of file under `schemas/policy/`, and all variables in `docs/variables.md`.
//!
//! They are made of one description of the keys, which a test holds against what the readers ask for, of
//! the registry of variables, and of examples of conditions, each of which a test compiles. Schemas know
//! one file at a time; whether names mean something only [`build`](crate::build) can say.
//!
//! ```
//! let schemas = authoring::reference::schemas();
//! assert_eq!(schemas["intents"]["type"], "object");
//! assert!(authoring::reference::markdown().contains("half_life_days"));
//! ```

mod schema;
mod variables;

use std::fmt::Write;

pub use schema::schemas;
pub use variables::variables;

use crate::policy::keys::{FILES, FileKind, Key, Need, Shape, Table};

/// What a condition may hold: how it is written, what it means, an example.
const SYNTAX: [(&str, &str, &str); 12] = [
    (
        "`balance`",
        "a variable, a number; while it is missing, comparisons with it do not hold",
        "balance > 1000",
    ),
    (
        "`score.name`",
        "a model's score, 0 to 1; hyphens of its id are underscores",
        "score.a_model >= 0.5",
    ),
    (
        "`intent.name`",
        "an intent's strength, 0 to 1; hyphens of its id are underscores",
        "intent.an_intent > 0.3",
    ),
    (
        "`persona`",
        "the customer's persona; `==`, `!=` and `in` with texts",
        "persona == 'a-persona'",
    ),
    (
        "`channel`",
        "where the customer is: `web`, `app`, `call-centre`, `relationship-manager`",
        "channel in ['web', 'app']",
    ),
    (
        "`cause.name`",
        "the id of the cause (`causes.toml`) that raised a model's score most; `==`, `!=` and `in` with texts; not known without a score, when nothing raised it, or when what did belongs to no cause; no pools, sequences, journeys and networks of more than one layer",
        "cause.a_model == 'a-cause'",
    ),
    (
        "`has(x)`",
        "whether a variable, score, intent or cause is known",
        "has(balance) && !has(age)",
    ),
    (
        "`&&` `\\|\\|` `!` `? :`",
        "and, or, not, choice; brackets group",
        "!(balance > 5 || age < 18)",
    ),
    (
        "`==` `!=` `<` `<=` `>` `>=`",
        "comparisons of numbers, whole or not",
        "age >= 18 && age != 30",
    ),
    (
        "`in [ … ]`",
        "whether it is one of those; literals only",
        "age in [18, 21]",
    ),
    (
        "`+` `-` `*` `/`",
        "arithmetic; of numbers with a point: `2.0 * balance`",
        "2.0 * balance - 100.0 > balance / 4.0",
    ),
    (
        "`math.least(a, …)` `math.greatest(a, …)`",
        "the least and the greatest of some numbers",
        "math.least(balance, 1000.0) > 500.0",
    ),
];

/// The reference as Markdown.
pub fn markdown() -> String {
    let mut text = String::from(
        "# Reference of policy files\n\n\
         Every key of every file, and what conditions may hold. This page is generated: `cargo xtask\n\
         schemas` writes it anew. Editors complete the files by the JSON Schemas in `schemas/policy`.\n\n\
         Where a type says *text for each language*, write a table with one text for each of `locales`: `{ en = \"…\" }`.\n\
         Ids are lower-case letters, digits and hyphens, at most 64. Numbers have bounds; anything else is an error with\n\
         file, line, column and remedy.\n\n## Files\n",
    );
    for file in &FILES {
        _ = write!(text, "\n### `{}`\n\n{}\n\n", file.path, file.about);
        text.push_str("| key | type | without it | meaning |\n| --- | --- | --- | --- |\n");
        rows(&file.table, "", &mut text);
    }
    text.push_str("\n## Conditions\n\nA condition is CEL that comes to a truth; a formula comes to a number.\n\n");
    text.push_str("| written | is | example |\n| --- | --- | --- |\n");
    for (written, is, example) in SYNTAX {
        let example = example.replace('|', "\\|");
        _ = writeln!(text, "| {written} | {is} | `{example}` |");
    }
    text.push_str(
        "\nIn a formula stand the names of the factors, `need` and `bank` instead, with the same operators.\n\n\
         ## Variables\n\nAll of them, with unit, purpose, window and range, are in [docs/variables.md](../docs/variables.md).\n",
    );
    text
}

/// A configuration of Taplo, the TOML language server, that finds each file's schema in a folder.
pub fn taplo(folder: &str) -> String {
    let rule = |file: &FileKind| {
        let (path, name) = (file.path, file.name);
        format!("\n[[rule]]\ninclude = [\"{path}\"]\nschema.path = \"{folder}/{name}.json\"\n")
    };
    let rules: String = FILES.iter().map(rule).collect();
    format!("# Editors with Taplo complete and check these files. Generated.\n{rules}")
}

fn rows(table: &Table, path: &str, text: &mut String) {
    for Key {
        name,
        shape,
        need,
        about,
    } in table.keys
    {
        let without = match need {
            Need::Must => "must be there",
            Need::Else(otherwise) => otherwise,
        };
        let path = format!("{path}{name}");
        _ = writeln!(
            text,
            "| `{path}` | {} | {without} | {} |",
            words(*shape),
            about.replace('|', "\\|")
        );
        if let Shape::Table(inner) = shape {
            rows(inner, &format!("{path}."), text);
        }
    }
    if let Some((what, shape)) = &table.others {
        let path = format!("{path}<{what}>");
        _ = writeln!(text, "| `{path}` | {} | | for each {what} |", words(*shape));
        if let Shape::Table(inner) = shape {
            rows(inner, &format!("{path}."), text);
        }
    }
}

fn words(shape: Shape) -> String {
    let list = |names: Vec<&str>| {
        let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
        names.join(", ")
    };
    match shape {
        Shape::Text => "text".to_owned(),
        Shape::Condition => "condition".to_owned(),
        Shape::Formula => "formula".to_owned(),
        Shape::Texts => "list of texts, or one".to_owned(),
        Shape::OneOf(names) => format!("one of {}", list(names())),
        Shape::SomeOf(names) => format!("list of {}", list(names())),
        Shape::Number(from, to) => format!("number, {} to {}", short(from), short(to)),
        Shape::Whole(from, to) => format!("whole number, {from} to {to}"),
        Shape::Flag => "`true` or `false`".to_owned(),
        Shape::Languages => "text for each language".to_owned(),
        Shape::Table(_) => "table".to_owned(),
        Shape::Sets => "sets of parameters".to_owned(),
    }
}

/// Large and small numbers by their powers of ten.
fn short(number: f64) -> String {
    if number != 0.0 && !(1e-3..1e6).contains(&number) {
        format!("{number:e}")
    } else {
        number.to_string()
    }
}

#[cfg(test)]
mod tests;
