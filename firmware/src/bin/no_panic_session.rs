//! Calls every public function of mqtt-codec's sessions with unknown input. It links only if none of
//! them can panic.

#![no_std]
#![no_main]
#![allow(clippy::unit_arg, reason = "every call stands in `keep`")]

use core::fmt::{self, Display, Write};
use firmware::{Sink, bytes, keep, number};
use mqtt_codec::session::{
    Client, Event, Limits, Message, Refusal, SendError, Server, SessionError, Settings,
    SnapshotError, Violation,
};
use mqtt_codec::{
    Auth, Codec, Connack, Connect, Disconnect, List, Packet, PacketId, Properties, QoS, ReasonCode,
    Suback, Subscriptions, TopicFilters, TopicName, Unsuback, Version,
};

const N: usize = 8;

#[unsafe(no_mangle)]
fn image() -> ! {
    let (mut input, mut output) = ([0; 256], [0; 256]);
    let mut client = keep(Client::<N>::new(version(), settings()));
    let mut server = keep(Server::<N>::new(settings()));
    loop {
        let input = bytes(&mut input);
        if let Ok(Some((packet, _))) = Codec::either(version()).decode(input) {
            ask(&mut client, &packet, &mut output);
            answer(&mut server, &packet, &mut output);
        }
        let input = bytes(&mut output);
        run_client(&mut client, input);
        run_server(&mut server, input);
        match keep(Client::<N>::restore(version(), settings(), input)) {
            Ok(restored) => client = restored,
            Err(error) => show(|f| keep(<SnapshotError as Display>::fmt(&error, f))),
        }
    }
}

#[inline(never)]
fn ask(client: &mut Client<N>, packet: &Packet<'_>, out: &mut [u8]) {
    match packet {
        Packet::Connect(connect) => {
            show_send(keep(Client::connect(client, connect, time(), out)));
            let limits = keep(Limits::of(&connect.properties));
            put_limits(limits);
        }
        Packet::Publish(publish) => {
            let message = message(publish.topic, publish.properties, publish.payload);
            show_send(keep(Client::publish(client, &message, number(), time(), out)));
            let len = number();
            show_send(keep(Client::publish_head(client, &message, len, number(), time(), out)));
            show_send(keep(Client::send(client, &message, number(), time(), out)));
            show_send(keep(Client::send_head(client, &message, len, number(), time(), out)));
            let _ = keep(Limits::check_message(keep(Client::limits(client)), &message));
        }
        Packet::Subscribe(subscribe) => {
            let subscriptions: Subscriptions<'_> = subscribe.subscriptions;
            for subscription in subscriptions.iter() {
                if let Err(refusal) =
                    keep(Limits::check_subscription(Client::limits(client), &subscription))
                {
                    show_refusal(refusal);
                }
            }
            let properties = subscribe.properties;
            show_send(keep(Client::subscribe(
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
            show_send(keep(Client::unsubscribe(
                client,
                filters,
                properties,
                number(),
                time(),
                out,
            )));
        }
        Packet::Auth(auth) => {
            let auth: &Auth<'_> = auth;
            show_send(keep(Client::auth(client, auth, time(), out)));
        }
        Packet::Disconnect(disconnect) => {
            let disconnect: &Disconnect<'_> = disconnect;
            show_send(keep(Client::disconnect(client, disconnect, time(), out)));
        }
        _ => {}
    }
}

#[inline(never)]
fn answer(server: &mut Server<N>, packet: &Packet<'_>, out: &mut [u8]) {
    match packet {
        Packet::Connack(connack) => {
            let connack: &Connack<'_> = connack;
            show_send(keep(Server::accept(server, connack, time(), out)));
        }
        Packet::Publish(publish) => {
            let message = message(publish.topic, publish.properties, publish.payload);
            show_send(keep(Server::publish(server, &message, number(), time(), out)));
            let len = number();
            show_send(keep(Server::publish_head(server, &message, len, number(), time(), out)));
            show_send(keep(Server::send(server, &message, number(), time(), out)));
        }
        Packet::Suback(suback) => {
            let suback: &Suback<'_> = suback;
            show_send(keep(Server::suback(server, suback, time(), out)));
        }
        Packet::Unsuback(unsuback) => {
            let unsuback: &Unsuback<'_> = unsuback;
            show_send(keep(Server::unsuback(server, unsuback, time(), out)));
        }
        Packet::Auth(auth) => show_send(keep(Server::auth(server, auth, time(), out))),
        Packet::Disconnect(disconnect) => {
            show_send(keep(Server::disconnect(server, disconnect, time(), out)));
        }
        _ => {}
    }
}

#[inline(never)]
fn run_client(client: &mut Client<N>, input: &[u8]) {
    let mut out = [0; 128];
    match keep(Client::handle_input(client, input, time())) {
        Ok((_, Some(Event::Publish(publish)))) => {
            if let Some(id) = publish.delivery.packet_id() {
                let _ = keep(Client::acknowledge(client, id, reason()));
            }
        }
        Ok(event) => _ = keep(event),
        Err(error) => show_error(&error),
    }
    keep(Client::receive_maximum(client));
    keep(Client::assume_session(client));
    let _ = keep(Client::forget(client, number()));
    let _ = keep(Client::payload_sent(client, number(), time()));
    let _ = keep(Client::poll_transmit(client, time(), &mut out));
    keep(Client::poll_event(client));
    keep(Client::snapshot(client, &mut out));
    keep(Client::persisted(client));
    keep(Client::poll_timeout(client));
    keep(Client::handle_timeout(client, time()));
    keep(Client::wants_close(client));
    keep(Client::is_connected(client));
    keep(Client::in_flight(client));
    let _ = keep(Client::handle_eof(client));
}

#[inline(never)]
fn run_server(server: &mut Server<N>, input: &[u8]) {
    let mut out = [0; 128];
    match keep(Server::handle_input(server, input, time())) {
        Ok((_, Some(Event::Connect(connect)))) => {
            let connect: Connect<'_> = connect;
            let _ = keep(connect);
            let _ = keep(Server::resume(server, input));
        }
        Ok(event) => _ = keep(event),
        Err(error) => show_error(&error),
    }
    if let Some(id) = PacketId::new(number() as u16) {
        let _ = keep(Server::acknowledge(server, id, reason()));
    }
    keep(Server::receive_maximum(server));
    let _ = keep(Server::forget(server, number()));
    let _ = keep(Server::payload_sent(server, number(), time()));
    let _ = keep(Server::poll_transmit(server, time(), &mut out));
    keep(Server::poll_event(server));
    keep(Server::snapshot(server, &mut out));
    keep(Server::persisted(server));
    keep(Server::poll_timeout(server));
    keep(Server::handle_timeout(server, time()));
    keep(Server::wants_close(server));
    keep(Server::is_connected(server));
    keep(Server::in_flight(server));
    keep(Server::has_will(server));
    keep(Server::keeps_session(server));
    put_limits(*keep(Server::limits(server)));
    let _ = keep(Server::handle_eof(server));
    if number() == 0 {
        keep(Server::begin(server, time()));
    }
}

fn message<'a>(topic: TopicName<'a>, properties: Properties<'a>, payload: &'a [u8]) -> Message<'a> {
    let qos = QoS::new(number() as u8).unwrap_or(QoS::AtMostOnce);
    let properties = if number() == 0 { List::EMPTY } else { properties };
    Message { retain: number() == 0, properties, ..keep(Message::new(topic, qos, payload)) }
}

fn settings() -> Settings {
    Settings {
        buffer: number(),
        max_packet_size: number(),
        connect_ms: time(),
        ping_ms: time(),
        persistent: number() == 0,
    }
}

fn put_limits(limits: Limits) {
    keep(limits);
}

fn show_send(result: Result<usize, SendError>) {
    if let Err(error) = result {
        show(|f| keep(<SendError as Display>::fmt(&error, f)));
        if let SendError::Refused(refusal) = error {
            show_refusal(refusal);
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
