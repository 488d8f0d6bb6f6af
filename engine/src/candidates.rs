//! Candidates: the actions that may be shown to this customer, now and here, each with its score, and
//! for every other action the first thing that stopped it.
//!
//! The checks go in the order of an engagement policy: consent, the customer's own wishes, a reason to
//! show it at all (a trigger, or a want that is met), eligible, applicable, suitable, contact, control
//! group. What is not known does not hold.

use crate::{
    Context,
    bundle::{ArchivedAction, ArchivedBody, ArchivedTriangulation},
    policy::{
        Operands,
        contact::{self, Hold, Leave},
        engagement::Part,
        experiment::Draws,
        intent::{self, Strength},
        triangulation::{Breakdown, Levers, Prompt, Standing},
    },
    snapshot::Snapshot,
};

/// An action that may be shown, with its score.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Candidate {
    /// Position of the action.
    pub action: u16,
    pub score: f64,
    /// The channels on which it may be shown, a bit each.
    pub channels: u8,
    /// Position of the want that is met most strongly.
    pub want: Option<u16>,
    /// What spoke for it.
    pub prompt: Prompt,
}

/// The first thing that stopped an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// Its purpose is not granted.
    Consent(u8),
    /// Wishes, history or hours.
    Hold(Hold),
    /// No trigger fired and no want is met.
    Unprompted,
    /// A condition of it, or of the group in that position, does not hold.
    Rule(Part, Option<u16>),
    /// It is withheld from the control group.
    Control,
    /// Its score is 0.
    Worthless,
}

/// What was worked out on the way to the candidates; the lists are kept between decisions.
#[derive(Debug, Default)]
pub(crate) struct Selection {
    pub fired: Vec<bool>,
    pub intents: Vec<Strength>,
    pub candidates: Vec<Candidate>,
    /// For each action what stopped it; nothing for candidates.
    pub stops: Vec<Option<Stop>>,
    pub draws: Draws,
    /// Scratch for the numbers that conditions ask for.
    row: Vec<f64>,
    strengths: Vec<f64>,
    /// Strength × bid of each want; 0 when it is not met.
    wants: Vec<f64>,
    /// For each group the part of its policy that does not hold.
    groups: Vec<Option<Part>>,
    /// What of the scores is the same for every customer, by arm.
    levers: Vec<Option<Levers>>,
    /// What of them is the same for every action.
    standing: Standing,
    /// Positions of the hours that are quiet now.
    quiet: Vec<u16>,
    /// The first look at each action; made once.
    gates: Vec<Gate>,
}

/// What is asked of every action, close together: the archive has each action in several cache lines.
#[derive(Clone, Copy, Debug)]
struct Gate {
    purpose: Option<u8>,
    /// The channels on which it may be shown, a bit each.
    channels: u8,
    /// Whether a trigger or a want can speak for it.
    is_prompted: bool,
    /// Whether any condition is asked, its own or a group's.
    is_ruled: bool,
}

impl Gate {
    fn new(action: &ArchivedAction) -> Self {
        Self {
            purpose: action.purpose.as_ref().copied(),
            channels: action.channels,
            is_prompted: !action.triggers.is_empty() || !action.wants.is_empty(),
            is_ruled: !action.groups.is_empty() || action.engagement.has_rules(),
        }
    }
}

impl Selection {
    pub fn select(
        &mut self,
        body: &ArchivedBody,
        snapshot: &Snapshot,
        context: &Context,
        seed: u64,
    ) {
        self.signals(body, snapshot, context);
        self.draws = Draws::new(body, seed);
        contact::quiet(body, context, snapshot.at, &mut self.quiet);
        let triangulation = self.draws.triangulation(body);
        let arm = self.draws.arm();
        if self.levers.len() <= arm {
            self.levers.resize(arm + 1, None);
        }
        let operands = operands(snapshot, context, &self.strengths);
        let market = &body.market.wants;
        self.wants.clear();
        self.wants.extend(market.iter().map(|want| {
            let intent = self.strengths.get(usize::from(want.intent.to_native()));
            let strength = intent.copied().unwrap_or(0.0);
            let met = strength > 0.0
                && strength >= f64::from(want.at_least.to_native())
                && want
                    .condition
                    .as_ref()
                    .is_none_or(|rule| rule.holds(operands));
            if met {
                strength * f64::from(want.bid.to_native())
            } else {
                0.0
            }
        }));
        self.groups.clear();
        self.groups.extend(
            body.groups
                .iter()
                .map(|group| group.engagement.broken(operands)),
        );
        let Some(levers) = self.levers.get_mut(arm) else {
            return;
        };
        let levers = levers.get_or_insert_with(|| triangulation.levers(body));
        triangulation.stand(&snapshot.scores, operands.persona, &mut self.standing);
        let asked = context
            .channel
            .map_or(u8::MAX, |channel| 1 << channel as u8);
        if self.gates.is_empty() {
            self.gates.extend(body.actions.iter().map(Gate::new));
        }
        let scene = Scene {
            body,
            snapshot,
            asked,
            triangulation,
            fired: &self.fired,
            wants: &self.wants,
            groups: &self.groups,
            quiet: &self.quiet,
            levers,
            standing: &self.standing,
            draws: self.draws,
            operands,
        };
        self.candidates.clear();
        self.stops.clear();
        let actions = (0u16..).zip(body.actions.iter());
        let before = self.gates.iter().zip(&snapshot.leaves);
        for ((position, action), (gate, leave)) in actions.zip(before) {
            match scene.verdict(position, action, *gate, *leave) {
                Ok(candidate) => {
                    self.stops.push(None);
                    self.candidates.push(candidate);
                }
                Err(stop) => self.stops.push(Some(stop)),
            }
        }
    }

    /// What made the score of a candidate.
    pub fn breakdown(&self, body: &ArchivedBody, candidate: &Candidate) -> Option<Breakdown> {
        let levers = self.levers.get(self.draws.arm())?.as_ref()?;
        let triangulation = self.draws.triangulation(body);
        triangulation.weigh(candidate.action, levers, &self.standing, candidate.prompt)
    }

    /// What conditions could ask for.
    pub fn operands<'a>(&'a self, snapshot: &'a Snapshot, context: &Context) -> Operands<'a> {
        operands(snapshot, context, &self.strengths)
    }

    /// Snapshot and circumstances to fired triggers and intents.
    fn signals(&mut self, body: &ArchivedBody, snapshot: &Snapshot, context: &Context) {
        // Triggers raise intents, so they cannot ask for them.
        let operands = operands(snapshot, context, &[]);
        body.trigger_conditions
            .each(operands, &mut self.row, &mut self.fired);
        intent::strengths(
            &body.intents,
            &body.triggers,
            &self.fired,
            &snapshot.variables,
            &mut self.intents,
        );
        self.strengths.clear();
        self.strengths
            .extend(self.intents.iter().map(|strength| strength.value));
    }
}

fn operands<'a>(snapshot: &'a Snapshot, context: &Context, intents: &'a [f64]) -> Operands<'a> {
    Operands {
        variables: &snapshot.variables,
        scores: &snapshot.scores,
        causes: &snapshot.causes,
        intents,
        persona: snapshot.persona.map(|membership| membership.persona),
        channel: context.channel,
        ..Operands::default()
    }
}

/// Everything that is known when actions are judged.
struct Scene<'s> {
    body: &'s ArchivedBody,
    snapshot: &'s Snapshot,
    /// The channels asked for, a bit each.
    asked: u8,
    triangulation: &'s ArchivedTriangulation,
    fired: &'s [bool],
    wants: &'s [f64],
    groups: &'s [Option<Part>],
    quiet: &'s [u16],
    levers: &'s Levers,
    standing: &'s Standing,
    draws: Draws,
    operands: Operands<'s>,
}

impl Scene<'_> {
    #[inline]
    fn verdict(
        &self,
        position: u16,
        action: &ArchivedAction,
        gate: Gate,
        leave: Leave,
    ) -> Result<Candidate, Stop> {
        if let Some(purpose) = gate.purpose
            && !self.snapshot.lens.grants(purpose)
        {
            return Err(Stop::Consent(purpose));
        }
        let leave = contact::now(self.body, action, leave, self.quiet);
        let channels = leave.channels & gate.channels;
        let hold = leave.taken_by.filter(|_| channels & self.asked == 0);
        if let Some(hold @ (Hold::OptedOut | Hold::DoNotDisturb)) = hold {
            return Err(Stop::Hold(hold));
        }
        let (prompt, want) = if gate.is_prompted {
            self.prompt(position, action).ok_or(Stop::Unprompted)?
        } else {
            (self.unprompted(position), None)
        };
        if gate.is_ruled
            && let Some((part, group)) = self.broken(action)
        {
            return Err(Stop::Rule(part, group));
        }
        if let Some(hold) = hold {
            return Err(Stop::Hold(hold));
        }
        let control = self.body.experiments.control.as_ref();
        if let Some(control) = control.filter(|_| self.draws.control)
            && action.is_in(Some(&control.withholds))
        {
            return Err(Stop::Control);
        }
        let breakdown = self
            .triangulation
            .weigh(position, self.levers, self.standing, prompt)
            .ok_or(Stop::Worthless)?;
        let score = self.triangulation.score(&breakdown);
        if score <= 0.0 {
            return Err(Stop::Worthless);
        }
        Ok(Candidate {
            action: position,
            score,
            channels,
            want,
            prompt,
        })
    }

    #[inline]
    /// What speaks for an action, and its strongest want; nothing when the action waits for a reason and has none.
    fn prompt(&self, position: u16, action: &ArchivedAction) -> Option<(Prompt, Option<u16>)> {
        let mut most: Option<(u16, f32)> = None;
        for position in action.triggers.iter().map(|i| i.to_native()) {
            let i = usize::from(position);
            if self.fired.get(i) == Some(&true)
                && let Some(trigger) = self.body.triggers.get(i)
            {
                let urgency = trigger.urgency.to_native();
                if most.is_none_or(|(_, most)| urgency > most) {
                    most = Some((position, urgency));
                }
            }
        }
        let mut best: Option<(u16, f64)> = None;
        for want in action.wants.iter().map(|want| want.to_native()) {
            let pressure = self.wants.get(usize::from(want)).copied().unwrap_or(0.0);
            if pressure > best.map_or(0.0, |(_, best)| best) {
                best = Some((want, pressure));
            }
        }
        // What needs consent waits for a reason when it can have one; service waits for its triggers only.
        let wanted = action.purpose.is_some() && !action.wants.is_empty();
        let always = action.triggers.is_empty() && !wanted;
        (most.is_some() || best.is_some() || always).then(|| {
            let prompt = Prompt {
                trigger: most.map(|(trigger, _)| trigger),
                intent: best.map_or(0.0, |(_, pressure)| pressure),
                ..self.unprompted(position)
            };
            (prompt, best.map(|(want, _)| want))
        })
    }

    #[inline]
    /// What speaks for an action that waits for nothing.
    fn unprompted(&self, position: u16) -> Prompt {
        Prompt {
            trigger: None,
            intent: 0.0,
            exploration: self.draws.exploration(self.body, position),
        }
    }

    /// The first part of an engagement policy that does not hold, of the action's own or of a group's.
    fn broken(&self, action: &ArchivedAction) -> Option<(Part, Option<u16>)> {
        let mut first = action
            .engagement
            .broken(self.operands)
            .map(|part| (part, None));
        for group in action.groups.iter().map(|group| group.to_native()) {
            let part = self.groups.get(usize::from(group)).copied().flatten();
            if let Some(part) = part.filter(|part| first.is_none_or(|(first, _)| *part < first)) {
                first = Some((part, Some(group)));
            }
        }
        first
    }
}
