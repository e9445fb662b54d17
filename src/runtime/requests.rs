//! Sends what the model asks for, each request in a task of its own, and brings the answers back as events. The only place
//! from which a write leaves; read-only is enforced here, whatever the keys say.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;

use crate::adapters::kube::{self as api, ApiClient, ApiFailure, Held, Pinned, SendAnswer};
use crate::adapters::record::{self, Record, Who};
use crate::adapters::tmux::Tmux;
use crate::app::{
    AccessQuestion, Approved, DryRun, Event, NoteProblem, ObjectNote, Panes, Permission, Probe, Request,
    RequestAnswer, RequestId, synchronized,
};
use crate::clock::Clock;
use crate::domain::{
    Answer, Class, Cluster, EffectSeen, Need, Outcome, Plan, Planner, Refusal, RefusalKind, Untrusted, Write,
};

use crate::drivers::{ObjectEvent, Told, object_event};

use super::source::{Api, Open, pin_broken};

/// A read for a sheet that takes longer is told as failed.
const READ_WITHIN: Duration = Duration::from_secs(5);

/// What every request needs.
#[derive(Clone)]
pub struct Desk {
    pub cluster: Cluster,
    pub api: Api,
    pub events: mpsc::Sender<Event>,
    pub record: Record,
    pub clock: Arc<dyn Clock>,
    pub planner: Arc<dyn Planner>,
    pub read_only: bool,
    /// The pane of tmux that this runs in, if it does.
    pub tmux: Option<Tmux>,
    /// When this program started, so that decisions of two runs never share a name.
    pub run: String,
}

impl Desk {
    /// Sends `request`; its answers come as events.
    pub async fn serve(self, id: RequestId, request: Request, who: Who) {
        // What asks nothing of the cluster is answered without one.
        let own = match &request {
            Request::Probe(Probe::Record) => Some(RequestAnswer::RecordProbed {
                problem: self.record_problem().await,
            }),
            Request::Probe(Probe::Panes) => Some(RequestAnswer::Panes(self.panes().await)),
            Request::Read(_) | Request::Probe(_) | Request::Note(_) | Request::Write(_) => None,
        };
        if let Some(answer) = own {
            return self.answer(id, answer).await;
        }
        let Some(open) = self.api.borrow().clone() else {
            let answer = not_open(&request);
            self.answer(id, answer).await;
            return;
        };
        let client = open.client.clone();
        match request {
            Request::Read(need) => {
                let (answer, server_time) = read(&client, &need).await;
                self.answer(id, RequestAnswer::Read { answer, server_time }).await;
            }
            Request::Probe(Probe::Access(question)) => {
                let permission = access(&client, &question).await;
                self.answer(id, RequestAnswer::Access(permission)).await;
            }
            Request::Probe(Probe::Identity) => {
                let user = client.whoami().await.unwrap_or_default();
                self.answer(id, RequestAnswer::Identity(user)).await;
            }
            Request::Probe(Probe::Record | Probe::Panes) => {}
            Request::Probe(Probe::DryRun(write)) => {
                let answer = if self.read_only {
                    DryRun::Unsupported {
                        words: Untrusted::from("read-only: not even a dry run is sent"),
                    }
                } else {
                    dry_run(&client, &write).await
                };
                self.answer(id, RequestAnswer::DryRun(answer)).await;
            }
            Request::Note(note) => {
                let problem = self.post(&client, &note, &who).await;
                self.answer(id, RequestAnswer::Noted(problem)).await;
            }
            Request::Write(approved) => self.write(id, &open, &approved, &who).await,
        }
    }

    /// What makes the open cluster itself, as far as that is known.
    pub(super) fn cluster_uid(&self) -> Option<Untrusted> {
        self.api.borrow().as_ref()?.pinned.cluster_uid().cloned()
    }

    /// Whether keys go to other panes, too. Outside of tmux nobody types them there.
    async fn panes(&self) -> Panes {
        match &self.tmux {
            Some(tmux) => tmux.panes().await,
            None => Panes::Apart,
        }
    }

    /// What is wrong with the record. Where nothing is ever sent, it is not even opened.
    async fn record_problem(&self) -> Option<Untrusted> {
        if self.read_only {
            return None;
        }
        // What others decided meanwhile stands on the sheet.
        let (probed, ()) = tokio::join!(self.record.probe(), super::earlier::tell(self));
        Some(Untrusted::from(probed.err()?.to_string()))
    }

    /// Adds a line to the record about a decision that was sent. A line that cannot be written is kept and written later.
    pub(super) async fn note(&self, id: RequestId, rollout: &str, step: &str, words: &str) {
        let decision = format!("{}-{}", self.run, id.0);
        let line = record::later(&decision, self.clock.now(), rollout, step, words);
        if let Err(error) = self.record.append(&line).await {
            tracing::warn!(%error, "a line of the record waits");
        }
    }

    async fn answer(&self, id: RequestId, answer: RequestAnswer) {
        let event = Event::Answer {
            cluster: self.cluster.clone(),
            id,
            answer,
        };
        if self.events.send(event).await.is_err() {
            tracing::error!(?id, "nobody was left to hear an answer");
        }
    }

    /// Posts a note on the object, once; what is wrong with it if it was not taken.
    async fn post(&self, client: &ApiClient, note: &ObjectNote, who: &Who) -> Option<NoteProblem> {
        if self.read_only {
            return Some(NoteProblem {
                is_forbidden: false,
                why: Untrusted::from("read-only: no Event is posted"),
            });
        }
        let decision = format!("{}-{}", self.run, note.of.0);
        let told = Told {
            user: who.user.as_ref(),
            reason: &note.reason,
            decision: &decision,
            at: self.clock.now(),
        };
        let ObjectEvent { path, body } = object_event(&note.plan, told);
        let failure = client.post_note(&path, body).await.err()?;
        Some(NoteProblem {
            is_forbidden: matches!(failure, ApiFailure::Forbidden { .. }),
            why: Untrusted::from(failure.to_string()),
        })
    }

    /// Records the decision, sends it once, records what came of it.
    async fn write(&self, id: RequestId, open: &Open, approved: &Approved, who: &Who) {
        let plan = approved.plan();
        let decision = format!("{}-{}", self.run, id.0);
        let intent = record::intent(&decision, self.clock.now(), approved, who);
        let (recorded, panes) = tokio::join!(self.record.append(&intent), self.panes());
        let problem = recorded.err().map(|error| Untrusted::from(error.to_string()));
        self.answer(
            id,
            RequestAnswer::Recorded {
                problem: problem.clone(),
            },
        )
        .await;
        let was_recorded = problem.is_none();
        let outcome = match (self.read_only, problem.filter(|_| plan.class.needs_fresh_data())) {
            _ if panes == Panes::Synchronized => Outcome::Refused(synchronized()),
            (true, _) => refused(RefusalKind::ReadOnly, "this context is read-only".to_owned(), ""),
            (false, Some(problem)) => refused(
                RefusalKind::NoRecord,
                format!("the decision could not be recorded: {problem}"),
                "going forward needs a record; stopping and going back do not",
            ),
            (false, None) => self.send(open, plan).await,
        };
        let line = record::outcome(&decision, self.clock.now(), approved, &outcome);
        // The outcome is told even when it cannot be recorded; the line is kept and written later.
        let recorded = self.record.append(&line).await;
        self.answer(id, RequestAnswer::Written(outcome)).await;
        // What was told of the decision holds for its outcome as well.
        if let Err(error) = recorded
            && was_recorded
        {
            let text = format!("the outcome could not be recorded yet: {error}");
            let message = Event::Message {
                tone: crate::app::MessageTone::Warn,
                text,
            };
            if self.events.send(message).await.is_err() {
                tracing::error!("nobody was left to hear that the record failed");
            }
        }
    }

    /// The writes of a plan in order; the first that is not accepted ends it.
    async fn send(&self, open: &Open, plan: &Plan) -> Outcome {
        let client = &open.client;
        let mut last = Outcome::AlreadySo;
        for write in &plan.writes {
            if let Some(why) = self.pin_speaks_against(&open.pinned, plan.class).await {
                return Outcome::NotSent { why };
            }
            last = match client.send(write).await {
                SendAnswer::Accepted {
                    object,
                    audit_id,
                    warnings,
                } => Outcome::Accepted {
                    object,
                    audit_id,
                    warnings,
                },
                SendAnswer::NotSent { why } => {
                    return Outcome::NotSent {
                        why: Untrusted::from(why),
                    };
                }
                SendAnswer::Unknown { why } => {
                    return Outcome::Unknown {
                        why: Untrusted::from(why),
                    };
                }
                SendAnswer::TestFailed => return self.what_changed(client, plan).await,
                SendAnswer::Refused { code: 403, words } => {
                    return refused(
                        RefusalKind::Forbidden,
                        words.shown(),
                        "ask for the right, then try again",
                    );
                }
                SendAnswer::Refused { code: 404, words } => {
                    return refused(RefusalKind::Gone, words.shown(), "look at what is there now");
                }
                SendAnswer::Refused { words, .. } => {
                    return refused(RefusalKind::Denied, words.shown(), "change what it objects to");
                }
            };
        }
        last
    }

    /// Whether the kubeconfig means another cluster by now: compared here, right before the bytes leave.
    ///
    /// That the server behind the address is still the same cluster needs no request of its own: every patch tests the
    /// uid of its target, and no other cluster has an object of that uid.
    async fn pin_speaks_against(&self, pinned: &Pinned, class: Class) -> Option<Untrusted> {
        match pinned.holds().await {
            Held::Yes => None,
            Held::Broken(why) => {
                let event = Event::Source(self.cluster.clone(), pin_broken(why.clone()));
                if self.events.send(event).await.is_err() {
                    tracing::error!("nobody was left to hear that the pin broke");
                }
                Some(Untrusted::from(why))
            }
            // Stopping and going back wait for no disk; the last comparison held.
            Held::NotKnown(why) => class.needs_fresh_data().then(|| Untrusted::from(why)),
        }
    }

    /// A test of the patch failed: nothing was changed. Reads the object to say why.
    async fn what_changed(&self, client: &ApiClient, plan: &Plan) -> Outcome {
        let need = Need::Object {
            path: plan.target.path.clone(),
        };
        let (answer, _) = read(client, &need).await;
        let already = matches!(plan.class, Class::Stop | Class::Back);
        match self.planner.resolve(plan, &answer) {
            EffectSeen::Written | EffectSeen::Done if already => Outcome::AlreadySo,
            EffectSeen::Written | EffectSeen::Done => refused(
                RefusalKind::Changed,
                format!(
                    "somebody else did it first: {} is in the wanted state already",
                    plan.target.key
                ),
                "nothing was changed by this program",
            ),
            EffectSeen::Gone => refused(
                RefusalKind::Gone,
                format!(
                    "{} is gone, or was made anew under the same name",
                    plan.target.key
                ),
                "look at what is there now",
            ),
            EffectSeen::NotYet | EffectSeen::Reverted { .. } | EffectSeen::CannotTell => refused(
                RefusalKind::Changed,
                format!(
                    "{} changed after it was shown, so the server took nothing",
                    plan.target.key
                ),
                "open the sheet again to see what is different",
            ),
        }
    }
}

fn refused(kind: RefusalKind, why: String, next: &str) -> Outcome {
    Outcome::Refused(Refusal::new(kind, why, next))
}

/// The answer while the cluster is not open.
fn not_open(request: &Request) -> RequestAnswer {
    let why = Untrusted::from("the cluster is not open yet");
    match request {
        Request::Read(_) => RequestAnswer::Read {
            answer: Answer::Failed(why.shown()),
            server_time: None,
        },
        Request::Probe(Probe::Access(_)) => RequestAnswer::Access(Permission::Unknown { why }),
        Request::Probe(Probe::DryRun(_)) => RequestAnswer::DryRun(DryRun::TimedOut),
        Request::Probe(Probe::Identity) => RequestAnswer::Identity(None),
        Request::Probe(Probe::Record) => RequestAnswer::RecordProbed { problem: None },
        Request::Probe(Probe::Panes) => RequestAnswer::Panes(Panes::Apart),
        Request::Note(_) => RequestAnswer::Noted(Some(NoteProblem {
            is_forbidden: false,
            why,
        })),
        Request::Write(_) => RequestAnswer::Written(Outcome::NotSent { why }),
    }
}

pub(super) async fn read(client: &ApiClient, need: &Need) -> (Answer, Option<jiff::Timestamp>) {
    let answer = match need {
        Need::Object { path } => client.get_raw(path, READ_WITHIN).await,
        Need::Metadata { path } => client.get_metadata(path, READ_WITHIN).await,
    };
    match answer {
        Ok(raw) => (Answer::Found(raw.body), raw.server_date),
        Err(ApiFailure::NotFound { .. }) => (Answer::Gone, None),
        Err(failure) => (Answer::Failed(failure.sentence()), None),
    }
}

async fn access(client: &ApiClient, question: &AccessQuestion) -> Permission {
    let asked = api::Question {
        verb: question.verb,
        group: question.group,
        resource: question.resource,
        subresource: question.subresource,
        namespace: Some(question.namespace.raw()),
        name: Some(question.name.raw()),
    };
    match client.ssar(asked).await {
        api::Permission::Yes => Permission::Yes,
        api::Permission::No { reason } => {
            let why = if reason.is_empty() {
                String::new()
            } else {
                format!(": {reason}")
            };
            let below = question
                .subresource
                .map(|it| format!("/{it}"))
                .unwrap_or_default();
            let text = format!(
                "you may not {} {}{below} in {}{why}",
                question.verb, question.resource, question.namespace
            );
            Permission::No {
                why: Untrusted::from(text),
            }
        }
        api::Permission::Unknown { why } => Permission::Unknown {
            why: Untrusted::from(why),
        },
    }
}

async fn dry_run(client: &ApiClient, write: &Write) -> DryRun {
    match client.dry_run(write).await {
        api::DryRun::Accepted { object, warnings } => DryRun::Accepted {
            object: Some(object),
            also: Vec::new(),
            warnings,
        },
        api::DryRun::Denied { words, .. } => DryRun::Denied { words },
        api::DryRun::TestFailed => DryRun::Changed,
        api::DryRun::Unsupported { words } => DryRun::Unsupported { words },
        api::DryRun::TimedOut => DryRun::TimedOut,
        api::DryRun::Failed { why } => DryRun::Failed {
            words: Untrusted::from(why),
        },
    }
}
