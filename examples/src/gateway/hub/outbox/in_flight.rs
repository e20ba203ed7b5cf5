//! Messages of QoS 1 and 2 that were sent and are not done.

use std::collections::VecDeque;

use super::super::message::Delivery;

/// Those of one client, in the order of sending.
#[derive(Debug, Default)]
pub(super) struct InFlight {
    messages: VecDeque<Sent>,
    last_handle: u32,
}

/// A message in flight.
#[derive(Debug)]
pub(super) struct Sent {
    pub(super) handle: u32,
    /// In the queue, before it was in flight.
    pub(super) place: u64,
    /// Of one that has arrived nothing is left but the handle.
    pub(super) delivery: Option<Delivery>,
}

impl InFlight {
    /// A message goes out: under a handle that is not in use.
    pub(super) fn send(&mut self, place: u64, delivery: Delivery) -> u32 {
        let handle = loop {
            self.last_handle = self.last_handle.wrapping_add(1);
            if self.find(self.last_handle).is_none() {
                break self.last_handle;
            }
        };
        self.messages.push_back(Sent { handle, place, delivery: Some(delivery) });
        handle
    }

    /// One that was on disk, behind those before it.
    pub(super) fn restore(&mut self, sent: Sent) {
        self.last_handle = self.last_handle.max(sent.handle);
        self.messages.push_back(sent);
    }

    fn find(&self, handle: u32) -> Option<usize> {
        self.messages.iter().position(|one| one.handle == handle)
    }

    /// What must be sent again; `None` if it has arrived or was given up.
    pub(super) fn again(&self, handle: u32) -> Option<Delivery> {
        self.messages.get(self.find(handle)?)?.delivery.clone()
    }

    /// The message is not needed any more, its handle perhaps is: its place, and what it was.
    pub(super) fn give_up(&mut self, handle: u32) -> Option<(u64, Delivery)> {
        let at = self.find(handle)?;
        let one = self.messages.get_mut(at)?;
        Some((one.place, one.delivery.take()?))
    }

    /// It is done.
    pub(super) fn remove(&mut self, handle: u32) -> Option<Sent> {
        self.messages.remove(self.find(handle)?)
    }

    /// The handles of messages that are needed, and for which `is_so` is true.
    pub(super) fn those(&self, is_so: impl Fn(&Delivery) -> bool) -> impl Iterator<Item = u32> {
        let needed = self.messages.iter();
        needed.filter(move |one| one.delivery.as_ref().is_some_and(&is_so)).map(|one| one.handle)
    }

    #[cfg(test)]
    pub(super) fn is_empty(&self) -> bool {
        self.messages.is_empty()
    }

    #[cfg(test)]
    pub(super) fn set_last_handle(&mut self, last_handle: u32) {
        self.last_handle = last_handle;
    }
}
