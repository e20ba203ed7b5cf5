//! A TCP connection, plain or inside TLS, or a WebSocket in one: one type, so that protocols need not
//! know which it is.

use std::io;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use tokio::io::{AsyncRead, AsyncWrite, Interest, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;

use super::guard::Identity;
use super::hub::Via;
use crate::websocket::WebSocket;

/// A connection's bytes, as its protocol sees them.
#[derive(Debug)]
pub(super) enum Stream {
    Plain(TcpStream),
    /// Large, and rarer.
    Tls(Box<TlsStream<TcpStream>>),
    /// And who has sent the handshake.
    WebSocket(Box<(WebSocket<Self>, Identity)>),
}

/// What is known of the other side without reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OtherSide {
    Open,
    /// It sends nothing more. Whether it still reads, only writing tells.
    HalfClosed,
    /// It is gone.
    Closed,
}

impl Stream {
    /// How messages come that are read here as MQTT.
    pub(super) fn via_mqtt(&self) -> Via {
        match (self.is_websocket(), self.is_tls()) {
            (false, false) => Via::Mqtt,
            (false, true) => Via::Mqtts,
            (true, false) => Via::Ws,
            (true, true) => Via::Wss,
        }
    }

    /// How messages come that are read here as CoAP, which does its own WebSocket.
    pub(super) fn via_coap(&self, is_websocket: bool) -> Via {
        match (is_websocket, self.is_tls()) {
            (false, false) => Via::CoapTcp,
            (false, true) => Via::CoapsTcp,
            (true, false) => Via::CoapWs,
            (true, true) => Via::CoapsWs,
        }
    }

    /// How messages come that are read here as HTTP.
    pub(super) fn via_http(&self) -> Via {
        if self.is_tls() { Via::Https } else { Via::Http }
    }

    /// Who is known to be at its other end without a word of the protocol inside.
    pub(super) fn identity(&self) -> &Identity {
        match self {
            Self::Plain(_) | Self::Tls(_) => &Identity::ANONYMOUS,
            Self::WebSocket(inner) => &inner.1,
        }
    }

    fn is_websocket(&self) -> bool {
        matches!(self, Self::WebSocket(_))
    }

    fn is_tls(&self) -> bool {
        match self {
            Self::Plain(_) => false,
            Self::Tls(_) => true,
            Self::WebSocket(inner) => inner.0.stream().is_tls(),
        }
    }

    /// As the system has told so far.
    pub(super) fn other_side(&self) -> OtherSide {
        let tcp = match self {
            Self::Plain(tcp) => tcp,
            Self::Tls(tls) => tls.get_ref().0,
            Self::WebSocket(inner) => return inner.0.stream().other_side(),
        };
        let ready = pin!(tcp.ready(Interest::READABLE | Interest::WRITABLE));
        match ready.poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(Ok(ready)) if ready.is_write_closed() => OtherSide::Closed,
            Poll::Ready(Ok(ready)) if ready.is_read_closed() => OtherSide::HalfClosed,
            Poll::Ready(Err(_)) => OtherSide::Closed,
            _ => OtherSide::Open,
        }
    }
}

impl AsyncRead for Stream {
    /// A peer that leaves without TLS's own farewell has reached its end like one over TCP: the
    /// protocols inside know by themselves whether anything is missing.
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(tcp) => Pin::new(tcp).poll_read(cx, buf),
            Self::WebSocket(inner) => Pin::new(&mut inner.0).poll_read(cx, buf),
            Self::Tls(tls) => match Pin::new(tls).poll_read(cx, buf) {
                Poll::Ready(Err(error)) if error.kind() == io::ErrorKind::UnexpectedEof => {
                    Poll::Ready(Ok(()))
                }
                other => other,
            },
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(tcp) => Pin::new(tcp).poll_write(cx, buf),
            Self::Tls(tls) => Pin::new(tls).poll_write(cx, buf),
            Self::WebSocket(inner) => Pin::new(&mut inner.0).poll_write(cx, buf),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(tcp) => Pin::new(tcp).poll_flush(cx),
            Self::Tls(tls) => Pin::new(tls).poll_flush(cx),
            Self::WebSocket(inner) => Pin::new(&mut inner.0).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(tcp) => Pin::new(tcp).poll_shutdown(cx),
            Self::Tls(tls) => Pin::new(tls).poll_shutdown(cx),
            Self::WebSocket(inner) => Pin::new(&mut inner.0).poll_shutdown(cx),
        }
    }
}
