//! The cursor that every packet is read with.

use crate::error::ErrorKind;
use crate::varint;

/// Reads fields from the front of what is left of a frame.
///
/// Every read marks where its field begins, so that the inner code can return a one-byte kind and
/// the outermost `decode` turns the mark into an offset once.
#[derive(Clone, Copy)]
pub struct Reader<'a> {
    rest: &'a [u8],
    /// Bytes from the start of the current field to the end of the frame.
    mark: usize,
}

impl<'a> Reader<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes, mark: bytes.len() }
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

    /// Lets the error point `mark` bytes before the end.
    pub(crate) const fn set_mark(&mut self, mark: usize) {
        self.mark = mark;
    }

    #[cfg_attr(target_pointer_width = "64", inline(always))]
    const fn array<const N: usize>(&mut self) -> Result<[u8; N], ErrorKind> {
        self.start_field();
        match self.rest.split_first_chunk::<N>() {
            Some((array, rest)) => {
                self.rest = rest;
                Ok(*array)
            }
            None => Err(ErrorKind::Truncated),
        }
    }

    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub(crate) const fn u8(&mut self) -> Result<u8, ErrorKind> {
        match self.array::<1>() {
            Ok([byte]) => Ok(byte),
            Err(e) => Err(e),
        }
    }

    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub(crate) const fn u16(&mut self) -> Result<u16, ErrorKind> {
        match self.array() {
            Ok(bytes) => Ok(u16::from_be_bytes(bytes)),
            Err(e) => Err(e),
        }
    }

    pub(crate) const fn u32(&mut self) -> Result<u32, ErrorKind> {
        match self.array() {
            Ok(bytes) => Ok(u32::from_be_bytes(bytes)),
            Err(e) => Err(e),
        }
    }

    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub(crate) const fn varint(&mut self) -> Result<u32, ErrorKind> {
        self.start_field();
        match varint::decode(self.rest) {
            Ok(Some((value, len))) => match self.take(len) {
                Ok(_) => Ok(value),
                Err(e) => Err(e),
            },
            Ok(None) => Err(ErrorKind::Truncated),
            Err(e) => Err(e),
        }
    }

    /// The next `len` bytes; they belong to the field that is being read.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub(crate) const fn take(&mut self, len: usize) -> Result<&'a [u8], ErrorKind> {
        match self.rest.split_at_checked(len) {
            Some((bytes, rest)) => {
                self.rest = rest;
                Ok(bytes)
            }
            None => Err(ErrorKind::Truncated),
        }
    }

    /// Binary Data: a Two Byte Integer length and that many bytes. MQTT 5.0 section 1.5.6.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub(crate) const fn binary(&mut self) -> Result<&'a [u8], ErrorKind> {
        match self.u16() {
            Ok(len) => self.take(len as usize),
            Err(e) => Err(e),
        }
    }

    /// All bytes to the end.
    pub(crate) const fn remaining(&mut self) -> &'a [u8] {
        self.start_field();
        let rest = self.rest;
        self.rest = &[];
        rest
    }

    /// Nothing may be left over.
    pub(crate) const fn finish(&mut self) -> Result<(), ErrorKind> {
        if self.rest.is_empty() {
            return Ok(());
        }
        self.start_field();
        Err(ErrorKind::TrailingBytes)
    }
}
