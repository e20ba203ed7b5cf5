use coap_codec::Uint;

/// RFC 7252 section 3.2, by text.
fn naive(value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = value;
    while rest != 0 {
        bytes.insert(0, (rest % 256) as u8);
        rest /= 256;
    }
    bytes
}

#[test]
fn is_the_shortest_form_around_every_power_of_two() {
    for shift in 0..64 {
        let power = 1_u64 << shift;
        for value in [power - 1, power, power.wrapping_add(1), !power] {
            let uint = Uint::new(value);
            assert_eq!(uint.as_bytes(), naive(value), "{value}");
            assert_eq!(Uint::decode(uint.as_bytes()), Some(value));
            assert_eq!(uint.get(), value);
        }
    }
    assert_eq!(Uint::new(u64::MAX).as_bytes(), [0xFF; 8]);
}

#[test]
fn is_the_shortest_form_of_every_number_of_16_bits() {
    for value in 0..=0xFFFF {
        assert_eq!(Uint::new(value).as_bytes(), naive(value));
    }
}

#[test]
fn takes_leading_zeros_up_to_eight_bytes() {
    for zeros in 0..=6 {
        let mut value = vec![0; zeros];
        value.extend([0x16, 0x33]);
        assert_eq!(Uint::decode(&value), Some(5683));
    }
    assert_eq!(Uint::decode(&[0; 8]), Some(0));
    assert_eq!(Uint::decode(&[0; 9]), None);
    assert_eq!(Uint::decode(&[0, 0, 0, 0, 0, 0, 0, 0x16, 0x33]), None);
}

#[test]
fn works_in_constants() {
    const PORT: Uint = Uint::new(5683);
    const BACK: Option<u64> = Uint::decode(PORT.as_bytes());
    assert_eq!(BACK, Some(5683));
}
