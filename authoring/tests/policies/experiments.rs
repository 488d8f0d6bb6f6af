//! Control group, challengers and exploration: drawn from the seed, as often as the policy says, and replayed.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::bank::{bank, customer, explain, places, stopped};

const SEEDS: u64 = 2_000;

fn answers(changed: &[(&str, &str)]) -> Vec<Value> {
    let bundle = bank(changed);
    let profile = customer(&json!({}));
    (0..SEEDS)
        .map(|seed| explain(&bundle, &profile, &json!({"channel": "web"}), seed))
        .collect()
}

/// Whether so many of `SEEDS` draws are within five standard deviations of what `share` makes likely.
fn likely(count: usize, share: f64) -> bool {
    let of = f64::from(u32::try_from(SEEDS).unwrap());
    let count = f64::from(u32::try_from(count).unwrap());
    (count - share * of).abs() <= 5.0 * (share * (1.0 - share) * of).sqrt()
}

#[test]
fn the_control_group_sees_nothing_of_what_is_withheld() {
    let file = "[control]\nshare = 0.2\nwithholds = 'selling'";
    let answers = answers(&[("experiments.toml", file)]);
    let control =
        |answer: &&Value| answer["decision"]["signals"]["experiments"]["control"] == json!(true);
    let (inside, outside): (Vec<_>, Vec<_>) = answers.iter().partition(control);
    assert!(likely(inside.len(), 0.2), "{}", inside.len());
    for answer in inside {
        assert_eq!(stopped(answer, "deposit")["stopped"]["kind"], "control");
        assert!(!places(answer, "hello").is_empty());
    }
    assert!(
        outside
            .iter()
            .all(|answer| !places(answer, "deposit").is_empty())
    );
}

#[test]
fn challengers_weigh_their_share_and_the_champion_the_rest() {
    let challengers = [
        ("challengers/bold.toml", "share = 0.3\nvalue_scale = 10"),
        ("challengers/shy.toml", "share = 0.1\nvalue_scale = 1000"),
    ];
    let mut arms: BTreeMap<String, (usize, Vec<f64>)> = BTreeMap::new();
    for answer in answers(&challengers) {
        let arm = answer["decision"]["signals"]["experiments"]["challenger"].to_string();
        let score = answer["decision"]["placements"][0]["score"]
            .as_f64()
            .unwrap();
        let (count, scores) = arms.entry(arm).or_default();
        *count += 1;
        scores.push(score);
    }
    let expected = [
        ("\"bold\"", 0.3, 10.0),
        ("\"shy\"", 0.1, 0.1),
        ("null", 0.6, 1.0),
    ];
    let champion = arms["null"].1[0];
    for (arm, share, factor) in expected {
        let (count, scores) = &arms[arm];
        assert!(likely(*count, share), "{arm}: {count}");
        assert!(
            scores
                .iter()
                .all(|score| (score / champion - factor).abs() < 1e-6),
            "{arm}"
        );
    }
}

#[test]
fn exploration_moves_scores_within_its_spread_and_says_so() {
    let answers = answers(&[(
        "experiments.toml",
        "[exploration]\nshare = 0.5\nspread = 0.4",
    )]);
    let mut factors = Vec::new();
    for answer in &answers {
        let exploring = answer["decision"]["signals"]["experiments"]["exploring"] == json!(true);
        for placement in answer["decision"]["placements"].as_array().unwrap() {
            let of = |name: &str| placement["breakdown"][name].as_f64().unwrap();
            let factor = of("exploration");
            assert_eq!(
                placement["score"].as_f64().unwrap(),
                of("need") * of("bank") * factor
            );
            if exploring {
                assert!((0.6..=1.4).contains(&factor), "{factor}");
                factors.push(factor);
            } else {
                assert_eq!(factor, 1.0);
            }
        }
    }
    let exploring = answers
        .iter()
        .filter(|a| a["decision"]["signals"]["experiments"]["exploring"] == json!(true));
    assert!(likely(exploring.count(), 0.5));
    // All of the spread is used.
    assert!(
        factors.iter().any(|factor| *factor < 0.65) && factors.iter().any(|factor| *factor > 1.35)
    );
}

#[test]
fn one_seed_is_one_answer() {
    let file =
        "[control]\nshare = 0.2\nwithholds = 'selling'\n[exploration]\nshare = 0.5\nspread = 0.4";
    let bundle = bank(&[("experiments.toml", file)]);
    let profile = customer(&json!({}));
    for seed in [0, 1, 17, engine::limits::SEED] {
        let first = explain(&bundle, &profile, &json!({}), seed);
        assert_eq!(first, explain(&bundle, &profile, &json!({}), seed));
    }
}
