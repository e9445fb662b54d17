//! What a path and its query ask for. Knows nothing of answers.

use std::sync::Arc;

use super::kinds::Kinds;
use super::resource::{PODS, Resource};
use super::traffic::Upstream;

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Route {
    Version,
    Health,
    /// `/api`.
    CoreVersions,
    /// `/apis`.
    Groups,
    /// `/apis/GROUP`.
    Group(String),
    /// The kinds of one version.
    Kinds {
        group: String,
        version: String,
    },
    /// `/openapi/v3`.
    Schemas,
    /// The schemas of one version.
    SchemasOf {
        group: String,
        version: String,
    },
    /// A question about oneself, by its resource.
    Review(&'static str),
    Objects(Place),
    /// What is behind a Service, through the API server.
    Proxy(Upstream),
}

/// Objects of a kind: all, those of a namespace, or one of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) resource: Arc<Resource>,
    pub(super) namespace: Option<String>,
    pub(super) name: Option<String>,
    pub(super) subresource: Option<String>,
}

/// The questions that may be asked about oneself: group, resource.
pub(super) const REVIEWS: [(&str, &str, &str); 3] = [
    ("authentication.k8s.io", "selfsubjectreviews", "SelfSubjectReview"),
    (
        "authorization.k8s.io",
        "selfsubjectaccessreviews",
        "SelfSubjectAccessReview",
    ),
    (
        "authorization.k8s.io",
        "selfsubjectrulesreviews",
        "SelfSubjectRulesReview",
    ),
];

impl Route {
    /// Reads a path; `None` where nothing is served.
    pub(super) fn parse(path: &str, served: &Kinds) -> Option<Self> {
        let parts: Vec<String> = path
            .trim_matches('/')
            .split('/')
            .map(decoded)
            .collect::<Option<_>>()?;
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        match parts.as_slice() {
            ["version"] => Some(Self::Version),
            ["healthz" | "readyz" | "livez"] => Some(Self::Health),
            ["openapi", "v3"] => Some(Self::Schemas),
            ["openapi", "v3", "api", version] => Some(schemas("", version)),
            ["openapi", "v3", "apis", group, version] => Some(schemas(group, version)),
            ["api"] => Some(Self::CoreVersions),
            ["apis"] => Some(Self::Groups),
            ["apis", group] => Some(Self::Group((*group).to_owned())),
            ["api", version] => Some(kinds("", version)),
            ["apis", group, version] => Some(kinds(group, version)),
            ["apis", group, "v1", review] if let Some(review) = review_of(group, review) => {
                Some(Self::Review(review))
            }
            [
                "api",
                "v1",
                "namespaces",
                namespace,
                "services",
                service,
                "proxy",
                rest @ ..,
            ] => Some(Self::Proxy(Upstream {
                namespace: (*namespace).to_owned(),
                service: (*service).to_owned(),
                path: rest.join("/"),
            })),
            ["api", version, rest @ ..] => objects(served, ("", version), rest),
            ["apis", group, version, rest @ ..] => objects(served, (group, version), rest),
            _ => None,
        }
    }
}

fn kinds(group: &str, version: &str) -> Route {
    Route::Kinds {
        group: group.to_owned(),
        version: version.to_owned(),
    }
}

fn schemas(group: &str, version: &str) -> Route {
    Route::SchemasOf {
        group: group.to_owned(),
        version: version.to_owned(),
    }
}

fn review_of(group: &str, name: &str) -> Option<&'static str> {
    let found = REVIEWS
        .iter()
        .find(|(its, plural, _)| (*its, *plural) == (group, name));
    found.map(|(_, plural, _)| *plural)
}

fn objects(kinds: &Kinds, (group, version): (&str, &str), rest: &[&str]) -> Option<Route> {
    let own = |text: &&str| Some((*text).to_owned());
    let (namespace, plural, name, subresource) = match rest {
        ["namespaces", name, sub @ ("status" | "finalize")] => (None, "namespaces", own(name), own(sub)),
        ["namespaces", namespace, plural] => (own(namespace), *plural, None, None),
        ["namespaces", namespace, plural, name] => (own(namespace), *plural, own(name), None),
        ["namespaces", namespace, plural, name, sub] => (own(namespace), *plural, own(name), own(sub)),
        [plural] => (None, *plural, None, None),
        [plural, name] => (None, *plural, own(name), None),
        _ => return None,
    };
    let resource = kinds.find(group, version, plural)?;
    // One object of a namespaced kind is in a namespace; what is in none is not looked for in one.
    let fits = if resource.namespaced {
        name.is_none() || namespace.is_some()
    } else {
        namespace.is_none()
    };
    let served = match subresource.as_deref() {
        None => true,
        Some("status") => resource.status,
        Some("scale") => resource.scale,
        Some("log" | "portforward") => resource.id() == PODS,
        Some(_) => false,
    };
    (fits && served).then_some(Route::Objects(Place {
        resource: Arc::clone(resource),
        namespace,
        name,
        subresource,
    }))
}

/// The pairs of a query.
#[derive(Clone, Debug, Default)]
pub(super) struct Query(Vec<(String, String)>);

impl Query {
    /// Reads one. What cannot be decoded is left out.
    pub(super) fn parse(query: &str) -> Self {
        let pairs = query.split('&').filter(|pair| !pair.is_empty());
        Self(
            pairs
                .filter_map(|pair| {
                    let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
                    Some((decoded(key)?, decoded(&value.replace('+', " "))?))
                })
                .collect(),
        )
    }

    /// The value of a key; empty where there is none.
    pub(super) fn get(&self, key: &str) -> &str {
        let found = self.0.iter().find(|(its, _)| its == key);
        found.map_or("", |(_, value)| value)
    }

    pub(super) fn is_set(&self, key: &str) -> bool {
        matches!(self.get(key), "1" | "true")
    }
}

/// Undoes percent-encoding.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
            let (high, low) = (digit(rest.next())?, digit(rest.next())?);
            bytes.push(u8::try_from(high * 16 + low).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_the_api_are_read() {
        let place = |path: &str| match Route::parse(path, &Kinds::default()) {
            Some(Route::Objects(place)) => Some((
                place.resource.kind.clone(),
                place.namespace.unwrap_or_default(),
                place.name.unwrap_or_default(),
                place.subresource.unwrap_or_default(),
            )),
            _ => None,
        };
        let told = |kind: &str, namespace: &str, name: &str, sub: &str| {
            Some((
                kind.to_owned(),
                namespace.to_owned(),
                name.to_owned(),
                sub.to_owned(),
            ))
        };
        assert_eq!(place("/api/v1/pods"), told("Pod", "", "", ""));
        assert_eq!(
            place("/apis/apps/v1/namespaces/shop/deployments/web/scale"),
            told("Deployment", "shop", "web", "scale")
        );
        assert_eq!(
            place("/api/v1/namespaces/shop"),
            told("Namespace", "", "shop", "")
        );
        assert_eq!(
            place("/api/v1/namespaces/a%2Fb/pods"),
            told("Pod", "a/b", "", ""),
            "a name stays in its place"
        );
        for path in [
            "/api/v1/pods/web-1",
            "/apis/apps/v1/deployments/web",
            "/apis/apps/v2/deployments",
            "/api/v1/namespaces/shop/pods/a/exec",
            "/api/v1/namespaces/shop/pods/%zz",
        ] {
            assert_eq!(place(path), None, "{path}");
        }
        let review = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
        assert_eq!(
            Route::parse(review, &Kinds::default()),
            Some(Route::Review("selfsubjectaccessreviews"))
        );
    }

    #[test]
    fn queries_are_decoded() {
        let query = Query::parse("fieldSelector=type%21%3DNormal&watch=1&x");
        assert_eq!(query.get("fieldSelector"), "type!=Normal");
        assert!(query.is_set("watch") && !query.is_set("x") && !query.is_set("y"));
    }
}
