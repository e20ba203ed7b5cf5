//! A bridge to another broker: two clients, one at each side. What one gets, the other publishes.
//!
//! ```text
//! this gateway --out--> local client --publish--> remote client --out--> the other broker
//!              <--in---              <--publish--               <--in---
//! ```
//!
//! A message of QoS 1 or 2 is acknowledged at the side that it came from once the other side has it: if
//! either goes away, it waits there. Both sessions are kept. What comes again is known by its packet
//! identifier, so a message of QoS 2 goes over once as long as the gateway runs; if that is killed in
//! between, it may go over twice.

mod half;
mod options;

pub use options::BridgeOptions;
pub(super) use options::Said;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use half::{Half, Happened};

use super::Shared;
use crate::mqtt_client::place::Place;
use crate::mqtt_client::transport::Transport;

/// Ready to run: files are read.
pub(super) struct Bridge {
    options: BridgeOptions,
    transport: Transport,
}

impl Bridge {
    /// Reads what the options name.
    pub(super) fn new(options: BridgeOptions) -> Result<Self, String> {
        let transport = Transport::new(options.place.clone())?;
        Ok(Self { options, transport })
    }

    /// Brings messages over, for ever.
    pub(super) async fn run(self, local: SocketAddr, shared: Arc<Shared>) {
        let BridgeOptions { hello, local_hello, out, into, place } = self.options;
        let there = format!("bridge to {}", place.authority());
        let host = match local.ip() {
            ip if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
            ip => ip,
        };
        let (host, port) = (host.to_string(), Some(local.port()));
        let place = Place { host, port, tls: None, websocket: None };
        let Ok(transport) = Transport::new(place) else { return };
        let largest = shared.options.limits.packet_size;
        let mut local = Half::new("bridge, this side".into(), transport, local_hello, out, largest);
        let mut remote = Half::new(there, self.transport, hello, into, largest);
        loop {
            // What one side has to say can make the other say something.
            while local.take(&mut remote) | remote.take(&mut local) {}
            let (half, lost) = tokio::select! {
                lost = local.step() => (&mut local, lost),
                lost = remote.step() => (&mut remote, lost),
            };
            if let Some(why) = lost {
                half.note(&why);
            }
            for half in [&mut local, &mut remote] {
                for Happened(text) in half.notes.drain(..) {
                    shared.log.line(format_args!("{text}"));
                }
            }
        }
    }
}
