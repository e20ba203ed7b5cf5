//! A stream of bytes inside WebSocket: what MQTT sends goes out in binary messages, and what comes in
//! them is what it reads. MQTT 5.0 section 6; RFC 6455
//!
//! A peer that is silent is asked by a Ping, also where MQTT's Keep Alive is off: a browser's tab can
//! be gone without a word.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Buf, BytesMut};
use http_lite::websocket::{Close, CloseCode, FrameHeader, Role, SendError, Session, Settings};
use ring::rand::{SecureRandom, SystemRandom};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep_until};

/// At most so much is sent in one message.
const MESSAGE: usize = 16 << 10;
/// A buffer above this size is given back once it is empty.
const KEPT_SIZE: usize = 4 << 10;
/// More than any control frame has.
const CONTROL: usize = FrameHeader::MAX_LEN + FrameHeader::MAX_CONTROL;

/// MQTT has limits of its own for what it reads. The Ping keeps the connection in the tables of proxies,
/// of which some forget it after a minute; its answer may have to wait behind what the peer is sent.
const SETTINGS: Settings = Settings {
    message: u64::MAX,
    fragments: u32::MAX,
    ping_ms: 30_000,
    pong_ms: 60_000,
    ..Settings::DEFAULT
};

/// Either side, behind the handshake.
#[derive(Debug)]
pub(crate) struct WebSocket<S> {
    stream: S,
    session: Session,
    /// Where a client's masks come from; a server's frames have none.
    masks: Option<SystemRandom>,
    /// What came with the handshake.
    received: BytesMut,
    /// What waits to be written.
    output: BytesMut,
    start: Instant,
    /// When the session wants to know how late it is.
    timer: Pin<Box<Sleep>>,
    /// The stream takes nothing just now; when it last did so after a while.
    is_blocked: bool,
    relieved: Option<Instant>,
    /// Nothing more comes that the protocol inside should see.
    is_over: bool,
    /// Nothing more is sent.
    is_shut: bool,
}

impl<S: AsyncRead + AsyncWrite + Unpin> WebSocket<S> {
    /// `received` is what of the input HTTP did not take, `output` what it has left to write.
    pub(crate) fn new(stream: S, role: Role, received: BytesMut, output: BytesMut) -> Self {
        let start = Instant::now();
        let received = if received.is_empty() { BytesMut::new() } else { received };
        let mut session = Session::new(role, SETTINGS);
        let _ = session.handle_input(&mut [], 0); // its time begins
        Self {
            stream,
            session,
            masks: (role == Role::Client).then(SystemRandom::new),
            received,
            output,
            start,
            timer: Box::pin(sleep_until(start)),
            is_blocked: false,
            relieved: None,
            is_over: false,
            is_shut: false,
        }
    }

    pub(crate) fn stream(&self) -> &S {
        &self.stream
    }

    fn now_ms(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// Writes what waits, and what the session owes: Pong, Ping, Close.
    fn poll_output(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            while !self.output.is_empty() {
                match Pin::new(&mut self.stream).poll_write(cx, &self.output)? {
                    Poll::Ready(0) => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                    Poll::Ready(written) => self.output.advance(written),
                    Poll::Pending => {
                        self.is_blocked = true;
                        return Poll::Pending;
                    }
                }
                if std::mem::take(&mut self.is_blocked) {
                    self.relieved = Some(Instant::now());
                }
            }
            if self.output.capacity() > KEPT_SIZE {
                self.output = BytesMut::new();
            }
            let now_ms = self.now_ms();
            let owed =
                self.put(CONTROL, |session, mask, out| session.poll_transmit(now_ms, mask, out))?;
            if owed.is_none() {
                return Poll::Ready(Ok(()));
            }
        }
    }

    /// Appends what `encode` writes into so much room, if that is something.
    fn put(
        &mut self,
        room: usize,
        encode: impl FnOnce(&mut Session, u32, &mut [u8]) -> Result<Option<usize>, SendError>,
    ) -> io::Result<Option<usize>> {
        let mut mask = [0; 4];
        if let Some(random) = &self.masks {
            random.fill(&mut mask).map_err(|_| io::Error::other("there are no random numbers"))?;
        }
        let mask = u32::from_ne_bytes(mask);
        let start = self.output.len();
        self.output.resize(start + room, 0);
        let result =
            encode(&mut self.session, mask, self.output.get_mut(start..).unwrap_or_default());
        let written = result.unwrap_or_default();
        self.output.truncate(start + written.unwrap_or(0));
        result.map_err(io::Error::other)
    }

    /// Looks how late it is, where nothing has come. Ready if the peer is gone.
    fn poll_late(&mut self, cx: &mut Context<'_>) -> Poll<io::Error> {
        loop {
            let Some(ms) = self.session.poll_timeout() else { return Poll::Pending };
            let late = self.start + Duration::from_millis(ms);
            // Who makes room for more has read something, and a Ping may lie behind it.
            let patience = Duration::from_millis(SETTINGS.pong_ms);
            let late = self.relieved.map_or(late, |at| late.max(at + patience));
            if self.timer.deadline() != late {
                self.timer.as_mut().reset(late);
            }
            ready!(self.timer.as_mut().poll(cx));
            self.session.handle_timeout(self.now_ms());
            if !self.session.is_open() {
                let why = "no answer to a WebSocket Ping";
                return Poll::Ready(io::Error::new(io::ErrorKind::TimedOut, why));
            }
            if let Poll::Ready(Err(error)) = self.poll_output(cx) {
                return Poll::Ready(error);
            }
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for WebSocket<S> {
    /// The end of the stream is Close, a broken rule, or the end of the connection. Behind
    /// [`poll_shutdown`](AsyncWrite::poll_shutdown) comes what the peer sends until the connection
    /// ends, as it is: nobody looks at it.
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.is_shut {
            return Pin::new(&mut this.stream).poll_read(cx, buf);
        }
        loop {
            if let Poll::Ready(Err(error)) = this.poll_output(cx) {
                return Poll::Ready(Err(error));
            }
            if this.is_over {
                return Poll::Ready(Ok(()));
            }
            let before = buf.filled().len();
            if this.received.is_empty() {
                match Pin::new(&mut this.stream).poll_read(cx, buf)? {
                    Poll::Ready(()) if buf.filled().len() == before => return Poll::Ready(Ok(())),
                    Poll::Ready(()) => {}
                    Poll::Pending => return this.poll_late(cx).map(Err),
                }
            } else {
                let len = this.received.len().min(buf.remaining());
                buf.put_slice(&this.received.split_to(len));
                if this.received.is_empty() {
                    this.received = BytesMut::new(); // it is never filled again
                }
            }
            // Unmasked where it lies: the buffer is the protocol's own.
            let now_ms = this.now_ms();
            let raw = buf.filled_mut().get_mut(before..).unwrap_or_default();
            let result = this.session.handle_stream(raw, now_ms);
            buf.set_filled(before + result.unwrap_or(0));
            match result {
                Ok(len) => {
                    this.is_over = this.session.is_close_received();
                    if len > 0 {
                        return Poll::Ready(Ok(()));
                    }
                }
                Err(_) => this.is_over = true, // its Close is owed
            }
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for WebSocket<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        ready!(this.poll_output(cx))?;
        let data = buf.get(..MESSAGE).unwrap_or(buf);
        let room = data.len() + FrameHeader::MAX_LEN;
        this.put(room, |session, mask, out| session.binary(data, mask, out).map(Some))?;
        // What does not go now goes before the next.
        if let Poll::Ready(Err(error)) = this.poll_output(cx) {
            return Poll::Ready(Err(error));
        }
        Poll::Ready(Ok(data.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(this.poll_output(cx))?;
        Pin::new(&mut this.stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.session.is_open() && !this.session.is_close_received() {
            let (now_ms, close) = (this.now_ms(), Close::new(CloseCode::NORMAL));
            this.put(CONTROL, |session, mask, out| {
                session.close(close, now_ms, mask, out).map(Some)
            })?;
        }
        ready!(this.poll_output(cx))?;
        this.is_shut = true;
        Pin::new(&mut this.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
    use tokio::time::sleep;

    use super::*;

    const PING: [u8; 2] = *b"\x89\0";
    const PONG: [u8; 6] = *b"\x8A\x80mask";

    fn pair(buffer: usize) -> (DuplexStream, WebSocket<DuplexStream>) {
        let (peer, stream) = duplex(buffer);
        (peer, WebSocket::new(stream, Role::Server, BytesMut::new(), BytesMut::new()))
    }

    async fn read(socket: &mut WebSocket<DuplexStream>) -> io::Result<usize> {
        socket.read(&mut [0; 100]).await
    }

    #[tokio::test(start_paused = true)]
    async fn a_peer_that_is_gone_without_a_word_is_found() {
        let (mut peer, mut socket) = pair(1000);
        let begin = Instant::now();
        assert_eq!(read(&mut socket).await.unwrap_err().kind(), io::ErrorKind::TimedOut);
        assert_eq!(begin.elapsed(), Duration::from_secs(90));
        let mut ping = [0; 2];
        peer.read_exact(&mut ping).await.unwrap();
        assert_eq!(ping, PING);
    }

    #[tokio::test(start_paused = true)]
    async fn a_peer_that_answers_pings_may_be_silent_for_ever() {
        let (mut peer, mut socket) = pair(1000);
        let begin = Instant::now();
        let answers = async {
            for _ in 0..100 {
                let mut ping = [0; 2];
                peer.read_exact(&mut ping).await.unwrap();
                assert_eq!(ping, PING);
                sleep(Duration::from_secs(59)).await;
                peer.write_all(&PONG).await.unwrap();
            }
            peer.write_all(b"\x82\x82\0\0\0\0hi").await.unwrap();
        };
        let (len, ()) = tokio::join!(read(&mut socket), answers);
        assert_eq!(len.unwrap(), 2);
        assert_eq!(begin.elapsed(), Duration::from_secs(100 * (30 + 59)));
    }

    /// It need not be asked: it reads.
    #[tokio::test(start_paused = true)]
    async fn a_peer_that_reads_slowly_is_not_gone() {
        let (peer, socket) = pair(64);
        let (mut reader, mut writer) = tokio::io::split(socket);
        let (mut from, mut to) = tokio::io::split(peer);
        let sends = async {
            for _ in 0..10 {
                writer.write_all(&[b'x'; 1000]).await.unwrap();
            }
        };
        let reads = async {
            let mut all = [0; 10_000];
            for some in all.chunks_mut(32) {
                sleep(Duration::from_secs(20)).await;
                from.read_exact(some).await.unwrap();
            }
            to.write_all(b"\x82\x82\0\0\0\0hi").await.unwrap();
            all.windows(2).filter(|two| *two == PING).count()
        };
        let mut buffer = [0; 10];
        let (len, (), pings) = tokio::join!(reader.read(&mut buffer), sends, reads);
        assert_eq!((len.unwrap(), pings), (2, 0));
    }

    /// Who takes nothing is gone, whatever waits for it.
    #[tokio::test(start_paused = true)]
    async fn a_peer_that_takes_nothing_is_gone() {
        let (_peer, socket) = pair(64);
        let (mut reader, mut writer) = tokio::io::split(socket);
        let mut buffer = [0; 10];
        let begin = Instant::now();
        tokio::select! {
            read = reader.read(&mut buffer) => {
                assert_eq!(read.unwrap_err().kind(), io::ErrorKind::TimedOut);
            }
            result = writer.write_all(&[b'x'; 100_000]) => panic!("{result:?}"),
        }
        assert_eq!(begin.elapsed(), Duration::from_secs(90));
    }

    /// However many Pings come, what waits to be sent is bounded: the last one's answer counts.
    #[tokio::test]
    async fn pongs_do_not_pile_up() {
        let (mut peer, mut socket) = pair(256);
        let ping = [&b"\x89\xFD\0\0\0\0"[..], &[b'p'; 125]].concat();
        for _ in 0..5000 {
            tokio::task::yield_now().await;
            peer.write_all(&ping).await.unwrap();
            let mut buffer = [0; 200];
            let mut buffer = ReadBuf::new(&mut buffer);
            let mut cx = Context::from_waker(std::task::Waker::noop());
            assert!(Pin::new(&mut socket).poll_read(&mut cx, &mut buffer).is_pending());
            assert!(socket.is_blocked || socket.output.is_empty());
            assert!(socket.output.len() <= CONTROL);
        }
        assert!(socket.is_blocked);
    }
}
