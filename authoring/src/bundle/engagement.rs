//! Groups, contact policy and limits of pages: names of groups and products to positions.

use std::collections::BTreeSet;

use engine::{
    bundle::{Cap, Contact, Engagement, Group, PageLimit, QuietHours},
    placement::Groups,
};

use super::{
    Problem, Spot,
    compiler::{Compiler, unknown},
    policy, texts,
};

impl Compiler<'_> {
    pub(super) fn groups(&mut self) -> Vec<Group> {
        let groups = &self.policy.groups;
        for group in groups {
            for product in &group.products {
                self.product(product);
            }
            let purposes = &self.policy.purposes;
            for purpose in &group.purposes {
                let known = purposes.iter().map(|known| known.id.value.as_str());
                self.find("purpose", purpose, known);
            }
            for action in &group.actions {
                self.find("action", action, self.action_names());
            }
        }
        let compile = |group: &policy::Group| Group {
            id: group.id.value.clone(),
            title: texts(&group.title),
            engagement: self.engagement(&group.engagement),
        };
        groups.iter().map(compile).collect()
    }

    pub(super) fn engagement(&mut self, engagement: &policy::Engagement) -> Engagement {
        let mut condition =
            |source: &Option<Spot<String>>| source.as_ref().map(|source| self.condition(source));
        Engagement {
            eligible: condition(&engagement.eligible),
            applicable: condition(&engagement.applicable),
            suitable: condition(&engagement.suitable),
        }
    }

    /// Positions of the groups that an action is in, ascending.
    pub(super) fn groups_of(&self, action: &policy::Action) -> Vec<u16> {
        let named = |names: &[Spot<String>], name: &str| names.iter().any(|n| n.value == name);
        let belongs = |group: &policy::Group| {
            named(&group.products, &action.product.value)
                || named(&group.actions, &action.id.value)
                || group.life_stages.contains(&action.life_stage)
                || action
                    .purpose
                    .as_ref()
                    .is_some_and(|purpose| named(&group.purposes, &purpose.value))
        };
        let groups = (0u16..).zip(&self.policy.groups);
        groups
            .filter(|(_, group)| belongs(group))
            .map(|(position, _)| position)
            .collect()
    }

    pub(super) fn contact(&self) -> Contact {
        let contact = &self.policy.contact;
        let cap = |cap: &policy::Cap| Cap {
            id: cap.id.value.clone(),
            title: texts(&cap.title),
            counted: cap.counted,
            reaches: cap.reaches,
            hours: cap.hours,
            per: cap.per,
            group: self.group(cap.group.as_ref()),
            channel: cap.channel,
        };
        let quiet = |hours: &policy::QuietHours| QuietHours {
            id: hours.id.value.clone(),
            title: texts(&hours.title),
            from: hours.from,
            to: hours.to,
            channels: hours
                .channels
                .iter()
                .fold(0, |bits, channel| bits | 1 << *channel as u8),
            group: self.group(hours.group.as_ref()),
        };
        Contact {
            caps: contact.caps.iter().map(cap).collect(),
            quiet_hours: contact.quiet_hours.iter().map(quiet).collect(),
            do_not_disturb: self.group(contact.do_not_disturb.as_ref()),
        }
    }

    /// Limits of groups first, then one for each product that has several actions.
    pub(super) fn page_limits(&self) -> Vec<PageLimit> {
        let written = &self.policy.page_limits;
        let mut limits: Vec<PageLimit> = Vec::new();
        for (group, at_most) in &written.groups {
            self.group(Some(group));
            limits.push(PageLimit {
                id: group.value.clone(),
                at_most: *at_most,
                apart: false,
            });
        }
        for group in &written.apart {
            self.group(Some(group));
            match limits.iter_mut().find(|limit| limit.id == group.value) {
                Some(limit) => limit.apart = true,
                None => limits.push(PageLimit {
                    id: group.value.clone(),
                    at_most: u8::MAX,
                    apart: true,
                }),
            }
        }
        if let Some(at_most) = written.product {
            let products: BTreeSet<&str> = self.products().collect();
            limits.extend(products.into_iter().map(|product| PageLimit {
                id: product.to_owned(),
                at_most,
                apart: false,
            }));
        }
        limits
    }

    /// Positions of the limits that an action counts for, ascending.
    pub(super) fn page_limits_of(&self, action: &policy::Action, limits: &[PageLimit]) -> Vec<u16> {
        let named = self
            .policy
            .page_limits
            .groups
            .iter()
            .map(|(group, _)| group);
        let mut named: Vec<&str> = named
            .chain(&self.policy.page_limits.apart)
            .map(|group| group.value.as_str())
            .collect();
        named.sort_unstable();
        named.dedup();
        let mut counts = Vec::new();
        for (position, limit) in (0u16..).zip(limits) {
            // The limits of groups come first, as many as there are names.
            let belongs = if usize::from(position) < named.len() {
                let group = self
                    .policy
                    .groups
                    .iter()
                    .position(|g| g.id.value == limit.id);
                let group = group.and_then(|group| u16::try_from(group).ok());
                group.is_some_and(|group| self.groups_of(action).contains(&group))
            } else {
                limit.id == action.product.value
            };
            if belongs {
                counts.push(position);
            }
        }
        if counts.len() > Groups::MOST {
            let problem = Problem::TooMuch {
                what: "limits of a page that one action counts for",
                found: counts.len(),
                limit: Groups::MOST,
                remedy: "take some away from `placement.toml`",
            };
            self.log.add(action.id.place(), problem);
        }
        counts
    }

    pub(super) fn group(&self, name: Option<&Spot<String>>) -> Option<u16> {
        let known = self
            .policy
            .groups
            .iter()
            .map(|group| group.id.value.as_str());
        name.and_then(|name| self.find("group", name, known))
    }

    fn product(&self, name: &Spot<String>) {
        if !self.products().any(|known| known == name.value) {
            unknown("product", name, self.products(), self.log);
        }
    }

    fn products(&self) -> impl Iterator<Item = &str> {
        let actions = self.policy.actions.iter();
        actions.map(|action| action.product.value.as_str())
    }
}
