//! A message that is edited in its buffer against a plain list of options. Used by the tests and by
//! the fuzz target.

use coap_codec::{
    Code, Codec, EncodeError, ErrorKind, MessageMut, OptionNumber, Type, Uint,
    signalling_definition,
};

use crate::reference::{self, Fields, Over};
use crate::source::Source;

const CODEC: Codec = Codec::new().with_extended_tokens();

/// One edit.
#[derive(Debug, Clone)]
pub(crate) enum Edit {
    Insert(OptionNumber, Vec<u8>),
    InsertUint(OptionNumber, u64),
    Set(OptionNumber, Vec<u8>),
    SetUint(OptionNumber, u64),
    Remove(OptionNumber),
    Payload(Vec<u8>),
    /// Written in place, and said to be this long.
    PayloadInPlace(Vec<u8>, usize),
    Header(Type, Code, u16),
}

/// A message to begin with, room behind it, and edits, from any bytes.
pub(crate) fn from_bytes(data: &[u8]) -> (Vec<u8>, usize, Vec<Edit>) {
    let mut s = Source(data);
    let room = match s.byte() {
        little @ 0..=0x7F => usize::from(little % 32),
        some @ 0x80..=0xDF => usize::from(some) * 2,
        _ => 8_000,
    };
    let code = s.one_of(&CODES);
    let message_type = s.below(4) as u8;
    let token_len = [0, 1, 8, 13, 0, 0, 2, 269][s.below(8)];
    let mut fields = Fields { message_type, id: 0x1234, code: code.0, ..Fields::default() };
    if !code.is_empty() {
        fields.token = s.bytes(token_len);
        for _ in 0..s.below(4) {
            fields.options.push((s.number().0, s.data()));
        }
        fields.options.sort();
        if s.byte() & 1 == 1 {
            fields.payload = s.data();
        }
    }
    let mut edits = Vec::new();
    while !s.is_empty() && edits.len() < 40 {
        edits.push(match s.below(10) {
            0..=2 => Edit::Insert(s.number(), s.data()),
            3 => Edit::InsertUint(s.number(), u64::from(s.two_bytes()) << s.below(8)),
            4 | 5 => Edit::Set(s.number(), s.data()),
            6 => Edit::SetUint(s.number(), u64::from(s.two_bytes()) << s.below(50)),
            7 => Edit::Remove(s.number()),
            8 if s.byte() & 1 == 1 => {
                let payload = s.data();
                let len = payload.len() + s.below(3);
                Edit::PayloadInPlace(payload, len)
            }
            8 => Edit::Payload(s.data()),
            _ => {
                let types =
                    [Type::Confirmable, Type::NonConfirmable, Type::Acknowledgement, Type::Reset];
                Edit::Header(s.one_of(&types), s.one_of(&CODES), s.two_bytes())
            }
        });
    }
    (reference::encode(Over::Udp, &fields), room, edits)
}

/// Requests, responses, and what an opened message may have but nobody may send.
const CODES: [Code; 9] = [
    Code::GET,
    Code::CONTENT,
    Code::POST,
    Code(0x1F),
    Code::BAD_OPTION,
    Code::EMPTY,
    Code(0x20),
    Code::CSM,
    Code::PING,
];

/// After every edit the message is what the list says, or it is as it was.
pub(crate) fn hold(bytes: &[u8], room: usize, edits: &[Edit]) {
    let mut buffer = bytes.to_vec();
    buffer.resize(bytes.len() + room, 0xA5);
    let capacity = buffer.len();
    let mut edited = MessageMut::open(&CODEC, &mut buffer, bytes.len()).unwrap();
    let mut model = reference::fields(&edited.message());
    is_what_the_model_says(&edited, &model, None);
    for edit in edits {
        let before = edited.as_bytes().to_vec();
        let (expected, after) = by_the_book(&model, edit, capacity);
        let found = apply(&mut edited, edit, capacity);
        assert_eq!(found, expected, "{edit:02X?} of {before:02X?} in {capacity}");
        if found.is_err() {
            assert_eq!(edited.as_bytes(), before, "{edit:?}");
        } else {
            model = after;
        }
        is_what_the_model_says(&edited, &model, Some(edit));
    }
}

fn is_what_the_model_says(edited: &MessageMut<'_>, model: &Fields, edit: Option<&Edit>) {
    let bytes = reference::encode(Over::Udp, model);
    assert_eq!(edited.as_bytes(), bytes, "{edit:02X?}");
    assert_eq!(edited.len(), bytes.len());
    assert_eq!(reference::fields(&edited.message()), *model);
    assert_eq!(CODEC.decode(edited.as_bytes()), Ok(edited.message()), "{edit:02X?}");
}

fn apply(edited: &mut MessageMut<'_>, edit: &Edit, capacity: usize) -> Result<bool, EncodeError> {
    match edit {
        Edit::Insert(number, value) => edited.insert(*number, value)?,
        Edit::InsertUint(number, value) => edited.insert_uint(*number, *value)?,
        Edit::Set(number, value) => edited.set(*number, value)?,
        Edit::SetUint(number, value) => edited.set_uint(*number, *value)?,
        Edit::Remove(number) => return Ok(edited.remove(*number)),
        Edit::Payload(payload) => edited.set_payload(payload)?,
        Edit::PayloadInPlace(payload, len) => {
            let message_len = edited.len();
            let room = edited.payload_room();
            assert!(room.len() < capacity);
            let fits = payload.len().min(room.len());
            room[..fits].copy_from_slice(&payload[..fits]);
            room[fits..].fill(0xA5);
            edited.commit_payload(*len);
            assert!(edited.len() <= message_len.max(capacity));
        }
        Edit::Header(message_type, code, id) => edited.set_header(*message_type, *code, *id)?,
    }
    Ok(true)
}

/// What the edit says, and the message behind it if it says that it was done.
fn by_the_book(
    model: &Fields,
    edit: &Edit,
    capacity: usize,
) -> (Result<bool, EncodeError>, Fields) {
    let mut after = model.clone();
    let refusal = match edit {
        Edit::Insert(number, value) => insert(&mut after, *number, value),
        Edit::InsertUint(number, value) => {
            insert(&mut after, *number, Uint::new(*value).as_bytes())
        }
        Edit::Set(number, value) => set(&mut after, *number, value),
        Edit::SetUint(number, value) => set(&mut after, *number, Uint::new(*value).as_bytes()),
        Edit::Remove(number) => {
            after.options.retain(|option| option.0 != number.0);
            return (Ok(after != *model), after);
        }
        Edit::Payload(payload) => {
            after.payload = payload.clone();
            (model.code == 0 && !payload.is_empty()).then_some(ErrorKind::EmptyMessage)
        }
        Edit::PayloadInPlace(payload, len) => {
            // What does not fit is not there; an Empty message has no room for any.
            after.payload.clear();
            let used = reference::encode(Over::Udp, &after).len();
            let room = if model.code == 0 { 0 } else { capacity.saturating_sub(used + 1) };
            after.payload = payload.clone();
            after.payload.resize(room.max(payload.len()), 0xA5);
            after.payload.truncate((*len).min(room));
            None
        }
        Edit::Header(message_type, code, id) => {
            after.message_type = *message_type as u8;
            (after.code, after.id) = (code.0, *id);
            let turned = code.is_request() != Code(model.code).is_request();
            header_refusal(&after).or_else(|| options_refusal(&after).filter(|_| turned))
        }
    };
    let needed = reference::encode(Over::Udp, &after).len();
    match refusal {
        Some(kind) => (Err(EncodeError::Invalid(kind)), after),
        None if needed > capacity => (Err(EncodeError::BufferTooSmall { needed }), after),
        None => (Ok(true), after),
    }
}

fn insert(model: &mut Fields, number: OptionNumber, value: &[u8]) -> Option<ErrorKind> {
    let again = model.options.iter().any(|option| option.0 == number.0);
    model.options.push((number.0, value.to_vec()));
    model.options.sort_by_key(|option| option.0);
    refusal(model, number, value, again)
}

fn set(model: &mut Fields, number: OptionNumber, value: &[u8]) -> Option<ErrorKind> {
    model.options.retain(|option| option.0 != number.0);
    insert(model, number, value)
}

fn refusal(model: &Fields, number: OptionNumber, value: &[u8], again: bool) -> Option<ErrorKind> {
    let code = Code(model.code);
    let (definition, repeatable) = if code.is_signalling() {
        let definition = signalling_definition(code, number);
        (definition, definition.is_none_or(|definition| definition.repeatable))
    } else {
        (number.definition(), number.is_repeatable_in(code))
    };
    if code.is_empty() {
        Some(ErrorKind::EmptyMessage)
    } else if definition.is_some_and(|definition| !definition.allows_len(value.len())) {
        Some(ErrorKind::OptionValueLength)
    } else if again && !repeatable {
        Some(ErrorKind::OptionRepeated)
    } else {
        None
    }
}

/// The first option that may not be in a message with this code.
fn options_refusal(after: &Fields) -> Option<ErrorKind> {
    after.options.iter().enumerate().find_map(|(index, (number, value))| {
        let again = after.options[..index].iter().any(|option| option.0 == *number);
        refusal(after, OptionNumber(*number), value, again)
    })
}

/// RFC 7252 sections 4.1 and 4.3.
fn header_refusal(after: &Fields) -> Option<ErrorKind> {
    let class = after.code / 32;
    let goes_together = match after.message_type {
        0 => true,
        1 => after.code != 0,
        2 => after.code == 0 || class > 0,
        _ => after.code == 0,
    };
    let has_content =
        !(after.token.is_empty() && after.options.is_empty() && after.payload.is_empty());
    if class == 7 {
        Some(ErrorKind::ReservedCode) // Not over UDP, whatever the type.
    } else if !goes_together {
        Some(ErrorKind::TypeAndCode)
    } else if matches!(class, 1 | 3 | 6) {
        Some(ErrorKind::ReservedCode)
    } else if after.code == 0 && has_content {
        Some(ErrorKind::EmptyMessage)
    } else {
        None
    }
}
