//! Why an action is not shown: the first thing that stopped it, and the smallest change that would have
//! let it win.

use serde::Serialize;

use crate::{
    bundle::{ArchivedAction, ArchivedBody, ArchivedTexts},
    candidates::{Part, Stop},
    policy::{ArchivedCondition, contact::Hold},
    tally::Outcome,
};

/// An action that stands nowhere.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NotShown<'b> {
    /// The action's name.
    pub action: &'b str,
    /// The first thing that stopped it. Taking it away is the smallest change that lets the action on.
    pub stopped: Stopped<'b>,
    /// In words, in the request's language.
    pub text: String,
}

/// The first thing that stopped an action.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Stopped<'b> {
    /// Its purpose is not granted: consent to it would let it on.
    Consent {
        /// The purpose.
        purpose: &'b str,
    },
    /// The customer does not want it, or not on the channels asked for.
    OptedOut,
    /// The customer wants to be left alone.
    DoNotDisturb,
    /// None of its triggers fired and none of the wants that name it is met.
    Unprompted,
    /// The customer may not have it.
    Ineligible(Rule<'b>),
    /// It makes no sense now.
    Inapplicable(Rule<'b>),
    /// It is not good for the customer.
    Unsuitable(Rule<'b>),
    /// A contact policy's count is reached.
    Cap {
        /// The rule's name.
        cap: &'b str,
    },
    /// The hours are quiet.
    QuietHours {
        /// The rule's name.
        hours: &'b str,
    },
    /// It is withheld from the control group.
    Control,
    /// Its score is 0.
    Worthless,
    /// No placeholder that was asked for takes its channel, format and topic.
    NoPlaceholder,
    /// Others stand where it would.
    Outscored {
        /// The placeholder where it came closest.
        placeholder: &'b str,
        /// The action whose place it would have taken; none when limits of the page kept it out.
        by: Option<&'b str>,
        /// Its own score.
        score: f64,
        /// The smallest score above which it would have been shown, all else equal.
        needed: f64,
        /// Whether no smaller score would do; not so when the search for it was cut short.
        exact: bool,
    },
}

/// What sort of stop: [`Stopped`] without what stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
#[expect(missing_docs, reason = "they are those of Stopped")]
pub enum Kind {
    Consent,
    OptedOut,
    DoNotDisturb,
    Unprompted,
    Ineligible,
    Inapplicable,
    Unsuitable,
    Cap,
    QuietHours,
    Control,
    Worthless,
    NoPlaceholder,
    Outscored,
}

/// A condition that does not hold.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Rule<'b> {
    /// The group whose policy it is; the action's own when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<&'b str>,
    /// The condition, as the bank wrote it.
    pub condition: &'b str,
}

impl<'b> Stopped<'b> {
    pub(crate) fn new(body: &'b ArchivedBody, action: &'b ArchivedAction, stop: Stop) -> Self {
        match stop {
            Stop::Consent(purpose) => Self::Consent {
                purpose: id(body.purposes.get(usize::from(purpose)).map(|p| &p.id)),
            },
            Stop::Hold(Hold::OptedOut) => Self::OptedOut,
            Stop::Hold(Hold::DoNotDisturb) => Self::DoNotDisturb,
            Stop::Hold(Hold::Cap(cap)) => Self::Cap {
                cap: id(body.contact.caps.get(usize::from(cap)).map(|cap| &cap.id)),
            },
            Stop::Hold(Hold::QuietHours(hours)) => Self::QuietHours {
                hours: id(body
                    .contact
                    .quiet_hours
                    .get(usize::from(hours))
                    .map(|hours| &hours.id)),
            },
            Stop::Unprompted => Self::Unprompted,
            Stop::Rule(part, group) => {
                let group = group.and_then(|group| body.groups.get(usize::from(group)));
                let engagement = group.map_or(&action.engagement, |group| &group.engagement);
                let rule = Rule {
                    group: group.map(|group| group.id.as_str()),
                    condition: engagement.condition(part).map_or("", source),
                };
                match part {
                    Part::Eligible => Self::Ineligible(rule),
                    Part::Applicable => Self::Inapplicable(rule),
                    Part::Suitable => Self::Unsuitable(rule),
                }
            }
            Stop::Control => Self::Control,
            Stop::Worthless => Self::Worthless,
        }
    }

    /// What sort of stop it is.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Consent { .. } => Kind::Consent,
            Self::OptedOut => Kind::OptedOut,
            Self::DoNotDisturb => Kind::DoNotDisturb,
            Self::Unprompted => Kind::Unprompted,
            Self::Ineligible(_) => Kind::Ineligible,
            Self::Inapplicable(_) => Kind::Inapplicable,
            Self::Unsuitable(_) => Kind::Unsuitable,
            Self::Cap { .. } => Kind::Cap,
            Self::QuietHours { .. } => Kind::QuietHours,
            Self::Control => Kind::Control,
            Self::Worthless => Kind::Worthless,
            Self::NoPlaceholder => Kind::NoPlaceholder,
            Self::Outscored { .. } => Kind::Outscored,
        }
    }

    /// In words: the bundle's sentence for the kind, with the name of what stopped the action.
    pub(crate) fn text(&self, body: &'b ArchivedBody, locale: usize) -> String {
        let sentence = body.explanations.get(usize::from(self.kind() as u8));
        let sentence = sentence.map_or("", |sentence| text(sentence, locale));
        match sentence.split_once("{}") {
            Some((before, after)) => [before, self.name(body, locale), after].concat(),
            None => sentence.to_owned(),
        }
    }

    /// What the customer calls the thing that stopped the action.
    fn name(&self, body: &'b ArchivedBody, locale: usize) -> &'b str {
        let titled =
            |title: Option<&'b ArchivedTexts>| title.map_or("", |title| text(title, locale));
        match self {
            Self::Consent { purpose } => titled(
                body.purposes
                    .iter()
                    .find(|p| p.id == *purpose)
                    .map(|p| &p.title),
            ),
            Self::Ineligible(rule) | Self::Inapplicable(rule) | Self::Unsuitable(rule) => {
                let group = rule
                    .group
                    .and_then(|id| body.groups.iter().find(|g| g.id == id));
                titled(group.map(|group| &group.title))
            }
            Self::Cap { cap } => titled(
                body.contact
                    .caps
                    .iter()
                    .find(|c| c.id == *cap)
                    .map(|c| &c.title),
            ),
            Self::QuietHours { hours } => titled(
                body.contact
                    .quiet_hours
                    .iter()
                    .find(|quiet| quiet.id == *hours)
                    .map(|quiet| &quiet.title),
            ),
            Self::Outscored { by: Some(by), .. } => body
                .actions
                .iter()
                .find(|action| action.id == *by)
                .and_then(|action| action.pitches.get(locale))
                .map_or("", |pitch| pitch.title.as_str()),
            _ => "",
        }
    }
}

impl Stop {
    /// In numbers.
    pub(crate) fn outcome(self) -> Outcome {
        let (kind, by) = match self {
            Self::Consent(purpose) => (Kind::Consent, Some(u16::from(purpose))),
            Self::Hold(Hold::OptedOut) => (Kind::OptedOut, None),
            Self::Hold(Hold::DoNotDisturb) => (Kind::DoNotDisturb, None),
            Self::Hold(Hold::Cap(cap)) => (Kind::Cap, Some(cap)),
            Self::Hold(Hold::QuietHours(hours)) => (Kind::QuietHours, Some(hours)),
            Self::Unprompted => (Kind::Unprompted, None),
            Self::Rule(Part::Eligible, group) => (Kind::Ineligible, group),
            Self::Rule(Part::Applicable, group) => (Kind::Inapplicable, group),
            Self::Rule(Part::Suitable, group) => (Kind::Unsuitable, group),
            Self::Control => (Kind::Control, None),
            Self::Worthless => (Kind::Worthless, None),
        };
        Outcome::stopped(kind, by)
    }
}

impl Kind {
    /// All kinds, in the order of their discriminants: a bundle has a sentence for each.
    pub const ALL: [Self; 13] = [
        Self::Consent,
        Self::OptedOut,
        Self::DoNotDisturb,
        Self::Unprompted,
        Self::Ineligible,
        Self::Inapplicable,
        Self::Unsuitable,
        Self::Cap,
        Self::QuietHours,
        Self::Control,
        Self::Worthless,
        Self::NoPlaceholder,
        Self::Outscored,
    ];

    /// Its name in JSON and in policies.
    pub fn name(self) -> &'static str {
        match self {
            Self::Consent => "consent",
            Self::OptedOut => "opted-out",
            Self::DoNotDisturb => "do-not-disturb",
            Self::Unprompted => "unprompted",
            Self::Ineligible => "ineligible",
            Self::Inapplicable => "inapplicable",
            Self::Unsuitable => "unsuitable",
            Self::Cap => "cap",
            Self::QuietHours => "quiet-hours",
            Self::Control => "control",
            Self::Worthless => "worthless",
            Self::NoPlaceholder => "no-placeholder",
            Self::Outscored => "outscored",
        }
    }
}

fn id(id: Option<&rkyv::string::ArchivedString>) -> &str {
    id.map_or("", |id| id.as_str())
}

fn source(condition: &ArchivedCondition) -> &str {
    &condition.source
}

fn text(texts: &ArchivedTexts, locale: usize) -> &str {
    texts.get(locale).map_or("", |text| text.as_str())
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::indexing_slicing,
        reason = "a failed test may say so bluntly"
    )]

    use super::*;

    #[test]
    fn kinds_are_named_as_json_names_them() {
        let rule = || Rule {
            group: None,
            condition: "",
        };
        let all = [
            Stopped::Consent { purpose: "" },
            Stopped::OptedOut,
            Stopped::DoNotDisturb,
            Stopped::Unprompted,
            Stopped::Ineligible(rule()),
            Stopped::Inapplicable(rule()),
            Stopped::Unsuitable(rule()),
            Stopped::Cap { cap: "" },
            Stopped::QuietHours { hours: "" },
            Stopped::Control,
            Stopped::Worthless,
            Stopped::NoPlaceholder,
            Stopped::Outscored {
                placeholder: "",
                by: None,
                score: 0.0,
                needed: 0.0,
                exact: true,
            },
        ];
        for (stopped, kind) in all.iter().zip(Kind::ALL) {
            assert_eq!(stopped.kind(), kind);
            assert_eq!(serde_json::to_value(stopped).unwrap()["kind"], kind.name());
            assert_eq!(Kind::ALL[usize::from(kind as u8)], kind);
        }
    }
}
