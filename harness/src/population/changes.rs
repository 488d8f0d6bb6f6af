//! What is counted when two bundles decide for the same customers.

use std::collections::{BTreeMap, HashMap};

use engine::tally::Tally;

use super::{
    counts::{bump, sum},
    side::Side,
    source::Customer,
    texts::pitch,
    traits::Traits,
};

/// Customers that are shown as examples.
pub const EXAMPLES: usize = 5;

/// The names of two bundles: those of the old one, then those that only the new one has.
#[derive(Clone, Debug, Default)]
pub struct Joint {
    /// The names.
    pub names: Vec<String>,
    /// For each position in the old bundle the position here.
    pub old: Vec<usize>,
    /// For each position in the new bundle the position here.
    pub new: Vec<usize>,
}

/// Joint names of everything that is counted.
#[derive(Clone, Debug)]
pub struct Names {
    /// Actions.
    pub actions: Joint,
    /// Placeholders.
    pub slots: Joint,
    /// Triggers.
    pub triggers: Joint,
    /// For each action whether it says other words than before, in the language asked for.
    reworded: Vec<bool>,
}

/// An action in a placeholder, by joint positions.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stands {
    /// The placeholder.
    pub slot: usize,
    /// The action.
    pub action: usize,
    score: f64,
}

/// Counts over customers, before and after.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    /// All customers.
    pub all: Segment,
    /// Whether one of them grants a purpose of either side.
    pub granted: bool,
    /// By persona under the old bundle.
    pub personas: BTreeMap<String, Segment>,
    /// By age.
    pub ages: BTreeMap<&'static str, Segment>,
    /// Customers who see the same, of which something says other words.
    pub reworded: u64,
    /// For each action, placements gained.
    pub gained: Vec<u64>,
    /// For each action, placements lost.
    pub lost: Vec<u64>,
    /// For each pair of actions how often the second stands where the first stood.
    pub replaced: BTreeMap<(usize, usize), u64>,
    /// For each pair of actions the customers for whom the first scored higher before and the second
    /// does now, both being shown before and now.
    pub flipped: BTreeMap<(usize, usize), u64>,
    /// For each placeholder, customers for whom it became empty.
    pub emptied: Vec<u64>,
    /// For each placeholder, customers for whom it was empty.
    pub filled: Vec<u64>,
    /// For each trigger, customers for whom it fired before only, and now only.
    pub triggers: Vec<[u64; 2]>,
    /// The customers with the most differences, and how many: the most first, then by position.
    pub examples: Vec<(usize, Customer)>,
}

/// Customers, before and after.
#[derive(Clone, Debug, Default)]
pub struct Segment {
    /// How many.
    pub customers: u64,
    /// Those who see something else, or in another order.
    pub changed: u64,
    /// Those who see more placements.
    pub more: u64,
    /// Those who see fewer.
    pub fewer: u64,
    /// Placements before and after.
    pub placements: [u64; 2],
    /// For each action, customers who see it before and after.
    pub reached: [Vec<u64>; 2],
}

impl Joint {
    fn new<'n>(
        old: impl Iterator<Item = &'n String>,
        new: impl Iterator<Item = &'n String>,
    ) -> Self {
        let mut joint = Self::default();
        let mut known: HashMap<&str, usize> = HashMap::new();
        let mut place = |name: &'n String, names: &mut Vec<String>| {
            *known.entry(name).or_insert_with(|| {
                names.push(name.clone());
                names.len() - 1
            })
        };
        joint.old = old.map(|name| place(name, &mut joint.names)).collect();
        joint.new = new.map(|name| place(name, &mut joint.names)).collect();
        joint
    }
}

impl Names {
    /// The names of two bundles.
    pub fn new(old: &Side<'_>, new: &Side<'_>) -> Self {
        let (before, after) = (old.catalogue(), new.catalogue());
        let actions = Joint::new(
            before.actions.iter().map(|action| &action.id),
            after.actions.iter().map(|action| &action.id),
        );
        let says = |side: &Side<'_>, action: &str| -> Vec<(&str, String)> {
            let said = pitch(&side.catalogue().texts, action, side.language());
            said.into_iter()
                .map(|(part, text)| (part, text.to_owned()))
                .collect()
        };
        let reworded = |action: &String| says(old, action) != says(new, action);
        Self {
            reworded: actions.names.iter().map(reworded).collect(),
            actions,
            slots: Joint::new(
                before.placeholders.iter().map(|slot| &slot.id),
                after.placeholders.iter().map(|slot| &slot.id),
            ),
            triggers: Joint::new(before.triggers.iter(), after.triggers.iter()),
        }
    }

    fn stands(&self, tally: &Tally, actions: &[usize], slots: &[usize]) -> Vec<Stands> {
        let places = tally.places.iter().filter_map(|place| {
            Some(Stands {
                slot: *slots.get(usize::from(place.placeholder))?,
                action: *actions.get(usize::from(place.action))?,
                score: place.score,
            })
        });
        let mut stands: Vec<_> = places.collect();
        // Within a placeholder the order stays: by score.
        stands.sort_by_key(|place| place.slot);
        stands
    }
}

impl Changes {
    /// Nothing yet, with room for what the bundles name.
    pub fn new(names: &Names) -> Self {
        let (actions, slots) = (names.actions.names.len(), names.slots.names.len());
        Self {
            all: Segment::new(actions),
            gained: vec![0; actions],
            lost: vec![0; actions],
            emptied: vec![0; slots],
            filled: vec![0; slots],
            triggers: vec![[0; 2]; names.triggers.names.len()],
            ..Self::default()
        }
    }

    /// Counts one customer's two decisions.
    pub fn add(
        &mut self,
        names: &Names,
        persona: &str,
        traits: &Traits,
        customer: &Customer,
        [old, new]: [&Tally; 2],
    ) {
        let before = names.stands(old, &names.actions.old, &names.slots.old);
        let after = names.stands(new, &names.actions.new, &names.slots.new);
        let actions = names.actions.names.len();
        self.all.add(&before, &after);
        self.personas
            .entry(persona.to_owned())
            .or_insert_with(|| Segment::new(actions))
            .add(&before, &after);
        self.ages
            .entry(traits.age.unwrap_or("unknown"))
            .or_insert_with(|| Segment::new(actions))
            .add(&before, &after);
        self.triggers(names, old, new);
        self.flips(&before, &after);
        if same(&before, &after) {
            let is_reworded = |place: &Stands| names.reworded.get(place.action) == Some(&true);
            self.reworded += u64::from(after.iter().any(is_reworded));
            return;
        }
        let (lost, gained) = (missing(&before, &after), missing(&after, &before));
        for place in &lost {
            bump(&mut self.lost, place.action);
        }
        for place in &gained {
            bump(&mut self.gained, place.action);
        }
        let slots = |places: &[Stands]| {
            let mut slots: Vec<_> = places.iter().map(|place| place.slot).collect();
            slots.dedup();
            slots
        };
        let (before_slots, after_slots) = (slots(&before), slots(&after));
        for slot in before_slots
            .iter()
            .filter(|slot| !after_slots.contains(slot))
        {
            bump(&mut self.emptied, *slot);
        }
        for slot in after_slots
            .iter()
            .filter(|slot| !before_slots.contains(slot))
        {
            bump(&mut self.filled, *slot);
        }
        self.replacements(&lost, &gained);
        // A change of order alone is one difference.
        self.example((lost.len() + gained.len()).max(1), customer);
    }

    /// Adds the counts of other customers of the same bundles.
    pub fn merge(&mut self, other: Self) {
        self.all.merge(&other.all);
        self.granted |= other.granted;
        self.reworded += other.reworded;
        for (persona, segment) in other.personas {
            self.personas.entry(persona).or_default().merge(&segment);
        }
        for (age, segment) in other.ages {
            self.ages.entry(age).or_default().merge(&segment);
        }
        sum(&mut self.gained, &other.gained);
        sum(&mut self.lost, &other.lost);
        for (pair, count) in other.replaced {
            *self.replaced.entry(pair).or_default() += count;
        }
        for (pair, count) in other.flipped {
            *self.flipped.entry(pair).or_default() += count;
        }
        sum(&mut self.emptied, &other.emptied);
        sum(&mut self.filled, &other.filled);
        for (counts, more) in self.triggers.iter_mut().zip(other.triggers) {
            sum(counts, &more);
        }
        self.examples.extend(other.examples);
        self.cut();
    }

    fn triggers(&mut self, names: &Names, old: &Tally, new: &Tally) {
        let fired = |tally: &Tally, joint: &[usize]| -> Vec<usize> {
            let fired = tally.fired.iter();
            let mut fired: Vec<_> = fired
                .filter_map(|trigger| joint.get(usize::from(*trigger)).copied())
                .collect();
            fired.sort_unstable();
            fired
        };
        let before = fired(old, &names.triggers.old);
        let after = fired(new, &names.triggers.new);
        for (side, (these, those)) in [(&before, &after), (&after, &before)]
            .into_iter()
            .enumerate()
        {
            for trigger in these {
                if those.binary_search(trigger).is_err()
                    && let Some(counts) = self.triggers.get_mut(*trigger)
                {
                    bump(counts, side);
                }
            }
        }
    }

    fn flips(&mut self, before: &[Stands], after: &[Stands]) {
        let (old, new) = (scores(before), scores(after));
        let both = old.iter().filter_map(|(action, score)| {
            let now = new.iter().find(|(other, _)| other == action)?;
            Some((*action, *score, now.1))
        });
        let both: Vec<_> = both.collect();
        for (a, a_old, a_new) in &both {
            for (b, b_old, b_new) in &both {
                if a_old > b_old && a_new < b_new {
                    *self.flipped.entry((*a, *b)).or_default() += 1;
                }
            }
        }
    }

    /// In each placeholder the first that left gave way to the first that came, and so on.
    fn replacements(&mut self, lost: &[Stands], gained: &[Stands]) {
        for (i, place) in lost.iter().enumerate() {
            let earlier = lost.iter().take(i).filter(|p| p.slot == place.slot).count();
            let came = gained.iter().filter(|p| p.slot == place.slot).nth(earlier);
            if let Some(came) = came {
                let pair = (place.action, came.action);
                *self.replaced.entry(pair).or_default() += 1;
            }
        }
    }

    fn example(&mut self, differences: usize, customer: &Customer) {
        let worst = self
            .examples
            .last()
            .filter(|_| self.examples.len() >= EXAMPLES);
        let better = |(least, last): &(usize, Customer)| {
            (differences, last.position) > (*least, customer.position)
        };
        if worst.is_none_or(better) {
            self.examples.push((differences, customer.clone()));
            self.cut();
        }
    }

    fn cut(&mut self) {
        self.examples
            .sort_by_key(|(n, customer)| (std::cmp::Reverse(*n), customer.position));
        self.examples.truncate(EXAMPLES);
    }
}

impl Segment {
    fn new(actions: usize) -> Self {
        Self {
            reached: [vec![0; actions], vec![0; actions]],
            ..Self::default()
        }
    }

    fn add(&mut self, before: &[Stands], after: &[Stands]) {
        self.customers += 1;
        self.changed += u64::from(!same(before, after));
        self.more += u64::from(after.len() > before.len());
        self.fewer += u64::from(after.len() < before.len());
        for ((placements, reached), places) in self
            .placements
            .iter_mut()
            .zip(&mut self.reached)
            .zip([before, after])
        {
            *placements += u64::try_from(places.len()).unwrap_or(u64::MAX);
            for (action, _) in scores(places) {
                bump(reached, action);
            }
        }
    }

    fn merge(&mut self, other: &Self) {
        self.customers += other.customers;
        self.changed += other.changed;
        self.more += other.more;
        self.fewer += other.fewer;
        sum(&mut self.placements, &other.placements);
        for (reached, more) in self.reached.iter_mut().zip(&other.reached) {
            reached.resize(reached.len().max(more.len()), 0);
            sum(reached, more);
        }
    }
}

/// The actions that stand somewhere, once each, with their scores.
fn scores(places: &[Stands]) -> Vec<(usize, f64)> {
    let mut scores: Vec<_> = places.iter().map(|p| (p.action, p.score)).collect();
    scores.sort_by_key(|(action, _)| *action);
    scores.dedup_by_key(|(action, _)| *action);
    scores
}

/// Whether the same actions stand in the same places, in the same order.
fn same(before: &[Stands], after: &[Stands]) -> bool {
    let place = |stands: &Stands| (stands.slot, stands.action);
    before.iter().map(place).eq(after.iter().map(place))
}

/// What of `these` is not among `those`.
fn missing(these: &[Stands], those: &[Stands]) -> Vec<Stands> {
    let there = |place: &Stands| {
        let same = |other: &Stands| other.slot == place.slot && other.action == place.action;
        those.iter().any(same)
    };
    these
        .iter()
        .copied()
        .filter(|place| !there(place))
        .collect()
}
