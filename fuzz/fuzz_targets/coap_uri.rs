//! A destination of six bytes, then a text: as a URI it has the options that a naive oracle says, and
//! is equivalent to the one that these make. Then the text as options, one a line: the URI that they
//! make has these options.

#![no_main]

use std::net::IpAddr;

use coap_codec::uri::{self, Destination, Scheme, Uri, UriEncodeError, UriErrorKind};
use coap_codec::{CoapOption, OptionNumber, Options};
use libfuzzer_sys::fuzz_target;

#[path = "../../coap-codec/tests/uri/oracle.rs"]
mod oracle;

type List = Vec<(OptionNumber, Vec<u8>)>;

fuzz_target!(|data: &[u8]| {
    let Some((head, text)) = data.split_first_chunk::<6>() else { return };
    let [a, b, c, d, high, low] = *head;
    let (address, port) = (IpAddr::from([a, b, c, d]), u16::from_be_bytes([high, low]));
    let to = Destination::new(address, port);
    apart(text, address, port, &to);
    together(text, &to);
});

fn apart(text: &[u8], address: IpAddr, port: u16, to: &Destination<'_>) {
    let decoded = Uri::decode(text);
    if let Err(error) = decoded {
        assert!(error.offset as usize <= text.len());
        assert!(error.rule().starts_with("RFC "));
    }
    let Ok(text) = str::from_utf8(text) else { return };
    assert_eq!(Uri::new(text), decoded);
    let found = decoded.ok().map(|uri| options(&uri, to));
    assert_eq!(found, oracle::options(text, address, port), "{text}");
    let (Ok(uri), Some(list)) = (decoded, found) else { return };
    assert_eq!(uri.as_str(), text);
    match composed(uri.scheme(), &list, to) {
        Ok(normal) => {
            let normal = Uri::new(&normal).unwrap();
            assert!(normal.is_equivalent(&uri) && uri.is_equivalent(&normal), "{uri:?} {normal:?}");
            let again = composed(uri.scheme(), &options(&normal, to), to);
            assert_eq!(again.as_deref(), Ok(normal.as_str()));
        }
        Err(error) => {
            // A host such as `a%2Fb` has a Uri-Host, but that has no URI.
            assert_eq!(error, UriEncodeError::Invalid(UriErrorKind::Host));
            assert!(uri.host_str().contains('%'));
        }
    }
}

fn together(text: &[u8], to: &Destination<'_>) {
    let numbers = [
        OptionNumber::URI_HOST,
        OptionNumber::URI_PORT,
        OptionNumber::URI_PATH,
        OptionNumber::URI_QUERY,
    ];
    let mut list: List = text
        .split(|byte| *byte == b'\n')
        .filter_map(|line| {
            let (kind, value) = line.split_first()?;
            Some((numbers[usize::from(*kind) % 4], value.to_vec()))
        })
        .collect();
    list.sort_by_key(|option| option.0);
    let schemes = [Scheme::Coap, Scheme::Coaps, Scheme::CoapTcp, Scheme::CoapsWs];
    let scheme = schemes[text.len() % 4];
    let Ok(made) = composed(scheme, &list, to) else { return };
    let uri = Uri::new(&made).unwrap_or_else(|error| panic!("{error}: {made}"));
    assert_eq!(uri.scheme(), scheme);
    // What it says is made into the same URI again.
    assert_eq!(composed(scheme, &options(&uri, to), to), Ok(made.clone()));
    // Segments and arguments arrive; one empty segment and no path are the same.
    let of = |list: &List, number| -> Vec<Vec<u8>> {
        list.iter().filter(|option| option.0 == number).map(|option| option.1.clone()).collect()
    };
    let found = options(&uri, to);
    let path = of(&list, OptionNumber::URI_PATH);
    let dots = path.iter().any(|segment| segment == b"." || segment == b"..");
    if !dots && path != [b""] {
        assert_eq!(of(&found, OptionNumber::URI_PATH), path, "{made}");
    }
    assert_eq!(of(&found, OptionNumber::URI_QUERY), of(&list, OptionNumber::URI_QUERY), "{made}");
}

fn composed(scheme: Scheme, list: &List, to: &Destination<'_>) -> Result<String, UriEncodeError> {
    let values: Vec<_> = list.iter().map(|(n, value)| CoapOption::new(*n, value)).collect();
    let options = Options::new(&values);
    let needed = uri::encoded_len(scheme, &options, to);
    let len = needed?;
    let mut buffer = vec![0; len + 1];
    assert_eq!(uri::encode(scheme, &options, to, &mut buffer), needed);
    let too_small = Err(UriEncodeError::BufferTooSmall { needed: len });
    assert_eq!(uri::encode(scheme, &options, to, &mut buffer[..len - 1]), too_small);
    assert_eq!(uri::encode(scheme, &options, to, &mut buffer[..len]), needed);
    buffer.truncate(len);
    Ok(String::from_utf8(buffer).unwrap())
}

fn options(uri: &Uri<'_>, to: &Destination<'_>) -> List {
    let mut buffer = [0; 255];
    uri.options(to).map(|option| (option.number, option.value(&mut buffer).to_vec())).collect()
}
