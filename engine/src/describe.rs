//! Positions and numbers to a decision that a host can show: names, texts, reasons, a receipt.

use crate::{
    Bundle, Context, Decision, VERSION,
    bundle::{ArchivedAction, ArchivedBody},
    candidates::{Candidate, Selection, Stop},
    decision::{
        Arms, IntentStrength, ModelScore, PersonaShare, PitchText, Placement, PlannedStep, Receipt,
        Signals,
    },
    explain::{Evidence, Kind, NotShown, Stopped},
    models::Row,
    placement::Outscored,
    policy::Numbers,
    snapshot::Snapshot,
    tally::{Outcome, Placed, Tally},
    trust::hex,
    view::View,
};

/// What was decided, and in which words to say it.
pub(crate) struct Description<'w, 'b> {
    pub bundle: Bundle<'b>,
    pub snapshot: &'w Snapshot,
    pub context: &'w Context,
    pub selection: &'w Selection,
    /// Positions of the placeholders asked for.
    pub requested: &'w [u16],
    pub view: &'w View,
    /// Scratch for model inputs.
    pub row: &'w mut Row,
    /// Position of the language.
    pub locale: usize,
    pub numbers: Numbers<'b>,
}

impl<'b> Description<'_, 'b> {
    #[inline]
    pub fn decision(&mut self, seed: u64) -> Decision<'b> {
        let body = self.bundle.body();
        self.row.fill(&self.snapshot.variables);
        let mut placements = Vec::with_capacity(self.view.placed.len());
        for placed in &self.view.placed {
            let candidate = self.candidate(placed.contender).copied();
            let slot = body.placeholders.get(usize::from(placed.slot));
            if let (Some(candidate), Some(slot)) = (candidate, slot) {
                let placement = self.placement(&slot.id, &candidate, &placements);
                placements.extend(placement);
            }
        }
        let unfilled = self.requested.iter().filter_map(|position| {
            let slot = body.placeholders.get(usize::from(*position))?;
            let here = self.view.placed.iter().filter(|p| p.slot == *position);
            (here.count() < usize::from(slot.capacity)).then_some(slot.id.as_str())
        });
        Decision {
            placements,
            unfilled: unfilled.collect(),
            optimal: self.view.optimal,
            signals: self.signals(),
            receipt: Receipt {
                engine: VERSION,
                bundle: hex(&self.bundle.hash()),
                profile: hex(&self.snapshot.profile),
                context: hex(&self.context.hash()),
                at: self.snapshot.at,
                seed,
            },
        }
    }

    /// What stands in a slot, after the others.
    fn placement(
        &mut self,
        slot: &'b str,
        candidate: &Candidate,
        others: &[Placement<'b>],
    ) -> Option<Placement<'b>> {
        let body = self.bundle.body();
        let action = body.actions.get(usize::from(candidate.action))?;
        let evidence = Evidence {
            body,
            locale: self.locale,
            numbers: self.numbers,
            variables: &self.snapshot.variables,
            scores: &self.snapshot.scores,
            fired: &self.selection.fired,
            intents: &self.selection.intents,
            persona: self.snapshot.persona.map(|membership| membership.persona),
        };
        let breakdown = self.selection.breakdown(body, candidate)?;
        let reasons = evidence.reasons(action, candidate.want, others, self.row);
        Some(Placement {
            placeholder: slot,
            action: &action.id,
            life_stage: action.life_stage,
            product: &action.product,
            score: candidate.score,
            breakdown,
            reasons,
            pitch: self.pitch(body, action),
        })
    }

    fn pitch(&self, body: &'b ArchivedBody, action: &'b ArchivedAction) -> PitchText<'b> {
        let locale = body.locales.get(self.locale).map_or("", |tag| tag.as_str());
        let Some(pitch) = action.pitches.get(self.locale) else {
            return PitchText {
                locale,
                title: "",
                body: String::new(),
                call_to_action: "",
            };
        };
        let filled = pitch.body.render(&self.snapshot.variables, self.numbers);
        PitchText {
            locale,
            title: &pitch.title,
            body: filled.unwrap_or_else(|| pitch.plain.as_str().to_owned()),
            call_to_action: &pitch.call_to_action,
        }
    }

    #[inline]
    fn signals(&self) -> Signals<'b> {
        let body = self.bundle.body();
        let Selection {
            fired,
            intents,
            draws,
            ..
        } = self.selection;
        let purposes = (0u8..).zip(body.purposes.iter());
        let persona = self.snapshot.persona.and_then(|membership| {
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
        let raised = body.intents.iter().zip(intents);
        let raised = raised.filter_map(|(intent, strength)| {
            Some(IntentStrength {
                id: &intent.id,
                strength: strength.value,
                trigger: &body.triggers.get(usize::from(strength.trigger?))?.id,
            })
        });
        let scored = body
            .score_ids()
            .zip(&self.snapshot.scores)
            .filter(|(_, score)| !score.is_nan());
        Signals {
            purposes: purposes
                .filter(|(i, _)| self.snapshot.lens.grants(*i))
                .map(|(_, p)| p.id.as_str())
                .collect(),
            persona,
            triggers: triggers.map(|(trigger, _)| trigger.id.as_str()).collect(),
            intents: raised.collect(),
            scores: scored
                .map(|(model, score)| ModelScore {
                    model,
                    score: *score,
                })
                .collect(),
            plan: self.plan(),
            experiments: Arms::named(body, *draws),
        }
    }

    fn plan(&self) -> Vec<PlannedStep<'b>> {
        let body = self.bundle.body();
        let plan = self.snapshot.plan.iter().filter_map(|planned| {
            let step = body.outputs().nth(usize::from(planned.score))?;
            Some(PlannedStep {
                step: &step.id,
                title: step.title.get(self.locale).map_or("", |title| title),
                week: planned.week,
                share: planned.share,
            })
        });
        plan.collect()
    }

    pub fn tally(&self) -> Tally {
        let places = self.view.placed.iter().filter_map(|placed| {
            Some(Placed {
                placeholder: placed.slot,
                action: placed.contender,
                score: self.candidate(placed.contender)?.score,
            })
        });
        let fired = (0u16..).zip(&self.selection.fired);
        Tally {
            places: places.collect(),
            optimal: self.view.optimal,
            outcomes: self.outcomes(),
            fired: fired.filter(|(_, fired)| **fired).map(|(i, _)| i).collect(),
            persona: self.snapshot.persona.map(|membership| membership.persona),
        }
    }

    fn outcomes(&self) -> Vec<Outcome> {
        let mut shown = vec![false; self.selection.stops.len()];
        for placed in &self.view.placed {
            if let Some(shown) = shown.get_mut(usize::from(placed.contender)) {
                *shown = true;
            }
        }
        let mut candidates = self.selection.candidates.iter();
        let outcome = |(stop, shown): (&Option<Stop>, bool)| match stop {
            Some(stop) => stop.outcome(),
            // What nothing stopped is the next candidate: both are in the order of the actions.
            None => match candidates.next() {
                _ if shown => Outcome::SHOWN,
                Some(candidate) if self.view.has_place(candidate) => {
                    Outcome::stopped(Kind::Outscored, None)
                }
                _ => Outcome::stopped(Kind::NoPlaceholder, None),
            },
        };
        self.selection
            .stops
            .iter()
            .zip(shown)
            .map(outcome)
            .collect()
    }

    /// Every action that stands nowhere, with what stopped it.
    pub fn not_shown(&self) -> Vec<NotShown<'b>> {
        let body = self.bundle.body();
        let operands = self.selection.operands(self.snapshot, self.context);
        let actions = body.actions.iter().zip(&self.selection.stops);
        let mut lacked = self.view.lacked.iter();
        let mut all = Vec::with_capacity(actions.len());
        for (position, ((action, stop), outcome)) in (0u16..).zip(actions.zip(self.outcomes())) {
            let lacked = match stop {
                Some(_) => None,
                None => lacked.next().copied().flatten(),
            };
            if outcome.is_shown() {
                continue;
            }
            let (stopped, name) = match (stop, lacked) {
                (Some(stop), _) => {
                    let (stopped, title) =
                        Stopped::new(body, action, *stop, self.snapshot.lens, operands);
                    let title = title.and_then(|title| title.get(self.locale));
                    (stopped, title.map_or("", |title| title.as_str()))
                }
                (None, Some(lacked)) => self.outscored(position, lacked),
                (None, None) => (Stopped::NoPlaceholder, ""),
            };
            all.push(NotShown {
                action: &action.id,
                text: stopped.text(body, self.locale, name),
                stopped,
            });
        }
        all
    }

    /// What kept a candidate out, and the title of what stands in its place.
    fn outscored(&self, action: u16, lacked: Outscored) -> (Stopped<'b>, &'b str) {
        let body = self.bundle.body();
        let slot = body.placeholders.get(usize::from(lacked.slot));
        let by = lacked.by.and_then(|by| body.actions.get(usize::from(by)));
        let pitch = by.and_then(|by| by.pitches.get(self.locale));
        let stopped = Stopped::Outscored {
            placeholder: slot.map_or("", |slot| slot.id.as_str()),
            by: by.map(|by| by.id.as_str()),
            score: self
                .candidate(action)
                .map_or(0.0, |candidate| candidate.score),
            needed: lacked.score,
            exact: lacked.exact,
        };
        (stopped, pitch.map_or("", |pitch| pitch.title.as_str()))
    }

    /// The candidate of an action; they are in the order of the actions.
    fn candidate(&self, action: u16) -> Option<&Candidate> {
        let candidates = &self.selection.candidates;
        let found = candidates.binary_search_by_key(&action, |candidate| candidate.action);
        candidates.get(found.ok()?)
    }
}
