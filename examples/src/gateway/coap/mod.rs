//! CoAP over UDP, TCP and WebSocket. RFC 7252, 7641, 7959, 8323, 9175, 9176
//!
//! ```text
//!  datagram -----> udp --+                        +--> topics --> hub
//!                        +--> resources, listing -+
//!  bytes ---> reliable --+           |            +--> directory
//!                        <-- reply --+
//!                        <-- observe <--------------------------- hub
//!  HTTP  <-------------> proxy --> resources, listing
//! ```

mod directory;
mod fetches;
mod framing;
mod listing;
mod lookup;
mod observation;
mod observations;
mod observe;
mod proof;
pub(super) mod proxy;
mod reliable;
mod reply;
mod resources;
mod udp;

use std::io;
use std::net::SocketAddr;

use tokio::net::{TcpListener, UdpSocket};

pub(super) use directory::Directory;
pub(super) use listing::Listings;
pub(super) use reliable::{serve as serve_stream, serve_websocket};
pub(super) use udp::serve as serve_datagrams;

/// Both sockets, on the same port.
pub(super) async fn bind(address: SocketAddr) -> io::Result<(UdpSocket, TcpListener)> {
    /// The system chooses a port that is free for TCP; for UDP it may be taken.
    const ATTEMPTS: usize = 16;
    let mut attempts = if address.port() == 0 { ATTEMPTS } else { 1 };
    loop {
        let tcp = TcpListener::bind(address).await?;
        attempts -= 1;
        match UdpSocket::bind(tcp.local_addr()?).await {
            Ok(udp) => return Ok((udp, tcp)),
            Err(error) if attempts == 0 => return Err(error),
            Err(_) => {}
        }
    }
}
