//! Contact policy: `contact.toml`, how often customers are addressed, and when not.

use engine::bundle::{Channel, Interaction, Per};

use super::{CHANNELS, Texts, sets::texts, table::Table, value::one_of};
use crate::{
    limits,
    place::Spot,
    problem::{Log, Problem},
};

/// How often customers are addressed, and when not.
#[derive(Clone, Debug, Default)]
pub struct Contact {
    /// Counts that stop an action, cool-offs among them.
    pub caps: Vec<Cap>,
    /// Hours in which channels stay silent.
    pub quiet_hours: Vec<QuietHours>,
    /// The group that customers who want to be left alone do not see.
    pub do_not_disturb: Option<Spot<String>>,
}

/// A count that stops an action when it is reached.
#[derive(Clone, Debug)]
pub struct Cap {
    /// Its name.
    pub id: Spot<String>,
    /// Its name in explanations.
    pub title: Texts,
    /// What is counted.
    pub counted: Interaction,
    /// The count from which on it stops.
    pub reaches: u16,
    /// Hours back.
    pub hours: u32,
    /// What is counted together.
    pub per: Per,
    /// The group that it is about.
    pub group: Option<Spot<String>>,
    /// The channel that it counts and stops on.
    pub channel: Option<Channel>,
}

/// Hours in which channels stay silent.
#[derive(Clone, Debug)]
pub struct QuietHours {
    /// Their name.
    pub id: Spot<String>,
    /// Their name in explanations.
    pub title: Texts,
    /// The first quiet minute of the day.
    pub from: u16,
    /// The first minute that is not quiet.
    pub to: u16,
    /// The silent channels.
    pub channels: Vec<Channel>,
    /// The group that they are about.
    pub group: Option<Spot<String>>,
}

pub(super) const COUNTED: [(&str, Interaction); 3] = [
    ("impression", Interaction::Impression),
    ("click", Interaction::Click),
    ("dismissal", Interaction::Dismissal),
];

pub(super) const PER: [(&str, Per); 2] = [("action", Per::Action), ("group", Per::Group)];

pub(super) fn contact(table: &mut Table<'_, '_>, locales: &[Spot<String>], log: &Log) -> Contact {
    let mut contact = Contact::default();
    for (key, counted_key, count_key, remedy) in [
        (
            "caps",
            "count",
            "at_most",
            "how often at most, e.g. `at_most = 3`",
        ),
        (
            "cool-offs",
            "after",
            "times",
            "after how many, e.g. `times = 1`",
        ),
    ] {
        let Some(mut caps) = table.optional_table(key) else {
            continue;
        };
        for (id, mut table) in caps.tables("rule") {
            let counted = table.text(counted_key, "`impression`, `click` or `dismissal`");
            let counted = one_of("interaction", &counted, &COUNTED, log).unwrap_or_default();
            let reaches = table.whole(count_key, 1, u16::MAX.into(), remedy);
            let hours = hours(&mut table);
            let per = table.optional_text("per");
            let per = per.and_then(|per| one_of("way to count", &per, &PER, log));
            let channel = table.optional_text("channel");
            contact.caps.push(Cap {
                id,
                title: texts(&mut table, "title", locales),
                counted,
                reaches: u16::try_from(reaches).unwrap_or(u16::MAX),
                hours,
                per: per.unwrap_or_default(),
                group: table.optional_text("group"),
                channel: channel.and_then(|name| one_of("channel", &name, &CHANNELS, log)),
            });
            table.finish();
        }
    }
    if let Some(mut hours) = table.optional_table("quiet-hours") {
        for (id, mut table) in hours.tables("rule") {
            let from = table.text("from", "when they begin, e.g. `from = \"20:00\"`");
            let to = table.text("to", "when they end, e.g. `to = \"08:00\"`");
            let channels = table.texts("channels", "e.g. `channels = [\"call-centre\"]`");
            contact.quiet_hours.push(QuietHours {
                id,
                title: texts(&mut table, "title", locales),
                from: minute("from", &from, log),
                to: minute("to", &to, log),
                channels: channels
                    .iter()
                    .filter_map(|name| one_of("channel", name, &CHANNELS, log))
                    .collect(),
                group: table.optional_text("group"),
            });
            table.finish();
        }
    }
    if let Some(mut table) = table.optional_table("do-not-disturb") {
        contact.do_not_disturb = Some(table.text("group", "whom it keeps silent"));
        table.finish();
    }
    contact
}

/// `days = 7` or `hours = 12`.
fn hours(table: &mut Table<'_, '_>) -> u32 {
    match table.optional_whole("hours", 1, limits::CONTACT_DAYS * 24) {
        Some(hours) => hours.value,
        None => {
            let remedy = "how far back it counts, e.g. `days = 7` or `hours = 12`";
            table.whole("days", 1, limits::CONTACT_DAYS, remedy) * 24
        }
    }
}

/// The minute of the day that `20:00` names.
fn minute(key: &str, text: &Spot<String>, log: &Log) -> u16 {
    let read = |text: &str| {
        let (hour, minute) = text.split_once(':')?;
        let digits = |part: &str| part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit());
        let valid = digits(hour) && digits(minute);
        let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
        (valid && hour < 24 && minute < 60).then_some(hour * 60 + minute)
    };
    read(&text.value).unwrap_or_else(|| {
        if !text.value.is_empty() {
            log.add(
                text.place(),
                Problem::Invalid {
                    key: key.to_owned(),
                    found: format!("`{}`", text.value),
                    remedy: "write hours and minutes, e.g. `20:00`".to_owned(),
                },
            );
        }
        0
    })
}
