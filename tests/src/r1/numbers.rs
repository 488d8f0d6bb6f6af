//! Pseudo-random numbers from a seed.

/// `SplitMix64` (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014).
pub struct Numbers(u64);

impl Numbers {
    /// Starts from a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Any number.
    pub fn any(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// One below a bound.
    pub fn below(&mut self, bound: usize) -> usize {
        (self.any() % bound as u64) as usize
    }

    /// One from 0 to 1.
    pub fn unit(&mut self) -> f64 {
        (self.any() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// One from −`width` to `width`, in 32 bits.
    pub fn around(&mut self, width: f64) -> f32 {
        ((self.unit() * 2.0 - 1.0) * width) as f32
    }

    /// One of a list.
    pub fn one<'l, T>(&mut self, list: &'l [T]) -> &'l T {
        &list[self.below(list.len())]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first numbers from the seed 1234567, as the generator's reference code gives them.
    #[test]
    fn numbers_are_those_of_the_reference() {
        let mut numbers = Numbers::new(1_234_567);
        assert_eq!(numbers.any(), 6_457_827_717_110_365_317);
        assert_eq!(numbers.any(), 3_203_168_211_198_807_973);
    }
}
