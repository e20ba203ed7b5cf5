//! Sessions: packets become a conversation. MQTT 3.1.1 and 5.0, sections 3 and 4
//!
//! [`Client`] and [`Server`] are the two sides of it. They hold no message: payloads pass through, or
//! are asked for again by the handle that you gave them. What they hold has room for `N` messages in
//! flight in each direction, and is made in `const`.
//!
//! ```text
//! transport --bytes--> handle_input --> Event             publish, subscribe.. --bytes--> transport
//! clock     --time---> handle_timeout                     poll_transmit        --bytes--> transport
//!                      poll_event   --> Event: what happens without input (Persist, Send)
//! ```

mod client;
mod event;
mod flow;
mod limits;
mod machine;
mod server;
mod snapshot;

pub use client::Client;
pub use event::{Event, Message, SendError, SessionError, Settings, Violation};
pub use limits::{Limits, Refusal};
pub use server::Server;
pub use snapshot::SnapshotError;
