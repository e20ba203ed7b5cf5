//! Random calls: see `calls`.

use proptest::collection::vec;
use proptest::prelude::*;

use crate::calls;

proptest! {
    #![proptest_config(ProptestConfig { cases: 3_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn calls_in_any_order_keep_the_wire_legal(plan in vec(any::<u8>(), 0..400)) {
        calls::hold(&plan);
    }

    /// Mostly sensible: what is sent arrives soon, so that conversations get far.
    #[test]
    fn conversations_get_far(choices in vec(any::<(u8, u8)>(), 0..60)) {
        let mut plan = Vec::new();
        for (choice, room) in choices {
            let (step, choice) = [
                (0, choice), (2, choice), (3, choice & !2), (4, choice), (4, choice), (6, choice),
                (7, choice & !2), (8, 0),
            ][usize::from(room % 8)];
            plan.extend_from_slice(&[step, choice, 100]);
            for _ in 0..4 {
                plan.extend_from_slice(&[9, 0, 0, 11, 0, 0]);
            }
        }
        calls::hold(&plan);
    }
}
