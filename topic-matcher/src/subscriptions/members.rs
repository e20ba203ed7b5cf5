//! Who has subscribed to one filter, or shares it.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::slice;

use super::options::Word;

/// A client, and how it wants messages.
#[derive(Debug, Clone, Copy)]
pub(super) struct Member {
    pub(super) client: u32,
    /// Where the subscription is among those of the client.
    pub(super) row: u32,
    pub(super) word: Word,
}

/// One after the other in memory: mostly one, and sometimes a hundred thousand.
#[derive(Debug, Clone)]
pub(super) enum Members {
    One(Member),
    Many(Vec<Member>),
}

impl Members {
    pub(super) const NONE: Self = Self::Many(Vec::new());

    pub(super) fn as_slice(&self) -> &[Member] {
        match self {
            Self::One(member) => slice::from_ref(member),
            Self::Many(members) => members,
        }
    }

    pub(super) fn get_mut(&mut self, at: u32) -> Option<&mut Member> {
        match self {
            Self::One(member) => Some(member).filter(|_| at == 0),
            Self::Many(members) => members.get_mut(at as usize),
        }
    }

    /// Behind the others.
    pub(super) fn push(&mut self, member: Member) {
        match self {
            Self::One(first) => *self = Self::Many(Vec::from([*first, member])),
            Self::Many(members) if members.is_empty() => *self = Self::One(member),
            Self::Many(members) => members.push(member),
        }
    }

    /// The last one takes its place.
    pub(super) fn remove(&mut self, at: u32) {
        match self {
            Self::One(_) => *self = Self::NONE,
            Self::Many(members) => {
                if (at as usize) < members.len() {
                    members.swap_remove(at as usize);
                }
                if let [last] = **members {
                    *self = Self::One(last);
                } else if members.len() < members.capacity() / 4 {
                    members.shrink_to(members.len().saturating_mul(2));
                }
            }
        }
    }

    pub(super) fn memory(&self) -> usize {
        match self {
            Self::One(_) => 0,
            Self::Many(members) => members.capacity().saturating_mul(size_of::<Member>()),
        }
    }
}

/// A topic filter that somebody has subscribed to.
#[derive(Debug, Clone)]
pub(super) struct Filter {
    /// In the index, where its text is.
    pub(super) entry: u32,
    /// The first of the groups that share it.
    pub(super) groups: u32,
    /// Those who have it for themselves.
    pub(super) own: Members,
}

/// Those who share a filter under one share name. MQTT 5.0 section 4.8.2
#[derive(Debug, Clone)]
pub(super) struct Shared {
    pub(super) name: Box<str>,
    pub(super) filter: u32,
    /// No other group has it.
    pub(super) serial: u32,
    /// The groups of the same filter before and behind.
    pub(super) previous: u32,
    pub(super) next: u32,
    pub(super) members: Members,
}

/// Which members: a filter's own, or a group's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct List(u32);

impl List {
    pub(super) const fn own(filter: u32) -> Self {
        Self(filter << 1)
    }

    pub(super) const fn group(group: u32) -> Self {
        Self(group << 1 | 1)
    }

    /// The filter, or the group.
    pub(super) const fn get(self) -> Result<u32, u32> {
        if self.0 & 1 == 0 { Ok(self.0 >> 1) } else { Err(self.0 >> 1) }
    }

    /// A number of its own.
    pub(super) const fn number(self) -> u32 {
        self.0
    }
}
