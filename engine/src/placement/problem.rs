//! What a placement is asked: placeholders, contenders, what fits where, and the limits.
//!
//! All but [`asked`](Problem::asked) and [`scores`](Problem::scores) is the bundle's, and made once.

/// A placeholder.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Slot {
    /// The page that it is on, a number for each page of each channel.
    pub page: u16,
    /// Its place in the page's order. Placeholders whose positions differ by one are neighbours.
    pub position: u16,
    /// How many actions it shows, 1 to 16; more counts as 16.
    pub capacity: u8,
    /// How much an action gains by standing here. Where it is not a finite number above zero, the
    /// placeholder stays empty.
    pub prominence: f64,
}

/// An action that may be placed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Contender {
    /// Whether it may stand in several placeholders of one page.
    pub repeat: bool,
    /// The limit groups that it belongs to.
    pub groups: Groups,
}

/// The limit groups of one contender: positions in [`Problem::limits`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Groups([u16; Groups::MOST]);

impl Groups {
    /// How many groups one contender may belong to.
    pub const MOST: usize = 8;
    const NONE: u16 = u16::MAX;

    /// The groups with these numbers, or nothing when there are more than [`Groups::MOST`].
    pub fn new(numbers: &[u16]) -> Option<Self> {
        let mut groups = Self::default();
        for number in numbers {
            if !groups.0.contains(number) {
                *groups.0.iter_mut().find(|group| **group == Self::NONE)? = *number;
            }
        }
        // Contenders with the same groups must compare equal.
        groups.0.sort_unstable();
        Some(groups)
    }

    /// Their numbers, ascending.
    pub fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        let numbers = self.0.iter().take_while(|number| **number != Self::NONE);
        numbers.map(|number| usize::from(*number))
    }
}

impl Default for Groups {
    fn default() -> Self {
        Self([Self::NONE; Self::MOST])
    }
}

/// What holds for the contenders of a limit group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// How many of them may stand on one page; nothing: any number.
    pub most: Option<u8>,
    /// Whether two of them may stand neither in one placeholder nor in neighbouring ones.
    pub apart: bool,
}

/// Which contender fits which slot (format, topic, channel), a bit each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fits {
    words: usize,
    bits: Vec<u64>,
}

impl Fits {
    /// Asks `fits(contender, slot)` once for each pair.
    pub fn new(
        contenders: usize,
        slots: usize,
        mut fits: impl FnMut(usize, usize) -> bool,
    ) -> Self {
        let words = slots.div_ceil(64);
        let mut bits = Vec::with_capacity(contenders.saturating_mul(words));
        for contender in 0..contenders {
            for word in 0..words {
                let in_word = (word * 64..slots).take(64).enumerate();
                bits.push(in_word.fold(0, |bits, (bit, slot)| {
                    bits | u64::from(fits(contender, slot)) << bit
                }));
            }
        }
        Self { words, bits }
    }

    /// Says of one contender that it fits no slot for which `barred` holds.
    pub fn bar(&mut self, contender: usize, slots: usize, mut barred: impl FnMut(usize) -> bool) {
        let start = contender.saturating_mul(self.words);
        for slot in (0..slots).filter(|slot| barred(*slot)) {
            if let Some(word) = self.bits.get_mut(start + slot / 64) {
                *word &= !(1 << (slot % 64));
            }
        }
    }

    /// The bits of one contender, 64 slots a word, the first slot lowest.
    #[inline]
    pub(super) fn of(&self, contender: u16) -> &[u64] {
        let start = usize::from(contender) * self.words;
        self.bits.get(start..start + self.words).unwrap_or(&[])
    }

    /// Whether a contender fits one of `slots`, which are bits as [`of`](Self::of) has them.
    #[inline]
    pub(crate) fn any(&self, contender: u16, slots: &[u64]) -> bool {
        let words = self.of(contender).iter().zip(slots);
        words.fold(0, |hits, (fits, slots)| hits | fits & slots) != 0
    }

    /// Whether a contender fits a slot.
    pub fn has(&self, contender: u16, slot: u16) -> bool {
        let word = self.of(contender).get(usize::from(slot / 64));
        word.is_some_and(|word| word >> (slot % 64) & 1 == 1)
    }
}

/// A view to fill.
#[derive(Clone, Copy, Debug)]
pub struct Problem<'a> {
    /// The placeholders.
    pub slots: &'a [Slot],
    /// The actions; the first 65,535 count.
    pub contenders: &'a [Contender],
    /// The limit groups.
    pub limits: &'a [Limit],
    /// Which contender fits which slot.
    pub fits: &'a Fits,
    /// Positions of the slots to fill; the first [`PLACEHOLDERS`](crate::limits::PLACEHOLDERS) count.
    pub asked: &'a [u16],
    /// A score for each contender. One without a finite score above zero is never placed.
    pub scores: &'a [f64],
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_a_set() {
        let groups = Groups::new(&[7, 3, 7]);
        assert_eq!(groups, Groups::new(&[3, 7]));
        assert_eq!(
            groups.iter().flat_map(Groups::iter).collect::<Vec<_>>(),
            [3, 7]
        );
        assert_eq!(Groups::default().iter().count(), 0);
        assert_eq!(Groups::new(&[0, 1, 2, 3, 4, 5, 6, 7, 8]), None);
    }

    #[test]
    fn fits_keeps_every_pair() {
        let fits = Fits::new(3, 130, |contender, slot| (contender + slot) % 3 == 0);
        for contender in 0..3 {
            for slot in 0..130 {
                assert_eq!(fits.has(contender, slot), (contender + slot) % 3 == 0);
            }
        }
        let mut fits = fits;
        fits.bar(1, 130, |slot| slot == 128);
        assert!(fits.has(1, 2) && !fits.has(1, 128) && fits.has(2, 128 + 1 - 2));
        assert!(!fits.has(3, 0) && !fits.has(0, 500));
    }
}
