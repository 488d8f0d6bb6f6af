//! Why an action is not shown: the first thing that stopped it, and the smallest change that would have
//! let it win.

use std::fmt;

use serde::{Serialize, Serializer};

use crate::{
    bundle::{ArchivedAction, ArchivedBody, ArchivedTexts},
    candidates::Stop,
    consent::Lens,
    explain::{Change, changes},
    policy::{Operands, contact::Hold, engagement::Part},
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
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub text: Sentence<'b>,
}

/// A sentence of the bundle with a name in it; joined when it is written, since most are never read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sentence<'b>([&'b str; 3]);

impl fmt::Display for Sentence<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|part| f.write_str(part))
    }
}

impl Serialize for Sentence<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
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
        /// Whether the customer granted it under another version of its notice, and so has to be asked again.
        outdated: bool,
    },
    /// The customer does not want it, or not on the channels asked for.
    OptedOut,
    /// The customer wants to be left alone.
    DoNotDisturb,
    /// None of its triggers fired and none of the wants that name it is met.
    Unprompted {
        /// Its triggers: one would do.
        #[cfg_attr(feature = "schema", schemars(with = "Vec<String>"))]
        triggers: Names<'b>,
        /// The intents for which somebody wants it: one that is strong enough would do.
        #[cfg_attr(feature = "schema", schemars(with = "Vec<String>"))]
        intents: Names<'b>,
    },
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
    /// The fewest numbers that would have to be others for it to hold; empty when none would do.
    pub changes: Vec<Change<'b>>,
}

/// Names in the bundle, each once; looked up when they are written, since most are never read.
#[derive(Clone, Copy)]
pub struct Names<'b> {
    body: &'b ArchivedBody,
    action: &'b ArchivedAction,
    /// The name in a position of the action's list; none after the last.
    at: NameAt,
}

type NameAt = for<'b> fn(&'b ArchivedBody, &'b ArchivedAction, usize) -> Option<&'b str>;

impl<'b> Names<'b> {
    fn new(body: &'b ArchivedBody, action: &'b ArchivedAction, at: NameAt) -> Self {
        Self { body, action, at }
    }

    /// The names.
    pub fn iter(self) -> impl Iterator<Item = &'b str> {
        let at = move |i| (self.at)(self.body, self.action, i);
        (0..)
            .map_while(move |i| Some((i, at(i)?)))
            .filter(move |(i, name)| !(0..*i).any(|before| at(before) == Some(name)))
            .map(|(_, name)| name)
    }
}

fn trigger<'b>(body: &'b ArchivedBody, action: &'b ArchivedAction, i: usize) -> Option<&'b str> {
    let position = action.triggers.get(i)?.to_native();
    Some(&body.triggers.get(usize::from(position))?.id)
}

fn intent<'b>(body: &'b ArchivedBody, action: &'b ArchivedAction, i: usize) -> Option<&'b str> {
    let want = action.wants.get(i)?.to_native();
    let intent = body.market.wants.get(usize::from(want))?.intent.to_native();
    Some(&body.intents.get(usize::from(intent))?.id)
}

impl fmt::Debug for Names<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl PartialEq for Names<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Serialize for Names<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(self.iter())
    }
}

impl<'b> Stopped<'b> {
    /// What stopped an action, and what the customer calls it.
    pub(crate) fn new(
        body: &'b ArchivedBody,
        action: &'b ArchivedAction,
        stop: Stop,
        lens: Lens,
        operands: Operands<'_>,
    ) -> (Self, Option<&'b ArchivedTexts>) {
        match stop {
            Stop::Consent(position) => {
                let purpose = body.purposes.get(usize::from(position));
                let stopped = Self::Consent {
                    purpose: id(purpose.map(|purpose| &purpose.id)),
                    outdated: lens.is_outdated(position),
                };
                (stopped, purpose.map(|purpose| &purpose.title))
            }
            Stop::Hold(Hold::OptedOut) => (Self::OptedOut, None),
            Stop::Hold(Hold::DoNotDisturb) => (Self::DoNotDisturb, None),
            Stop::Hold(Hold::Cap(cap)) => {
                let cap = body.contact.caps.get(usize::from(cap));
                let id = id(cap.map(|cap| &cap.id));
                (Self::Cap { cap: id }, cap.map(|cap| &cap.title))
            }
            Stop::Hold(Hold::QuietHours(hours)) => {
                let hours = body.contact.quiet_hours.get(usize::from(hours));
                let id = id(hours.map(|hours| &hours.id));
                (Self::QuietHours { hours: id }, hours.map(|h| &h.title))
            }
            Stop::Unprompted => {
                let stopped = Self::Unprompted {
                    triggers: Names::new(body, action, trigger),
                    intents: Names::new(body, action, intent),
                };
                (stopped, None)
            }
            Stop::Rule(part, group) => {
                let group = group.and_then(|group| body.groups.get(usize::from(group)));
                let engagement = group.map_or(&action.engagement, |group| &group.engagement);
                let condition = engagement.condition(part);
                let rule = Rule {
                    group: group.map(|group| group.id.as_str()),
                    condition: condition.map_or("", |condition| &condition.source),
                    changes: condition
                        .map_or_else(Vec::new, |condition| changes(condition, operands, body)),
                };
                let stopped = match part {
                    Part::Eligible => Self::Ineligible(rule),
                    Part::Applicable => Self::Inapplicable(rule),
                    Part::Suitable => Self::Unsuitable(rule),
                };
                (stopped, group.map(|group| &group.title))
            }
            Stop::Control => (Self::Control, None),
            Stop::Worthless => (Self::Worthless, None),
        }
    }

    /// What sort of stop it is.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Consent { .. } => Kind::Consent,
            Self::OptedOut => Kind::OptedOut,
            Self::DoNotDisturb => Kind::DoNotDisturb,
            Self::Unprompted { .. } => Kind::Unprompted,
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
    pub(crate) fn text(
        &self,
        body: &'b ArchivedBody,
        locale: usize,
        name: &'b str,
    ) -> Sentence<'b> {
        let sentence = body.explanations.get(usize::from(self.kind() as u8));
        let sentence = sentence.and_then(|sentence| sentence.get(locale));
        let sentence = sentence.map_or("", |sentence| sentence.as_str());
        Sentence(match sentence.split_once("{}") {
            Some((before, after)) => [before, name, after],
            None => [sentence, "", ""],
        })
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

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::indexing_slicing,
        reason = "a failed test may say so bluntly"
    )]

    use rkyv::{rancor::Error, tuple::ArchivedTuple2};

    use super::*;
    use crate::bundle::{Action, Body};

    #[test]
    fn kinds_are_named_as_json_names_them() {
        let rule = || Rule {
            group: None,
            condition: "",
            changes: Vec::new(),
        };
        let bytes = rkyv::to_bytes::<Error>(&(Body::default(), Action::default())).unwrap();
        let archived = rkyv::access::<ArchivedTuple2<ArchivedBody, ArchivedAction>, Error>(&bytes);
        let ArchivedTuple2(body, action) = archived.unwrap();
        let names = Names::new(body, action, trigger);
        let all = [
            Stopped::Consent {
                purpose: "",
                outdated: false,
            },
            Stopped::OptedOut,
            Stopped::DoNotDisturb,
            Stopped::Unprompted {
                triggers: names,
                intents: names,
            },
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
