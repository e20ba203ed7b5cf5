use std::fmt::Write;

use coap_codec::ContentFormat;
use link_format::{Attribute, DecodeError, Link, Links, Query};

use super::Report;
use super::describe::{count, point_at};

/// The links of a document, attribute by attribute; which of them all queries take, as
/// `rt=temperature*`; and what is wrong with it.
pub fn links(document: &str, queries: &[String]) -> Report {
    let mut report = Report { text: String::new(), well_formed: true };
    let mut asked = Vec::new();
    for query in queries {
        match Query::from_uri(query) {
            Ok(query) => asked.push(query),
            Err(error) => malformed("query", query, error, &mut report),
        }
    }
    match Links::decode_str(document) {
        Ok(links) => all(links, document.len(), &asked, &mut report.text),
        Err(error) => malformed("links", document, error, &mut report),
    }
    report
}

fn all(links: Links<'_>, len: usize, queries: &[Query<'_>], text: &mut String) {
    let number = match links.iter().count() {
        1 => "1 link".into(),
        number => format!("{number} links"),
    };
    let _ = writeln!(text, "{number}, {}", count(len));
    for (number, link) in (1..).zip(links.iter()) {
        let verdict = match Query::all_match(queries, &link) {
            _ if queries.is_empty() => "",
            true => "  (taken)",
            false => "  (not taken)",
        };
        let _ = writeln!(text, "{number:>6}  <{}>{verdict}", cut(link.target().as_str(), 60));
        for attribute in link.attributes().iter() {
            print(&link, &attribute, text);
        }
    }
}

fn print(link: &Link<'_>, attribute: &Attribute<'_>, text: &mut String) {
    let value = match attribute.value() {
        Some(value) => cut(&value.to_string(), 40),
        None => "(no value)".into(),
    };
    let line =
        format!("        {:<10} {value:<24}  {}", attribute.name(), meaning(link, attribute));
    let _ = writeln!(text, "{}", line.trim_end());
}

/// What an attribute says that its text does not.
fn meaning(link: &Link<'_>, attribute: &Attribute<'_>) -> String {
    let words = || attribute.value().map_or(0, |value| value.words().count());
    match attribute.name().to_ascii_lowercase().as_str() {
        "rt" => format!("resource type{}", plural(words())),
        "if" => format!("interface description{}", plural(words())),
        "rel" => format!("relation type{}", plural(words())),
        "ct" => {
            let formats = link.ct().map(|ct| match ct {
                Some(format) => ContentFormat(format).to_string(),
                None => "no Content-Format".into(),
            });
            cut(&formats.collect::<Vec<_>>().join(", "), 40)
        }
        "sz" => match link.sz() {
            Some(Ok(size)) => format!("largest size: {size:?}"),
            _ => "not a number".into(),
        },
        "obs" => "useful to observe".into(),
        "anchor" => "the context of the link".into(),
        "title" | "title*" => "for people".into(),
        _ => String::new(),
    }
}

fn plural(number: usize) -> String {
    if number == 1 { String::new() } else { format!("s, {number} of them") }
}

fn malformed(what: &str, text: &str, error: DecodeError, report: &mut Report) {
    report.well_formed = false;
    let out = &mut report.text;
    let _ = writeln!(out, "malformed {what}");
    point_at(text, error.offset as usize, out);
    let _ = writeln!(out, "error     {} ({:?})", error.kind, error.kind);
    let _ = writeln!(out, "at        byte {} of {}", error.offset, text.len());
    let _ = writeln!(out, "rule      {}", error.rule());
}

/// On one line, at most so many characters of it.
fn cut(text: &str, most: usize) -> String {
    let shown = text.escape_debug().to_string();
    if shown.chars().count() <= most {
        return shown;
    }
    shown.chars().take(most - 2).chain("..".chars()).collect()
}
