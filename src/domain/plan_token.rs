//! A plan's token: what a command prints with a plan and takes to confirm it. It proves that the plan of now is the plan that
//! was shown, for ten minutes.
//!
//! It holds no secret and proves nobody's identity: whoever may act may make one.

use std::fmt;

use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use super::{Choice, FactCheck, Plan, Seconds, Untrusted};

/// How long a plan may be confirmed.
pub const PLAN_VALID_FOR: Seconds = Seconds(600);

/// A token from further ahead than this was not made by a clock like the server's.
const AHEAD: Seconds = Seconds(60);

/// Facts that a token tells apart; what lies beyond is told by the whole only.
const MOST_FACTS: usize = 16;

const OF_TIME: usize = 7;
const OF_CLUSTER: usize = 8;
const OF_CHOICE: usize = 4;
const OF_FACT: usize = 2;

/// The fact that every plan has: which object it is for.
const UID: &str = "uid";
const OF_WHOLE: usize = 20;

/// Digits that nobody mixes up, in this order (Crockford's base 32).
const DIGITS: &str = "0123456789abcdefghjkmnpqrstvwxyz";

/// The version in front, and what all versions begin with.
const VERSION: &str = "fd1";
const ANY_VERSION: &str = "fd";

/// What a cluster is told by: the uid of its `kube-system` namespace, or where that may not be read, address and authority.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClusterMark {
    by_uid: Option<String>,
    by_address: String,
}

impl ClusterMark {
    /// Of a cluster with that uid, or with none that may be read.
    pub fn of(uid: Option<&Untrusted>, address: &str, authority: [u8; 32]) -> Self {
        let authority = format!("{authority:?}");
        Self {
            by_uid: uid.map(|uid| format!("u{}", code(&["uid", uid.raw()], OF_CLUSTER - 1))),
            by_address: format!("a{}", code(&["address", address, &authority], OF_CLUSTER - 1)),
        }
    }

    fn best(&self) -> &str {
        self.by_uid.as_deref().unwrap_or(&self.by_address)
    }

    /// Certain that `mark` is of another cluster. A uid that cannot be read now speaks against nothing: the plan does.
    fn speaks_against(&self, mark: &str) -> bool {
        if mark.starts_with('u') {
            self.by_uid.as_ref().is_some_and(|its| its != mark)
        } else {
            self.by_address != mark
        }
    }
}

/// The token of one plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanToken {
    /// When the plan was made, by the server's clock: the time that is frozen into its requests.
    made_at: Timestamp,
    cluster: String,
    choice: String,
    facts: String,
    whole: String,
}

/// Why a text is no token, in words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    #[error("that is no plan's token; take the one that --plan printed, whole, it begins with {VERSION}-")]
    NotOne,
    #[error("that token was made by another version of flightdeck; make the plan with this one: --plan")]
    OtherVersion,
}

/// Why a token does not confirm a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenFault {
    /// Made for another cluster.
    OtherCluster,
    /// Older than [`PLAN_VALID_FOR`]; its age.
    Expired(Seconds),
    /// Its time is ahead of the server's clock.
    Ahead,
    /// The plan of now is another one: the guarded facts that differ, as far as that can be told.
    Changed(Vec<String>),
}

impl PlanToken {
    /// The token of a plan that was made then.
    pub fn of(plan: &Plan, choice: &Choice, cluster: &ClusterMark, made_at: Timestamp) -> Self {
        let made_at = Timestamp::from_second(made_at.as_second()).unwrap_or(made_at);
        let cluster = cluster.best().to_owned();
        let whole = whole(plan, choice, &cluster, made_at);
        Self {
            made_at,
            cluster,
            choice: of_choice(choice),
            facts: of_facts(plan).into_iter().map(|(_, code)| code).collect(),
            whole,
        }
    }

    /// Reads what was printed.
    ///
    /// # Errors
    ///
    /// When it is no token, or one of another version.
    pub fn read(text: &str) -> Result<Self, TokenError> {
        let parts: Vec<&str> = text.trim().split('-').collect();
        let [version, time, cluster, seen, whole] = parts.as_slice() else {
            return Err(TokenError::NotOne);
        };
        let number = version.strip_prefix(ANY_VERSION).ok_or(TokenError::NotOne)?;
        if number.is_empty() || !number.chars().all(|it| it.is_ascii_digit()) {
            return Err(TokenError::NotOne);
        }
        if *version != VERSION {
            return Err(TokenError::OtherVersion);
        }
        let is_code = |text: &str| text.chars().all(|it| DIGITS.contains(it));
        let facts = seen.get(OF_CHOICE..).unwrap_or_default();
        let is_whole = time.len() == OF_TIME
            && cluster.len() == OF_CLUSTER
            && cluster.starts_with(['u', 'a'])
            && seen.len() >= OF_CHOICE
            && facts.len().is_multiple_of(OF_FACT)
            && facts.len() <= MOST_FACTS * OF_FACT
            && whole.len() == OF_WHOLE
            && is_code(time)
            && is_code(cluster.get(1..).unwrap_or_default())
            && is_code(seen)
            && is_code(whole);
        let seconds = time.chars().fold(0_i64, |sum, digit| {
            let value = DIGITS.find(digit).and_then(|it| i64::try_from(it).ok());
            sum.saturating_mul(32).saturating_add(value.unwrap_or_default())
        });
        match (is_whole, Timestamp::from_second(seconds)) {
            (true, Ok(made_at)) => Ok(Self {
                made_at,
                cluster: (*cluster).to_owned(),
                choice: seen.get(..OF_CHOICE).unwrap_or_default().to_owned(),
                facts: facts.to_owned(),
                whole: (*whole).to_owned(),
            }),
            _ => Err(TokenError::NotOne),
        }
    }

    /// When the plan was made, by the server's clock. A plan that is made anew to be compared takes this time.
    pub fn made_at(&self) -> Timestamp {
        self.made_at
    }

    /// When it ends, by the server's clock.
    pub fn ends_at(&self) -> Timestamp {
        PLAN_VALID_FOR.after(self.made_at)
    }

    /// Whether the plan was made with this choice.
    pub fn means(&self, choice: &Choice) -> bool {
        self.choice == of_choice(choice)
    }

    /// False when the plan was made for another object than that of this uid; the code of a uid is short, so that true is no
    /// proof.
    pub fn may_be_of(&self, uid: &Untrusted) -> bool {
        let wanted = code(&["fact", UID, uid.raw()], OF_FACT);
        let codes: Vec<char> = self.facts.chars().collect();
        codes
            .chunks(OF_FACT)
            .any(|code| code.iter().collect::<String>() == wanted)
    }

    /// What speaks against it before any plan is made: the cluster, and the time by the server's clock.
    ///
    /// # Errors
    ///
    /// The fault.
    pub fn is_for(&self, cluster: &ClusterMark, now: Timestamp) -> Result<(), TokenFault> {
        if cluster.speaks_against(&self.cluster) {
            return Err(TokenFault::OtherCluster);
        }
        if self.made_at > AHEAD.after(now) {
            return Err(TokenFault::Ahead);
        }
        let age = Seconds::between(self.made_at, now);
        if age > PLAN_VALID_FOR {
            return Err(TokenFault::Expired(age));
        }
        Ok(())
    }

    /// Whether the plan of now is the one that this token was made of.
    ///
    /// # Errors
    ///
    /// The guarded facts that differ.
    pub fn proves(&self, plan: &Plan, choice: &Choice) -> Result<(), TokenFault> {
        if whole(plan, choice, &self.cluster, self.made_at) == self.whole {
            return Ok(());
        }
        let now = of_facts(plan);
        let then: Vec<char> = self.facts.chars().collect();
        let then: Vec<String> = then.chunks(OF_FACT).map(|code| code.iter().collect()).collect();
        let differ = |index: usize, code: &String| then.get(index).is_some_and(|its| its != code);
        let changed = now
            .into_iter()
            .enumerate()
            .filter(|(index, (_, code))| differ(*index, code))
            .map(|(_, (what, _))| what);
        Err(TokenFault::Changed(changed.collect()))
    }
}

impl fmt::Display for PlanToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            made_at,
            cluster,
            choice,
            facts,
            whole,
        } = self;
        let time = of_time(*made_at);
        write!(f, "{VERSION}-{time}-{cluster}-{choice}{facts}-{whole}")
    }
}

/// Everything that a plan is: what the server is sent, for which object, and what it tests.
fn whole(plan: &Plan, choice: &Choice, cluster: &str, made_at: Timestamp) -> String {
    let time = of_time(made_at);
    let chosen = chosen(choice);
    let mut parts = vec![
        &*time,
        cluster,
        plan.step.verb(),
        plan.class.word(),
        &plan.target.path,
        plan.target.uid.raw(),
    ];
    parts.extend(chosen.iter().map(String::as_str));
    for fact in guarded(plan) {
        parts.extend([&*fact.what, fact.value.raw()]);
    }
    for write in &plan.writes {
        parts.extend([write.method.word(), &write.path, write.content_type, &write.body]);
    }
    code(&parts, OF_WHOLE)
}

fn guarded(plan: &Plan) -> impl Iterator<Item = &super::Fact> {
    plan.facts.iter().filter(|fact| fact.check == FactCheck::Guarded)
}

fn of_facts(plan: &Plan) -> Vec<(String, String)> {
    guarded(plan)
        .take(MOST_FACTS)
        .map(|fact| {
            (
                fact.what.clone(),
                code(&["fact", &fact.what, fact.value.raw()], OF_FACT),
            )
        })
        .collect()
}

fn of_choice(choice: &Choice) -> String {
    let chosen = chosen(choice);
    let parts: Vec<&str> = chosen.iter().map(String::as_str).collect();
    code(&parts, OF_CHOICE)
}

fn chosen(choice: &Choice) -> Vec<String> {
    match choice {
        Choice::Nothing => vec!["nothing".to_owned()],
        Choice::Revision { uid, hash } => vec![
            "revision".to_owned(),
            uid.raw().to_owned(),
            hash.as_ref().map(|it| it.raw().to_owned()).unwrap_or_default(),
        ],
        Choice::Images(images) => std::iter::once("images".to_owned())
            .chain(
                images
                    .iter()
                    .flat_map(|(container, image)| [container.raw().to_owned(), image.0.raw().to_owned()]),
            )
            .collect(),
        Choice::Replicas(replicas) => vec!["replicas".to_owned(), replicas.to_string()],
    }
}

fn of_time(at: Timestamp) -> String {
    let mut left = usize::try_from(at.as_second()).unwrap_or_default();
    let mut digits: Vec<char> = Vec::with_capacity(OF_TIME);
    for _ in 0..OF_TIME {
        digits.push(DIGITS.chars().nth(left % 32).unwrap_or('0'));
        left /= 32;
    }
    digits.into_iter().rev().collect()
}

/// So many digits of a hash of all parts, none of which runs into the next.
fn code(parts: &[&str], digits: usize) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        hash.update(part.as_bytes());
    }
    hash.finalize()
        .iter()
        .take(digits)
        .map(|byte| DIGITS.chars().nth(usize::from(byte % 32)).unwrap_or('0'))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::{Class, Cluster, Driver, Fact, Goal, Name, RolloutKey, Step, Target};
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_790_000_000 + seconds).unwrap()
    }

    fn fact(what: &str, value: &str, check: FactCheck) -> Fact {
        Fact {
            what: what.to_owned(),
            value: value.into(),
            check,
        }
    }

    fn plan(paused: &str, pods: &str) -> Plan {
        Plan {
            step: Step::Scale,
            class: Class::Forward,
            against: Vec::new(),
            target: Target {
                key: RolloutKey {
                    cluster: Cluster::new("prod"),
                    driver: Driver::Deployment,
                    name: Name::new("shop", "web"),
                },
                uid: "web-uid".into(),
                generation: 3,
                path: "/apis/apps/v1/namespaces/shop/deployments/web".to_owned(),
                group: "apps",
                resource: "deployments",
                subresource: None,
            },
            writes: Vec::new(),
            goal: Goal::Replicas(4),
            sentence: String::new(),
            changes: Vec::new(),
            facts: vec![
                fact("uid", "web-uid", FactCheck::Guarded),
                fact("paused", paused, FactCheck::Guarded),
                fact("pods", pods, FactCheck::Informative),
            ],
            notes: Vec::new(),
            token: "4".to_owned(),
            way_back: String::new(),
            kubectl: String::new(),
        }
    }

    fn cluster(uid: &str) -> ClusterMark {
        ClusterMark::of(Some(&uid.into()), "https://prod:6443", [7; 32])
    }

    const FOUR: Choice = Choice::Replicas(4);

    #[test]
    fn what_is_printed_is_read_again() {
        let token = PlanToken::of(&plan("no", "3"), &FOUR, &cluster("u1"), at(0));
        assert_eq!(PlanToken::read(&format!(" {token}\n")), Ok(token.clone()));
        assert_eq!(token.made_at(), at(0));
        assert!(token.means(&FOUR) && !token.means(&Choice::Replicas(5)));
    }

    #[test]
    fn only_guarded_facts_and_the_choice_change_it() {
        let token = PlanToken::of(&plan("no", "3"), &FOUR, &cluster("u1"), at(0));
        assert_eq!(token.proves(&plan("no", "7"), &FOUR), Ok(()));
        let changed = |what: &[&str]| {
            let what = what.iter().map(|it| (*it).to_owned()).collect();
            Err(TokenFault::Changed(what))
        };
        assert_eq!(token.proves(&plan("yes", "3"), &FOUR), changed(&["paused"]));
        assert_eq!(token.proves(&plan("no", "3"), &Choice::Replicas(5)), changed(&[]));
        let mut other = plan("no", "3");
        other.target.uid = "made-anew".into();
        assert_eq!(token.proves(&other, &FOUR), changed(&[]));
        let mut renamed = plan("no", "3");
        renamed.target.key.cluster = Cluster::new("the same cluster by another context");
        assert_eq!(token.proves(&renamed, &FOUR), Ok(()));
    }

    #[test]
    fn its_time_cannot_be_changed_by_hand() {
        let token = PlanToken::of(&plan("no", "3"), &FOUR, &cluster("u1"), at(0));
        let later = PlanToken::of(&plan("no", "3"), &FOUR, &cluster("u1"), at(900));
        let (text, its, new) = (token.to_string(), of_time(at(0)), of_time(later.made_at()));
        let forged = PlanToken::read(&text.replace(&its, &new)).unwrap();
        assert_eq!(forged.is_for(&cluster("u1"), at(901)), Ok(()));
        assert!(forged.proves(&plan("no", "3"), &FOUR).is_err());
    }

    #[test]
    fn it_holds_for_ten_minutes_and_one_cluster() {
        let token = PlanToken::of(&plan("no", "3"), &FOUR, &cluster("u1"), at(0));
        let here = cluster("u1");
        assert_eq!(token.is_for(&here, at(600)), Ok(()));
        assert_eq!(
            token.is_for(&here, at(601)),
            Err(TokenFault::Expired(Seconds(601)))
        );
        assert_eq!(token.is_for(&here, at(-61)), Err(TokenFault::Ahead));
        assert_eq!(token.is_for(&cluster("u2"), at(0)), Err(TokenFault::OtherCluster));
        // By another address the cluster is the same; where the uid may not be read the plan has to tell.
        let elsewhere = |uid: Option<&Untrusted>| ClusterMark::of(uid, "https://bastion", [7; 32]);
        assert_eq!(token.is_for(&elsewhere(Some(&"u1".into())), at(0)), Ok(()));
        assert_eq!(token.is_for(&elsewhere(None), at(0)), Ok(()));
        let without = ClusterMark::of(None, "https://prod:6443", [7; 32]);
        let token = PlanToken::of(&plan("no", "3"), &FOUR, &without, at(0));
        assert_eq!(token.is_for(&here, at(0)), Ok(()));
        assert_eq!(
            token.is_for(&elsewhere(None), at(0)),
            Err(TokenFault::OtherCluster)
        );
    }

    #[test]
    fn what_is_no_token_is_not_read() {
        let token = PlanToken::of(&plan("no", "3"), &FOUR, &cluster("u1"), at(0)).to_string();
        let cut: String = token.chars().take(token.len() - 1).collect();
        for text in [
            "",
            "42",
            "fd1",
            "fd1----",
            "y",
            &cut,
            &token.replace("fd1", "fdx"),
            "ü-ü-ü-ü-ü",
        ] {
            assert_eq!(PlanToken::read(text), Err(TokenError::NotOne), "{text}");
        }
        assert_eq!(
            PlanToken::read(&token.replace("fd1-", "fd2-")),
            Err(TokenError::OtherVersion)
        );
    }
}
