//! Texts that are no CoAP URI, and options that no URI stands for: kind, place and rule of each.

use coap_codec::OptionNumber;
use coap_codec::uri::{self, Destination, Scheme, Uri, UriEncodeError, UriErrorKind as Kind};

use crate::with_options;

/// A `^` marks the byte, which is the offset; it is not part of the text.
#[test]
fn refuses_what_is_no_coap_uri() {
    for (marked, kind) in [
        ("^", Kind::NotAbsolute),
        ("coap^", Kind::NotAbsolute),
        ("^/path", Kind::NotAbsolute),
        ("^//host/path", Kind::NotAbsolute),
        ("co^_ap://h", Kind::NotAbsolute),
        ("^ coap://h", Kind::NotAbsolute),
        ("^:", Kind::Scheme),
        ("^http://h/", Kind::Scheme),
        ("^coapx://h/", Kind::Scheme),
        ("^coa://h/", Kind::Scheme),
        ("^coap+udp://h/", Kind::Scheme),
        ("^coaps+://h/", Kind::Scheme),
        ("coap:^", Kind::Authority),
        ("coap:^/h", Kind::Authority),
        ("coap:^h", Kind::Authority),
        ("coap:^?q", Kind::Authority),
        ("coap://^user@h/", Kind::UserInfo),
        ("coap://^user:password@h/", Kind::UserInfo),
        ("coap://^@h/", Kind::UserInfo),
        ("coap://^%zz@h/", Kind::UserInfo),
        ("coap://^", Kind::EmptyHost),
        ("coap://^/", Kind::EmptyHost),
        ("coap://^:5683/", Kind::EmptyHost),
        ("coap://^?q", Kind::EmptyHost),
        ("coap://^#f", Kind::EmptyHost),
        ("coap://^ h/", Kind::Host),
        ("coap://h^ /", Kind::Host),
        ("coap://h^\u{fc}/", Kind::Host),
        ("coap://h^[1]/", Kind::Host),
        ("coap://h^|", Kind::Host),
        ("coap://[::1]^x/", Kind::Host),
        // A name that would be an address as a Uri-Host.
        ("coap://^%5B%3A%3A1%5D/", Kind::Host),
        ("coap://^%5b/", Kind::Host),
        // IPv6, RFC 3986 section 3.2.2.
        ("coap://[^]/", Kind::IpLiteral),
        ("coap://[^:]/", Kind::IpLiteral),
        ("coap://[^:::]/", Kind::IpLiteral),
        ("coap://[^::1::]/", Kind::IpLiteral),
        ("coap://[^1:2:3:4:5:6:7]/", Kind::IpLiteral),
        ("coap://[^1:2:3:4:5:6:7:8:9]/", Kind::IpLiteral),
        ("coap://[^1:2:3:4::5:6:7:8]/", Kind::IpLiteral),
        ("coap://[^::1:2:3:4:5:6:7:8]/", Kind::IpLiteral),
        ("coap://[^1:2:3:4:5:6:7:8::]/", Kind::IpLiteral),
        ("coap://[^1:2:3:4:5:6:7:]/", Kind::IpLiteral),
        ("coap://[^:1:2:3:4:5:6:7]/", Kind::IpLiteral),
        ("coap://[^12345::]/", Kind::IpLiteral),
        ("coap://[^::1:]/", Kind::IpLiteral),
        ("coap://[^::1.2.3]/", Kind::IpLiteral),
        ("coap://[^::1.2.3.256]/", Kind::IpLiteral),
        ("coap://[^::1.2.3.04]/", Kind::IpLiteral),
        ("coap://[^::1.2.3.4:5]/", Kind::IpLiteral),
        ("coap://[^1.2.3.4]/", Kind::IpLiteral),
        ("coap://[^1:2:3:4:5:6:7:1.2.3.4]/", Kind::IpLiteral),
        ("coap://[::1^", Kind::IpLiteral),
        ("coap://[::1^/", Kind::IpLiteral),
        ("coap://[::^g]/", Kind::IpLiteral),
        ("coap://[fe80::1^%25eth0]/", Kind::ZoneId),
        ("coap://[fe80::1^%eth0]/", Kind::ZoneId),
        ("coap://[^v1.fe80::a]/", Kind::IpFuture),
        ("coap://[^V7.:]/", Kind::IpFuture),
        // Ports.
        ("coap://h:^a/", Kind::Port),
        ("coap://h:56^+83/", Kind::Port),
        ("coap://h:^-1/", Kind::Port),
        ("coap://h:5683^ /", Kind::Port),
        ("coap://h:5683^:/", Kind::Port),
        ("coap://h:^%35/", Kind::Port),
        ("coap://h:^65536/", Kind::PortRange),
        ("coap://h:^4294972979/", Kind::PortRange),
        ("coap://h:^99999999999999999999999/", Kind::PortRange),
        // Characters.
        ("coap://h/a^ b", Kind::Path),
        ("coap://h/a^[", Kind::Path),
        ("coap://h/^\\", Kind::Path),
        ("coap://h/^\u{e9}", Kind::Path),
        ("coap://h/a^\0", Kind::Path),
        ("coap://h/?a^ b", Kind::Query),
        ("coap://h/?^\"", Kind::Query),
        ("coap://h?a^^", Kind::Query),
        ("coap://h^#", Kind::Fragment),
        ("coap://h/a^#b", Kind::Fragment),
        ("coap://h/?a^#b", Kind::Fragment),
        ("coap://h:1^#b", Kind::Fragment),
        // Percent-encoding.
        ("coap://h/^%", Kind::Percent),
        ("coap://h/^%A", Kind::Percent),
        ("coap://h/^%A/b", Kind::Percent),
        ("coap://h/^%G0", Kind::Percent),
        ("coap://h/^%0G", Kind::Percent),
        ("coap://h/^%%20", Kind::Percent),
        ("coap://h/^%+1", Kind::Percent),
        ("coap://h?a=^%4", Kind::Percent),
        ("coap://^%4", Kind::Percent),
        ("coap://a^%iface/", Kind::Percent),
    ] {
        let offset = marked.find('^').unwrap();
        let text = format!("{}{}", &marked[..offset], &marked[offset + 1..]);
        let error = Uri::new(&text).expect_err(&text);
        assert_eq!((error.kind, error.offset as usize), (kind, offset), "{text}");
        assert!(error.rule().starts_with("RFC "));
        assert_eq!(error.to_string(), format!("{kind} at byte {offset}"));
    }
}

#[test]
fn refuses_what_is_longer_than_an_option() {
    let (full, long) = ("a".repeat(255), "a".repeat(256));
    let encoded = "%61".repeat(255);
    for part in [&full, &encoded] {
        for text in [
            format!("coap://{part}/"),
            format!("coap://h/x/{part}/y?z"),
            format!("coap://h/x?y&{part}&z"),
        ] {
            assert_eq!(Uri::new(&text).map(|_| ()), Ok(()));
        }
    }
    for part in [long, format!("{encoded}b")] {
        for (text, kind, offset) in [
            (format!("coap://{part}/"), Kind::HostLength, 7),
            (format!("coap://h/x/{part}/y?z"), Kind::SegmentLength, 11),
            (format!("coap://h/{part}"), Kind::SegmentLength, 9),
            (format!("coap://h/x?y&{part}&z"), Kind::ArgumentLength, 13),
            (format!("coap://h?{part}"), Kind::ArgumentLength, 9),
        ] {
            let error = Uri::new(&text).unwrap_err();
            assert_eq!((error.kind, error.offset), (kind, offset), "{text}");
        }
    }
}

#[test]
fn refuses_more_than_32_dot_dots() {
    for dots in ["/..", "/%2E.", "/a/../b/.%2e"] {
        let one = dots.matches("..").count() + usize::from(dots.contains('%'));
        let most = format!("coap://h{}", dots.repeat(uri::MAX_DOTS / one));
        assert!(Uri::new(&most).is_ok());
        let error = Uri::new(&format!("{most}/..")).unwrap_err();
        assert_eq!((error.kind, error.offset), (Kind::Dots, 8));
    }
    // Not those in a query, and not what only looks like it.
    let others = format!("coap://h{}?{}", "/...".repeat(100), "../".repeat(80));
    assert!(Uri::new(&others).is_ok());
}

/// What looks far ahead and finds a `..` there: in a debug build, a walk that took time with the square
/// of the length would go on for minutes.
#[test]
fn walks_along_hostile_paths_in_time() {
    let far = format!("coap://h/{}..", "a/".repeat(200_000));
    assert_eq!(Uri::new(&far).unwrap().path().count(), 200_000);
    let spread = format!("coap://h/{}{}", "a/../b/".repeat(16), "a/".repeat(200_000));
    let spread = format!("{spread}{}", "../".repeat(16));
    assert_eq!(Uri::new(&spread).unwrap().path().count(), 200_000 + 16 - 16 + 1);
}

#[test]
fn refuses_bytes_that_are_no_ascii() {
    assert_eq!(Uri::decode(b"coap://h/\xFF").unwrap_err().kind, Kind::Path);
    assert_eq!(Uri::decode(b"\xFFcoap://h/").unwrap_err().kind, Kind::NotAbsolute);
}

#[test]
fn refuses_options_that_no_uri_stands_for() {
    let long = [b'a'; 256];
    let [host, port] = [OptionNumber::URI_HOST, OptionNumber::URI_PORT];
    let [path, query] = [OptionNumber::URI_PATH, OptionNumber::URI_QUERY];
    for (options, kind) in [
        (&[(host, &b""[..])][..], Kind::EmptyHost),
        (&[(host, &long)], Kind::HostLength),
        (&[(host, b"a b")], Kind::Host),
        (&[(host, b"a/b")], Kind::Host),
        (&[(host, b"a:1")], Kind::Host),
        (&[(host, b"user@h")], Kind::Host),
        (&[(host, b"a%41")], Kind::Host),
        (&[(host, b"[::1")], Kind::Host),
        (&[(host, b"::1")], Kind::Host),
        (&[(host, b"[::1]:1")], Kind::Host),
        (&[(host, b"[fe80::1%eth0]")], Kind::Host),
        (&[(host, b"a"), (host, b"a")], Kind::Repeated),
        (&[(port, b"\0\x16\x33")], Kind::PortLength),
        (&[(port, b"\x16"), (port, b"\x16")], Kind::Repeated),
        (&[(path, b".")], Kind::DotSegment),
        (&[(path, b"a"), (path, b"..")], Kind::DotSegment),
        (&[(path, &long)], Kind::SegmentLength),
        (&[(query, &long)], Kind::ArgumentLength),
    ] {
        let list = options.iter().map(|(number, value)| (*number, value.to_vec())).collect();
        let to = Destination::new([192, 0, 2, 1].into(), 5683);
        with_options(&list, |options| {
            let wanted = UriEncodeError::Invalid(kind);
            for room in [0, 400] {
                let mut buffer = vec![0; room];
                let result = uri::encode(Scheme::Coap, options, &to, &mut buffer);
                assert_eq!(result, Err(wanted), "{list:?}");
            }
            assert_eq!(uri::encoded_len(Scheme::Coap, options, &to), Err(wanted));
        });
    }
    // A name that the connection was opened with is looked at alike.
    let result = uri::encoded_len(
        Scheme::CoapWs,
        &coap_codec::Options::EMPTY,
        &Destination::named("a b", 80),
    );
    assert_eq!(result, Err(UriEncodeError::Invalid(Kind::Host)));
}
