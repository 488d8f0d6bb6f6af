//! The keys of `contact.toml`.

use super::super::{CHANNEL, COUNTED, Key, PER, Shape, Table, each, may, must, only};
use crate::limits;

pub(in crate::policy::keys) static CAPS: Table = each("rule", Shape::Table(&CAP));
pub(in crate::policy::keys) static COOL_OFFS: Table = each("rule", Shape::Table(&COOL_OFF));

static CAP: Table = only(&[
    must("count", Shape::OneOf(COUNTED), "what is counted"),
    must(
        "at_most",
        Shape::Whole(1, u16::MAX as u32),
        "the count from which on it stops",
    ),
    COUNT[0],
    COUNT[1],
    COUNT[2],
    COUNT[3],
    COUNT[4],
    COUNT[5],
]);

static COOL_OFF: Table = only(&[
    must("after", Shape::OneOf(COUNTED), "what is counted"),
    must(
        "times",
        Shape::Whole(1, u16::MAX as u32),
        "the count from which on it stops",
    ),
    COUNT[0],
    COUNT[1],
    COUNT[2],
    COUNT[3],
    COUNT[4],
    COUNT[5],
]);

const COUNT: [Key; 6] = [
    may(
        "hours",
        Shape::Whole(1, limits::CONTACT_DAYS * 24),
        "`days`",
        "how far back it counts",
    ),
    must(
        "days",
        Shape::Whole(1, limits::CONTACT_DAYS),
        "how far back it counts; not needed beside `hours`",
    ),
    may(
        "per",
        Shape::OneOf(PER),
        "`action`",
        "what is counted together",
    ),
    may(
        "group",
        Shape::Text,
        "every action",
        "whom the rule is about",
    ),
    may(
        "channel",
        Shape::OneOf(CHANNEL),
        "all",
        "where it counts and stops",
    ),
    must("title", Shape::Languages, "its name in explanations"),
];

pub(in crate::policy::keys) static QUIET_HOURS: Table = each("rule", Shape::Table(&QUIET));

static QUIET: Table = only(&[
    must(
        "from",
        Shape::Text,
        "the first quiet minute by the customer's clock, e.g. `20:00`",
    ),
    must("to", Shape::Text, "the first minute that is not quiet"),
    must(
        "channels",
        Shape::SomeOf(CHANNEL),
        "which channels stay silent",
    ),
    may(
        "group",
        Shape::Text,
        "every action",
        "whom the rule is about",
    ),
    must("title", Shape::Languages, "its name in explanations"),
]);

pub(in crate::policy::keys) static DO_NOT_DISTURB: Table =
    only(&[must("group", Shape::Text, "the group that they do not see")]);
