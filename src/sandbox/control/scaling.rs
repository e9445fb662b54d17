//! Another number of pods while a Deployment is paused or under way: each set gets its share, so that the mix stays as it is.

use jiff::Timestamp;
use serde_json::Value;

use super::sets::{Set, Sets, Wish, scale};
use crate::sandbox::objects::Objects;

/// Shares the wanted number out.
pub(super) fn resize(objects: &mut Objects, deployment: &Value, now: Timestamp) {
    let wish = Wish::of(deployment);
    let sets = Sets::of(objects, deployment);
    let mut active: Vec<&Set> = sets.all().filter(|set| set.wanted > 0).collect();
    if active.len() <= 1 {
        let newest = sets.new.as_ref().or(sets.old.last());
        if let Some(one) = active.first().copied().or(newest) {
            scale(objects, one, wish.replicas, wish, now);
        }
        return;
    }
    let whole = |set: &Set| {
        set.wanted == wish.replicas && set.desired == Some(wish.replicas) && set.available == wish.replicas
    };
    if sets.new.as_ref().is_some_and(whole) {
        for set in sets.old.iter().filter(|set| set.wanted > 0) {
            scale(objects, set, 0, wish, now);
        }
        return;
    }
    if wish.recreate {
        return;
    }
    // The largest first; of equal ones the newer.
    active.reverse();
    active.sort_by_key(|set| std::cmp::Reverse(set.wanted));
    let allowed = if wish.replicas > 0 { wish.most() } else { 0 };
    let mut to_add = allowed - active.iter().map(|set| set.wanted).sum::<i64>();
    let mut shares: Vec<(&Set, i64)> = Vec::new();
    for set in active {
        let of = set
            .maximum
            .filter(|maximum| *maximum > 0)
            .unwrap_or(allowed.max(1));
        let share = rounded(set.wanted * allowed, of) - set.wanted;
        let share = if to_add >= 0 {
            share.clamp(0, to_add)
        } else {
            share.clamp(to_add, 0)
        };
        to_add -= share;
        shares.push((set, set.wanted + share));
    }
    if let Some((_, wanted)) = shares.first_mut() {
        *wanted = (*wanted + to_add).max(0);
    }
    for (set, wanted) in shares {
        scale(objects, set, wanted, wish, now);
    }
}

/// Divided, to the nearest.
fn rounded(of: i64, by: i64) -> i64 {
    (of * 2 + by) / (by * 2)
}
