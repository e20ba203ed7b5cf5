//! Messages on standard output.

use std::io::{self, BufWriter, ErrorKind, Stdout, Write};

use http_lite::websocket::Message;

use super::error::{Error, code};

/// Where messages go.
pub(super) struct Output {
    to: BufWriter<Stdout>,
    /// Binary messages as lines of hexadecimal digits.
    hex: bool,
    /// Nobody reads any more.
    pub(super) is_closed: bool,
}

impl Output {
    pub(super) fn new(hex: bool) -> Self {
        Self { to: BufWriter::new(io::stdout()), hex, is_closed: false }
    }

    /// A piece of a message.
    pub(super) fn piece(
        &mut self,
        message: Message,
        data: &[u8],
        is_last: bool,
    ) -> Result<(), Error> {
        let done = self.write(message, data, is_last);
        self.check(done)
    }

    fn write(&mut self, message: Message, data: &[u8], is_last: bool) -> io::Result<()> {
        if message == Message::Binary && self.hex {
            data.iter().try_for_each(|byte| write!(self.to, "{byte:02x}"))?;
        } else {
            self.to.write_all(data)?;
        }
        let is_line = message == Message::Text || self.hex;
        if is_line && is_last { self.to.write_all(b"\n") } else { Ok(()) }
    }

    /// Lets go of what was written, so that it is seen.
    pub(super) fn flush(&mut self) -> Result<(), Error> {
        let done = self.to.flush();
        self.check(done)
    }

    fn check(&mut self, done: io::Result<()>) -> Result<(), Error> {
        match done {
            // Who reads the first lines only, as `head` does, has seen what they wanted.
            Err(error) if error.kind() == ErrorKind::BrokenPipe => self.is_closed = true,
            Err(error) => {
                return Err(Error::new(code::LOCAL, format!("standard output: {error}")));
            }
            Ok(()) => {}
        }
        Ok(())
    }
}
