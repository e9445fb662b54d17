//! The arithmetic of a rolling update: how far the new set may grow and the old ones shrink, so that never too few pods are
//! available and never too many exist.

use jiff::Timestamp;

use super::sets::{Set, Sets, Wish, scale};
use crate::sandbox::objects::Objects;

/// Lets the new set grow, or shrink to what is wanted. True when it was asked to.
pub(super) fn grow_new(objects: &mut Objects, sets: &Sets, wish: Wish, now: Timestamp) -> bool {
    let Some(new) = &sets.new else {
        return false;
    };
    let room = (wish.most() - sets.sum(|set| set.wanted)).max(0);
    let to = if new.wanted > wish.replicas {
        wish.replicas
    } else {
        (new.wanted + room).min(wish.replicas)
    };
    to != new.wanted && scale(objects, new, to, wish, now)
}

/// Takes pods from the old sets: first those that serve nobody, then as many as may be missing.
pub(super) fn shrink_old(objects: &mut Objects, sets: &Sets, wish: Wish, now: Timestamp) {
    let Some(new) = &sets.new else {
        return;
    };
    let least = wish.replicas - wish.unavailable;
    let unready_new = new.wanted - new.available;
    let mut may_go = sets.sum(|set| set.wanted) - least - unready_new;
    if may_go <= 0 {
        return;
    }
    let mut left: Vec<(&Set, i64)> = sets.old.iter().map(|set| (set, set.wanted)).collect();
    for (set, wanted) in &mut left {
        let idle = (*wanted - set.available).clamp(0, may_go.max(0));
        *wanted -= idle;
        may_go -= idle;
    }
    let mut serving = (sets.sum(|set| set.available) - least).max(0);
    for (_, wanted) in &mut left {
        let fewer = (*wanted).clamp(0, serving);
        *wanted -= fewer;
        serving -= fewer;
    }
    for (set, wanted) in left {
        if wanted != set.wanted {
            scale(objects, set, wanted, wish, now);
        }
    }
}
