//! What a server can make the client store.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use coap_codec::{Block, OptionNumber, Szx};

use crate::server::{Reply, ask, errors, over_tcp, payload};

#[test]
fn refuses_a_body_without_end() {
    // As many blocks of 1024 bytes as fit into a message of 1 MiB. RFC 8323 section 6.
    const BLOCKS: usize = 1023;
    let sent = Arc::new(AtomicUsize::new(0));
    let count = sent.clone();
    let uri = over_tcp(move |request| {
        let block = request.options.block2().map_or(Block::first(Szx::Bert), |block| block);
        count.fetch_add(1, Ordering::Relaxed);
        let reply = Reply::content(vec![b'x'; BLOCKS << 10]);
        vec![reply.with_uint(OptionNumber::BLOCK2, block.with_more(true).value())]
    });
    let output = ask(&[&uri]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(errors(&output), "coap-get: the body is longer than 64 MiB\n");
    // The last is the one that does not fit.
    assert_eq!(sent.load(Ordering::Relaxed), (64 << 10) / BLOCKS + 1);
}

#[test]
fn keeps_the_last_notifications_that_come_between_blocks() {
    let mut observation = Vec::new();
    let uri = over_tcp(move |request| {
        let num = request.options.block2().map_or(0, Block::num);
        let block = Block::new(num, num == 0, Szx::S16).unwrap();
        let part =
            Reply::content(if num == 0 { "first block, and" } else { " the last." }[..].to_owned());
        let part = part.with_uint(OptionNumber::BLOCK2, block.value());
        if num == 0 {
            observation = request.token.as_bytes().to_vec();
            return vec![part.with_uint(OptionNumber::OBSERVE, 0)];
        }
        let notification = |n: u32| {
            let reply = Reply::content(n.to_string()).with_uint(OptionNumber::OBSERVE, n);
            reply.with_token(&observation)
        };
        (1..=40).map(notification).chain([part]).collect()
    });
    let shown: String = (25..=40).map(|n| format!("{n}\n")).collect();
    assert_eq!(payload(ask(&["-s", "3", &uri])), format!("first block, and the last.\n{shown}"));
}
