//! Many Deployments that are alike, and the one of them that is released next.

use super::written::{App, At, Fleet};

/// Every Deployment of a fleet, at the place of the fleet in the text.
pub(super) fn apps(fleet: &Fleet) -> impl Iterator<Item = App> + '_ {
    let place = fleet.apps.span();
    let namespaces = (*fleet.namespaces.get_ref()).max(1);
    (0..*fleet.apps.get_ref()).map(move |number| {
        let here = |text: String| At::new(place.clone(), text);
        App {
            namespace: here(format!("team-{:02}", number % namespaces + 1)),
            name: here(format!("service-{:04}", number + 1)),
            image: fleet.image.clone(),
            replicas: fleet.replicas.clone(),
            at: fleet.at.clone(),
            surge: None,
            unavailable: None,
            recreate: false,
            min_ready: 0,
            deadline: None,
            labels: std::collections::BTreeMap::new(),
            annotations: std::collections::BTreeMap::new(),
            git: None,
            autoscale: None,
            budget: None,
            traffic: fleet.traffic.clone(),
        }
    })
}
