//! The directory, with a clock that stands still until it is moved.

use super::*;

fn announce<'a>(queries: &'a [&'a [u8]], links: Option<&'a [u8]>) -> Announcement<'a> {
    let parameters = Registration::decode(queries.iter().copied()).unwrap();
    let (source, peer) = (Some("coap://192.0.2.1:40000"), ([192, 0, 2, 1], 40_000).into());
    Announcement { parameters, queries, links, source, peer, is_proved: true }
}

fn show(directory: &Directory, now: Instant) -> Vec<String> {
    let mut all = Vec::new();
    for endpoint in directory.endpoints(None, now) {
        let mut show = |link: &Link<'_>| {
            let mut out = vec![0; link.encoded_len()];
            link.encode(&mut out).unwrap();
            let text = String::from_utf8(out).unwrap();
            all.push(text.replace(&endpoint.location, "ID"));
        };
        endpoint.with_link(&mut show).unwrap();
        endpoint.links().iter().for_each(|link| show(&link));
    }
    all
}

#[test]
fn the_example_of_the_standard() {
    // Sections 5 and 5.3.1, figures 8, 14 and 16.
    let now = Instant::now();
    let mut directory = Directory::new();
    let links = b"</sensors/temp>;rt=temperature-c;if=sensor,\
        <http://www.example.com/sensors/temp>;anchor=\"/sensors/temp\";rel=describedby";
    let queries = [&b"ep=endpoint1"[..], b"lt=500", b"base=coap://local-proxy-old.example.com"];
    let location = directory.register(&announce(&queries, Some(links)), now).unwrap();
    let host = |base: &str| {
        [
            format!("</rd/ID>;ep=endpoint1;base=\"{base}\";rt=core.rd-ep"),
            format!("<{base}/sensors/temp>;rt=temperature-c;if=sensor"),
            format!(
                "<http://www.example.com/sensors/temp>;anchor=\"{base}/sensors/temp\";\
                 rel=describedby"
            ),
        ]
    };
    assert_eq!(show(&directory, now), host("coap://local-proxy-old.example.com"));
    let queries = [&b"base=coaps://new.example.com"[..]];
    directory.update(&location, &announce(&queries, None), now).unwrap();
    assert_eq!(show(&directory, now), host("coaps://new.example.com"));
    // Kept, since it was set once.
    directory.update(&location, &announce(&[], None), now).unwrap();
    assert_eq!(show(&directory, now), host("coaps://new.example.com"));
}

#[test]
fn lifetimes_end_and_begin_anew() {
    let start = Instant::now();
    let at = |secs| start + Duration::from_secs(secs);
    let mut directory = Directory::new();
    let queries = [&b"ep=a"[..], b"lt=100"];
    let location = directory.register(&announce(&queries, Some(b"")), start).unwrap();
    directory.register(&announce(&[b"ep=b"], Some(b"")), start).unwrap();
    assert_eq!(directory.endpoints(None, at(99)).count(), 2);
    assert_eq!(directory.endpoints(None, at(100)).count(), 1);
    // Not found, and yet to be renewed, with the lifetime that it had.
    directory.update(&location, &announce(&[], None), at(150)).unwrap();
    assert_eq!(directory.endpoints(None, at(249)).count(), 2);
    assert_eq!(directory.endpoints(None, at(250)).count(), 1);
    directory.update(&location, &announce(&[b"lt=1"], None), at(300)).unwrap();
    assert_eq!(directory.endpoints(None, at(300)).count(), 2);
    assert_eq!(directory.endpoints(None, at(301)).count(), 1);
    // The default is 25 hours.
    assert_eq!(directory.endpoints(None, at(89_999)).count(), 1);
    assert_eq!(directory.endpoints(None, at(90_000)).count(), 0);
}

#[test]
fn the_same_name_and_sector_is_the_same_registration() {
    let now = Instant::now();
    let mut directory = Directory::new();
    let mut register = |queries: &[&[u8]], links: &[u8]| {
        directory.register(&announce(queries, Some(links)), now).unwrap()
    };
    let a = register(&[b"ep=a", b"et=old"], b"</1>");
    let in_sector = register(&[b"ep=a", b"d=x"], b"</2>");
    assert_ne!(a, in_sector);
    assert_eq!(register(&[b"ep=a", b"if=new"], b"</3>"), a);
    assert_eq!(
        show(&directory, now),
        [
            "</rd/ID>;ep=a;base=\"coap://192.0.2.1:40000\";if=\"new\";rt=core.rd-ep",
            "<coap://192.0.2.1:40000/3>",
            "</rd/ID>;ep=a;d=x;base=\"coap://192.0.2.1:40000\";rt=core.rd-ep",
            "<coap://192.0.2.1:40000/2>",
        ]
    );
    assert!(directory.remove(&a) && !directory.remove(&a));
    assert_eq!(directory.endpoints(None, now).count(), 1);
}

#[test]
fn attributes_that_must_be_ignored_are_not_passed_on() {
    let now = Instant::now();
    let mut directory = Directory::new();
    let links = b"</1>;title=\"a\";ct=0;title=\"b\";anchor=\"/2\";anchor=\"/3\";ct=40";
    directory.register(&announce(&[b"ep=a"], Some(links)), now).unwrap();
    let base = "coap://192.0.2.1:40000";
    let meant = format!("<{base}/1>;title=\"a\";ct=0;anchor=\"{base}/2\";ct=40");
    assert_eq!(show(&directory, now)[1], meant);
}

#[test]
fn what_is_wrong_changes_nothing() {
    let now = Instant::now();
    let mut directory = Directory::new();
    let location = directory.register(&announce(&[b"ep=a"], Some(b"</1>")), now).unwrap();
    let before = show(&directory, now);
    let bad = |result: Result<(), Refusal>| assert!(matches!(result, Err(Refusal::Bad(_))));
    for links in [&b"</1"[..], b"</1>;rt=a;rt=b", b"\xFF", b"</1>x"] {
        bad(directory.register(&announce(&[b"ep=a"], Some(links)), now).map(drop));
        bad(directory.update(&location, &announce(&[], Some(links)), now));
    }
    bad(directory.register(&announce(&[b"d=x"], Some(b"")), now).map(drop));
    bad(directory.register(&announce(&[b"ep="], Some(b"")), now).map(drop));
    bad(directory.register(&announce(&[b"ep=b", b"rt=x"], Some(b"")), now).map(drop));
    bad(directory.update(&location, &announce(&[b"ep=b"], None), now));
    bad(directory.update(&location, &announce(&[b"d=b"], None), now));
    let unknown = directory.update("zz", &announce(&[], None), now);
    assert_eq!(unknown, Err(Refusal::Unknown));
    let padded = directory.update(&format!("0{location}"), &announce(&[], None), now);
    assert_eq!(padded, Err(Refusal::Unknown));
    let many = "</a>,".repeat(10_000) + "</a>";
    let many = directory.register(&announce(&[b"ep=a"], Some(many.as_bytes())), now);
    assert_eq!(many, Err(Refusal::TooLarge));
    assert_eq!(show(&directory, now), before);
}

#[test]
fn a_full_directory_gives_the_room_of_those_that_are_over() {
    let start = Instant::now();
    let mut directory = Directory::new();
    let mut register = |n: usize, lt: &[u8], links: &[u8], now| {
        let ep = format!("ep={n}");
        let peer = ([192, 0, 2, u8::from(n >= MOST_OF_HOST)], 1).into();
        let queries = [ep.as_bytes(), lt];
        directory.register(&Announcement { peer, ..announce(&queries, Some(links)) }, now)
    };
    for n in 0..MOST {
        register(n, if n % 2 == 0 { b"lt=10" } else { b"lt=1000" }, b"", start).unwrap();
    }
    assert_eq!(register(MOST, b"lt=1", b"", start), Err(Refusal::Full));
    let later = start + Duration::from_secs(10);
    register(MOST, b"lt=1000", b"", later).unwrap();
    // Bytes are counted too, old and new of the same registration once.
    let links = format!("</{}>", "x".repeat(15_000));
    let fitting = (MOST..).take_while(|n| register(*n, b"lt=10", links.as_bytes(), later).is_ok());
    let fitting = fitting.count();
    assert!((20..MOST_BYTES / 30_000 + 1).contains(&fitting), "{fitting}");
    assert!(register(MOST, b"lt=10", links.as_bytes(), later).is_ok());
}

#[test]
fn forged_registrations_are_few_and_make_room_for_others() {
    let now = Instant::now();
    let mut directory = Directory::new();
    let mut register = |n: usize, host: u8, is_proved: bool| {
        let ep = format!("ep={n}");
        let (queries, peer) = ([ep.as_bytes()], ([192, 0, 2, host], 1).into());
        let announcement = Announcement { peer, is_proved, ..announce(&queries, Some(b"")) };
        let result = directory.register(&announcement, now).map(drop);
        (result, directory.all.len())
    };
    for n in 0..1000 {
        let (result, count) = register(n, n as u8, false);
        assert_eq!((result, count), (Ok(()), MOST_UNPROVED.min(n + 1)));
    }
    for n in 1000..2000 {
        assert_eq!(register(n, (n / MOST_OF_HOST) as u8, true).0, Ok(()));
    }
    for host in [2, 100] {
        for is_proved in [false, true] {
            assert_eq!(register(2000, host, is_proved), (Err(Refusal::Full), MOST));
        }
    }
}

#[test]
fn a_link_local_base_is_seen_on_its_link_only() {
    let now = Instant::now();
    let mut directory = Directory::new();
    let peer: SocketAddr = "[fe80::1%3]:5683".parse().unwrap();
    let elsewhere: SocketAddr = "[2001:db8::1]:5683".parse().unwrap();
    let queries = [&b"ep=a"[..]];
    let announcement = Announcement {
        peer,
        source: Some("coap://[fe80::1]"),
        ..announce(&queries, Some(b"</x>"))
    };
    directory.register(&announcement, now).unwrap();
    assert_eq!(directory.endpoints(link_of(peer), now).count(), 1);
    for other in [None, Some(4), link_of(elsewhere)] {
        assert_eq!(directory.endpoints(other, now).count(), 0);
    }
    for base in [&b"base=coap://[fe80::2]:61616"[..], b"base=coap://169.254.1.1:7"] {
        let queries = [&b"ep=b"[..], base];
        let announcement = Announcement { peer: elsewhere, ..announce(&queries, None) };
        assert!(matches!(directory.register(&announcement, now), Err(Refusal::Bad(_))));
    }
}
