//! The calibration that a model's own file carries: from what trees add up to, to probabilities that hold.
//!
//! XGBoost keeps attributes with a model. One by the name of `calibration` holds JSON, learnt from what the
//! model said of rows that it had not seen: `{"platt": [slope, intercept]}` makes
//! 1 / (1 + exp(−(slope × margin + intercept))) of a margin; `{"isotonic": [[x, y], …]}` draws a line through
//! points, from the model's own probability to the one that holds.

use engine::models::{Curve, Link, Scale, Step};
use serde::Deserialize;

use crate::limits;
use crate::model::{ModelProblem, at_most, finite};

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Calibration {
    Platt(f64, f64),
    Isotonic(Vec<(f64, f64)>),
}

/// The steps from a margin in log-odds to a probability.
pub(super) fn steps(text: &str) -> Result<Vec<Step>, ModelProblem> {
    at_most("bytes of calibration", text.len(), limits::FILE_BYTES)?;
    Ok(
        match serde_json::from_str(text).map_err(ModelProblem::Calibration)? {
            Calibration::Platt(slope, intercept) => {
                if !(slope.is_finite() && slope > 0.0) {
                    return Err(number(
                        "the slope",
                        slope,
                        "it must be above zero, so that more stays more",
                    ));
                }
                #[expect(
                    clippy::cast_possible_truncation,
                    reason = "`finite` refuses what is lost"
                )]
                let offset = finite(
                    || "intercept over slope".to_owned(),
                    (-intercept / slope) as f32,
                )?;
                let scale = Scale {
                    offsets: vec![offset],
                    ..Scale::default()
                };
                vec![Step::Scale(scale), Step::Link(Link::Logistic(slope))]
            }
            Calibration::Isotonic(points) => {
                at_most("points of calibration", points.len(), limits::POINTS)?;
                let (x, y): (Vec<f64>, Vec<f64>) = points.into_iter().unzip();
                if x.is_empty() {
                    return Err(number("the number of points", 0.0, "one is the least"));
                }
                let share = |y: &&f64| !(0.0..=1.0).contains(*y);
                if let Some(odd) = x.iter().chain(&y).find(share) {
                    return Err(number(
                        "a point",
                        *odd,
                        "both its numbers must be from 0 to 1",
                    ));
                }
                if !x.is_sorted_by(|a, b| a < b) || !y.is_sorted() {
                    let last = x.last().copied().unwrap_or_default();
                    return Err(number(
                        "the last point",
                        last,
                        "points must go up: x always, y never down",
                    ));
                }
                vec![Step::Link(Link::Logistic(1.0)), Step::Curve(Curve { x, y })]
            }
        },
    )
}

fn number(what: &str, found: f64, remedy: &'static str) -> ModelProblem {
    ModelProblem::Number {
        what: format!("{what} of attribute `calibration`"),
        found: found.to_string(),
        remedy,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::xgboost;

    /// One leaf of margin `leaf`, as XGBoost writes it.
    fn score(leaf: f32, calibration: &str) -> Result<f64, ModelProblem> {
        let attributes = serde_json::json!({ "calibration": calibration });
        let tree = serde_json::json!({
            "left_children": [-1], "right_children": [-1], "split_indices": [0], "split_conditions": [leaf],
            "default_left": [0], "sum_hessian": [1.0],
        });
        let file = serde_json::json!({ "learner": {
            "attributes": attributes, "feature_names": ["balance"], "objective": { "name": "binary:logistic" },
            "learner_model_param": { "base_score": "5E-1" },
            "gradient_booster": { "name": "gbtree", "model": { "trees": [tree], "tree_info": [0] } },
        }});
        let model = xgboost(file.to_string().as_bytes())?.alone("made-up");
        let bytes = rkyv::to_bytes::<rkyv::rancor::Error>(&model).unwrap();
        let model =
            rkyv::access::<engine::models::ArchivedModel, rkyv::rancor::Error>(&bytes).unwrap();
        let mut row = engine::models::Row::default();
        row.fill(&[1.0]);
        Ok(model.score(&mut row))
    }

    #[test]
    fn platt_moves_and_stretches_the_margin() {
        let found = score(2.0, r#"{"platt": [0.5, -0.25]}"#).unwrap();
        let expected = 1.0 / (1.0 + (-0.75f64).exp());
        assert!((found - expected).abs() < 1e-7, "{found} {expected}");
    }

    #[test]
    fn isotonic_points_are_joined_by_lines() {
        let found = score(0.0, r#"{"isotonic": [[0.25, 0.1], [0.75, 0.3]]}"#).unwrap();
        assert!((found - 0.2).abs() < 1e-12, "{found}");
    }

    #[test]
    fn what_cannot_calibrate_is_refused() {
        for (text, said) in [
            ("platt", "attribute `calibration`: expected value"),
            (
                r#"{"platt": [1]}"#,
                "attribute `calibration`: invalid length 1",
            ),
            (
                r#"{"beta": [1, 2]}"#,
                "attribute `calibration`: unknown variant `beta`",
            ),
            (
                r#"{"platt": [-1, 0]}"#,
                "the slope of attribute `calibration` is -1",
            ),
            (r#"{"platt": [1e-40, 1e9]}"#, "intercept over slope is -inf"),
            (
                r#"{"isotonic": []}"#,
                "the number of points of attribute `calibration` is 0",
            ),
            (
                r#"{"isotonic": [[0.2, 1.5]]}"#,
                "a point of attribute `calibration` is 1.5",
            ),
            (
                r#"{"isotonic": [[0.2, 0.3], [0.2, 0.4]]}"#,
                "points must go up",
            ),
            (
                r#"{"isotonic": [[0.2, 0.3], [0.4, 0.1]]}"#,
                "points must go up",
            ),
        ] {
            let error = score(0.0, text).unwrap_err().to_string();
            assert!(error.contains(said), "{text}: {error}");
        }
    }
}
