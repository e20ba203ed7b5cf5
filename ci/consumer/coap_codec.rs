//! What a new user of coap-codec writes first.

use coap_codec::{
    Code, CoapOption, Codec, ErrorKind, Message, MessageMut, OptionNumber, Options, Reaction,
    Token, Type,
};

const PATH: &[CoapOption<'static>] = &[CoapOption::new(OptionNumber::URI_PATH, b"led")];
const ON: Message<'static> = Message::new(Type::NonConfirmable, Code::PUT, 1)
    .with_options(Options::new(PATH))
    .with_payload(b"1");
const CODEC: Codec = Codec::new();
static ON_BYTES: [u8; 10] = CODEC.encode_const(&ON);

pub fn check() {
    let put = CODEC.decode(&ON_BYTES).unwrap();
    assert_eq!(put, ON);
    assert!(put.options.path_is("led"));

    let mut buffer = [0; 32];
    let mut get =
        MessageMut::new(&mut buffer, Type::Confirmable, Code::GET, 7, Token::EMPTY).unwrap();
    get.insert_uint(OptionNumber::ACCEPT, 50).unwrap();
    get.insert(OptionNumber::URI_PATH, b"temperature").unwrap();
    assert_eq!(get.as_bytes(), b"\x40\x01\x00\x07\xBBtemperature\x61\x32");

    let error = CODEC.decode(b"\x40\x01\x00\x07\xFF").unwrap_err();
    assert_eq!((error.kind, error.offset), (ErrorKind::EmptyPayload, 4));
    assert_eq!(error.reaction(), Reaction::Reset);
}
