//! What is done with the fields of a decoded packet: the same for everyone.

/// Takes one field after the other.
pub trait Visit {
    fn bytes(&mut self, bytes: &[u8]);
    fn number(&mut self, number: u64);

    fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }
}

/// Touches every field and little else: length, first and last byte. What is timed.
pub struct Sum(pub u64);

impl Visit for Sum {
    #[inline(always)]
    fn bytes(&mut self, bytes: &[u8]) {
        if let [first, .., last] = bytes {
            self.number(u64::from(*first) + u64::from(*last));
        }
        self.number(bytes.len() as u64);
    }

    #[inline(always)]
    fn number(&mut self, number: u64) {
        self.0 = self.0.wrapping_add(number);
    }
}

/// Keeps every field whole, so that the peers' answers can be compared before they are timed.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Trace(pub Vec<String>);

impl Visit for Trace {
    fn bytes(&mut self, bytes: &[u8]) {
        self.0.push(format!("\"{}\"", bytes.escape_ascii()));
    }

    fn number(&mut self, number: u64) {
        self.0.push(number.to_string());
    }
}

impl Trace {
    /// True if the fields are those of `whole`, in their order, but perhaps not all of them.
    pub fn is_part_of(&self, whole: &Self) -> bool {
        let mut whole = whole.0.iter();
        self.0.iter().all(|field| whole.any(|other| other == field))
    }
}
