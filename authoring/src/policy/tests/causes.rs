use super::build;

const CAUSE: &str = "[money]\ntitle = { en = 'Money', cs = 'Peníze' }\nvariables = ['balance']\n";

#[test]
fn a_variable_in_use_knows_its_cause() {
    let body = build(&[("causes.toml", CAUSE)]).unwrap();
    assert_eq!(body.variables[0].cause, Some(0));
    assert_eq!(body.causes, [["Money", "Peníze"]]);
    assert_eq!(body.cause_ids, ["money"]);
    assert_eq!(build(&[]).unwrap().variables[0].cause, None);
}

#[test]
fn a_cause_of_nothing_known_is_refused() {
    for (from, to, expected) in [
        (
            "'balance'",
            "'blance'",
            "causes.toml:3:14: no variable is called `blance`",
        ),
        (
            "'balance'",
            "'balance', 'balance'",
            "causes.toml:3:25: variable of a cause `balance` is already defined at causes.toml:3:14",
        ),
        ("variables", "vars", "causes.toml:3:1: "),
        (", cs = 'Peníze'", "", "causes.toml:2:9: "),
    ] {
        let changed = CAUSE.replacen(from, to, 1);
        let errors = build(&[("causes.toml", &changed)]).unwrap_err().to_string();
        assert!(errors.contains(expected), "{errors}");
    }
}
