use core::mem::replace;

use crate::attribute::Attribute;
use crate::error::EncodeError;
use crate::grammar::cut;
use crate::known::single_bit;
use crate::link::Link;
use crate::uri::UriReference;
use crate::value::{Form, Value};

/// Writes links one behind the other, from any byte of the document on, into any buffer.
///
/// It leaves out the first bytes, stores what fits and counts all: so a directory of thousands of
/// links is sent block by block and never held as a whole.
///
/// ```
/// use link_format::{Attribute, Link, UriReference, Writer};
///
/// let mut block = [0; 16];
/// let mut writer = Writer::from_offset(16, &mut block); // the second block
/// for topic in ["a", "b", "c"] {
///     writer.begin(UriReference::new(topic)?).attribute(Attribute::new("ct", "40")?)?;
/// }
/// let part = writer.part();
/// assert_eq!((part.len, part.total, part.has_more()), (13, 29, false));
/// assert_eq!(&block[..part.len], b"=40,<c>;ct=40");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Writer<'b> {
    /// What is left of the buffer.
    room: &'b mut [u8],
    /// Bytes that are still to be left out.
    skip: usize,
    from: usize,
    stored: usize,
    total: usize,
}

/// A part of a document: what a [`Writer`] stored of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Part {
    /// Index in the document of the first byte.
    pub from: usize,
    /// Bytes that were stored.
    pub len: usize,
    /// Bytes of the whole document.
    pub total: usize,
}

impl Part {
    /// Does the document go on behind this part? The M bit of a Block2 option.
    #[must_use]
    pub const fn has_more(&self) -> bool {
        self.from.saturating_add(self.len) < self.total
    }
}

impl<'b> Writer<'b> {
    /// Writes to the beginning of `out`.
    #[must_use]
    pub const fn new(out: &'b mut [u8]) -> Self {
        Self::from_offset(0, out)
    }

    /// Leaves out the first `from` bytes of the document, writes what follows to the beginning of
    /// `out`.
    #[must_use]
    pub const fn from_offset(from: usize, out: &'b mut [u8]) -> Self {
        Self { room: out, skip: from, from, stored: 0, total: 0 }
    }

    /// Writes a link.
    pub const fn link(&mut self, link: &Link<'_>) {
        self.target(link.target());
        let mut attributes = link.attributes().iter();
        while let Some(attribute) = attributes.next_attribute() {
            self.attribute(&attribute);
        }
    }

    /// Begins a link, whose attributes follow one by one.
    pub const fn begin(&mut self, target: UriReference<'_>) -> LinkWriter<'_, 'b> {
        self.target(target);
        LinkWriter { writer: self, seen: 0 }
    }

    /// What was stored, and how long the document has become.
    #[must_use]
    pub const fn part(&self) -> Part {
        Part { from: self.from, len: self.stored, total: self.total }
    }

    /// Length of the document so far, whether stored or not.
    #[must_use]
    pub const fn total(&self) -> usize {
        self.total
    }

    /// The length of the document, if all of it behind the offset was stored.
    ///
    /// # Errors
    ///
    /// The length that is needed, if the buffer was shorter.
    pub const fn finish(self) -> Result<usize, EncodeError> {
        let needed = self.total.saturating_sub(self.from);
        if self.stored < needed {
            return Err(EncodeError::BufferTooSmall { needed });
        }
        Ok(self.stored)
    }

    const fn target(&mut self, target: UriReference<'_>) {
        self.text(if self.total == 0 { "<" } else { ",<" });
        self.text(target.as_str());
        self.text(">");
    }

    const fn attribute(&mut self, attribute: &Attribute<'_>) {
        self.text(";");
        self.text(attribute.name);
        match attribute.value {
            None => {}
            Some(Value(Form::Token(text))) => {
                self.text("=");
                self.text(text);
            }
            Some(Value(Form::Quoted(text) | Form::Escaped(text))) => {
                self.text("=\"");
                self.text(text);
                self.text("\"");
            }
            Some(Value(Form::Bare(text))) => {
                self.text("=\"");
                self.escaped(text);
                self.text("\"");
            }
        }
    }

    /// Writes `text` with a backslash before each `"` and `\`.
    const fn escaped(&mut self, text: &str) {
        let mut run = text;
        let mut rest = text.as_bytes();
        while let [byte, tail @ ..] = rest {
            if matches!(byte, b'"' | b'\\') {
                let (before, at) = cut(run, run.len().saturating_sub(rest.len()));
                self.text(before);
                self.text("\\");
                run = at;
            }
            rest = tail;
        }
        self.text(run);
    }

    /// Leaves `len` bytes of the buffer as they are, for somebody who fills them.
    pub(crate) const fn leave(&mut self, len: usize) {
        self.total = self.total.saturating_add(len);
        let room = replace(&mut self.room, &mut [0; 0]);
        if let Some((_, room)) = room.split_at_mut_checked(len) {
            self.room = room;
            self.stored = self.stored.saturating_add(len);
        }
    }

    pub(crate) const fn text(&mut self, text: &str) {
        self.total = self.total.saturating_add(text.len());
        let Some((_, wanted)) = text.as_bytes().split_at_checked(self.skip) else {
            self.skip = self.skip.saturating_sub(text.len());
            return;
        };
        self.skip = 0;
        let wanted = match wanted.split_at_checked(self.room.len()) {
            Some((fitting, _)) => fitting,
            None => wanted,
        };
        let room = replace(&mut self.room, &mut [0; 0]); // `core::mem::take` is not `const`
        if let Some((place, room)) = room.split_at_mut_checked(wanted.len()) {
            copy(place, wanted);
            self.room = room;
            self.stored = self.stored.saturating_add(wanted.len());
        }
    }
}

/// Writes the attributes of a link that [`Writer::begin`] began.
#[derive(Debug)]
pub struct LinkWriter<'w, 'b> {
    writer: &'w mut Writer<'b>,
    /// The attributes that may not come again.
    seen: u16,
}

impl LinkWriter<'_, '_> {
    /// Writes an attribute.
    ///
    /// # Errors
    ///
    /// [`EncodeError::Repeated`] for a second one of those that stand once in a link; it is not
    /// written. Who copies a link that was decoded may go on: all but the first are ignored.
    pub const fn attribute(&mut self, attribute: Attribute<'_>) -> Result<&mut Self, EncodeError> {
        let bit = single_bit(attribute.name);
        if self.seen & bit != 0 {
            return Err(EncodeError::Repeated);
        }
        self.seen |= bit;
        self.writer.attribute(&attribute);
        Ok(self)
    }
}

/// Copies `pieces` to the beginning of `out`, as one text.
pub(crate) fn collect<'o, 'a>(
    pieces: impl Iterator<Item = &'a str>,
    out: &'o mut [u8],
) -> Result<&'o str, EncodeError> {
    let mut writer = Writer::new(&mut *out);
    pieces.for_each(|piece| writer.text(piece));
    let len = writer.finish()?;
    Ok(core::str::from_utf8(out.get(..len).unwrap_or_default()).unwrap_or_default())
}

/// Copies `bytes` to the beginning of `out`.
pub(crate) fn collect_bytes(
    bytes: impl Iterator<Item = u8>,
    out: &mut [u8],
) -> Result<&[u8], EncodeError> {
    let mut needed: usize = 0;
    let mut room = out.iter_mut();
    for byte in bytes {
        if let Some(place) = room.next() {
            *place = byte;
        }
        needed = needed.saturating_add(1);
    }
    out.get(..needed).ok_or(EncodeError::BufferTooSmall { needed })
}

/// Copies `from` to `to`, which have the same length.
///
/// Called from more than one place, `copy_from_slice` is not inlined at opt-level z and keeps its
/// panic: so it is called here alone.
#[cfg_attr(target_pointer_width = "64", inline(always))]
#[cfg_attr(not(target_pointer_width = "64"), inline(never))]
pub(crate) const fn copy(to: &mut [u8], from: &[u8]) {
    if to.len() == from.len() {
        to.copy_from_slice(from);
    }
}
