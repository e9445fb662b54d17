//! One version of a workload's pod template.

use std::fmt;

use jiff::Timestamp;

use super::Untrusted;

/// An image reference as the template writes it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Image(pub Untrusted);

impl Image {
    /// What tells this image from others of its repository: the tag, else the first 7 characters of the digest, else `latest`.
    ///
    /// A registry's port is not a tag: `registry:5000/shop/web` has none.
    pub fn version(&self) -> String {
        let shown = self.0.shown();
        let (reference, digest) = match shown.split_once('@') {
            Some((reference, digest)) => (reference.to_owned(), Some(digest.to_owned())),
            None => (shown, None),
        };
        let last = reference.rsplit('/').next().unwrap_or_default();
        match (last.split_once(':'), digest) {
            (Some((_, tag)), _) if !tag.is_empty() => tag.to_owned(),
            (_, Some(digest)) => digest
                .rsplit(':')
                .next()
                .unwrap_or_default()
                .chars()
                .take(7)
                .collect(),
            _ => "latest".to_owned(),
        }
    }

    /// The image that somebody meant who typed this where it stood. A tag or digest alone (`:v2`, `@sha256:…`) is of the same
    /// repository; what was not touched stays byte for byte.
    #[must_use]
    pub fn typed_over(&self, typed: &str) -> Self {
        let typed = typed.trim();
        if typed.starts_with([':', '@']) {
            return Self(Untrusted::from(format!("{}{typed}", self.repository())));
        }
        if typed == self.0.shown() {
            return self.clone();
        }
        Self(Untrusted::from(typed))
    }

    /// Why this can be no image, as far as that is plain; the server knows the rest.
    pub fn is_no_image(&self) -> Option<String> {
        if self.0.raw().is_empty() {
            return Some("there is no image: type one".to_owned());
        }
        let space = self.0.raw().contains(char::is_whitespace);
        space.then(|| format!("{self} has a space in it: an image has none"))
    }

    /// Everything before the tag or digest.
    pub fn repository(&self) -> String {
        let shown = self.0.shown();
        let reference = shown
            .split_once('@')
            .map_or(shown.as_str(), |(reference, _)| reference);
        let (path, last) = reference
            .rsplit_once('/')
            .map_or(("", reference), |(path, last)| (path, last));
        let last = last.split_once(':').map_or(last, |(name, _)| name);
        if path.is_empty() {
            last.to_owned()
        } else {
            format!("{path}/{last}")
        }
    }
}

impl fmt::Display for Image {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What a revision is to its rollout.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RevisionRole {
    /// The revision that the workload's template asks for, not yet all there.
    New,
    /// The revision that serves, or served last, before the new one.
    Old,
    /// New and complete: the one that everything runs.
    Current,
    /// Argo's words for the two sides.
    Canary,
    Stable,
    /// Kept for going back, no pods.
    Kept,
}

/// One version of the pod template, with the pods that run it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revision {
    /// The number that the controller gave it; `None` before it has one.
    pub number: Option<u64>,
    /// The controller's hash of the template, which pods carry as a label.
    pub hash: Option<Untrusted>,
    /// The object that stands for the revision (a `ReplicaSet`): its name and its uid.
    pub object: Option<Untrusted>,
    pub uid: Option<Untrusted>,
    pub role: RevisionRole,
    /// Each container with its image, in the template's order, init containers first.
    pub images: Vec<(Untrusted, Image)>,
    pub created_at: Option<Timestamp>,
    pub change_cause: Option<Untrusted>,
    /// Pods asked for, existing, ready and available.
    pub wanted: u32,
    pub existing: u32,
    pub ready: u32,
    pub available: u32,
    /// Since when all its pods have been available, as far as the cluster tells; only ever of the current one.
    pub whole_since: Option<Timestamp>,
    /// What its pods would not be behind any more, were every pod of the rollout of this revision.
    pub leaves: Vec<Leaves>,
}

/// A Service or policy that selects the pods of today and would not select those of another revision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leaves {
    /// `Service` or `PodDisruptionBudget`.
    pub kind: &'static str,
    pub name: Untrusted,
    /// It would have no endpoint left.
    pub empties: bool,
}

impl Revision {
    /// The version that a human calls this revision by, given the one it is compared with: the version of the first
    /// container whose image differs, else of the first container.
    pub fn version(&self, beside: Option<&Self>) -> String {
        let differs = beside.and_then(|other| {
            self.images.iter().find(|(name, image)| {
                other
                    .images
                    .iter()
                    .any(|(its_name, its_image)| its_name == name && its_image != image)
            })
        });
        let main = differs
            .or_else(|| self.images.last().filter(|_| self.images.len() == 1))
            .or_else(|| self.images.first());
        main.map_or_else(|| self.label(), |(_, image)| image.version())
    }

    /// `#12`, or the hash, or `?`: never to be taken for a version.
    pub fn label(&self) -> String {
        match (self.number, &self.hash) {
            (Some(number), _) => format!("#{number}"),
            (None, Some(hash)) => hash.shown(),
            (None, None) => "?".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_or_digest_alone_is_of_the_repository_of_now() {
        let cases = [
            ("shop/web:v1", ":v2", "shop/web:v2"),
            ("registry:5000/shop/web", ":v2", "registry:5000/shop/web:v2"),
            (
                "registry:5000/shop/web:v1@sha256:ab",
                "@sha256:cd",
                "registry:5000/shop/web@sha256:cd",
            ),
            ("shop/web:v1", " other/web:v1 ", "other/web:v1"),
            ("shop/web:v1", "shop/web:v1", "shop/web:v1"),
        ];
        for (now, typed, image) in cases {
            let meant = Image(Untrusted::from(now)).typed_over(typed);
            assert_eq!(meant.0.raw(), image, "{now} {typed}");
            assert_eq!(meant.is_no_image(), None);
        }
        for nonsense in ["", "shop/web v1"] {
            assert!(Image(Untrusted::from(nonsense)).is_no_image().is_some());
        }
    }

    #[test]
    fn versions_of_images() {
        let cases = [
            ("nginx", "latest", "nginx"),
            ("shop/web:v1.2", "v1.2", "shop/web"),
            ("registry:5000/shop/web", "latest", "registry:5000/shop/web"),
            ("registry:5000/shop/web:7", "7", "registry:5000/shop/web"),
            ("web@sha256:9f86d081884c7d65", "9f86d08", "web"),
            ("shop/web:v2@sha256:9f86d081884c7d65", "v2", "shop/web"),
        ];
        for (image, version, repository) in cases {
            let image = Image(Untrusted::from(image));
            assert_eq!(
                (image.version().as_str(), image.repository().as_str()),
                (version, repository)
            );
        }
    }
}
