//! A device answers `GET /.well-known/core` block by block, and a client reads the answer.
//!
//! `cargo run -p sansio-link-format --example directory -- 'rt=temp*'`

use link_format::{Attribute, DecodeError, Link, Links, Query, Size};

/// What the device has, in flash.
const TEMPERATURE: &[Attribute<'_>] = &[
    Attribute::from_static("rt", "temperature-c core.sensor"),
    Attribute::from_static("title", "Outside, in the shade"),
    Attribute::flag_from_static("obs"),
];
const FIRMWARE: &[Attribute<'_>] =
    &[Attribute::from_static("rt", "firmware"), Attribute::from_static("sz", "262144")];
const DIRECTORY: Links<'_> = Links::new(&[
    Link::from_static("/sensors/temp", TEMPERATURE),
    Link::from_static("/firmware/v2.1", FIRMWARE),
]);

/// A block of SZX 1.
const BLOCK: usize = 32;

fn main() -> Result<(), DecodeError> {
    let asked: Vec<String> = std::env::args().skip(1).collect();
    let queries: Vec<Query<'_>> =
        asked.iter().map(|query| Query::decode(query.as_bytes())).collect::<Result<_, _>>()?;

    // The device: each block is written anew, from the table into 32 bytes.
    let mut answer = Vec::new();
    loop {
        let mut block = [0; BLOCK];
        let part = DIRECTORY.matching(&queries).encode_part(answer.len(), &mut block);
        answer.extend(block.iter().take(part.len));
        println!("block from {}: {} of {} bytes", part.from, part.len, part.total);
        if !part.has_more() {
            break;
        }
    }

    // The client.
    for link in Links::decode(&answer)? {
        println!("{}", link.target());
        for resource_type in link.rt() {
            println!("  is a {resource_type}");
        }
        if let Some(title) = link.title() {
            println!("  called {title:?}");
        }
        if let Some(Ok(Size::Bytes(bytes))) = link.sz() {
            println!("  of up to {bytes} bytes");
        }
        if link.obs() {
            println!("  worth observing");
        }
    }
    Ok(())
}
