//! The cursor that every packet is read with.

use crate::error::ErrorKind;
use crate::varint;

/// Reads fields from the front of what is left of a frame.
///
/// The first error stays: from then on nothing is left, and every field reads as 0 or empty. So whoever
/// reads a packet asks once, at its end, whether there was an error, and loops end by themselves. Every
/// read marks where its field begins, and the error keeps that mark, which the outermost `decode` turns
/// into an offset.
#[derive(Clone, Copy)]
pub struct Reader<'a> {
    rest: &'a [u8],
    /// Bytes from the start of the current field to the end of the frame.
    mark: usize,
    error: Option<ErrorKind>,
    /// The mark of the error.
    error_mark: usize,
}

impl<'a> Reader<'a> {
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes, mark: bytes.len(), error: None, error_mark: 0 }
    }

    /// What has not been read.
    pub(crate) const fn rest(&self) -> &'a [u8] {
        self.rest
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// How far before the end of the bytes the current field begins.
    pub(crate) const fn mark(&self) -> usize {
        self.mark
    }

    /// Lets the next error point here, and every error until the next read.
    pub(crate) const fn start_field(&mut self) {
        self.mark = self.rest.len();
    }

    /// The first error.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub(crate) const fn error(&self) -> Option<ErrorKind> {
        self.error
    }

    /// How far before the end of the bytes the field of the error begins.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub(crate) const fn error_mark(&self) -> usize {
        self.error_mark
    }

    /// The current field is wrong.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    #[cfg_attr(not(target_pointer_width = "64"), inline(never))]
    pub(crate) const fn fail(&mut self, kind: ErrorKind) {
        self.fail_at(kind, self.mark);
    }

    /// The field that begins `mark` bytes before the end is wrong.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub(crate) const fn fail_at(&mut self, kind: ErrorKind, mark: usize) {
        if self.error.is_none() {
            (self.error, self.error_mark) = (Some(kind), mark);
            self.rest = &[];
        }
    }

    #[cfg_attr(target_pointer_width = "64", inline(always))]
    const fn array<const N: usize>(&mut self) -> [u8; N] {
        self.start_field();
        match self.rest.split_first_chunk::<N>() {
            Some((array, rest)) => {
                self.rest = rest;
                *array
            }
            None => {
                self.fail(ErrorKind::Truncated);
                [0; N]
            }
        }
    }

    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub(crate) const fn u8(&mut self) -> u8 {
        let [byte] = self.array::<1>();
        byte
    }

    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub(crate) const fn u16(&mut self) -> u16 {
        u16::from_be_bytes(self.array())
    }

    pub(crate) const fn u32(&mut self) -> u32 {
        u32::from_be_bytes(self.array())
    }

    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub(crate) const fn varint(&mut self) -> u32 {
        self.start_field();
        match varint::decode(self.rest) {
            Ok(Some((value, len))) => {
                self.take(len);
                return value;
            }
            Ok(None) => self.fail(ErrorKind::Truncated),
            Err(e) => self.fail(e),
        }
        0
    }

    /// The next `len` bytes; they belong to the field that is being read.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub(crate) const fn take(&mut self, len: usize) -> &'a [u8] {
        match self.rest.split_at_checked(len) {
            Some((bytes, rest)) => {
                self.rest = rest;
                bytes
            }
            None => {
                self.fail(ErrorKind::Truncated);
                &[]
            }
        }
    }

    /// Binary Data: a Two Byte Integer length and that many bytes. MQTT 5.0 section 1.5.6.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub(crate) const fn binary(&mut self) -> &'a [u8] {
        let len = self.u16();
        self.take(len as usize)
    }

    /// All bytes to the end.
    pub(crate) const fn remaining(&mut self) -> &'a [u8] {
        self.start_field();
        let rest = self.rest;
        self.rest = &[];
        rest
    }

    /// Nothing may be left over.
    pub(crate) const fn finish(&mut self) {
        if !self.rest.is_empty() {
            self.start_field();
            self.fail(ErrorKind::TrailingBytes);
        }
    }
}
