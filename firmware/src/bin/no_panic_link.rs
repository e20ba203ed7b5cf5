//! Calls every public function of link-format with unknown input. It links only if none of them can
//! panic.

#![no_std]
#![no_main]
#![allow(clippy::unit_arg, reason = "every call stands in `keep`")]

use core::fmt::{self, Debug, Display, Write};
use firmware::{Sink, bytes, keep, number};
use link_format::{
    Attribute, AttributeIter, Attributes, BuildError, DecodeError, EncodeError, ErrorKind, Event,
    ExtValue, Link, LinkIter, LinkWriter, Links, Lookup, Matching, MatchingIter, NotANumber,
    ParameterError, ParameterErrorKind, Part, PercentDecoded, Pieces, Place, Query, Registration,
    ResolveError, Scanner, Uri, UriParts, UriReference, Value, Words, Writer,
};

#[unsafe(no_mangle)]
fn image() -> ! {
    let (mut first, mut second, mut output) = ([0; 256], [0; 256], [0; 256]);
    loop {
        let (first, second) = (bytes(&mut first), bytes(&mut second));
        let room = number() as usize;
        let output = output.get_mut(..room).unwrap_or_default();
        match keep(Links::decode(first)) {
            Ok(links) => documents(links, second, output),
            Err(error) => show_error(&error),
        }
        queries(first, second);
        let Ok(text) = core::str::from_utf8(first) else { continue };
        read(text);
        made(text, output);
        uris(text, output);
        ext_values(text, output);
    }
}

fn documents(decoded: Links<'_>, query: &[u8], output: &mut [u8]) {
    keep(const { Links::from_static("</a>;rt=b") });
    let given = [keep(const { Link::from_static("/a", &[]) })];
    for links in [decoded, keep(Links::new(&given)), keep(<Links<'_> as From<_>>::from(&given[..]))]
    {
        keep(Links::is_empty(&links));
        show(|f| keep(<Links<'_> as Debug>::fmt(&links, f)));
        keep(Links::is_limited(&links));
        keep(Links::encoded_len(&links));
        if let Err(error) = keep(Links::encode(&links, output)) {
            show(|f| keep(<EncodeError as Display>::fmt(&error, f)));
        }
        let part = keep(Links::encode_part(&links, number() as usize, output));
        keep(Part::has_more(&part));
        let other = keep(<Links<'_> as Default>::default());
        keep(<Links<'_> as PartialEq>::eq(&links, &other));
        keep(<Links<'_> as IntoIterator>::into_iter(links));
        let mut iter = keep(Links::iter(&links));
        while let Some(link) = keep(<LinkIter<'_> as Iterator>::next(&mut iter)) {
            link_of(&link, output);
        }
        keep(LinkIter::next_link(&mut iter));
        if let Ok(query) = Query::decode(query) {
            let queries = [query];
            let matching = keep(Links::matching(links, &queries));
            keep(Matching::encoded_len(&matching));
            let _ = keep(Matching::encode(&matching, output));
            keep(Matching::encode_part(&matching, number() as usize, output));
            let mut iter = keep(Matching::iter(&matching));
            while keep(<MatchingIter<'_, '_> as Iterator>::next(&mut iter)).is_some() {}
            keep(<Matching<'_, '_> as IntoIterator>::into_iter(matching));
        }
    }
}

fn link_of(link: &Link<'_>, output: &mut [u8]) {
    let target = keep(Link::target(link));
    keep(Link::with_target(*link, target));
    keep(Link::obs(link));
    keep(Link::encoded_len(link));
    let _ = keep(Link::encode(link, output));
    if let Some(Err(error)) = keep(Link::sz(link)) {
        show(|f| keep(<NotANumber as Display>::fmt(&error, f)));
    }
    for format in keep(Link::ct(link)) {
        keep(format);
    }
    for language in keep(Link::hreflang(link)) {
        keep(language);
    }
    for relation_type in keep(Link::rev(link)) {
        keep(relation_type);
    }
    for mut words in [keep(Link::rel(link)), keep(Link::rt(link)), keep(Link::if_(link))] {
        while keep(<Words<'_> as Iterator>::next(&mut words)).is_some() {}
    }
    for value in [
        keep(Link::value(link, "n")),
        keep(Link::anchor(link)),
        keep(Link::media(link)),
        keep(Link::title(link)),
        keep(Link::type_(link)),
    ] {
        keep(value);
    }
    keep(Link::title_star(link));
    attributes(keep(Link::attributes(link)), output);
    if let Ok(base) = Uri::new("coap://[2001:db8::1]/a/b") {
        let _ = keep(Link::resolve_target(link, base, output)).is_ok();
        let _ = keep(Link::resolve_context(link, base, output)).is_ok();
    }
}

fn attributes(attributes: Attributes<'_>, output: &mut [u8]) {
    keep(Attributes::first(&attributes, "rt"));
    keep(Attributes::is_empty(&attributes));
    keep(<Attributes<'_> as PartialEq>::eq(&attributes, &keep(attributes)));
    keep(<Attributes<'_> as IntoIterator>::into_iter(attributes));
    let mut iter = keep(Attributes::iter(&attributes));
    keep(AttributeIter::next_attribute(&mut iter));
    while let Some(attribute) = keep(<AttributeIter<'_> as Iterator>::next(&mut iter)) {
        keep(Attribute::name(&attribute));
        keep(Attribute::is(&attribute, "rt"));
        keep(Attribute::in_quotes(attribute));
        keep(<Attribute<'_> as PartialEq>::eq(&attribute, &keep(attribute)));
        if let Some(value) = keep(Attribute::value(&attribute)) {
            values(value, output);
        }
    }
}

fn values(value: Value<'_>, output: &mut [u8]) {
    keep(Value::as_str(&value));
    keep(Value::is_quoted(&value));
    keep(Value::is_empty(&value));
    let mut pieces = keep(Value::pieces(&value));
    show(|f| keep(<Pieces<'_> as Debug>::fmt(&pieces, f)));
    while keep(<Pieces<'_> as Iterator>::next(&mut pieces)).is_some() {}
    for character in keep(Value::chars(&value)) {
        keep(character);
    }
    let mut words = keep(Value::words(&value));
    show(|f| keep(<Words<'_> as Debug>::fmt(&words, f)));
    while keep(<Words<'_> as Iterator>::next(&mut words)).is_some() {}
    keep(<Value<'_> as PartialEq>::eq(&value, &keep(value)));
    keep(<Value<'_> as PartialEq<str>>::eq(&value, "light"));
    keep(<Value<'_> as PartialEq<&str>>::eq(&value, &"light"));
    show(|f| keep(<Value<'_> as Display>::fmt(&value, f)));
    let _ = keep(Value::copy_to(&value, output));
}

fn read(text: &str) {
    let _ = keep(Links::decode_str(text));
    let mut scanner = keep(Scanner::new(text));
    show(|f| keep(<Scanner<'_> as Debug>::fmt(&scanner, f)));
    let _ = keep(Scanner::next_event(&mut scanner));
    while let Some(Ok(event)) = keep(<Scanner<'_> as Iterator>::next(&mut scanner)) {
        if let Event::Link(target) = event {
            keep(target);
        }
    }
}

fn made(text: &str, output: &mut [u8]) {
    keep(const { Attribute::from_static("rt", "light") });
    keep(const { Attribute::flag_from_static("obs") });
    let attribute = match keep(Attribute::new("title", text)) {
        Ok(attribute) => attribute,
        Err(error) => {
            keep(BuildError::rule(&error));
            show(|f| keep(<Place as Display>::fmt(&error.place, f)));
            return show(|f| keep(<BuildError as Display>::fmt(&error, f)));
        }
    };
    let _ = keep(Attribute::new(text, "1")).is_ok();
    let Ok(flag) = keep(Attribute::flag(text)) else { return };
    let attributes = [attribute, flag];
    let Ok(link) = keep(Link::new(text, &attributes)) else { return };
    let mut writer = match number() {
        0 => keep(Writer::new(output)),
        _ => keep(Writer::from_offset(number() as usize, output)),
    };
    keep(Writer::link(&mut writer, &link));
    let mut begun = keep(Writer::begin(&mut writer, link.target()));
    let _ = keep(LinkWriter::attribute(&mut begun, attribute)).is_ok();
    keep(Writer::part(&writer));
    keep(Writer::total(&writer));
    let _ = keep(Writer::finish(writer));
}

fn uris(text: &str, output: &mut [u8]) {
    keep(const { UriReference::from_static("/a") });
    let _ = keep(<UriReference<'_> as TryFrom<&str>>::try_from(text));
    let Ok(reference) = keep(UriReference::new(text)) else { return };
    keep(UriReference::as_str(&reference));
    let parts = keep(UriReference::parts(&reference));
    show(|f| keep(<UriParts<'_> as Debug>::fmt(&parts, f)));
    for byte in keep(UriReference::ascii(&reference)) {
        keep(byte);
    }
    let _ = keep(UriReference::copy_ascii_to(&reference, output)).is_ok();
    keep(<UriReference<'_> as PartialEq<str>>::eq(&reference, "/a"));
    keep(<UriReference<'_> as PartialEq<&str>>::eq(&reference, &"/a"));
    show(|f| keep(<UriReference<'_> as Display>::fmt(&reference, f)));
    let Ok(uri) = keep(Uri::new(text)) else { return };
    keep(Uri::as_str(&uri));
    keep(Uri::as_reference(&uri));
    show(|f| keep(<Uri<'_> as Display>::fmt(&uri, f)));
    if let Err(error) = keep(Uri::resolve(&uri, reference, output)) {
        show(|f| keep(<ResolveError as Display>::fmt(&error, f)));
    }
    let _ = keep(Uri::copy_ascii_to(&uri, output)).is_ok();
}

fn ext_values(text: &str, output: &mut [u8]) {
    let _ = keep(ExtValue::encode("de", text, output)).is_ok();
    let Ok(value) = keep(ExtValue::new(text)) else { return };
    keep(ExtValue::charset(&value));
    keep(ExtValue::language(&value));
    keep(ExtValue::encoded(&value));
    let mut bytes = keep(ExtValue::bytes(&value));
    while keep(<PercentDecoded<'_> as Iterator>::next(&mut bytes)).is_some() {}
    let _ = keep(ExtValue::decode_to(&value, output)).is_ok();
}

fn queries(first: &[u8], second: &[u8]) {
    if let Ok(query) = keep(Query::decode(first)) {
        keep(Query::is_named(&query, "page"));
        show(|f| keep(<Query<'_> as Debug>::fmt(&query, f)));
        if let Ok(links) = Links::decode(second) {
            for link in links {
                keep(Query::matches(&query, &link));
                keep(Query::all_match(&[query], &link));
            }
        }
    }
    if let Ok(text) = core::str::from_utf8(first) {
        let _ = keep(Query::from_uri(text));
    }
    match keep(Registration::decode([first, second])) {
        Ok(registration) => {
            keep(Registration::lifetime_secs(&registration));
            show(|f| keep(<Registration<'_> as Debug>::fmt(&registration, f)));
        }
        Err(error) => {
            keep(ParameterError::rule(&error));
            show(|f| keep(<ParameterError as Display>::fmt(&error, f)));
            show(|f| keep(<ParameterErrorKind as Display>::fmt(&error.kind, f)));
        }
    }
    for attribute in keep(Registration::extra_attributes([first, second])) {
        keep(attribute);
    }
    if let Ok(lookup) = keep(Lookup::decode([first, second])) {
        keep(Lookup::range(&lookup));
    }
    for query in keep(Lookup::criteria([first, second])) {
        keep(query);
    }
}

fn show_error(error: &DecodeError) {
    keep(DecodeError::rule(error));
    show(|f| keep(<DecodeError as Display>::fmt(error, f)));
    keep(ErrorKind::rule(error.kind));
    show(|f| keep(<ErrorKind as Display>::fmt(&error.kind, f)));
}

fn show(text: impl Fn(&mut fmt::Formatter<'_>) -> fmt::Result) {
    let _ = write!(Sink, "{}", fmt::from_fn(text));
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    unsafe extern "C" {
        safe fn panic_is_reachable() -> !;
    }
    panic_is_reachable()
}
