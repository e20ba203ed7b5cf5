//! RFC 7252 appendix A, and the figures of RFC 7967.

use coap_codec::{Code, ContentFormat, Message, OptionNumber, Options, Type};

use crate::common::{option, token, udp};

const CON: Type = Type::Confirmable;
const NON: Type = Type::NonConfirmable;
const ACK: Type = Type::Acknowledgement;

#[test]
fn rfc_7252_figure_16_and_17_piggybacked_response() {
    let path = [option(OptionNumber::URI_PATH, b"temperature")];
    let get = Message::new(CON, Code::GET, 0x7D34).with_options(Options::new(&path));
    udp("40 01 7D34 BB 'temperature'", &get);
    let content = get.response(Code::CONTENT, 0).with_payload(b"22.3 C");
    udp("60 45 7D34 FF '22.3 C'", &content);

    let get = Message { message_id: 0x7D35, ..get }.with_token(token(&[0x20]));
    udp("41 01 7D35 20 BB 'temperature'", &get);
    let content = get.response(Code::CONTENT, 0).with_payload(b"22.3 C");
    udp("61 45 7D35 20 FF '22.3 C'", &content);
}

#[test]
fn rfc_7252_figures_18_to_23() {
    let path = [option(OptionNumber::URI_PATH, b"temperature")];
    // Figure, request, type of the response, its Message ID.
    let rows: [(&str, Type, u16, u8, Type, u16); 6] = [
        ("18", CON, 0x7D36, 0x31, ACK, 0x7D36),
        ("19", CON, 0x7D37, 0x42, ACK, 0x7D37),
        ("20", CON, 0x7D38, 0x53, CON, 0xAD7B),
        ("21", CON, 0x7D39, 0x64, CON, 0xAD7C),
        ("22", NON, 0x7D40, 0x75, NON, 0xAD7D),
        ("23", NON, 0x7D41, 0x86, NON, 0x60B1),
    ];
    for (figure, request, id, t, response, response_id) in rows {
        let first = |message_type| 0x41 | (message_type as u8) << 4;
        let get = Message::new(request, Code::GET, id)
            .with_token(token(core::slice::from_ref(&t)))
            .with_options(Options::new(&path));
        let bytes = format!("{:02X} 01 {id:04X} {t:02X} BB 'temperature'", first(request));
        udp(&bytes, &get);
        let content = Message::new(response, Code::CONTENT, response_id)
            .with_token(get.token)
            .with_payload(b"22.3 C");
        let bytes = format!("{:02X} 45 {response_id:04X} {t:02X} FF '22.3 C'", first(response));
        udp(&bytes, &content);
        println!("figure {figure}");
    }
    // Figure 20: Empty Acknowledgements. Figure 21: a Reset. Figure 23: 4.04 without payload.
    udp("60 00 7D38", &Message::acknowledgement(0x7D38));
    udp("60 00 AD7B", &Message::acknowledgement(0xAD7B));
    udp("70 00 AD7C", &Message::reset(0xAD7C));
    let not_found = Message::new(NON, Code::NOT_FOUND, 0x952A).with_token(token(&[0x86]));
    udp("51 84 952A 86", &not_found);
    // Section 4.3: "CoAP ping".
    udp("40 00 0000", &Message::ping(0));
}

#[test]
fn a_response_goes_where_the_request_came_from() {
    let get = Message::new(CON, Code::GET, 7).with_token(token(b"tok"));
    let piggybacked = Message::new(ACK, Code::CONTENT, 7).with_token(token(b"tok"));
    assert_eq!(get.response(Code::CONTENT, 99), piggybacked);
    let get = Message { message_type: NON, ..get };
    let own = Message::new(NON, Code::CONTENT, 99).with_token(token(b"tok"));
    assert_eq!(get.response(Code::CONTENT, 99), own);
}

/// The payload is printed over two lines.
#[test]
fn rfc_7967_figures_1_to_3() {
    let payload =
        "VehID=00&RouteID=DN47&Lat=22.5658745&Long=88.4107966667&Time=2013-01-13T11:24:31";
    let options = [
        option(OptionNumber::URI_PATH, b"vehicle-stat-00"),
        option(OptionNumber::CONTENT_FORMAT, b""),
        option(OptionNumber::NO_RESPONSE, &[26]),
    ];
    for (first, code) in [("03", Code::PUT), ("02", Code::POST)] {
        let put = Message::new(NON, code, 0x7D38)
            .with_token(token(&[0x53]))
            .with_options(Options::new(&options))
            .with_payload(payload.as_bytes());
        let path = "BD02 'vehicle-stat-00'";
        // No-Response: delta 246 is 13 and 233.
        udp(&format!("51 {first} 7D38 53 {path} 10 D1E9 1A FF '{payload}'"), &put);
        assert_eq!(put.options.content_format(), Some(ContentFormat(0)));
        // 26 is 2, 8 and 16: no interest in any response.
        for code in [Code::CHANGED, Code::NOT_FOUND, Code::INTERNAL_SERVER_ERROR] {
            assert!(put.options.no_response(code));
        }
    }

    let options = [
        option(OptionNumber::URI_PATH, b"updateOrInsertInfo"),
        option(OptionNumber::URI_QUERY, b"VehID=00"),
        option(OptionNumber::URI_QUERY, b"RouteID=DN47"),
        option(OptionNumber::URI_QUERY, b"Lat=22.5658745"),
        option(OptionNumber::URI_QUERY, b"Long=88.4107966667"),
        option(OptionNumber::URI_QUERY, b"Time=2013-01-13T11:24:31"),
        option(OptionNumber::NO_RESPONSE, &[26]),
    ];
    let post = Message::new(NON, Code::POST, 0x7D38)
        .with_token(token(&[0x53]))
        .with_options(Options::new(&options));
    udp(
        "51 02 7D38 53 BD05 'updateOrInsertInfo' 48 'VehID=00' 0C 'RouteID=DN47'
         0D01 'Lat=22.5658745' 0D05 'Long=88.4107966667' 0D0B 'Time=2013-01-13T11:24:31'
         D1E6 1A",
        &post,
    );
}
