//! Merchant category codes (ISO 18245) to groups of spending.
//!
//! The codes and what they stand for are those of ISO 18245:2023, "Retail financial services – Merchant
//! category codes". Which codes make a group is ours. Codes in no group count as purchases and no more.
//! So do, on purpose, those that tell of health, belief, politics, unions or intimate life (medicine 8011
//! to 8099, pharmacies 5912, religion 8661, parties 8651, memberships 8699, dating 7273 and the like):
//! GDPR article 9 data never becomes a variable.

use super::Stream;

/// The group of a code, if it has one.
pub(super) fn group(code: u16) -> Option<Stream> {
    let after = GROUPS.partition_point(|(first, ..)| *first <= code);
    let (_, last, stream) = GROUPS.get(after.checked_sub(1)?)?;
    (code <= *last).then_some(*stream)
}

/// Groups of codes: the first and the last code of each stretch, ascending, and its stream.
pub fn merchant_groups() -> &'static [(u16, u16, Stream)] {
    GROUPS
}

const GROUPS: &[(u16, u16, Stream)] = &[
    (742, 742, Stream::Pets),
    (1520, 1799, Stream::HomeGoods),
    (3000, 3999, Stream::Travel),
    (4111, 4112, Stream::Transport),
    (4121, 4131, Stream::Transport),
    (4411, 4411, Stream::Travel),
    (4511, 4582, Stream::Travel),
    (4722, 4723, Stream::Travel),
    (4784, 4789, Stream::Transport),
    (4812, 4812, Stream::Electronics),
    (4813, 4821, Stream::Utilities),
    (4829, 4829, Stream::MoneyServices),
    (4899, 4900, Stream::Utilities),
    (5045, 5045, Stream::Electronics),
    (5200, 5261, Stream::HomeGoods),
    (5300, 5300, Stream::GeneralStores),
    (5310, 5399, Stream::GeneralStores),
    (5411, 5499, Stream::Groceries),
    (5511, 5533, Stream::Vehicle),
    (5541, 5542, Stream::Fuel),
    (5552, 5552, Stream::Fuel),
    (5571, 5571, Stream::Vehicle),
    (5599, 5599, Stream::Vehicle),
    (5611, 5699, Stream::Clothing),
    (5712, 5722, Stream::HomeGoods),
    (5732, 5735, Stream::Electronics),
    (5811, 5814, Stream::Restaurants),
    (5815, 5818, Stream::Leisure),
    (5940, 5943, Stream::Leisure),
    (5945, 5947, Stream::Leisure),
    (5977, 5977, Stream::PersonalCare),
    (5983, 5983, Stream::Utilities),
    (5995, 5995, Stream::Pets),
    (6050, 6051, Stream::MoneyServices),
    (6211, 6211, Stream::MoneyServices),
    (7011, 7033, Stream::Travel),
    (7230, 7230, Stream::PersonalCare),
    (7512, 7519, Stream::Travel),
    (7523, 7523, Stream::Transport),
    (7531, 7549, Stream::Vehicle),
    (7800, 7802, Stream::Gambling),
    (7829, 7841, Stream::Leisure),
    (7911, 7994, Stream::Leisure),
    (7995, 7995, Stream::Gambling),
    (7996, 7999, Stream::Leisure),
    (8211, 8351, Stream::Education),
    (9211, 9405, Stream::PublicFees),
    (9406, 9406, Stream::Gambling),
];

#[cfg(test)]
mod tests {
    #![allow(clippy::indexing_slicing, reason = "tests")]

    use super::*;

    #[test]
    fn groups_are_in_order_and_apart() {
        assert!(GROUPS.iter().all(|(first, last, _)| first <= last));
        assert!(GROUPS.windows(2).all(|two| two[0].1 < two[1].0));
    }

    /// Codes and their titles as ISO 18245 has them.
    #[test]
    fn known_codes_are_in_their_group() {
        for (code, stream) in [
            (5411, Some(Stream::Groceries)),     // grocery stores, supermarkets
            (5462, Some(Stream::Groceries)),     // bakeries
            (5812, Some(Stream::Restaurants)),   // eating places, restaurants
            (5541, Some(Stream::Fuel)),          // service stations
            (4111, Some(Stream::Transport)),     // local and suburban commuter transport
            (3058, Some(Stream::Travel)),        // an airline
            (7011, Some(Stream::Travel)),        // hotels, motels, resorts
            (5651, Some(Stream::Clothing)),      // family clothing stores
            (5712, Some(Stream::HomeGoods)),     // furniture stores
            (5732, Some(Stream::Electronics)),   // electronics stores
            (5311, Some(Stream::GeneralStores)), // department stores
            (7832, Some(Stream::Leisure)),       // motion picture theatres
            (7995, Some(Stream::Gambling)),      // betting, casino gaming
            (4900, Some(Stream::Utilities)),     // electric, gas, water
            (8220, Some(Stream::Education)),     // colleges, universities
            (742, Some(Stream::Pets)),           // veterinary services
            (9311, Some(Stream::PublicFees)),    // tax payments
            (6011, None),                        // cash from a machine
            (0, None),
            (9999, None),
        ] {
            assert_eq!(group(code), stream, "{code}");
        }
    }

    #[test]
    fn codes_of_special_data_have_no_group() {
        // Ambulances, medical goods, pharmacies, religious goods, hearing aids, orthopaedics, dating,
        // counselling, massage, spas, medicine, charities, parties, religion, memberships.
        let special = [
            4119, 5047, 5122, 5912, 5973, 5975, 5976, 7273, 7277, 7297, 7298, 8398, 8641, 8651,
            8661, 8699,
        ];
        for code in special.into_iter().chain(8011..=8099) {
            assert_eq!(group(code), None, "{code}");
        }
    }
}
