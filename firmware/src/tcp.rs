//! A TCP connection over the board's Ethernet, by smoltcp: `embedded_io` for one socket.

use core::fmt;

use embedded_io::{Error, ErrorKind, ErrorType, Read, Write};
use smoltcp::iface::{Config, Interface, SocketHandle, SocketSet, SocketStorage};
use smoltcp::socket::tcp::{ConnectError, RecvError, Socket, SocketBuffer, State};
use smoltcp::time::Instant;
use smoltcp::wire::{EthernetAddress, IpCidr, IpEndpoint, Ipv4Address};

use crate::ethernet::{Ethernet, Frames};
use crate::random::random;
use crate::semihosting::now_ms;

/// The board's own addresses: those that QEMU's network expects, without DHCP.
const MAC: EthernetAddress = EthernetAddress([0x02, 0, 0, 0, 0, 0x01]);
const IP: Ipv4Address = Ipv4Address::new(10, 0, 2, 15);
const NETWORK_BITS: u8 = 24;
const ROUTER: Ipv4Address = Ipv4Address::new(10, 0, 2, 2);

/// Bytes that may be on their way in each direction.
const WINDOW: usize = 1024;

/// What a connection keeps its bytes in.
pub struct Memory<'m> {
    received: [u8; WINDOW],
    outgoing: [u8; WINDOW],
    frames: Frames,
    sockets: [SocketStorage<'m>; 1],
}

/// A connection.
pub struct Tcp<'m> {
    ethernet: Ethernet<'m>,
    interface: Interface,
    sockets: SocketSet<'m>,
    handle: SocketHandle,
    limit_ms: u64,
}

/// Why a connection does not go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TcpError {
    /// Nobody listens there.
    Refused,
    /// Nothing came, or could be sent, in time.
    TimedOut,
    /// The peer has broken it off.
    Reset,
    /// Not an address that a connection can be made to.
    Address,
}

impl Memory<'_> {
    /// Before a connection.
    pub const fn new() -> Self {
        let (received, outgoing) = ([0; WINDOW], [0; WINDOW]);
        Self { received, outgoing, frames: Frames::new(), sockets: [SocketStorage::EMPTY] }
    }
}

impl Default for Memory<'_> {
    fn default() -> Self {
        Self::new()
    }
}

impl<'m> Tcp<'m> {
    /// Connects; this, a read's first byte and a write's room may take `limit_ms` each.
    ///
    /// # Errors
    ///
    /// [`TcpError`].
    pub fn connect(
        peer: IpEndpoint,
        limit_ms: u64,
        memory: &'m mut Memory<'m>,
    ) -> Result<Self, TcpError> {
        let Memory { received, outgoing, frames, sockets } = memory;
        let mut ethernet = Ethernet::new(MAC, frames);
        let mut config = Config::new(MAC.into());
        config.random_seed = u64::from(random()) << 32 | u64::from(random());
        let mut interface = Interface::new(config, &mut ethernet, now());
        interface.update_ip_addrs(|addresses| {
            let _ = addresses.push(IpCidr::new(IP.into(), NETWORK_BITS)); // the first has room
        });
        let _ = interface.routes_mut().add_default_ipv4_route(ROUTER);

        let mut sockets = SocketSet::new(&mut sockets[..]);
        let buffers = (SocketBuffer::new(&mut received[..]), SocketBuffer::new(&mut outgoing[..]));
        let mut socket = Socket::new(buffers.0, buffers.1);
        socket.set_nagle_enabled(false); // who flushes has said all
        // RFC 6056 section 3.2: one of the dynamic ports that cannot be told before.
        let port = 0xC000 | random() as u16;
        match socket.connect(interface.context(), peer, port) {
            Ok(()) => {}
            Err(ConnectError::InvalidState | ConnectError::Unaddressable) => {
                return Err(TcpError::Address);
            }
        }
        let handle = sockets.add(socket);
        let mut tcp = Self { ethernet, interface, sockets, handle, limit_ms };
        tcp.wait(|socket| match socket.state() {
            State::Closed => Some(Err(TcpError::Refused)),
            _ => socket.may_send().then_some(Ok(())),
        })?;
        Ok(tcp)
    }

    /// Ends our direction and waits for the peer to end its own; drops what it still says.
    ///
    /// # Errors
    ///
    /// [`TcpError::TimedOut`].
    pub fn close(&mut self) -> Result<(), TcpError> {
        self.socket().close();
        self.wait(|socket| {
            let _ = socket.recv(|bytes| (bytes.len(), ()));
            matches!(socket.state(), State::Closed | State::TimeWait).then_some(Ok(()))
        })
    }

    fn socket(&mut self) -> &mut Socket<'m> {
        self.sockets.get_mut(self.handle)
    }

    /// Lets the stack work until `look` has a result.
    fn wait<R>(
        &mut self,
        mut look: impl FnMut(&mut Socket<'m>) -> Option<Result<R, TcpError>>,
    ) -> Result<R, TcpError> {
        let start_ms = now_ms();
        loop {
            self.interface.poll(now(), &mut self.ethernet, &mut self.sockets);
            if let Some(result) = look(self.socket()) {
                return result;
            }
            if now_ms() - start_ms >= self.limit_ms {
                return Err(TcpError::TimedOut);
            }
        }
    }
}

impl ErrorType for Tcp<'_> {
    type Error = TcpError;
}

impl Read for Tcp<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, TcpError> {
        if buffer.is_empty() {
            return Ok(0);
        }
        self.wait(|socket| match socket.recv_slice(buffer) {
            Ok(0) => None,
            Ok(len) => Some(Ok(len)),
            Err(RecvError::Finished) => Some(Ok(0)),
            Err(RecvError::InvalidState) => Some(Err(TcpError::Reset)),
        })
    }
}

impl Write for Tcp<'_> {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, TcpError> {
        if bytes.is_empty() {
            return Ok(0);
        }
        self.wait(|socket| match socket.send_slice(bytes) {
            Ok(0) => None,
            Ok(len) => Some(Ok(len)),
            Err(_) => Some(Err(TcpError::Reset)),
        })
    }

    /// Sends what the peer has room for. The rest, if any, leaves while the next call waits.
    fn flush(&mut self) -> Result<(), TcpError> {
        self.wait(|socket| Some(if socket.may_send() { Ok(()) } else { Err(TcpError::Reset) }))
    }
}

impl Error for TcpError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Refused => ErrorKind::ConnectionRefused,
            Self::TimedOut => ErrorKind::TimedOut,
            Self::Reset => ErrorKind::ConnectionReset,
            Self::Address => ErrorKind::AddrNotAvailable,
        }
    }
}

impl fmt::Display for TcpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Refused => "nobody listens there",
            Self::TimedOut => "nothing came, or could be sent, in time",
            Self::Reset => "the peer has broken the connection off",
            Self::Address => "not an address to connect to",
        })
    }
}

impl core::error::Error for TcpError {}

fn now() -> Instant {
    Instant::from_millis(now_ms() as i64)
}
