//! Calls every public function of mqtt-codec's sessions with unknown input. It links only if none of
//! them can panic.

#![no_std]
#![no_main]
#![allow(clippy::unit_arg, reason = "every call stands in `keep`")]

use core::fmt::{self, Display, Write};
use firmware::device::Device;
use firmware::{Sink, bytes, keep, number, poll};
use mqtt_codec::session::{
    Announcement, Client, ClientSide, Driver, Event, Input, Limits, Message, Receipt, Refusal,
    SendError, Server, ServerSide, Session, SessionError, Settings, Side, SnapshotError,
    TransportError, Violation,
};
use mqtt_codec::{
    Codec, List, Packet, Properties, QoS, ReasonCode, Subscriptions, TopicFilters, TopicName,
    Version,
};

const N: usize = 8;

#[unsafe(no_mangle)]
fn image() -> ! {
    let (mut input, mut output, mut kept) = ([0; 256], [0; 256], [0; 256]);
    let (mut for_client, mut for_server) = ([0; 256], [0; 256]);
    let (mut out, mut input_of_client) = ([0; 256], [0; 256]);
    let (mut out_of_server, mut input_of_server) = ([0; 256], [0; 256]);
    let (from, to) = for_client.split_at_mut(128);
    let mut session = keep(Session::<'_, ClientSide, N>::new(version(), settings()));
    keep(Session::lend_aliases(&mut session, from, to));
    let mut client = keep(Driver::new(session, &mut out));
    let mut from_server = keep(Input::new(&mut input_of_client));
    let (from, to) = for_server.split_at_mut(128);
    let mut session = keep(Session::<'_, ServerSide, N>::new(settings(), time()));
    Session::lend_aliases(&mut session, from, to);
    let mut server = keep(Driver::new(session, &mut out_of_server));
    let mut from_client = keep(Input::new(&mut input_of_server));
    loop {
        let input = bytes(&mut input);
        if let Ok(Some((packet, _))) = Codec::either(version()).decode(input) {
            ask(&mut client.session, &packet, &mut output);
            answer(&mut server.session, &packet, &mut output);
        }
        let input = bytes(&mut output);
        run(&mut client.session, input);
        run(&mut server.session, input);
        drive(&mut client, &mut from_server);
        drive(&mut server, &mut from_client);
        keep(Session::assume_session(&mut client.session));
        keep(Session::has_will(&server.session));
        keep(Session::<'_, ClientSide, N>::has_session(&client.session));
        keep(Session::<'_, ServerSide, N>::has_session(&server.session));
        let input = bytes(&mut kept);
        match keep(Session::<'_, ClientSide, N>::restore(version(), settings(), input)) {
            Ok(restored) => client.session = restored,
            Err(error) => show(|f| keep(<SnapshotError as Display>::fmt(&error, f))),
        }
        if let Ok(mut absent) =
            keep(Session::<'_, ServerSide, N>::restore(settings(), input, time()))
        {
            let _ = keep(Session::resume(&mut server.session, &mut absent, time()));
            keep(Session::end_session(&mut absent));
            keep(keep(Session::absent(absent, time())).is_connected());
        }
    }
}

#[inline(never)]
fn ask(client: &mut Client<'_, N>, packet: &Packet<'_>, out: &mut [u8]) {
    match packet {
        Packet::Connect(connect) => {
            show_send(keep(Session::connect(client, connect, time(), out)));
            put_limits(keep(Limits::of(&connect.properties)));
        }
        Packet::Subscribe(subscribe) => {
            let subscriptions: Subscriptions<'_> = subscribe.subscriptions;
            let limits = keep(Session::limits(client));
            if let Err(refusal) =
                keep(Limits::check_subscriptions(limits, subscriptions, subscribe.properties))
            {
                show_refusal(refusal);
            }
            let properties = subscribe.properties;
            show_send(keep(Session::subscribe(
                client,
                subscriptions,
                properties,
                number(),
                time(),
                out,
            )));
        }
        Packet::Unsubscribe(unsubscribe) => {
            let filters: TopicFilters<'_> = unsubscribe.filters;
            let properties = unsubscribe.properties;
            show_send(keep(Session::unsubscribe(
                client,
                filters,
                properties,
                number(),
                time(),
                out,
            )));
        }
        packet => say(client, packet, out),
    }
}

#[inline(never)]
fn answer(server: &mut Server<'_, N>, packet: &Packet<'_>, out: &mut [u8]) {
    match packet {
        Packet::Connack(connack) => show_send(keep(Session::accept(server, connack, time(), out))),
        Packet::Suback(suback) => show_send(keep(Session::suback(server, suback, time(), out))),
        Packet::Unsuback(unsuback) => {
            show_send(keep(Session::unsuback(server, unsuback, time(), out)));
        }
        packet => say(server, packet, out),
    }
}

/// What both sides can say.
#[inline(never)]
fn say<S: Side>(session: &mut Session<'_, S, N>, packet: &Packet<'_>, out: &mut [u8]) {
    match packet {
        Packet::Publish(publish) => {
            let topic = keep(Session::topic_of(session, publish));
            keep(topic.as_bytes().len());
            let message = message(publish.topic, publish.properties, publish.payload);
            show_send(keep(Session::publish(session, &message, number(), time(), out)));
            let len = number();
            show_send(keep(Session::publish_head(session, &message, len, number(), time(), out)));
            show_send(keep(Session::send(session, &message, number(), time(), out)));
            show_send(keep(Session::send_head(session, &message, len, number(), time(), out)));
            let limits = keep(Session::limits(session));
            if let Err(refusal) = keep(Limits::check_message(limits, message.qos, message.retain)) {
                show_refusal(refusal);
            }
        }
        Packet::Auth(auth) => show_send(keep(Session::auth(session, auth, time(), out))),
        Packet::Disconnect(disconnect) => {
            show_send(keep(Session::disconnect(session, disconnect, time(), out)));
        }
        _ => {}
    }
}

#[inline(never)]
fn run<S: Side>(session: &mut Session<'_, S, N>, input: &[u8]) {
    let mut out = [0; 128];
    match keep(Session::handle_input(session, input, time())) {
        Ok((_, Some(event))) => happened(session, event),
        Ok(_) => {}
        Err(error) => show_error(&error),
    }
    if let Some(event) = keep(Session::poll_event(session)) {
        happened(session, event);
    }
    if let Some(error) = keep(Session::error(session)) {
        show_error(&error);
    }
    keep(keep(Session::announcements(session)).len());
    keep(Session::receive_maximum(session));
    let _ = keep(Session::forget(session, number()));
    let _ = keep(Session::payload_sent(session, number(), time()));
    let _ = keep(Session::poll_transmit(session, time(), &mut out));
    keep(Session::snapshot(session, &mut out));
    keep(Session::persisted(session));
    keep(Session::poll_timeout(session));
    keep(Session::handle_timeout(session, time()));
    keep(Session::heard(session, time()));
    keep(Session::wants_close(session));
    keep(Session::is_connected(session));
    keep(Session::is_ready(session));
    keep(Session::in_flight(session));
    keep(Session::version(session));
    keep(Session::session_expiry_interval(session));
    let _ = keep(Session::handle_eof(session));
    if number() == 0 {
        keep(Session::ended(session, time()));
    }
}

#[inline(never)]
fn happened<S: Side>(session: &mut Session<'_, S, N>, event: Event<'_>) {
    keep(keep(Event::redirection(&event)).is_some());
    if let Event::Publish { receipt: Some(receipt), .. } = event {
        let receipt: Receipt = receipt;
        keep(Receipt::id(receipt));
        let _ = keep(Session::acknowledge(session, receipt, reason()));
    }
}

#[inline(never)]
fn drive<'b, S: Side>(driver: &mut Driver<'b, 'b, S, N>, input: &mut Input<'_>) {
    match keep(Driver::poll(driver, input, time())) {
        Ok(event) => _ = keep(event),
        Err(error) => show_error(&error),
    }
    keep(Driver::poll_timeout(driver));
    keep(Driver::wants_close(driver));
    if let Err(error) = keep(Driver::send(driver, |session, out| {
        session.poll_transmit(time(), out).map(Option::unwrap_or_default)
    })) {
        show_send(Err(error));
    }
    keep(keep(Driver::unsent(driver)).len());
    keep(Driver::sent(driver, number() as usize));
    keep(bytes(keep(Input::space(input))).len());
    keep(Input::filled(input, number() as usize));
    if let Err(error) = keep(Driver::exchange(driver, input, &mut Device)) {
        show(|f| keep(<TransportError<_> as Display>::fmt(&error, f)));
    }
    let _ = keep(poll(Driver::exchange_async(driver, input, &mut Device)));
    if number() == 0 {
        keep(Input::handle_eof(input));
    }
    if number() == 0 {
        keep(Driver::ended(driver, input, time()));
    }
}

fn message<'a>(topic: TopicName<'a>, properties: Properties<'a>, payload: &'a [u8]) -> Message<'a> {
    let qos = QoS::new(number() as u8).unwrap_or(QoS::AtMostOnce);
    let properties = if number() == 0 { List::EMPTY } else { properties };
    let message = keep(Message::new(topic, qos, payload));
    keep(Message::with_properties(keep(Message::with_retain(message, number() == 0)), properties))
}

fn settings() -> Settings {
    let settings = keep(Settings::with_buffer(Settings::DEFAULT, number()));
    let settings = keep(Settings::with_max_packet_size(settings, number()));
    let settings = keep(Settings::with_connect_ms(settings, time()));
    let settings = keep(Settings::with_ping_ms(settings, time()));
    let settings = keep(Settings::with_topic_aliases(settings, number() as u16));
    keep(Settings::with_persistent(settings, number() == 0))
}

fn put_limits(limits: Limits) {
    keep(limits);
}

fn show_send(result: Result<usize, SendError>) {
    if let Err(error) = result {
        show(|f| keep(<SendError as Display>::fmt(&error, f)));
        match error {
            SendError::Refused(refusal) => show_refusal(refusal),
            SendError::Unannounced(announcement) => {
                show(|f| keep(<Announcement as Display>::fmt(&announcement, f)));
            }
            _ => {}
        }
        if let Err(error) = Codec::server().encode(&Packet::Pingreq, &mut []) {
            let _ = keep(<SendError as From<_>>::from(error));
        }
    }
}

fn show_refusal(refusal: Refusal) {
    keep(Refusal::rule(refusal));
    keep(Refusal::reason_code(refusal));
    show(|f| keep(<Refusal as Display>::fmt(&refusal, f)));
}

fn show_error(error: &SessionError) {
    keep(SessionError::rule(error));
    keep(SessionError::reason_code(error));
    show(|f| keep(<SessionError as Display>::fmt(error, f)));
    match error {
        SessionError::Violation(violation) => {
            keep(Violation::rule(*violation));
            keep(Violation::reason_code(*violation));
            show(|f| keep(<Violation as Display>::fmt(violation, f)));
        }
        SessionError::Packet(error) => _ = keep(<SessionError as From<_>>::from(*error)),
        _ => {}
    }
}

fn show(display: impl Fn(&mut fmt::Formatter<'_>) -> fmt::Result) {
    let _ = write!(Sink, "{}", fmt::from_fn(display));
}

fn version() -> Version {
    if number() == 0 { Version::V3 } else { Version::V5 }
}

fn reason() -> ReasonCode {
    ReasonCode::new(number() as u8).unwrap_or(ReasonCode::SUCCESS)
}

fn time() -> u64 {
    u64::from(number()) << 32 | u64::from(number())
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    unsafe extern "C" {
        safe fn panic_is_reachable() -> !;
    }
    panic_is_reachable()
}
