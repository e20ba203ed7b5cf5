//! A packet on its way out.

use crate::codec::{Codec, Plan};
use crate::error::EncodeError;
use crate::packet::Packet;

/// A packet on its way out through a transport that takes as many bytes as it likes.
///
/// It knows how far it has come. So a short write, or an asynchronous one that is cancelled, loses
/// nothing: go on with the same value. The payload of a PUBLISH is sent from where it lies; a long
/// list is gone through from its start for every window, so do not send one through a tiny window.
///
/// ```
/// use mqtt_codec::{Codec, Packet, Publish, Sending, TopicName, Version};
///
/// let codec = Codec::client(Version::V5);
/// let publish = Publish::new(TopicName::from_static("house/door"), b"open");
/// let mut sending = Sending::new(Packet::Publish(publish));
/// let (mut window, mut wire) = ([0; 8], Vec::new());
/// loop {
///     let bytes = sending.bytes(&codec, &mut window)?;
///     let Some(&byte) = bytes.first() else { break };
///     wire.push(byte); // this transport takes one byte at a time
///     sending.advance(1);
/// }
/// assert_eq!(wire, b"\x30\x11\x00\x0Ahouse/door\x00open");
/// # Ok::<(), mqtt_codec::EncodeError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sending<'a> {
    packet: Packet<'a>,
    /// Once the packet was checked.
    plan: Option<Plan>,
    sent: usize,
}

impl<'a> Sending<'a> {
    /// A packet of which nothing has been sent.
    pub const fn new(packet: Packet<'a>) -> Self {
        Self { packet, plan: None, sent: 0 }
    }

    /// The next bytes to send, in `window` (at least one byte long) or in the payload; empty once
    /// everything was sent.
    ///
    /// # Errors
    ///
    /// [`EncodeError::Invalid`] for a packet that the standard forbids, before its first byte.
    pub fn bytes<'w>(
        &mut self,
        codec: &Codec,
        window: &'w mut [u8],
    ) -> Result<&'w [u8], EncodeError>
    where
        'a: 'w,
    {
        let plan = match self.plan {
            Some(plan) => plan,
            None => codec.plan(&self.packet, 0).map_err(EncodeError::Invalid)?,
        };
        self.plan = Some(plan);
        if let Packet::Publish(publish) = &self.packet {
            let payload_start = plan.frame_len().saturating_sub(publish.payload.len());
            if let Some(at) = self.sent.checked_sub(payload_start) {
                return Ok(publish.payload.get(at..).unwrap_or_default());
            }
        }
        let len = plan.write_part(&self.packet, self.sent, window);
        Ok(window.get(..len).unwrap_or_default())
    }

    /// Says that `len` of these bytes were sent.
    pub const fn advance(&mut self, len: usize) {
        self.sent = self.sent.saturating_add(len);
    }
}
