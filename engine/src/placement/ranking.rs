//! Contenders in the order of their scores.
#![expect(
    clippy::indexing_slicing,
    reason = "every index is of a list whose length was set here"
)]

/// A contender that may be placed. The better ones are less, then the earlier ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ranked {
    /// The score's bits, turned round: scores are above zero, where bits and numbers have one order.
    key: u64,
    /// Position of the contender.
    pub contender: u16,
}

impl Ranked {
    /// With a score above zero, or zero for one that is forced.
    pub fn new(contender: u16, score: f64) -> Self {
        Self {
            key: !score.to_bits(),
            contender,
        }
    }

    /// Whether it stands where it is put, for nothing.
    pub fn forced(&self) -> bool {
        self.key == !0
    }

    /// Its score.
    pub fn score(&self) -> f64 {
        f64::from_bits(!self.key)
    }
}

/// The contenders with a finite score above zero, the best first and then the earlier.
#[derive(Clone, Debug, Default)]
pub struct Ranking {
    /// As many as there were scores; what is not ranked stands behind.
    ranked: Vec<Ranked>,
    count: usize,
    spare: Vec<Ranked>,
}

/// As many drawers as a customer has candidates, so that most have few.
const DRAWERS: usize = 256;
/// Up to so many are sorted by insertion.
const FEW: usize = 12;

impl Ranking {
    /// Ranks contenders by their scores, those in the positions of `scores`.
    pub fn fill(&mut self, scores: &[f64]) {
        // What stood there before is written over.
        self.ranked.resize(scores.len(), Ranked::default());
        self.spare.resize(scores.len(), Ranked::default());
        let mut count = 0;
        for (score, contender) in scores.iter().zip(0..u16::MAX) {
            self.ranked[count] = Ranked::new(contender, *score);
            count += usize::from(*score > 0.0 && *score < f64::INFINITY);
        }
        self.count = count;
        sort(&mut self.ranked[..count], &mut self.spare[..count]);
    }

    /// The best first.
    pub fn all(&self) -> &[Ranked] {
        &self.ranked[..self.count]
    }
}

/// Sorts by key, and leaves equal ones in their order. Scores differ in their upper bits, so they are laid into
/// drawers by these, and each drawer is sorted by itself: two or three passes for a customer's candidates, where
/// comparing takes eight. Every pass tells keys apart that are eight bits nearer, so the worst list takes eight.
fn sort(list: &mut [Ranked], spare: &mut [Ranked]) {
    if list.len() <= FEW {
        return super::insertion_sort(list, |a, b| a.key < b.key);
    }
    let (mut least, mut most) = (u64::MAX, 0);
    for ranked in list.iter() {
        (least, most) = (least.min(ranked.key), most.max(ranked.key));
    }
    let bits = u64::BITS - (most - least).leading_zeros();
    if bits == 0 {
        return;
    }
    let drawer = |ranked: &Ranked| index((ranked.key - least) >> bits.saturating_sub(8));
    let mut ends = [0_u16; DRAWERS];
    for ranked in list.iter() {
        ends[drawer(ranked)] += 1;
    }
    let mut before = 0;
    for end in &mut ends {
        (*end, before) = (before, before + *end);
    }
    for ranked in list.iter() {
        let end = &mut ends[drawer(ranked)];
        spare[usize::from(*end)] = *ranked;
        *end += 1;
    }
    list.copy_from_slice(spare);
    let mut start = 0;
    for end in ends.map(usize::from) {
        if end > start + 1 {
            sort(&mut list[start..end], &mut spare[start..end]);
        }
        start = end;
    }
}

/// Which drawer: the shift leaves eight bits.
#[expect(clippy::cast_possible_truncation, reason = "it has eight bits")]
fn index(bits: u64) -> usize {
    usize::from(bits as u8)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn ranks_as_the_standard_library_sorts(
            scores in prop::collection::vec(
                prop_oneof![
                    any::<f64>(),
                    (0_u8..4).prop_map(f64::from),
                    1.0..2.0,
                    (1_u64..40).prop_map(|bits| f64::from_bits(1.0_f64.to_bits() + bits)),
                ],
                0..600,
            )
        ) {
            let mut wanted: Vec<(usize, f64)> = scores.iter().copied().enumerate().collect();
            wanted.retain(|(_, score)| *score > 0.0 && score.is_finite());
            wanted.sort_by(|a, b| b.1.total_cmp(&a.1));
            let mut ranking = Ranking::default();
            ranking.fill(&scores);
            let found: Vec<(usize, f64)> = ranking
                .all()
                .iter()
                .map(|ranked| (usize::from(ranked.contender), ranked.score()))
                .collect();
            prop_assert_eq!(found, wanted);
        }
    }
}
