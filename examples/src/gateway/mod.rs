//! The gateway: an MQTT 3.1.1 and 5.0 broker, a CoAP server and an HTTP server in one process.
//!
//! ```text
//!   sockets          a task each                      shared
//!  ---------   +----------------------+   +-------------------------------+
//!  MQTT  <-->  | wire, codec, packets | <-> hub: sessions, subscriptions, |
//!              +----------------------+   |      retained messages,       |
//!  CoAP  <-->  | requests, observers  | <->      watched topics           |
//!              +----------------------+   |                               |
//!  HTTP  <-->  | requests, events     | <->                               |
//!              +----------------------+   |                               |
//!               sensors, clock --------> |                               |
//!                                         +-------------------------------+
//! ```
//!
//! Each protocol is a folder beside [`hub`]; they meet in the hub and nowhere else, except that HTTP
//! clients may ask the CoAP side. Every byte is
//! read and written by the crates of this repository; sockets, timers and signals are Tokio's, TLS is
//! rustls's.

mod accept;
mod bridge;
mod coap;
mod guard;
mod http;
pub mod hub;
mod log;
mod mqtt;
mod options;
mod path;
mod sensors;
mod share;
mod store;
mod stream;
mod tls;
mod topics;
mod wire;

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use mqtt_codec::ReasonCode;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use accept::{Most, accept};
use bridge::Bridge;
pub use bridge::BridgeOptions;
use guard::Guard;
pub use guard::{FileError, add_user};
use hub::Hub;
use log::{Log, Shown};
pub use options::{Command, HELP, Limits, Options};
use share::Share;
pub use store::StoreError;
use store::{Kept, Store};
use tls::Tls;
pub use tls::{TlsError, TlsFiles};

/// What all tasks share.
#[derive(Debug)]
struct Shared {
    options: Options,
    hub: Hub,
    /// What outlives the process goes there, if anything does.
    store: Option<Arc<Store>>,
    /// Who is let in, and what they may do.
    guard: Guard,
    /// Endpoints that registered over CoAP.
    directory: Mutex<coap::Directory>,
    /// Lists of links that CoAP clients have asked for.
    listings: coap::Listings,
    /// The time for the lists that HTTP clients ask for.
    lists: Share,
    log: Log,
    page: http::Page,
    /// A permit for each connection.
    connections: Arc<Semaphore>,
    /// True once the gateway ends.
    ending: watch::Sender<bool>,
}

impl Shared {
    /// Waits until a change is on disk, and tells which is the last one there. For ever without one.
    async fn committed(&self, change: Option<u64>) -> u64 {
        match (&self.store, change) {
            (Some(store), Some(change)) => {
                store.wait_for(change).await;
                store.committed()
            }
            _ => std::future::pending().await,
        }
    }
}

/// The ports that are open. What is not spoken has none.
#[derive(Debug, Clone, Copy, Default)]
struct Ports {
    mqtt: Option<u16>,
    mqtts: Option<u16>,
    /// UDP and TCP.
    coap: Option<u16>,
    http: Option<u16>,
    https: Option<u16>,
}

/// A gateway that runs. Dropped, it accepts nobody any more, and its connections end with the
/// runtime; see [`end`](Self::end) for a clean end.
#[derive(Debug)]
pub struct Gateway {
    shared: Arc<Shared>,
    mqtt: SocketAddr,
    mqtts: Option<SocketAddr>,
    coap: Option<SocketAddr>,
    http: Option<SocketAddr>,
    https: Option<SocketAddr>,
    tasks: JoinSet<()>,
}

/// Why the gateway cannot start.
#[derive(Debug)]
pub enum StartError {
    /// An address that it cannot listen on.
    Bind(BindError),
    /// A certificate that it cannot use.
    Tls(TlsError),
    /// A file of users or rules that it cannot use.
    Guard(FileError),
    /// A file of sessions and messages that it cannot use.
    Store(StoreError),
    /// A file of the bridge that it cannot use, or what the bridge has kept.
    Bridge(String),
}

/// An address that the gateway cannot listen on.
#[derive(Debug)]
pub struct BindError {
    address: SocketAddr,
    option: &'static str,
    error: io::Error,
}

/// One part in so many of all connections can be CoAP's, and as many HTTP's and HTTPS's each. Of those
/// of HTTP, and of HTTPS, one part in so many is left for other hosts by each.
const SHARE: usize = 4;
/// How long the clients have to take their last packet.
const FAREWELL: Duration = Duration::from_secs(2);
/// How long the last lines have to be read.
const LAST_LINES: Duration = Duration::from_millis(500);
/// How often the hub looks for what is due.
const TICK: Duration = Duration::from_millis(250);

impl Gateway {
    /// Opens the sockets and starts the tasks, on the current Tokio runtime.
    ///
    /// # Errors
    ///
    /// [`StartError`] if a port is taken, an address is not ours, or a file is no good.
    pub async fn start(options: Options) -> Result<Self, StartError> {
        let (users, access) = (options.users.as_deref(), options.access.as_deref());
        let guard = Guard::load(users, access, options.limits.connect_timeout);
        let guard = guard.map_err(StartError::Guard)?;
        let (listener, mqtt) = listen(&options, options.mqtt_port, "--mqtt-port").await?;
        let mut over_tls = None;
        if let Some(files) = &options.tls {
            let tls = Tls::load(files, b"mqtt").map_err(StartError::Tls)?;
            let (listener, address) = listen(&options, options.mqtts_port, "--mqtts-port").await?;
            over_tls = Some((listener, address, tls));
        }
        let mut coap_sockets = None;
        if options.coap {
            let address = SocketAddr::new(options.bind, options.coap_port);
            let fail = |error| BindError { address, option: "--coap-port", error };
            coap_sockets = Some(coap::bind(address).await.map_err(fail)?);
        }

        let mut http_socket = None;
        let mut https_socket = None;
        if options.http {
            http_socket = Some(listen(&options, options.http_port, "--http-port").await?);
            if let Some(files) = &options.tls {
                let tls = Tls::load(files, b"http/1.1").map_err(StartError::Tls)?;
                let (listener, address) =
                    listen(&options, options.https_port, "--https-port").await?;
                https_socket = Some((listener, address, tls));
            }
        }

        let ports = Ports {
            mqtt: Some(mqtt.port()),
            mqtts: over_tls.as_ref().map(|(_, address, _)| address.port()),
            coap: coap_sockets.as_ref().and_then(|(_, tcp)| Some(tcp.local_addr().ok()?.port())),
            http: http_socket.as_ref().map(|(_, address)| address.port()),
            https: https_socket.as_ref().map(|(_, address, _)| address.port()),
        };
        let log = Log::new(options.quiet);
        let opened = options.store.as_ref().map(|path| Store::open(path)).transpose();
        let (store, kept) = opened.map_err(StartError::Store)?.unzip();
        let made = restore(&options, &guard, &log, mqtt, store.as_ref().zip(kept));
        if let (Err(_), Some(store)) = (&made, &store) {
            store.close(); // another attempt can open it
        }
        let (hub, bridge) = made?;
        let permits = options.limits.connections.min(Semaphore::MAX_PERMITS);
        let shared = Arc::new(Shared {
            hub,
            store,
            guard,
            directory: Mutex::new(coap::Directory::new()),
            listings: coap::Listings::default(),
            lists: Share::default(),
            log,
            page: http::Page::new(&ports),
            connections: Arc::new(Semaphore::new(permits)),
            ending: watch::Sender::new(false),
            options,
        });
        let share = permits.div_ceil(SHARE);
        let any = |all| Most { all, of_one_host: all };
        let of_http = Most { all: share, of_one_host: share - share / SHARE };
        let mut tasks = JoinSet::new();
        tasks.spawn(accept(listener, Arc::clone(&shared), any(permits), None, b"", mqtt::serve));
        let mut mqtts = None;
        if let Some((listener, address, tls)) = over_tls {
            mqtts = Some(address);
            tasks.spawn(accept(
                listener,
                Arc::clone(&shared),
                any(permits),
                Some(tls),
                b"",
                mqtt::serve,
            ));
        }
        let mut coap = None;
        if let Some((udp, tcp)) = coap_sockets {
            coap = tcp.local_addr().ok();
            tasks.spawn(coap::serve_datagrams(udp, Arc::clone(&shared)));
            tasks.spawn(accept(
                tcp,
                Arc::clone(&shared),
                any(share),
                None,
                b"",
                coap::serve_stream,
            ));
        }
        let (mut http, mut https) = (None, None);
        if let Some((listener, address)) = http_socket {
            http = Some(address);
            tasks.spawn(accept(
                listener,
                Arc::clone(&shared),
                of_http,
                None,
                &http::BUSY,
                http::serve,
            ));
        }
        if let Some((listener, address, tls)) = https_socket {
            https = Some(address);
            tasks.spawn(accept(
                listener,
                Arc::clone(&shared),
                of_http,
                Some(tls),
                b"",
                http::serve,
            ));
        }
        tasks.spawn(tick(Arc::clone(&shared)));
        if let Some(bridge) = bridge {
            tasks.spawn(bridge.run(Arc::clone(&shared)));
        }
        if shared.options.sensors {
            tasks.spawn(sensors::run(Arc::clone(&shared)));
        }
        Ok(Self { shared, mqtt, mqtts, coap, http, https, tasks })
    }

    /// Where MQTT is spoken.
    pub fn mqtt_address(&self) -> SocketAddr {
        self.mqtt
    }

    /// Where MQTT is spoken over TLS.
    pub fn mqtts_address(&self) -> Option<SocketAddr> {
        self.mqtts
    }

    /// Where CoAP is spoken, over UDP and TCP.
    pub fn coap_address(&self) -> Option<SocketAddr> {
        self.coap
    }

    /// Where HTTP is spoken.
    pub fn http_address(&self) -> Option<SocketAddr> {
        self.http
    }

    /// Where HTTP is spoken over TLS.
    pub fn https_address(&self) -> Option<SocketAddr> {
        self.https
    }

    /// Waits until nothing can be kept any more, and tells why. From then on nobody is acknowledged
    /// anything that ought to be.
    pub async fn failed(&self) -> String {
        match &self.shared.store {
            Some(store) => store.failed().await.to_string(),
            None => std::future::pending().await,
        }
    }

    /// Ends: 5.0 clients are told, no will is published.
    pub async fn end(mut self) {
        self.tasks.shutdown().await;
        self.shared.ending.send_replace(true);
        self.shared.hub.end_connections(ReasonCode::SERVER_SHUTTING_DOWN);
        let all = self.shared.options.limits.connections.min(Semaphore::MAX_PERMITS);
        let all = u32::try_from(all).unwrap_or(u32::MAX);
        let _ = tokio::time::timeout(FAREWELL, self.shared.connections.acquire_many(all)).await;
        if let Some(store) = &self.shared.store {
            store.close();
        }
        self.shared.log.flush(LAST_LINES).await;
    }
}

impl Drop for Gateway {
    /// What connections leave behind when their runtime ends is no change to keep.
    fn drop(&mut self) {
        if let Some(store) = &self.shared.store {
            store.close();
        }
    }
}

/// What goes on with what was kept.
fn restore(
    options: &Options,
    guard: &Guard,
    log: &Log,
    here: SocketAddr,
    kept: Option<(&Arc<Store>, Kept)>,
) -> Result<(Hub, Option<Bridge>), StartError> {
    let (mut hub, mut kept_bridge) = (Hub::new(options.limits.clone()), None);
    if let Some((store, mut kept)) = kept {
        kept_bridge = Some(std::mem::take(&mut kept.bridge));
        for session in &mut kept.sessions {
            let Some(will) = &session.will else { continue };
            // Rules may be others than when it was accepted.
            if !guard.rights_of_session(&session.name).may_write(&will.topic) {
                let name = Shown(&session.name);
                log.line(format_args!("{name}: its will is dropped, no rule lets it publish it"));
                session.will = None;
            }
        }
        hub = Hub::restored(options.limits.clone(), store, kept).map_err(|why| {
            let path = options.store.as_deref().unwrap_or(Path::new(""));
            StartError::Store(StoreError::new(path, why))
        })?;
    }
    let Some(to) = options.bridge.as_deref() else { return Ok((hub, None)) };
    let bridge = Bridge::new(to.clone(), here, options.limits.packet_size, kept_bridge);
    Ok((hub, Some(bridge.map_err(StartError::Bridge)?)))
}

/// Opens a TCP port, and tells which it is.
async fn listen(
    options: &Options,
    port: u16,
    option: &'static str,
) -> Result<(TcpListener, SocketAddr), BindError> {
    let address = SocketAddr::new(options.bind, port);
    let fail = |error| BindError { address, option, error };
    let listener = TcpListener::bind(address).await.map_err(fail)?;
    let address = listener.local_addr().map_err(fail)?;
    Ok((listener, address))
}

async fn tick(shared: Arc<Shared>) {
    let mut ticks = tokio::time::interval(TICK);
    loop {
        ticks.tick().await;
        shared.hub.tick();
    }
}

impl fmt::Display for BindError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { address, option, error } = self;
        let (ip, port) = (address.ip(), address.port());
        match error.kind() {
            io::ErrorKind::AddrInUse => write!(
                f,
                "port {port} on {ip} is taken by another program; choose another one with \
                 `{option} {}`, or let the system choose with `{option} 0`",
                port.checked_add(1).unwrap_or(1024)
            ),
            _ => write!(f, "cannot listen on {address}: {error}; see --bind and {option}"),
        }
    }
}

impl std::error::Error for BindError {}

impl From<BindError> for StartError {
    fn from(error: BindError) -> Self {
        Self::Bind(error)
    }
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bind(error) => error.fmt(f),
            Self::Tls(error) => error.fmt(f),
            Self::Guard(error) => error.fmt(f),
            Self::Store(error) => error.fmt(f),
            Self::Bridge(why) => write!(f, "--bridge: {why}"),
        }
    }
}

impl std::error::Error for StartError {}
