//! The board's Ethernet controller, polled, as a device of smoltcp.
//!
//! QEMU's model needs neither clocks, pins nor the PHY.

use core::ptr::{read_volatile, write_volatile};

use smoltcp::phy::{Device, DeviceCapabilities, Medium, RxToken, TxToken};
use smoltcp::time::Instant;
use smoltcp::wire::EthernetAddress;

/// Registers: receive control, transmit control, data, the address in two words, how many frames were
/// received, transmission.
const RECEIVE_CONTROL: *mut u32 = 0x4004_8008 as *mut u32;
const TRANSMIT_CONTROL: *mut u32 = 0x4004_800C as *mut u32;
const DATA: *mut u32 = 0x4004_8010 as *mut u32;
const ADDRESS: [*mut u32; 2] = [0x4004_8014 as *mut u32, 0x4004_8018 as *mut u32];
const FRAMES: *mut u32 = 0x4004_8034 as *mut u32;
const TRANSMISSION: *mut u32 = 0x4004_8038 as *mut u32;

const RECEIVE: u32 = 1;
const EMPTY_THE_FIFO: u32 = 1 << 4;
/// Transmit, pad short frames, add the check sequence, both directions at once.
const TRANSMIT: u32 = 0b1_0111;
/// In `TRANSMISSION`: begin; it stays until the frame has left.
const BEGIN: u32 = 1;

/// Bytes of the longest frame, with its header: an IPv4 datagram that every host takes (RFC 791
/// section 3.1). The most that Ethernet carries is 1514; this makes TCP ask for less.
const FRAME: usize = 14 + 576;
/// Bytes of an Ethernet header, and of what follows a frame.
const HEADER: usize = 14;
const CHECK_SEQUENCE: usize = 4;

/// A frame in each direction.
pub struct Frames {
    received: [u8; FRAME],
    outgoing: [u8; FRAME],
}

/// The controller.
pub struct Ethernet<'m>(&'m mut Frames);

/// A frame that was received.
pub struct Received<'a>(&'a [u8]);

/// Room for a frame that is to be sent.
pub struct Outgoing<'a>(&'a mut [u8; FRAME]);

impl Frames {
    /// Empty ones.
    pub const fn new() -> Self {
        Self { received: [0; FRAME], outgoing: [0; FRAME] }
    }
}

impl Default for Frames {
    fn default() -> Self {
        Self::new()
    }
}

impl<'m> Ethernet<'m> {
    /// Switches it on.
    pub fn new(address: EthernetAddress, frames: &'m mut Frames) -> Self {
        let [a, b, c, d, e, f] = address.0;
        write(ADDRESS[0], u32::from_le_bytes([a, b, c, d]));
        write(ADDRESS[1], u32::from_le_bytes([e, f, 0, 0]));
        write(TRANSMIT_CONTROL, TRANSMIT);
        write(RECEIVE_CONTROL, EMPTY_THE_FIFO);
        write(RECEIVE_CONTROL, RECEIVE);
        Self(frames)
    }

    /// Takes the next frame out of the controller: its length. One that is too long is dropped.
    fn take(&mut self) -> Option<usize> {
        while read(FRAMES) > 0 {
            // The length in two bytes, which it counts too, then the frame and its check sequence.
            let [low, high, first, second] = read(DATA).to_le_bytes();
            let in_all = usize::from(u16::from_le_bytes([low, high]));
            let len = in_all.saturating_sub(2 + CHECK_SEQUENCE);
            let mut places = self.0.received.iter_mut();
            let mut put = |bytes: &[u8]| {
                for byte in bytes {
                    if let Some(place) = places.next() {
                        *place = *byte;
                    }
                }
            };
            put(&[first, second]);
            for _ in 1..in_all.div_ceil(4) {
                put(&read(DATA).to_le_bytes());
            }
            if (HEADER..=FRAME).contains(&len) {
                return Some(len);
            }
        }
        None
    }
}

impl Device for Ethernet<'_> {
    type RxToken<'a>
        = Received<'a>
    where
        Self: 'a;
    type TxToken<'a>
        = Outgoing<'a>
    where
        Self: 'a;

    fn receive(&mut self, _: Instant) -> Option<(Received<'_>, Outgoing<'_>)> {
        let len = self.take()?;
        Some((Received(&self.0.received[..len]), Outgoing(&mut self.0.outgoing)))
    }

    fn transmit(&mut self, _: Instant) -> Option<Outgoing<'_>> {
        Some(Outgoing(&mut self.0.outgoing))
    }

    fn capabilities(&self) -> DeviceCapabilities {
        let mut capabilities = DeviceCapabilities::default();
        capabilities.medium = Medium::Ethernet;
        capabilities.max_transmission_unit = FRAME;
        capabilities
    }
}

impl RxToken for Received<'_> {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, f: F) -> R {
        f(self.0)
    }
}

impl TxToken for Outgoing<'_> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, len: usize, f: F) -> R {
        let frame = &mut self.0[..len];
        let result = f(frame);
        while read(TRANSMISSION) & BEGIN != 0 {}
        // The length without the header in two bytes, then the frame.
        let [low, high] = (len.saturating_sub(HEADER) as u16).to_le_bytes();
        let (start, rest) = frame.split_at(2.min(len));
        write(DATA, word([low, high].iter().chain(start)));
        for bytes in rest.chunks(4) {
            write(DATA, word(bytes));
        }
        write(TRANSMISSION, BEGIN);
        result
    }
}

/// Up to four bytes.
fn word<'a>(bytes: impl IntoIterator<Item = &'a u8>) -> u32 {
    let mut word = [0; 4];
    for (place, byte) in word.iter_mut().zip(bytes) {
        *place = *byte;
    }
    u32::from_le_bytes(word)
}

fn read(register: *mut u32) -> u32 {
    // SAFETY: one of the registers above, apart from all memory that Rust knows.
    unsafe { read_volatile(register) }
}

fn write(register: *mut u32, value: u32) {
    // SAFETY: as in `read`.
    unsafe { write_volatile(register, value) }
}
