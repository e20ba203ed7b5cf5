//! What holds for any bytes whatever. Used by the laws and by the fuzz target.

use mqtt_codec::{Codec, DecodeError, ErrorKind, Packet, PacketType, Strictness, Version};

use crate::reference::{self, Given};

/// Every law, for every codec.
pub(crate) fn hold(input: &[u8]) {
    for version in [Version::V3, Version::V5] {
        let server = Codec::server().with_version(version);
        let client = Codec::client(version);
        let either = Codec::either(version);
        for codec in [server, client, either] {
            decode_is_lawful(codec, input);
        }
        // Who reads along takes what either side takes, and nothing else.
        let (from_client, from_server) = (server.decode(input), client.decode(input));
        if let (Ok(Some(a)), Ok(Some(b))) = (from_client, from_server) {
            assert_eq!(a, b);
        }
        match either.decode(input) {
            Ok(Some(taken)) => {
                assert!([from_client, from_server].contains(&Ok(Some(taken))), "{taken:?}");
            }
            Ok(None) => {
                assert!(from_client == Ok(None) || from_server == Ok(None));
            }
            Err(error) => {
                let refused = |other: Result<_, DecodeError>| other.is_err();
                assert!(refused(from_client) && refused(from_server), "{error} {input:02X?}");
            }
        }
        // The grammar of the tests says the same.
        for (codec, from_client) in [(server, true), (client, false)] {
            let given = Given { five: version == Version::V5, from_client };
            let found = reference::packet(input, given);
            match codec.decode(input) {
                Ok(Some((packet, len))) => {
                    let fields = reference::fields(&packet);
                    assert_eq!(found, Some((fields, len)), "{input:02X?} {codec:?}");
                }
                refused => assert_eq!(found, None, "{refused:?} {input:02X?} {codec:?}"),
            }
        }
    }
    a_server_learns_the_version(input);
}

fn a_server_learns_the_version(input: &[u8]) {
    let server = Codec::server();
    decode_is_lawful(server, input);
    let (v3, v5) = (server.with_version(Version::V3), server.with_version(Version::V5));
    match server.decode(input) {
        Ok(Some((packet, len))) => {
            let Packet::Connect(connect) = packet else { panic!("{packet:?}") };
            assert_eq!(server.with_version(connect.version).decode(input), Ok(Some((packet, len))));
        }
        Ok(None) => {}
        Err(_) => {
            for codec in [v3, v5] {
                assert!(!matches!(codec.decode(input), Ok(Some((Packet::Connect(_), _)))));
            }
        }
    }
}

fn decode_is_lawful(codec: Codec, input: &[u8]) {
    let decoded = codec.decode(input);
    let pedantic = codec.with_strictness(Strictness::PEDANTIC).decode(input);
    let known = codec.frame_len(input);
    match decoded {
        Ok(Some((packet, len))) => {
            assert_eq!(known, Ok(Some(len)));
            // Whatever follows is another packet's.
            assert_eq!(codec.decode(&input[..len]), decoded);
            assert_eq!(codec.decode(&input[..len - 1]), Ok(None), "{input:02X?}");
            sends_on(codec, &input[..len], packet);
            let stricter = matches!(pedantic, Err(DecodeError { kind, .. })
                if matches!(kind, ErrorKind::ControlCharacter | ErrorKind::NonCharacter));
            assert!(stricter || pedantic == decoded, "{pedantic:?}");
        }
        Ok(None) => {
            // Never while the frame is there: a length inside cannot make anybody wait.
            assert!(known == Ok(None) || known.is_ok_and(|len| len.unwrap() > input.len()));
            assert_eq!(pedantic, Ok(None));
            if known == Ok(None) {
                assert!(input.len() < 5, "five bytes tell the length: {input:02X?}");
            }
        }
        Err(error) => {
            let offset = error.offset as usize;
            match known {
                // Only a field that is missing begins where the frame ends.
                Ok(Some(len)) => assert!(offset < len || offset == len && is_missing(error.kind)),
                Ok(None) => panic!("{error:?} {input:02X?}"),
                Err(early) => assert!(early == error && offset < input.len()),
            }
            assert!(pedantic.is_err());
            if let Ok(Some(len)) = known {
                assert_eq!(codec.decode(&input[..len]), decoded);
                assert_eq!(codec.decode(&input[..len - 1]), Ok(None));
            }
            assert!(error.rule().starts_with("MQTT"));
            assert!(error.reason_code().is_error());
        }
    }
}

fn is_missing(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::Truncated
            | ErrorKind::EmptySubscribe
            | ErrorKind::EmptyUnsubscribe
            | ErrorKind::EmptyAcknowledgement
            | ErrorKind::AuthenticationMethodMissing
            // An AUTH of no byte says SUCCESS, which a client never says.
            | ErrorKind::ReasonCode
    )
}

/// What was decoded can be sent on, and arrives as it was.
fn sends_on(receiver: Codec, frame: &[u8], packet: Packet<'_>) {
    let sender = Codec { role: receiver.role.peer(), ..receiver };
    let mut out = vec![0xA5; frame.len() + 8];
    let len = sender.encode(&packet, &mut out).unwrap();
    assert_eq!(sender.encoded_len(&packet), Ok(len));
    assert_eq!(receiver.decode(&out), Ok(Some((packet, len))), "{frame:02X?}");
    assert!(out[len..].iter().all(|byte| *byte == 0xA5));
    assert_eq!(&out[..len] == frame, is_canonical(receiver, frame), "{frame:02X?} {out:02X?}");
    assert_ne!(len, 0);
    let _ = format!("{packet:?}");
}

/// A packet has one form, but for these, all of 5.0:
///
/// * PUBACK, PUBREC, PUBREL, PUBCOMP: SUCCESS spelled out (Remaining Length 3), a property length of
///   0 spelled out (Remaining Length 4);
/// * DISCONNECT: 0x00 spelled out (Remaining Length 1), a property length of 0 spelled out
///   (Remaining Length 2).
fn is_canonical(codec: Codec, frame: &[u8]) -> bool {
    if codec.version != Some(Version::V5) {
        return true;
    }
    let header = codec.fixed_header(frame).unwrap().unwrap();
    let body = &frame[header.len..];
    match header.packet_type {
        PacketType::Puback | PacketType::Pubrec | PacketType::Pubrel | PacketType::Pubcomp => {
            !matches!(body, [_, _, 0] | [_, _, _, 0])
        }
        PacketType::Disconnect => !matches!(body, [0] | [_, 0]),
        _ => true,
    }
}
