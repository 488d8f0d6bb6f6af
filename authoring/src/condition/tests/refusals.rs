//! What is refused, where, and what is said to put it right.

use super::*;

#[test]
fn refusals_name_the_byte_and_the_remedy() {
    let cases = [
        (
            "balanse > 1",
            0,
            "there is no variable `balanse`: did you mean `balance`?",
        ),
        (
            "age > 1 && score.activatoin > 0.5",
            17,
            "there is no model `activatoin`: did you mean `activation`?",
        ),
        (
            "persona == 'savr'",
            11,
            "there is no persona `savr`: did you mean `saver`?",
        ),
        (
            "cause.activation == 'incom'",
            20,
            "there is no cause `incom`: did you mean `income`?",
        ),
        (
            "cause.activatoin == 'income'",
            6,
            "there is no model with causes `activatoin`: did you mean `activation`?",
        ),
        (
            "cause.activation > 1",
            17,
            "`>` does not go between a cause and a whole number",
        ),
        (
            "cause == 'income'",
            6,
            "`==` is not expected here: write `cause.` and a model's name, e.g. `cause.activation == 'income'`",
        ),
        (
            "channel == 'phone'",
            11,
            "there is no channel `phone`: there is `web`, `app`, `call-centre`, `relationship-manager`",
        ),
        (
            "balance",
            0,
            "a condition is true or false, this is a number: compare it with something, e.g. `balance > 1000`",
        ),
        (
            "balance * 2 > 1",
            8,
            "`*` needs a decimal point on both sides: write whole numbers as `2.0`, not `2`",
        ),
        (
            "10 < age < 20",
            9,
            "`<` compares two numbers: join two comparisons with `&&`, e.g. `10 < age && age < 20`",
        ),
        (
            "!in_arrears",
            0,
            "`!` turns a condition round, this is a number: compare it, e.g. `in_arrears == 1`",
        ),
        (
            "in_arrears && age > 1",
            11,
            "`&&` joins conditions, this is a number: compare it, e.g. `in_arrears == 1`",
        ),
        (
            "age > 1 age < 2",
            8,
            "`age` is not expected here: join two conditions with `&&` or `||`",
        ),
        (
            "(age > 1",
            8,
            "the end is not expected here: close the bracket with `)`",
        ),
        ("age = 1", 4, "`=` means nothing here: write `==`"),
        ("age ≥ 1", 4, "`≥` means nothing here: write `>=`"),
        ("age > 1 & age < 3", 8, "`&` means nothing here: write `&&`"),
        ("age > 1 # old", 8, "`#` means nothing here: take it away"),
        (
            "age > 1 and age < 3",
            8,
            "`and` is not expected here: write `&&`",
        ),
        (
            "size(age) > 1",
            0,
            "`size(…)` is not expected here: the functions are `has(…)`, `math.least(…)` and `math.greatest(…)`",
        ),
        (
            "math.sqrt(age) > 1",
            5,
            "`sqrt` is not expected here: write `math.least(…)` or `math.greatest(…)`",
        ),
        (
            "math.greatest(age, 0) > 1",
            5,
            "whole numbers do not mix with others here: write `2.0`, not `2`",
        ),
        (
            "intent.travel > 0.5",
            7,
            "there is no intent `travel`: there is `save`, `travel_soon`",
        ),
        (
            "age % 2.0 == 0",
            4,
            "`%` is for whole numbers only, as in CEL: use `/` and compare",
        ),
        ("age > 1 / 0", 8, "`/` by zero is an error: take it away"),
        (
            "age > 1u",
            6,
            "this number is not read: write a decimal number such as `1500` or `0.25`",
        ),
        (
            "persona == \"a",
            11,
            "this text is not read: close the quote on the same line, and use no backslash",
        ),
        (
            "age in [1, balance]",
            11,
            "`balance` is not expected here: a list holds numbers as they are, e.g. `in [1, 2]`",
        ),
        (
            "persona in ['savr']",
            12,
            "there is no persona `savr`: did you mean `saver`?",
        ),
        (
            "age in 1",
            7,
            "`1` is not expected here: write a list, e.g. `in [1, 2]`",
        ),
        (
            "age > 9007199254740993",
            6,
            "this number is not read: write a decimal number such as `1500` or `0.25`",
        ),
        (
            "age > 1 ? age : balance > 1",
            10,
            "both sides of `:` must be of one type, here they are a number and a condition: write whole numbers with a point, e.g. `1.0`",
        ),
        (
            "",
            0,
            "the end is not expected here: a variable, a number or `(` stands here",
        ),
    ];
    for (source, offset, message) in cases {
        let error = compile(source, &SCOPE).unwrap_err();
        assert_eq!(
            (error.offset, error.problem.to_string().as_str()),
            (offset, message),
            "{source}"
        );
    }
}

#[test]
fn depth_and_length_are_bounded() {
    let nested = |depth: usize| format!("{}age > 1{}", "(".repeat(depth), ")".repeat(depth));
    assert!(compile(&nested(50), &SCOPE).is_ok());
    assert_eq!(
        compile(&nested(100_000 / 20), &SCOPE).unwrap_err().problem,
        ConditionProblem::Long
    );
    assert_eq!(
        compile(&nested(100), &SCOPE).unwrap_err().problem,
        ConditionProblem::Depth
    );
    assert_eq!(
        compile(&"!".repeat(500), &SCOPE).unwrap_err().problem,
        ConditionProblem::Depth
    );
    let chain = vec!["age>1"; 1_100].join("||");
    assert_eq!(
        compile(&chain, &SCOPE).unwrap_err().problem,
        ConditionProblem::Long
    );
    let list = |items: usize| format!("age in [{}]", vec!["1.5,2"; items].join(","));
    assert!(
        compile(&list(1_000), &SCOPE).is_ok(),
        "the same two numbers"
    );
    let all: Vec<String> = (0..1_100).map(|i| i.to_string()).collect();
    let source = format!("age in [{}]", all.join(","));
    assert_eq!(
        compile(&source, &SCOPE).unwrap_err().problem,
        ConditionProblem::Long
    );
    let operators = vec!["1.0"; 1_900].join("+");
    for long in [
        format!("{operators} > 1"),
        format!("{operators} in [{}]", all[..50].join(",")),
        vec!["true"; 900].join("=="),
        vec!["age"; 100_000].join(" + "),
    ] {
        assert_eq!(
            compile(&long, &SCOPE).unwrap_err().problem,
            ConditionProblem::Long
        );
        assert!(compile_number(&long, &SCOPE).is_err());
    }
    // Right-nested sums hold one value a level.
    let deep = format!("{}1.0{} > age", "1.0 + (".repeat(40), ")".repeat(40));
    assert_eq!(
        compile(&deep, &SCOPE).unwrap_err().problem,
        ConditionProblem::Long
    );
}

#[test]
fn the_text_shown_is_one_line_without_comments() {
    let condition = compile("age > 1 // grown\n   && balance > 2", &SCOPE).unwrap();
    assert_eq!(condition.source, "age > 1 && balance > 2");
    assert_eq!(condition.variables, [0, 1]);
}
