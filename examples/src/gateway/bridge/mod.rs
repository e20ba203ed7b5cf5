//! A bridge to another broker: two clients, one at each side. What one gets, the other publishes.
//!
//! ```text
//! this gateway --out--> local client --publish--> remote client --out--> the other broker
//!              <--in---              <--publish--               <--in---
//! ```
//!
//! Both sessions are kept. A message of QoS 1 or 2 is acknowledged at the side that it came from
//!
//! * with a store: once it is there, with its packet identifiers at both sides, in one transaction. So one
//!   of QoS 2 goes over exactly once, whenever the gateway is killed.
//! * without one: once the other side has it. What comes again is known by its packet identifier, so one of
//!   QoS 2 goes over once as long as the gateway runs; if that is killed in between, it may go over twice. And
//!   a broker that waits for PUBREL of a Packet Identifier takes the next message under it for the one that it
//!   has [MQTT-4.3.3-10]: nobody knows which those are any more.
//!
//! In both cases it waits where it came from while the other side is away.

mod asks;
mod half;
mod held;
mod options;
mod shelf;
#[cfg(test)]
mod tests;

pub use options::BridgeOptions;
pub(super) use options::Said;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use asks::Asks;
use half::{Half, Happened};
use shelf::Shelf;

use super::Shared;
use super::store::{KeptSide, Store};
use crate::mqtt_client::place::Place;
use crate::mqtt_client::transport::Transport;

/// Ready to run.
pub(super) struct Bridge {
    local: Half,
    remote: Half,
    /// The last change that was put down.
    change: u64,
}

impl Bridge {
    /// From the gateway at `here` to where the options say, with packets up to `largest`; going on with
    /// what was kept, if there is a store.
    ///
    /// # Errors
    ///
    /// Which file is no good, or what was kept.
    pub(super) fn new(
        options: BridgeOptions,
        here: SocketAddr,
        largest: u32,
        kept: Option<[KeptSide; 2]>,
    ) -> Result<Self, String> {
        let BridgeOptions { hello, local_hello, out, into, place } = options;
        let there = place.authority();
        let host = match here.ip() {
            ip if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
            ip => ip,
        };
        let local =
            Place { host: host.to_string(), port: Some(here.port()), tls: None, websocket: None };
        let (local, remote) = (Transport::new(local)?, Transport::new(place)?);
        let [kept_here, kept_there] = kept.map_or([None, None], |kept| kept.map(Some));
        let version = hello.version as u8;
        let shelf = Shelf::new(0, "here", &local_hello.client_id);
        let kept_here = kept_here.map(|kept| (shelf, kept));
        let shelf = Shelf::new(1, &format!("{there} in {version}"), &hello.client_id);
        let kept_there = kept_there.map(|kept| (shelf, kept));
        let name = "bridge, this side".to_owned();
        let asks = Asks::new(out, local_hello.version, false);
        let local = Half::new(name, local, local_hello, asks, largest, kept_here)?;
        // This side is there soon, and has to be for all that comes.
        let asks = Asks::new(into, hello.version, true);
        let name = format!("bridge to {there}");
        let remote = Half::new(name, remote, hello, asks, largest, kept_there)?;
        Ok(Self { local, remote, change: 0 })
    }

    /// Brings messages over, for ever.
    pub(super) async fn run(self, shared: Arc<Shared>) {
        self.bring(shared.store.as_deref(), |text| shared.log.line(format_args!("{text}"))).await;
    }

    async fn bring(mut self, store: Option<&Store>, log: impl Fn(&str)) {
        loop {
            let Self { local, remote, .. } = &mut self;
            // What one side has to say can make the other say something.
            while local.take(remote) | remote.take(local) {}
            for Happened(text) in local.notes.drain(..).chain(remote.notes.drain(..)) {
                log(&text);
            }
            if let Some(store) = store {
                if self.keep(store) {
                    store.wait_for(self.change).await;
                    self.local.kept();
                    self.remote.kept();
                    continue;
                }
                // Nothing more is read until then.
                store.catch_up().await;
            }
            let Self { local, remote, .. } = &mut self;
            let (half, lost) = tokio::select! {
                lost = local.step() => (local, lost),
                lost = remote.step() => (remote, lost),
            };
            if let Some(why) = lost {
                half.note(&why);
            }
        }
    }

    /// Puts down what has changed on both sides, as one step; true if a session waits for that.
    fn keep(&mut self, store: &Store) -> bool {
        let turn = store.turn();
        self.local.keep(store);
        self.remote.keep(store);
        self.change = turn.end().unwrap_or(self.change);
        self.local.must_keep() || self.remote.must_keep()
    }
}
