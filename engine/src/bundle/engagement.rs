//! Who may be shown what, how often and when.

use rkyv::{Archive, Portable, Serialize, bytecheck::CheckBytes};

use super::{Channel, Texts};
use crate::policy::Condition;

/// A set of actions with rules in common.
#[derive(Archive, Serialize, Debug, Default)]
pub struct Group {
    /// Its name in policies.
    pub id: String,
    /// Its name in explanations.
    pub title: Texts,
    /// What must hold for each of its actions.
    pub engagement: Engagement,
}

/// Conditions that let an action, or a group of them, be shown. What is not known does not hold.
#[derive(Archive, Serialize, Debug, Default)]
pub struct Engagement {
    /// The customer may have it.
    pub eligible: Option<Condition>,
    /// It makes sense now.
    pub applicable: Option<Condition>,
    /// It is good for the customer.
    pub suitable: Option<Condition>,
}

/// How often customers are addressed, and when.
#[derive(Archive, Serialize, Debug, Default)]
pub struct Contact {
    /// Counts that stop an action.
    pub caps: Vec<Cap>,
    /// Hours in which channels stay silent.
    pub quiet_hours: Vec<QuietHours>,
    /// Position of the group that customers who want to be left alone do not see.
    pub do_not_disturb: Option<u16>,
}

/// A count of what happened between bank and customer that stops an action when it is reached.
#[derive(Archive, Serialize, Debug, Default)]
pub struct Cap {
    /// Its name in policies.
    pub id: String,
    /// Its name in explanations.
    pub title: Texts,
    /// What is counted.
    pub counted: Interaction,
    /// The count from which on it stops, above zero.
    pub reaches: u16,
    /// Hours back from the decision's clock.
    pub hours: u32,
    /// What is counted together.
    pub per: Per,
    /// Position of the group that it is about; every action when there is none.
    pub group: Option<u16>,
    /// The channel that it counts and stops on; all when there is none.
    pub channel: Option<Channel>,
}

/// What customers do with an action.
#[derive(Archive, Serialize, Portable, CheckBytes, Clone, Copy, Debug, Default, PartialEq, Eq)]
#[bytecheck(crate = rkyv::bytecheck)]
#[rkyv(as = Self)]
#[repr(u8)]
pub enum Interaction {
    /// They see it.
    #[default]
    Impression,
    /// They follow it.
    Click,
    /// They wave it away.
    Dismissal,
}

/// What a cap counts together.
#[derive(Archive, Serialize, Portable, CheckBytes, Clone, Copy, Debug, Default, PartialEq, Eq)]
#[bytecheck(crate = rkyv::bytecheck)]
#[rkyv(as = Self)]
#[repr(u8)]
pub enum Per {
    /// Each action by itself.
    #[default]
    Action,
    /// All actions that the cap is about.
    Group,
}

/// Hours in which channels stay silent, by the customer's clock.
#[derive(Archive, Serialize, Debug, Default)]
pub struct QuietHours {
    /// Their name in policies.
    pub id: String,
    /// Their name in explanations.
    pub title: Texts,
    /// The first minute of the day that is quiet.
    pub from: u16,
    /// The first minute that is not; before `from` it is the next day's.
    pub to: u16,
    /// The silent channels, a bit each.
    pub channels: u8,
    /// Position of the group that they are about; every action when there is none.
    pub group: Option<u16>,
}
