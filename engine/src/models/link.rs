//! Links: from what a model adds up to what people read.

use rkyv::{Archive, Serialize};

/// A function of margins. All are computed in 64 bits, with `libm`, so that every host gives the same bits.
#[derive(Archive, Serialize, Clone, Copy, Debug, PartialEq)]
pub enum Link {
    /// 1 / (1 + exp(−*slope* x)): log-odds to a probability.
    Logistic(f64),
    /// exp(x): a logarithm to an amount.
    Exp,
    /// ln(1 + exp(x)).
    SoftPlus,
    /// Shares that sum to one.
    Softmax,
    /// x², with the sign of x.
    SignedSquare,
    /// 1 above zero, else 0.
    Positive,
}

impl ArchivedLink {
    pub(super) fn apply(&self, row: &mut [f64]) {
        match self {
            Self::Logistic(slope) => each(row, |x| logistic(slope.to_native() * x)),
            Self::Exp => each(row, libm::exp),
            Self::SoftPlus => each(row, |x| libm::log1p(libm::exp(x))),
            Self::Softmax => softmax(row),
            Self::SignedSquare => each(row, |x| x * x.abs()),
            Self::Positive => each(row, |x| f64::from(u8::from(x > 0.0))),
        }
    }
}

fn each(row: &mut [f64], mut link: impl FnMut(f64) -> f64) {
    for x in row {
        *x = link(*x);
    }
}

fn softmax(row: &mut [f64]) {
    let most = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let mut sum = 0.0;
    for x in row.iter_mut() {
        *x = libm::exp(*x - most);
        sum += *x;
    }
    each(row, |x| x / sum);
}

/// The logistic function.
fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + libm::exp(-x))
}
