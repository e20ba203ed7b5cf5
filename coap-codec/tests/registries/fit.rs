use coap_codec::{
    Block, CoapOption, Code, Codec, ContentFormat, Message, OptionNumber, Options, Szx, Token,
    Type, Uint,
    fit::{self, Link},
};

#[test]
fn the_budget_of_an_802_15_4_frame() {
    let [compressed, uncompressed] =
        [Link::IEEE_802_15_4, Link::IEEE_802_15_4_UNCOMPRESSED].map(|link| {
            [0, fit::AES_CCM_32, fit::AES_CCM_64, fit::AES_CCM_128]
                .map(|security| link.with_security(security).room())
        });
    assert_eq!(compressed, [88, 79, 75, 67]);
    assert_eq!(uncompressed, [53, 44, 40, 32]);
    // RFC 4944 section 4: 102 octets at the MAC layer, 81 with the most security; of them 33 for data
    // behind IPv6 and UDP, where the dispatch byte is not counted.
    let mac = Link { ipv6: 0, udp: 0, ..Link::IEEE_802_15_4 };
    assert_eq!((mac.room(), mac.with_security(fit::AES_CCM_128).room()), (102, 81));
    let headers = Link { ipv6: 40, udp: 8, ..mac }.with_security(fit::AES_CCM_128);
    assert_eq!(headers.room(), 33);
}

#[test]
fn every_number_is_an_input() {
    // Neighbours with short addresses in one PAN, link-local, short ports, DTLS.
    let link = Link {
        mac: 11,
        ipv6: fit::IPHC_LINK_LOCAL,
        udp: fit::NHC_UDP_SHORT_PORTS,
        transport_security: fit::DTLS_AES_CCM_8,
        ..Link::IEEE_802_15_4
    };
    assert_eq!(link.room(), 127 - 11 - 2 - 4 - 29);
    assert_eq!(Link { frame: 50, ..link }.room(), 4);
    for frame in 0..=46 {
        assert_eq!(Link { frame, ..link }.room(), 0);
    }
    assert_eq!(Link { mac: usize::MAX, ..link }.room(), 0);
}

#[test]
fn a_message_fits_up_to_the_last_byte() {
    assert!(fit::fits(0, 0) && fit::fits(88, 88) && !fit::fits(89, 88) && !fit::fits(1, 0));
    assert_eq!(fit::DEFAULT_ROOM, 1152);
}

#[test]
fn the_largest_block_that_fits() {
    for room in 0..1300 {
        for overhead in [0, 4, 13, 14, 100] {
            let largest = [1024, 512, 256, 128, 64, 32, 16]
                .into_iter()
                .find(|size| size + overhead <= room)
                .and_then(Szx::from_size);
            assert_eq!(fit::szx_for(room, overhead), largest, "{room} {overhead}");
        }
    }
    assert_eq!(fit::szx_for(usize::MAX, 0), Some(Szx::S1024));
    assert_eq!(fit::szx_for(5, usize::MAX), None);
}

/// What sensors and switches send all day, with tokens of 4 bytes.
#[test]
fn typical_sensor_messages_stay_within_one_secured_frame() {
    let path = CoapOption::new(OptionNumber::URI_PATH, b"sensors");
    let temperature = CoapOption::new(OptionNumber::URI_PATH, b"temperature");
    let senml_cbor = Uint::new(ContentFormat::SENML_CBOR.0.into());
    let content_format = CoapOption::new(OptionNumber::CONTENT_FORMAT, senml_cbor.as_bytes());
    let etag = CoapOption::new(OptionNumber::ETAG, &[1, 2, 3, 4]);
    let register = CoapOption::new(OptionNumber::OBSERVE, &[]);
    let sequence = CoapOption::new(OptionNumber::OBSERVE, &[0x12, 0x34, 0x56]);
    let max_age = CoapOption::new(OptionNumber::MAX_AGE, &[30]);
    let text = CoapOption::new(OptionNumber::CONTENT_FORMAT, &[]);
    let pack = [0x55; 24]; // a SenML record: base name, unit, value
    let [con, ack, non] = [Type::Confirmable, Type::Acknowledgement, Type::NonConfirmable];
    let messages: [(Type, Code, &[CoapOption<'_>], &[u8]); 6] = [
        (con, Code::GET, &[register, path, temperature], b""),
        (ack, Code::CONTENT, &[etag, text, max_age], b"22.3 C"),
        (non, Code::CONTENT, &[etag, sequence, content_format, max_age], &pack),
        (non, Code::POST, &[path, temperature, content_format], &pack),
        (con, Code::PUT, &[CoapOption::new(OptionNumber::URI_PATH, b"led"), text], b"on"),
        (ack, Code::CHANGED, &[], b""),
    ];
    let codec = Codec::new();
    for (message_type, code, options, payload) in messages {
        let message = Message::new(message_type, code, 0x7D34)
            .with_token(Token::new(&[1, 2, 3, 4]).unwrap())
            .with_options(Options::new(options))
            .with_payload(payload);
        let len = codec.encoded_len(&message).unwrap();
        for security in [0, fit::AES_CCM_32, fit::AES_CCM_64, fit::AES_CCM_128] {
            let room = Link::IEEE_802_15_4.with_security(security).room();
            assert!(fit::fits(len, room), "{len} bytes of {code:#} in {room}");
        }
    }
}

#[test]
fn a_block_of_the_size_that_fits_makes_a_message_that_fits() {
    let body = [0x55; 1024];
    let codec = Codec::new();
    for room in 16..1200 {
        // The overhead: the same message, its Block2 as long as it gets, with one byte of payload.
        let message = |szx: Szx, payload: usize| {
            let block = Block::new(Block::MAX_NUM, true, szx).unwrap().to_uint();
            let options = [CoapOption::new(OptionNumber::BLOCK2, block.as_bytes())];
            let message = Message::new(Type::Acknowledgement, Code::CONTENT, 1)
                .with_options(Options::new(&options))
                .with_payload(&body[..payload]);
            codec.encoded_len(&message).unwrap()
        };
        let overhead = message(Szx::S16, 1) - 1;
        match fit::szx_for(room, overhead) {
            Some(szx) => {
                let size = usize::from(szx.size());
                assert!(fit::fits(message(szx, size), room));
                assert!(szx == Szx::S1024 || !fit::fits(message(szx, 2 * size), room));
            }
            None => assert!(!fit::fits(message(Szx::S16, 16), room)),
        }
    }
}
