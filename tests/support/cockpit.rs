//! The pure core without a terminal and without a cluster: a planner that writes the simplest plans there are, and a driver
//! for the model that keeps time.

use std::collections::BTreeMap;
use std::sync::Arc;

use flightdeck::app::{
    self, Action, Context, DryRun, Effect, Event, Key, KeyCode, Model, Permission, Policy, Probe, Request,
    RequestAnswer, RequestId, SourceEvent,
};
use flightdeck::domain::{
    Answer, Change, Class, Cluster, Counts, Driver, EffectSeen, Environment, Fact, FactCheck, Goal,
    KindState, Materials, Method, Moment, Name, Need, ObjectKind, Outcome, Plan, PlanQuestion, Planner,
    Refusal, RefusalKind, Rollout, RolloutKey, Step, Strategy, Target, TemplateDiff, TemplateOf, Transport,
    Untrusted, Weights, Write, Written,
};
use jiff::{SignedDuration, Timestamp};

pub(crate) const CLUSTER: &str = "prod-eu";

/// A rollout of three healthy pods, called `shop/NAME`.
pub(crate) fn rollout(name: &str) -> Rollout {
    Rollout {
        key: key(name),
        uid: Untrusted::from(format!("uid-{name}")),
        strategy: Strategy::Rolling,
        created_at: Some(Timestamp::UNIX_EPOCH),
        generation: 1,
        observed_generation: 1,
        paused: false,
        counts: Counts {
            wanted: 3,
            existing: 3,
            updated: 3,
            ready: 3,
            available: 3,
        },
        revisions: Vec::new(),
        findings: Vec::new(),
        since: Some(Timestamp::UNIX_EPOCH),
        steps: Vec::new(),
        weights: Weights::default(),
        pods: Some(Vec::new()),
        owners: Vec::new(),
        managers: Vec::new(),
        autoscaler: None,
        services: Vec::new(),
        labels: Vec::new().into(),
        written: Written::default(),
    }
}

pub(crate) fn key(name: &str) -> RolloutKey {
    RolloutKey {
        cluster: Cluster::new(CLUSTER),
        driver: Driver::Deployment,
        name: Name::new("shop", name),
    }
}

/// Plans whose body names uid and state, so that any change of either is another plan.
pub(crate) struct SimplePlanner;

impl SimplePlanner {
    fn body(rollout: &Rollout, step: Step, materials: &Materials) -> String {
        let read = materials
            .answers
            .first()
            .map(|(_, answer)| format!("{answer:?}"))
            .unwrap_or_default();
        format!(
            "{} {:?} paused={} read={read}",
            step.verb(),
            rollout.uid,
            rollout.paused
        )
    }
}

fn path(rollout: &Rollout) -> String {
    format!("/deployments/{}", rollout.key.name.name)
}

impl Planner for SimplePlanner {
    fn can(&self, rollout: &Rollout, step: Step) -> Result<(), Refusal> {
        let fits = match step {
            Step::Pause | Step::Restart | Step::Undo | Step::SetImage | Step::Scale => !rollout.paused,
            Step::Resume => rollout.paused,
        };
        if fits {
            Ok(())
        } else {
            Err(Refusal::new(RefusalKind::NotNow, "it does not fit the state", ""))
        }
    }

    fn needs(&self, question: PlanQuestion<'_>) -> Vec<Need> {
        if question.step == Step::Pause {
            Vec::new()
        } else {
            vec![Need::Object {
                path: path(question.rollout),
            }]
        }
    }

    fn plan(&self, question: PlanQuestion<'_>) -> Result<Plan, Refusal> {
        let PlanQuestion {
            rollout,
            step,
            materials,
            ..
        } = question;
        self.can(rollout, step)?;
        if materials
            .answers
            .iter()
            .any(|(_, answer)| *answer == Answer::Gone)
        {
            return Err(Refusal::new(RefusalKind::Gone, "it is gone", ""));
        }
        let body: Arc<str> = Self::body(rollout, step, materials).into();
        let fact = |value: bool| Fact {
            what: "paused".to_owned(),
            value: Untrusted::from(value.to_string()),
            check: FactCheck::Guarded,
        };
        Ok(Plan {
            step,
            class: if step == Step::Pause {
                Class::Stop
            } else {
                Class::Forward
            },
            against: Vec::new(),
            target: Target {
                key: rollout.key.clone(),
                uid: rollout.uid.clone(),
                generation: rollout.generation,
                path: path(rollout),
                group: "apps",
                resource: "deployments",
                subresource: None,
            },
            writes: vec![Write {
                transport: Transport::Kubernetes,
                method: Method::Patch,
                path: path(rollout),
                content_type: "application/json-patch+json",
                body: Arc::clone(&body),
                shown: body,
            }],
            sentence: format!("{} it", step.verb()),
            changes: vec![Change {
                field: "paused".to_owned(),
                from: Untrusted::from(rollout.paused.to_string()),
                to: Untrusted::from((!rollout.paused).to_string()),
            }],
            facts: vec![fact(rollout.paused)],
            notes: Vec::new(),
            goal: Goal::Paused(step == Step::Pause),
            token: rollout.counts.wanted.to_string(),
            way_back: "the other way round".to_owned(),
            kubectl: format!(
                "kubectl rollout {} deployment/{}",
                step.verb(),
                rollout.key.name.name
            ),
        })
    }

    fn effect(&self, plan: &Plan, rollout: Option<&Rollout>) -> EffectSeen {
        let Some(rollout) = rollout.filter(|rollout| rollout.uid == plan.target.uid) else {
            return EffectSeen::Gone;
        };
        let wanted = plan.step == Step::Pause;
        match (
            rollout.paused == wanted,
            rollout.generation == rollout.observed_generation,
        ) {
            (true, true) => EffectSeen::Done,
            (true, false) => EffectSeen::Written,
            (false, _) => EffectSeen::NotYet,
        }
    }

    fn template_need(&self, rollout: &Rollout, _side: &TemplateOf) -> Result<Need, Refusal> {
        Ok(Need::Object { path: path(rollout) })
    }

    fn template_diff(
        &self,
        _rollout: &Rollout,
        _sides: (&TemplateOf, &TemplateOf),
        _materials: &Materials,
    ) -> Result<TemplateDiff, Refusal> {
        Ok(TemplateDiff::default())
    }

    fn differs(&self, _: &Plan, _: &[Untrusted], (dry, written): (&str, &str)) -> Vec<Untrusted> {
        let differs = dry != written;
        differs.then(|| "/spec/paused".into()).into_iter().collect()
    }

    fn resolve(&self, plan: &Plan, object: &Answer) -> EffectSeen {
        match object {
            Answer::Gone => EffectSeen::Gone,
            Answer::Failed(_) => EffectSeen::CannotTell,
            Answer::Found(text) if text.contains(plan.step.verb()) => EffectSeen::Written,
            Answer::Found(_) => EffectSeen::NotYet,
        }
    }
}

/// The core with a clock that only moves when told, and everything that it asked for.
pub(crate) struct Cockpit {
    pub(crate) cluster: Cluster,
    pub(crate) model: Model,
    pub(crate) policy: Policy,
    pub(crate) millis: u64,
    pub(crate) effects: Vec<Effect>,
    /// What a read of the object gives.
    pub(crate) object: Answer,
    /// The server's clock minus ours, as answers tell it.
    pub(crate) ahead: SignedDuration,
    /// What a read of these paths gives instead.
    pub(crate) objects: BTreeMap<String, Answer>,
    pub(crate) permission: Permission,
    pub(crate) dry_run: DryRun,
    /// What is wrong with the record.
    pub(crate) record: Option<Untrusted>,
    pub(crate) panes: app::Panes,
    /// Reads, reviews and dry runs are answered at once.
    pub(crate) answers: bool,
    pub(crate) planner: Arc<dyn Planner>,
}

impl Cockpit {
    /// A live production cluster with these rollouts.
    pub(crate) fn with(rollouts: &[Rollout]) -> Self {
        let mut cockpit = Self::silent(CLUSTER);
        cockpit.source(SourceEvent::Opened {
            environment: Environment::Production,
            read_only: false,
            server: "https://prod".into(),
            user: "ann".into(),
        });
        cockpit.hear();
        cockpit.show(rollouts);
        cockpit.source(SourceEvent::Complete);
        cockpit
    }

    /// One to which nothing was said yet.
    pub(crate) fn silent(cluster: &str) -> Self {
        Self {
            cluster: Cluster::new(cluster),
            model: Model::new(Cluster::new(cluster)),
            policy: Policy::default(),
            millis: 0,
            effects: Vec::new(),
            object: Answer::Found("as it was".into()),
            ahead: SignedDuration::ZERO,
            objects: BTreeMap::new(),
            permission: Permission::Yes,
            dry_run: DryRun::Accepted {
                object: None,
                also: Vec::new(),
                warnings: Vec::new(),
            },
            record: None,
            panes: app::Panes::Apart,
            answers: true,
            planner: Arc::new(SimplePlanner),
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH
            + SignedDuration::from_secs(86_400)
            + SignedDuration::from_millis(i64::try_from(self.millis).unwrap())
    }

    /// Every kind is heard now.
    pub(crate) fn hear(&mut self) {
        for kind in ObjectKind::ALL {
            let state = KindState::Live { heard_at: self.now() };
            self.source(SourceEvent::Kind {
                kind,
                namespace: None,
                state,
            });
        }
    }

    pub(crate) fn show(&mut self, rollouts: &[Rollout]) {
        let changes = rollouts
            .iter()
            .map(|it| (it.key.clone(), Some(Arc::new(it.clone()))))
            .collect();
        self.source(SourceEvent::Rollouts(changes));
    }

    pub(crate) fn forget(&mut self, name: &str) {
        self.source(SourceEvent::Rollouts(vec![(key(name), None)]));
    }

    pub(crate) fn source(&mut self, event: SourceEvent) {
        self.event(Event::Source(self.cluster.clone(), event));
    }

    /// Applies an event; what it asks for is kept, and answered if it is a question.
    pub(crate) fn event(&mut self, event: Event) {
        let planner = Arc::clone(&self.planner);
        let context = Context {
            now: self.now(),
            moment: Moment(self.millis),
            planner: &*planner,
            policy: &self.policy,
        };
        let effects = app::update(&context, &mut self.model, event);
        for effect in effects {
            self.effects.push(effect.clone());
            if let (Effect::Send { id, request, .. }, true) = (effect, self.answers) {
                self.answer_question(id, &request);
            }
        }
    }

    fn answer_question(&mut self, id: RequestId, request: &Request) {
        let answer = match request {
            Request::Read(need) => RequestAnswer::Read {
                answer: self.objects.get(need.path()).unwrap_or(&self.object).clone(),
                server_time: Some(self.now() + self.ahead),
            },
            Request::Probe(Probe::Access(_)) => RequestAnswer::Access(self.permission.clone()),
            Request::Probe(Probe::DryRun(_)) => RequestAnswer::DryRun(self.dry_run.clone()),
            Request::Probe(Probe::Identity) => RequestAnswer::Identity(Some("ann@corp".into())),
            Request::Probe(Probe::Record) => RequestAnswer::RecordProbed {
                problem: self.record.clone(),
            },
            Request::Probe(Probe::Panes) => RequestAnswer::Panes(self.panes.clone()),
            Request::Note(_) | Request::Write(_) => return,
        };
        self.answer(id, answer);
    }

    pub(crate) fn answer(&mut self, id: RequestId, answer: RequestAnswer) {
        self.event(Event::Answer {
            cluster: self.cluster.clone(),
            id,
            answer,
        });
    }

    /// The server's answer to the last write.
    pub(crate) fn outcome(&mut self, outcome: Outcome) {
        let id = self.write_ids().last().copied().unwrap();
        self.answer(id, RequestAnswer::Recorded { problem: None });
        self.answer(id, RequestAnswer::Written(outcome));
    }

    /// Time passes, with ticks as the program makes them.
    pub(crate) fn wait(&mut self, millis: u64) {
        let end = self.millis + millis;
        while self.millis < end {
            self.millis = (self.millis + 1000).min(end);
            self.event(Event::Tick);
        }
    }

    /// A frame with whatever sheet is open reaches the terminal.
    pub(crate) fn paint(&mut self) {
        let shown = self
            .model
            .sheet()
            .and_then(|sheet| Some((sheet.id, sheet.digest()?)));
        if let Some((sheet, digest)) = shown {
            self.event(Event::Painted { sheet, digest });
        }
    }

    /// The sheet is painted and has been looked at long enough.
    pub(crate) fn look(&mut self) {
        self.paint();
        self.wait(self.policy.arming_millis);
    }

    /// Presses a key that means `action` where no text is typed.
    pub(crate) fn act(&mut self, action: Action) {
        self.event(Event::Key {
            key: Key::char('\u{b7}'),
            action: Some(action),
            repeat: false,
        });
    }

    pub(crate) fn press(&mut self, code: KeyCode) {
        self.event(Event::Key {
            key: Key::plain(code),
            action: None,
            repeat: false,
        });
    }

    pub(crate) fn type_text(&mut self, text: &str) {
        for character in text.chars() {
            self.press(KeyCode::Char(character));
        }
    }

    fn write_ids(&self) -> Vec<RequestId> {
        self.effects
            .iter()
            .filter_map(|effect| match effect {
                Effect::Send {
                    id,
                    request: Request::Write(_),
                    ..
                } => Some(*id),
                _other => None,
            })
            .collect()
    }

    /// The bodies of the writes that left.
    pub(crate) fn writes(&self) -> Vec<Arc<str>> {
        self.effects
            .iter()
            .filter_map(|effect| match effect {
                Effect::Send {
                    request: Request::Write(approved),
                    ..
                } => approved
                    .plan()
                    .writes
                    .first()
                    .map(|write| Arc::clone(&write.body)),
                _other => None,
            })
            .collect()
    }

    /// Every line of the open sheet.
    pub(crate) fn sheet_says(&self) -> String {
        let context = Context {
            now: self.now(),
            moment: Moment(self.millis),
            planner: &*self.planner,
            policy: &self.policy,
        };
        let Some(sheet) = self.model.sheet() else {
            return String::new();
        };
        let lines = flightdeck::view::sheet_view(&context, &self.model, sheet).body;
        let line = |(label, words): (&str, Vec<(_, String)>)| {
            let words: String = words.into_iter().map(|(_, text)| text).collect();
            format!("{label}: {words}\n")
        };
        lines.into_iter().map(line).collect()
    }

    /// What the open sheet says about its last refusal or hint.
    pub(crate) fn words(&self) -> String {
        let sheet = self.model.sheet();
        let refusal = sheet.and_then(|sheet| match &sheet.stage {
            app::Stage::Refused(refusal) => Some(refusal.sentence()),
            _other => None,
        });
        let hint = sheet.and_then(|sheet| sheet.hint.clone());
        let flash = self.model.flash.as_ref().map(|(_, text, _)| text.clone());
        [refusal, hint, flash]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(" | ")
    }
}
