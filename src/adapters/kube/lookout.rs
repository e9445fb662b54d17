//! Watches every kind of one cluster: in all namespaces at once, and where that is refused, namespace by namespace.
//!
//! Rights are found by trying, so that nobody waits for questions whose answer is nearly always yes. Only a refusal costs
//! reviews, and is asked about again later: rights may be granted. It does not look into what the watches tell.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::mpsc;
use tokio::task::{AbortHandle, JoinSet};

use crate::clock::Clock;
use crate::domain::{KindState, Namespaces, ObjectKind, Untrusted};
use crate::objects::{Change, ListScope};

use super::namespaces::{Reviews, cap, distinct, everywhere, review, within};
use super::paths::api_of;
use super::watch::Refused;
use super::{
    ApiClient, Chosen, Events, Permission, Poke, Progress, Question, Timing, WATCH_CAP, Watch, scopes,
};

/// Refusals of several kinds come together; one review answers for all.
const SETTLE: Duration = Duration::from_millis(50);

/// What is said when there is nothing to show.
const NOWHERE: &str = "you may not list deployments in all namespaces, nor in those that are known here; name yours with \
                       -n NAMESPACE[,NAMESPACE], or in the configuration";

/// Reviews are believed this long: kinds that are refused one after the other share them, those that are tried again too.
const YOUNG: Duration = Duration::from_secs(30);

/// What is told about the watches, beside what they tell themselves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// From now on. Told before the first word of what is added.
    Scopes {
        added: Vec<ListScope>,
        dropped: Vec<ListScope>,
    },
    Asked(Progress),
    /// What is not shown, and why.
    Note(Untrusted),
    /// A watch failed as a program; what it watched is not kept up to date.
    Broken(String),
}

/// The watches of one cluster, ready to run.
pub struct Lookout {
    pub client: ApiClient,
    pub kinds: Vec<ObjectKind>,
    pub namespaces: Namespaces,
    /// Where to look when all namespaces are refused, best first.
    pub candidates: Vec<Arc<str>>,
    pub changes: mpsc::Sender<Vec<Change>>,
    pub told: mpsc::Sender<Told>,
    pub poke: Poke,
    pub clock: Arc<dyn Clock>,
    pub timing: Timing,
}

/// Nobody listens any more.
struct Unheard;

impl<T> From<mpsc::error::SendError<T>> for Unheard {
    fn from(_: mpsc::error::SendError<T>) -> Self {
        Self
    }
}

impl Lookout {
    /// What is watched from the start.
    pub fn first(&self) -> Chosen {
        match &self.namespaces {
            Namespaces::These(names) => scopes(&self.kinds, names),
            Namespaces::All => cap(self.kinds.iter().copied().map(everywhere).collect(), WATCH_CAP),
        }
    }

    /// Runs until nobody listens.
    pub async fn run(self) {
        let (ask, mut refusals) = mpsc::channel(16);
        let mut poked = self.poke.listen();
        let gone = self.told.clone();
        let mut post = Post::new(self, ask);
        if post.begin().await.is_err() {
            return;
        }
        loop {
            let pause = post.timing().slow.delay(post.tries.max(1));
            let done = tokio::select! {
                biased;
                () = gone.closed() => return,
                Some(first) = refusals.recv() => post.refused(first, &mut refusals).await,
                Some(ended) = post.tasks.join_next() => post.ended(ended).await,
                _ = poked.wait() => {
                    post.reviewed_at = None;
                    post.again().await
                }
                () = tokio::time::sleep(pause), if !post.narrow.is_empty() => post.again().await,
            };
            if done.is_err() {
                return;
            }
        }
    }
}

/// Which rights a namespace must give for a kind to be watched there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Needs {
    /// Nothing can be listed otherwise, so a list is better than nothing.
    List,
    /// All of it can be listed already: only a watch is better.
    Watch,
}

/// A lookout at work.
struct Post {
    lookout: Lookout,
    ask: mpsc::Sender<Refused>,
    tasks: JoinSet<()>,
    running: BTreeMap<ListScope, AbortHandle>,
    /// Kinds that are watched namespace by namespace, because all at once is refused.
    narrow: BTreeMap<ObjectKind, Needs>,
    /// What was told as forbidden from here, and not by a watch.
    denied: BTreeSet<ListScope>,
    reviews: Reviews,
    reviewed_at: Option<Instant>,
    /// Rounds of asking again.
    tries: u32,
    noted: Vec<String>,
}

impl Post {
    fn new(lookout: Lookout, ask: mpsc::Sender<Refused>) -> Self {
        Self {
            lookout,
            ask,
            tasks: JoinSet::new(),
            running: BTreeMap::new(),
            narrow: BTreeMap::new(),
            denied: BTreeSet::new(),
            reviews: Vec::new(),
            reviewed_at: None,
            tries: 0,
            noted: Vec::new(),
        }
    }

    fn timing(&self) -> Timing {
        self.lookout.timing
    }

    async fn begin(&mut self) -> Result<(), Unheard> {
        let first = self.lookout.first();
        for scope in first.scopes {
            self.start(scope);
        }
        self.note(beyond_words(&first.beyond)).await
    }

    fn start(&mut self, scope: ListScope) {
        // Who named the namespaces is told what is refused; there is nowhere else to look.
        let has_choice = scope.namespace.is_none() && self.lookout.namespaces == Namespaces::All;
        let watch = Watch {
            scope: scope.clone(),
            events: Events::Notable,
            client: self.lookout.client.clone(),
            changes: self.lookout.changes.clone(),
            poked: self.lookout.poke.listen(),
            clock: Arc::clone(&self.lookout.clock),
            timing: self.lookout.timing,
            refused: has_choice.then(|| self.ask.clone()),
        };
        self.running.insert(scope, self.tasks.spawn(watch.run()));
    }

    /// Kinds that may not be read in all namespaces: elsewhere if that is allowed, else the watch tells it and tries again.
    async fn refused(&mut self, first: Refused, others: &mut mpsc::Receiver<Refused>) -> Result<(), Unheard> {
        let mut all = vec![first];
        while let Ok(Some(other)) = tokio::time::timeout(SETTLE, others.recv()).await {
            all.push(other);
        }
        let now = self.lookout.clock.instant();
        if self.reviewed_at.is_none_or(|at| now.duration_since(at) >= YOUNG) {
            self.reviews = review(&self.lookout.client, &self.lookout.candidates, &self.lookout.told).await;
            self.reviewed_at = Some(self.lookout.clock.instant());
        }
        while let Ok(late) = others.try_recv() {
            all.push(late);
        }
        let mut nowhere = None;
        for Refused { scope, listed, go_on } in all {
            let needs = if listed { Needs::Watch } else { Needs::List };
            if self.places(scope.kind, needs).is_empty() {
                if scope.kind == ObjectKind::Deployment && !listed {
                    nowhere = Some(NOWHERE.to_owned());
                }
                // An error says that the watch ended meanwhile, and has nothing to tell.
                let _ = go_on.send(());
            } else {
                self.narrow.insert(scope.kind, needs);
            }
        }
        self.note(nowhere).await?;
        self.reconcile().await
    }

    /// Looks for rights that were granted since.
    async fn again(&mut self) -> Result<(), Unheard> {
        if self.narrow.is_empty() {
            return Ok(());
        }
        self.tries = self.tries.saturating_add(1);
        let kinds: Vec<ObjectKind> = self.narrow.keys().copied().collect();
        for kind in kinds {
            if self.may_everywhere(kind).await {
                self.narrow.remove(&kind);
            }
        }
        let reviews = review(&self.lookout.client, &self.lookout.candidates, &self.lookout.told).await;
        // Without every answer nothing is known that was not known before.
        if reviews.iter().all(|(_, rules)| rules.is_ok()) {
            self.reviews = reviews;
            self.reviewed_at = Some(self.lookout.clock.instant());
        }
        let lost: Vec<ObjectKind> = self
            .narrow
            .iter()
            .filter(|(kind, needs)| self.places(**kind, **needs).is_empty())
            .map(|(kind, _)| *kind)
            .collect();
        for kind in lost {
            self.narrow.remove(&kind);
        }
        self.reconcile().await
    }

    async fn may_everywhere(&self, kind: ObjectKind) -> bool {
        for verb in ["list", "watch"] {
            let question = Question {
                verb,
                group: api_of(kind).group,
                resource: kind.resource(),
                subresource: None,
                namespace: None,
                name: None,
            };
            if self.lookout.client.ssar(question).await != Permission::Yes {
                return false;
            }
        }
        true
    }

    /// The namespaces in which a kind may be read, as far as is known.
    fn places(&self, kind: ObjectKind, needs: Needs) -> Vec<Arc<str>> {
        if kind == ObjectKind::Namespace {
            return Vec::new();
        }
        let allowed = self.reviews.iter().filter(|(_, rules)| match (rules, needs) {
            (Ok(rules), Needs::Watch) => rules.may_watch(kind),
            (Ok(rules), Needs::List) => rules.may_list(kind) || rules.incomplete,
            // Who may not even ask is told by the list itself.
            (Err(_), Needs::List) => true,
            (Err(_), Needs::Watch) => false,
        });
        allowed.map(|(namespace, _)| Arc::clone(namespace)).collect()
    }

    /// Makes what runs what should run.
    async fn reconcile(&mut self) -> Result<(), Unheard> {
        let kinds = &self.lookout.kinds;
        let wide: Vec<ListScope> = kinds
            .iter()
            .filter(|kind| !self.narrow.contains_key(kind))
            .map(|kind| everywhere(*kind))
            .collect();
        let mut wanted = Vec::new();
        let mut denied = BTreeSet::new();
        for (kind, needs) in &self.narrow {
            let places = self.places(*kind, *needs);
            wanted.extend(places.iter().map(|place| within(*kind, Arc::clone(place))));
            let elsewhere = distinct(&self.lookout.candidates).filter(|place| !places.contains(place));
            denied.extend(elsewhere.map(|place| within(*kind, place)));
        }
        let Chosen { scopes, beyond } = cap(wanted, WATCH_CAP.saturating_sub(wide.len()));
        let wanted: BTreeSet<ListScope> = wide.into_iter().chain(scopes).collect();
        let added: Vec<ListScope> = wanted
            .iter()
            .filter(|scope| !self.running.contains_key(scope))
            .cloned()
            .collect();
        let dropped: Vec<ListScope> = self
            .running
            .keys()
            .filter(|scope| !wanted.contains(scope))
            .cloned()
            .collect();
        let newly: Vec<ListScope> = denied.difference(&self.denied).cloned().collect();
        let no_more = self
            .denied
            .difference(&denied)
            .filter(|scope| !wanted.contains(scope));
        let told = Told::Scopes {
            added: added.iter().chain(&newly).cloned().collect(),
            dropped: dropped.iter().chain(no_more).cloned().collect(),
        };
        let is_news =
            !matches!(&told, Told::Scopes { added, dropped } if added.is_empty() && dropped.is_empty());
        if is_news {
            self.lookout.told.send(told).await?;
        }
        for scope in &dropped {
            if let Some(task) = self.running.remove(scope) {
                task.abort();
            }
        }
        for scope in added {
            self.start(scope);
        }
        self.denied = denied;
        if !newly.is_empty() {
            self.lookout
                .changes
                .send(newly.into_iter().map(forbidden).collect())
                .await?;
        }
        self.note(narrow_words(&self.narrow)).await?;
        self.note(beyond_words(&beyond)).await
    }

    /// Tells a note that was not told before.
    async fn note(&mut self, words: Option<String>) -> Result<(), Unheard> {
        let Some(words) = words.filter(|words| !self.noted.contains(words)) else {
            return Ok(());
        };
        self.noted.push(words.clone());
        Ok(self.lookout.told.send(Told::Note(Untrusted::from(words))).await?)
    }

    /// A watch ends by itself only when nobody listens, or when it was told to.
    async fn ended(&mut self, ended: Result<(), tokio::task::JoinError>) -> Result<(), Unheard> {
        match ended {
            Err(error) if error.is_panic() => {
                Ok(self.lookout.told.send(Told::Broken(error.to_string())).await?)
            }
            Err(_) | Ok(()) => Ok(()),
        }
    }
}

fn forbidden(scope: ListScope) -> Change {
    let state = KindState::Forbidden {
        message: Untrusted::from("you may not list them"),
    };
    Change::Health { scope, state }
}

fn narrow_words(narrow: &BTreeMap<ObjectKind, Needs>) -> Option<String> {
    let kinds: Vec<&str> = narrow.keys().map(|kind| kind.resource()).collect();
    (!kinds.is_empty()).then(|| {
        format!(
            "you may not read {} in all namespaces, so other namespaces than yours are not shown; name more with -n \
             NAMESPACE[,NAMESPACE], or in the configuration",
            kinds.join(", ")
        )
    })
}

fn beyond_words(beyond: &[ListScope]) -> Option<String> {
    let names = beyond.iter().take(8).map(|scope| match &scope.namespace {
        Some(namespace) => format!("{} in {namespace}", scope.kind.resource()),
        None => scope.kind.resource().to_owned(),
    });
    let names: Vec<String> = names.collect();
    (!names.is_empty()).then(|| {
        format!(
            "{} lists are beyond the cap of {WATCH_CAP} watches and are not shown ({}); name fewer namespaces with -n",
            beyond.len(),
            names.join(", ")
        )
    })
}
