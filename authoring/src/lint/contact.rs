//! Groups without actions or effect, contact rules that are never reached.

use engine::{
    bundle::{Action, Body, Cap, Per},
    profile::DataClass,
};

use super::{Findings, Policy, name};

pub(super) fn check(policy: &Policy, body: &Body, findings: &mut Findings) {
    groups(policy, body, findings);
    caps(policy, body, findings);
    for (written, compiled) in policy
        .contact
        .quiet_hours
        .iter()
        .zip(&body.contact.quiet_hours)
    {
        let is_about = |action: &&Action| {
            action.channels & compiled.channels != 0
                && compiled
                    .group
                    .is_none_or(|group| action.groups.contains(&group))
        };
        if !body.actions.iter().any(|action| is_about(&action)) {
            findings.warning(
                "rule-about-nothing",
                written.id.place(),
                format!("quiet hours {} are about no action: none of its group is shown on these channels", name(&written.id)),
                "name another group or channel, or take the rule away",
            );
        } else if compiled.from == compiled.to {
            findings.warning(
                "rule-about-nothing",
                written.id.place(),
                format!("quiet hours {} end when they start", name(&written.id)),
                "write the first minute that is not quiet under `to`",
            );
        }
    }
}

fn groups(policy: &Policy, body: &Body, findings: &mut Findings) {
    for (position, group) in (0u16..).zip(&policy.groups) {
        if !body
            .actions
            .iter()
            .any(|action| action.groups.contains(&position))
        {
            findings.warning(
                "empty-group",
                group.id.place(),
                format!("group {} holds no action", name(&group.id)),
                "name products, purposes, life stages or actions that there are, or take it away",
            );
            continue;
        }
        let rules = &group.engagement;
        let id = group.id.value.as_str();
        let named = body
            .contact
            .caps
            .iter()
            .any(|cap| cap.group == Some(position))
            || body
                .contact
                .quiet_hours
                .iter()
                .any(|hours| hours.group == Some(position))
            || body.contact.do_not_disturb == Some(position)
            || body.page_limits.iter().any(|limit| limit.id == id)
            || body
                .experiments
                .control
                .as_ref()
                .is_some_and(|control| control.withholds == position);
        let ruled =
            rules.eligible.is_some() || rules.applicable.is_some() || rules.suitable.is_some();
        if !named && !ruled {
            findings.note(
                "group-without-effect",
                group.id.place(),
                format!("group {} has no rules, and nothing names it", name(&group.id)),
                "add a rule, name it in `contact.toml` or `placement.toml`, or take it away (customers may still opt out of it)",
            );
        }
    }
}

fn caps(policy: &Policy, body: &Body, findings: &mut Findings) {
    let written = &policy.contact.caps;
    let compiled = &body.contact.caps;
    let behavioural = 1 << DataClass::Behavioural as u8;
    let opened = body
        .purposes
        .iter()
        .any(|purpose| purpose.classes & behavioural != 0);
    for (cap, rule) in written.iter().zip(compiled) {
        if !opened {
            findings.warning(
                "rule-never-counts",
                cap.id.place(),
                format!(
                    "contact rule {} never counts anything: what customers did with an action is behavioural data, and no purpose opens those",
                    name(&cap.id)
                ),
                "let a purpose open `behavioural` in `purposes.toml`, or take the rule away",
            );
            continue;
        }
        if !body.actions.iter().any(|action| is_about(rule, action)) {
            findings.warning(
                "rule-about-nothing",
                cap.id.place(),
                format!(
                    "contact rule {} is about no action: none of its group is shown on its channel",
                    name(&cap.id)
                ),
                "name another group or channel, or take the rule away",
            );
            continue;
        }
        let stricter = compiled.iter().find(|other| {
            !core::ptr::eq(*other, rule) && stops_before(other, rule) && !stops_before(rule, other)
        });
        if let Some(stricter) = stricter {
            findings.warning(
                "rule-never-reached",
                cap.id.place(),
                format!(
                    "contact rule {} is never reached: `{}` always stops first",
                    name(&cap.id),
                    stricter.id
                ),
                "take one of them away, or change its count or its days",
            );
        }
    }
}

/// Whether a cap counts and stops an action.
pub(super) fn is_about(cap: &Cap, action: &Action) -> bool {
    cap.group.is_none_or(|group| action.groups.contains(&group))
        && cap
            .channel
            .is_none_or(|channel| action.channels & (1 << channel as u8) != 0)
}

/// Whether a cap has stopped whatever another would stop.
fn stops_before(first: &Cap, second: &Cap) -> bool {
    let wider_group = first.group == second.group
        || first.group.is_none() && (first.per == Per::Action || second.per == Per::Group);
    // What is counted together comes to more than what is counted by itself.
    let wider_count = first.per == second.per || first.per == Per::Group;
    first.counted == second.counted
        && first.reaches <= second.reaches
        && first.hours >= second.hours
        && wider_group
        && wider_count
        && (first.channel.is_none() || first.channel == second.channel)
}
