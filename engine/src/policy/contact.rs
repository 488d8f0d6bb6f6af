//! Contact policy: how often a customer is addressed, where, and when not.
//!
//! What happened before comes from the events of the profile, as far as the consent lens shows them: a
//! customer who lets the bank keep no history cannot be counted for. Wishes of the customer
//! ([`Preference`]) need no consent.

use crate::{
    Context, Timestamp,
    bundle::{ArchivedAction, ArchivedBody, ArchivedCap, Channel, Interaction, Per},
    consent::View,
    profile::{EventKind, Preference},
};

const CHANNELS: [(u8, &str); 4] = [
    (1 << Channel::Web as u8, "web"),
    (1 << Channel::App as u8, "app"),
    (1 << Channel::CallCentre as u8, "call-centre"),
    (
        1 << Channel::RelationshipManager as u8,
        "relationship-manager",
    ),
];

/// Where a customer may still be shown an action, and what took a channel away first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leave {
    /// The channels left, a bit each.
    pub channels: u8,
    /// The first that took one.
    pub taken_by: Option<Hold>,
}

/// What keeps an action from a customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hold {
    /// The customer does not want it, or not there.
    OptedOut,
    /// The customer wants to be left alone.
    DoNotDisturb,
    /// The cap in that position is reached.
    Cap(u16),
    /// The hours in that position are quiet.
    QuietHours(u16),
}

impl Leave {
    const FREE: Self = Self {
        channels: u8::MAX,
        taken_by: None,
    };

    fn take(&mut self, channels: u8, hold: Hold) {
        if self.channels & channels != 0 {
            self.channels &= !channels;
            self.taken_by = self.taken_by.or(Some(hold));
        }
    }
}

/// What wishes and history leave of each action's channels, in the order of the actions.
pub(crate) fn leaves(body: &ArchivedBody, view: &View<'_>, leaves: &mut Vec<Leave>) {
    leaves.clear();
    leaves.resize(body.actions.len(), Leave::FREE);
    wishes(body, view, leaves);
    for (position, cap) in (0u16..).zip(body.contact.caps.iter()) {
        let counts = count(body, cap, view);
        let together: u32 = counts.iter().sum();
        let channels = cap
            .channel
            .as_ref()
            .map_or(u8::MAX, |channel| 1 << *channel as u8);
        for ((action, leave), count) in body.actions.iter().zip(leaves.iter_mut()).zip(counts) {
            let count = match cap.per {
                Per::Action => count,
                Per::Group => together,
            };
            if action.is_in(cap.group.as_ref()) && count >= u32::from(cap.reaches.to_native()) {
                leave.take(channels, Hold::Cap(position));
            }
        }
    }
}

/// Positions of the hours that are quiet at the moment.
pub(crate) fn quiet(body: &ArchivedBody, context: &Context, at: Timestamp, quiet: &mut Vec<u16>) {
    let minute = at.minute_of_day(context.utc_offset_minutes.unwrap_or(0));
    let hours = (0u16..).zip(body.contact.quiet_hours.iter());
    let silent = hours.filter(|(_, hours)| {
        let (from, to) = (hours.from.to_native(), hours.to.to_native());
        if from <= to {
            (from..to).contains(&minute)
        } else {
            minute >= from || minute < to
        }
    });
    quiet.clear();
    quiet.extend(silent.map(|(position, _)| position));
}

/// What the hours that are [`quiet`] leave of `leave`.
pub(crate) fn now(
    body: &ArchivedBody,
    action: &ArchivedAction,
    mut leave: Leave,
    quiet: &[u16],
) -> Leave {
    for position in quiet {
        if let Some(hours) = body.contact.quiet_hours.get(usize::from(*position))
            && action.is_in(hours.group.as_ref())
        {
            leave.take(hours.channels, Hold::QuietHours(*position));
        }
    }
    leave
}

impl ArchivedAction {
    /// Whether it is in a group; no group is all actions.
    pub(crate) fn is_in(&self, group: Option<&rkyv::rend::unaligned::u16_ule>) -> bool {
        group.is_none_or(|group| self.groups.contains(group))
    }
}

fn wishes(body: &ArchivedBody, view: &View<'_>, leaves: &mut [Leave]) {
    if view.preferences().next().is_none() {
        return;
    }
    let unwanted = |name: &str| view.unwanted(name);
    let groups: Vec<bool> = body
        .groups
        .iter()
        .map(|group| unwanted(&group.id))
        .collect();
    let channels = CHANNELS.iter().filter(|(_, name)| unwanted(name));
    let channels = channels.fold(0, |bits, (bit, _)| bits | bit);
    let alone = unwanted(Preference::EVERYTHING);
    for (action, leave) in body.actions.iter().zip(leaves) {
        let grouped = action.groups.iter().any(|group| {
            groups
                .get(usize::from(group.to_native()))
                .is_some_and(|unwanted| *unwanted)
        });
        if grouped || unwanted(&action.id) || unwanted(&action.product) {
            leave.take(u8::MAX, Hold::OptedOut);
        }
        // Nobody can be kept from service and safety, but from what can be switched off, by channel too.
        let optional = body.contact.do_not_disturb.as_ref();
        if optional.is_some() && action.is_in(optional) {
            leave.take(channels, Hold::OptedOut);
            if alone {
                leave.take(u8::MAX, Hold::DoNotDisturb);
            }
        }
    }
}

/// How often what a cap counts happened, for each action that it is about.
fn count(body: &ArchivedBody, cap: &ArchivedCap, view: &View<'_>) -> Vec<u32> {
    let kind = match cap.counted {
        Interaction::Impression => EventKind::Impression,
        Interaction::Click => EventKind::Click,
        Interaction::Dismissal => EventKind::Dismissal,
    };
    let from = view.at().seconds() - i64::from(cap.hours.to_native()) * 3_600;
    let counted = |channel: Option<Channel>| match (cap.channel.as_ref(), channel) {
        // What happened nobody knows where may have happened here.
        (Some(cap), Some(channel)) => *cap == channel,
        _ => true,
    };
    let mut counts = vec![0; body.actions.len()];
    for event in view.events() {
        if event.kind != kind || event.at.seconds() <= from || !counted(event.channel) {
            continue;
        }
        let Some(name) = event.action.as_deref() else {
            continue;
        };
        let mut known = body.actions.iter().zip(counts.iter_mut());
        let counts =
            |action: &ArchivedAction| action.id == name && action.is_in(cap.group.as_ref());
        if let Some((_, count)) = known.find(|(action, _)| counts(action)) {
            *count += 1;
        }
    }
    counts
}
