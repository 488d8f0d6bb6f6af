//! The way of a decision, from a profile to placements.

use crate::{
    Bundle, Context, Decision, Profile, Timestamp, assistant,
    bundle::{ArchivedAction, ArchivedBody, ArchivedPlaceholder},
    consent::Lens,
    decision::{ModelScore, PersonaShare, PitchText, Placement, Receipt, Signals},
    explain::Evidence,
    limits,
    personas::Membership,
    placement::{self, Candidate, Place},
    policy::{Numbers, Operands, triangulation::Standing},
    trust::hex,
    variables::Ledger,
};

/// This engine's version, as receipts name it.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The runtime: an open bundle, and room to work in that is made once.
#[derive(Debug)]
pub struct Engine<'b> {
    bundle: Bundle<'b>,
    work: Work,
}

/// Why there is no decision.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecideError {
    /// The seed is larger than every host's JSON can carry.
    #[error(
        "seed {found} is over the limit of {}: JavaScript could not replay it",
        limits::SEED
    )]
    Seed {
        /// The seed given.
        found: u64,
    },
}

/// Lists that a decision needs, kept between decisions.
#[derive(Debug, Default)]
struct Work {
    variables: Vec<f64>,
    scores: Vec<f64>,
    fired: Vec<bool>,
    row: Vec<f32>,
    candidates: Vec<Candidate>,
    requested: Vec<u16>,
    places: Vec<Place>,
    placement: placement::Scratch,
}

impl<'b> Engine<'b> {
    /// Makes an engine that runs `bundle`.
    pub fn new(bundle: Bundle<'b>) -> Self {
        Self {
            bundle,
            work: Work::default(),
        }
    }

    /// The bundle it runs.
    pub fn bundle(&self) -> Bundle<'b> {
        self.bundle
    }

    /// Fills the placeholders that `context` asks for, for the customer of `profile`, at the instant
    /// `at`. `seed` (at most [`limits::SEED`]) decides every chance; the receipt names it.
    ///
    /// The profile and the context must have been checked ([`Profile::from_json`] or
    /// [`Profile::checked`], and the same of the context).
    pub fn decide(
        &mut self,
        profile: &Profile,
        context: &Context,
        at: Timestamp,
        seed: u64,
    ) -> Result<Decision<'b>, DecideError> {
        if seed > limits::SEED {
            return Err(DecideError::Seed { found: seed });
        }
        let body = self.bundle.body();
        let lens = Lens::new(profile, &body.purposes, at);
        self.compute(profile, lens);
        let persona = body.personas.nearest(&self.work.variables);
        self.evaluate(context, persona);
        self.collect(context, lens, persona);
        self.request(context);
        placement::place(
            &self.work.candidates,
            &body.actions,
            &self.work.requested,
            &body.placeholders,
            &mut self.work.placement,
            &mut self.work.places,
        );
        let receipt = Receipt {
            engine: VERSION,
            bundle: hex(&self.bundle.hash()),
            profile: hex(&lens.view(profile).hash()),
            context: hex(&context.hash()),
            at,
            seed,
        };
        Ok(self.describe(context, lens, persona, receipt))
    }

    /// Answers a question in the customer's words from the customer's variables, in the context's
    /// language; nothing when the question is not understood or a value is missing.
    pub fn answer(
        &mut self,
        profile: &Profile,
        context: &Context,
        at: Timestamp,
        text: &str,
    ) -> Option<String> {
        let body = self.bundle.body();
        let asked = assistant::understand(body, text)?;
        self.compute(profile, Lens::new(profile, &body.purposes, at));
        let (locale, numbers) = language(body, context);
        asked
            .question
            .answer
            .get(locale)?
            .render(&self.work.variables, numbers)
    }

    /// Profile, through the lens, to variables.
    fn compute(&mut self, profile: &Profile, lens: Lens) {
        let view = lens.view(profile);
        let ledger = Ledger::new(view.events(), view.at());
        self.work.variables.clear();
        self.work
            .variables
            .extend(self.bundle.body().variables.iter().map(|variable| {
                if lens.grants(variable.purpose) {
                    variable.measure.value(&view, &ledger)
                } else {
                    f64::NAN
                }
            }));
    }

    /// Variables to signals: model scores and triggers.
    fn evaluate(&mut self, context: &Context, persona: Option<Membership>) {
        let body = self.bundle.body();
        let Work {
            variables,
            scores,
            fired,
            row,
            ..
        } = &mut self.work;
        scores.clear();
        scores.extend(body.models.iter().map(|model| model.score(variables, row)));
        let operands = Operands {
            variables,
            scores,
            persona: persona.map(|membership| membership.persona),
            channel: context.channel,
        };
        fired.clear();
        fired.extend(
            body.triggers
                .iter()
                .map(|trigger| trigger.condition.holds(operands)),
        );
    }

    /// Signals to candidates, each with its score.
    fn collect(&mut self, context: &Context, lens: Lens, persona: Option<Membership>) {
        let body = self.bundle.body();
        let Work {
            variables,
            scores,
            fired,
            candidates,
            ..
        } = &mut self.work;
        let persona = persona.map(|membership| membership.persona);
        candidates.clear();
        for (position, action) in (0u16..).zip(body.actions.iter()) {
            let operands = Operands {
                variables,
                scores,
                persona,
                channel: context.channel,
            };
            let eligible = action
                .eligibility
                .as_ref()
                .is_none_or(|e| e.holds(operands));
            let allowed = action
                .purpose
                .as_ref()
                .is_none_or(|purpose| lens.grants(*purpose));
            let Some(urgency) = pressing(body, action, fired) else {
                continue;
            };
            if eligible && allowed {
                let standing = Standing {
                    scores,
                    persona,
                    urgency,
                };
                let score = body.triangulation.weigh(action, standing).product();
                candidates.push(Candidate {
                    action: position,
                    score,
                });
            }
        }
    }

    /// The placeholders that the context asks for.
    fn request(&mut self, context: &Context) {
        let wanted = |placeholder: &ArchivedPlaceholder| {
            context
                .channel
                .is_none_or(|channel| placeholder.channel == channel)
                && context
                    .page
                    .as_deref()
                    .is_none_or(|page| placeholder.page == page)
                && context
                    .placeholders
                    .as_ref()
                    .is_none_or(|names| names.iter().any(|name| placeholder.id == name.as_str()))
        };
        let all = (0u16..).zip(self.bundle.body().placeholders.iter());
        self.work.requested.clear();
        self.work
            .requested
            .extend(all.filter(|(_, p)| wanted(p)).map(|(position, _)| position));
    }

    /// Places to a decision with texts and reasons.
    fn describe(
        &mut self,
        context: &Context,
        lens: Lens,
        persona: Option<Membership>,
        receipt: Receipt,
    ) -> Decision<'b> {
        let body = self.bundle.body();
        let Work {
            variables,
            scores,
            fired,
            row,
            places,
            requested,
            ..
        } = &mut self.work;
        let (locale, numbers) = language(body, context);
        let position = persona.map(|membership| membership.persona);
        let evidence = Evidence {
            body,
            locale,
            numbers,
            variables,
            scores,
            fired,
            persona: position,
        };
        let mut placements = Vec::with_capacity(places.len());
        for place in places.iter() {
            let Some(action) = body.actions.get(usize::from(place.candidate.action)) else {
                continue;
            };
            let Some(slot) = body.placeholders.get(usize::from(place.placeholder)) else {
                continue;
            };
            let urgency = pressing(body, action, fired).unwrap_or(0.0);
            placements.push(Placement {
                placeholder: &slot.id,
                action: &action.id,
                life_stage: action.life_stage,
                product: &action.product,
                score: place.candidate.score,
                breakdown: body.triangulation.weigh(
                    action,
                    Standing {
                        scores,
                        persona: position,
                        urgency,
                    },
                ),
                reasons: evidence.reasons(action, row),
                pitch: pitch(body, action, locale, variables, numbers),
            });
        }
        let unfilled = requested.iter().filter_map(|position| {
            let slot = body.placeholders.get(usize::from(*position))?;
            let filled = places
                .iter()
                .filter(|place| place.placeholder == *position)
                .count();
            (filled < usize::from(slot.capacity)).then_some(slot.id.as_str())
        });
        Decision {
            placements,
            unfilled: unfilled.collect(),
            signals: signals(body, lens, persona, scores, fired),
            receipt,
        }
    }
}

/// Urgency of the most urgent fired trigger of an action; nothing when it has triggers and none fired.
fn pressing(body: &ArchivedBody, action: &ArchivedAction, fired: &[bool]) -> Option<f64> {
    let urgencies = action.triggers.iter().filter_map(|i| {
        let i = usize::from(i.to_native());
        fired.get(i).filter(|fired| **fired)?;
        body.triggers
            .get(i)
            .map(|trigger| f64::from(trigger.urgency.to_native()))
    });
    let most = urgencies.max_by(f64::total_cmp);
    most.or_else(|| action.triggers.is_empty().then_some(0.0))
}

/// Position of the context's language, and how it writes numbers. `cs-CZ` is served by `cs`.
fn language<'b>(body: &'b ArchivedBody, context: &Context) -> (usize, Numbers<'b>) {
    let wanted = context.locale.as_deref().unwrap_or_default();
    let primary = wanted.split(['-', '_']).next().unwrap_or_default();
    let find = |tag: &str| {
        body.locales
            .iter()
            .position(|l| l.as_str().eq_ignore_ascii_case(tag))
    };
    let position = find(wanted).or_else(|| find(primary)).unwrap_or(0);
    let tag = body.locales.get(position).map_or("", |tag| tag.as_str());
    (position, Numbers::new(tag, &body.currency))
}

fn pitch<'b>(
    body: &'b ArchivedBody,
    action: &'b ArchivedAction,
    locale: usize,
    variables: &[f64],
    numbers: Numbers<'b>,
) -> PitchText<'b> {
    let tag = body.locales.get(locale).map_or("", |tag| tag.as_str());
    let Some(pitch) = action.pitches.get(locale) else {
        return PitchText {
            locale: tag,
            title: "",
            body: String::new(),
            call_to_action: "",
        };
    };
    let plain = || pitch.plain.as_str().to_owned();
    PitchText {
        locale: tag,
        title: &pitch.title,
        body: pitch.body.render(variables, numbers).unwrap_or_else(plain),
        call_to_action: &pitch.call_to_action,
    }
}

fn signals<'b>(
    body: &'b ArchivedBody,
    lens: Lens,
    persona: Option<Membership>,
    scores: &[f64],
    fired: &[bool],
) -> Signals<'b> {
    let purposes = (0u8..).zip(body.purposes.iter());
    let persona = persona.and_then(|membership| {
        let persona = body
            .personas
            .personas
            .get(usize::from(membership.persona))?;
        Some(PersonaShare {
            id: &persona.id,
            share: membership.share,
        })
    });
    let triggers = body.triggers.iter().zip(fired).filter(|(_, fired)| **fired);
    let scored = body
        .models
        .iter()
        .zip(scores)
        .filter(|(_, score)| !score.is_nan());
    Signals {
        purposes: purposes
            .filter(|(i, _)| lens.grants(*i))
            .map(|(_, p)| p.id.as_str())
            .collect(),
        persona,
        triggers: triggers.map(|(trigger, _)| trigger.id.as_str()).collect(),
        scores: scored
            .map(|(m, score)| ModelScore {
                model: &m.id,
                score: *score,
            })
            .collect(),
    }
}
