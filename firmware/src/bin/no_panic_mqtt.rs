//! Calls every public function of mqtt-codec with unknown input. It links only if none of them can
//! panic.

#![no_std]
#![no_main]
#![allow(clippy::unit_arg, reason = "every call stands in `keep`")]

use core::fmt::{self, Display, Write};
use core::num::{NonZeroU16, NonZeroU32};
use firmware::device::Device;
use firmware::{Sink, bytes, keep, number, poll};
use mqtt_codec::{
    Ack, AckKind, Auth, Codec, Connack, Connect, DecodeError, Delivery, Disconnect, EncodeError,
    ErrorKind, FixedHeader, Item, Iter, List, Packet, PacketId, PacketType, Properties, Property,
    Publish, QoS, ReadError, ReasonCode, RetainHandling, Role, Sending, Stream, Strictness, Suback,
    Subscribe, Subscription, SubscriptionId, SubscriptionOptions, Text, TextError, TopicError,
    TopicErrorKind, TopicFilter, TopicName, Unsuback, Unsubscribe, Version, Will, WriteError,
};

/// Every function of a list, whatever it is a list of.
macro_rules! items {
    ($list:expr, $visit:expr) => {
        keep(List::is_empty($list));
        let mut iter = keep(List::iter($list));
        while let Some(item) = keep(<Iter<'_, _> as Iterator>::next(&mut iter)) {
            $visit(item);
        }
        keep(<List<'_, _> as IntoIterator>::into_iter(*$list));
        keep(<&List<'_, _> as IntoIterator>::into_iter($list));
        keep(<List<'_, _> as PartialEq>::eq($list, &keep(<List<'_, _> as Default>::default())));
    };
}

#[unsafe(no_mangle)]
fn image() -> ! {
    let (mut input, mut output, mut held) = ([0; 256], [0; 256], [0; 256]);
    let mut stream = keep(Stream::new(&mut held));
    loop {
        let codec = codec();
        let input = bytes(&mut input);
        if let Ok(Some(header)) = keep(Codec::fixed_header(&codec, input)) {
            keep(FixedHeader::frame_len(&header));
        }
        if let Err(error) = keep(Codec::frame_len(&codec, input)) {
            show_error(&error);
        }
        match keep(Codec::decode(&codec, input)) {
            Ok(Some((packet, _))) => {
                look_at(&packet);
                encode(codec, &packet, &mut output);
                through_adapters(&mut stream, codec, input, &packet);
            }
            Ok(None) => {}
            Err(error) => show_error(&error),
        }
        make_packets(codec, input, &mut output);
        take_from(&mut stream, codec, input);
        numbers();
    }
}

fn codec() -> Codec {
    let codec = match number() {
        0 => keep(Codec::client(version())),
        1 => keep(Codec::either(version())),
        2 => keep(Codec::server()),
        _ => keep(Codec::with_version(Codec::server(), version())),
    };
    let codec = keep(Codec::with_max_packet_size(codec, number()));
    let strictness =
        Strictness { refuse_control_characters: flag(), refuse_non_characters: flag() };
    keep(Role::peer(codec.role));
    keep(Codec::with_strictness(codec, strictness))
}

fn take_from(stream: &mut Stream<'_>, codec: Codec, input: &[u8]) {
    keep(Stream::space(stream)).fill(number() as u8);
    keep(Stream::filled(stream, number() as usize));
    keep(Stream::push(stream, input));
    keep(Stream::has_next(stream, &codec));
    match keep(Stream::next(stream, &codec)) {
        Ok(Some(Item::Packet(packet))) => look_at(&packet),
        Ok(Some(Item::PublishHead { publish, .. })) => look_at(&Packet::Publish(publish)),
        Ok(_) => {}
        Err(error) => show_error(&error),
    }
    if flag() {
        keep(Stream::skip(stream));
    } else {
        keep(Stream::stream(stream));
    }
    keep(Stream::is_between_packets(stream));
    keep(Stream::held(stream));
}

/// The features `embedded-io` and `nom`.
fn through_adapters(stream: &mut Stream<'_>, codec: Codec, input: &[u8], packet: &Packet<'_>) {
    if let Err(error) = keep(Stream::read_next(stream, &codec, &mut Device)) {
        show(|f| keep(<ReadError<embedded_io::ErrorKind> as Display>::fmt(&error, f)));
    }
    if let Err(error) = keep(Codec::write(&codec, packet, &mut Device)) {
        show(|f| keep(<WriteError<embedded_io::ErrorKind> as Display>::fmt(&error, f)));
    }
    let next = keep(poll(Stream::read_next_async(stream, &codec, &mut Device)));
    let _ = next.map_ok(|item| item.is_some());
    let mut sending = Sending::new(*packet);
    let _ = keep(poll(Sending::write_async(&mut sending, &codec, &mut Device)));
    let parser = keep(Codec::parser(codec));
    let _: nom::IResult<_, _, nom::error::Error<&[u8]>> = keep(parser(input));
}

fn encode(codec: Codec, packet: &Packet<'_>, output: &mut [u8]) {
    let room = number() as usize;
    let output = output.get_mut(..room).unwrap_or_default();
    keep(PacketType::name(keep(Packet::packet_type(packet))));
    let _ = keep(Codec::encoded_len(&codec, packet));
    let _ = keep(Codec::encode_part(&codec, packet, number() as usize, output));
    let mut sending = keep(Sending::new(*packet));
    while let Ok([_, ..]) = keep(Sending::bytes(&mut sending, &codec, output)) {
        keep(Sending::advance(&mut sending, number() as usize));
    }
    if let Packet::Publish(publish) = packet {
        let _ = keep(Codec::encode_publish_head(&codec, publish, number(), output));
    }
    if let Err(error) = keep(Codec::encode(&codec, packet, output)) {
        show(|f| keep(<EncodeError as Display>::fmt(&error, f)));
    }
    keep(output);
}

/// Visits every field of a packet that was decoded.
fn look_at(packet: &Packet<'_>) {
    keep(packet);
    match packet {
        Packet::Connect(connect) => {
            texts(connect.client_id);
            if let Some(user_name) = connect.user_name {
                texts(user_name);
            }
            properties(&connect.properties);
            if let Some(will) = &connect.will {
                names(will.topic);
                properties(&will.properties);
            }
        }
        Packet::Connack(connack) => properties(&connack.properties),
        Packet::Publish(publish) => {
            names(publish.topic);
            keep(Delivery::qos(publish.delivery));
            keep(Delivery::packet_id(publish.delivery));
            keep(Delivery::dup(publish.delivery));
            properties(&publish.properties);
        }
        Packet::Ack(ack) => {
            keep(PacketId::get(ack.id));
            properties(&ack.properties);
        }
        Packet::Subscribe(subscribe) => {
            properties(&subscribe.properties);
            items!(&subscribe.subscriptions, |subscription: Subscription<'_>| filters(
                subscription.filter
            ));
        }
        Packet::Suback(suback) => {
            properties(&suback.properties);
            items!(&suback.reason_codes, codes);
        }
        Packet::Unsubscribe(unsubscribe) => {
            properties(&unsubscribe.properties);
            items!(&unsubscribe.filters, filters);
        }
        Packet::Unsuback(unsuback) => {
            properties(&unsuback.properties);
            items!(&unsuback.reason_codes, codes);
        }
        Packet::Disconnect(disconnect) => properties(&disconnect.properties),
        Packet::Auth(auth) => properties(&auth.properties),
        _ => {}
    }
}

fn properties(list: &Properties<'_>) {
    items!(list, |property: Property<'_>| {
        keep(Property::name(&property));
        keep(Property::identifier(&property))
    });
    keep(List::payload_format_indicator(list));
    keep(List::message_expiry_interval(list));
    keep(List::content_type(list));
    keep(List::response_topic(list));
    keep(List::correlation_data(list));
    keep(List::subscription_identifier(list)).map(|id| keep(SubscriptionId::get(id)));
    keep(List::session_expiry_interval(list));
    keep(List::assigned_client_identifier(list));
    keep(List::server_keep_alive(list));
    keep(List::authentication_method(list));
    keep(List::authentication_data(list));
    keep(List::request_problem_information(list));
    keep(List::will_delay_interval(list));
    keep(List::request_response_information(list));
    keep(List::response_information(list));
    keep(List::server_reference(list));
    keep(List::reason_string(list));
    keep(List::receive_maximum(list));
    keep(List::topic_alias_maximum(list));
    keep(List::topic_alias(list));
    keep(List::maximum_qos(list));
    keep(List::retain_available(list));
    keep(List::maximum_packet_size(list));
    keep(List::wildcard_subscription_available(list));
    keep(List::subscription_identifiers_available(list));
    keep(List::shared_subscription_available(list));
    for (name, value) in keep(List::user_properties(list)) {
        keep((name, value));
    }
    for id in keep(List::subscription_identifiers(list)) {
        keep(id);
    }
}

fn texts(text: Text<'_>) {
    keep(const { Text::from_static("sensor-7") });
    keep(Text::as_bytes(&text));
    keep(Text::len(&text));
    keep(Text::is_empty(&text));
    let str = keep(Text::to_str(&text));
    keep(<Text<'_> as PartialEq<str>>::eq(&text, str));
    keep(<Text<'_> as PartialEq<&str>>::eq(&text, &str));
    if let Err(error) = keep(Text::new(str)) {
        show(|f| keep(<TextError as Display>::fmt(&error, f)));
    }
    let _ = keep(<Text<'_> as TryFrom<&str>>::try_from(str));
    show(|f| keep(<Text<'_> as Display>::fmt(&text, f)));
    if let Err(error) = keep(TopicName::new(str)) {
        show_topic_error(&error);
    }
    let _ = keep(<TopicName<'_> as TryFrom<&str>>::try_from(str));
    if let Err(error) = keep(TopicFilter::new(str)) {
        show_topic_error(&error);
    }
    let _ = keep(<TopicFilter<'_> as TryFrom<&str>>::try_from(str));
}

fn names(name: TopicName<'_>) {
    keep(const { TopicName::from_static("house/kitchen/temperature") });
    texts(keep(TopicName::text(&name)));
    keep(TopicName::as_bytes(&name));
    keep(TopicName::is_empty(&name));
    let str = keep(TopicName::to_str(&name));
    keep(<TopicName<'_> as PartialEq<&str>>::eq(&name, &str));
    show(|f| keep(<TopicName<'_> as Display>::fmt(&name, f)));
}

fn filters(filter: TopicFilter<'_>) {
    keep(const { TopicFilter::from_static("house/+/temperature") });
    texts(keep(TopicFilter::text(&filter)));
    keep(TopicFilter::as_bytes(&filter));
    let str = keep(TopicFilter::to_str(&filter));
    keep(<TopicFilter<'_> as PartialEq<&str>>::eq(&filter, &str));
    keep(TopicFilter::shared(&filter));
    show(|f| keep(<TopicFilter<'_> as Display>::fmt(&filter, f)));
}

fn codes(code: ReasonCode) {
    keep(ReasonCode::get(code));
    keep(ReasonCode::is_error(code));
    keep(ReasonCode::name(code));
    keep(ReasonCode::to_connect_return_code(code));
    keep(ReasonCode::to_suback_return_code(code));
    show(|f| keep(<ReasonCode as Display>::fmt(&code, f)));
}

fn show_error(error: &DecodeError) {
    keep(DecodeError::rule(error));
    codes(keep(DecodeError::reason_code(error)));
    show(|f| keep(<DecodeError as Display>::fmt(error, f)));
    keep(ErrorKind::rule(error.kind, version()));
    keep(ErrorKind::reason_code(error.kind));
    show(|f| keep(<ErrorKind as Display>::fmt(&error.kind, f)));
}

fn show_topic_error(error: &TopicError) {
    keep(TopicErrorKind::rule(error.kind));
    show(|f| keep(<TopicError as Display>::fmt(error, f)));
    show(|f| keep(<TopicErrorKind as Display>::fmt(&error.kind, f)));
}

fn numbers() {
    keep(QoS::new(number() as u8));
    keep(SubscriptionId::new(number()));
    if let Some(code) = keep(ReasonCode::new(number() as u8)) {
        codes(code);
    }
    keep(ReasonCode::from_connect_return_code(number() as u8));
    const CODEC: Codec = Codec::client(Version::V5);
    let _: [u8; 2] = keep(const { Codec::encode_const(&CODEC, &Packet::Pingreq) });
}

/// Encodes packets that are made of values, with every property there is.
fn make_packets(codec: Codec, input: &[u8], output: &mut [u8]) {
    let (Ok(str), Some(id)) = (core::str::from_utf8(input), keep(PacketId::new(number() as u16)))
    else {
        return;
    };
    let (Ok(text), Ok(topic), Ok(filter)) =
        (Text::new(str), TopicName::new(str), TopicFilter::new(str))
    else {
        return;
    };
    let qos = QoS::new(number() as u8).unwrap_or(QoS::AtMostOnce);
    let code = ReasonCode::new(number() as u8).unwrap_or(ReasonCode::SUCCESS);
    let all = every_property(input, text, topic);
    let properties = match number() {
        0 => keep(<List<'_, Property<'_>> as From<&[Property<'_>; 27]>>::from(&all)),
        1 => keep(<List<'_, Property<'_>> as From<&[Property<'_>]>>::from(&all)),
        many => keep(List::new(all.get(..many as usize).unwrap_or_default())),
    };
    let mut options = keep(SubscriptionOptions::new(qos));
    options.no_local = flag();
    options.retain_as_published = flag();
    options.retain_handling = if flag() { RetainHandling::Send } else { RetainHandling::DoNotSend };
    let subscriptions = [Subscription { options, filter }, keep(Subscription::new(filter, qos))];
    let filters = [filter, keep(filter)];
    let codes = [code, keep(code)];
    let kind = match number() {
        0 => AckKind::Puback,
        1 => AckKind::Pubrec,
        2 => AckKind::Pubrel,
        _ => AckKind::Pubcomp,
    };
    let delivery = match number() {
        0 => Delivery::AtMostOnce,
        1 => Delivery::AtLeastOnce { id, dup: flag() },
        _ => Delivery::ExactlyOnce { id, dup: flag() },
    };
    let will = Will { qos, retain: flag(), properties, ..keep(Will::new(topic, input)) };
    let packet = match number() {
        0 => Packet::Connect(Connect {
            clean_start: flag(),
            will: flag().then_some(will),
            user_name: flag().then_some(text),
            password: flag().then_some(input),
            properties,
            ..keep(Connect::new(version(), text))
        }),
        1 => Packet::Connack(Connack { properties, ..keep(Connack::new(flag(), code)) }),
        2 => Packet::Publish(Publish { delivery, properties, ..keep(Publish::new(topic, input)) }),
        3 => Packet::Ack(Ack { reason_code: code, properties, ..keep(Ack::new(kind, id)) }),
        4 => Packet::Subscribe(Subscribe {
            properties,
            ..keep(Subscribe::new(id, List::new(&subscriptions)))
        }),
        5 => Packet::Suback(Suback { properties, ..keep(Suback::new(id, List::new(&codes))) }),
        6 => Packet::Unsubscribe(Unsubscribe {
            properties,
            ..keep(Unsubscribe::new(id, List::new(&filters)))
        }),
        7 => {
            Packet::Unsuback(Unsuback { properties, ..keep(Unsuback::new(id, List::new(&codes))) })
        }
        8 => Packet::Disconnect(Disconnect { properties, ..keep(Disconnect::new(code)) }),
        9 => Packet::Auth(keep(Auth::new(code, properties))),
        10 => Packet::Pingreq,
        _ => Packet::Pingresp,
    };
    look_at(&packet);
    encode(codec, &packet, output);
}

fn every_property<'a>(bytes: &'a [u8], text: Text<'a>, topic: TopicName<'a>) -> [Property<'a>; 27] {
    let short = NonZeroU16::new(number() as u16).unwrap_or(NonZeroU16::MIN);
    let long = NonZeroU32::new(number()).unwrap_or(NonZeroU32::MIN);
    let qos = QoS::new(number() as u8).unwrap_or(QoS::AtMostOnce);
    let id = SubscriptionId::new(number());
    [
        Property::PayloadFormatIndicator(flag()),
        Property::MessageExpiryInterval(number()),
        Property::ContentType(text),
        Property::ResponseTopic(topic),
        Property::CorrelationData(bytes),
        id.map_or(Property::ServerKeepAlive(1), Property::SubscriptionIdentifier),
        Property::SessionExpiryInterval(number()),
        Property::AssignedClientIdentifier(text),
        Property::ServerKeepAlive(number() as u16),
        Property::AuthenticationMethod(text),
        Property::AuthenticationData(bytes),
        Property::RequestProblemInformation(flag()),
        Property::WillDelayInterval(number()),
        Property::RequestResponseInformation(flag()),
        Property::ResponseInformation(text),
        Property::ServerReference(text),
        Property::ReasonString(text),
        Property::ReceiveMaximum(short),
        Property::TopicAliasMaximum(number() as u16),
        Property::TopicAlias(short),
        Property::MaximumQos(qos),
        Property::RetainAvailable(flag()),
        Property::UserProperty(text, text),
        Property::MaximumPacketSize(long),
        Property::WildcardSubscriptionAvailable(flag()),
        Property::SubscriptionIdentifiersAvailable(flag()),
        Property::SharedSubscriptionAvailable(flag()),
    ]
}

fn flag() -> bool {
    number() == 0
}

fn version() -> Version {
    if flag() { Version::V3 } else { Version::V5 }
}

fn show(text: impl Fn(&mut fmt::Formatter<'_>) -> fmt::Result) {
    let _ = write!(Sink, "{}", fmt::from_fn(text));
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    unsafe extern "C" {
        safe fn panic_is_reachable() -> !;
    }
    panic_is_reachable()
}
