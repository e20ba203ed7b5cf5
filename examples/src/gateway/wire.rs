//! Bytes in and out of one connection.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::io;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Buf, Bytes, BytesMut};
use mqtt_codec::EncodeError;
use mqtt_codec::session::SendError;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::time::timeout;

use super::stream::{OtherSide, Stream};

/// A connection's socket and the bytes on both sides of it.
#[derive(Debug)]
pub(in crate::gateway) struct Wire {
    stream: Stream,
    pub(in crate::gateway) input: BytesMut,
    pub(in crate::gateway) output: Output,
    /// The next step tries to write before it tries to read.
    writes_first: bool,
    /// The last bytes that came filled their buffer: there are more.
    reads_much: bool,
}

/// What [`Wire::step`] did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::gateway) enum Step {
    /// So many bytes came; 0 at their end.
    Read(usize),
    /// Some bytes went out.
    Wrote,
}

/// From this many bytes of output on no packet is handled.
const CONGESTED: usize = 256 << 10;
/// So much is read at once, of a peer that sends little and of one that sends much.
const FIRST_SIZE: usize = 1 << 10;
const READ_SIZE: usize = 8 << 10;
/// A buffer above this size is given back once it is empty; while not much comes, above the smaller.
const KEPT_SIZE: usize = 64 << 10;
const IDLE_SIZE: usize = 2 << 10;
/// How long, and for how many bytes, a closed connection is read on, so that its peer gets to see
/// the last packet: closing a socket with unread input would take it back.
const LINGER: Duration = Duration::from_secs(1);
const LINGER_BYTES: usize = 4 << 20;
/// How long the next bytes of a failed connection are waited for.
const REST: Duration = Duration::from_millis(200);

impl Wire {
    pub(in crate::gateway) fn new(stream: Stream) -> Self {
        let (input, output) = (BytesMut::new(), Output::default());
        Self { stream, input, output, writes_first: false, reads_much: false }
    }

    pub(in crate::gateway) fn stream(&self) -> &Stream {
        &self.stream
    }

    pub(in crate::gateway) fn is_congested(&self) -> bool {
        self.output.len() >= CONGESTED
    }

    /// Waits until bytes have come, if they may, or gone. Cancel safe: whatever happened is in the
    /// buffers.
    pub(in crate::gateway) async fn step(&mut self, may_read: bool) -> io::Result<Step> {
        if may_read && self.reads_much {
            // Grows with what has come, whatever length the peer has announced.
            self.input.reserve(READ_SIZE);
        }
        // In turn, so that a peer which is always ready for one gets the other too.
        self.writes_first = !self.writes_first;
        poll_fn(|cx| {
            if self.writes_first {
                if let Poll::Ready(step) = self.poll_write(cx) {
                    return Poll::Ready(step);
                }
            }
            if may_read {
                if let Poll::Ready(read) = self.poll_read(cx) {
                    return Poll::Ready(read.map(Step::Read));
                }
            }
            if self.writes_first { Poll::Pending } else { self.poll_write(cx) }
        })
        .await
    }

    /// While little comes, no buffer waits for it.
    fn poll_read(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        if self.reads_much {
            let read = ready!(pin!(self.stream.read_buf(&mut self.input)).poll(cx));
            self.reads_much = self.input.len() == self.input.capacity();
            return Poll::Ready(read);
        }
        let mut bytes = [0; FIRST_SIZE];
        let mut read = ReadBuf::new(&mut bytes);
        ready!(Pin::new(&mut self.stream).poll_read(cx, &mut read))?;
        self.reads_much = read.remaining() == 0;
        self.input.extend_from_slice(read.filled());
        Poll::Ready(Ok(read.filled().len()))
    }

    fn poll_write(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Step>> {
        let mut stream = Pin::new(&mut self.stream);
        if self.output.front().is_empty() {
            // TLS may still hold some of what it has taken.
            ready!(stream.poll_flush(cx))?;
            return Poll::Pending;
        }
        let written = ready!(stream.as_mut().poll_write(cx, self.output.front()))?;
        self.output.advance(written)?;
        Poll::Ready(Ok(Step::Wrote))
    }

    /// Sends what the socket takes now, and tells who is at its other end. Waits for nothing.
    pub(in crate::gateway) async fn send_now(&mut self) -> io::Result<OtherSide> {
        let send = |cx: &mut Context<'_>| loop {
            match self.poll_write(cx) {
                Poll::Ready(Ok(_)) => {}
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Pending => return Poll::Ready(Ok(())),
            }
        };
        poll_fn(send).await?;
        Ok(self.stream.other_side())
    }

    /// Reads what a peer that is gone has left. It is there, but the system may be a moment late to
    /// tell so.
    pub(in crate::gateway) async fn read_rest(&mut self) -> io::Result<usize> {
        self.input.reserve(READ_SIZE);
        timeout(REST, self.stream.read_buf(&mut self.input)).await?
    }

    /// The stream, and what of its bytes was not taken and not written.
    pub(in crate::gateway) fn into_parts(self) -> (Stream, BytesMut, BytesMut) {
        let mut output = BytesMut::with_capacity(self.output.len());
        self.output.chunks.iter().for_each(|chunk| output.extend_from_slice(chunk));
        output.extend_from_slice(&self.output.tail);
        (self.stream, self.input, output)
    }

    /// Removes the first `len` bytes of the input.
    pub(in crate::gateway) fn consume(&mut self, len: usize) {
        self.input.advance(len);
        let kept = if self.reads_much { KEPT_SIZE } else { IDLE_SIZE };
        if self.input.is_empty() && self.input.capacity() > kept {
            self.input = BytesMut::new();
        }
    }

    /// Sends what is left, and reads on for a moment without looking at it.
    pub(in crate::gateway) async fn close(mut self) {
        let _ = timeout(LINGER, async {
            while !self.output.is_empty() {
                let written = self.stream.write(self.output.front()).await?;
                self.output.advance(written)?;
            }
            self.stream.shutdown().await?;
            let mut left = LINGER_BYTES;
            while left > 0 {
                self.input.clear();
                self.input.reserve(READ_SIZE);
                match self.stream.read_buf(&mut self.input).await? {
                    0 => break,
                    read => left = left.saturating_sub(read),
                }
            }
            io::Result::Ok(())
        })
        .await;
    }
}

/// Bytes that wait to be written: small packets in one buffer, large payloads where they lie.
#[derive(Debug, Default)]
pub(in crate::gateway) struct Output {
    chunks: VecDeque<Bytes>,
    tail: BytesMut,
    len: usize,
    /// How many bytes there have ever been.
    ever: u64,
    /// From such a byte on they wait until this change is on disk, in order.
    holds: VecDeque<(u64, u64)>,
}

/// An error that may ask for more room.
pub(in crate::gateway) trait TooSmall {
    /// How many bytes are needed, if that is what is wrong.
    fn needed(&self) -> Option<usize>;
}

impl TooSmall for EncodeError {
    fn needed(&self) -> Option<usize> {
        match self {
            Self::BufferTooSmall { needed } => Some(*needed),
            _ => None,
        }
    }
}

impl TooSmall for SendError {
    fn needed(&self) -> Option<usize> {
        match self {
            Self::BufferTooSmall { needed } => Some(*needed),
            _ => None,
        }
    }
}

/// Payloads from this size on are not copied for each receiver.
const LARGE: usize = 16 << 10;

impl Output {
    pub(in crate::gateway) fn len(&self) -> usize {
        self.len
    }

    pub(in crate::gateway) fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The place behind the last byte.
    pub(in crate::gateway) fn end(&self) -> u64 {
        self.ever
    }

    /// Holds back the bytes behind a place, also those to come, until this change is on disk.
    pub(in crate::gateway) fn hold(&mut self, from: u64, change: u64) {
        self.holds.push_back((from, change));
    }

    /// Until this change is on disk some bytes wait.
    pub(in crate::gateway) fn held_for(&self) -> Option<u64> {
        self.holds.front().map(|(_, change)| *change)
    }

    /// All changes up to this one are on disk.
    pub(in crate::gateway) fn release(&mut self, change: u64) {
        while self.held_for().is_some_and(|held_for| held_for <= change) {
            self.holds.pop_front();
        }
    }

    /// Appends what `encode` writes into the buffer it gets, and returns its length. It is called
    /// again with more room if it asks for it. On an error nothing is appended.
    pub(in crate::gateway) fn append<E: TooSmall>(
        &mut self,
        mut encode: impl FnMut(&mut [u8]) -> Result<usize, E>,
    ) -> Result<usize, E> {
        const GUESS: usize = 256;
        let start = self.tail.len();
        self.tail.resize(start + GUESS, 0);
        let mut result = encode(self.tail.get_mut(start..).unwrap_or_default());
        if let Some(needed) = result.as_ref().err().and_then(TooSmall::needed) {
            self.tail.resize(start + needed, 0);
            result = encode(self.tail.get_mut(start..).unwrap_or_default());
        }
        let written = *result.as_ref().unwrap_or(&0);
        self.tail.truncate(start + written);
        self.grow(written);
        result
    }

    /// Appends bytes.
    pub(in crate::gateway) fn push(&mut self, bytes: &[u8]) {
        self.tail.extend_from_slice(bytes);
        self.grow(bytes.len());
    }

    /// Appends the payload of the packet whose head was appended last.
    pub(in crate::gateway) fn append_payload(&mut self, payload: &Bytes) {
        self.grow(payload.len());
        if payload.len() < LARGE {
            self.tail.extend_from_slice(payload);
        } else {
            self.chunks.push_back(self.tail.split().freeze());
            self.chunks.push_back(payload.clone());
        }
    }

    fn grow(&mut self, len: usize) {
        self.len += len;
        self.ever += len as u64;
    }

    /// Some of the bytes that go first; none if these are held back.
    fn front(&self) -> &[u8] {
        let front: &[u8] = self.chunks.front().map_or(&self.tail, |chunk| chunk);
        match self.holds.front() {
            None => front,
            Some((from, _)) => {
                let gone = self.ever.saturating_sub(self.len as u64);
                let free = usize::try_from(from.saturating_sub(gone)).unwrap_or(usize::MAX);
                front.get(..free).unwrap_or(front)
            }
        }
    }

    fn advance(&mut self, written: usize) -> io::Result<()> {
        if written == 0 {
            return Err(io::ErrorKind::WriteZero.into());
        }
        self.len = self.len.saturating_sub(written);
        match self.chunks.front_mut() {
            Some(chunk) => {
                chunk.advance(written);
                if chunk.is_empty() {
                    self.chunks.pop_front();
                }
            }
            None => self.tail.advance(written),
        }
        if self.len == 0 {
            self.tail = BytesMut::new(); // most connections are idle
        }
        Ok(())
    }
}
