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
    const ALL: &[Shipped] = &[
        Shipped::of(TOUR, include_str!("shipped/tour.toml")),
        Shipped::of("healthy", include_str!("shipped/healthy.toml")),
        Shipped::of("bad-image", include_str!("shipped/bad-image.toml")),
        Shipped::of("crash-loop", include_str!("shipped/crash-loop.toml")),
        Shipped::of("slow-pod", include_str!("shipped/slow-pod.toml")),
        Shipped::of("gitops", include_str!("shipped/gitops.toml")),
        Shipped::of("fleet", include_str!("shipped/fleet.toml")),
        Shipped::of("large", include_str!("shipped/large.toml")),
    ];
    ALL
}

impl Shipped {
    const fn of(name: &'static str, text: &'static str) -> Self {
        Self { name, text }
    }

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
