//! A session that outlives its connections, through the UART and with whatever broker is at its other
//! end: subscribes, publishes at every QoS, hears its own messages, unsubscribes and disconnects. Cut off
//! in between it goes on as after a loss of power, with nothing but what it had kept.
//!
//! QEMU's `arg=session,arg=3.1.1,arg=NAME` choose the version, 5 without, and its name, which is its
//! client identifier and its topic.

#![no_std]
#![no_main]

use core::fmt::Write as _;

use embedded_io::{Read, Write};
use firmware::semihosting::{Host, arguments, exit, now_ms, stack_of};
use firmware::uart::Uart;
use mqtt_codec::session::{
    Client, ClientSide, Driver, Event, Input, Message, SendError, SessionError, Settings,
};
use mqtt_codec::{
    Connect, Disconnect, List, Properties, Property, QoS, ReasonCode, Subscription, Text,
    TopicFilter, TopicName, Version,
};

/// Messages in flight in each direction.
const N: usize = 4;
/// Bytes of the longest packet that comes whole, and of the longest that it sends.
const RECEIVE: usize = 256;
const TRANSMIT: usize = 128;
const SETTINGS: Settings = Settings::DEFAULT
    .with_buffer(RECEIVE as u32)
    .with_max_packet_size(RECEIVE as u32)
    .with_ping_ms(300)
    .with_persistent(true);
/// For how long a read may wait: no deadline is met later than that.
const READ_LIMIT_MS: u64 = 20;

/// Published one after the other, each once the one before was heard; a message's handle is its place.
const MESSAGES: [(QoS, &[u8]); 3] =
    [(QoS::AtMostOnce, b"1"), (QoS::AtLeastOnce, b"2"), (QoS::ExactlyOnce, b"3")];

/// What a loss of power must not take, and what is written in one step: in a product a page of flash.
struct Kept {
    snapshot: [u8; Client::<'_, N>::SNAPSHOT],
    len: usize,
    state: State,
}

/// How far the application is.
#[derive(Clone, Copy)]
struct State {
    is_subscribed: bool,
    published: usize,
    heard: usize,
    is_done: bool,
}

#[unsafe(no_mangle)]
fn image() -> ! {
    let used = stack_of(run);
    let _ = writeln!(Host, "stack mqtt-codec: a session over UART: {used}");
    exit(true)
}

fn run() {
    let mut buffer = [0; 80];
    let mut words = arguments(&mut buffer).unwrap_or_default().split(' ').skip(1);
    let version = if words.next() == Some("3.1.1") { Version::V3 } else { Version::V5 };
    let board = Board { version, name: words.next().unwrap_or("firmware-session") };
    let state = State { is_subscribed: false, published: 0, heard: 0, is_done: false };
    let mut kept = Kept { snapshot: [0; Client::<'_, N>::SNAPSHOT], len: 0, state };
    let mut uart = Uart::new(READ_LIMIT_MS);
    // As after a reset each time: all that is known is what was kept.
    while let Err(error) = talk(&mut uart, &board, &mut kept) {
        let _ = writeln!(Host, "cut off: {error}");
    }
}

/// Which one it is.
struct Board<'a> {
    version: Version,
    name: &'a str,
}

impl Board<'_> {
    fn message(&self, handle: u32) -> Message<'_> {
        let (qos, payload) = MESSAGES[handle as usize];
        Message::new(TopicName::new(self.name).expect("a topic"), qos, payload)
    }

    /// Those of 5.0.
    fn properties<'a>(&self, properties: &'a [Property<'a>]) -> Properties<'a> {
        if self.version == Version::V5 { List::new(properties) } else { List::EMPTY }
    }
}

/// A connection. Panics where this program cannot go on; the error is that of a connection that ends
/// early.
fn talk<T: Read + Write>(
    transport: &mut T,
    board: &Board<'_>,
    kept: &mut Kept,
) -> Result<(), SessionError> {
    let snapshot = &kept.snapshot[..kept.len];
    let client = match snapshot {
        [] => Client::<'_, N>::new(board.version, SETTINGS),
        _ => Client::restore(board.version, SETTINGS, snapshot).expect("what was kept is whole"),
    };
    let mut state = kept.state;
    let (mut receive, mut transmit) = ([0; RECEIVE], [0; TRANSMIT]);
    let mut input = Input::new(&mut receive);
    let mut driver = Driver::new(client, &mut transmit);

    // In 3.1.1 a session that begins clean ends with its connection.
    let clean_start = kept.len == 0 && board.version == Version::V5;
    if kept.len == 0 {
        driver.session.assume_session();
    }
    let [first, second, third] = driver.session.announcements();
    let properties = [first, second, third, Property::SessionExpiryInterval(60)];
    let connect = Connect {
        clean_start,
        keep_alive: 1,
        properties: board.properties(&properties),
        ..Connect::new(board.version, Text::new(board.name).expect("a text"))
    };
    driver.send(|client, out| client.connect(&connect, now_ms(), out)).expect("allowed");
    let mut is_asked = false; // SUBSCRIBE or UNSUBSCRIBE
    loop {
        match driver.poll(&mut input, now_ms())? {
            Some(Event::Connack(connack)) => {
                assert!(!connack.reason_code.is_error(), "refused: {}", connack.reason_code);
                let _ = writeln!(Host, "connected, session present: {}", connack.session_present);
            }
            // The state and the session, in one step.
            Some(Event::Persist) => {
                kept.len = driver.session.snapshot(&mut kept.snapshot).expect("room for all");
                kept.state = state;
                driver.session.persisted();
            }
            Some(Event::Send { handle, .. }) => {
                let message = board.message(handle);
                let _ = writeln!(Host, "sends {}", message.payload.escape_ascii());
                driver
                    .send(|client, out| client.send(&message, handle, now_ms(), out))
                    .expect("room");
            }
            Some(Event::Done { handle, reason_code, .. }) => {
                let payload = board.message(handle).payload.escape_ascii();
                let _ = writeln!(Host, "done {payload}: {reason_code}");
            }
            Some(Event::Publish { publish, receipt }) => {
                let _ = writeln!(Host, "heard {}", publish.payload.escape_ascii());
                let place = MESSAGES.iter().position(|(_, payload)| *payload == publish.payload);
                state.heard = state.heard.max(place.map_or(0, |place| place + 1));
                if let Some(receipt) = receipt {
                    driver.session.acknowledge(receipt, ReasonCode::SUCCESS).expect("of now");
                }
            }
            Some(Event::Suback { suback, .. }) => {
                assert!(!suback.reason_codes.iter().any(ReasonCode::is_error));
                let _ = writeln!(Host, "subscribed");
                (state.is_subscribed, is_asked) = (true, false);
            }
            Some(Event::Unsuback { .. }) => {
                let _ = writeln!(Host, "unsubscribed");
                (state.is_subscribed, state.is_done, is_asked) = (false, true, false);
            }
            Some(_) => {}
            None if !driver.wants_close() => {
                if driver.session.is_connected() && !is_asked {
                    is_asked = go_on(&mut driver, board, &mut state).expect("allowed");
                }
                driver.exchange(&mut input, transport).expect("a line that works");
            }
            None => {
                let _ = writeln!(Host, "disconnected");
                return Ok(());
            }
        }
    }
}

/// The next step, if the one before is done; true if an answer is due to it.
fn go_on(
    driver: &mut Driver<'_, '_, ClientSide, N>,
    board: &Board<'_>,
    state: &mut State,
) -> Result<bool, SendError> {
    let now_ms = now_ms();
    let waits = driver.session.in_flight() > 0 || state.heard < state.published;
    let filter = TopicFilter::new(board.name).expect("a filter");
    if waits {
        return Ok(false);
    }
    match MESSAGES.get(state.published) {
        _ if state.is_done => {
            let expiry = [Property::SessionExpiryInterval(0)];
            let properties = board.properties(&expiry);
            let reason = ReasonCode::NORMAL_DISCONNECTION;
            let end = Disconnect { properties, ..Disconnect::new(reason) };
            driver.send(|client, out| client.disconnect(&end, now_ms, out)).map(|()| false)
        }
        Some(_) if !state.is_subscribed => {
            let subscriptions = [Subscription::new(filter, QoS::ExactlyOnce)];
            let subscriptions = List::new(&subscriptions);
            driver
                .send(|client, out| client.subscribe(subscriptions, List::EMPTY, 0, now_ms, out))?;
            Ok(true)
        }
        Some(_) => {
            let handle = state.published as u32;
            let message = board.message(handle);
            driver.send(|client, out| client.publish(&message, handle, now_ms, out))?;
            state.published += 1;
            Ok(false)
        }
        None => {
            let filters = [filter];
            let filters = List::new(&filters);
            driver.send(|client, out| client.unsubscribe(filters, List::EMPTY, 0, now_ms, out))?;
            Ok(true)
        }
    }
}

#[panic_handler]
fn panic(info: &core::panic::PanicInfo<'_>) -> ! {
    let _ = writeln!(Host, "{info}");
    exit(false)
}
