//! Chance that is not: draws from the decision's seed, so that a receipt replays them.
//!
//! A draw is the finaliser of SplitMix64 (Steele, Lea and Flood 2014) over seed and salt. Who keeps one seed for a
//! customer keeps the customer in the same arm of every experiment.

/// A number from 0 to 1, without 1, for a seed; another salt gives another one.
pub fn draw(seed: u64, salt: u64) -> f64 {
    /// 2⁻⁵³.
    const STEP: f64 = f64::EPSILON / 2.0;
    #[expect(clippy::cast_precision_loss, reason = "53 bits fit")]
    let whole = (mix(mix(seed) ^ salt) >> 11) as f64;
    whole * STEP
}

fn mix(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
