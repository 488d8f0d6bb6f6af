//! Placement: which candidate goes into which placeholder.
//!
//! Pairs of a candidate and a placeholder that fit (channel, format, topic) are taken in the order of score ×
//! prominence, as long as the placeholder has room and the page does not show the action already. Ties
//! go to the earlier placeholder, then to the earlier action, so there is one answer.
//!
//! ```
//! use engine::bundle::{ArchivedBody, Body, Placeholder};
//! use engine::placement::{Scratch, place};
//! let slot = Placeholder { id: "rib.home.hero".into(), capacity: 1, ..Placeholder::default() };
//! let body = Body { placeholders: vec![slot], ..Body::default() };
//! let bytes = rkyv::to_bytes::<rkyv::rancor::Error>(&body).unwrap();
//! let body = rkyv::access::<ArchivedBody, rkyv::rancor::Error>(&bytes).unwrap();
//! let mut places = Vec::new();
//! place(&[], &body.actions, &[0], &body.placeholders, &mut Scratch::default(), &mut places);
//! assert!(places.is_empty(), "nothing to show, nothing shown");
//! ```

use crate::bundle::{ArchivedAction, ArchivedPlaceholder};

/// An action that may be shown, with its score.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Candidate {
    /// Position of the action in the bundle.
    pub action: u16,
    /// Its score.
    pub score: f64,
}

/// A candidate in a placeholder.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place {
    /// Position of the placeholder in the bundle.
    pub placeholder: u16,
    /// The candidate.
    pub candidate: Candidate,
}

/// Lists that a placement needs, kept between decisions.
#[derive(Clone, Debug, Default)]
pub struct Scratch {
    pairs: Vec<(f64, Place)>,
    room: Vec<u8>,
}

/// Fills the `requested` placeholders (positions, ascending) and leaves the result in `places`, ordered
/// by placeholder, then by score.
pub fn place(
    candidates: &[Candidate],
    actions: &[ArchivedAction],
    requested: &[u16],
    placeholders: &[ArchivedPlaceholder],
    scratch: &mut Scratch,
    places: &mut Vec<Place>,
) {
    let Scratch { pairs, room } = scratch;
    pairs.clear();
    room.clear();
    room.resize(placeholders.len(), 0);
    for position in requested {
        let Some(placeholder) = placeholders.get(usize::from(*position)) else {
            continue;
        };
        if let Some(room) = room.get_mut(usize::from(*position)) {
            *room = placeholder.capacity;
        }
        let prominence = f64::from(placeholder.prominence.to_native());
        for candidate in candidates {
            let Some(action) = actions.get(usize::from(candidate.action)) else {
                continue;
            };
            if fits(action, placeholder) {
                let place = Place {
                    placeholder: *position,
                    candidate: *candidate,
                };
                pairs.push((candidate.score * prominence, place));
            }
        }
    }
    pairs.sort_unstable_by(|(a, left), (b, right)| {
        let order = |place: &Place| (place.placeholder, place.candidate.action);
        b.total_cmp(a).then_with(|| order(left).cmp(&order(right)))
    });
    places.clear();
    for (_, pair) in pairs.iter() {
        let Some(room) = room.get_mut(usize::from(pair.placeholder)) else {
            continue;
        };
        if *room == 0 || repeats(*pair, places, actions, placeholders) {
            continue;
        }
        *room -= 1;
        places.push(*pair);
    }
    places.sort_by_key(|place| place.placeholder);
}

fn fits(action: &ArchivedAction, placeholder: &ArchivedPlaceholder) -> bool {
    action.formats.to_native() & placeholder.formats.to_native() != 0
        && action.topics.to_native() & placeholder.topics.to_native() != 0
        && action.channels & (1 << placeholder.channel as u8) != 0
}

/// Whether the page shows the action already and the action may not be there twice. One placeholder
/// never shows an action twice.
fn repeats(
    new: Place,
    places: &[Place],
    actions: &[ArchivedAction],
    placeholders: &[ArchivedPlaceholder],
) -> bool {
    let page = |position: u16| {
        placeholders
            .get(usize::from(position))
            .map(|p| (p.channel, p.page.as_str()))
    };
    let may_repeat = actions
        .get(usize::from(new.candidate.action))
        .is_some_and(|action| action.repeat_on_page);
    places.iter().any(|old| {
        old.candidate.action == new.candidate.action
            && (old.placeholder == new.placeholder
                || !may_repeat && page(old.placeholder) == page(new.placeholder))
    })
}
