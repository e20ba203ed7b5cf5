//! Feature `embedded-io`: blocking reads of heads and bodies, and why a transport does not go on.

use embedded_io::Read;

use crate::body::{BodyDecoder, BodyPart};
use crate::connection::SendError;
use crate::error::{DecodeError, ErrorKind};
use crate::head::{HeadParser, RequestHead, ResponseHead};
use crate::io_buffer::ReadBuffer;
use crate::layout::{PartLayout, RequestLayout, ResponseLayout};

/// Why it does not go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IoError<E> {
    /// The transport failed to read. Nothing is lost: the same call again goes on.
    #[error("the transport failed to read: {0:?}")]
    Read(E),
    /// The transport failed to write. What was not written is still held.
    #[error("the transport failed to write: {0:?}")]
    Write(E),
    /// The transport took no byte.
    #[error("the transport takes no more bytes")]
    WriteZero,
    /// A head or a trailer section is larger than the buffer, and the limit larger than that.
    #[error("the buffer is smaller than the limit")]
    BufferFull,
    /// The peer sent what is not to be accepted, was too slow, or ended too early. A
    /// [`Driver`](crate::io::Driver) of a server has sent the answer; close the connection.
    #[error(transparent)]
    Message(DecodeError),
    /// What was to be sent was not, and nothing has changed.
    #[error(transparent)]
    Send(SendError),
}

impl ReadBuffer<'_> {
    /// Reads until there is the head of a request, and takes it; `None` once the connection has ended
    /// between two.
    ///
    /// # Errors
    ///
    /// [`IoError`].
    pub fn read_request<R: Read>(
        &mut self,
        parser: &mut HeadParser,
        reader: &mut R,
    ) -> Result<Option<RequestHead<'_>>, IoError<R::Error>> {
        loop {
            if let Some((layout, len)) = self.find_request(parser)? {
                return Ok(Some(layout.head(self.take(len))));
            }
            if !self.fill(reader)? {
                return self.end().map(|()| None);
            }
        }
    }

    /// Reads until there is the head of a response, and takes it, as
    /// [`read_request`](Self::read_request).
    ///
    /// # Errors
    ///
    /// [`IoError`].
    pub fn read_response<R: Read>(
        &mut self,
        parser: &mut HeadParser,
        reader: &mut R,
    ) -> Result<Option<ResponseHead<'_>>, IoError<R::Error>> {
        loop {
            if let Some((layout, len)) = self.find_response(parser)? {
                return Ok(Some(layout.head(self.take(len))));
            }
            if !self.fill(reader)? {
                return self.end().map(|()| None);
            }
        }
    }

    /// Reads until there is the next part of a body, and takes it; `None` behind its end.
    ///
    /// # Errors
    ///
    /// [`IoError`].
    pub fn read_body<R: Read>(
        &mut self,
        decoder: &mut BodyDecoder,
        reader: &mut R,
    ) -> Result<Option<BodyPart<'_>>, IoError<R::Error>> {
        while !decoder.is_done() {
            if let Some((layout, len)) = self.find_part(decoder)? {
                return Ok(Some(layout.part(self.take(len))));
            }
            if !self.fill(reader)? {
                decoder.handle_eof().map_err(IoError::Message)?;
            }
        }
        Ok(None)
    }

    pub(crate) fn find_request<E>(
        &self,
        parser: &mut HeadParser,
    ) -> Result<Option<(RequestLayout, usize)>, IoError<E>> {
        let found = parser.parse_request(self.held()).map_err(IoError::Message)?;
        Ok(found.map(|(head, len)| (RequestLayout::of(&head), len)))
    }

    pub(crate) fn find_response<E>(
        &self,
        parser: &mut HeadParser,
    ) -> Result<Option<(ResponseLayout, usize)>, IoError<E>> {
        let found = parser.parse_response(self.held()).map_err(IoError::Message)?;
        Ok(found.map(|(head, len)| (ResponseLayout::of(&head), len)))
    }

    pub(crate) fn find_part<E>(
        &mut self,
        decoder: &mut BodyDecoder,
    ) -> Result<Option<(PartLayout, usize)>, IoError<E>> {
        let (taken, part) = decoder.decode(self.held()).map_err(IoError::Message)?;
        let found = part.map(|part| (PartLayout::of(&part), taken));
        if found.is_none() {
            self.take(taken);
        }
        Ok(found)
    }

    /// Reads once; false at the end.
    pub(crate) fn fill<R: Read>(&mut self, reader: &mut R) -> Result<bool, IoError<R::Error>> {
        let len = reader.read(self.room()?).map_err(IoError::Read)?;
        self.filled(len);
        Ok(len > 0)
    }

    /// Room to read into, at least one byte.
    pub(crate) fn room<E>(&mut self) -> Result<&mut [u8], IoError<E>> {
        let space = self.space();
        if space.is_empty() { Err(IoError::BufferFull) } else { Ok(space) }
    }

    /// What the end means where a head was to begin.
    pub(crate) fn end<E>(&self) -> Result<(), IoError<E>> {
        match self.held().len() {
            0 => Ok(()),
            len => Err(IoError::Message(DecodeError::new(ErrorKind::Incomplete, len))),
        }
    }
}
