//! The messages of PostgreSQL's protocol, taken out of a stream of bytes.

use bytes::{Bytes, BytesMut};

/// A message as it goes over the wire.
pub struct Frame {
    /// Its first byte; 0 for the first message of a client, which has none.
    pub tag: u8,
    pub bytes: Bytes,
}

/// What has arrived of one direction of a connection.
pub struct Frames {
    buffer: BytesMut,
    is_first: bool,
}

impl Frames {
    pub fn of_client() -> Self {
        Self { buffer: BytesMut::new(), is_first: true }
    }

    pub fn of_server() -> Self {
        Self { buffer: BytesMut::new(), is_first: false }
    }

    pub fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// The next message that is there whole.
    pub fn next(&mut self) -> Option<Frame> {
        let tag_length = usize::from(!self.is_first);
        let length = self.buffer.get(tag_length..tag_length + 4)?;
        let length = tag_length + usize::try_from(u32::from_be_bytes(length.try_into().unwrap())).unwrap();
        if self.buffer.len() < length {
            return None;
        }
        let bytes = self.buffer.split_to(length).freeze();
        let tag = if std::mem::take(&mut self.is_first) { 0 } else { bytes[0] };
        Some(Frame { tag, bytes })
    }
}

impl Frame {
    /// The texts that a message begins with, each ended by a zero.
    pub fn texts(&self) -> impl Iterator<Item = &[u8]> {
        self.bytes[5..].split(|byte| *byte == 0)
    }
}
