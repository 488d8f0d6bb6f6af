//! Pools: what they are compiled to, and what is refused.

use engine::models::{Combine, Step};
use serde_json::json;

use super::build;

const POOL: &str = "[both]\nkind = 'pool'\nof = { one = 2.0, two = 1.0 }\ncombine = 'mean'\n";

/// Two models of chances, and one of amounts.
fn models() -> String {
    let one = |id: &str, file: &str| {
        format!("[{id}]\nkind = 'xgboost'\nmissing_allowed = 0\nfile = '{file}'\n")
    };
    [
        ("one", "chance.json"),
        ("two", "chance.json"),
        ("money", "amount.json"),
    ]
    .map(|(id, file)| one(id, file))
    .concat()
}

fn stump(objective: &str) -> String {
    let tree = json!({
        "left_children": [1, -1, -1], "right_children": [2, -1, -1],
        "split_indices": [0, 0, 0], "split_conditions": [0.5, -1.0, 1.0],
        "default_left": [1, 0, 0], "sum_hessian": [10.0, 6.0, 4.0], "split_type": [0, 0, 0],
        "base_weights": [0.0, 0.0, 0.0]
    });
    let model = json!({"version": [3, 1, 0], "learner": {
        "feature_names": ["balance"], "feature_types": ["float"],
        "gradient_booster": {"name": "gbtree", "model": {"trees": [tree]}},
        "learner_model_param": {"base_score": "5E-1", "num_class": "0", "num_target": "1"},
        "objective": {"name": objective}
    }});
    model.to_string()
}

/// The small set with models, and a pool as it is written.
fn with(pool: &str) -> Result<engine::bundle::Body, crate::PolicyErrors> {
    build(&[
        ("models.toml", &format!("{pool}{}", models())),
        ("chance.json", &stump("binary:logistic")),
        ("amount.json", &stump("reg:squarederror")),
    ])
}

#[test]
fn members_are_known_by_position_whatever_the_order_of_the_file() {
    let body = with(POOL).unwrap();
    // Pools stand after models.
    let model = &body.models[3];
    let Step::Pool(pool) = &model.steps[0] else {
        panic!("{model:?}");
    };
    assert_eq!((model.id.as_str(), pool.combine), ("both", Combine::Mean));
    assert_eq!(
        (&*pool.members, &*pool.weights),
        (&[0, 1][..], &[2.0, 1.0][..])
    );
}

#[test]
fn a_pool_is_a_score_like_any_other() {
    let pooled = |when: &str| {
        let trigger = super::TRIGGER.replace("balance > 1000", when);
        let action = super::ACTION.replace("propensity = 0.1", "propensity = 0.1\nmodel = 'both'");
        build(&[
            ("models.toml", &format!("{}{POOL}", models())),
            ("chance.json", &stump("binary:logistic")),
            ("amount.json", &stump("reg:squarederror")),
            ("triggers/all.toml", &trigger),
            ("actions/cross-sell.toml", &action),
        ])
    };
    let body = pooled("score.both > 0.5 && balance > 1").unwrap();
    assert_eq!(body.actions[0].propensity.model, Some(3));
    let errors = pooled("score.bth > 0.5 && balance > 1")
        .unwrap_err()
        .to_string();
    assert!(errors.contains("did you mean `both`?"), "{errors}");
}

#[test]
fn what_cannot_be_pooled_is_refused() {
    for (from, to, expected) in [
        (
            "two =",
            "tow =",
            "models.toml:3:19: no model is called `tow`: did you mean `two`?",
        ),
        (
            "two =",
            "both =",
            "models.toml:3:19: `both` is a pool: name the models of that pool instead",
        ),
        (
            "two =",
            "money =",
            "models.toml:3:19: `money` is a model whose scores may be below 0 or above 1: take a model of probabilities",
        ),
        (
            "1.0 }",
            "0 }",
            "models.toml:3:25: `two` is 0: write a number from 0.001 to 1000",
        ),
        ("1.0 }", "-1 }", "`two` is -1: write a number from"),
        ("1.0 }", "nan }", "`two` is NaN: write a number from"),
        ("1.0 }", "inf }", "`two` is inf: write a number from"),
        (
            ", two = 1.0",
            "",
            "models.toml:3:6: `of` is a pool of 1: name two models at least",
        ),
        (
            "one = 2.0, two = 1.0",
            "",
            "`of` is a pool of 0: name two models at least",
        ),
        (
            "two =",
            "one =",
            "the key `one` is already written at models.toml:3:8",
        ),
        (
            "'mean'",
            "'largest'",
            "models.toml:3:8: `one` is 2: these weights are not divided by their sum, so write 1 or less",
        ),
        ("'mean'", "'any'", "`one` is 2: these weights"),
        (
            "'mean'",
            "'most'",
            "models.toml:4:11: no way to combine scores is called `most`: there is `mean`, `log-odds`, `largest`, `any`",
        ),
        (
            "combine = 'mean'\n",
            "",
            "models.toml:1:2: model `both` has no `combine`: add",
        ),
        (
            "of = { one = 2.0, two = 1.0 }\n",
            "",
            "model `both` has no `of`: add",
        ),
        (
            "kind = 'pool'",
            "kind = 'pool'\nfile = 'chance.json'",
            "models.toml:3:1: unknown key `file` in model `both`",
        ),
    ] {
        assert!(POOL.contains(from), "{from}");
        let errors = with(&POOL.replacen(from, to, 1)).unwrap_err().to_string();
        assert!(errors.contains(expected), "{to}: {errors}");
    }
    let errors = build(&[("models.toml", "[one]\nkind = 'xgboost'\nof = { two = 1 }\n")]);
    let errors = errors.unwrap_err().to_string();
    for expected in [
        "has no `file`",
        "has no `missing_allowed`",
        "unknown key `of`",
    ] {
        assert!(errors.contains(expected), "{errors}");
    }
}

#[test]
fn models_whose_cause_a_condition_asks_for_are_explained() {
    let asking = |when: &str| {
        let trigger = super::TRIGGER.replace("balance > 1000", when);
        let cause = "[level]\ntitle = { en = 'a', cs = 'b' }\nvariables = ['balance']\n";
        build(&[
            ("models.toml", &format!("{POOL}{}", models())),
            ("chance.json", &stump("binary:logistic")),
            ("amount.json", &stump("reg:squarederror")),
            ("causes.toml", cause),
            ("triggers/all.toml", &trigger),
        ])
    };
    let explained = |when| asking(when).unwrap().explained;
    assert!(explained("balance > 1000").is_empty());
    assert_eq!(explained("balance > 1 && cause.two == \"level\""), [1]);
    // Also within a choice, which is worked out as a number.
    let choice = "balance > 1 && (cause.money == \"level\" ? has(cause.one) : balance > 2)";
    assert_eq!(explained(choice), [0, 2]);
    for (when, expected) in [
        (
            "cause.both == \"level\"",
            "there is no model with causes `both`: there is `one`, `two`, `money`",
        ),
        (
            "cause.two == \"levle\"",
            "there is no cause `levle`: did you mean `level`?",
        ),
    ] {
        let errors = asking(&format!("balance > 1 && {when}"))
            .unwrap_err()
            .to_string();
        assert!(errors.contains(expected), "{errors}");
    }
}
