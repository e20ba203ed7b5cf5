//! What a new user of link-format writes first.

use link_format::{Attribute, ErrorKind, Link, Links, Query};

static LINKS: [Link<'static>; 2] = [
    Link::from_static("/sensors/temp", &[Attribute::from_static("rt", "temperature-c")]),
    Link::from_static("/led", &[Attribute::flag_from_static("obs")]),
];

pub fn check() {
    let directory = Links::new(&LINKS);
    let mut block = [0; 16];
    let part = directory.encode_part(16, &mut block);
    assert_eq!(&block[..part.len], b"rt=temperature-c");
    assert!(part.has_more());

    let parsed = Links::decode(b"</sensors/temp>;rt=\"temperature-c\",</led>;obs").unwrap();
    assert_eq!(parsed, directory);
    let queries = [Query::decode(b"rt=temp*").unwrap()];
    assert!(parsed.matching(&queries).iter().eq([LINKS[0]]));

    let error = Links::decode(b"</a>;rt=b, </c>").unwrap_err();
    assert_eq!((error.kind, error.offset), (ErrorKind::LinkStart, 10));
}
