//! The canonical order of a profile's lists: the same data in any order is the same profile.

use core::cmp::Ordering;

use super::{Event, Fact, Holding, Profile, Value};

impl Profile {
    #[inline]
    pub(super) fn sort(&mut self) {
        sort(&mut self.ids, Ord::cmp);
        sort(&mut self.consent.events, Ord::cmp);
        sort(&mut self.facts, facts);
        sort(&mut self.holdings, holdings);
        sort(&mut self.events, events);
        sort(&mut self.preferences, Ord::cmp);
    }
}

/// Sorts a list, stably. Lists mostly come in order already. One sort of positions serves all of them,
/// since each kind of list with a sort of its own would cost the page several kilobytes.
pub(crate) fn sort<T>(list: &mut Vec<T>, order: impl Fn(&T, &T) -> Ordering) {
    if list.is_sorted_by(|a, b| order(a, b).is_le()) {
        return;
    }
    let positions = positions(list.len(), &|a, b| match (list.get(a), list.get(b)) {
        (Some(a), Some(b)) => order(a, b),
        _ => Ordering::Equal,
    });
    let mut old: Vec<Option<T>> = core::mem::take(list).into_iter().map(Some).collect();
    let taken = positions.into_iter().filter_map(|i| old.get_mut(i)?.take());
    list.extend(taken);
}

fn positions(count: usize, order: &dyn Fn(usize, usize) -> Ordering) -> Vec<usize> {
    let mut positions: Vec<usize> = (0..count).collect();
    let mut merged = Vec::with_capacity(count);
    let mut run = 1;
    // Merging runs twice as long each time: a tenth of the standard library's code.
    while run < count {
        merged.clear();
        for pair in positions.chunks(2 * run) {
            let (mut left, mut right) = pair.split_at(run.min(pair.len()));
            while let (Some((a, after_a)), Some((b, after_b))) =
                (left.split_first(), right.split_first())
            {
                if order(*b, *a).is_lt() {
                    merged.push(*b);
                    right = after_b;
                } else {
                    merged.push(*a);
                    left = after_a;
                }
            }
            merged.extend_from_slice(left);
            merged.extend_from_slice(right);
        }
        core::mem::swap(&mut positions, &mut merged);
        run *= 2;
    }
    positions
}

/// By name, then oldest first.
pub(super) fn facts(a: &Fact, b: &Fact) -> Ordering {
    let key = |f: &Fact| (f.name, f.observed_at, f.class, f.shelf_life_days);
    key(a)
        .cmp(&key(b))
        .then_with(|| values(&a.value, &b.value))
        .then_with(|| a.source.cmp(&b.source))
}

/// By kind, then oldest first.
pub(super) fn holdings(a: &Holding, b: &Holding) -> Ordering {
    same_holding(a, b).then_with(|| {
        let key = |h: &Holding| (h.observed_at, h.closed_at, h.class, h.shelf_life_days);
        key(a)
            .cmp(&key(b))
            .then_with(|| amounts(a.monthly_payment, b.monthly_payment))
            .then_with(|| a.source.cmp(&b.source))
    })
}

/// Equal when two records are about one holding.
pub(crate) fn same_holding(a: &Holding, b: &Holding) -> Ordering {
    let key = |h: &Holding| (h.kind, h.opened_at, h.category);
    key(a)
        .cmp(&key(b))
        .then_with(|| a.product.cmp(&b.product))
        .then_with(|| amounts(a.amount, b.amount))
}

/// Oldest first.
pub(super) fn events(a: &Event, b: &Event) -> Ordering {
    let channel = |e: &Event| e.channel.map(|channel| channel as u8);
    let key = |e: &Event| {
        (
            e.at,
            e.kind,
            e.direction,
            e.operation,
            e.category,
            channel(e),
            e.mcc,
        )
    };
    let texts = |e: &Event, other: &Event| {
        (&e.id, &e.counterparty, &e.action).cmp(&(&other.id, &other.counterparty, &other.action))
    };
    key(a)
        .cmp(&key(b))
        .then_with(|| amounts(a.amount, b.amount))
        .then_with(|| amounts(a.balance, b.balance))
        .then_with(|| texts(a, b))
}

fn amounts(a: Option<f64>, b: Option<f64>) -> Ordering {
    match (a, b) {
        (Some(a), Some(b)) => a.total_cmp(&b),
        (a, b) => a.is_some().cmp(&b.is_some()),
    }
}

fn values(a: &Value, b: &Value) -> Ordering {
    match (a, b) {
        (Value::Flag(a), Value::Flag(b)) => a.cmp(b),
        (Value::Number(a), Value::Number(b)) => a.total_cmp(b),
        (Value::Text(a), Value::Text(b)) => a.cmp(b),
        (a, b) => rank(a).cmp(&rank(b)),
    }
}

fn rank(value: &Value) -> u8 {
    match value {
        Value::Flag(_) => 0,
        Value::Number(_) => 1,
        Value::Text(_) => 2,
    }
}
