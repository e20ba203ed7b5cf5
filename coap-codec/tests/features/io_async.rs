//! Feature `embedded-io-async`: every future is dropped at every await, and nothing is lost.

use core::future::{Future, poll_fn};
use core::pin::pin;
use core::task::{Context, Poll, Waker};

use coap_codec::ErrorKind;
use coap_codec::tcp::{ReadError, Sending, Stream, WriteError};
use embedded_io_async::{ErrorKind as Io, ErrorType, Read, Write};

use crate::wire::{CODEC, with_messages};

/// Reads and writes at most `piece` bytes at a time, after being polled in vain `busy` times for
/// each. What is polled in vain has done nothing.
struct Transport<'a> {
    input: &'a [u8],
    output: Vec<u8>,
    piece: usize,
    busy: usize,
    waited: usize,
}

impl<'a> Transport<'a> {
    fn new(input: &'a [u8], piece: usize, busy: usize) -> Self {
        Self { input, output: Vec::new(), piece, busy, waited: 0 }
    }

    fn ready(&mut self) -> Poll<()> {
        if self.waited < self.busy {
            self.waited += 1;
            return Poll::Pending;
        }
        self.waited = 0;
        Poll::Ready(())
    }
}

impl ErrorType for Transport<'_> {
    type Error = Io;
}

impl Read for Transport<'_> {
    async fn read(&mut self, out: &mut [u8]) -> Result<usize, Io> {
        assert!(!out.is_empty(), "a read into nothing looks like the end");
        poll_fn(|_| self.ready()).await;
        let len = self.piece.min(out.len()).min(self.input.len());
        out[..len].copy_from_slice(&self.input[..len]);
        self.input = &self.input[len..];
        Ok(len)
    }
}

impl Write for Transport<'_> {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, Io> {
        assert!(!bytes.is_empty());
        poll_fn(|_| self.ready()).await;
        let len = self.piece.min(bytes.len());
        self.output.extend(&bytes[..len]);
        Ok(len)
    }

    async fn flush(&mut self) -> Result<(), Io> {
        panic!("the caller flushes");
    }
}

/// Polls once; `None` if the future has to wait, and then drops it.
fn once<T>(future: impl Future<Output = T>) -> Option<T> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => Some(value),
        Poll::Pending => None,
    }
}

#[test]
fn a_read_that_is_dropped_at_every_await_loses_nothing() {
    with_messages(|messages, wire| {
        for piece in [1, 3, 64, 5000] {
            for busy in 0..3 {
                let mut transport = Transport::new(wire, piece, busy);
                let mut buffer = [0; 1300];
                let mut stream = Stream::new(&mut buffer);
                for message in messages {
                    while once(async {
                        let given = stream.read_next_async(&CODEC, &mut transport).await;
                        assert_eq!(given, Ok(Some(*message)), "{piece}");
                    })
                    .is_none()
                    {}
                }
                let end = loop {
                    let ended = once(async {
                        stream.read_next_async(&CODEC, &mut transport).await == Ok(None)
                    });
                    if let Some(end) = ended {
                        break end;
                    }
                };
                assert!(end);
            }
        }
    });
}

#[test]
fn an_end_within_a_message_and_a_malformed_message() {
    let mut buffer = [0; 64];
    let mut stream = Stream::new(&mut buffer);
    let mut transport = Transport::new(&[0x10], 1, 0);
    let given = once(stream.read_next_async(&CODEC, &mut transport)).unwrap();
    assert_eq!(given, Err(ReadError::UnexpectedEof));
    let mut stream = Stream::new(&mut buffer);
    let mut transport = Transport::new(&[0x10, 0x01, 0xFF], 1, 0);
    let given = once(stream.read_next_async(&CODEC, &mut transport)).unwrap();
    assert!(matches!(given, Err(ReadError::Message(e)) if e.kind == ErrorKind::EmptyPayload));
}

#[test]
fn a_write_that_is_dropped_at_every_await_loses_and_repeats_nothing() {
    with_messages(|messages, wire| {
        for piece in [1, 3, 63, 64, 65, 5000] {
            for busy in 0..3 {
                let mut transport = Transport::new(&[], piece, busy);
                for message in messages {
                    let mut buffer = [0; 256];
                    let mut sending = Sending::new(&CODEC, message, &mut buffer).unwrap();
                    loop {
                        match once(sending.write_async(&mut transport)) {
                            None => assert!(busy > 0),
                            Some(written) => break assert_eq!(written, Ok(())),
                        }
                    }
                    // Once more is once too often.
                    assert_eq!(once(sending.write_async(&mut transport)), Some(Ok(())));
                }
                assert_eq!(transport.output, wire, "{piece} {busy}");
            }
        }
    });
}

#[test]
fn who_takes_nothing_is_an_error() {
    with_messages(|messages, _| {
        let mut transport = Transport::new(&[], 0, 0);
        let mut buffer = [0; 256];
        let mut sending = Sending::new(&CODEC, &messages[0], &mut buffer).unwrap();
        let written = once(sending.write_async(&mut transport)).unwrap();
        assert_eq!(written, Err(WriteError::WriteZero));
    });
}
