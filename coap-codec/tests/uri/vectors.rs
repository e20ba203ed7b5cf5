//! URIs and the options that stand for them, both ways.

use coap_codec::uri::{self, Destination, Host, Scheme, Uri, UriEncodeError, WEBSOCKET_PATH};
use coap_codec::{Code, EncodeError, MessageMut, OptionNumber, Token, Type};

use crate::{List, options, with_options};

const HOST: OptionNumber = OptionNumber::URI_HOST;
const PORT: OptionNumber = OptionNumber::URI_PORT;
const PATH: OptionNumber = OptionNumber::URI_PATH;
const QUERY: OptionNumber = OptionNumber::URI_QUERY;

fn to(address: &str, port: u16) -> Destination<'static> {
    Destination::new(address.parse().unwrap(), port)
}

fn list(options: &[(OptionNumber, &[u8])]) -> List {
    options.iter().map(|(number, value)| (*number, value.to_vec())).collect()
}

fn composed(scheme: Scheme, list: &List, destination: &Destination<'_>) -> String {
    with_options(list, |options| {
        let len = uri::encoded_len(scheme, options, destination).unwrap();
        let mut buffer = vec![0; len];
        assert_eq!(uri::encode(scheme, options, destination, &mut buffer), Ok(len));
        String::from_utf8(buffer).unwrap()
    })
}

/// A URI in normal form, where it goes, its options.
type Vector = (&'static str, Destination<'static>, &'static [(OptionNumber, &'static [u8])]);

fn vectors() -> Vec<Vector> {
    let two = || to("2001:db8::2:1", 5683);
    vec![
        // What everybody writes.
        (
            "coap://myhome.in/nest_bedroom/temp",
            two(),
            &[(HOST, b"myhome.in"), (PATH, b"nest_bedroom"), (PATH, b"temp")],
        ),
        // RFC 7252 appendix B, all five; of the last see below.
        ("coap://[2001:db8::2:1]/", two(), &[]),
        ("coap://example.net/", two(), &[(HOST, b"example.net")]),
        (
            "coap://example.net/.well-known/core",
            two(),
            &[(HOST, b"example.net"), (PATH, b".well-known"), (PATH, b"core")],
        ),
        (
            "coap://xn--18j4d.example/%E3%81%93%E3%82%93%E3%81%AB%E3%81%A1%E3%81%AF",
            two(),
            &[
                (HOST, b"xn--18j4d.example"),
                (PATH, b"\xE3\x81\x93\xE3\x82\x93\xE3\x81\xAB\xE3\x81\xA1\xE3\x81\xAF"),
            ],
        ),
        (
            "coap://198.51.100.1:61616//%2F//?//&?%26",
            to("198.51.100.1", 61616),
            &[(PATH, b""), (PATH, b"/"), (PATH, b""), (PATH, b""), (QUERY, b"//"), (QUERY, b"?&")],
        ),
        // RFC 8323 figures 15 and 16.
        (
            "coap+ws://example.org/sensors/temperature?u=Cel",
            Destination::named("example.org", 80),
            &[(PATH, b"sensors"), (PATH, b"temperature"), (QUERY, b"u=Cel")],
        ),
        ("coaps+ws://example.org/", Destination::named("Example.ORG", 443), &[]),
        // TLS: the host is the one of Server Name Indication, or it is not.
        ("coaps+tcp://example.org/a", Destination::named("example.org", 5684), &[(PATH, b"a")]),
        (
            "coaps+tcp://other.example/a",
            Destination::named("example.org", 5684),
            &[(HOST, b"other.example"), (PATH, b"a")],
        ),
        // Ports: the default one, another, one that is not where the request goes.
        ("coap+tcp://192.0.2.1/", to("192.0.2.1", 5683), &[]),
        ("coaps://192.0.2.1/", to("192.0.2.1", 5684), &[]),
        ("coap://192.0.2.1:5684/", to("192.0.2.1", 5684), &[]),
        ("coap://192.0.2.1:61616/", to("192.0.2.1", 5683), &[(PORT, b"\xF0\xB0")]),
        ("coap://192.0.2.1/", to("192.0.2.1", 61616), &[(PORT, b"\x16\x33")]),
        ("coap://192.0.2.1:0/", to("192.0.2.1", 5683), &[(PORT, b"")]),
        ("coap://192.0.2.1:65535/", to("192.0.2.1", 65535), &[]),
        // An address that is not where the request goes is a Uri-Host.
        ("coap://192.0.2.9/", to("192.0.2.1", 5683), &[(HOST, b"192.0.2.9")]),
        ("coap://[2001:db8::9]/", to("192.0.2.1", 5683), &[(HOST, b"[2001:db8::9]")]),
        // Four numbers that are no address are a name.
        ("coap://192.0.2.256/", to("192.0.2.1", 5683), &[(HOST, b"192.0.2.256")]),
        ("coap://192.0.2.01/", to("192.0.2.1", 5683), &[(HOST, b"192.0.2.01")]),
        // All characters that are not encoded in a segment and in an argument, and some that are.
        (
            "coap://h/aZ09-._~!$&'()*+,;=:@%3F%23%25%20%00?aZ09-._~!$'()*+,;=:@/?%26%23%25%20%7F",
            to("192.0.2.1", 5683),
            &[
                (HOST, b"h"),
                (PATH, b"aZ09-._~!$&'()*+,;=:@?#% \0"),
                (QUERY, b"aZ09-._~!$'()*+,;=:@/?&#% \x7F"),
            ],
        ),
        // Bytes that are no UTF-8 go through.
        ("coap://h/%FF?%80", to("::1", 5683), &[(HOST, b"h"), (PATH, b"\xFF"), (QUERY, b"\x80")]),
        ("coap://%C3%BC.example/", to("::1", 5683), &[(HOST, b"\xC3\xBC.example")]),
        // Empty segments and arguments.
        ("coap://h//", to("::1", 5683), &[(HOST, b"h"), (PATH, b""), (PATH, b"")]),
        ("coap://h/a/", to("::1", 5683), &[(HOST, b"h"), (PATH, b"a"), (PATH, b"")]),
        ("coap://h/?", to("::1", 5683), &[(HOST, b"h"), (QUERY, b"")]),
        ("coap://h/?&", to("::1", 5683), &[(HOST, b"h"), (QUERY, b""), (QUERY, b"")]),
        ("coap://h/...", to("::1", 5683), &[(HOST, b"h"), (PATH, b"...")]),
    ]
}

#[test]
fn takes_uris_apart_and_puts_them_together() {
    for (text, destination, wanted) in vectors() {
        let uri = Uri::new(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(uri.as_str(), text);
        let found = options(&uri, &destination);
        assert_eq!(found, list(wanted), "{text}");
        assert_eq!(composed(uri.scheme(), &found, &destination), text);
    }
}

/// RFC 7252 appendix B prints `%2F` in the query of its last example, but section 6.5 step 8 leaves a
/// slash there as it is. The steps decide; both are equivalent.
#[test]
fn takes_the_query_of_the_last_example_apart() {
    let printed = Uri::from_static("coap://198.51.100.1:61616//%2F//?%2F%2F&?%26");
    let composed = Uri::from_static("coap://198.51.100.1:61616//%2F//?//&?%26");
    assert!(printed.is_equivalent(&composed));
}

#[test]
fn gives_the_parts_of_the_golden_uri() {
    let uri = Uri::from_static("coap://myhome.in:5683/nest_bedroom/temp");
    assert_eq!((uri.scheme(), uri.port(), uri.host_str()), (Scheme::Coap, 5683, "myhome.in"));
    assert!(matches!(uri.host(), Host::Name(name) if name == "myhome.in"));
    let segments: Vec<_> = uri.path().map(|segment| segment.as_str()).collect();
    assert_eq!(segments, ["nest_bedroom", "temp"]);
    assert_eq!(uri.query().count(), 0);
    let found = options(&uri, &to("192.0.2.1", 5683));
    assert_eq!(found, list(&[(HOST, b"myhome.in"), (PATH, b"nest_bedroom"), (PATH, b"temp")]));
}

/// RFC 7252 section 6.3.
#[test]
fn equivalent_uris_have_the_same_options() {
    for class in [
        &[
            "coap://example.com:5683/~sensors/temp.xml",
            "coap://EXAMPLE.com/%7Esensors/temp.xml",
            "coap://EXAMPLE.com:/%7esensors/temp.xml",
            "COAP://%45xample.com:05683/a/../~sensors/./temp.xml",
        ][..],
        &["coap://h", "coap://h/", "coap://h:/", "coap://h:5683", "coap://h/.", "coap://h/a/.."],
        &["coap://[2001:db8::1]/", "coap://[2001:DB8:0:0::0.0.0.1]", "coap://[2001:0db8::0001]"],
        &["coaps://h/a%2Fb", "coaps://h:5684/%61%2fb", "coaps://h/x/../a%2Fb"],
        &["coap+tcp://h/?a&b", "coap+tcp://h?%61&b"],
        &["coap://h/?"],
        &["coap://h//"],
        &["coap://192.0.2.1/a"],
        &["coap://192.0.2.2/a"],
        &["coap://h/A"],
    ] {
        let destination = to("192.0.2.77", 5683);
        for text in class {
            let uri = Uri::new(text).unwrap();
            let first = Uri::new(class[0]).unwrap();
            assert!(uri.is_equivalent(&first) && first.is_equivalent(&uri), "{text}");
            if !text.contains('[') {
                assert_eq!(options(&uri, &destination), options(&first, &destination), "{text}");
            }
            for (other, _, _) in vectors() {
                let other = Uri::new(other).unwrap();
                assert_eq!(other.is_equivalent(&uri), uri.is_equivalent(&other));
            }
        }
    }
    for (one, other) in [
        ("coap://h/a", "coaps://h/a"),
        ("coap://h/a", "coap+tcp://h/a"),
        ("coap://h/a", "coap://h:1/a"),
        ("coap://h/a", "coap://i/a"),
        ("coap://h/a", "coap://h/A"),
        ("coap://h/a", "coap://h/a/"),
        ("coap://h/a%2Fb", "coap://h/a/b"),
        ("coap://h/?a%26b", "coap://h/?a&b"),
        ("coap://h/", "coap://h/?"),
        ("coap://192.0.2.1/", "coap://192.0.2.01/"),
    ] {
        assert!(!Uri::new(one).unwrap().is_equivalent(&Uri::new(other).unwrap()), "{one} {other}");
    }
}

/// RFC 3986 section 5.2.4, and that an encoded dot is a dot.
/// RFC 3986 section 6.2.2.2: an address with percent-encodings is an address.
#[test]
fn an_encoded_address_is_an_address() {
    for text in ["coap://%31.2.3.4/", "coap://1%2E2.3.%34/", "coap://%31%2e%32%2e%33%2e%34"] {
        let uri = Uri::new(text).unwrap();
        assert_eq!(uri.host(), Host::Address([1, 2, 3, 4].into()), "{text}");
        assert!(uri.is_equivalent(&Uri::new("coap://1.2.3.4").unwrap()));
    }
    for name in ["coap://%31.2.3.4.5/", "coap://%31.2.3/", "coap://1.2.3.04/"] {
        assert!(matches!(Uri::new(name).unwrap().host(), Host::Name(_)), "{name}");
    }
}

#[test]
fn resolves_dot_segments() {
    for (path, wanted) in [
        ("/a/b/c/./../../g", &["a", "g"][..]),
        ("/mid/content=5/../6", &["mid", "6"]),
        ("/.", &[]),
        ("/..", &[]),
        ("/../../a", &["a"]),
        ("/a/..", &[]),
        ("/a/../", &[]),
        ("/a/b/..", &["a", ""]),
        ("/a/b/.", &["a", "b", ""]),
        ("/a/./", &["a", ""]),
        ("/.//", &["", ""]),
        ("//..", &[]),
        ("//../a", &["a"]),
        ("/a//../b", &["a", "b"]),
        ("/%2e%2E/a/%2e/.%2e/b", &["b"]),
        ("/a/.../..b/.c", &["a", "...", "..b", ".c"]),
        ("/a/b/c/../../../d/e/..", &["d", ""]),
        ("/x/a/../b/../c", &["x", "c"]),
    ] {
        let text = format!("coap://h{path}?..&.");
        let uri = Uri::new(&text).unwrap();
        assert!(uri.path().eq(wanted.iter().map(|segment| segment.as_bytes())), "{path}");
        // A query is not resolved.
        assert!(uri.query().eq([b"..".as_slice(), b"."]));
    }
}

/// RFC 5952 section 4.
#[test]
fn writes_addresses_in_the_recommended_form() {
    for (address, wanted) in [
        ("::", "[::]"),
        ("::1", "[::1]"),
        ("2001:db8:0:0:0:0:2:1", "[2001:db8::2:1]"),
        ("2001:db8:0:1:1:1:1:1", "[2001:db8:0:1:1:1:1:1]"),
        ("2001:db8:0:0:1:0:0:1", "[2001:db8::1:0:0:1]"),
        ("2001:0:0:1:0:0:0:1", "[2001:0:0:1::1]"),
        ("fe80:0:0:0:0:0:0:0", "[fe80::]"),
        ("0:0:1:2:3:4:5:6", "[::1:2:3:4:5:6]"),
        ("ABCD:EF01:2345:6789:abcd:ef01:2345:6789", "[abcd:ef01:2345:6789:abcd:ef01:2345:6789]"),
        ("::ffff:192.0.2.1", "[::ffff:192.0.2.1]"),
        ("10.0.255.100", "10.0.255.100"),
    ] {
        let uri = composed(Scheme::Coap, &Vec::new(), &to(address, 5683));
        assert_eq!(uri, format!("coap://{wanted}/"));
        assert_eq!(options(&Uri::new(&uri).unwrap(), &to(address, 5683)), []);
    }
}

#[test]
fn knows_the_schemes() {
    for (name, scheme, port, secure) in [
        ("coap", Scheme::Coap, 5683, false),
        ("coaps", Scheme::Coaps, 5684, true),
        ("coap+tcp", Scheme::CoapTcp, 5683, false),
        ("coaps+tcp", Scheme::CoapsTcp, 5684, true),
        ("coap+ws", Scheme::CoapWs, 80, false),
        ("coaps+ws", Scheme::CoapsWs, 443, true),
    ] {
        let (text, upper) = (format!("{name}://h"), format!("{}://h", name.to_uppercase()));
        let uri = Uri::new(&text).unwrap();
        assert_eq!((uri.scheme(), uri.port(), scheme.is_secure()), (scheme, port, secure));
        assert_eq!(Uri::new(&upper).unwrap().scheme(), scheme);
        assert_eq!(scheme.to_string(), name);
        let h = Destination::named("h", port);
        assert_eq!(composed(scheme, &Vec::new(), &h), format!("{name}://h/"));
    }
    assert_eq!(WEBSOCKET_PATH, "/.well-known/coap");
}

#[test]
fn every_short_buffer_says_how_much_is_needed() {
    for (text, destination, wanted) in vectors() {
        let (uri, list) = (Uri::new(text).unwrap(), list(wanted));
        for room in 0..text.len() {
            let mut buffer = vec![0; room];
            let result = with_options(&list, |options| {
                uri::encode(uri.scheme(), options, &destination, &mut buffer)
            });
            let needed = text.len();
            assert_eq!(result, Err(UriEncodeError::BufferTooSmall { needed }));
        }
    }
}

#[test]
fn puts_a_uri_in_the_place_of_another_in_a_message() {
    let destination = to("192.0.2.1", 5683);
    for (text, _, _) in vectors() {
        let uri = Uri::new(text).unwrap();
        let wanted = options(&uri, &destination);
        let mut buffer = [0; 300];
        let mut get =
            MessageMut::new(&mut buffer, Type::Confirmable, Code::GET, 1, Token::EMPTY).unwrap();
        get.insert(OptionNumber::OBSERVE, b"").unwrap();
        get.insert(OptionNumber::CONTENT_FORMAT, b"").unwrap();
        get.insert(OptionNumber::ECHO, b"echo").unwrap();
        let without = get.as_bytes().to_vec();
        Uri::from_static("coap://old:1/old/path?old")
            .write_options(&mut get, &destination)
            .unwrap();
        uri.write_options(&mut get, &destination).unwrap();
        let is_uri = |number| [HOST, PORT, PATH, QUERY].contains(&number);
        let all = get.message().options.iter();
        let found: List =
            all.filter(|o| is_uri(o.number)).map(|o| (o.number, o.value.to_vec())).collect();
        assert_eq!(found, wanted, "{text}");

        // Every room that is too short leaves the message without a URI.
        let len = get.len();
        for room in without.len()..len {
            let mut buffer = vec![0; room];
            buffer[..without.len()].copy_from_slice(&without);
            let codec = coap_codec::Codec::new();
            let mut short = MessageMut::open(&codec, &mut buffer, without.len()).unwrap();
            let Err(EncodeError::BufferTooSmall { needed }) =
                uri.write_options(&mut short, &destination)
            else {
                panic!("{text} fits into {room} of {len} bytes");
            };
            assert!(room < needed && needed <= len);
            assert_eq!(short.as_bytes(), without);
        }
    }
}
