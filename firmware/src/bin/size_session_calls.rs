//! mqtt-codec: the calls of a client's session alone, over no transport: connect, subscribe, publish and
//! receive at every QoS, keep alive, send again in the next connection.
//!
//! The application calls the crate through [`calls`], which is not inlined. So what the application takes
//! can be told from what the crate takes.

#![no_std]
#![no_main]

use firmware::{baseline, bytes, number, put_bytes, put_number};
use mqtt_codec::session::{Event, Message, SendError, Settings};
use mqtt_codec::{
    Connect, Disconnect, List, QoS, ReasonCode, Subscription, Text, TopicFilter, TopicName, Version,
};

const SETTINGS: Settings = Settings::DEFAULT.with_buffer(256);
const TOPIC: TopicName<'_> = TopicName::from_static("cellar/temperature");
const FILTERS: &[TopicFilter<'_>] = &[TopicFilter::from_static("cellar/#")];
const SUBSCRIPTIONS: &[Subscription<'_>] =
    &[Subscription::new(TopicFilter::from_static("cellar/#"), QoS::ExactlyOnce)];

#[unsafe(no_mangle)]
fn image() -> ! {
    let (mut input, mut out) = ([0; 256], [0; 256]);
    let version = if number() == 0 { Version::V3 } else { Version::V5 };
    let mut client = calls::new(version);
    loop {
        baseline();
        call(&mut client, &mut out);
        match calls::handle_input(&mut client, bytes(&mut input), now_ms()) {
            Ok((_, event)) => happened(&mut client, event),
            Err(error) => put_number(u32::from(calls::reason_code(error).get())),
        }
        calls::handle_timeout(&mut client, now_ms());
        while let Ok(Some(len)) = calls::poll_transmit(&mut client, now_ms(), &mut out) {
            put_bytes(out.get(..len).unwrap_or_default());
        }
        if let Some(Event::Send { handle, .. }) = calls::poll_event(&mut client) {
            let sent = calls::send(&mut client, &message(), handle, now_ms(), &mut out);
            put(sent, &out);
        }
        put_number(calls::poll_timeout(&client).unwrap_or(0) as u32);
    }
}

#[inline(never)]
fn call(client: &mut Client, out: &mut [u8]) {
    let (handle, now_ms) = (number(), now_ms());
    let result = match number() {
        0 => calls::publish(client, &message(), handle, now_ms, out),
        1 => calls::subscribe(client, SUBSCRIPTIONS, handle, now_ms, out),
        2 => calls::unsubscribe(client, FILTERS, handle, now_ms, out),
        3 => {
            let disconnect = Disconnect::new(ReasonCode::NORMAL_DISCONNECTION);
            calls::disconnect(client, &disconnect, now_ms, out)
        }
        4 => {
            calls::ended(client, now_ms);
            let announced = calls::announcements(client);
            let is_v5 = client.version() == Version::V5;
            let properties = if is_v5 { List::new(&announced) } else { List::EMPTY };
            let name = Text::from_static("c");
            let connect =
                Connect { clean_start: false, properties, ..Connect::new(client.version(), name) };
            calls::connect(client, &connect, now_ms, out)
        }
        _ => return,
    };
    put(result, out);
}

#[inline(never)]
fn happened(client: &mut Client, event: Option<Event<'_>>) {
    match event {
        Some(Event::Publish { publish, receipt }) => {
            put_bytes(publish.topic.as_bytes());
            put_bytes(publish.payload);
            if let Some(receipt) = receipt {
                let _ = calls::acknowledge(client, receipt);
            }
        }
        Some(Event::Done { handle, reason_code, .. }) => {
            put_number(handle);
            put_number(u32::from(reason_code.get()));
        }
        Some(Event::Connack(connack)) => put_number(u32::from(connack.reason_code.get())),
        Some(Event::Suback { suback, .. }) => {
            let mut codes = suback.reason_codes.iter();
            while let Some(code) = calls::next_code(&mut codes) {
                put_number(u32::from(code.get()));
            }
        }
        Some(Event::Payload { bytes, .. }) => put_bytes(bytes),
        Some(_) => put_number(0),
        None => {}
    }
}

type Client = mqtt_codec::session::Client<'static, 8>;

/// What the application calls of the crate.
mod calls {
    use mqtt_codec::session::{Event, Message, Receipt, SendError, SessionError};
    use mqtt_codec::{
        Connect, Disconnect, Iter, List, Property, ReasonCode, Subscription, TopicFilter, Version,
    };

    use super::{Client, SETTINGS};

    type Sent = Result<usize, SendError>;

    #[inline(never)]
    pub fn new(version: Version) -> Client {
        Client::new(version, SETTINGS)
    }

    #[inline(never)]
    pub fn handle_input<'a>(
        client: &mut Client,
        input: &'a [u8],
        now_ms: u64,
    ) -> Result<(usize, Option<Event<'a>>), SessionError> {
        client.handle_input(input, now_ms)
    }

    #[inline(never)]
    pub fn handle_timeout(client: &mut Client, now_ms: u64) {
        client.handle_timeout(now_ms);
    }

    #[inline(never)]
    pub fn poll_transmit(
        client: &mut Client,
        now_ms: u64,
        out: &mut [u8],
    ) -> Result<Option<usize>, SendError> {
        client.poll_transmit(now_ms, out)
    }

    #[inline(never)]
    pub fn poll_event(client: &mut Client) -> Option<Event<'static>> {
        client.poll_event()
    }

    #[inline(never)]
    pub fn poll_timeout(client: &Client) -> Option<u64> {
        client.poll_timeout()
    }

    #[inline(never)]
    pub fn connect(
        client: &mut Client,
        connect: &Connect<'_>,
        now_ms: u64,
        out: &mut [u8],
    ) -> Sent {
        client.connect(connect, now_ms, out)
    }

    #[inline(never)]
    pub fn publish(
        client: &mut Client,
        message: &Message<'_>,
        handle: u32,
        now_ms: u64,
        out: &mut [u8],
    ) -> Sent {
        client.publish(message, handle, now_ms, out)
    }

    #[inline(never)]
    pub fn send(
        client: &mut Client,
        message: &Message<'_>,
        handle: u32,
        now_ms: u64,
        out: &mut [u8],
    ) -> Sent {
        client.send(message, handle, now_ms, out)
    }

    #[inline(never)]
    pub fn subscribe(
        client: &mut Client,
        subscriptions: &[Subscription<'_>],
        handle: u32,
        now_ms: u64,
        out: &mut [u8],
    ) -> Sent {
        client.subscribe(List::new(subscriptions), List::EMPTY, handle, now_ms, out)
    }

    #[inline(never)]
    pub fn unsubscribe(
        client: &mut Client,
        filters: &[TopicFilter<'_>],
        handle: u32,
        now_ms: u64,
        out: &mut [u8],
    ) -> Sent {
        client.unsubscribe(List::new(filters), List::EMPTY, handle, now_ms, out)
    }

    #[inline(never)]
    pub fn disconnect(
        client: &mut Client,
        disconnect: &Disconnect<'_>,
        now_ms: u64,
        out: &mut [u8],
    ) -> Sent {
        client.disconnect(disconnect, now_ms, out)
    }

    #[inline(never)]
    pub fn acknowledge(client: &mut Client, receipt: Receipt) -> Result<(), SendError> {
        client.acknowledge(receipt, ReasonCode::SUCCESS)
    }

    #[inline(never)]
    pub fn ended(client: &mut Client, now_ms: u64) {
        client.ended(now_ms);
    }

    #[inline(never)]
    pub fn announcements(client: &Client) -> [Property<'static>; 3] {
        client.announcements()
    }

    #[inline(never)]
    pub fn next_code(codes: &mut Iter<'_, ReasonCode>) -> Option<ReasonCode> {
        codes.next()
    }

    #[inline(never)]
    pub fn reason_code(error: SessionError) -> ReasonCode {
        error.reason_code()
    }
}

fn message() -> Message<'static> {
    let qos = QoS::new(number() as u8).unwrap_or(QoS::ExactlyOnce);
    Message::new(TOPIC, qos, b"21.5")
}

fn put(result: Result<usize, SendError>, out: &[u8]) {
    match result {
        Ok(len) => put_bytes(out.get(..len).unwrap_or_default()),
        Err(_) => put_number(0),
    }
}

fn now_ms() -> u64 {
    u64::from(number())
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {
        core::hint::spin_loop();
    }
}
