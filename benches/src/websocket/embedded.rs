//! embedded-websocket: `WebSocketServer::read(&[u8], &mut [u8])`, which copies the payload.

use embedded_websocket::{WebSocketReceiveMessageType, WebSocketServer, WebSocketState};

use super::Decode;
use crate::visit::Visit;

pub struct Embedded {
    wire: &'static [u8],
    out: Box<[u8; 2048]>,
    server: WebSocketServer,
}

impl Decode for Embedded {
    const NAME: &'static str = "embedded-websocket";

    fn new(wire: &'static [u8]) -> Self {
        let mut server = WebSocketServer::new_server();
        server.state = WebSocketState::Open;
        Self { wire, out: Box::new([0; 2048]), server }
    }

    #[inline(always)]
    fn frames<V: Visit>(&mut self, v: &mut V) {
        let mut rest = self.wire;
        while !rest.is_empty() {
            let read = self.server.read(rest, &mut self.out[..]).unwrap();
            assert!(read.end_of_message);
            match read.message_type {
                WebSocketReceiveMessageType::Binary => v.number(2),
                other => panic!("{other:?}"),
            }
            v.bytes(&self.out[..read.len_to]);
            rest = &rest[read.len_from..];
        }
    }
}
