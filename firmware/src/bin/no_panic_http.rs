//! Calls every public function of http-lite with unknown input. It links only if none of them can
//! panic. Its functions are not inlined, so that `weigh.py` can tell which of them panics.

#![no_std]
#![no_main]
#![allow(clippy::unit_arg, reason = "every call stands in `keep`")]

use core::fmt::{self, Display, Write};
use firmware::device::Device;
use firmware::{Sink, bytes, keep, number, poll};
use http_lite::body::{BodyDecoder, BodyEncoder, BodyLimits, BodyPart};
use http_lite::connection::{
    Budgets, Client, ClientEvent, SendError, Server, ServerEvent, Settings,
};
use http_lite::framing::{Asked, Framing, Message, decide};
use http_lite::io::{Driver, IoError, ReadBuffer, Sender};
use http_lite::list::{self, Elements};
use http_lite::percent::Encoded;
use http_lite::{
    ContentRange, DecodeError, EncodeError, EntityTag, EntityTagIter, EntityTags, ErrorKind, Facts,
    Field, FieldError, FieldName, FieldValue, Fields, FieldsIter, Follow, HeadItem, HeadParser,
    HeadStream, HttpDate, HttpUri, Limits, LocationError, MediaType, Method, NumberTag,
    ParameterIter, ParameterValue, Parameters, Parts, Preconditions, Range, RangeSpec, RangeSpecs,
    Reason, Redirect, RedirectError, RequestBody, RequestHead, ResponseHead, Selection, Span,
    StatusCode, Target, TextBytes, Validators, Verdict, Version, if_range, is_authority,
};

type NomError<'a> = nom::error::Error<&'a [u8]>;

#[unsafe(no_mangle)]
fn image() -> ! {
    let (mut input, mut output, mut held) = ([0; 256], [0; 256], [0; 256]);
    loop {
        let input = bytes(&mut input);
        heads(input, &mut output);
        encoded_heads(input, &mut output);
        parts_of_heads(input);
        streams(input, &mut held);
        bodies(input, &mut output);
        servers(input, &mut output);
        clients(input, &mut output);
        blocking(input, &mut output, &mut held);
        waiting(input, &mut output, &mut held);
        lists(input, &mut output);
        negotiation(input);
        ranges(input, &mut output);
        conditions(input, &mut output);
        authentication(input, &mut output);
        uris(input, &mut output);
        paths(input, &mut output);
        queries(input, &mut output);
        events(input, &mut output, &mut held);
        parts(input, &mut output, &mut held);
    }
}

fn limits() -> Limits {
    Limits { bytes: number(), fields: number() as u16 }
}

#[inline(never)]
fn heads(input: &[u8], output: &mut [u8]) {
    let mut parser = match number() {
        0 => keep(HeadParser::new()),
        1 => keep(<HeadParser as Default>::default()),
        _ => keep(HeadParser::with_limits(limits())),
    };
    loop {
        match keep(HeadParser::parse_request(&mut parser, part(input))) {
            Ok(Some((head, _))) => request(&head, output),
            Ok(None) => {}
            Err(error) => show_error(&error),
        }
        match keep(HeadParser::parse_response(&mut parser, part(input))) {
            Ok(Some((head, _))) => response(&head, output),
            Ok(None) => {}
            Err(error) => show_error(&error),
        }
        keep(HeadParser::limits(&parser));
        keep(HeadParser::is_between_heads(&parser));
        framings(keep(HeadParser::facts(&parser)));
        if flag() {
            break;
        }
    }
    let parser = keep(Limits::request_parser(limits()));
    let _: nom::IResult<_, _, NomError<'_>> = keep(parser(input));
    let parser = keep(Limits::response_parser(limits()));
    let _: nom::IResult<_, _, NomError<'_>> = keep(parser(input));
}

#[inline(never)]
fn framings(facts: &Facts) {
    keep(Facts::persists(facts));
    let mut facts = keep(Facts::new(version()));
    facts.content_length = flag().then(number64);
    let message = match number() {
        0 => Message::Request,
        _ => Message::Response(keep(Asked::of(&Method::HEAD)), status()),
    };
    let _ = keep(decide(message, &facts));
}

#[inline(never)]
fn request(head: &RequestHead<'_>, output: &mut [u8]) {
    if let Err(error) = keep(RequestHead::encode(head, output)) {
        show(|f| keep(<EncodeError as Display>::fmt(&error, f)));
    }
    keep(RequestHead::encoded_len(head));
    method(head.method);
    target(head.target);
    fields(&head.fields);
}

#[inline(never)]
fn response(head: &ResponseHead<'_>, output: &mut [u8]) {
    let _ = keep(ResponseHead::encode(head, output));
    keep(ResponseHead::encoded_len(head));
    keep(Reason::as_bytes(&head.reason));
    statuses(head.status);
    fields(&head.fields);
}

#[inline(never)]
fn encoded_heads(input: &[u8], output: &mut [u8]) {
    with_fields(input, |fields| {
        let Some(method) = keep(Method::new(part(input))) else { return };
        let Some(target) = keep(Target::new(input, &method)) else { return };
        let mut head = keep(RequestHead::new(method, target, fields));
        head.version = version();
        request(&head, output);
        let mut head = keep(ResponseHead::new(status(), fields));
        if let Some(reason) = keep(Reason::new(text(input))) {
            head.reason = reason;
        }
        response(&head, output);
        keep(Reason::of(status()));
    });
}

#[inline(never)]
fn with_fields(input: &[u8], look: impl FnOnce(Fields<'_>)) {
    let field = || match number() {
        0 => Some(keep(Field::content_length(number64()))),
        1 => match keep(Field::new(text(input), text(part(input)))) {
            Ok(field) => Some(field),
            Err(error) => {
                show(|f| keep(<FieldError as Display>::fmt(&error, f)));
                None
            }
        },
        2 => Some(Field::CHUNKED),
        3 => Some(Field { name: Field::CLOSE.name, value: keep(FieldValue::number(number64())) }),
        _ => Some(Field {
            name: keep(FieldName::new(part(input)))?,
            value: keep(FieldValue::new(part(input)))?,
        }),
    };
    let (Some(a), Some(b), Some(c)) = (field(), field(), field()) else { return };
    look(keep(Fields::new(&[a, b, c])));
}

#[inline(never)]
fn fields(fields: &Fields<'_>) {
    let mut iter = keep(Fields::iter(fields));
    while let Some(field) = keep(<FieldsIter<'_> as Iterator>::next(&mut iter)) {
        name(&field.name);
        value(&field.value);
    }
    keep(<Fields<'_> as IntoIterator>::into_iter(*fields));
    keep(<Fields<'_> as PartialEq>::eq(fields, &Fields::EMPTY));
    keep(Fields::is_empty(fields));
    keep(Fields::get(fields, "host"));
    keep(Fields::single(fields, "host"));
    keep(Fields::has_element(fields, "connection", "upgrade"));
    let mut all = keep(Fields::all(fields, "accept"));
    while keep(all.next()).is_some() {}
}

#[inline(never)]
fn name(name: &FieldName<'_>) {
    keep(FieldName::as_bytes(name));
    keep(FieldName::as_str(name));
    keep(FieldName::is(name, "host"));
    keep(<FieldName<'_> as PartialEq>::eq(name, &Field::CLOSE.name));
}

#[inline(never)]
fn value(value: &FieldValue<'_>) {
    keep(FieldValue::as_bytes(value));
    keep(FieldValue::to_bytes(value, &mut [0; 20]));
    keep(FieldValue::to_str(value));
    keep(FieldValue::is(value, "close"));
    keep(FieldValue::to_number(value));
    keep(FieldValue::elements(value));
    keep(<FieldValue<'_> as PartialEq>::eq(value, &keep(FieldValue::number(number64()))));
}

#[inline(never)]
fn parts_of_heads(input: &[u8]) {
    statuses(status());
    if let Some(named) = keep(Method::new(input)) {
        method(named);
    }
    keep(is_authority(input));
}

#[inline(never)]
fn method(method: Method<'_>) {
    keep(Method::as_bytes(&method));
    keep(Method::as_str(&method));
    keep(Method::is_safe(&method));
    keep(Method::is_idempotent(&method));
    keep(<Method<'_> as PartialEq<str>>::eq(&method, "GET"));
    keep(<Method<'_> as PartialEq<&str>>::eq(&method, &"GET"));
    show(|f| keep(<Method<'_> as Display>::fmt(&method, f)));
}

#[inline(never)]
fn target(target: Target<'_>) {
    keep(Target::form(&target));
    keep(Target::as_bytes(&target));
    keep(Target::as_str(&target));
    keep(Target::path(&target));
    keep(Target::query(&target));
    keep(Target::path_and_query(&target));
    keep(Target::authority(&target));
    keep(Target::has_good_authority(&target));
    keep(Target::scheme(&target));
    show(|f| keep(<Target<'_> as Display>::fmt(&target, f)));
}

#[inline(never)]
fn statuses(status: StatusCode) {
    keep(StatusCode::new(number() as u16));
    keep(StatusCode::get(status));
    keep(StatusCode::reason(status));
    keep(StatusCode::class(status));
    keep(StatusCode::is_informational(status));
    keep(StatusCode::is_successful(status));
    keep(StatusCode::is_redirection(status));
    keep(StatusCode::is_client_error(status));
    keep(StatusCode::is_server_error(status));
    show(|f| keep(<StatusCode as Display>::fmt(&status, f)));
}

#[inline(never)]
fn streams(input: &[u8], held: &mut [u8]) {
    let mut stream = match number() {
        0 => keep(HeadStream::request(held, &["host", "accept"], limits())),
        _ => keep(HeadStream::response(held, &["location"], limits())),
    };
    loop {
        match keep(HeadStream::handle_input(&mut stream, part(input))) {
            Ok((_, Some(HeadItem::Field(field)))) => value(&field.value),
            Ok((0, None)) => break,
            Ok(_) => {}
            Err(error) => show_error(&error),
        }
    }
    keep(HeadStream::facts(&stream));
}

#[inline(never)]
fn framing() -> Framing {
    match number() {
        0 => Framing::None,
        1 => Framing::Length(number64()),
        2 => Framing::Chunked,
        3 => Framing::UntilClose,
        _ => Framing::Tunnel,
    }
}

#[inline(never)]
fn bodies(input: &[u8], output: &mut [u8]) {
    let body_limits = BodyLimits { content: number64(), extensions: number(), trailers: limits() };
    let mut decoder = match number() {
        0 => keep(BodyDecoder::new(framing())),
        _ => keep(BodyDecoder::with_limits(framing(), body_limits)),
    };
    loop {
        match keep(BodyDecoder::decode(&mut decoder, part(input))) {
            Ok((_, Some(found))) => body_part(&found),
            Ok((_, None)) => {}
            Err(error) => show_error(&error),
        }
        let _ = keep(BodyDecoder::decode_in_place(&mut decoder, output));
        if flag() {
            let _ = keep(BodyDecoder::handle_eof(&mut decoder));
        }
        if keep(BodyDecoder::is_done(&decoder)) || keep(BodyDecoder::is_until_close(&decoder)) {
            break;
        }
        keep(BodyDecoder::remaining(&decoder));
        let mut parser = keep(BodyDecoder::parser(&mut decoder));
        let _: nom::IResult<_, _, NomError<'_>> = keep(parser(input));
    }
    let mut encoder = keep(BodyEncoder::new(framing()));
    while !keep(BodyEncoder::is_done(&encoder)) {
        let _ = keep(BodyEncoder::encode(&mut encoder, part(input), output));
        let _ = keep(BodyEncoder::prefix(&mut encoder, number64(), output));
        keep(BodyEncoder::suffix(&encoder));
        keep(BodyEncoder::remaining(&encoder));
        with_fields(input, |fields| {
            let _ = keep(BodyEncoder::finish(&mut encoder, &fields, output));
        });
    }
}

#[inline(never)]
fn body_part(part: &BodyPart<'_>) {
    if let BodyPart::Trailers(trailers) = part {
        fields(trailers);
    }
}

#[inline(never)]
fn settings() -> Settings {
    let (head_ms, body_ms) = (number64(), number64());
    let budgets = Budgets { head_ms, body_ms, body_bytes: number64(), idle_ms: number64() };
    let settings = keep(Settings::with_budgets(Settings::SERVER, budgets));
    keep(Settings::with_content(keep(Settings::with_buffer(settings, number())), number64()))
}

#[inline(never)]
fn servers(input: &[u8], output: &mut [u8]) {
    let mut server = keep(Server::new(settings()));
    loop {
        match keep(Server::handle_input(&mut server, part(input), number64())) {
            Ok((_, Some(ServerEvent::Request { head, .. }))) => target(head.target),
            Ok((_, Some(ServerEvent::Body(found)))) => body_part(&found),
            Ok((_, None)) => {}
            Err(error) => show_error(&error),
        }
        with_fields(input, |fields| {
            let head = ResponseHead::new(status(), fields);
            if let Err(error) = keep(Server::respond(&mut server, &head, number64(), output)) {
                show(|f| keep(<SendError as Display>::fmt(&error, f)));
            }
            let _ = keep(Server::finish(&mut server, &fields, number64(), output));
        });
        let _ = keep(Server::data(&mut server, part(input), output));
        let _ = keep(Server::data_prefix(&mut server, number64(), output));
        keep(Server::data_suffix(&server));
        let _ = keep(Server::poll_transmit(&mut server, number64(), output));
        keep(Server::poll_timeout(&server));
        keep(Server::handle_timeout(&mut server, number64()));
        keep(Server::awaits_continue(&server));
        keep(Server::wants_input(&server));
        keep(Server::is_switched(&server));
        keep(Server::is_switch_asked(&server));
        if flag() {
            keep(Server::close_after_response(&mut server));
            let _ = keep(Server::handle_eof(&mut server));
        }
        if keep(Server::wants_close(&server)) {
            break;
        }
    }
}

#[inline(never)]
fn with_request(input: &[u8], look: impl FnOnce(&RequestHead<'_>)) {
    with_fields(input, |fields| {
        let method = Method::new(part(input)).unwrap_or(Method::GET);
        let target = Target::new(input, &method).unwrap_or(Target::ROOT);
        look(&RequestHead::new(method, target, fields));
    });
}

#[inline(never)]
fn clients(input: &[u8], output: &mut [u8]) {
    let mut client = keep(Client::new(settings()));
    loop {
        with_request(input, |head| {
            let _ = keep(Client::request(&mut client, head, number64(), output));
            let _ = keep(Client::finish(&mut client, &head.fields, number64(), output));
        });
        let _ = keep(Client::data(&mut client, part(input), output));
        let _ = keep(Client::data_prefix(&mut client, number64(), output));
        keep(Client::data_suffix(&client));
        match keep(Client::handle_input(&mut client, part(input), number64())) {
            Ok((_, Some(ClientEvent::Response { head, .. }))) => fields(&head.fields),
            Ok((_, Some(ClientEvent::Body(found)))) => body_part(&found),
            Ok((_, _)) => {}
            Err(error) => show_error(&error),
        }
        keep(Client::poll_timeout(&client));
        keep(Client::handle_timeout(&mut client, number64()));
        keep(Client::wants_input(&client));
        keep(Client::can_request(&client));
        keep(Client::is_idle(&client));
        keep(Client::in_flight(&client));
        keep(Client::is_switched(&client));
        keep(Client::awaits_continue(&client));
        keep(Client::is_answered_early(&client));
        if flag() {
            let _ = keep(Client::handle_eof(&mut client));
        }
        if keep(Client::wants_close(&client)) {
            break;
        }
    }
    keep(<SendError as From<EncodeError>>::from(EncodeError::Invalid(ErrorKind::Host)));
}

#[inline(never)]
fn blocking(input: &[u8], output: &mut [u8], held: &mut [u8]) {
    let mut buffer = keep(ReadBuffer::new(held));
    let mut parser = HeadParser::with_limits(limits());
    if let Err(error) = keep(ReadBuffer::read_request(&mut buffer, &mut parser, &mut Device)) {
        show(|f| keep(<IoError<embedded_io::ErrorKind> as Display>::fmt(&error, f)));
    }
    if let Ok(Some(head)) = keep(ReadBuffer::read_response(&mut buffer, &mut parser, &mut Device)) {
        fields(&head.fields);
    }
    let mut decoder = BodyDecoder::new(framing());
    if let Ok(Some(found)) = keep(ReadBuffer::read_body(&mut buffer, &mut decoder, &mut Device)) {
        body_part(&found);
    }
    keep(ReadBuffer::space(&mut buffer)).fill(number() as u8);
    keep(ReadBuffer::filled(&mut buffer, number() as usize));
    keep(ReadBuffer::take(&mut buffer, number() as usize));
    keep(ReadBuffer::held(&buffer));

    let (mut server, mut device) = (Server::new(settings()), Device);
    let mut driver = keep(Driver::new(&mut server, &mut device, number64, held, output));
    while let Ok(Some((event, sender))) = keep(Driver::<Server, _, _>::read_next(&mut driver)) {
        keep(event);
        with_fields(input, |fields| {
            let _ = keep(Sender::respond(sender, &ResponseHead::new(status(), fields)));
            let _ = keep(Sender::<Server, _, _>::data(sender, part(input)));
            let _ = keep(Sender::<Server, _, _>::finish(sender, &fields));
        });
        keep(keep(Sender::machine(sender)).wants_close());
    }
    let _ = keep(Sender::send(keep(Driver::sender(&mut driver))));

    let mut client = Client::new(settings());
    let mut driver = Driver::new(&mut client, &mut device, number64, held, output);
    with_request(input, |head| {
        if let Ok((head, _)) = keep(Driver::exchange(&mut driver, head, part(input))) {
            fields(&head.fields);
        }
    });
    while let Ok(Some((event, sender))) = keep(Driver::<Client, _, _>::read_next(&mut driver)) {
        keep(event);
        with_request(input, |head| {
            let _ = keep(Sender::request(sender, head));
            let _ = keep(Sender::<Client, _, _>::data(sender, part(input)));
            let _ = keep(Sender::<Client, _, _>::finish(sender, &head.fields));
        });
    }
    keep(Driver::into_input(driver));
}

#[inline(never)]
fn waiting(input: &[u8], output: &mut [u8], held: &mut [u8]) {
    let mut buffer = ReadBuffer::new(held);
    let mut parser = HeadParser::with_limits(limits());
    let head = keep(poll(ReadBuffer::read_request_async(&mut buffer, &mut parser, &mut Device)));
    let _ = head.map_ok(|head| head.is_some());
    let head = keep(poll(ReadBuffer::read_response_async(&mut buffer, &mut parser, &mut Device)));
    let _ = head.map_ok(|head| head.is_some());
    let mut decoder = BodyDecoder::new(framing());
    let found = keep(poll(ReadBuffer::read_body_async(&mut buffer, &mut decoder, &mut Device)));
    let _ = found.map_ok(|found| found.is_some());

    let (mut server, mut device) = (Server::new(settings()), Device);
    let mut driver = Driver::new(&mut server, &mut device, number64, held, output);
    let _ = keep(poll(Driver::<Server, _, _>::read_next_async(&mut driver)))
        .map_ok(|event| event.is_some());
    let sender = driver.sender();
    with_fields(input, |fields| {
        let head = ResponseHead::new(status(), fields);
        let _ = keep(poll(Sender::respond_async(sender, &head)));
        let _ = keep(poll(Sender::<Server, _, _>::data_async(sender, &mut part(input))));
        let _ = keep(poll(Sender::<Server, _, _>::finish_async(sender, &fields)));
        let _ = keep(poll(Sender::send_async(sender)));
    });

    let mut client = Client::new(settings());
    let mut driver = Driver::new(&mut client, &mut device, number64, held, output);
    let _ = keep(poll(Driver::<Client, _, _>::read_next_async(&mut driver)))
        .map_ok(|event| event.is_some());
    let sender = driver.sender();
    with_request(input, |head| {
        let _ = keep(poll(Sender::request_async(sender, head)));
        let _ = keep(poll(Sender::<Client, _, _>::data_async(sender, &mut part(input))));
        let _ = keep(poll(Sender::<Client, _, _>::finish_async(sender, &head.fields)));
    });
}

#[inline(never)]
fn lists(input: &[u8], output: &mut [u8]) {
    let mut elements = keep(list::elements(input));
    while let Some(element) = keep(<Elements<'_> as Iterator>::next(&mut elements)) {
        keep(list_is_token(element));
    }
    contains_token(input);
    let Some(parameters) = keep(Parameters::parse(input)) else { return };
    keep(Parameters::get(&parameters, b"q"));
    keep(<Parameters<'_> as IntoIterator>::into_iter(parameters));
    let mut iter = keep(Parameters::iter(&parameters));
    while let Some(parameter) = keep(<ParameterIter<'_> as Iterator>::next(&mut iter)) {
        parameter_value(parameter.value, output);
    }
    let made = [keep(ParameterValue::new(input)), keep(ParameterValue::parse(input))];
    for made in made.into_iter().flatten() {
        parameter_value(keep(ParameterValue::in_quotes(made)), output);
    }
}

#[inline(never)]
fn list_is_token(element: &[u8]) -> bool {
    use http_lite::list::is_token;
    keep(is_token(element))
}

#[inline(never)]
fn contains_token(input: &[u8]) {
    use http_lite::list::{contains, elements};
    keep(contains(input, b"close"));
    keep(elements(input));
}

#[inline(never)]
fn parameter_value(value: ParameterValue<'_>, output: &mut [u8]) {
    keep(ParameterValue::as_bytes(&value));
    keep(ParameterValue::eq_ignore_case(&value, b"utf-8"));
    let _ = keep(ParameterValue::copy_to(&value, output));
    let _ = keep(ParameterValue::encode(&value, output));
    keep(ParameterValue::encoded_len(&value));
    keep(<ParameterValue<'_> as PartialEq>::eq(&value, &keep(value)));
    keep(<ParameterValue<'_> as PartialEq<[u8]>>::eq(&value, b"a".as_slice()));
    keep(<ParameterValue<'_> as PartialEq<&[u8; 1]>>::eq(&value, &b"a"));
    let mut bytes = keep(ParameterValue::bytes(&value));
    while keep(<TextBytes<'_> as Iterator>::next(&mut bytes)).is_some() {}
}

#[inline(never)]
fn negotiation(input: &[u8]) {
    use http_lite::accept::{Quality, best, encoding_quality, quality};
    let Some(media_type) = keep(MediaType::parse(input)) else { return };
    keep(MediaType::as_bytes(&media_type));
    keep(MediaType::type_(&media_type));
    keep(MediaType::subtype(&media_type));
    keep(MediaType::essence(&media_type));
    keep(MediaType::parameters(&media_type));
    keep(MediaType::charset(&media_type));
    keep(MediaType::is(&media_type, MediaType::JSON));
    keep(MediaType::is_in(&media_type, MediaType::JSON));
    let quality_of = keep(quality([input, part(input)], media_type));
    keep(Quality::per_mille(quality_of));
    keep(Quality::is_acceptable(quality_of));
    keep(Quality::parse(input));
    keep(best([input, part(input)], &[media_type, MediaType::JSON]));
    keep(encoding_quality([input, part(input)], b"gzip"));
}

#[inline(never)]
fn ranges(input: &[u8], output: &mut [u8]) {
    let spec = || match number() {
        0 => RangeSpec::Span { first: number64(), last: number64() },
        1 => RangeSpec::From(number64()),
        _ => RangeSpec::Last(number64()),
    };
    let specs = [spec(), spec(), spec()];
    keep(RangeSpec::within(spec(), number64()));
    for range in [keep(Range::new(&specs)), keep(Range::parse(input))].into_iter().flatten() {
        let mut iter = keep(Range::iter(&range));
        while keep(<RangeSpecs<'_> as Iterator>::next(&mut iter)).is_some() {}
        keep(<Range<'_> as IntoIterator>::into_iter(range));
        keep(<Range<'_> as PartialEq>::eq(&range, &keep(range)));
        let _ = keep(Range::encode(&range, output));
        keep(Range::encoded_len(&range));
        let selection = keep(Range::select(&range, number64(), number() as u8));
        if let Selection::Parts(mut parts) = selection {
            while let Some(span) = keep(<Parts<'_> as Iterator>::next(&mut parts)) {
                content_range(keep(ContentRange::part(span, flag().then(number64))), output);
            }
        }
    }
    content_range(Some(keep(ContentRange::unsatisfied(number64()))), output);
    content_range(keep(ContentRange::parse(input)), output);
    if let Some(span) = keep(Span::new(number64(), number64())) {
        keep(Span::first(span));
        keep(Span::last(span));
        keep(Span::count(span));
    }
}

#[inline(never)]
fn content_range(range: Option<ContentRange>, output: &mut [u8]) {
    let Some(range) = range else { return };
    keep(ContentRange::span(range));
    keep(ContentRange::complete_len(range));
    let _ = keep(ContentRange::encode(range, output));
    keep(ContentRange::encoded_len(range));
}

#[inline(never)]
fn conditions(input: &[u8], output: &mut [u8]) {
    let tag = keep(NumberTag::new(number64()));
    for tag in [
        Some(keep(NumberTag::tag(&tag))),
        keep(EntityTag::strong(input)),
        keep(EntityTag::parse(input)),
    ]
    .into_iter()
    .flatten()
    {
        let weak = keep(EntityTag::to_weak(tag));
        keep(EntityTag::is_weak(weak));
        keep(EntityTag::opaque(weak));
        keep(EntityTag::strongly_matches(tag, weak));
        keep(EntityTag::weakly_matches(tag, weak));
        let _ = keep(EntityTag::encode(tag, output));
        keep(EntityTag::encoded_len(tag));
        if let Some(tags) = keep(EntityTags::parse(input)) {
            keep(EntityTags::is_any(&tags));
            keep(EntityTags::strongly_match(&tags, tag));
            keep(EntityTags::weakly_match(&tags, tag));
            let mut iter = keep(EntityTags::iter(&tags));
            while keep(<EntityTagIter<'_> as Iterator>::next(&mut iter)).is_some() {}
            keep(<EntityTags<'_> as IntoIterator>::into_iter(tags));
        }
    }
    let (year, month, day) = (number() as u16, number() as u8, number() as u8);
    let (hour, minute, second) = (number() as u8, number() as u8, number() as u8);
    let made = keep(HttpDate::from_civil(year, month, day, hour, minute, second));
    let Some(now) = keep(HttpDate::new(number64())) else { return };
    for date in [made, keep(HttpDate::parse(input, now))].into_iter().flatten() {
        keep(HttpDate::get(date));
        keep(HttpDate::civil(date));
        keep(HttpDate::to_bytes(date));
        let _ = keep(HttpDate::encode(&date, output));
        keep(HttpDate::encoded_len(&date));
        show(|f| keep(<HttpDate as Display>::fmt(&date, f)));
    }
    with_fields(input, |fields| {
        keep(<Preconditions as Default>::default());
        let mut asked = keep(Preconditions::of(&fields));
        (asked.if_match, asked.range) = (flag().then_some(input), flag().then_some(input));
        let (last_modified, is_date_strong) = (made, flag());
        let current = Validators { etag: EntityTag::parse(input), last_modified, is_date_strong };
        let current = flag().then_some(&current);
        let verdict = keep(Preconditions::evaluate(&asked, Method::GET, current, now));
        keep(Verdict::status(&verdict));
        if let Some(current) = current {
            keep(if_range(input, current, now));
        }
    });
}

#[inline(never)]
fn authentication(input: &[u8], output: &mut [u8]) {
    use http_lite::auth::{
        AuthParameters, Basic, BasicChallenge, BasicError, Challenge, Challenges, challenges,
        constant_time_eq, token68,
    };
    keep(token68(input, b"Bearer"));
    keep(constant_time_eq(input, part(input)));
    if let Some(basic) = keep(Basic::new(input, part(input))) {
        keep(Basic::verify(&basic, input));
        let _ = keep(Basic::encode(&basic, output));
        keep(Basic::encoded_len(&basic));
    }
    match keep(Basic::decode(input, output)) {
        Ok(basic) => {
            keep(Basic::user(&basic));
            keep(Basic::password(&basic));
        }
        Err(error) => show(|f| keep(<BasicError as Display>::fmt(&error, f))),
    }
    let mut all = keep(challenges(input));
    while let Some(challenge) = keep(<Challenges<'_> as Iterator>::next(&mut all)) {
        keep(Challenge::scheme(&challenge));
        keep(Challenge::is(&challenge, b"Basic"));
        keep(Challenge::token68(&challenge));
        keep(Challenge::get(&challenge, b"realm"));
        let mut parameters = keep(Challenge::parameters(&challenge));
        while keep(<AuthParameters<'_> as Iterator>::next(&mut parameters)).is_some() {}
    }
    for challenge in
        [keep(BasicChallenge::new(input)), keep(BasicChallenge::find(input))].into_iter().flatten()
    {
        let challenge = keep(BasicChallenge::with_utf8(challenge));
        keep(BasicChallenge::realm(&challenge));
        keep(BasicChallenge::is_utf8(&challenge));
        let _ = keep(BasicChallenge::encode(&challenge, output));
        keep(BasicChallenge::encoded_len(&challenge));
    }
}

#[inline(never)]
fn uris(input: &[u8], output: &mut [u8]) {
    let body = match number() {
        0 => RequestBody::None,
        1 => RequestBody::Replayable,
        _ => RequestBody::Gone,
    };
    let Some(uri) = keep(HttpUri::parse(input)) else { return };
    keep(HttpUri::as_bytes(&uri));
    keep(HttpUri::is_https(&uri));
    keep(HttpUri::authority(&uri));
    keep(HttpUri::host(&uri));
    keep(HttpUri::port(&uri));
    keep(HttpUri::target(&uri));
    match keep(HttpUri::resolve(&uri, part(input), output)) {
        Ok(next) => {
            let is_same_origin = keep(HttpUri::is_same_origin(&uri, &next));
            let (method, left) = (Method::POST, number() as u8);
            let redirect = Redirect { status: status(), method, body, is_same_origin, left };
            match keep(Redirect::decide(&redirect)) {
                Ok(follow) => _ = keep(Follow::keeps_field(&follow, b"Cookie")),
                Err(error) => show(|f| keep(<RedirectError as Display>::fmt(&error, f))),
            }
        }
        Err(error) => show(|f| keep(<LocationError as Display>::fmt(&error, f))),
    }
}

#[inline(never)]
fn paths(input: &[u8], output: &mut [u8]) {
    use http_lite::path::{Path, Segments, danger, encode, encoded_len};
    let segments = [input, part(input)];
    let _ = keep(encode(&segments, output));
    keep(encoded_len(&segments));
    let Ok(path) = keep(Path::new(input)) else { return };
    keep(Path::raw(&path));
    keep(Path::is(&path, &segments));
    keep(<Path<'_> as PartialEq>::eq(&path, &keep(path)));
    let mut segments = keep(Path::segments(&path));
    while let Some(segment) = keep(<Segments<'_> as Iterator>::next(&mut segments)) {
        keep(danger(segment));
        keep(Segments::rest(&segments));
        encoded(segment, output);
    }
}

#[inline(never)]
fn encoded(text: Encoded<'_>, output: &mut [u8]) {
    use http_lite::percent::Bytes;
    keep(Encoded::raw(&text));
    keep(Encoded::is_empty(&text));
    keep(Encoded::as_plain(&text));
    keep(Encoded::decoded_len(&text));
    keep(Encoded::is(&text, b"a"));
    let _ = keep(Encoded::decode(&text, output));
    keep(<Encoded<'_> as PartialEq>::eq(&text, &keep(text)));
    let mut bytes = keep(Encoded::bytes(&text));
    while keep(<Bytes<'_> as Iterator>::next(&mut bytes)).is_some() {}
}

#[inline(never)]
fn queries(input: &[u8], output: &mut [u8]) {
    use http_lite::percent::{
        PercentError, Set, decode_form_in_place, decode_in_place, encode, encoded_len,
    };
    use http_lite::query::{Encoder, Pairs, Query};
    for made in [keep(Encoded::new(input)), keep(Encoded::form(input))] {
        match made {
            Ok(made) => encoded(made, output),
            Err(error) => show(|f| keep(<PercentError as Display>::fmt(&error, f))),
        }
    }
    let set = match number() {
        0 => Set::Segment,
        1 => Set::Query,
        _ => Set::Form,
    };
    let _ = keep(encode(input, set, output));
    keep(encoded_len(input, set));
    let _ = keep(decode_in_place(output));
    let _ = keep(decode_form_in_place(output));
    for query in [keep(Query::new(input)), keep(Query::form(input))].into_iter().flatten() {
        keep(Query::raw(&query));
        keep(Query::get(&query, b"a"));
        let mut all = keep(Query::all(&query, b"a"));
        while keep(all.next()).is_some() {}
        keep(<Query<'_> as PartialEq>::eq(&query, &keep(query)));
        let mut pairs = keep(Query::pairs(&query));
        while keep(<Pairs<'_> as Iterator>::next(&mut pairs)).is_some() {}
    }
    let mut encoder = match number() {
        0 => keep(Encoder::query(output)),
        _ => keep(Encoder::form(output)),
    };
    while flag() {
        keep(Encoder::pair(&mut encoder, part(input), part(input)));
    }
    keep(Encoder::encoded_len(&encoder));
    let _ = keep(Encoder::finish(encoder));
}

#[inline(never)]
fn events(input: &[u8], output: &mut [u8], held: &mut [u8]) {
    use http_lite::sse::{Decoder, Event, EventType, Id, encode_comment, encode_retry};
    let mut event = keep(Event::new(part(input)));
    event.event = keep(EventType::new(part(input)));
    event.id = keep(Id::new(part(input)));
    event.retry_ms = flag().then(number64);
    let _ = keep(Event::encode(&event, output));
    keep(Event::encoded_len(&event));
    event.event.map(|name| keep(EventType::as_bytes(name)));
    event.id.map(|id| keep(Id::as_bytes(id)));
    let _ = keep(encode_comment(input, output));
    let _ = keep(encode_retry(number64(), output));

    let mut decoder = keep(Decoder::new(held, output));
    while !flag() {
        keep(Decoder::decode(&mut decoder, part(input)));
        keep(Decoder::last_event_id(&decoder));
        keep(Decoder::has_lost_id(&decoder));
        keep(Decoder::retry_ms(&decoder));
        if flag() {
            keep(Decoder::restart(&mut decoder));
        }
    }
}

#[inline(never)]
fn parts(input: &[u8], output: &mut [u8], held: &mut [u8]) {
    use http_lite::multipart::{
        Boundary, Error, Event, FormData, FormPart, FormText, FormTextBytes, Kind, PartHead,
        RandomBoundary, Reader, encode_end, encoded_total,
    };
    let mut random = [0; 16];
    bytes(&mut random);
    let random = keep(RandomBoundary::new(random));
    let of = MediaType::parse(input).and_then(|media_type| keep(Boundary::of(media_type)));
    let boundary = match number() {
        0 => Some(keep(RandomBoundary::get(&random))),
        1 => of,
        _ => keep(Boundary::new(input)),
    };
    let Some(boundary) = boundary else { return };
    keep(Boundary::as_bytes(boundary));
    keep(Boundary::is_in(boundary, input));
    with_fields(input, |fields| {
        let head = PartHead { boundary, fields };
        let _ = keep(PartHead::encode(&head, output));
        keep(PartHead::encoded_len(&head));
    });
    let text = text(input);
    let form = keep(FormPart::new(boundary, text));
    if let Some(form) = form.and_then(|form| keep(FormPart::with_filename(form, text))) {
        let form = keep(FormPart::with_content_type(form, FieldValue::number(number64())));
        let _ = keep(FormPart::encode(&form, output));
        keep(FormPart::encoded_len(&form));
    }
    let _ = keep(encode_end(boundary, output));
    keep(encoded_total(boundary, &[(number() as usize, number64()), (1, number64())]));

    let mut reader = keep(Reader::new(boundary, held, number()));
    loop {
        match keep(Reader::next(&mut reader, part(input))) {
            Ok((_, Some(Event::PartHead(head)))) => fields(&head),
            Ok((0, None)) => break,
            Ok(_) => {}
            Err(error) => {
                keep(Error::rule(&error));
                keep(Error::status(&error));
                show(|f| keep(<Error as Display>::fmt(&error, f)));
                show(|f| keep(<Kind as Display>::fmt(&error.kind, f)));
                break;
            }
        }
    }
    let _ = keep(Reader::finish(&mut reader));
    let Ok(data) = keep(FormData::parse(input)) else { return };
    let name = data.name;
    keep(FormText::raw(name));
    keep(FormText::is(name, text));
    let _ = keep(FormText::copy_to(name, output));
    keep(<FormText<'_> as PartialEq>::eq(&name, &keep(name)));
    let mut bytes = keep(FormText::bytes(name));
    while keep(<FormTextBytes<'_> as Iterator>::next(&mut bytes)).is_some() {}
}

#[inline(never)]
fn show_error(error: &DecodeError) {
    keep(DecodeError::rule(error));
    keep(DecodeError::status(error));
    show(|f| keep(<DecodeError as Display>::fmt(error, f)));
    keep(ErrorKind::rule(error.kind));
    keep(ErrorKind::status(error.kind));
    show(|f| keep(<ErrorKind as Display>::fmt(&error.kind, f)));
    let made = keep(DecodeError::at(error.kind, number() as usize));
    keep(made);
}

fn show(text: impl Fn(&mut fmt::Formatter<'_>) -> fmt::Result) {
    let _ = write!(Sink, "{}", fmt::from_fn(text));
}

fn part(input: &[u8]) -> &[u8] {
    input.get(number() as usize..).unwrap_or_default()
}

fn text(input: &[u8]) -> &str {
    core::str::from_utf8(input).unwrap_or_default()
}

fn number64() -> u64 {
    u64::from(number()) << 32 | u64::from(number())
}

fn status() -> StatusCode {
    StatusCode::new(number() as u16).unwrap_or(StatusCode::OK)
}

fn version() -> Version {
    if flag() { Version::Http10 } else { Version::Http11 }
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
