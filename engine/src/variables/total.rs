//! Exact totals of amounts: integers only, so that adding in another order gives the same bits.

/// Totals of one stream in one window. Amounts are in hundredths of the currency unit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Total {
    /// How many events.
    pub count: u32,
    /// On how many days.
    pub days: u32,
    /// The sum of their amounts.
    pub cents: i64,
    /// The sum of the squares of their amounts.
    pub squares: i128,
    /// The smallest amount; 0 when there is none.
    pub least: i64,
    /// The largest amount; 0 when there is none.
    pub largest: i64,
}

impl Total {
    pub(super) fn add(&mut self, amount: i64) {
        let first = self.count == 0;
        self.least = if first {
            amount
        } else {
            self.least.min(amount)
        };
        self.largest = if first {
            amount
        } else {
            self.largest.max(amount)
        };
        self.count += 1;
        self.cents += amount;
        self.squares += square(amount);
    }

    /// Takes an amount out. True when the smallest or the largest of the rest must be found again.
    pub(super) fn remove(&mut self, amount: i64) -> bool {
        self.count = self.count.saturating_sub(1);
        if self.count == 0 {
            *self = Self {
                days: self.days,
                ..Self::default()
            };
            return false;
        }
        self.cents -= amount;
        self.squares -= square(amount);
        amount == self.least || amount == self.largest
    }

    /// Finds the smallest and the largest again.
    pub(super) fn bound(&mut self, mut amounts: impl Iterator<Item = i64>) {
        let first = amounts.next().unwrap_or_default();
        (self.least, self.largest) = amounts.fold((first, first), |(least, largest), amount| {
            (least.min(amount), largest.max(amount))
        });
    }

    /// The totals of two disjoint sets of days.
    pub(super) fn join(self, other: Self) -> Self {
        match (self.count, other.count) {
            (_, 0) => self,
            (0, _) => other,
            _ => Self {
                count: self.count + other.count,
                days: self.days + other.days,
                cents: self.cents + other.cents,
                squares: self.squares + other.squares,
                least: self.least.min(other.least),
                largest: self.largest.max(other.largest),
            },
        }
    }
}

/// Amounts are within ±1e13 hundredths, so the squares of all events of a profile add up to under 1e31. From halves of
/// 32 bits: WebAssembly has no product of more than 64.
fn square(amount: i64) -> i128 {
    let amount = amount.unsigned_abs();
    let (high, low) = (amount >> 32, amount & 0xffff_ffff);
    let (highs, mixed, lows) = (high * high, high * low, low * low);
    let square = (u128::from(highs) << 64) + (u128::from(mixed) << 33) + u128::from(lows);
    square.cast_signed()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_square_is_the_product_of_128_bits(amount in any::<i64>(), shift in 0u32..63) {
            for amount in [amount, amount >> shift, i64::MIN, i64::MAX] {
                prop_assert_eq!(square(amount), i128::from(amount) * i128::from(amount));
            }
        }
    }
}
