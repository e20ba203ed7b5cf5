//! Documents in the CoRE Link Format: read, and written from values.

use std::fmt;
use std::hint::black_box;

use coap_lite::link_format::{LinkFormatParser, LinkFormatWrite};
use link_format::{Attribute, Event, Link, Links, Scanner};
use nom::branch::alt;
use nom::bytes::complete::{escaped, is_not, take_while1};
use nom::character::complete::{anychar, char};
use nom::combinator::{iterator, opt, recognize};
use nom::error::Error;
use nom::sequence::{delimited, pair, preceded, terminated};
use nom::{IResult, Parser};

use crate::cell::Cell;
use crate::visit::{Sum, Trace, Visit};

/// The example of RFC 6690 section 5: 5 links with 10 attributes.
const DOCUMENT: &str = "</sensors>;ct=40;title=\"Sensor Index\",\
    </sensors/temp>;rt=\"temperature-c\";if=\"sensor\",\
    </sensors/light>;rt=\"light-lux\";if=\"sensor\",\
    <http://www.example.com/sensors/t123>;anchor=\"/sensors/temp\";rel=\"describedby\",\
    </t>;anchor=\"/sensors/temp\";rel=\"alternate\"";
const _: () = assert!(DOCUMENT.len() == 251);

type Values = [(&'static str, [(&'static str, &'static str); 2]); 5];

/// The same as values. All but `40` stand in quotes.
const VALUES: Values = [
    ("/sensors", [("ct", "40"), ("title", "Sensor Index")]),
    ("/sensors/temp", [("rt", "temperature-c"), ("if", "sensor")]),
    ("/sensors/light", [("rt", "light-lux"), ("if", "sensor")]),
    ("http://www.example.com/sensors/t123", [("anchor", "/sensors/temp"), ("rel", "describedby")]),
    ("/t", [("anchor", "/sensors/temp"), ("rel", "alternate")]),
];

/// All cells of the table `links`.
pub fn add(cells: &mut Vec<Cell>) {
    read(cells, "link-format", ours::<Sum>, ours::<Trace>);
    read(cells, "link-format, Scanner", scanner::<Sum>, scanner::<Trace>);
    read(cells, "coap-lite", coap_lite::<Sum>, coap_lite::<Trace>);
    read(cells, "nom", with_nom::<Sum>, with_nom::<Trace>);
    write(cells, "link-format", links(), |links, out| links.encode(out).unwrap());
    write(cells, "coap-lite", VALUES, |values, out| {
        let mut out = Out { bytes: out, len: 0 };
        let mut writer = LinkFormatWrite::new(&mut out);
        for (target, attributes) in values {
            attributes
                .iter()
                .fold(writer.link(target), |link, (name, value)| match *name {
                    "ct" => link.attr(name, value),
                    _ => link.attr_quoted(name, value),
                })
                .finish()
                .unwrap();
        }
        writer.finish().unwrap();
        out.len
    });
}

/// What text is written to that a buffer must take.
struct Out<'a> {
    bytes: &'a mut [u8],
    len: usize,
}

impl fmt::Write for Out<'_> {
    #[inline(always)]
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let end = self.len + text.len();
        self.bytes[self.len..end].copy_from_slice(text.as_bytes());
        self.len = end;
        Ok(())
    }
}

/// Decoded first, then iterated: target, then name and value of each attribute.
#[inline(always)]
fn ours<V: Visit>(document: &'static str, v: &mut V) {
    for link in Links::decode_str(document).unwrap() {
        v.text(link.target().as_str());
        for attribute in link.attributes().iter() {
            visit(attribute, v);
        }
    }
}

/// In one pass.
#[inline(always)]
fn scanner<V: Visit>(document: &'static str, v: &mut V) {
    for event in Scanner::new(document) {
        match event.unwrap() {
            Event::Link(target) => v.text(target.as_str()),
            Event::Attribute(attribute) => visit(attribute, v),
        }
    }
}

#[inline(always)]
fn visit<V: Visit>(attribute: Attribute<'_>, v: &mut V) {
    v.text(attribute.name());
    v.text(attribute.value().map_or("", |value| value.as_str().unwrap()));
}

#[inline(always)]
fn coap_lite<V: Visit>(document: &'static str, v: &mut V) {
    for link in LinkFormatParser::new(document) {
        let (target, attributes) = link.unwrap();
        v.text(target);
        for (name, value) in attributes {
            v.text(name);
            v.text(&value.to_cow());
        }
    }
}

/// A grammar as one writes it with nom, looser than the standard's.
#[inline(always)]
fn with_nom<V: Visit>(document: &'static str, v: &mut V) {
    let target = delimited(char('<'), is_not(">"), char('>'));
    let mut rest = document;
    let mut link = terminated(pair(target, nom_attributes), opt(char(',')));
    while !rest.is_empty() {
        let parsed: IResult<_, _, Error<_>> = link.parse(rest);
        let (behind, (target, attributes)) = parsed.unwrap();
        v.text(target);
        let mut attributes = iterator(attributes, preceded(char(';'), nom_attribute));
        for (name, value) in &mut attributes {
            v.text(name);
            v.text(value.unwrap_or_default());
        }
        attributes.finish().unwrap();
        rest = behind;
    }
}

/// The attributes of a link, not yet taken apart.
fn nom_attributes(input: &str) -> IResult<&str, &str> {
    let mut attributes = iterator(input, preceded(char(';'), nom_attribute));
    attributes.by_ref().for_each(drop);
    let (rest, ()) = attributes.finish()?;
    recognize(nom::bytes::complete::take(input.len() - rest.len())).parse(input)
}

fn nom_attribute(input: &str) -> IResult<&str, (&str, Option<&str>)> {
    let name = take_while1(|c: char| c.is_ascii_alphanumeric() || "!#$&+-.^_`|~*".contains(c));
    let quoted = delimited(char('"'), escaped(is_not("\\\""), '\\', anychar), char('"'));
    let token = is_not(",;\"\\ ");
    pair(name, opt(preceded(char('='), alt((quoted, token))))).parse(input)
}

fn links() -> Links<'static> {
    let links: Vec<_> = VALUES
        .iter()
        .map(|(target, attributes)| {
            let attributes: Vec<_> = attributes
                .iter()
                .map(|(name, value)| match *name {
                    "ct" => Attribute::new(name, value).unwrap(),
                    _ => Attribute::new(name, value).unwrap().in_quotes(),
                })
                .collect();
            Link::new(target, attributes.leak()).unwrap()
        })
        .collect();
    Links::new(links.leak())
}

fn read(
    cells: &mut Vec<Cell>,
    peer: &'static str,
    sum: impl Fn(&'static str, &mut Sum) + 'static,
    trace: fn(&'static str, &mut Trace),
) {
    cells.push(Cell {
        table: "links",
        row: "read, 251 bytes, 5 links".to_owned(),
        peer,
        run: Box::new(move |times| {
            let mut total = Sum(0);
            for _ in 0..times {
                sum(black_box(DOCUMENT), &mut total);
            }
            black_box(total.0)
        }),
        check: Box::new(move || {
            let (mut wanted, mut given) = (Trace::default(), Trace::default());
            for (target, attributes) in VALUES {
                wanted.text(target);
                for (name, value) in attributes {
                    wanted.text(name);
                    wanted.text(value);
                }
            }
            trace(DOCUMENT, &mut given);
            assert_eq!(given, wanted, "{peer}");
        }),
    });
}

/// `work` gives the length of what it writes.
fn write<S: Copy + 'static>(
    cells: &mut Vec<Cell>,
    peer: &'static str,
    subject: S,
    work: impl Fn(&S, &mut [u8]) -> usize + Copy + 'static,
) {
    let mut out = [0; 256];
    cells.push(Cell {
        table: "links",
        row: "write, 251 bytes, 5 links".to_owned(),
        peer,
        run: Box::new(move |times| {
            let mut sum = 0;
            for _ in 0..times {
                let len = work(black_box(&subject), &mut out);
                sum += black_box(&out[..len]).len() as u64;
            }
            sum
        }),
        check: Box::new(move || {
            let mut out = [0; 256];
            let len = work(&subject, &mut out);
            assert_eq!(out[..len], *DOCUMENT.as_bytes(), "{peer}");
        }),
    });
}
