//! TCP to the gateway.

use smoltcp::wire::{IpAddress, IpEndpoint};

use super::{Failure, READ_LIMIT_MS};
use crate::semihosting::arguments;
use crate::tcp::{Memory, Tcp, TcpError};

/// What is read from and written to.
pub type Link<'a> = Tcp<'a>;

/// Why there is no connection, or none that has ended in order.
pub type LinkError = TcpError;

/// The gateway, where the image is not told another one: the host of QEMU, as the board sees it.
const GATEWAY: IpEndpoint = IpEndpoint::new(IpAddress::v4(10, 0, 2, 2), PORT);
const PORT: u16 = if cfg!(feature = "websocket") { 8080 } else { 1883 };

/// Connects, lends the connection to `work`, and closes it.
///
/// # Errors
///
/// [`Failure`].
pub fn with_link<R, W>(
    work: impl FnOnce(&mut Link<'_>) -> Result<R, W>,
) -> Result<R, Failure<LinkError, W>> {
    let mut memory = Memory::new();
    let gateway = gateway().map_err(Failure::Link)?;
    let mut tcp = Tcp::connect(gateway, READ_LIMIT_MS, &mut memory).map_err(Failure::Link)?;
    let result = work(&mut tcp).map_err(Failure::Work);
    let closed = tcp.close().map_err(Failure::Link); // also behind a failure, which then is told
    result.and_then(|result| closed.map(|()| result))
}

fn gateway() -> Result<IpEndpoint, TcpError> {
    let mut buffer = [0; 256];
    let words = arguments(&mut buffer).ok_or(TcpError::Address)?;
    match words.rsplit(' ').next() {
        Some(word) if word.contains(':') => word.parse().map_err(|()| TcpError::Address),
        _ => Ok(GATEWAY),
    }
}
