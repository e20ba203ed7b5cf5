//! What FETCH requests asked for, while their answers are on their way block by block.
//!
//! RFC 7959 section 2.7: who asks for the next block of an answer does not repeat the body of the
//! request. So the bodies of those that asked last are kept. Nothing in the next request says which
//! body it continues, if not its token; where it could be one or another, it is 4.08.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use coap_codec::{Block, Code, ReliableMessage};

/// So many bodies are kept; who asks for another block after so many others have asked begins anew.
const MOST: usize = 64;
/// A client that has not asked for so long has given up.
const IDLE: Duration = Duration::from_secs(60);

/// The bodies, the last one first.
#[derive(Debug, Default)]
pub(super) struct Fetches(VecDeque<Fetch>);

#[derive(Debug)]
struct Fetch {
    address: SocketAddr,
    /// That of the last request for it.
    token: Vec<u8>,
    body: Vec<u8>,
    asked: Instant,
    /// The last block has gone, which does not mean that it has come.
    is_over: bool,
}

impl Fetches {
    /// The body of a request, which is perhaps that of an earlier one. If that is not known, why
    /// not: 4.08, RFC 7959 section 2.9.2.
    pub(super) fn body_of(
        &self,
        request: &ReliableMessage<'_>,
        address: SocketAddr,
        now: Instant,
    ) -> Result<Vec<u8>, &'static str> {
        let later_block = request.options.block2().is_some_and(|block| block.num() > 0);
        if request.code != Code::FETCH || !later_block || !request.payload.is_empty() {
            return Ok(request.payload.to_vec());
        }
        let all = || {
            let is_idle = |fetch: &Fetch| now.saturating_duration_since(fetch.asked) > IDLE;
            self.0.iter().filter(move |fetch| fetch.address == address && !is_idle(fetch))
        };
        let token = request.token.as_bytes();
        let mut going = all().filter(|fetch| !fetch.is_over);
        let found = match (all().find(|fetch| fetch.token == token), going.next(), going.next()) {
            (Some(same), ..) => Some(same),
            (None, Some(only), None) => Some(only),
            (None, None, _) => all().next(),
            _ => None,
        };
        let found = found.map(|fetch| fetch.body.clone());
        found.ok_or("which FETCH is it? Begin with the first block")
    }

    /// A block of the answer has gone, or the whole answer if there is none.
    pub(super) fn answered(
        &mut self,
        request: &ReliableMessage<'_>,
        address: SocketAddr,
        block: Option<Block>,
        now: Instant,
    ) {
        if request.code != Code::FETCH {
            return;
        }
        let token = request.token.as_bytes();
        let same = |other: &Fetch| {
            other.address == address && (other.body == request.payload || other.token == token)
        };
        self.0.retain(|other| !same(other));
        if let Some(block) = block {
            self.0.truncate(MOST - 1);
            let (token, body) = (token.to_vec(), request.payload.to_vec());
            let is_over = !block.more();
            self.0.push_front(Fetch { address, token, body, asked: now, is_over });
        }
    }
}

#[cfg(test)]
mod tests {
    use coap_codec::{CoapOption, OptionNumber, Options, Token};

    use super::*;

    struct Clients {
        fetches: Fetches,
        now: Instant,
    }

    impl Clients {
        /// Asks for a block, and answers with it; what the body is, if that is known.
        fn ask(
            &mut self,
            (port, token): (u16, &[u8]),
            body: &[u8],
            (num, more): (u8, bool),
        ) -> Option<Vec<u8>> {
            let value = [num << 4 | u8::from(more) << 3];
            let options = [CoapOption::new(OptionNumber::BLOCK2, &value)];
            let request = ReliableMessage::new(Code::FETCH).with_payload(body);
            let request = request.with_token(Token::new(token).unwrap());
            let request = request.with_options(Options::new(&options));
            let address = ([192, 0, 2, 1], port).into();
            let body = self.fetches.body_of(&request, address, self.now).ok()?;
            let block = request.options.block2();
            self.fetches.answered(&request.with_payload(&body), address, block, self.now);
            Some(body)
        }
    }

    #[test]
    fn blocks_belong_to_the_body_that_they_were_asked_for() {
        let mut c = Clients { fetches: Fetches::default(), now: Instant::now() };
        let known = |body: &[u8]| Some(body.to_vec());
        assert_eq!(c.ask((1, b"x"), b"", (1, true)), None);
        // A new token for each block, as some clients have.
        assert_eq!(c.ask((1, b"a"), b"A", (0, true)), known(b"A"));
        assert_eq!(c.ask((1, b"b"), b"", (1, true)), known(b"A"));
        assert_eq!(c.ask((2, b"b"), b"", (1, true)), None);
        // Two at once: by their tokens, or not at all.
        assert_eq!(c.ask((1, b"c"), b"C", (0, true)), known(b"C"));
        assert_eq!(c.ask((1, b"b"), b"", (2, true)), known(b"A"));
        assert_eq!(c.ask((1, b"c"), b"", (1, true)), known(b"C"));
        assert_eq!(c.ask((1, b"d"), b"", (2, true)), None);
        // One is over, and its last answer may have been lost.
        assert_eq!(c.ask((1, b"b"), b"", (3, false)), known(b"A"));
        assert_eq!(c.ask((1, b"b"), b"", (3, false)), known(b"A"));
        assert_eq!(c.ask((1, b"d"), b"", (2, true)), known(b"C"));
        c.now += IDLE + Duration::from_secs(1);
        assert_eq!(c.ask((1, b"d"), b"", (3, true)), None);
    }

    #[test]
    fn the_last_ones_are_kept() {
        let mut c = Clients { fetches: Fetches::default(), now: Instant::now() };
        for port in 0..70 {
            c.ask((port, b"t"), b"old", (0, true));
            c.ask((port, b"t"), b"new", (0, true));
        }
        assert_eq!(c.fetches.0.len(), MOST);
        assert_eq!(c.ask((5, b"t"), b"", (1, true)), None);
        assert_eq!(c.ask((6, b"t"), b"", (1, true)), Some(b"new".to_vec()));
    }
}
