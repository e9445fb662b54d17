//! What can go wrong, for which requests, and what came.

use std::time::Duration;

use http::Method;

/// What becomes of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    Pass,
    /// Passes, and the answer begins that much later.
    Delay(Duration),
    /// Taken, never answered; does not reach the server. Bodies that are already flowing stop, too, with the connection open.
    Hang,
    /// The answer breaks off after so many bytes of body.
    CutAfter(usize),
    /// Answered here with a Status of this code; does not reach the server.
    Answer(u16),
    /// As `Answer`, with Retry-After in seconds.
    AnswerRetryAfter(u16, u32),
    /// Answered 200 with bytes that are no JSON, as a captive portal or a broken gateway does.
    Garbage,
    /// Reaches the server, which acts; the connection closes without an answer.
    SwallowReply,
    /// Reaches the server, which acts; the answer never comes, and the connection stays open.
    HoldReply,
}

/// A request that came.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) method: Method,
    /// With its query.
    pub(crate) path: String,
    pub(crate) body: String,
    /// What the server answered, if the request reached it and it has answered.
    pub(crate) answered: Option<u16>,
}

#[derive(Debug, Clone)]
pub(super) struct Rule {
    pub(super) method: Option<Method>,
    pub(super) prefix: String,
    pub(super) fault: Fault,
    /// How many requests it still meets; `None` for all.
    pub(super) times: Option<usize>,
}

impl Rule {
    fn meets(&self, method: &Method, path: &str) -> bool {
        self.times != Some(0)
            && path.starts_with(&self.prefix)
            && self.method.as_ref().is_none_or(|wanted| wanted == method)
    }
}

#[derive(Default)]
pub(super) struct State {
    pub(super) rules: Vec<Rule>,
    pub(super) seen: Vec<Seen>,
}

impl State {
    /// The newest rule that meets the request, counted down.
    pub(super) fn meet(&mut self, method: &Method, path: &str) -> Fault {
        let Some(rule) = self.rules.iter_mut().rev().find(|rule| rule.meets(method, path)) else {
            return Fault::Pass;
        };
        rule.times = rule.times.map(|left| left.saturating_sub(1));
        rule.fault
    }

    pub(super) fn hangs(&self, method: &Method, path: &str) -> bool {
        self.rules
            .iter()
            .rev()
            .find(|rule| rule.meets(method, path))
            .is_some_and(|rule| rule.fault == Fault::Hang)
    }
}
