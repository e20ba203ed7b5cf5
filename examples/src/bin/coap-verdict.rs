//! What our decoder says about messages, for comparing it with other people's parsers.
//!
//! Reads frames from standard input until it ends:
//!
//! ```text
//! transport 'u' or 't' (1 byte), length (4 bytes, network order), message
//! ```
//!
//! and prints a line for each:
//!
//! ```text
//! bad KIND OFFSET RULE
//! ok TYPE CODE MESSAGE-ID TOKEN NUMBER:VALUE,NUMBER:VALUE PAYLOAD
//! ```
//!
//! Bytes in hexadecimal, numbers in decimal, `-` for nothing; over TCP type and Message ID are `-`.

use std::fmt;
use std::io::{self, BufReader, BufWriter, Read, Write};

use coap_codec::{Codec, DecodeError, ReliableMessage, tcp};

fn main() -> io::Result<()> {
    let mut input = BufReader::new(io::stdin().lock());
    let mut output = BufWriter::new(io::stdout().lock());
    while let Some((transport, message)) = read_frame(&mut input)? {
        match transport {
            b'u' => over_udp(&message, &mut output)?,
            b't' => over_tcp(&message, &mut output)?,
            _ => return Err(io::Error::other("a transport that is neither u nor t")),
        }
    }
    output.flush()
}

fn read_frame(input: &mut impl Read) -> io::Result<Option<(u8, Vec<u8>)>> {
    let mut transport = [0];
    if input.read(&mut transport)? == 0 {
        return Ok(None);
    }
    let mut length = [0; 4];
    input.read_exact(&mut length)?;
    let length = u32::from_be_bytes(length);
    let mut message = Vec::new();
    if input.take(length.into()).read_to_end(&mut message)? < length as usize {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(Some((transport[0], message)))
}

fn over_udp(datagram: &[u8], output: &mut impl Write) -> io::Result<()> {
    match Codec::new().decode(datagram) {
        Ok(message) => {
            let head = (message.message_type as u8, message.code.0, message.message_id);
            write!(output, "ok {} {} {}", head.0, head.1, head.2)?;
            content(&message.reliable(), output)
        }
        Err(error) => bad(&error, output),
    }
}

fn over_tcp(frame: &[u8], output: &mut impl Write) -> io::Result<()> {
    match tcp::Codec::new().with_max_message_size(u32::MAX).decode(frame) {
        Ok(Some((message, length))) if length == frame.len() => {
            write!(output, "ok - {} -", message.code.0)?;
            content(&message, output)
        }
        Ok(_) => writeln!(output, "bad: not one whole frame"),
        Err(error) => bad(&error, output),
    }
}

/// Token, options and payload, to the end of the line.
fn content(message: &ReliableMessage<'_>, output: &mut impl Write) -> io::Result<()> {
    write!(output, " {} ", OrDash(message.token.as_bytes()))?;
    let mut separator = "";
    for option in message.options.iter() {
        write!(output, "{separator}{}:{}", option.number.0, Hex(option.value))?;
        separator = ",";
    }
    if separator.is_empty() {
        write!(output, "-")?;
    }
    writeln!(output, " {}", OrDash(message.payload))
}

fn bad(error: &DecodeError, output: &mut impl Write) -> io::Result<()> {
    writeln!(output, "bad {:?} {} {}", error.kind, error.offset, error.rule())
}

struct Hex<'a>(&'a [u8]);

impl fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

struct OrDash<'a>(&'a [u8]);

impl fmt::Display for OrDash<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() { f.write_str("-") } else { Hex(self.0).fmt(f) }
    }
}
