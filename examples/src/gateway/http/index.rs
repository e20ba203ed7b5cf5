//! `/` tells what is here: a page for people, a text for who prefers that.
//!
//! The page is one document, put together of the files in `page/` when the gateway starts. It asks for
//! nothing else, and speaks MQTT over WebSocket with the gateway that it came from.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http_lite::accept::quality;
use http_lite::{EntityTag, MediaType, Preconditions, StatusCode, Validators};
use ring::digest::{SHA256, digest};

use super::reply::{Content, Reply, TEXT};
use super::request::{Context, Request, date};
use crate::gateway::Ports;

const HTML: &str = "text/html; charset=utf-8";
const DOCUMENT: &str = include_str!("page/index.html");
const STYLE: &str = include_str!("page/style.css");
/// One after the other they are one module.
const SCRIPTS: &str = concat!(
    include_str!("page/topics.js"),
    include_str!("page/mqtt.js"),
    include_str!("page/reading.js"),
    include_str!("page/rows.js"),
    include_str!("page/page.js"),
);

const INDEX: &str = "\
The gateway. One message reaches MQTT, CoAP and HTTP alike.

/                       a page for browsers
/topics/TOPIC           GET, PUT, POST, DELETE: the last message of a topic
/topics?filter=FILTER   the last messages of all topics that a filter takes, as JSON
/events?filter=FILTER   the same, and what comes from now on: server-sent events
/mqtt                   MQTT over WebSocket
/.well-known/coap       CoAP over WebSocket
/coap/ps/TOPIC          the CoAP side: /coap/.well-known/core tells more
/.well-known/core       links to all of it
";

/// The page, and what is said about it.
#[derive(Debug)]
pub(in crate::gateway) struct Page {
    document: Bytes,
    /// Content-Security-Policy: its own script and style, and connections to where it came from.
    policy: String,
    /// Its entity tag, with quotes.
    tag: String,
}

impl Page {
    pub(in crate::gateway) fn new(ports: &Ports) -> Self {
        let document = DOCUMENT
            .replacen("{ports}", &ports.attributes(), 1)
            .replacen("{style}", STYLE, 1)
            .replacen("{script}", SCRIPTS, 1);
        let (script, style) = (hash(SCRIPTS), hash(STYLE));
        let policy = format!(
            "default-src 'none'; script-src 'sha256-{script}'; style-src 'sha256-{style}'; \
             connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; \
             frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
        );
        let tag = format!("\"{}\"", hash(&document));
        Self { document: document.into(), policy, tag }
    }
}

impl Ports {
    /// What the page is told: numbers alone, so there is nothing to escape.
    fn attributes(&self) -> String {
        let Self { mqtt, mqtts, coap, http, https } = *self;
        let all = [("mqtt", mqtt), ("mqtts", mqtts), ("coap", coap), ("http", http)];
        let all = all.into_iter().chain([("https", https)]);
        let open = all.filter_map(|(name, port)| Some(format!("data-{name}=\"{}\"", port?)));
        open.collect::<Vec<_>>().join(" ")
    }
}

/// CSP Level 3 section 2.3.1: the hash is that of all between the tags.
fn hash(text: &str) -> String {
    STANDARD.encode(digest(&SHA256, text.as_bytes()))
}

pub(super) fn answer(request: &Request<'_>, context: &Context<'_>) -> Result<Reply, Reply> {
    let quality = |media_type: &str| {
        let lines = request.head.fields.all("Accept").map(|value| value.as_bytes());
        MediaType::parse(media_type.as_bytes()).map(|media_type| quality(lines, media_type))
    };
    let vary = |reply: Reply| reply.with("Vary", "Accept");
    if quality(TEXT) > quality(HTML) {
        let index = Content::Whole(Bytes::from_static(INDEX.as_bytes()));
        return Ok(vary(Reply::ok(TEXT, index)));
    }
    if !request.accepts(HTML) {
        return Err(vary(Reply::not_acceptable("text/html and text/plain")));
    }
    let Page { document, policy, tag } = &context.shared.page;
    let etag = EntityTag::parse(tag.as_bytes());
    let current = Validators { etag, ..Validators::default() };
    let conditions = Preconditions::of(&request.head.fields);
    let reply = match conditions.evaluate(request.head.method, Some(&current), date()).status() {
        Some(StatusCode::NOT_MODIFIED) => Reply::new(StatusCode::NOT_MODIFIED),
        Some(_) => return Err(Reply::unwanted()),
        None => Reply::ok(HTML, Content::Whole(document.clone())),
    };
    // It is small, and must fit the gateway that it speaks to: browsers ask whether it is the same.
    let reply = reply.with("ETag", tag.clone()).with("Cache-Control", "no-cache");
    let reply = reply.with("Content-Security-Policy", policy.clone());
    let reply = reply.with("X-Content-Type-Options", "nosniff");
    Ok(vary(reply.with("Referrer-Policy", "no-referrer")))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What would end the element before its end. HTML Living Standard section 4.12.1.3
    #[test]
    fn script_and_style_are_whole_elements() {
        for text in [SCRIPTS, STYLE] {
            let text = text.to_ascii_lowercase();
            assert!(!text.contains("</script") && !text.contains("</style"));
            assert!(!text.contains("<!--") && !text.contains("<script"));
        }
        for (name, text) in [("script", SCRIPTS), ("style", STYLE)] {
            let page = Page::new(&Ports::default());
            let document = std::str::from_utf8(&page.document).unwrap();
            let begin = document.find(&format!("<{name}")).unwrap();
            let (_, element) = document[begin..].split_once('>').unwrap();
            assert_eq!(element.split_once(&format!("</{name}>")).unwrap().0, text);
        }
    }

    #[test]
    fn the_page_is_told_the_ports_that_are_open() {
        let ports = Ports { mqtt: Some(1883), coap: Some(5683), ..Ports::default() };
        let page = Page::new(&ports);
        let document = std::str::from_utf8(&page.document).unwrap();
        assert!(document.contains("<body data-mqtt=\"1883\" data-coap=\"5683\">"));
        assert_ne!(page.tag, Page::new(&Ports::default()).tag);
        assert_eq!(page.policy, Page::new(&Ports::default()).policy);
    }

    /// FIPS 180-4, the example of one block.
    #[test]
    fn hash_as_in_its_standard() {
        assert_eq!(hash("abc"), "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=");
    }
}
