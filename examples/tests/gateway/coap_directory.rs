//! The resource directory. RFC 9176

use std::time::Duration;

use coap_codec::{Code, ContentFormat, OptionNumber};

use crate::client::Broker;
use crate::coap_client::{Owned, Tcp, Udp};

const LINKS: &str = "</sensors/temp>;rt=temperature-c;if=sensor,\
                     <http://www.example.com/t>;anchor=\"/sensors/temp\";rel=describedby";

fn register(uri: &str, links: &str) -> Owned {
    let format = u64::from(ContentFormat::LINK_FORMAT.0);
    let post = Owned { payload: links.into(), ..Owned::request(Code::POST, uri) };
    post.with_uint(OptionNumber::CONTENT_FORMAT, format)
}

fn text(client: &mut Udp, uri: &str) -> String {
    String::from_utf8(client.whole(&Owned::get(uri)).0).unwrap()
}

#[test]
fn a_registration_from_its_beginning_to_its_end() {
    let broker = Broker::start();
    let mut client = Udp::new(broker.coap);
    assert_eq!(
        text(&mut client, "/.well-known/core?rt=core.rd*"),
        "</rd>;rt=\"core.rd\";ct=40,</rd-lookup/ep>;rt=\"core.rd-lookup-ep\";ct=40,\
         </rd-lookup/res>;rt=\"core.rd-lookup-res\";ct=40"
    );
    let created = client.ask(&register("/rd?ep=node1&lt=500&et=lamp", LINKS));
    assert_eq!(created.code, Code::CREATED);
    let location = created.location();
    assert!(location.starts_with("/rd/"), "{location}");

    // The base is where the request came from.
    let base = format!("coap://{}", client.socket.local_addr().unwrap());
    let endpoint =
        |base: &str| format!("<{location}>;ep=node1;base=\"{base}\";et=\"lamp\";rt=core.rd-ep");
    let links = |base: &str| {
        format!(
            "<{base}/sensors/temp>;rt=temperature-c;if=sensor,\
             <http://www.example.com/t>;anchor=\"{base}/sensors/temp\";rel=describedby"
        )
    };
    assert_eq!(text(&mut client, "/rd-lookup/ep"), endpoint(&base));
    assert_eq!(text(&mut client, "/rd-lookup/res"), links(&base));

    // The same endpoint again: the same location.
    let again = client.ask(&register("/rd?ep=node1&et=lamp", LINKS));
    assert_eq!((again.code, again.location()), (Code::CREATED, location.clone()));

    for (code, query) in [(Code::POST, ""), (Code::PUT, "?lt=60"), (Code::POST, "?base=coap://n")] {
        let update = client.ask(&Owned::request(code, &format!("{location}{query}")));
        assert_eq!(update.code, Code::CHANGED);
    }
    assert_eq!(text(&mut client, "/rd-lookup/ep"), endpoint("coap://n"));
    assert_eq!(text(&mut client, "/rd-lookup/res"), links("coap://n"));
    assert_eq!(client.ask(&register(&location, "</new>")).code, Code::CHANGED);
    assert_eq!(text(&mut client, "/rd-lookup/res"), "<coap://n/new>");

    let delete = Owned::request(Code::DELETE, &location);
    assert_eq!(client.ask(&delete).code, Code::DELETED);
    for code in [Code::DELETE, Code::POST, Code::PUT] {
        assert_eq!(client.ask(&Owned::request(code, &location)).code, Code::NOT_FOUND);
    }
    for uri in ["/rd-lookup/ep", "/rd-lookup/res"] {
        assert_eq!(
            client.ask(&Owned::get(uri)).expect("").format(),
            Some(ContentFormat::LINK_FORMAT)
        );
    }
}

#[test]
fn lookups_are_filtered_and_come_in_pages() {
    let broker = Broker::start();
    let mut client = Udp::new(broker.coap);
    for (n, sector) in ["", "&d=east", "&d=west"].into_iter().enumerate() {
        let links = format!("</a/{n}>;rt=\"light x\";ct=0,</b/{n}>;rt=humidity");
        client.ask(&register(&format!("/rd?ep=n{n}&base=coap://h{n}{sector}"), &links));
    }
    for (query, expected) in [
        ("rt=light", "h0/a h1/a h2/a"),
        ("rt=light&ct=0", "h0/a h1/a h2/a"),
        ("rt=hum*", "h0/b h1/b h2/b"),
        ("rt=light&d=east", "h1/a"),
        ("ep=n2", "h2/a h2/b"),
        ("ep=n2&rt=x", "h2/a"),
        ("ep=n2&ep=n1", ""),
        ("href=coap://h1/b/1", "h1/b"),
        ("d=nowhere", ""),
        ("count=2", "h0/a h0/b"),
        ("page=1&count=2", "h1/a h1/b"),
        ("page=1&count=4", "h2/a h2/b"),
        ("page=2&count=4", ""),
        ("page=1&count=1&rt=light", "h1/a"),
        ("count=0", ""),
    ] {
        let links = text(&mut client, &format!("/rd-lookup/res?{query}"));
        let links: Vec<&str> = links
            .split(',')
            .filter_map(|link| link.strip_prefix("<coap://")?.rsplit_once('/'))
            .map(|(link, _)| link)
            .collect();
        assert_eq!(links.join(" "), expected, "{query}");
    }
    for (query, expected) in [
        ("rt=light", "n0 n1 n2"),
        ("rt=core.rd-ep", "n0 n1 n2"),
        ("ep=n*", "n0 n1 n2"),
        ("d=w*", "n2"),
        ("href=coap://h1/b/1", "n1"),
        ("base=coap://h0", "n0"),
        ("page=1&count=2", "n2"),
    ] {
        let endpoints = text(&mut client, &format!("/rd-lookup/ep?{query}"));
        let endpoints: Vec<&str> = endpoints
            .split(',')
            .filter_map(|link| Some(link.split_once(";ep=")?.1.split_once(';')?.0))
            .collect();
        assert_eq!(endpoints.join(" "), expected, "{query}");
    }
    // The location finds the endpoint and its links.
    let all = text(&mut client, "/rd-lookup/ep?ep=n1");
    let location = all.strip_prefix('<').unwrap().split_once('>').unwrap().0;
    assert_eq!(text(&mut client, &format!("/rd-lookup/ep?href={location}")), all);
    let links = text(&mut client, &format!("/rd-lookup/res?href={location}"));
    assert_eq!(links, text(&mut client, "/rd-lookup/res?ep=n1"));
}

#[test]
fn what_is_wrong_is_refused() {
    let broker = Broker::start();
    let mut client = Udp::new(broker.coap);
    let post = |uri| Owned::request(Code::POST, uri);
    let long = format!("/rd?ep={}", "x".repeat(64));
    for (request, code) in [
        (post("/rd"), Code::BAD_REQUEST),
        (post("/rd?ep="), Code::BAD_REQUEST),
        (post(&long), Code::BAD_REQUEST),
        (post("/rd?ep=a&ep=b"), Code::BAD_REQUEST),
        (post("/rd?ep=a&lt=0"), Code::BAD_REQUEST),
        (post("/rd?ep=a&lt=4294967296"), Code::BAD_REQUEST),
        (post("/rd?ep=a&base=/relative"), Code::BAD_REQUEST),
        (post("/rd?ep=a&rt=own"), Code::BAD_REQUEST),
        (post("/rd?ep=a&page=1"), Code::BAD_REQUEST),
        (post("/rd?ep=a&base=coap://h?q"), Code::BAD_REQUEST),
        (post("/rd?ep=a&base=coap://h/%23#f"), Code::BAD_REQUEST),
        (post("/rd?ep=a&base=coap://[fe80::1]"), Code::BAD_REQUEST),
        (register("/rd?ep=a", "no links"), Code::BAD_REQUEST),
        (register("/rd?ep=a", "</a>;"), Code::BAD_REQUEST),
        (
            post("/rd?ep=a").with_uint(OptionNumber::CONTENT_FORMAT, 50),
            Code::UNSUPPORTED_CONTENT_FORMAT,
        ),
        (Owned::get("/rd"), Code::METHOD_NOT_ALLOWED),
        (Owned::get("/rd/1"), Code::METHOD_NOT_ALLOWED),
        (post("/rd-lookup/ep"), Code::METHOD_NOT_ALLOWED),
        (Owned::get("/rd-lookup"), Code::NOT_FOUND),
        (Owned::get("/rd/1/2"), Code::NOT_FOUND),
        (Owned::get("/rd-lookup/res?page=1"), Code::BAD_REQUEST),
        (Owned::get("/rd-lookup/res?count=x"), Code::BAD_REQUEST),
        (Owned::get("/rd-lookup/ep?rt"), Code::BAD_REQUEST),
        (Owned::get("/rd-lookup/ep").with_uint(OptionNumber::ACCEPT, 50), Code::NOT_ACCEPTABLE),
    ] {
        let response = client.ask(&request);
        assert_eq!(response.code, code, "{request:?} {response:?}");
    }
    assert_eq!(text(&mut client, "/rd-lookup/ep"), "");
}

#[test]
fn registrations_expire() {
    let broker = Broker::start();
    let mut client = Udp::new(broker.coap);
    client.ask(&register("/rd?ep=short&lt=1", "</a>"));
    client.ask(&register("/rd?ep=long", "</b>"));
    assert_eq!(text(&mut client, "/rd-lookup/ep").matches("ep=").count(), 2);
    std::thread::sleep(Duration::from_millis(1100));
    assert!(text(&mut client, "/rd-lookup/ep").contains(";ep=long;"));
    assert!(!text(&mut client, "/rd-lookup/res").contains("/a>"));
}

#[test]
fn endpoints_register_over_tcp_too() {
    let broker = Broker::start();
    let mut client = Tcp::new(broker.coap);
    assert_eq!(client.ask(&register("/rd?ep=a", "</a>")).code, Code::CREATED);
    let base = format!("<coap+tcp://{}/a>", client.stream.local_addr().unwrap());
    client.ask(&Owned::get("/rd-lookup/res")).expect(&base);
}
