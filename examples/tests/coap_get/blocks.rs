//! Bodies in blocks.

use coap_codec::{Block, OptionNumber, Szx};

use crate::server::{Reply, ask, errors, over_udp, payload};

/// Asks a server whose body has a block of 16 bytes for each of these ETags, where there is one.
/// Whenever it is asked from the beginning it takes the next list of them.
fn fetch(lists: Vec<[Option<&'static [u8]>; 3]>) -> std::process::Output {
    let mut lists = lists.into_iter();
    let mut etags = [None; 3];
    let uri = over_udp(move |request| {
        let num = request.options.block2().map_or(0, Block::num);
        if num == 0 {
            etags = lists.next().unwrap();
        }
        let block = Block::new(num, num < 2, Szx::S16).unwrap();
        let reply = Reply::content(format!("{num}..............\n"));
        let reply = reply.with_uint(OptionNumber::BLOCK2, block.value());
        vec![match etags[num as usize] {
            Some(etag) => reply.with(OptionNumber::ETAG, etag),
            None => reply,
        }]
    });
    ask(&[&uri])
}

const WHOLE: &str = "0..............\n1..............\n2..............\n";

#[test]
fn takes_blocks_of_which_some_have_no_etag() {
    let etag = Some(&b"one"[..]);
    for etags in [
        [etag, None, None],
        [etag, None, etag],
        [None, etag, etag],
        [None, None, etag],
        [etag, etag, etag],
        [None, None, None],
    ] {
        assert_eq!(payload(fetch(vec![etags])), WHOLE, "{etags:?}");
    }
}

#[test]
fn begins_again_when_the_etag_changes() {
    let (one, two) = (Some(&b"one"[..]), Some(&b"two"[..]));
    for changed in [[one, two, two], [one, None, two], [None, one, two], [one, one, two]] {
        assert_eq!(payload(fetch(vec![changed, [two; 3]])), WHOLE, "{changed:?}");
        let output = fetch(vec![changed; 4]);
        assert_eq!(output.status.code(), Some(1), "{changed:?}");
        let why = "coap-get: the resource changes faster than its blocks can be fetched\n";
        assert_eq!(errors(&output), why);
    }
}
