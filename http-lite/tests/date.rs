//! Dates against RFC 9110 section 5.6.7, and against a calendar that counts.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test fails by panic"
)]

use http_lite::{EncodeError, HttpDate, Weekday};
use proptest::prelude::*;

const NOW: HttpDate = match HttpDate::from_civil(2026, 11, 21, 6, 30, 0) {
    Some(now) => now,
    None => HttpDate::MAX,
};

fn parse(text: &str) -> Option<HttpDate> {
    HttpDate::parse(text.as_bytes(), NOW)
}

#[test]
fn the_three_formats_mean_the_same() {
    let date = HttpDate::new(784_111_777);
    for text in [
        "Sun, 06 Nov 1994 08:49:37 GMT",
        "Sunday, 06-Nov-94 08:49:37 GMT",
        "Sun Nov  6 08:49:37 1994",
        "Sun Nov 06 08:49:37 1994",
    ] {
        assert_eq!(parse(text), date, "{text}");
    }
    assert_eq!(date.unwrap().to_string(), "Sun, 06 Nov 1994 08:49:37 GMT");
}

#[test]
fn reads_every_weekday_and_month() {
    let texts = [
        ("Thu, 01 Jan 1970 00:00:00 GMT", "Thursday, 01-Jan-70 00:00:00 GMT"),
        ("Fri, 06 Feb 1970 00:00:00 GMT", "Friday, 06-Feb-70 00:00:00 GMT"),
        ("Sat, 07 Mar 1970 00:00:00 GMT", "Saturday, 07-Mar-70 00:00:00 GMT"),
        ("Sun, 12 Apr 1970 00:00:00 GMT", "Sunday, 12-Apr-70 00:00:00 GMT"),
        ("Mon, 11 May 1970 00:00:00 GMT", "Monday, 11-May-70 00:00:00 GMT"),
        ("Tue, 30 Jun 1970 00:00:00 GMT", "Tuesday, 30-Jun-70 00:00:00 GMT"),
        ("Wed, 01 Jul 1970 00:00:00 GMT", "Wednesday, 01-Jul-70 00:00:00 GMT"),
        ("Sat, 01 Aug 1970 00:00:00 GMT", "Saturday, 01-Aug-70 00:00:00 GMT"),
        ("Tue, 01 Sep 1970 00:00:00 GMT", "Tuesday, 01-Sep-70 00:00:00 GMT"),
        ("Thu, 01 Oct 1970 00:00:00 GMT", "Thursday, 01-Oct-70 00:00:00 GMT"),
        ("Sun, 01 Nov 1970 00:00:00 GMT", "Sunday, 01-Nov-70 00:00:00 GMT"),
        ("Thu, 31 Dec 1970 00:00:00 GMT", "Thursday, 31-Dec-70 00:00:00 GMT"),
    ];
    for (imf, rfc850) in texts {
        let date = parse(imf).expect(imf);
        assert_eq!(HttpDate::parse(rfc850.as_bytes(), HttpDate::UNIX_EPOCH), Some(date));
        assert_eq!(date.to_string(), imf);
    }
}

#[test]
fn refuses_what_is_no_date() {
    let rows = [
        ("", "empty"),
        ("0", "a number, as Expires has it"),
        ("Sun, 06 Nov 1994 08:49:37", "no zone"),
        ("Sun, 06 Nov 1994 08:49:37 UTC", "another name of the zone"),
        ("Sun, 06 Nov 1994 08:49:37 +0000", "a zone of RFC 5322"),
        ("Sun, 06 Nov 1994 08:49:37 gmt", "case"),
        ("sun, 06 Nov 1994 08:49:37 GMT", "case"),
        ("Sun, 06 nov 1994 08:49:37 GMT", "case"),
        (" Sun, 06 Nov 1994 08:49:37 GMT", "something before it"),
        ("Sun, 06 Nov 1994 08:49:37 GMT ", "something behind it"),
        ("06 Nov 1994 08:49:37 GMT", "no weekday"),
        (", 06 Nov 1994 08:49:37 GMT", "an empty weekday"),
        ("Sunday, 06 Nov 1994 08:49:37 GMT", "a long weekday in IMF-fixdate"),
        ("Sun, 06-Nov-94 08:49:37 GMT", "a short weekday in RFC 850's format"),
        ("Sunday Nov  6 08:49:37 1994", "a long weekday in asctime()'s format"),
        ("Sundays, 06-Nov-94 08:49:37 GMT", "no weekday"),
        ("Sunsday, 06-Nov-94 08:49:37 GMT", "the end of another weekday"),
        ("Sun, 06-Nov-1994 08:49:37 GMT", "the format of cookies"),
        ("Mon, 06 Nov 1994 08:49:37 GMT", "a weekday that it is not"),
        ("Monday, 06-Nov-94 08:49:37 GMT", "a weekday that it is not"),
        ("Mon Nov  6 08:49:37 1994", "a weekday that it is not"),
        ("Sun, 6 Nov 1994 08:49:37 GMT", "a day of one digit"),
        ("Sun,  6 Nov 1994 08:49:37 GMT", "a day with a space"),
        ("Sun Nov 6 08:49:37 1994", "a day without its space"),
        ("Sun, 00 Nov 1994 08:49:37 GMT", "day 0"),
        ("Sun Nov  0 08:49:37 1994", "day 0"),
        ("Thu, 31 Nov 1994 08:49:37 GMT", "day 31 of 30"),
        ("Mon, 29 Feb 2100 00:00:00 GMT", "no leap year"),
        ("Sun, 06 Now 1994 08:49:37 GMT", "no month"),
        ("Sun, 06 an  1994 08:49:37 GMT", "no month"),
        ("Sun, 06 nFe 1994 08:49:37 GMT", "two halves of months"),
        ("Sun, 06 Nov 194 08:49:37 GMT", "a year of three digits"),
        ("Sun, 06 Nov +994 08:49:37 GMT", "a sign"),
        ("Thu, 31 Dec 1969 23:59:59 GMT", "another weekday before 1970"),
        ("Tue, 01 Jan 0001 00:00:00 GMT", "another weekday in the year 1"),
        ("Fri, 29 Feb 1900 00:00:00 GMT", "no leap year before 1970"),
        ("Sun, 06 Nov 1994 24:00:00 GMT", "hour 24"),
        ("Sun, 06 Nov 1994 08:60:37 GMT", "minute 60"),
        ("Sun, 06 Nov 1994 08:49:60 GMT", "second 60 within a day"),
        ("Sun, 06 Nov 1994 23:59:61 GMT", "second 61"),
        ("Sun, 06 Nov 1994 0a:49:37 GMT", "no digit"),
        ("Sun, 06 Nov 1994 08:/9:37 GMT", "what stands before 0"),
        ("Sun, 06 Nov 1994 08:49::7 GMT", "what stands behind 9"),
        ("Sun, 06 Nov 1994 8:49:37 GMT", "an hour of one digit"),
        ("Sun; 06 Nov 1994 08:49:37 GMT", "no comma"),
        ("Sun, 06 Nov 1994 08.49.37 GMT", "no colon"),
        ("Sun,\t06 Nov 1994 08:49:37 GMT", "a tab"),
    ];
    for (text, why) in rows {
        assert_eq!(parse(text), None, "{text}: {why}");
    }
}

#[test]
fn no_other_byte_may_stand_anywhere() {
    let formats: [&[u8]; 3] = [
        b"Sun, 06 Nov 1994 08:49:37 GMT",
        b"Sunday, 06-Nov-94 08:49:37 GMT",
        b"Sun Nov  6 08:49:37 1994",
    ];
    for good in formats {
        let date = HttpDate::parse(good, NOW).unwrap();
        for at in 0..good.len() {
            assert_eq!(HttpDate::parse(&good[..at], NOW), None);
            for byte in 0..=255 {
                let mut bytes = good.to_vec();
                bytes[at] = byte;
                // Another digit may make another time; all else is malformed.
                let time = good.iter().position(|b| *b == b':').unwrap() - 2;
                let is_time = (time..time + 8).contains(&at) && byte.is_ascii_digit();
                let same_day = |d: HttpDate| d.get() / 86_400 == date.get() / 86_400;
                match HttpDate::parse(&bytes, NOW) {
                    Some(d) if bytes == good => assert_eq!(d, date),
                    Some(d) if is_time => assert!(same_day(d) && d != date),
                    // asctime() writes day 6 as " 6" or "06"; other digits may hit a Sunday.
                    Some(d) if byte == b'0' && good[at] == b' ' => assert_eq!(d, date),
                    Some(d) if d == HttpDate::UNIX_EPOCH => assert!(byte.is_ascii_digit()),
                    Some(d) => {
                        assert!(byte.is_ascii_digit());
                        assert_eq!(d.civil().weekday, Weekday::Sunday);
                    }
                    None => assert_ne!(bytes, good),
                }
            }
        }
    }
}

#[test]
fn a_leap_second_is_taken_as_the_second_before() {
    let date = HttpDate::from_civil(2016, 12, 31, 23, 59, 59);
    assert_eq!(parse("Sat, 31 Dec 2016 23:59:60 GMT"), date);
    assert_eq!(parse("Sat Dec 31 23:59:60 2016"), date);
    assert_eq!(HttpDate::from_civil(2016, 12, 31, 23, 59, 60), date);
    assert_eq!(HttpDate::from_civil(2016, 12, 31, 22, 59, 60), None);
    assert_eq!(parse("Fri, 31 Dec 9999 23:59:60 GMT"), Some(HttpDate::MAX));
}

#[test]
fn two_digits_are_the_latest_year_within_50_years_from_now() {
    let year = |text: &[u8], now| HttpDate::parse(text, now).map(|date| date.civil().year);
    // Exactly 50 years from now, and one second more: the year before has no such weekday.
    assert_eq!(year(b"Saturday, 21-Nov-76 06:30:00 GMT", NOW), Some(2076));
    assert_eq!(year(b"Saturday, 21-Nov-76 06:30:01 GMT", NOW), None);
    assert_eq!(year(b"Sunday, 21-Nov-76 06:30:01 GMT", NOW), Some(1976));
    assert_eq!(year(b"Sunday, 21-Nov-76 06:30:00 GMT", NOW), None);
    assert_eq!(year(b"Monday, 22-Nov-76 00:00:00 GMT", NOW), Some(1976));
    assert_eq!(year(b"Thursday, 31-Dec-70 00:00:00 GMT", NOW), None);
    assert_eq!(year(b"Wednesday, 31-Dec-70 00:00:00 GMT", NOW), Some(2070));
    assert_eq!(year(b"Friday, 31-Dec-99 00:00:00 GMT", NOW), Some(1999));
    assert_eq!(year(b"Saturday, 01-Jan-00 00:00:00 GMT", NOW), Some(2000));
    // Near the end of a century the next one may be meant.
    let late = HttpDate::from_civil(2095, 1, 1, 0, 0, 0).unwrap();
    assert_eq!(year(b"Thursday, 01-Jan-05 00:00:00 GMT", late), Some(2105));
    // 2100 has no 29 February.
    assert_eq!(year(b"Tuesday, 29-Feb-00 00:00:00 GMT", late), None);
    assert_eq!(year(b"Tuesday, 29-Feb-00 00:00:00 GMT", NOW), Some(2000));
    // Before 1970, which is read as its start; and the end of time.
    assert_eq!(year(b"Wednesday, 31-Dec-69 23:59:59 GMT", HttpDate::UNIX_EPOCH), Some(1970));
    assert_eq!(year(b"Friday, 31-Dec-99 23:59:59 GMT", HttpDate::MAX), Some(9999));
}

/// What some programs send where they know no date must not be ignored: the condition would be gone.
#[test]
fn before_1970_is_its_start() {
    for text in [
        "Wed, 31 Dec 1969 23:59:59 GMT",
        "Wed Dec 31 23:59:59 1969",
        "Thu, 01 Mar 1900 00:00:00 GMT",
        "Tue, 29 Feb 1600 00:00:00 GMT",
        "Mon, 01 Jan 0001 00:00:00 GMT",
        "Sun, 31 Dec 0000 00:00:00 GMT",
        "Sat, 01 Jan 0000 00:00:00 GMT",
    ] {
        assert_eq!(parse(text), Some(HttpDate::UNIX_EPOCH), "{text}");
    }
}

#[test]
fn reads_at_its_limits() {
    assert_eq!(parse("Thu, 01 Jan 1970 00:00:00 GMT"), Some(HttpDate::UNIX_EPOCH));
    assert_eq!(parse("Fri, 31 Dec 9999 23:59:59 GMT"), Some(HttpDate::MAX));
    assert_eq!(HttpDate::new(HttpDate::MAX.get()), Some(HttpDate::MAX));
    assert_eq!(HttpDate::new(HttpDate::MAX.get() + 1), None);
    assert_eq!(HttpDate::new(u64::MAX), None);
    let none = [
        (1969, 12, 31, 23, 59, 59),
        (10_000, 1, 1, 0, 0, 0),
        (2000, 0, 1, 0, 0, 0),
        (2000, 13, 1, 0, 0, 0),
        (2000, 1, 0, 0, 0, 0),
        (2000, 1, 32, 0, 0, 0),
        (2000, 1, 1, 24, 0, 0),
        (2000, 1, 1, 0, 60, 0),
        (u16::MAX, u8::MAX, u8::MAX, u8::MAX, u8::MAX, u8::MAX),
    ];
    for (year, month, day, hour, minute, second) in none {
        assert_eq!(HttpDate::from_civil(year, month, day, hour, minute, second), None);
    }
}

#[test]
fn a_short_buffer_tells_what_is_needed() {
    for len in 0..HttpDate::LEN {
        let result = NOW.encode(&mut vec![0; len]);
        assert_eq!(result, Err(EncodeError::BufferTooSmall { needed: 29 }));
    }
    let mut buffer = [b'-'; 30];
    assert_eq!((NOW.encode(&mut buffer), NOW.encoded_len()), (Ok(29), 29));
    assert_eq!(&buffer, b"Sat, 21 Nov 2026 06:30:00 GMT-");
}

/// Counts: no division, no leap rule in closed form.
struct Calendar {
    year: u16,
    month: u8,
    day: u8,
    weekday: usize,
}

impl Calendar {
    fn step(&mut self) {
        let leap_day = match (self.year % 400, self.year % 100, self.year % 4) {
            (0, ..) => 1,
            (_, 0, _) => 0,
            (_, _, 0) => 1,
            _ => 0,
        };
        let days = [31, 28 + leap_day, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
        self.weekday = (self.weekday + 1) % 7;
        self.day += 1;
        if self.day > days[usize::from(self.month) - 1] {
            (self.month, self.day) = (self.month + 1, 1);
        }
        if self.month > 12 {
            (self.year, self.month) = (self.year + 1, 1);
        }
    }
}

#[test]
fn every_day_is_the_one_that_a_calendar_counts() {
    let mut calendar = Calendar { year: 1970, month: 1, day: 1, weekday: 3 };
    let mut days = 0u64;
    while calendar.year < 10_000 {
        let Calendar { year, month, day, weekday } = calendar;
        let second = days * 7_919 % 86_400; // a time of its own for each day
        let (h, m, s) = ((second / 3600) as u8, (second / 60 % 60) as u8, (second % 60) as u8);
        let date = HttpDate::new(days * 86_400 + second).unwrap();
        assert_eq!(HttpDate::from_civil(year, month, day, h, m, s), Some(date));
        let civil = date.civil();
        assert_eq!((civil.year, civil.month, civil.day), (year, month, day));
        assert_eq!((civil.hour, civil.minute, civil.second), (h, m, s));
        assert_eq!(civil.weekday as usize, weekday);
        let bytes = date.to_bytes();
        assert_eq!(HttpDate::parse(&bytes, HttpDate::UNIX_EPOCH), Some(date));
        calendar.step();
        days += 1;
    }
    assert_eq!(days * 86_400 - 1, HttpDate::MAX.get());
}

#[test]
fn every_second_of_a_day_is_its_hour_minute_and_second() {
    let mut second = HttpDate::MAX.get() - 86_399;
    for hour in 0..24 {
        for minute in 0..60 {
            for s in 0..60 {
                let date = HttpDate::from_civil(9999, 12, 31, hour, minute, s).unwrap();
                assert_eq!(date.get(), second);
                let civil = date.civil();
                assert_eq!((civil.hour, civil.minute, civil.second), (hour, minute, s));
                second += 1;
            }
        }
    }
}

proptest! {
    #[test]
    fn every_instant_is_read_back_from_all_formats(secs in 0..=HttpDate::MAX.get()) {
        let date = HttpDate::new(secs).unwrap();
        let imf = date.to_bytes();
        prop_assert_eq!(HttpDate::parse(&imf, HttpDate::UNIX_EPOCH), Some(date));
        let c = date.civil();
        let imf = String::from_utf8(imf.to_vec()).unwrap();
        let (day, month) = (&imf[..3], &imf[8..11]);
        let time = &imf[17..25];
        let asctime = format!("{day} {month} {:2} {time} {}", c.day, c.year);
        prop_assert_eq!(HttpDate::parse(asctime.as_bytes(), NOW), Some(date));
        let rfc850 = format!("{:?}, {:02}-{month}-{:02} {time} GMT", c.weekday, c.day, c.year % 100);
        prop_assert_eq!(HttpDate::parse(rfc850.as_bytes(), date), Some(date));
    }

    #[test]
    fn any_bytes_are_a_date_or_none(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
        prop_assert_eq!(HttpDate::parse(&bytes, NOW), None);
    }
}
