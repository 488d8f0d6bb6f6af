//! How good predictions are.

use serde::Serialize;

/// The least share that a logarithm is taken of.
const LEAST: f64 = 1e-9;
/// Rows of the table of calibration.
const BINS: usize = 10;

/// Figures of one evaluation.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Figures {
    /// Of scores for the rows of a table.
    Table(TableFigures),
    /// Of predictions of what comes next.
    Sequence(SequenceFigures),
}

/// Figures of scores for the rows of a table.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TableFigures {
    /// Rows.
    pub rows: usize,
    /// Rows with the label.
    pub positives: usize,
    /// The chance that a row with the label scores above one without, ties counting half; none when either
    /// is missing.
    pub auc: Option<f64>,
    /// The share of rows on the right side of one half.
    pub accuracy: f64,
    /// The mean negative logarithm of the share given to what was so.
    pub log_loss: f64,
    /// The mean squared distance of the score from what was so.
    pub brier: f64,
    /// What the best-scored fifth holds.
    pub top_fifth: TopFifth,
    /// Rows in ten groups of rising score: what was said, what was so.
    pub calibration: Vec<Bin>,
}

/// What the best-scored fifth of the rows holds; ties stay in the order of the file.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct TopFifth {
    /// Rows picked.
    pub rows: usize,
    /// Of these, rows with the label.
    pub found: usize,
    /// The share of all rows with the label.
    pub captured: f64,
    /// Times as many as a random pick finds.
    pub lift: f64,
}

/// A group of rows of like score.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Bin {
    /// Rows.
    pub rows: usize,
    /// Their mean score.
    pub said: f64,
    /// The share of them with the label.
    pub was: f64,
}

/// Figures of predictions of what comes next.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct SequenceFigures {
    /// Customers or cases.
    pub journeys: usize,
    /// Predictions.
    pub predictions: usize,
    /// The share of predictions that were so.
    pub accuracy: f64,
    /// The share with what was so among the first three.
    pub top_3: f64,
    /// The mean negative logarithm of the share given to what was so.
    pub log_loss: f64,
}

/// Measures scores against labels, of the same length.
pub(super) fn table(scores: &[f64], labels: &[bool]) -> TableFigures {
    let rows = scores.len();
    let positives = labels.iter().filter(|label| **label).count();
    let mut falling: Vec<(f64, bool)> =
        scores.iter().copied().zip(labels.iter().copied()).collect();
    // A stable sort: ties stay in the order of the file.
    falling.sort_by(|a, b| b.0.total_cmp(&a.0));
    let top = rows / 5;
    let found = falling.iter().take(top).filter(|(_, label)| *label).count();
    let mean = |of: &dyn Fn(f64, bool) -> f64| {
        falling
            .iter()
            .map(|(score, label)| of(*score, *label))
            .sum::<f64>()
            / real(rows)
    };
    TableFigures {
        rows,
        positives,
        auc: auc(&falling, positives),
        accuracy: mean(&|score, label| real(usize::from((score >= 0.5) == label))),
        log_loss: mean(&|score, label| -libm::log(said(score, label).clamp(LEAST, 1.0 - LEAST))),
        brier: mean(&|score, label| (1.0 - said(score, label)).powi(2)),
        top_fifth: TopFifth {
            rows: top,
            found,
            captured: ratio(found, positives),
            lift: ratio(found, top) / ratio(positives, rows).max(f64::MIN_POSITIVE),
        },
        calibration: calibration(&falling),
    }
}

/// The share that a score gives to what was so.
fn said(score: f64, label: bool) -> f64 {
    if label { score } else { 1.0 - score }
}

fn auc(falling: &[(f64, bool)], positives: usize) -> Option<f64> {
    let negatives = falling.len() - positives;
    if positives == 0 || negatives == 0 {
        return None;
    }
    let (mut above, mut wins) = (0.0, 0.0);
    for ties in falling.chunk_by(|a, b| a.0 == b.0) {
        let labelled = ties.iter().filter(|(_, label)| *label).count();
        let (hits, misses) = (real(labelled), real(ties.len() - labelled));
        wins += misses * (above + hits / 2.0);
        above += hits;
    }
    Some(wins / (real(positives) * real(negatives)))
}

fn calibration(falling: &[(f64, bool)]) -> Vec<Bin> {
    let rows = falling.len();
    let edge = |bin: usize| rows * bin / BINS;
    let bin = |number: usize| {
        let part = falling
            .get(edge(number)..edge(number + 1))
            .unwrap_or_default();
        Bin {
            rows: part.len(),
            said: part.iter().map(|(score, _)| score).sum::<f64>() / real(part.len()).max(1.0),
            was: ratio(part.iter().filter(|(_, label)| *label).count(), part.len()),
        }
    };
    (0..BINS).rev().map(bin).collect()
}

/// Counts hits among predictions of what comes next.
#[derive(Debug, Default)]
pub(super) struct Tally {
    predictions: usize,
    first: usize,
    among_three: usize,
    loss: f64,
}

impl Tally {
    /// Counts one prediction: the shares, the positions in falling order of share, and what was so.
    pub(super) fn count(&mut self, shares: &[f64], order: &[usize], truth: usize) {
        self.predictions += 1;
        self.first += usize::from(order.first() == Some(&truth));
        self.among_three += usize::from(order.iter().take(3).any(|at| *at == truth));
        let share = shares.get(truth).copied().unwrap_or(0.0);
        self.loss -= libm::log(share.max(LEAST));
    }

    /// The figures; none without predictions.
    pub(super) fn figures(&self, journeys: usize) -> Option<SequenceFigures> {
        (self.predictions > 0).then(|| SequenceFigures {
            journeys,
            predictions: self.predictions,
            accuracy: ratio(self.first, self.predictions),
            top_3: ratio(self.among_three, self.predictions),
            log_loss: self.loss / real(self.predictions),
        })
    }
}

fn ratio(part: usize, whole: usize) -> f64 {
    real(part) / real(whole).max(1.0)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a table has fewer than 2^52 rows"
)]
fn real(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn figures_are_those_of_scikit_learn() {
        // roc_auc_score, log_loss, brier_score_loss and accuracy_score of scikit-learn 1.9.1.
        let scores = [0.1, 0.4, 0.35, 0.8, 0.4, 0.65, 0.9, 0.05, 0.5, 0.3];
        let labels = [0, 0, 1, 1, 1, 0, 1, 0, 1, 0].map(|label| label == 1);
        let found = table(&scores, &labels);
        assert_eq!((found.rows, found.positives), (10, 5));
        assert!((found.auc.unwrap() - 0.82).abs() < 1e-12);
        assert!((found.accuracy - 0.7).abs() < 1e-12);
        assert!(
            (found.log_loss - 0.506_174_060_615_359_3).abs() < 1e-12,
            "{}",
            found.log_loss
        );
        assert!((found.brier - 0.176_75).abs() < 1e-12, "{}", found.brier);
        assert_eq!((found.top_fifth.rows, found.top_fifth.found), (2, 2));
        assert!((found.top_fifth.lift - 2.0).abs() < 1e-12);
        assert_eq!(found.calibration.len(), 10);
    }

    proptest! {
        #[test]
        fn auc_is_the_share_of_pairs_in_order(rows in prop::collection::vec((0u8..20, any::<bool>()), 1..60)) {
            let scores: Vec<f64> = rows.iter().map(|(score, _)| f64::from(*score) / 20.0).collect();
            let labels: Vec<bool> = rows.iter().map(|(_, label)| *label).collect();
            let (mut pairs, mut wins) = (0.0, 0.0);
            for (a, _) in rows.iter().filter(|(_, label)| *label) {
                for (b, _) in rows.iter().filter(|(_, label)| !*label) {
                    pairs += 1.0;
                    wins += if a > b { 1.0 } else if a == b { 0.5 } else { 0.0 };
                }
            }
            let found = table(&scores, &labels).auc;
            prop_assert_eq!(found.is_none(), pairs == 0.0);
            if let Some(auc) = found {
                prop_assert!((auc - wins / pairs).abs() < 1e-12);
            }
        }
    }
}
