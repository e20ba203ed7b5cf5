//! The whole input space of `framing::decide` against RFC 9112 section 6.3, written as data: rules
//! in the standard's order, the first that holds decides.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panic"
)]

use http_lite::framing::{Asked, Framing, Message, decide};
use http_lite::{ErrorKind, Facts, Method, StatusCode, TransferEncoding, Version};

/// A condition: all of its words hold. `*` holds always.
///
/// ```text
/// request response                  the kind of message
/// HEAD CONNECT                      of the request that is answered
/// 1xx 2xx 204 304                   the status of a response
/// 1.0                               the version
/// TE CL                             the field is there
/// chunked                           Transfer-Encoding is `chunked` alone
/// final                             its last coding is `chunked`, and no other one is
/// codings                           it has codings besides `chunked`, and no `chunked`
/// ```
const RULES: &[(&str, &str)] = &[
    // 2. "Any 2xx (Successful) response to a CONNECT request", 204 too: neither has a body, and RFC
    //    9110 section 9.3.6 makes it a tunnel
    ("response CONNECT 2xx", "tunnel"),
    // 1. "Any response to a HEAD request and any response with a 1xx (Informational), 204 (No
    //    Content), or 304 (Not Modified) status code"
    ("response HEAD", "none"),
    ("response 1xx", "none"),
    ("response 204", "none"),
    ("response 304", "none"),
    // 6.1: "MUST treat the message as if the framing is faulty"
    ("TE 1.0", "EncodingInHttp10"),
    // 3. "ought to be handled as an error"
    ("TE CL", "LengthAndEncoding"),
    // 4. "and the chunked transfer coding is the final encoding"; others cannot be undone
    ("TE chunked", "chunked"),
    ("TE final", "UnknownCoding"),
    // "in a response and the chunked transfer coding is not the final encoding": until it is closed,
    // if the coding could be undone
    ("TE response codings", "UnknownCoding"),
    // "in a request ...: the server MUST respond with the 400 (Bad Request) status code"; 7.1 and
    // 6.1: chunked twice, or before another one
    ("TE", "ChunkedNotLast"),
    // 6. "a valid Content-Length header field is present without Transfer-Encoding"
    ("CL", "length"),
    // 7. "If this is a request message and none of the above are true"
    ("request", "none"),
    // 8. "Otherwise"
    ("*", "until close"),
];

struct Case {
    message: Message,
    facts: Facts,
}

impl Case {
    fn holds(&self, word: &str) -> bool {
        let (asked, status) = match self.message {
            Message::Request => (None, 0),
            Message::Response(asked, status) => (Some(asked), status.get()),
        };
        match word {
            "*" => true,
            "request" => asked.is_none(),
            "response" => asked.is_some(),
            "HEAD" => asked == Some(Asked::Head),
            "CONNECT" => asked == Some(Asked::Connect),
            "1xx" => status.to_string().starts_with('1'),
            "2xx" => status.to_string().starts_with('2'),
            "204" => status == 204,
            "304" => status == 304,
            "1.0" => self.facts.version == Version::Http10,
            "TE" => self.facts.transfer_encoding != TransferEncoding::None,
            "CL" => self.facts.content_length.is_some(),
            "chunked" => self.facts.transfer_encoding == TransferEncoding::Chunked,
            "final" => self.facts.transfer_encoding == TransferEncoding::CodedChunked,
            "codings" => self.facts.transfer_encoding == TransferEncoding::Coded,
            other => panic!("{other}"),
        }
    }

    fn expected(&self) -> Result<Framing, ErrorKind> {
        let rule = RULES.iter().find(|(words, _)| words.split(' ').all(|word| self.holds(word)));
        match rule.unwrap().1 {
            "none" => Ok(Framing::None),
            "tunnel" => Ok(Framing::Tunnel),
            "chunked" => Ok(Framing::Chunked),
            "length" => Ok(Framing::Length(self.facts.content_length.unwrap())),
            "until close" => Ok(Framing::UntilClose),
            "EncodingInHttp10" => Err(ErrorKind::EncodingInHttp10),
            "LengthAndEncoding" => Err(ErrorKind::LengthAndEncoding),
            "UnknownCoding" => Err(ErrorKind::UnknownCoding),
            "ChunkedNotLast" => Err(ErrorKind::ChunkedNotLast),
            other => panic!("{other}"),
        }
    }
}

/// Every status there is; for the facts that matter, every value or its limits.
fn cases() -> Vec<Case> {
    let statuses: Vec<StatusCode> = (0..=u16::MAX).filter_map(StatusCode::new).collect();
    assert_eq!(statuses.len(), 900);
    let asked = [Asked::Head, Asked::Connect, Asked::Other];
    let responses = asked
        .iter()
        .flat_map(|asked| statuses.iter().map(|status| Message::Response(*asked, *status)));
    let messages: Vec<Message> = responses.chain([Message::Request]).collect();
    let mut cases = Vec::new();
    for message in messages {
        for version in [Version::Http10, Version::Http11] {
            for content_length in [None, Some(0), Some(1), Some(u64::MAX)] {
                for transfer_encoding in [
                    TransferEncoding::None,
                    TransferEncoding::Chunked,
                    TransferEncoding::CodedChunked,
                    TransferEncoding::Coded,
                    TransferEncoding::ChunkedNotLast,
                ] {
                    let mut facts = Facts::new(version);
                    facts.content_length = content_length;
                    facts.transfer_encoding = transfer_encoding;
                    cases.push(Case { message, facts });
                }
            }
        }
    }
    cases
}

#[test]
fn every_input_is_decided_as_the_standard_says() {
    let cases = cases();
    assert_eq!(cases.len(), (3 * 900 + 1) * 2 * 4 * 5);
    let mut used = vec![0; RULES.len()];
    for case in &cases {
        let found = decide(case.message, &case.facts);
        assert_eq!(found, case.expected(), "{:?} {:?}", case.message, case.facts);
        let rule = RULES.iter().position(|(words, _)| words.split(' ').all(|w| case.holds(w)));
        used[rule.unwrap()] += 1;
    }
    assert!(used.iter().all(|used| *used > 0), "{used:?}");
}

/// Nothing else of a head matters.
#[test]
fn nothing_else_decides() {
    for case in cases().iter().step_by(7) {
        let expected = decide(case.message, &case.facts);
        for bits in 0..16_u8 {
            let mut facts = case.facts;
            facts.close = bits & 1 != 0;
            facts.keep_alive = bits & 2 != 0;
            facts.upgrade = bits & 4 != 0;
            facts.expect = match bits & 8 {
                0 => http_lite::Expect::Continue,
                _ => http_lite::Expect::Unknown,
            };
            facts.host = http_lite::Host::Several;
            assert_eq!(decide(case.message, &facts), expected);
        }
    }
}

#[test]
fn what_was_asked_is_the_method_in_its_own_case() {
    for (method, asked) in [
        ("HEAD", Asked::Head),
        ("CONNECT", Asked::Connect),
        ("GET", Asked::Other),
        ("POST", Asked::Other),
        ("head", Asked::Other),
        ("Head", Asked::Other),
        ("connect", Asked::Other),
        ("HEADS", Asked::Other),
        ("HEA", Asked::Other),
    ] {
        assert_eq!(Asked::of(&Method::new(method.as_bytes()).unwrap()), asked, "{method}");
    }
}
