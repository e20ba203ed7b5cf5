use coap_codec::{Block, BlockError, Code, Szx};

const SIZES: [(Szx, u8, u16); 7] = [
    (Szx::S16, 0, 16),
    (Szx::S32, 1, 32),
    (Szx::S64, 2, 64),
    (Szx::S128, 3, 128),
    (Szx::S256, 4, 256),
    (Szx::S512, 5, 512),
    (Szx::S1024, 6, 1024),
];

fn block(num: u32, more: bool, szx: Szx) -> Block {
    Block::new(num, more, szx).unwrap()
}

#[test]
fn all_2_to_the_24_values() {
    for value in 0..1_u32 << 24 {
        let bytes = value.to_be_bytes();
        let leading = 1 + bytes[1..].iter().take_while(|byte| **byte == 0).count();
        let shortest = &bytes[leading..];
        let block = Block::decode_reliable(shortest).unwrap();
        assert!(
            block.num() == value / 16
                && block.more() == (value & 8 != 0)
                && block.szx() as u32 == value & 7
                && block.value() == value
                && block.to_uint().as_bytes() == shortest
        );
        // RFC 7959 section 2.2, the implementation note; SZX 7 counts as 6, RFC 8323 section 6.
        assert_eq!(block.offset(), (value & !0xF) << (value & 7).min(6));
        let over_udp = Block::decode(shortest);
        if value & 7 == 7 {
            assert_eq!(over_udp, Err(BlockError::ReservedSize));
        } else {
            assert_eq!(over_udp, Ok(block));
        }
    }
}

#[test]
fn values_of_rfc_8323_section_6() {
    // "a Block2 Option value of 33 would be shown as 2:2/0/32, 59 would be shown as 1:3/1/128"
    assert_eq!(Block::decode(&[33]), Ok(block(2, false, Szx::S32)));
    assert_eq!(Block::decode(&[59]), Ok(block(3, true, Szx::S128)));
}

#[test]
fn leading_zeros_are_taken_and_not_sent() {
    let one = block(0, false, Szx::S32);
    for bytes in [&[1][..], &[0, 1], &[0, 0, 1]] {
        assert_eq!(Block::decode(bytes), Ok(one));
    }
    assert_eq!(one.to_uint().as_bytes(), [1]);
    assert_eq!(Block::decode(&[]), Ok(Block::first(Szx::S16)));
    assert_eq!(Block::decode(&[0, 0, 0]), Ok(Block::first(Szx::S16)));
}

#[test]
fn refuses_more_than_three_bytes_and_size_7() {
    for bytes in [&[0, 0, 0, 1][..], &[1, 2, 3, 4], &[0; 8], &[0; 9]] {
        for result in [Block::decode(bytes), Block::decode_reliable(bytes)] {
            assert_eq!(result, Err(BlockError::TooLong));
        }
    }
    assert_eq!(Block::decode(&[0xFF; 3]), Err(BlockError::ReservedSize));
    for (error, code, rule, text) in [
        (
            BlockError::TooLong,
            Code::BAD_OPTION,
            "RFC 7252 section 5.4.3",
            "a block option of more than 3 bytes",
        ),
        (
            BlockError::ReservedSize,
            Code::BAD_REQUEST,
            "RFC 7959 section 2.2",
            "block size 7 is reserved",
        ),
    ] {
        assert_eq!((error.code(), error.rule()), (code, rule));
        assert_eq!(error.to_string(), text);
    }
}

#[test]
fn num_has_20_bits() {
    assert_eq!(Block::MAX_NUM, 1_048_575);
    let last = block(Block::MAX_NUM, true, Szx::S1024);
    assert_eq!(last.to_uint().as_bytes(), [0xFF, 0xFF, 0xFE]);
    assert_eq!(last.offset(), 1_048_575 * 1024);
    assert_eq!(Block::new(Block::MAX_NUM + 1, false, Szx::S16), None);
    assert_eq!(Block::new(u32::MAX, false, Szx::S16), None);
    // Beyond 12 bits, where some implementations cut it off.
    assert_eq!(Block::decode(&[0x01, 0x38, 0x80]), Ok(block(5000, false, Szx::S16)));
}

#[test]
fn sizes() {
    for (szx, bits, size) in SIZES {
        assert_eq!((szx as u8, szx.size()), (bits, size));
        assert_eq!(Szx::from_bits(bits), szx);
        assert_eq!(Szx::from_bits(bits | 0xF8), szx);
    }
    assert_eq!((Szx::from_bits(7), Szx::Bert.size()), (Szx::Bert, 1024));
    for len in 0..5000 {
        let at_most = SIZES.iter().rev().find(|row| usize::from(row.2) <= len).map(|row| row.0);
        let exact = SIZES.iter().find(|row| usize::from(row.2) == len).map(|row| row.0);
        assert_eq!((Szx::at_most(len), Szx::from_size(len)), (at_most, exact), "{len}");
    }
    assert_eq!(Szx::at_most(usize::MAX), Some(Szx::S1024));
    for (a, ..) in SIZES.into_iter().chain([(Szx::Bert, 7, 1024)]) {
        for (b, ..) in SIZES.into_iter().chain([(Szx::Bert, 7, 1024)]) {
            assert_eq!(a.smaller(b), a.min(b));
        }
    }
}

#[test]
fn windows_cut_every_body_without_gap_or_overlap() {
    for (szx, _, size) in SIZES {
        for total in (0..300).chain([1023, 1024, 1025, 4096, 5000]) {
            let body: Vec<u32> = (0..total as u32).collect();
            let mut taken: Vec<u32> = Vec::new();
            let mut next = Block::first(szx);
            loop {
                let (start, end, more) = next.window(total).unwrap();
                assert_eq!(more, end < total);
                assert!(next.with_more(more).allows_payload(end - start));
                taken.extend_from_slice(&body[start..end]);
                if !more {
                    break;
                }
                next = next.next(end - start).unwrap();
            }
            assert_eq!(taken, body, "{total} bytes in blocks of {size}");
            let blocks = (total as u32).div_ceil(size.into()).max(1);
            assert_eq!(next.num() + 1, blocks);
            assert_eq!(block(blocks, false, szx).window(total), None);
            assert_eq!(block(Block::MAX_NUM, false, szx).window(total), None);
        }
    }
}

#[test]
fn a_window_at_the_end_of_what_can_be_numbered() {
    let last = block(Block::MAX_NUM, false, Szx::S1024);
    let end = 1 << 30;
    assert_eq!(last.window(end), Some((end - 1024, end, false)));
    assert_eq!(last.window(usize::MAX), Some((end - 1024, end, true)));
    assert_eq!(last.next(1024), None);
}

#[test]
fn resized_begins_at_the_same_byte() {
    for (from, ..) in SIZES.into_iter().chain([(Szx::Bert, 7, 1024)]) {
        for (to, _, size) in SIZES.into_iter().chain([(Szx::Bert, 7, 1024)]) {
            for num in (0..200).chain([4095, 4096, 16_383, 16_384, 65_536, Block::MAX_NUM]) {
                let offset = u64::from(num) * u64::from(from.size());
                let aligned = offset % u64::from(size) == 0;
                let expected = offset / u64::from(size);
                let resized = block(num, true, from).resized(to);
                if aligned && expected <= u64::from(Block::MAX_NUM) {
                    assert_eq!(resized, Some(block(expected as u32, true, to)));
                    assert_eq!(u64::from(resized.unwrap().offset()), offset);
                } else {
                    assert_eq!(resized, None, "{num} {from:?} {to:?}");
                }
            }
        }
    }
}

#[test]
fn late_negotiation_of_rfc_7959_figures_4_and_9() {
    // Block2, figure 4: the server answers an unasked first request with 128, the client wants 64.
    let first = block(0, true, Szx::S128);
    let next = first.next(128).unwrap().resized(Szx::S64).unwrap();
    assert_eq!(next, block(2, false, Szx::S64));
    // Block1, figure 9: a client sends 128, the server acknowledges with 32.
    let next = block(0, true, Szx::S128).next(128).unwrap().resized(Szx::S32).unwrap();
    assert_eq!(next, block(4, false, Szx::S32));
}

#[test]
fn which_payloads_a_block_allows() {
    for (szx, _, size) in SIZES {
        for len in 0..2100 {
            assert_eq!(block(3, true, szx).allows_payload(len), len == usize::from(size));
            assert!(block(3, false, szx).allows_payload(len));
        }
    }
    for len in 0..5000 {
        let whole = len != 0 && len % 1024 == 0;
        assert_eq!(block(0, true, Szx::Bert).allows_payload(len), whole);
        assert!(block(0, false, Szx::Bert).allows_payload(len));
    }
}

#[test]
fn next_counts_what_was_transferred() {
    assert_eq!(block(7, true, Szx::S16).next(16), Some(block(8, false, Szx::S16)));
    for len in [0, 15, 17, 32] {
        assert_eq!(block(7, true, Szx::S16).next(len), None);
    }
    assert_eq!(block(Block::MAX_NUM, true, Szx::S16).next(16), None);
    for len in [0, 1023, 1025, 1 << 31, usize::MAX / 2 + 1, usize::MAX & !0x3FF] {
        assert_eq!(block(1, true, Szx::Bert).next(len), None, "{len}");
    }
    let reach = Block::MAX_NUM as usize * 1024;
    assert_eq!(Block::first(Szx::Bert).next(reach), Some(block(Block::MAX_NUM, false, Szx::Bert)));
    assert_eq!(block(1, true, Szx::Bert).next(reach), None);
}

#[test]
fn bert_of_rfc_8323_figures_13_and_14() {
    // 2:0/1/BERT(3072), 2:3/1/BERT(5120), 2:8/0/BERT(4711)
    let total = 3072 + 5120 + 4711;
    let mut next = Block::first(Szx::Bert);
    for (num, more, len, room) in
        [(0, true, 3072, 3072), (3, true, 5120, 6000), (8, false, 4711, 5000)]
    {
        assert_eq!((next.num(), next.more()), (num, false));
        let (block, start, end) = next.answer_within(total, room).unwrap();
        assert_eq!((block.num(), block.more(), block.szx()), (num, more, Szx::Bert));
        assert_eq!((start, end - start), (num as usize * 1024, len));
        assert!(block.allows_payload(len));
        if more {
            next = block.next(len).unwrap();
        }
    }
    // 1:0/1/BERT(8192), 1:8/1/BERT(16384), 1:24/0/BERT(5683)
    let next = block(0, true, Szx::Bert).next(8192).unwrap();
    assert_eq!(next.num(), 8);
    assert_eq!(next.next(16_384).unwrap().num(), 24);
}

#[test]
fn an_answer_has_the_smaller_size_and_the_same_place() {
    for (asked, ..) in SIZES.into_iter().chain([(Szx::Bert, 7, 1024)]) {
        for (preferred, ..) in SIZES.into_iter().chain([(Szx::Bert, 7, 1024)]) {
            for num in 0..6 {
                let request = block(num, true, asked); // M is ignored
                let total = 2000;
                let answer = request.answer(total, preferred);
                let offset = request.offset() as usize;
                if offset >= total {
                    assert_eq!(answer, None);
                    continue;
                }
                let (block, start, end) = answer.unwrap();
                assert_eq!((block.szx(), block.offset() as usize), (asked.min(preferred), offset));
                assert_eq!((start, block.more()), (offset, end < total));
                assert_eq!(end, total.min(start + usize::from(block.szx().size())));
            }
        }
    }
    assert_eq!(Block::first(Szx::S64).answer(0, Szx::S16), Some((Block::first(Szx::S16), 0, 0)));
    // Smaller blocks would have numbers of more than 20 bits.
    assert_eq!(block(Block::MAX_NUM, false, Szx::S1024).answer(usize::MAX, Szx::S16), None);
}

#[test]
fn an_answer_keeps_to_its_room() {
    for (asked, ..) in SIZES.into_iter().chain([(Szx::Bert, 7, 1024)]) {
        for room in 0..5000 {
            let answer = Block::first(asked).answer_within(10_000, room);
            let Some((block, start, end)) = answer else {
                assert!(room < 16);
                continue;
            };
            assert!(start == 0 && end <= room && block.more() && block.allows_payload(end));
            assert_eq!(block.szx() == Szx::Bert, asked == Szx::Bert && room >= 1024);
            let largest = if asked == Szx::Bert { room / 1024 * 1024 } else { 0 };
            let size = SIZES.iter().rev().find(|row| usize::from(row.2) <= room).unwrap().2;
            assert_eq!(end, largest.max(size.min(asked.size()).into()));
        }
    }
}

#[test]
fn works_in_constants() {
    const NEXT: Block = Block::first(Szx::S64).next(64).unwrap();
    const WINDOW: Option<(usize, usize, bool)> = NEXT.window(100);
    assert_eq!(WINDOW, Some((64, 100, false)));
}
