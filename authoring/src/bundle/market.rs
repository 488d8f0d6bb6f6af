//! Intents, triggers that raise them, and the market of teams that want them.

use engine::bundle::{Intent, Market, Team, Unit, Want};

use super::{Problem, Spot, compiler::Compiler, policy, texts};

impl Compiler<'_> {
    pub(super) fn intents(&self) -> Vec<Intent> {
        let intent = |intent: &policy::Intent| Intent {
            id: intent.id.value.clone(),
            half_life_days: intent.half_life_days,
            shelf_life_days: intent.shelf_life_days,
            title: texts(&intent.title),
        };
        self.policy.intents.iter().map(intent).collect()
    }

    pub(super) fn intent(&self, name: &Spot<String>) -> Option<u16> {
        let known = self.policy.intents.iter();
        self.find("intent", name, known.map(|intent| intent.id.value.as_str()))
    }

    /// The variable, by position in the registry, that counts the days since what a trigger saw.
    pub(super) fn since(&mut self, name: &Spot<String>) -> Option<u16> {
        let position = self.find("variable", name, self.variables.iter().copied())?;
        let entry = self.registry.get(usize::from(position))?;
        if entry.unit != Unit::Days {
            let found = format!("`{}`, which does not count days", name.value);
            let remedy = "name one that does, e.g. `credit_days_since`".to_owned();
            let key = "since".to_owned();
            self.log
                .add(name.place(), Problem::Invalid { key, found, remedy });
            return None;
        }
        self.use_all(&[position], Some(name.with(())));
        Some(position)
    }

    pub(super) fn market(&mut self) -> Market {
        let mut market = Market::default();
        for (position, team) in (0u16..).zip(&self.policy.market) {
            market.teams.push(Team {
                id: team.id.value.clone(),
                title: texts(&team.title),
            });
            for want in &team.wants {
                for action in &want.actions {
                    self.find("action", action, self.action_names());
                }
                market.wants.push(Want {
                    id: want.id.value.clone(),
                    team: position,
                    intent: self.intent(&want.intent).unwrap_or_default(),
                    at_least: want.at_least,
                    condition: want.when.as_ref().map(|when| self.condition(when)),
                    bid: want.bid,
                });
            }
        }
        market
    }

    /// Positions of the wants that name an action, ascending.
    pub(super) fn wants_of(&self, action: &policy::Action) -> Vec<u16> {
        let wants = self.policy.market.iter().flat_map(|team| &team.wants);
        let names = |want: &policy::Want| want.actions.iter().any(|a| a.value == action.id.value);
        (0u16..)
            .zip(wants)
            .filter(|(_, want)| names(want))
            .map(|(position, _)| position)
            .collect()
    }
}
