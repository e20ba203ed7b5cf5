//! A request for a URI, and its response, over UDP and over TCP, as bytes:
//! `cargo run -p sansio-coap-codec --example client [URI]`.

use coap_codec::uri::{Destination, Uri};
use coap_codec::{
    CoapOption, Code, Codec, Csm, EncodeError, Message, MessageMut, OptionNumber, Options,
    ReliableMessage, Token, Type, Uint, tcp,
};

fn main() -> Result<(), Box<dyn core::error::Error>> {
    let given = std::env::args().nth(1);
    let uri = Uri::new(given.as_deref().unwrap_or("coap://192.0.2.1/sensors/light?u=lx"))?;
    let token = Token::new(b"\x2A").unwrap_or_default();

    // The request, with the options of the URI and what else it needs, in any order.
    let mut buffer = [0; 256];
    let mut get = MessageMut::new(&mut buffer, Type::Confirmable, Code::GET, 1, token)?;
    uri.write_options(&mut get, &Destination::new([192, 0, 2, 1].into(), 5683))?;
    get.insert_uint(OptionNumber::ACCEPT, 0)?;
    println!("over UDP {}", get.as_bytes().escape_ascii());

    // The response, if this is what the network brought.
    let content = Codec::new().decode(b"\x61\x45\x00\x01\x2A\xC0\xFF540")?;
    assert!(content.message_id == 1 && content.token == token);
    print(&content);

    // The same over TCP, where a CSM goes first.
    let mut out = [0; 256];
    let codec = tcp::Codec::new();
    let len = hello(&codec, &mut out)?;
    println!("over TCP {}", out.get(..len).unwrap_or_default().escape_ascii());
    let len = codec.encode(&get.message().reliable(), &mut out)?;
    println!("         {}", out.get(..len).unwrap_or_default().escape_ascii());

    // What the peer says, as it trickles in.
    let mut room = [0; 64];
    let mut stream = tcp::Stream::new(&mut room);
    let mut peer = Csm::BASE;
    for byte in b"\x30\xE1\x22\x20\x00\x51\x45\x2A\xC0\xFF540" {
        stream.push(&[*byte]);
        while let Some(message) = stream.next(&codec)? {
            match message.code {
                Code::CSM => peer.apply(&message.options),
                _ => print(&message.over_udp(Type::NonConfirmable, 0)),
            }
        }
    }
    println!("the peer takes messages of {} bytes", peer.max_message_size);
    Ok(())
}

/// Our capabilities.
fn hello(codec: &tcp::Codec, out: &mut [u8]) -> Result<usize, EncodeError> {
    let size = Uint::new(codec.max_message_size.into());
    let options = [CoapOption::new(OptionNumber::MAX_MESSAGE_SIZE, size.as_bytes())];
    codec.encode(&ReliableMessage::new(Code::CSM).with_options(Options::new(&options)), out)
}

fn print(message: &Message<'_>) {
    println!("{:#}, fresh for {} s", message.code, message.options.max_age());
    for option in message.options {
        println!("  {option:?}");
    }
    println!("  {}", message.payload.escape_ascii());
}
