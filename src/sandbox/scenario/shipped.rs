//! The scenarios that come with the program.

use super::playable::{Scenario, ScenarioError};

/// The one that is played when nobody says which.
pub const TOUR: &str = "tour";

/// A scenario by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shipped {
    pub name: &'static str,
    text: &'static str,
}

/// All of them, the default first.
pub const fn shipped() -> &'static [Shipped] {
    &[
        Shipped {
            name: TOUR,
            text: include_str!("shipped/tour.toml"),
        },
        Shipped {
            name: "healthy",
            text: include_str!("shipped/healthy.toml"),
        },
        Shipped {
            name: "bad-image",
            text: include_str!("shipped/bad-image.toml"),
        },
        Shipped {
            name: "crash-loop",
            text: include_str!("shipped/crash-loop.toml"),
        },
        Shipped {
            name: "slow-pod",
            text: include_str!("shipped/slow-pod.toml"),
        },
        Shipped {
            name: "gitops",
            text: include_str!("shipped/gitops.toml"),
        },
        Shipped {
            name: "fleet",
            text: include_str!("shipped/fleet.toml"),
        },
        Shipped {
            name: "large",
            text: include_str!("shipped/large.toml"),
        },
    ]
}

impl Shipped {
    /// The scenario itself.
    ///
    /// # Errors
    ///
    /// Never, as tests show.
    pub fn scenario(&self) -> Result<Scenario, ScenarioError> {
        Scenario::parse(&format!("{}.toml", self.name), self.text)
    }
}

/// The default one.
pub(in crate::sandbox) fn tour() -> Result<Scenario, ScenarioError> {
    let tour = shipped().iter().find(|it| it.name == TOUR);
    tour.map_or_else(|| Scenario::parse(TOUR, ""), Shipped::scenario)
}
