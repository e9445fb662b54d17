//! What differs between two templates of one rollout. Values of the environment are never in it, only hashes of them.

use super::{Change, Untrusted};

/// One side of a comparison.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum TemplateOf {
    /// What the workload asks for now.
    Now,
    /// What was last applied with `kubectl apply`, as the workload's annotation tells.
    LastApplied,
    /// A kept revision, by the uid of the object that stands for it.
    Revision(Untrusted),
}

/// Whether a line is on both sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DiffSide {
    Both,
    Before,
    After,
}

/// A line of YAML.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiffLine {
    pub side: DiffSide,
    pub text: Untrusted,
}

/// Two templates compared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TemplateDiff {
    /// Field by field, images first.
    pub changes: Vec<Change>,
    /// Both as YAML, line by line.
    pub lines: Vec<DiffLine>,
    /// Fields of the other side that the last applied text does not name: defaults, or others' edits. Not in `changes`.
    pub unnamed: usize,
}
