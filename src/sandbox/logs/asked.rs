//! What is asked of a log, and of which container.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::run::{Run, status};
use crate::sandbox::json::{list, text};
use crate::sandbox::refusal::Refusal;
use crate::sandbox::route::Query;

/// The options of a request.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) container: String,
    pub(super) follows: bool,
    pub(super) previous: bool,
    pub(super) stamps: bool,
    pub(super) last: Option<usize>,
    pub(super) bytes: Option<usize>,
    /// Nothing that is older.
    pub(super) since: Timestamp,
}

impl Asked {
    pub(super) fn of(query: &Query, pod: &Value, now: Timestamp) -> Result<Self, Refusal> {
        let count = |name: &str, least: i64| match query.get(name) {
            "" => Ok(None),
            text => match text.parse::<i64>() {
                Ok(number) if number >= least => Ok(usize::try_from(number).ok()),
                _ => Err(invalid(
                    name,
                    &format!("Invalid value: {text:?}: must be a number of at least {least}"),
                )),
            },
        };
        let seconds = count("sinceSeconds", 1)?;
        let since = match (query.get("sinceTime"), seconds) {
            ("", None) => Timestamp::MIN,
            ("", Some(seconds)) => {
                let ago = SignedDuration::from_secs(i64::try_from(seconds).unwrap_or(i64::MAX));
                now.checked_sub(ago).unwrap_or(Timestamp::MIN)
            }
            (_, Some(_)) => {
                return Err(invalid(
                    "sinceSeconds",
                    "at most one of `sinceTime` or `sinceSeconds` may be specified",
                ));
            }
            (time, None) => time
                .parse()
                .map_err(|_no_time| invalid("sinceTime", &format!("Invalid value: {time:?}")))?,
        };
        Ok(Self {
            container: container(query.get("container"), pod)?,
            follows: query.is_set("follow"),
            previous: query.is_set("previous"),
            stamps: query.is_set("timestamps"),
            last: count("tailLines", 0)?,
            bytes: count("limitBytes", 1)?,
            since,
        })
    }

    /// The run whose lines are wanted, or why there is none.
    pub(super) fn run(&self, pod: &Value) -> Result<Run, Refusal> {
        if let Some(run) = Run::of(pod, &self.container, self.previous) {
            return Ok(run);
        }
        let (container, name) = (&self.container, text(pod, &["metadata", "name"]));
        if self.previous {
            let why = format!("previous terminated container {container:?} in pod {name:?} not found");
            return Err(Refusal::bad_request(why));
        }
        let waits = status(pod, container).map_or("", |it| text(it, &["state", "waiting", "reason"]));
        let words = match waits {
            "ErrImagePull" => "image can't be pulled",
            "ImagePullBackOff" => "trying and failing to pull image",
            "" => "ContainerCreating",
            other => other,
        };
        let why = format!("container {container:?} in pod {name:?} is waiting to start: {words}");
        Err(Refusal::bad_request(why))
    }
}

fn invalid(field: &str, why: &str) -> Refusal {
    Refusal::unprocessable(format!("PodLogOptions \"\" is invalid: {field}: {why}"))
}

/// The one that is named, or the only one.
fn container(named: &str, pod: &Value) -> Result<String, Refusal> {
    let all = list(pod, &["spec", "containers"]).iter();
    let all: Vec<&str> = all.map(|it| text(it, &["name"])).collect();
    let name = text(pod, &["metadata", "name"]);
    match (named, all.as_slice()) {
        ("", [only]) => Ok((*only).to_owned()),
        ("", _) => {
            let all = all.join(" ");
            let why = format!("a container name must be specified for pod {name}, choose one of: [{all}]");
            Err(Refusal::bad_request(why))
        }
        (named, all) if all.contains(&named) => Ok(named.to_owned()),
        (named, _) => {
            let why = format!("container {named} is not valid for pod {name}");
            Err(Refusal::bad_request(why))
        }
    }
}
