//! Feature `embedded-io-async`: the same as with `embedded-io`, asynchronous.
//!
//! Each future may be dropped at any await, if the transport's own `read` and `write` may be:
//! `embedded-io-async` advises that and does not demand it. What was read is held, what was not
//! written still waits, and the same call again goes on.

use embedded_io_async::{Read, Write};

use crate::body::{BodyDecoder, BodyPart};
use crate::connection::{Client, ClientEvent, SendError, Server, ServerEvent};
use crate::embedded_io_driver::{Data, Driver, Next, Sender};
use crate::embedded_io_impl::IoError;
use crate::field::Fields;
use crate::head::{HeadParser, RequestHead, ResponseHead};
use crate::io_buffer::ReadBuffer;

impl ReadBuffer<'_> {
    /// As [`read_request`](Self::read_request). Dropped at an await, it loses nothing.
    ///
    /// # Errors
    ///
    /// [`IoError`].
    pub async fn read_request_async<R: Read>(
        &mut self,
        parser: &mut HeadParser,
        reader: &mut R,
    ) -> Result<Option<RequestHead<'_>>, IoError<R::Error>> {
        loop {
            if let Some((layout, len)) = self.find_request(parser)? {
                return Ok(Some(layout.head(self.take(len))));
            }
            let len = reader.read(self.room()?).await.map_err(IoError::Read)?;
            if len == 0 {
                return self.end().map(|()| None);
            }
            self.filled(len);
        }
    }

    /// As [`read_response`](Self::read_response). Dropped at an await, it loses nothing.
    ///
    /// # Errors
    ///
    /// [`IoError`].
    pub async fn read_response_async<R: Read>(
        &mut self,
        parser: &mut HeadParser,
        reader: &mut R,
    ) -> Result<Option<ResponseHead<'_>>, IoError<R::Error>> {
        loop {
            if let Some((layout, len)) = self.find_response(parser)? {
                return Ok(Some(layout.head(self.take(len))));
            }
            let len = reader.read(self.room()?).await.map_err(IoError::Read)?;
            if len == 0 {
                return self.end().map(|()| None);
            }
            self.filled(len);
        }
    }

    /// As [`read_body`](Self::read_body). Dropped at an await, it loses nothing.
    ///
    /// # Errors
    ///
    /// [`IoError`].
    pub async fn read_body_async<R: Read>(
        &mut self,
        decoder: &mut BodyDecoder,
        reader: &mut R,
    ) -> Result<Option<BodyPart<'_>>, IoError<R::Error>> {
        while !decoder.is_done() {
            if let Some((layout, len)) = self.find_part(decoder)? {
                return Ok(Some(layout.part(self.take(len))));
            }
            let len = reader.read(self.room()?).await.map_err(IoError::Read)?;
            if len == 0 {
                decoder.handle_eof().map_err(IoError::Message)?;
            }
            self.filled(len);
        }
        Ok(None)
    }
}

impl<'a, T: Read + Write, C: FnMut() -> u64> Driver<'a, Server, T, C> {
    /// As `read_next`, with `100 Continue` too. Dropped at an await, it loses nothing: call it again,
    /// such as when [`Server::poll_timeout`] says so.
    ///
    /// # Errors
    ///
    /// [`IoError`]; [`SendError::OutOfTurn`] if a response must be sent, or ended, first.
    pub async fn read_next_async(
        &mut self,
    ) -> Result<Option<(ServerEvent<'_>, &mut Sender<'a, Server, T, C>)>, IoError<T::Error>> {
        loop {
            match self.look() {
                Next::Event(layout, taken) => {
                    return Ok(Some((layout.event(self.input.take(taken)), &mut self.sender)));
                }
                Next::Unsent(error) => return Err(IoError::Send(error)),
                Next::End => return Ok(None),
                Next::Failed(error) => return Err(IoError::Message(error)),
                Next::Send if self.sender.output.pending().is_empty() => {
                    self.sender.transport.flush().await.map_err(IoError::Write)?;
                    self.sender.output.flushed();
                }
                Next::Send => {
                    let sender = &mut self.sender;
                    let written = sender.transport.write(sender.output.pending()).await;
                    sender.wrote(written.map_err(IoError::Write)?)?;
                }
                Next::Read => {
                    let read = self.sender.transport.read(self.input.room()?).await;
                    let len = read.map_err(IoError::Read)?;
                    self.input.filled(len);
                    if len == 0 {
                        let _ = self.sender.machine.handle_eof(); // tells its error again
                    }
                }
            }
        }
    }
}

impl<'a, T: Read + Write, C: FnMut() -> u64> Driver<'a, Client, T, C> {
    /// As `read_next`. Dropped at an await, it loses nothing: call it again, such as when
    /// [`Client::poll_timeout`] says so.
    ///
    /// # Errors
    ///
    /// [`IoError`].
    pub async fn read_next_async(
        &mut self,
    ) -> Result<Option<(ClientEvent<'_>, &mut Sender<'a, Client, T, C>)>, IoError<T::Error>> {
        loop {
            match self.look() {
                Next::Event(layout, taken) => {
                    return Ok(Some((layout.event(self.input.take(taken)), &mut self.sender)));
                }
                Next::End => return Ok(None),
                Next::Unsent(error) => return Err(IoError::Send(error)), // never: a server's
                Next::Failed(error) => return Err(IoError::Message(error)),
                Next::Send if self.sender.output.pending().is_empty() => {
                    self.sender.transport.flush().await.map_err(IoError::Write)?;
                    self.sender.output.flushed();
                }
                Next::Send => {
                    let sender = &mut self.sender;
                    let written = sender.transport.write(sender.output.pending()).await;
                    sender.wrote(written.map_err(IoError::Write)?)?;
                }
                Next::Read => {
                    let read = self.sender.transport.read(self.input.room()?).await;
                    let len = read.map_err(IoError::Read)?;
                    self.input.filled(len);
                    if len == 0 {
                        let _ = self.sender.machine.handle_eof(); // tells its error again
                    }
                }
            }
        }
    }
}

impl<M, T: Write, C: FnMut() -> u64> Sender<'_, M, T, C> {
    /// As `send`. Dropped at an await, it has written a part, and the next call writes the rest.
    ///
    /// # Errors
    ///
    /// [`IoError`]; what was not written still waits.
    pub async fn send_async(&mut self) -> Result<(), IoError<T::Error>> {
        while !self.output.pending().is_empty() {
            let written = self.transport.write(self.output.pending()).await;
            self.wrote(written.map_err(IoError::Write)?)?;
        }
        if self.output.wants_flush() {
            self.transport.flush().await.map_err(IoError::Write)?;
            self.output.flushed();
        }
        Ok(())
    }

    async fn put_all_async(
        &mut self,
        mut encode: impl FnMut(&mut M, u64, &mut [u8]) -> Result<usize, SendError>,
    ) -> Result<(), IoError<T::Error>> {
        while self.put(|machine, now_ms, out| Ok(((), encode(machine, now_ms, out)?)))?.is_none() {
            let written = self.transport.write(self.output.pending()).await;
            self.wrote(written.map_err(IoError::Write)?)?;
        }
        Ok(())
    }

    async fn put_data_async(
        &mut self,
        data: &mut &[u8],
        encode: Data<M>,
    ) -> Result<(), IoError<T::Error>> {
        while !data.is_empty() {
            if !self.is_short_of(data) {
                let taken = self.put(|machine, _, out| encode(machine, data, out))?;
                if let Some(taken) = taken {
                    *data = data.get(taken..).unwrap_or_default();
                    continue;
                }
            }
            let written = self.transport.write(self.output.pending()).await;
            self.wrote(written.map_err(IoError::Write)?)?;
        }
        Ok(())
    }
}

impl<T: Write, C: FnMut() -> u64> Sender<'_, Server, T, C> {
    /// As [`Server::respond`]. Dropped at an await, it has done nothing.
    ///
    /// # Errors
    ///
    /// [`IoError`].
    pub fn respond_async(
        &mut self,
        head: &ResponseHead<'_>,
    ) -> impl Future<Output = Result<(), IoError<T::Error>>> {
        self.put_all_async(|server, now_ms, out| server.respond(head, now_ms, out))
    }

    /// As [`Server::data`], all of it. Dropped at an await, it leaves in `data` what was not taken.
    ///
    /// # Errors
    ///
    /// [`IoError`]; it leaves in `data` what was not taken.
    pub fn data_async(
        &mut self,
        data: &mut &[u8],
    ) -> impl Future<Output = Result<(), IoError<T::Error>>> {
        self.put_data_async(data, Server::data)
    }

    /// As [`Server::finish`]. Dropped at an await, it has done nothing.
    ///
    /// # Errors
    ///
    /// [`IoError`].
    pub fn finish_async(
        &mut self,
        trailers: &Fields<'_>,
    ) -> impl Future<Output = Result<(), IoError<T::Error>>> {
        self.put_all_async(|server, now_ms, out| server.finish(trailers, now_ms, out))
    }
}

impl<T: Write, C: FnMut() -> u64> Sender<'_, Client, T, C> {
    /// As [`Client::request`]. Dropped at an await, it has done nothing.
    ///
    /// # Errors
    ///
    /// As `request`.
    pub fn request_async(
        &mut self,
        head: &RequestHead<'_>,
    ) -> impl Future<Output = Result<(), IoError<T::Error>>> {
        self.put_all_async(|client, now_ms, out| client.request(head, now_ms, out))
    }

    /// As [`Client::data`], all of it. Dropped at an await, it leaves in `data` what was not taken.
    ///
    /// # Errors
    ///
    /// [`IoError`]; it leaves in `data` what was not taken.
    pub fn data_async(
        &mut self,
        data: &mut &[u8],
    ) -> impl Future<Output = Result<(), IoError<T::Error>>> {
        self.put_data_async(data, Client::data)
    }

    /// As [`Client::finish`]. Dropped at an await, it has done nothing.
    ///
    /// # Errors
    ///
    /// [`IoError`].
    pub fn finish_async(
        &mut self,
        trailers: &Fields<'_>,
    ) -> impl Future<Output = Result<(), IoError<T::Error>>> {
        self.put_all_async(|client, now_ms, out| client.finish(trailers, now_ms, out))
    }
}
