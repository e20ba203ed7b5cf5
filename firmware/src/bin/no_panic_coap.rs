//! Calls every public function of coap-codec with unknown input. It links only if none of them can
//! panic.

#![no_std]
#![no_main]
#![allow(clippy::unit_arg, reason = "every call stands in `keep`")]

use coap_codec::fit::{Link, fits, szx_for};
use coap_codec::http::{
    CONTENT_TYPE_LEN, Exchange, coap_payload, code_to_method, code_to_status, content_type,
    loose_content_format, method_to_code, status_to_code,
};
use coap_codec::tcp::{ReadError, Sending, Stream, WriteError};
use coap_codec::uri::{
    Arguments, Destination, Encoded, EncodedBytes, Host, Scheme, Segments, Uri, UriEncodeError,
    UriError, UriErrorKind, UriOption, UriOptions, encode, encoded_len,
};
use coap_codec::{
    Block, BlockError, CoapOption, Code, Codec, ContentFormat, Csm, DecodeError, EncodeError,
    ErrorKind, Knowledge, Message, MessageMut, Observe, OptionDefinition, OptionNumber, Options,
    OptionsIter, ReliableMessage, Szx, Token, Type, Uint, Values, bad_option, react,
    react_reliable, signalling_definition, tcp, ws,
};
use core::fmt::{self, Display, Write};
use core::net::{IpAddr, Ipv6Addr, SocketAddr};
use firmware::device::Device;
use firmware::{Sink, bytes, keep, number, poll};

type NomError<'a> = nom::error::Error<&'a [u8]>;

#[unsafe(no_mangle)]
fn image() -> ! {
    let (mut input, mut output, mut held) = ([0; 256], [0; 256], [0; 256]);
    let mut stream = keep(Stream::new(&mut held));
    loop {
        let input = bytes(&mut input);
        over_udp(input, &mut output);
        over_tcp(&mut stream, input, &mut output);
        over_web_sockets(input, &mut output);
        edit(input, &mut output);
        uris(input, &mut output);
        numbers();
        codes(input);
        blocks(input);
        mapping(input);
    }
}

fn over_udp(input: &[u8], output: &mut [u8]) {
    let mut codec = keep(Codec::new());
    if flag() {
        codec = keep(Codec::with_extended_tokens(keep(<Codec as Default>::default())));
    }
    let decoded = keep(Codec::decode(&codec, input));
    let mut know = match number() {
        0 => keep(Knowledge::server(&[OptionNumber::URI_PATH])),
        _ => keep(Knowledge::client(&[OptionNumber::OSCORE])),
    };
    (know.sent_message_id, know.awaits_token, know.multicast) = (flag(), flag(), flag());
    keep(react(&decoded, &know));
    match decoded {
        Ok(message) => {
            options(&message.options);
            tokens(message.token);
            keep(bad_option(message.code, &message.options, &[OptionNumber(number() as u16)]));
            let values = values(input);
            let answer = keep(Message::response(&message, code(), number() as u16));
            let answer = keep(Message::with_options(answer, list(&values)));
            let answer = keep(Message::with_payload(answer, input));
            for message in [message, answer, header(input)] {
                if let Err(error) = keep(Codec::encode(&codec, &message, output)) {
                    show(|f| keep(<EncodeError as Display>::fmt(&error, f)));
                }
                let _ = keep(Codec::encoded_len(&codec, &message));
                keep(Message::reliable(message));
            }
        }
        Err(error) => show_error(&error),
    }
    let _: [u8; 4] = keep(const { Codec::encode_const(&Codec::new(), &Message::ping(1)) });
    let parser = keep(Codec::parser(codec));
    let _: nom::IResult<_, _, NomError<'_>> = keep(parser(input));
}

fn header(input: &[u8]) -> Message<'_> {
    let id = number() as u16;
    let message = match number() {
        0 => keep(Message::acknowledgement(id)),
        1 => keep(Message::reset(id)),
        2 => keep(Message::ping(id)),
        _ => keep(Message::new(message_type(), code(), id)),
    };
    match keep(Token::new(input)) {
        Some(token) => keep(Message::with_token(message, token)),
        None => message,
    }
}

fn values(input: &[u8]) -> [CoapOption<'_>; 3] {
    let option = || keep(CoapOption::new(OptionNumber(number() as u16), part(input)));
    [option(), option(), option()]
}

fn list<'a>(values: &'a [CoapOption<'a>; 3]) -> Options<'a> {
    match number() {
        0 => keep(<Options<'_> as From<&[CoapOption<'_>]>>::from(values)),
        1 => keep(<Options<'_> as From<&[CoapOption<'_>; 3]>>::from(values)),
        2 => keep(<Options<'_> as Default>::default()),
        _ => keep(Options::new(values)),
    }
}

fn options(options: &Options<'_>) {
    let mut iter = keep(Options::iter(options));
    while let Some(option) = keep(<OptionsIter<'_> as Iterator>::next(&mut iter)) {
        show(|f| keep(<OptionNumber as Display>::fmt(&option.number, f)));
    }
    keep(<Options<'_> as IntoIterator>::into_iter(*options));
    keep(<&Options<'_> as IntoIterator>::into_iter(options));
    keep(<Options<'_> as PartialEq>::eq(options, &Options::EMPTY));
    keep(Options::is_empty(options));
    let number = OptionNumber(number() as u16);
    keep(Options::first(options, number));
    keep(Options::contains(options, number));
    let mut values = keep(Options::all(options, number));
    while keep(<Values<'_> as Iterator>::next(&mut values)).is_some() {}
    for mut values in [
        keep(Options::if_match(options)),
        keep(Options::location_path(options)),
        keep(Options::uri_path(options)),
        keep(Options::uri_query(options)),
        keep(Options::location_query(options)),
        keep(Options::request_tag(options)),
    ] {
        while keep(<Values<'_> as Iterator>::next(&mut values)).is_some() {}
    }
    keep(Options::uri_host(options));
    keep(Options::etag(options));
    keep(Options::if_none_match(options));
    keep(Options::observe(options));
    keep(Options::uri_port(options));
    keep(Options::oscore(options));
    keep(Options::path_is(options, "sensors/light"));
    keep(Options::content_format(options));
    keep(Options::max_age(options));
    keep(Options::hop_limit(options));
    keep(Options::accept(options));
    keep(Options::q_block1(options));
    keep(Options::block2(options));
    keep(Options::block1(options));
    keep(Options::size2(options));
    keep(Options::q_block2(options));
    keep(Options::proxy_uri(options));
    keep(Options::proxy_scheme(options));
    keep(Options::size1(options));
    keep(Options::echo(options));
    keep(Options::no_response(options, code()));
}

fn tokens(token: Token<'_>) {
    keep(Token::as_bytes(&token));
    keep(Token::len(&token));
    keep(Token::is_empty(&token));
}

fn over_tcp(stream: &mut Stream<'_>, input: &[u8], output: &mut [u8]) {
    let codec = keep(tcp::Codec::with_max_token_len(keep(tcp::Codec::new()), number()));
    let codec = keep(tcp::Codec::with_max_message_size(codec, number()));
    keep(<tcp::Codec as Default>::default());
    let _ = keep(tcp::Codec::frame_len(&codec, input));
    match keep(tcp::Codec::decode(&codec, input)) {
        Ok(Some((message, _))) => {
            reliable(&message, input);
            if let Err(error) = keep(tcp::Codec::encode(&codec, &message, output)) {
                show(|f| keep(<EncodeError as Display>::fmt(&error, f)));
            }
            let _ = keep(tcp::Codec::encoded_len(&codec, &message));
            send(&codec, &message, output);
        }
        Ok(None) => {}
        Err(error) => show_error(&error),
    }
    let parser = keep(tcp::Codec::parser(codec));
    let _: nom::IResult<_, _, NomError<'_>> = keep(parser(input));

    keep(Stream::space(stream)).fill(number() as u8);
    keep(Stream::filled(stream, number() as usize));
    keep(Stream::push(stream, input));
    keep(Stream::has_next(stream, &codec));
    keep(Stream::held(stream));
    let next = keep(Stream::next(stream, &codec));
    let _ = next.map(|message| message.map(|message| reliable(&message, input)));
    if let Err(error) = keep(Stream::read_next(stream, &codec, &mut Device)) {
        show(|f| keep(<ReadError<embedded_io::ErrorKind> as Display>::fmt(&error, f)));
    }
    let next = keep(poll(Stream::read_next_async(stream, &codec, &mut Device)));
    let _ = next.map_ok(|message| message.is_some());
}

fn send(codec: &tcp::Codec, message: &ReliableMessage<'_>, output: &mut [u8]) {
    if let Ok(mut sending) = keep(Sending::new(codec, message, output)) {
        keep(Sending::bytes(&sending));
        keep(Sending::advance(&mut sending, number() as usize));
        if let Err(error) = keep(Sending::write(&mut sending, &mut Device)) {
            show(|f| keep(<WriteError<embedded_io::ErrorKind> as Display>::fmt(&error, f)));
        }
        let _ = keep(poll(Sending::write_async(&mut sending, &mut Device)));
    }
}

fn reliable(message: &ReliableMessage<'_>, input: &[u8]) {
    let know = Knowledge::server(&[OptionNumber::URI_PATH]);
    keep(react_reliable(&Ok(*message), flag(), &know));
    keep(ReliableMessage::custody(message));
    for address in keep(ReliableMessage::alternative_addresses(message)) {
        keep(address);
    }
    keep(ReliableMessage::hold_off_secs(message));
    keep(ReliableMessage::bad_csm_option(message));
    let mut csm = keep(Csm::BASE);
    keep(Csm::apply(&mut csm, &message.options));
    keep(Csm::bert(&csm));
    let values = values(input);
    let answer = keep(ReliableMessage::response(message, code()));
    let answer = keep(ReliableMessage::with_options(answer, list(&values)));
    let answer = keep(ReliableMessage::with_payload(answer, input));
    let other = keep(ReliableMessage::new(code()));
    keep(ReliableMessage::with_token(other, answer.token));
    keep(ReliableMessage::over_udp(answer, message_type(), number() as u16));
}

fn over_web_sockets(input: &[u8], output: &mut [u8]) {
    keep(<ws::Codec as Default>::default());
    let codec = keep(ws::Codec::with_max_token_len(keep(ws::Codec::new()), number()));
    match keep(ws::Codec::decode(&codec, input)) {
        Ok(message) => {
            let _ = keep(ws::Codec::encode(&codec, &message, output));
            let _ = keep(ws::Codec::encoded_len(&codec, &message));
        }
        Err(error) => show_error(&error),
    }
    let parser = keep(ws::Codec::parser(codec));
    let _: nom::IResult<_, _, NomError<'_>> = keep(parser(input));
}

fn edit(input: &[u8], output: &mut [u8]) {
    let number16 = || OptionNumber(number() as u16);
    let made = match number() {
        0 => keep(MessageMut::open(&Codec::new(), output, number() as usize)).ok(),
        _ => {
            let token = Token::new(part(input)).unwrap_or(Token::EMPTY);
            let (message_type, id) = (message_type(), number() as u16);
            keep(MessageMut::new(output, message_type, code(), id, token)).ok()
        }
    };
    let Some(mut message) = made else { return };
    loop {
        let (number16, number64) = (number16(), u64::from(number()) << 32);
        let result = match number() {
            0 => keep(MessageMut::insert(&mut message, number16, part(input))),
            1 => keep(MessageMut::insert_uint(&mut message, number16, number64)),
            2 => keep(MessageMut::set(&mut message, number16, part(input))),
            3 => keep(MessageMut::set_uint(&mut message, number16, number64)),
            4 => {
                keep(MessageMut::remove(&mut message, number16));
                Ok(())
            }
            5 => keep(MessageMut::set_payload(&mut message, part(input))),
            6 => {
                keep(MessageMut::payload_room(&mut message)).fill(number() as u8);
                Ok(keep(MessageMut::commit_payload(&mut message, number() as usize)))
            }
            7 => keep(MessageMut::set_header(&mut message, message_type(), code(), 1)),
            _ => break,
        };
        let _ = keep(result);
    }
    keep(MessageMut::as_bytes(&message));
    keep(MessageMut::len(&message));
    keep(MessageMut::message(&message));
}

fn uris(input: &[u8], output: &mut [u8]) {
    const HOME: Uri<'static> = Uri::from_static("coap://myhome.in/nest_bedroom/temp");
    keep(const { Uri::from_static("coap://myhome.in") });
    let Ok(text) = core::str::from_utf8(input) else { return };
    let _ = keep(Uri::new(text));
    let _ = keep(<Uri<'_> as TryFrom<&str>>::try_from(text));
    let address = Ipv6Addr::from(u128::from(number()));
    let destination = match number() {
        0 => keep(Destination::named(text, number() as u16)),
        1 => keep(Destination::new(IpAddr::V6(address), number() as u16)),
        _ => {
            let socket = SocketAddr::new(IpAddr::V6(address), number() as u16);
            keep(<Destination<'_> as From<SocketAddr>>::from(socket))
        }
    };
    match keep(Uri::decode(input)) {
        Ok(uri) => parts(uri, HOME, &destination, output),
        Err(error) => {
            keep(UriError::rule(&error));
            show(|f| keep(<UriError as Display>::fmt(&error, f)));
            keep(UriErrorKind::rule(error.kind));
            show(|f| keep(<UriErrorKind as Display>::fmt(&error.kind, f)));
        }
    }
    let Some(scheme) = keep(Scheme::from_name(input)) else { return };
    keep(Scheme::as_str(scheme));
    keep(Scheme::default_port(scheme));
    keep(Scheme::is_secure(scheme));
    show(|f| keep(<Scheme as Display>::fmt(&scheme, f)));
    let values = values(input);
    let options = list(&values);
    let _ = keep(encoded_len(scheme, &options, &destination));
    if let Err(error) = keep(encode(scheme, &options, &destination, output)) {
        show(|f| keep(<UriEncodeError as Display>::fmt(&error, f)));
    }
}

fn parts(uri: Uri<'_>, home: Uri<'_>, destination: &Destination<'_>, output: &mut [u8]) {
    keep(Uri::as_str(&uri));
    keep(Uri::scheme(&uri));
    keep(Uri::host_str(&uri));
    keep(Uri::port(&uri));
    keep(Uri::is_equivalent(&uri, &home));
    show(|f| keep(<Uri<'_> as Display>::fmt(&uri, f)));
    if let Host::Name(name) = keep(Uri::host(&uri)) {
        encoded(name, output);
    }
    let mut path = keep(Uri::path(&uri));
    while let Some(segment) = keep(<Segments<'_> as Iterator>::next(&mut path)) {
        encoded(segment, output);
    }
    let mut query = keep(Uri::query(&uri));
    while let Some(argument) = keep(<Arguments<'_> as Iterator>::next(&mut query)) {
        encoded(argument, output);
    }
    let mut options = keep(Uri::options(&uri, destination));
    while let Some(option) = keep(<UriOptions<'_> as Iterator>::next(&mut options)) {
        keep(UriOption::value(&option, &mut [0; UriOption::MAX_LEN]));
    }
    if let Ok(mut get) = MessageMut::new(output, Type::Confirmable, Code::GET, 1, Token::EMPTY) {
        let _ = keep(Uri::write_options(&uri, &mut get, destination));
    }
}

fn encoded(text: Encoded<'_>, output: &mut [u8]) {
    keep(Encoded::as_str(&text));
    keep(Encoded::len(&text));
    keep(Encoded::is_empty(&text));
    let mut bytes = keep(Encoded::bytes(&text));
    while keep(<EncodedBytes<'_> as Iterator>::next(&mut bytes)).is_some() {}
    keep(<Encoded<'_> as PartialEq>::eq(&text, &keep(text)));
    keep(<Encoded<'_> as PartialEq<&[u8]>>::eq(&text, &&b"a"[..]));
    keep(<Encoded<'_> as PartialEq<&str>>::eq(&text, &"a"));
    keep(Encoded::decode_into(&text, output));
}

fn numbers() {
    let number16 = OptionNumber(number() as u16);
    keep(OptionNumber::is_critical(number16));
    keep(OptionNumber::is_unsafe(number16));
    keep(OptionNumber::is_no_cache_key(number16));
    keep(OptionNumber::is_experimental(number16));
    keep(OptionNumber::name(number16));
    keep(OptionNumber::is_repeatable_in(number16, code()));
    for definition in
        [keep(OptionNumber::definition(number16)), keep(signalling_definition(code(), number16))]
    {
        if let Some(definition) = keep(definition) {
            keep(OptionDefinition::allows_len(&definition, number() as usize));
        }
    }
    let uint = keep(Uint::new(u64::from(number()) << 32 | u64::from(number())));
    keep(Uint::as_bytes(&uint));
    keep(Uint::get(&uint));
}

fn codes(input: &[u8]) {
    let code = code();
    keep(Code::new(number() as u8, number() as u8));
    keep(Code::class(code));
    keep(Code::detail(code));
    keep(Code::is_empty(code));
    keep(Code::is_request(code));
    keep(Code::is_response(code));
    keep(Code::is_success(code));
    keep(Code::is_client_error(code));
    keep(Code::is_server_error(code));
    keep(Code::is_signalling(code));
    keep(Code::is_reserved(code));
    keep(Code::is_safe(code));
    keep(Code::is_idempotent(code));
    keep(Code::class_default(code));
    keep(Code::is_suppressed_by(code, number() as u8));
    keep(Code::name(code));
    keep(Code::section(code));
    show(|f| keep(<Code as Display>::fmt(&code, f)));
    keep(Uint::decode(input));
}

fn blocks(input: &[u8]) {
    if let Err(error) = keep(Block::decode(input)) {
        keep(BlockError::code(error));
        keep(BlockError::rule(error));
        show(|f| keep(<BlockError as Display>::fmt(&error, f)));
    }
    let szx = keep(Szx::from_bits(number() as u8));
    keep(Szx::from_size(number() as usize));
    keep(Szx::at_most(number() as usize));
    keep(Szx::size(szx));
    let szx = keep(Szx::smaller(szx, Szx::S256));
    for block in [
        keep(Block::decode_reliable(input)).ok(),
        keep(Block::new(number(), flag(), szx)),
        Some(keep(Block::first(szx))),
    ]
    .into_iter()
    .flatten()
    {
        keep(Block::num(block));
        keep(Block::more(block));
        keep(Block::szx(block));
        keep(Block::with_more(block, flag()));
        keep(Block::value(block));
        keep(Block::to_uint(block));
        keep(Block::offset(block));
        keep(Block::allows_payload(block, number() as usize));
        keep(Block::next(block, number() as usize));
        keep(Block::resized(block, szx));
        keep(Block::window(block, number() as usize));
        keep(Block::answer(block, number() as usize, szx));
        keep(Block::answer_within(block, number() as usize, number() as usize));
    }
    let now = u64::from(number()) << 16;
    let clock = keep(Observe::from_clock(now));
    for observe in
        [keep(Observe::decode(input)), keep(Observe::new(number())), Some(keep(Observe::of(now)))]
            .into_iter()
            .flatten()
    {
        keep(Observe::get(observe));
        keep(Observe::to_uint(observe));
        keep(Observe::next(observe));
        keep(Observe::is_fresher(observe, now, clock, u64::from(number())));
    }
    keep(Observe::may_follow(now, u64::from(number()), u64::from(number())));
    let mut link = keep(Link::IEEE_802_15_4);
    (link.frame, link.ipv6) = (number() as usize, number() as usize);
    let room = keep(Link::room(&keep(Link::with_security(link, number() as usize))));
    keep(fits(number() as usize, room));
    keep(szx_for(room, number() as usize));
}

fn mapping(input: &[u8]) {
    let code = code();
    let mut exchange = keep(Exchange::new());
    (exchange.has_payload, exchange.conditional) = (flag(), flag());
    (exchange.option_from_header, exchange.methods_known) = (flag(), flag());
    keep(code_to_status(code, exchange));
    keep(status_to_code(number() as u16, code));
    keep(code_to_method(code));
    let format = ContentFormat(number() as u16);
    keep(ContentFormat::media_type(format));
    keep(ContentFormat::content_coding(format));
    show(|f| keep(<ContentFormat as Display>::fmt(&format, f)));
    keep(content_type(format, &mut [0; CONTENT_TYPE_LEN]));
    let Ok(text) = core::str::from_utf8(input) else { return };
    keep(method_to_code(text));
    keep(ContentFormat::from_media_type(text));
    keep(ContentFormat::from_coded_media_type(text, "deflate"));
    keep(loose_content_format(text, "deflate"));
    keep(coap_payload(text));
}

fn show_error(error: &DecodeError) {
    keep(DecodeError::rule(error));
    keep(DecodeError::reaction(error));
    show(|f| keep(<DecodeError as Display>::fmt(error, f)));
    keep(ErrorKind::rule(error.kind));
    show(|f| keep(<ErrorKind as Display>::fmt(&error.kind, f)));
}

fn show(text: impl Fn(&mut fmt::Formatter<'_>) -> fmt::Result) {
    let _ = write!(Sink, "{}", fmt::from_fn(text));
}

fn part(input: &[u8]) -> &[u8] {
    input.get(number() as usize..).unwrap_or_default()
}

fn code() -> Code {
    Code(number() as u8)
}

fn message_type() -> Type {
    match number() {
        0 => Type::Confirmable,
        1 => Type::NonConfirmable,
        2 => Type::Acknowledgement,
        _ => Type::Reset,
    }
}

fn flag() -> bool {
    number() == 0
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    unsafe extern "C" {
        safe fn panic_is_reachable() -> !;
    }
    panic_is_reachable()
}
