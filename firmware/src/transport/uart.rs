//! The UART.

use core::convert::Infallible;

use super::{Failure, READ_LIMIT_MS};
use crate::uart::Uart;

/// What is read from and written to.
pub type Link<'a> = Uart;

/// A line does not tell whether anyone is there.
pub type LinkError = Infallible;

/// Switches the UART on and lends it to `work`.
///
/// # Errors
///
/// Those of `work`.
pub fn with_link<R, W>(
    work: impl FnOnce(&mut Link<'_>) -> Result<R, W>,
) -> Result<R, Failure<LinkError, W>> {
    work(&mut Uart::new(READ_LIMIT_MS)).map_err(Failure::Work)
}
