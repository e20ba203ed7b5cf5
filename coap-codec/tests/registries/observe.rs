use coap_codec::Observe;

const MAX: u32 = (1 << 24) - 1;

fn sequence(value: u32) -> Observe {
    Observe::new(value).unwrap()
}

#[test]
fn register_is_0_and_deregister_is_1() {
    // RFC 7641 section 2.
    assert_eq!(Observe::decode(&[]), Some(Observe::REGISTER));
    assert_eq!(Observe::decode(&[0]), Some(Observe::REGISTER));
    assert_eq!(Observe::decode(&[1]), Some(Observe::DEREGISTER));
    assert_eq!(Observe::decode(&[0, 0, 1]), Some(Observe::DEREGISTER));
    assert_eq!(Observe::REGISTER.to_uint().as_bytes(), []);
    assert_eq!(Observe::DEREGISTER.to_uint().as_bytes(), [1]);
}

#[test]
fn has_24_bits() {
    assert_eq!(Observe::new(MAX).unwrap().to_uint().as_bytes(), [0xFF; 3]);
    assert_eq!((Observe::new(MAX + 1), Observe::new(u32::MAX), Observe::MAX), (None, None, MAX));
    assert_eq!(Observe::decode(&[0xFF; 3]), Observe::new(MAX));
    for bytes in [&[0; 4][..], &[0, 0, 0, 1], &[1; 4], &[0; 9]] {
        assert_eq!(Observe::decode(bytes), None);
    }
    for (number, value) in [(0, 0), (1 << 24, 0), ((1 << 24) + 5, 5), (u64::MAX, MAX)] {
        assert_eq!(Observe::of(number), sequence(value));
    }
}

#[test]
fn next_wraps_at_2_to_the_24() {
    for value in 0..=MAX {
        assert_eq!(sequence(value).next().get(), (value + 1) % (1 << 24));
    }
}

#[test]
fn fresher_is_serial_arithmetic_within_128_seconds() {
    // RFC 7641 section 3.4, the design note: V1 is less than V2 in 24-bit serial number arithmetic.
    for v1 in [0, 1, 5, (1 << 23) - 1, 1 << 23, (1 << 23) + 1, MAX - 1, MAX] {
        for v2 in 0..=MAX {
            let distance = v2.wrapping_sub(v1) & MAX;
            let fresher = 0 < distance && distance < 1 << 23;
            assert_eq!(sequence(v2).is_fresher(128_000, sequence(v1), 0), fresher, "{v1} {v2}");
        }
    }
}

#[test]
fn each_condition_of_section_3_4_at_its_limit() {
    let fresher = |v1, v2, t2| sequence(v2).is_fresher(t2, sequence(v1), 1_000);
    // V1 < V2 and V2 - V1 < 2^23
    assert!(fresher(7, 8, 1_000));
    assert!(fresher(7, 7 + (1 << 23) - 1, 1_000));
    assert!(!fresher(7, 7 + (1 << 23), 1_000));
    assert!(!fresher(7, 7, 1_000));
    // V1 > V2 and V1 - V2 > 2^23
    assert!(!fresher(8, 7, 1_000));
    assert!(!fresher(7 + (1 << 23), 7, 1_000));
    assert!(fresher(8 + (1 << 23), 7, 1_000));
    assert!(fresher(MAX, 0, 1_000));
    // T2 > T1 + 128 seconds
    for (v1, v2) in [(7, 7), (8, 7), (7, 7 + (1 << 23))] {
        assert!(!fresher(v1, v2, 129_000));
        assert!(fresher(v1, v2, 129_001));
    }
    // At the end of time nothing overflows.
    assert!(!sequence(7).is_fresher(u64::MAX, sequence(7), u64::MAX - 5));
}

#[test]
fn each_condition_of_section_4_4_at_its_limit() {
    let half = 1 << 23;
    for (before, after, elapsed_ms, may) in [
        (0, 1, 0, true),
        (5, 5, 0, false), // strictly increasing
        (5, 5, 1_000_000, false),
        (5, 4, 0, false),
        (5, 4, 1_000_000, false),
        (5, 5 + half, 0, true),
        (5, 5 + half + 1, 0, false),
        (5, 5 + half + 1, 255_999, false),
        (5, 5 + half + 1, 256_000, true),
        (u64::MAX - 1, u64::MAX, 0, true),
        (0, u64::MAX, 255_999, false),
    ] {
        assert_eq!(Observe::may_follow(before, after, elapsed_ms), may, "{before} {after}");
    }
}

#[test]
fn the_clock_ticks_2_to_the_23_times_in_256_seconds() {
    for now_ms in (0..600_000_u64).chain([1 << 40, (1 << 53) + 1, u64::MAX - 1, u64::MAX]) {
        let ticks = u128::from(now_ms) * (1 << 23) / 256_000;
        assert_eq!(u128::from(Observe::from_clock(now_ms).get()), ticks % (1 << 24), "{now_ms}");
    }
    assert_eq!(Observe::from_clock(256_000).get(), 1 << 23);
    assert_eq!(Observe::from_clock(512_000).get(), 0);
}

#[test]
fn notifications_by_the_clock_are_in_order_for_the_client() {
    for start in [0, 255_000, 511_990, u64::MAX / 2] {
        for gap in [1, 2, 10, 1_000, 60_000, 128_000, 128_001, 255_999, 256_000, 400_000, 512_000] {
            let (first, second) = (Observe::from_clock(start), Observe::from_clock(start + gap));
            assert!(second.is_fresher(start + gap, first, start), "{start} {gap}");
            // The first comes late, right behind the second.
            if gap < 256_000 {
                assert!(!first.is_fresher(start + gap + 1, second, start + gap), "{start} {gap}");
            }
        }
    }
}
