//! What a slow peer may take of our time.

/// Budgets against peers that are slow to send, on purpose or not. Times are in milliseconds.
///
/// Who does not read what you send is for you to time: only you know what the transport has taken. A
/// stream of server-sent events says little for long, and its client needs a `body_ms` of `u64::MAX`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budgets {
    /// From the first byte of a head to its last. For a client: from the end of a request to the
    /// last byte of the response's head.
    pub head_ms: u64,
    /// A body must bring `body_bytes` in each period of this length, or end in it.
    pub body_ms: u64,
    /// See `body_ms`.
    pub body_bytes: u64,
    /// Between two requests. For a client: until it goes on without `100 Continue`.
    pub idle_ms: u64,
}

impl Budgets {
    /// A server's: ten seconds for a head, a kilobyte of body in each ten, a minute between two
    /// requests.
    pub const SERVER: Self =
        Self { head_ms: 10_000, body_ms: 10_000, body_bytes: 1024, idle_ms: 60_000 };
    /// A client's: half a minute for a response's head, a kilobyte of body in each half a minute, and
    /// a second for `100 Continue`.
    pub const CLIENT: Self =
        Self { head_ms: 30_000, body_ms: 30_000, body_bytes: 1024, idle_ms: 1000 };
    /// None.
    pub const NONE: Self =
        Self { head_ms: u64::MAX, body_ms: u64::MAX, body_bytes: 0, idle_ms: u64::MAX };
}

/// What we are waiting for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wait {
    /// Nothing that the peer owes.
    Nothing,
    Idle,
    Head,
    Body,
}

/// The deadline of what we are waiting for.
#[derive(Debug, Clone)]
pub(crate) struct Pace {
    pub(crate) budgets: Budgets,
    wait: Wait,
    deadline: u64,
    /// Bytes of body in this period.
    bytes: u64,
    /// What was left while it is our turn and not the peer's.
    left: Option<u64>,
}

impl Pace {
    pub(crate) const fn new(budgets: Budgets) -> Self {
        Self { budgets, wait: Wait::Nothing, deadline: u64::MAX, bytes: 0, left: None }
    }

    /// Waits for `wait` from now on, if it is not that already; or goes on with it.
    pub(crate) fn wait(&mut self, wait: Wait, now_ms: u64) {
        let left = self.left.take();
        if self.wait == wait {
            if let Some(left) = left {
                self.deadline = now_ms.saturating_add(left);
            }
        } else {
            let budget = match wait {
                Wait::Nothing => u64::MAX,
                Wait::Idle => self.budgets.idle_ms,
                Wait::Head => self.budgets.head_ms,
                Wait::Body => self.budgets.body_ms,
            };
            (self.wait, self.deadline, self.bytes) = (wait, now_ms.saturating_add(budget), 0);
        }
    }

    /// So many bytes of a body have come. Until more are waited for, no time runs: what takes long now
    /// is not the peer.
    pub(crate) fn body(&mut self, len: usize, now_ms: u64) {
        if self.wait != Wait::Body {
            self.wait(Wait::Body, now_ms);
        }
        self.bytes = self.bytes.saturating_add(len as u64);
        if self.left.is_none() {
            self.left = Some(self.deadline.saturating_sub(now_ms));
            self.deadline = u64::MAX;
        }
        if self.bytes >= self.budgets.body_bytes {
            (self.left, self.bytes) = (Some(self.budgets.body_ms), 0);
        }
    }

    pub(crate) fn deadline(&self) -> Option<u64> {
        (self.deadline != u64::MAX).then_some(self.deadline)
    }

    /// What took too long, if it did.
    pub(crate) fn late(&self, now_ms: u64) -> Option<Wait> {
        (now_ms >= self.deadline && self.deadline != u64::MAX).then_some(self.wait)
    }
}
