//! What the firmware of a thermometer does with every datagram that its radio brings, here with a
//! radio that plays a client: `cargo run -p sansio-coap-codec --example thermometer`.
//!
//! No heap, no copy of the request; the answer is built where it is sent from.

use coap_codec::{
    Code, Codec, ContentFormat, EncodeError, Knowledge, Message, MessageMut, OptionNumber,
    Reaction, bad_option, react,
};

const CODEC: Codec = Codec::new();
/// The critical options that `answer` understands.
const RECOGNIZED: &[OptionNumber] =
    &[OptionNumber::URI_HOST, OptionNumber::URI_PORT, OptionNumber::URI_PATH, OptionNumber::ACCEPT];
const SERVER: Knowledge<'static> = Knowledge::server(RECOGNIZED);

fn main() {
    let received: [&[u8]; 7] = [
        // GET coap://.../temperature, the same as JSON, and a path that is not here.
        b"\x41\x01\x7D\x34\x20\xBBtemperature",
        b"\x41\x01\x7D\x35\x21\xBBtemperature\x61\x32",
        b"\x51\x01\x7D\x36\x22\xB5attic",
        // PUT, a GET with an unknown critical option, a ping, and a datagram that is no message.
        b"\x41\x03\x7D\x37\x23\xBBtemperature\xFF21",
        b"\x41\x01\x7D\x38\x24\xBBtemperature\xE1\x06\xE9x",
        b"\x40\x00\x7D\x39",
        b"\x40\x01\x7D\x3A\xFF",
    ];
    let mut buffer = [0; 64];
    for (own_id, datagram) in (1..).zip(received) {
        println!("received {}", datagram.escape_ascii());
        match handle(datagram, own_id, &mut buffer) {
            Ok(Some(answer)) => println!("    sent {}", answer.escape_ascii()),
            Ok(None) => println!("    sent nothing"),
            Err(error) => println!("    {error}"),
        }
    }
}

/// The datagram that answers this one, if it deserves an answer.
fn handle<'b>(
    datagram: &[u8],
    own_id: u16,
    buffer: &'b mut [u8],
) -> Result<Option<&'b [u8]>, EncodeError> {
    let decoded = CODEC.decode(datagram);
    let len = match (react(&decoded, &SERVER), decoded) {
        (Reaction::Process, Ok(request)) => answer(&request, own_id, buffer)?,
        (Reaction::Respond(code), Ok(request)) => {
            // RFC 7252 section 5.4.1: say which option it was.
            if let Some(number) = bad_option(request.code, &request.options, RECOGNIZED) {
                println!("    option {number} is not recognized");
            }
            CODEC.encode(&request.response(code, own_id), buffer)?
        }
        (Reaction::Reset, Ok(Message { message_id, .. })) => {
            CODEC.encode(&Message::reset(message_id), buffer)?
        }
        (Reaction::Reset, Err(error)) => {
            println!("    {error}, {}", error.rule());
            CODEC.encode(&Message::reset(error.message_id), buffer)?
        }
        _ => return Ok(None),
    };
    Ok(buffer.get(..len))
}

/// GET /temperature.
fn answer(request: &Message<'_>, own_id: u16, buffer: &mut [u8]) -> Result<usize, EncodeError> {
    let code = if !request.options.path_is("temperature") {
        Code::NOT_FOUND
    } else if request.code != Code::GET {
        Code::METHOD_NOT_ALLOWED
    } else {
        Code::CONTENT
    };
    let response = request.response(code, own_id);
    let (message_type, id) = (response.message_type, response.message_id);
    let mut response = MessageMut::new(buffer, message_type, code, id, request.token)?;
    if code == Code::CONTENT {
        response.insert_uint(OptionNumber::MAX_AGE, 30)?;
        match request.options.accept() {
            Some(ContentFormat::JSON) => {
                response.insert_uint(OptionNumber::CONTENT_FORMAT, ContentFormat::JSON.0.into())?;
                response.set_payload(b"{\"celsius\":22.3}")?;
            }
            None | Some(ContentFormat::TEXT_PLAIN) => {
                response.insert_uint(OptionNumber::CONTENT_FORMAT, 0)?;
                response.set_payload(b"22.3 C")?;
            }
            Some(_) => response.set_header(message_type, Code::NOT_ACCEPTABLE, id)?,
        }
    }
    Ok(response.len())
}
