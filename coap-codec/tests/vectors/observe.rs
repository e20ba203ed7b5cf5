//! RFC 7641 appendix A. Options are shown there in any order; here they stand in that of their
//! numbers.

use coap_codec::{CoapOption, Code, Codec, Observe, OptionNumber, Options, react};
use coap_codec::{Knowledge, Message, Reaction, Type};

use crate::common::{bytes, option, udp};

const ETAG: &[u8] = b"\x78\x79\x7A\x7A\x79";

/// From the four bytes of the header that the figures show.
fn message<'a>(
    header: u32,
    token: &'a [u8],
    options: &'a [CoapOption<'a>],
    payload: &'a [u8],
) -> Message<'a> {
    let [first, code, high, low] = header.to_be_bytes();
    let types = [Type::Confirmable, Type::NonConfirmable, Type::Acknowledgement, Type::Reset];
    Message::new(types[usize::from(first >> 4 & 3)], Code(code), u16::from_be_bytes([high, low]))
        .with_token(crate::common::token(token))
        .with_options(Options::new(options))
        .with_payload(payload)
}

#[test]
fn figures_3_to_5_registrations() {
    let path = option(OptionNumber::URI_PATH, b"temperature");
    let register = option(OptionNumber::OBSERVE, b"");
    let etag = option(OptionNumber::ETAG, ETAG);
    let get = [register, path];
    udp("41011633 4A 60 5B 'temperature'", &message(0x4101_1633, &[0x4A], &get, b""));
    udp("41011634 B2 60 5B 'temperature'", &message(0x4101_1634, &[0xB2], &get, b""));
    let again = [etag, register, path];
    let get = message(0x4101_1635, &[0xF9], &again, b"");
    udp("41011635 F9 45 78797A7A79 20 5B 'temperature'", &get);
    assert_eq!(get.options.observe(), Some(Observe::REGISTER));
    assert_eq!(get.options.etag(), Some(ETAG));
}

#[test]
fn figures_3_to_6_notifications() {
    let rows: [(u32, u8, u8, &[u8]); 6] = [
        (0x6145_1633, 0x4A, 9, b"18.5 Cel"),
        (0x5145_7B50, 0x4A, 16, b"19.2 Cel"),
        (0x5145_7B51, 0x4A, 25, b"19.7 Cel"),
        (0x6145_1635, 0xF9, 74, b"20.0 Cel"),
        (0x4145_AA0F, 0xF9, 91, b"19.3 Cel"),
        (0x5145_5FC0, 0x1A, 135, b"19.3 Cel"),
    ];
    for (header, token, observe, payload) in rows {
        let (token, observe) = ([token], [observe]);
        let options =
            [option(OptionNumber::OBSERVE, &observe), option(OptionNumber::MAX_AGE, &[15])];
        let text = payload.escape_ascii();
        let notation =
            format!("{header:08X} {:02X} 61 {:02X} 81 0F FF '{text}'", token[0], observe[0]);
        let notification = message(header, &token, &options, payload);
        udp(&notation, &notification);
        assert_eq!(notification.options.observe().unwrap().get(), u32::from(observe[0]));
        assert_eq!(notification.options.max_age(), 15);
    }
    // Figure 4: with an ETag. Figure 5: 2.03 in its place, without payload.
    let options = |observe| {
        [
            option(OptionNumber::ETAG, ETAG),
            option(OptionNumber::OBSERVE, observe),
            option(OptionNumber::MAX_AGE, &[15]),
        ]
    };
    udp(
        "61451634 B2 45 78797A7A79 21 2C 81 0F FF '19.7 Cel'",
        &message(0x6145_1634, &[0xB2], &options(&[44]), b"19.7 Cel"),
    );
    udp(
        "5143AA0C F9 45 78797A7A79 21 51 81 0F",
        &message(0x5143_AA0C, &[0xF9], &options(&[81]), b""),
    );
}

/// Figure 6: the client is no longer interested, and says so with a Reset.
#[test]
fn figure_6_a_notification_is_rejected() {
    let notification = bytes("4145AA0F F9 61 5B 81 0F FF '19.3 Cel'");
    let decoded = Codec::new().decode(&notification);
    assert_eq!(react(&decoded, &Knowledge::client(&[])), Reaction::Reset);
    udp("7000AA0F", &Message::reset(decoded.unwrap().message_id));
}

#[test]
fn figures_7_and_8_a_proxy() {
    let uri = option(OptionNumber::PROXY_URI, b"coap://sensor.example/status");
    udp(
        "41011633 9A DD16 0F 'coap://sensor.example/status'",
        &message(0x4101_1633, &[0x9A], &[uri], b""),
    );
    let options = [option(OptionNumber::OBSERVE, b""), uri];
    udp(
        "41011635 6A 60 DD10 0F 'coap://sensor.example/status'",
        &message(0x4101_1635, &[0x6A], &options, b""),
    );
    udp("60001635", &Message::acknowledgement(0x1635));
    let options = [
        option(OptionNumber::URI_HOST, b"sensor.example"),
        option(OptionNumber::OBSERVE, b""),
        option(OptionNumber::URI_PATH, b"status"),
    ];
    udp(
        "4101AF90 AA 3D01 'sensor.example' 30 56 'status'",
        &message(0x4101_AF90, &[0xAA], &options, b""),
    );
    let options =
        [option(OptionNumber::OBSERVE, &[0x43, 0xC2]), option(OptionNumber::MAX_AGE, &[60])];
    let notification = message(0x4145_AF94, &[0x6A], &options, b"ready");
    udp("4145AF94 6A 62 43C2 81 3C FF 'ready'", &notification);
    assert_eq!(notification.options.observe(), Observe::new(17_346));
    udp("6000AF94", &Message::acknowledgement(0xAF94));
}
