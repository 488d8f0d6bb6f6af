//! The lens: the part of a profile that the purposes granted let the engine see.
//!
//! A [`View`] can only be made by a [`Lens`], and everything downstream takes a view: the type system
//! keeps unconsented data out. Data of the class `special` is behind no lens at all, and neither are
//! consent records or ids: none of them may move a decision.

use core::cmp::Ordering;

use crate::{
    Profile, Timestamp,
    bundle::ArchivedPurpose,
    profile::{
        DataClass, Event, FactName, Holding, HoldingKind, Preference, same_holding, unwanted,
    },
};

/// What may be seen at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lens {
    purposes: u32,
    /// The purposes that were granted under another version of their notice, and so are not.
    outdated: u32,
    classes: u8,
    at: Timestamp,
}

/// A profile as a lens shows it.
#[derive(Clone, Copy, Debug)]
pub struct View<'p> {
    profile: &'p Profile,
    lens: Lens,
}

impl Lens {
    /// What `profile`'s consent record grants of the bundle's purposes (the first 32) at `at`.
    pub fn new(profile: &Profile, purposes: &[ArchivedPurpose], at: Timestamp) -> Self {
        let mut lens = Self {
            purposes: 0,
            outdated: 0,
            classes: 1 << DataClass::Public as u8,
            at,
        };
        for (i, purpose) in purposes.iter().enumerate().take(32) {
            match profile.consent.notice(&purpose.id, at) {
                Some(version) if purpose.notice_version == version => {
                    lens.purposes |= 1 << i;
                    lens.classes |= purpose.classes;
                }
                Some(_) => lens.outdated |= 1 << i,
                None => {}
            }
        }
        lens.classes &= !(1 << DataClass::Special as u8);
        lens
    }

    /// Everything but special data, for learning from customers who agreed to that: no decision is made
    /// through it.
    pub fn for_training(at: Timestamp) -> Self {
        Self {
            purposes: u32::MAX,
            outdated: 0,
            classes: !(1 << DataClass::Special as u8),
            at,
        }
    }

    /// Whether the purpose in that position is granted.
    pub fn grants(self, purpose: u8) -> bool {
        purpose < 32 && self.purposes & (1 << purpose) != 0
    }

    /// Whether the customer granted the purpose in that position under another version of its notice only.
    pub fn is_outdated(self, purpose: u8) -> bool {
        purpose < 32 && self.outdated & (1 << purpose) != 0
    }

    /// The profile through the lens.
    pub fn view(self, profile: &Profile) -> View<'_> {
        View {
            profile,
            lens: self,
        }
    }

    /// Whether data of the class may be seen.
    pub(crate) fn sees(self, class: DataClass) -> bool {
        self.classes & (1 << class as u8) != 0
    }

    /// The moment that it looks at.
    pub(crate) fn at(self) -> Timestamp {
        self.at
    }

    /// Whether it shows and grants what another does, the moment aside.
    pub(crate) fn shows_the_same(self, other: Self) -> bool {
        (self.classes, self.purposes) == (other.classes, other.purposes)
    }
}

impl<'p> View<'p> {
    /// The decision's clock.
    pub fn at(&self) -> Timestamp {
        self.lens.at
    }

    /// The lens it was made with.
    pub fn lens(&self) -> Lens {
        self.lens
    }

    /// A fact as a number: the newest that is visible and still holds.
    pub fn fact(&self, name: FactName) -> Option<f64> {
        self.facts()
            .filter(|fact| fact.name == name)
            .filter_map(|fact| Some((fact.observed_at, fact.value.number()?)))
            .max_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)))
            .map(|(_, value)| value)
    }

    /// Whether a fact of that name is visible that no longer holds.
    pub(crate) fn has_stale_fact(&self, name: FactName) -> bool {
        let at = self.lens.at;
        self.profile.facts.iter().any(|fact| {
            let known = fact.name == name && self.lens.sees(fact.class()) && fact.observed_at <= at;
            known && !fact.holds_at(at)
        })
    }

    /// Whether a holding of that kind is visible that was open and is past its shelf life.
    pub(crate) fn has_stale_holding(&self, kind: HoldingKind) -> bool {
        let at = self.lens.at;
        self.profile.holdings.iter().any(|holding| {
            let known = holding.kind == kind
                && self.lens.sees(holding.class())
                && holding.observed_at <= at;
            let open =
                holding.opened_at <= at && holding.closed_at.is_none_or(|closed| closed > at);
            known && open && !holding.holds_at(at)
        })
    }

    /// Whether holdings are visible at all: without consent their number is missing, not zero.
    pub fn sees_holdings(&self) -> bool {
        self.lens.sees(DataClass::Transaction)
    }

    /// The visible, current holdings of a kind.
    pub fn holdings(&self, kind: HoldingKind) -> impl Iterator<Item = &'p Holding> + use<'p> {
        self.current_holdings()
            .filter(move |holding| holding.kind == kind)
    }

    /// The visible events up to the clock, in the profile's order.
    pub fn events(&self) -> impl Iterator<Item = &'p Event> + use<'p> {
        let lens = self.lens;
        self.profile
            .events
            .iter()
            .filter(move |e| lens.sees(e.class()) && e.at <= lens.at)
    }

    /// The visible events, those after the clock too.
    pub(crate) fn all_events(&self) -> impl Iterator<Item = &'p Event> + use<'p> {
        let lens = self.lens;
        self.profile
            .events
            .iter()
            .filter(move |e| lens.sees(e.class()))
    }

    /// Whether the customer does not want to see what is called `name`, now.
    pub fn unwanted(&self, name: &str) -> bool {
        unwanted(&self.profile.preferences, name, self.lens.at)
    }

    /// What the customer said until now about being addressed.
    pub fn preferences(&self) -> impl Iterator<Item = &'p Preference> + use<'p> {
        let at = self.lens.at;
        self.profile
            .preferences
            .iter()
            .filter(move |wish| wish.at <= at)
    }

    /// Of several observations of one holding the newest that is visible counts, even when it says that
    /// the holding has ended. Records of one moment are several holdings. (A checked profile keeps
    /// observations of one holding together, oldest first.)
    pub(super) fn current_holdings(&self) -> impl Iterator<Item = &'p Holding> + use<'p> {
        let lens = self.lens;
        let all = self.profile.holdings.as_slice();
        let known = move |h: &Holding| lens.sees(h.class()) && h.observed_at <= lens.at;
        let superseded = move |i: usize, holding: &Holding| {
            let later = all.iter().skip(i + 1);
            later
                .take_while(|other| same_holding(holding, other) == Ordering::Equal)
                .any(|other| known(other) && other.observed_at > holding.observed_at)
        };
        all.iter()
            .enumerate()
            .filter(move |(i, holding)| {
                known(holding) && holding.holds_at(lens.at) && !superseded(*i, holding)
            })
            .map(|(_, holding)| holding)
    }

    pub(super) fn facts(&self) -> impl Iterator<Item = &'p crate::profile::Fact> + use<'p> {
        let lens = self.lens;
        self.profile
            .facts
            .iter()
            .filter(move |fact| lens.sees(fact.class()) && fact.holds_at(lens.at))
    }
}
