//! Input: lines. `c` adds a client, and `r` and a byte removes one. `+`, a byte for the client, a byte for
//! options and a topic filter, with `$share/` or without, subscribes; `-`, a byte for the client and a topic
//! filter unsubscribes. `?`, a byte for the publisher, one for the member of groups and a topic name asks who
//! gets it. All is as with a list that is searched from one end to the other.

#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../topic-matcher/tests/broker/mod.rs"]
mod broker;

fuzz_target!(|data: &[u8]| {
    let mut both = broker::Both::new();
    let mut names = Vec::new();
    for line in data.split(|byte| *byte == b'\n').take(400) {
        let client = |byte: u8| u32::from(byte % 16);
        match line {
            [b'c', ..] if both.clients.len() < 16 => both.add_client(),
            [b'r', byte, ..] => both.remove_client(client(*byte)),
            [b'+', byte, options, text @ ..] => {
                let Ok(text) = str::from_utf8(text) else { continue };
                both.subscribe(client(*byte), text, broker::options(*options));
            }
            [b'-', byte, text @ ..] => {
                let Ok(text) = str::from_utf8(text) else { continue };
                both.unsubscribe(client(*byte), text);
            }
            [b'?', byte, at, text @ ..] => {
                let Ok(text) = str::from_utf8(text) else { continue };
                names.push(text);
                both.route(&[text], client(*byte), usize::from(*at));
            }
            _ => {}
        }
    }
    both.route(&names, 0, 1);
    both.check();
});
