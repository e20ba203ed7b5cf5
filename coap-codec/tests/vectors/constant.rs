//! Messages that are made while the program is built.

use coap_codec::{
    CoapOption, Code, Codec, ContentFormat, Message, OptionNumber, Options, Token, Type, Uint,
};

use crate::common::udp;

const CODEC: Codec = Codec::new();
const FORMAT: Uint = Uint::new(ContentFormat::JSON.0 as u64);
const OPTIONS: &[CoapOption<'_>] = &[
    CoapOption::new(OptionNumber::URI_PATH, b"sensors"),
    CoapOption::new(OptionNumber::URI_PATH, b"1"),
    CoapOption::new(OptionNumber::CONTENT_FORMAT, FORMAT.as_bytes()),
];
const TOKEN: Token<'_> = match Token::new(b"\x01\x02") {
    Some(token) => token,
    None => Token::EMPTY,
};
const POST: Message<'_> = Message::new(Type::NonConfirmable, Code::POST, 0x0102)
    .with_token(TOKEN)
    .with_options(Options::new(OPTIONS))
    .with_payload(b"{}");
static POST_BYTES: [u8; 21] = CODEC.encode_const(&POST);
static PING: [u8; 4] = CODEC.encode_const(&Message::ping(0x4142));
const LEN: Result<usize, coap_codec::EncodeError> = CODEC.encoded_len(&POST);

#[test]
fn a_request_and_a_ping() {
    udp("52 02 0102 0102 B7 'sensors' 01 '1' 11 32 FF '{}'", &POST);
    assert_eq!(&POST_BYTES, b"\x52\x02\x01\x02\x01\x02\xB7sensors\x011\x11\x32\xFF{}");
    assert_eq!(LEN, Ok(POST_BYTES.len()));
    assert_eq!(&PING, b"\x40\x00AB");
}

#[test]
fn decoded_while_the_program_is_built() {
    const ANSWER: &[u8] = b"\x61\x45\x7D\x34\x20\xFF22.3 C";
    const CODE: Code = match CODEC.decode(ANSWER) {
        Ok(message) => message.code,
        Err(_) => Code::EMPTY,
    };
    assert_eq!(CODE, Code::CONTENT);
}

#[test]
#[should_panic(expected = "the message is shorter than the array")]
fn an_array_that_is_too_long_fails_the_build() {
    CODEC.encode_const::<5>(&Message::ping(1));
}

#[test]
#[should_panic(expected = "the message is longer than the array")]
fn an_array_that_is_too_short_fails_the_build() {
    CODEC.encode_const::<3>(&Message::ping(1));
}

#[test]
#[should_panic(expected = "not a message that CoAP allows")]
fn a_message_that_is_not_allowed_fails_the_build() {
    CODEC.encode_const::<4>(&Message::new(Type::Reset, Code::GET, 1));
}
