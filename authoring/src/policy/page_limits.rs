//! Limits on one page: `placement.toml`, what may not stand together.

use super::table::Table;
use crate::{limits, place::Spot};

/// What may not stand together on one page.
#[derive(Clone, Debug, Default)]
pub struct PageLimits {
    /// How many actions of one product.
    pub product: Option<u8>,
    /// How many actions of a group.
    pub groups: Vec<(Spot<String>, u8)>,
    /// Groups of which no two stand in neighbouring placeholders.
    pub apart: Vec<Spot<String>>,
}

pub(super) fn page_limits(table: &mut Table<'_, '_>) -> PageLimits {
    let count = |table: &mut Table<'_, '_>, key: &str| {
        let count = table.optional_whole(key, 1, limits::CAPACITY.into())?;
        u8::try_from(count.value).ok()
    };
    let mut all = PageLimits {
        product: count(table, "product"),
        ..PageLimits::default()
    };
    if let Some(mut groups) = table.optional_table("groups") {
        for group in groups.keys("groups") {
            all.groups
                .extend(count(&mut groups, &group.value).map(|count| (group, count)));
        }
        groups.finish();
    }
    if let Some(mut apart) = table.optional_table("apart") {
        all.apart = apart.texts("groups", "e.g. `groups = [\"credit\"]`");
        apart.finish();
    }
    all
}
