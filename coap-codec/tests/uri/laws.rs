//! What holds for all URIs and all options.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use coap_codec::OptionNumber;
use coap_codec::uri::{self, Destination, Host, Scheme, Uri, UriEncodeError};
use proptest::prelude::*;

use crate::{List, options, oracle, with_options};

fn scheme() -> impl Strategy<Value = Scheme> {
    prop::sample::select(vec![
        Scheme::Coap,
        Scheme::Coaps,
        Scheme::CoapTcp,
        Scheme::CoapsTcp,
        Scheme::CoapWs,
        Scheme::CoapsWs,
    ])
}

fn address() -> impl Strategy<Value = IpAddr> {
    // Few and many zeros.
    let groups = prop::array::uniform8(prop_oneof![Just(0_u16), any::<u16>()]);
    prop_oneof![
        any::<[u8; 4]>().prop_map(IpAddr::from),
        groups.prop_map(|groups| IpAddr::V6(Ipv6Addr::from(groups))),
        any::<[u8; 4]>().prop_map(|v4| IpAddr::V6(Ipv4Addr::from(v4).to_ipv6_mapped())),
    ]
}

fn port() -> impl Strategy<Value = u16> {
    prop_oneof![prop::sample::select(vec![0, 80, 443, 5683, 5684]), any::<u16>()]
}

fn value() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        prop::collection::vec(any::<u8>(), 0..12),
        "[a./&?%]{0,4}".prop_map(String::into_bytes),
        prop::collection::vec(any::<u8>(), 250..256),
    ]
}

/// Options that a URI stands for.
fn request() -> impl Strategy<Value = List> {
    let host = prop_oneof![
        "[a-z0-9._~!$&'()*+,;=-]{1,20}".prop_map(String::into_bytes),
        "[a-zü]{1,8}".prop_map(String::into_bytes),
        any::<u128>().prop_map(|bits| format!("[{}]", Ipv6Addr::from_bits(bits)).into_bytes()),
    ];
    let path = prop::collection::vec(value(), 0..6)
        .prop_filter("no dot segments", |path| !path.iter().any(|s| s == b"." || s == b".."))
        // RFC 7252 section 6.5 step 7: this path and none have the same URI.
        .prop_filter("not one empty segment", |path| path.as_slice() != [[]]);
    let query = prop::collection::vec(value(), 0..4);
    (prop::option::of(host), prop::option::of(port()), path, query).prop_map(
        |(host, port, path, query)| {
            let mut list: List = Vec::new();
            list.extend(host.map(|host| (OptionNumber::URI_HOST, host)));
            list.extend(port.map(|port| {
                let uint = coap_codec::Uint::new(port.into());
                (OptionNumber::URI_PORT, uint.as_bytes().to_vec())
            }));
            list.extend(path.into_iter().map(|segment| (OptionNumber::URI_PATH, segment)));
            list.extend(query.into_iter().map(|argument| (OptionNumber::URI_QUERY, argument)));
            list
        },
    )
}

fn compose(scheme: Scheme, list: &List, to: &Destination<'_>) -> Result<String, UriEncodeError> {
    with_options(list, |options| {
        let len = uri::encoded_len(scheme, options, to)?;
        let mut buffer = vec![0; len];
        assert_eq!(uri::encode(scheme, options, to, &mut buffer), Ok(len));
        Ok(String::from_utf8(buffer).unwrap())
    })
}

/// Texts that are often URIs, and nearly so.
fn text() -> impl Strategy<Value = String> {
    let host = prop_oneof![
        "[a-zA-Z0-9.]{0,6}",
        "[0-9]{1,3}(\\.[0-9]{1,3}){2,4}",
        "\\[[0-9a-f:.]{0,12}\\]",
        "\\[(::)?[0-9a-f]{1,4}(:[0-9a-f]{1,5}){0,7}(::)?(:[0-9]{1,3}(\\.[0-9]{1,3}){3})?\\]",
        "(%[0-9A-Fa-f]{2}|[A-Z]){1,5}",
        "[ -~]{0,5}",
    ];
    let path = prop_oneof![
        "(/(\\.|\\.\\.|%2e|%2E\\.|[a-c]|)){0,10}",
        "(/[ -~]{0,5}){0,4}",
        "(/(%[0-9a-fA-F]{0,2}|[a-z:@]){0,4}){0,3}",
    ];
    (
        "(coaps?|COAP)(\\+tcp|\\+ws|\\+Tcp)?|[a-z]{0,4}",
        "://|:/|:|",
        host,
        "(:[0-9]{0,6})?",
        path,
        "(\\?[a-z&=%0-9./?]{0,8})?(#)?",
    )
        .prop_map(|(scheme, slashes, host, port, path, query)| {
            format!("{scheme}{slashes}{host}{port}{path}{query}")
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn options_come_back_from_the_uri_that_they_make(
        list in request(),
        scheme in scheme(),
        address in address(),
        port in port(),
    ) {
        let to = Destination::new(address, port);
        let text = compose(scheme, &list, &to).unwrap();
        let uri = Uri::new(&text).unwrap();
        // Where the options say what is said without them, they do not come back.
        let mut wanted = list;
        wanted.retain(|(number, value)| match *number {
            OptionNumber::URI_HOST => match uri.host() {
                Host::Address(host) => host != address,
                Host::Name(_) => true,
            },
            OptionNumber::URI_PORT => *value != coap_codec::Uint::new(port.into()).as_bytes(),
            _ => true,
        });
        prop_assert_eq!(options(&uri, &to), wanted.clone(), "{}", text);
        prop_assert_eq!(compose(scheme, &wanted, &to), Ok(text));
    }

    #[test]
    fn agrees_with_the_oracle(text in text(), address in address(), port in port()) {
        let to = Destination::new(address, port);
        let ours = Uri::new(&text).ok().map(|uri| options(&uri, &to));
        prop_assert_eq!(ours, oracle::options(&text, address, port), "{}", text);
    }

    #[test]
    fn parses_addresses_as_the_standard_library_does(
        literal in "(::)?[0-9a-f]{1,5}(:[0-9a-f]{1,5}){0,8}(::[0-9a-f]{0,2})?|[0-9a-f:.]{0,20}|(::|1:){0,5}[0-9]{1,3}(\\.[0-9]{1,3}){3}",
    ) {
        let text = format!("coap://[{literal}]");
        let ours = Uri::new(&text).ok().map(|uri| uri.host());
        let wanted = literal.parse().ok().map(|v6| Host::Address(IpAddr::V6(v6)));
        prop_assert_eq!(ours, wanted, "{}", literal);
    }

    #[test]
    fn a_uri_that_was_taken_apart_is_equivalent_to_the_one_put_together(
        text in text(),
        address in address(),
    ) {
        if let Ok(uri) = Uri::new(&text) {
            let to = Destination::new(address, 5683);
            match compose(uri.scheme(), &options(&uri, &to), &to) {
                Ok(normal) => {
                    let normal = Uri::new(&normal).unwrap();
                    prop_assert!(normal.is_equivalent(&uri), "{uri:?} {normal:?}");
                    // The normal form of a normal form is itself.
                    let again = compose(uri.scheme(), &options(&normal, &to), &to);
                    prop_assert_eq!(again, Ok(normal.as_str().to_owned()));
                }
                // A host such as `a%2Fb` has a Uri-Host, and that has no URI: section 6.5 step 2.
                Err(error) => {
                    prop_assert_eq!(error, UriEncodeError::Invalid(uri::UriErrorKind::Host));
                    prop_assert!(uri.host_str().contains('%'));
                }
            }
        }
    }

    #[test]
    fn errors_lie_within_the_text(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
        if let Err(error) = Uri::decode(&bytes) {
            prop_assert!(error.offset as usize <= bytes.len());
        }
    }
}

/// Every path over a small alphabet, beside the oracle.
#[test]
fn all_short_paths_resolve_as_the_oracle_says() {
    let address = IpAddr::from([192, 0, 2, 1]);
    let to = Destination::new(address, 5683);
    let alphabet = ['/', '.', 'a', '?'];
    for len in 0..8_u32 {
        for number in 0..4_usize.pow(len) {
            let digits = (0..len).map(|digit| number / 4_usize.pow(digit) % 4);
            let tail: String = digits.map(|digit| alphabet[digit]).collect();
            let text = format!("coap://h/{tail}");
            let ours = options(&Uri::new(&text).unwrap(), &to);
            assert_eq!(Some(ours), oracle::options(&text, address, 5683), "{text}");
        }
    }
}
