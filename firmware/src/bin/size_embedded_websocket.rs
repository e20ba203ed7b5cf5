//! The peer embedded-websocket: the client's side. Texts are not checked, and deadlines, limits and the
//! answers to Ping and Close are left to others, so the image sends these answers.

#![no_std]
#![no_main]

use embedded_websocket::{
    WebSocketClient, WebSocketCloseStatusCode, WebSocketOptions,
    WebSocketReceiveMessageType as Received, WebSocketSendMessageType as Sent, WebSocketState,
};
use firmware::{baseline, bytes, number, put_bytes, put_number};
use rand_core::{Error, RngCore};

#[unsafe(no_mangle)]
fn image() -> ! {
    let (mut input, mut payload, mut output) = ([0; 256], [0; 256], [0; 256]);
    loop {
        baseline();
        let mut client = WebSocketClient::new_client(Numbers);
        if shake_hands(&mut client, &mut input, &mut output) {
            while client.state != WebSocketState::Closed {
                send(&mut client, &mut input, &mut output);
                if receive(&mut client, &mut input, &mut payload, &mut output).is_none() {
                    break;
                }
            }
        }
    }
}

fn shake_hands(client: &mut WebSocketClient<Numbers>, input: &mut [u8], output: &mut [u8]) -> bool {
    let options = WebSocketOptions {
        path: "/mqtt",
        host: "server",
        origin: "http://server",
        sub_protocols: Some(&["mqtt"]),
        additional_headers: None,
    };
    let Ok((len, key)) = client.client_connect(&options, output) else { return false };
    put(Some(len), output);
    match client.client_accept(&key, bytes(input)) {
        Ok((len, protocol)) => {
            put_number(len as u32);
            put_bytes(protocol.as_ref().map_or("", |protocol| protocol.as_str()).as_bytes());
            true
        }
        Err(_) => {
            put_number(1);
            false
        }
    }
}

fn send(client: &mut WebSocketClient<Numbers>, input: &mut [u8], output: &mut [u8]) {
    let data = bytes(input);
    let len = match number() {
        0 => client.write(
            Sent::Text,
            true,
            core::str::from_utf8(data).unwrap_or("").as_bytes(),
            output,
        ),
        1 => client.write(Sent::Ping, true, data, output),
        2 => client.close(WebSocketCloseStatusCode::NormalClosure, None, output),
        _ => client.write(Sent::Binary, true, data, output),
    };
    put(len.ok(), output);
}

fn receive(
    client: &mut WebSocketClient<Numbers>,
    input: &mut [u8],
    payload: &mut [u8],
    output: &mut [u8],
) -> Option<()> {
    let Ok(read) = client.read(bytes(input), payload) else {
        put_number(1);
        return None;
    };
    put_number(read.len_from as u32);
    let data = payload.get(..read.len_to).unwrap_or_default();
    let answer = match read.message_type {
        Received::Text | Received::Binary => {
            put_number((read.message_type == Received::Text).into());
            put_number(read.end_of_message.into());
            put_bytes(data);
            None
        }
        Received::Ping => Some(Sent::Pong),
        Received::CloseMustReply => Some(Sent::CloseReply),
        Received::Pong | Received::CloseCompleted => None,
    };
    if let Some(answer) = answer {
        put(client.write(answer, true, data, output).ok(), output);
    }
    Some(())
}

fn put(len: Option<usize>, output: &[u8]) {
    put_bytes(len.and_then(|len| output.get(..len)).unwrap_or(&[]));
}

struct Numbers;

impl RngCore for Numbers {
    fn next_u32(&mut self) -> u32 {
        number()
    }

    fn next_u64(&mut self) -> u64 {
        number().into()
    }

    fn fill_bytes(&mut self, bytes: &mut [u8]) {
        for byte in bytes {
            *byte = number() as u8;
        }
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Error> {
        self.fill_bytes(bytes);
        Ok(())
    }
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {
        core::hint::spin_loop();
    }
}
