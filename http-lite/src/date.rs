//! Dates: Date, Last-Modified, Expires, If-Modified-Since, Retry-After. RFC 9110 section 5.6.7.

use core::fmt::{self, Write as _};

use crate::error::EncodeError;
use crate::writer::Writer;

/// An instant in UTC: seconds since 1970-01-01 00:00:00, up to the end of the year 9999.
///
/// ```text
/// Sun, 06 Nov 1994 08:49:37 GMT     IMF-fixdate, 29 bytes: the one that is written
/// Sunday, 06-Nov-94 08:49:37 GMT    RFC 850, obsolete: read only
/// Sun Nov  6 08:49:37 1994          asctime(), obsolete: read only
/// ```
///
/// Leap seconds are not counted, as in Unix time. Dates are ordered. Earlier ones than 1970 cannot be
/// held: what is read counts as the start of 1970, which is before all that this program has seen.
///
/// ```
/// use http_lite::HttpDate;
///
/// let now = HttpDate::new(1_700_000_000).unwrap();
/// let date = HttpDate::parse(b"Sunday, 06-Nov-94 08:49:37 GMT", now).unwrap();
/// assert_eq!(date.get(), 784_111_777);
/// assert_eq!(&date.to_bytes(), b"Sun, 06 Nov 1994 08:49:37 GMT");
/// assert!(date < now);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HttpDate(u64);

impl HttpDate {
    /// Thu, 01 Jan 1970 00:00:00 GMT.
    pub const UNIX_EPOCH: Self = Self(0);
    /// Fri, 31 Dec 9999 23:59:59 GMT.
    pub const MAX: Self = Self(253_402_300_799);
    /// The length of every date that is written, in bytes.
    pub const LEN: usize = 29;

    /// The instant that many seconds after the start of 1970; `None` after the year 9999.
    ///
    /// ```
    /// use http_lite::HttpDate;
    /// use std::time::{SystemTime, UNIX_EPOCH};
    ///
    /// let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    /// let now = HttpDate::new(since.as_secs()).unwrap();
    /// assert!(now.civil().year >= 2025);
    /// ```
    pub const fn new(unix_secs: u64) -> Option<Self> {
        if unix_secs > Self::MAX.0 { None } else { Some(Self(unix_secs)) }
    }

    /// Seconds since the start of 1970.
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The instant with this date and time in UTC; the weekday follows from it. `None` if there is
    /// none, or if it is before 1970 or after 9999.
    ///
    /// The second may be 60 at 23:59 only, where leap seconds are; it is taken as 59.
    ///
    /// ```
    /// use http_lite::HttpDate;
    ///
    /// const BUILT: HttpDate = match HttpDate::from_civil(2024, 2, 29, 12, 0, 0) {
    ///     Some(date) => date,
    ///     None => panic!("no such day"),
    /// };
    /// assert_eq!(BUILT.to_string(), "Thu, 29 Feb 2024 12:00:00 GMT");
    /// assert_eq!(HttpDate::from_civil(2023, 2, 29, 12, 0, 0), None);
    /// ```
    pub const fn from_civil(
        year: u16,
        month: u8,
        day: u8,
        hour: u8,
        minute: u8,
        second: u8,
    ) -> Option<Self> {
        let date = [year as u32, month as u32, day as u32];
        match days_and_seconds(date, [hour as u32, minute as u32, second as u32]) {
            Some((days @ DAYS_BEFORE_1970.., seconds)) => Some(Self::of(days, seconds)),
            _ => None,
        }
    }

    /// A date in any of the three formats; `None` if it is malformed, and then the field is to be
    /// ignored. Nothing may stand before or behind it, and case matters. One before 1970 is read as
    /// [`UNIX_EPOCH`](Self::UNIX_EPOCH): some programs write the year 1 where they know no date.
    ///
    /// `now` is looked at for RFC 850's year of two digits alone: it is the latest year with these
    /// digits that makes the date at most 50 years later than now. Without a clock, a date from
    /// the time when the program was built will do.
    ///
    /// A date whose weekday is another one is malformed, and so is second 60 but at 23:59:60: RFC
    /// 9110 gives both the meaning of RFC 5322 section 3.3, where they MUST be right. A leap second
    /// is taken as the second before.
    ///
    /// ```
    /// use http_lite::HttpDate;
    ///
    /// let now = HttpDate::from_civil(2026, 11, 21, 0, 0, 0).unwrap();
    /// let date = HttpDate::parse(b"Sun Nov  6 08:49:37 1994", now);
    /// assert_eq!(date, HttpDate::from_civil(1994, 11, 6, 8, 49, 37));
    /// assert_eq!(HttpDate::parse(b"Mon Nov  6 08:49:37 1994", now), None);
    /// assert_eq!(HttpDate::parse(b"Sun, 06 Nov 1994 08:49:37 UTC", now), None);
    /// ```
    pub const fn parse(text: &[u8], now: Self) -> Option<Self> {
        let Some((text, last)) = text.split_last_chunk() else { return None };
        // asctime() has the year behind the time, the others GMT.
        let (text, last_year) = match (last, text) {
            (b" GMT", text) => (text, None),
            (&[y1, y2, y3, y4], [text @ .., b' ']) => (text, Some(four(y1, y2, y3, y4))),
            _ => return None,
        };
        let Some((text, &[b' ', h1, h2, b':', n1, n2, b':', s1, s2])) = text.split_last_chunk()
        else {
            return None;
        };
        let time = [two(h1, h2), two(n1, n2), two(s1, s2)];
        let (name, is_long, date) = if let Some(year) = last_year {
            let Some((name, &[b' ', m1, m2, m3, b' ', d1, d2])) = text.split_last_chunk() else {
                return None;
            };
            let day = two(if d1 == b' ' { b'0' } else { d1 }, d2);
            (name, false, [year, month(m1, m2, m3), day])
        } else if let Some((name, &[b',', b' ', d1, d2, b' ', m1, m2, m3, b' ', y1, y2, y3, y4])) =
            text.split_last_chunk()
        {
            (name, false, [four(y1, y2, y3, y4), month(m1, m2, m3), two(d1, d2)])
        } else if let Some((name, &[b',', b' ', d1, d2, b'-', m1, m2, m3, b'-', y1, y2])) =
            text.split_last_chunk()
        {
            let date = [two(y1, y2), month(m1, m2, m3), two(d1, d2)];
            (name, true, with_century(date, time, now))
        } else {
            return None;
        };
        match days_and_seconds(date, time) {
            Some((days, _)) if !Weekday::of(days).is(name, is_long) => None,
            Some((days, seconds)) => Some(Self::of(days, seconds)),
            None => None,
        }
    }

    /// Writes the date as IMF-fixdate, 29 bytes.
    ///
    /// # Errors
    ///
    /// [`EncodeError::BufferTooSmall`].
    pub const fn encode(&self, out: &mut [u8]) -> Result<usize, EncodeError> {
        let mut w = Writer::new(out);
        w.bytes(&self.to_bytes());
        w.finish()
    }

    /// The length that [`encode`](Self::encode) writes: 29.
    pub const fn encoded_len(&self) -> usize {
        Self::LEN
    }

    /// The date as IMF-fixdate.
    pub const fn to_bytes(self) -> [u8; Self::LEN] {
        let Civil { year, month, day, weekday, hour, minute, second } = self.civil();
        let [w1, w2, w3] = weekday.short_name();
        let [m1, m2, m3] = triple(MONTHS, month.saturating_sub(1));
        let [y1, y2] = digits((year / 100) as u8);
        let [y3, y4] = digits((year % 100) as u8);
        let ([d1, d2], [h1, h2]) = (digits(day), digits(hour));
        let ([n1, n2], [s1, s2]) = (digits(minute), digits(second));
        [
            w1, w2, w3, b',', b' ', d1, d2, b' ', m1, m2, m3, b' ', y1, y2, y3, y4, b' ', h1, h2,
            b':', n1, n2, b':', s1, s2, b' ', b'G', b'M', b'T',
        ]
    }

    /// The parts of date and time, in UTC.
    ///
    /// ```
    /// use http_lite::{HttpDate, Weekday};
    ///
    /// let civil = HttpDate::new(784_111_777).unwrap().civil();
    /// assert_eq!((civil.year, civil.month, civil.day), (1994, 11, 6));
    /// assert_eq!((civil.hour, civil.minute, civil.second), (8, 49, 37));
    /// assert_eq!(civil.weekday, Weekday::Sunday);
    /// ```
    pub const fn civil(self) -> Civil {
        let (days, second) = self.split();
        // A year begins in March here, so that a leap day ends it. Quadrupled, days divide evenly
        // into centuries of 36524.25 and years of 365.25; days of months into 30.6.
        let quarters = days.wrapping_add(DAYS_BEFORE_1970) << 2 | 3;
        let (century, of_century) = (quarters / 146_097, (quarters % 146_097) | 3);
        let (year, of_year) = (of_century / 1461, of_century % 1461 / 4);
        let fifths = of_year.wrapping_mul(5).wrapping_add(2);
        let (month, of_month) = (fifths / 153, fifths % 153 / 5); // March is 0
        let is_next_year = month >= 10;
        let year = century.wrapping_mul(100).wrapping_add(year).wrapping_add(is_next_year as u32);
        let year = year.wrapping_sub(400);
        Civil {
            year: year as u16,
            month: if is_next_year { month.wrapping_sub(9) } else { month.wrapping_add(3) } as u8,
            day: of_month.wrapping_add(1) as u8,
            weekday: Weekday::of(days.wrapping_add(DAYS_BEFORE_1970)),
            hour: (second / 3600) as u8,
            minute: (second / 60 % 60) as u8,
            second: (second % 60) as u8,
        }
    }

    /// Days, and seconds of the day. A day has 675 * 128 seconds: so 32 bits are enough to divide.
    const fn split(self) -> (u32, u32) {
        let periods = (self.0 >> 7) as u32;
        (periods / 675, (periods % 675) << 7 | (self.0 & 127) as u32)
    }

    /// Days from the start of [`DAYS_BEFORE_1970`], and seconds of the day.
    const fn of(days: u32, seconds: u32) -> Self {
        match days.checked_sub(DAYS_BEFORE_1970) {
            Some(days) => Self(((days.wrapping_mul(675) as u64) << 7).wrapping_add(seconds as u64)),
            None => Self::UNIX_EPOCH,
        }
    }
}

/// As IMF-fixdate.
impl fmt::Display for HttpDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.to_bytes().into_iter().try_for_each(|byte| f.write_char(char::from(byte)))
    }
}

/// The parts of an [`HttpDate`], in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Civil {
    /// 1970 to 9999.
    pub year: u16,
    /// 1 to 12.
    pub month: u8,
    /// 1 to 31.
    pub day: u8,
    /// Which day of the week it is.
    pub weekday: Weekday,
    /// 0 to 23.
    pub hour: u8,
    /// 0 to 59.
    pub minute: u8,
    /// 0 to 59.
    pub second: u8,
}

/// A day of the week. Monday is 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Weekday {
    /// Mon.
    Monday,
    /// Tue.
    Tuesday,
    /// Wed.
    Wednesday,
    /// Thu.
    Thursday,
    /// Fri.
    Friday,
    /// Sat.
    Saturday,
    /// Sun.
    Sunday,
}

impl Weekday {
    /// Of a day, counted as by [`DAYS_BEFORE_1970`].
    const fn of(days: u32) -> Self {
        match days % 7 {
            0 => Self::Wednesday,
            1 => Self::Thursday,
            2 => Self::Friday,
            3 => Self::Saturday,
            4 => Self::Sunday,
            5 => Self::Monday,
            _ => Self::Tuesday,
        }
    }

    const fn short_name(self) -> [u8; 3] {
        triple(WEEKDAYS, self as u8)
    }

    /// Is `name` this day's name, three letters or all of them?
    const fn is(self, name: &[u8], is_long: bool) -> bool {
        let Some((short, rest)) = name.split_at_checked(3) else { return false };
        let ending: &[u8] = match self {
            _ if !is_long => b"",
            Self::Monday | Self::Friday | Self::Sunday => b"day",
            Self::Tuesday => b"sday",
            Self::Wednesday => b"nesday",
            Self::Thursday => b"rsday",
            Self::Saturday => b"urday",
        };
        same(short, &self.short_name()) && same(rest, ending)
    }
}

/// RFC 9110 section 5.6.7: the most recent year in the past if it appears to be more than 50 years
/// in the future.
const fn with_century(date: [u32; 3], [hour, minute, second]: [u32; 3], now: HttpDate) -> [u32; 3] {
    let [of_century, month, day] = date;
    let now = now.civil();
    let limit = (now.year as u32).wrapping_add(50);
    let year = (limit / 100).wrapping_mul(100).wrapping_add(of_century);
    // Within the year: the parts one behind the other, each of at most 6 bits if it is valid.
    let of_year = (((month << 6 | day) << 6 | hour) << 6 | minute) << 6 | second;
    let now_of_year = (((now.month as u32) << 6 | now.day as u32) << 6 | now.hour as u32) << 12
        | (now.minute as u32) << 6
        | now.second as u32;
    let is_past = year > limit || year == limit && of_year > now_of_year;
    [if is_past { year.wrapping_sub(100) } else { year }, month, day]
}

/// Days from the start of [`DAYS_BEFORE_1970`], and seconds of the day; `None` if one of year, month,
/// day, hour, minute, second is out of its range.
const fn days_and_seconds(
    [year, month, day]: [u32; 3],
    [hour, minute, second]: [u32; 3],
) -> Option<(u32, u32)> {
    let is_leap_second = hour == 23 && minute == 59 && second == 60;
    let is_date =
        year <= 9999 && matches!(month, 1..=12) && 1 <= day && day <= days_of_month(year, month);
    if !is_date || hour > 23 || minute > 59 || second > 59 && !is_leap_second {
        return None;
    }
    // The year begins in March, as in `civil`. All is far below 2^32.
    let year = year.wrapping_add(400);
    let (year, month) = if month > 2 {
        (year, month.wrapping_sub(3))
    } else {
        (year.wrapping_sub(1), month.wrapping_add(9))
    };
    let days = (year.wrapping_mul(1461) / 4)
        .wrapping_sub(year / 100)
        .wrapping_add(year / 400)
        .wrapping_add(month.wrapping_mul(153).wrapping_add(2) / 5)
        .wrapping_add(day)
        .wrapping_sub(1);
    let minutes = hour.wrapping_mul(60).wrapping_add(minute);
    let seconds = minutes.wrapping_mul(60).wrapping_add(second);
    Some((days, seconds.wrapping_sub(is_leap_second as u32)))
}

const fn days_of_month(year: u32, month: u32) -> u32 {
    match month {
        // A multiple of 100 is one of 400 if it is one of 16.
        2 if year & (if year.is_multiple_of(100) { 15 } else { 3 }) == 0 => 29,
        2 => 28,
        // 31 in odd months until July, in even ones from August.
        _ => 30 | (month ^ month >> 3) & 1,
    }
}

/// The number that two digits make; out of every range if one is no digit.
const fn two(tens: u8, ones: u8) -> u32 {
    match (tens, ones) {
        (b'0'..=b'9', b'0'..=b'9') => {
            (tens as u32 & 15).wrapping_mul(10).wrapping_add(ones as u32 & 15)
        }
        _ => MALFORMED,
    }
}

const fn four(a: u8, b: u8, c: u8, d: u8) -> u32 {
    two(a, b).wrapping_mul(100).wrapping_add(two(c, d))
}

/// 1 to 12; 13 if it is no month.
const fn month(a: u8, b: u8, c: u8) -> u32 {
    let (mut names, mut month) = (MONTHS, 1u32);
    while let Some((name, rest)) = names.split_at_checked(3) {
        if same(name, &[a, b, c]) {
            break;
        }
        (names, month) = (rest, month.wrapping_add(1));
    }
    month
}

const fn same(mut a: &[u8], mut b: &[u8]) -> bool {
    while let (Some((x, rest_of_a)), Some((y, rest_of_b))) = (a.split_first(), b.split_first()) {
        if *x != *y {
            return false;
        }
        (a, b) = (rest_of_a, rest_of_b);
    }
    a.is_empty() && b.is_empty()
}

/// The name at `at`.
const fn triple(names: &[u8], at: u8) -> [u8; 3] {
    match names.split_at_checked((at as usize).wrapping_mul(3)) {
        Some((_, [a, b, c, ..])) => [*a, *b, *c],
        _ => [0; 3], // never: there are as many names as months and weekdays
    }
}

/// Two digits of a number below 100.
const fn digits(number: u8) -> [u8; 2] {
    [b'0' | (number / 10), b'0' | (number % 10)]
}

const MONTHS: &[u8] = b"JanFebMarAprMayJunJulAugSepOctNovDec";
const WEEKDAYS: &[u8] = b"MonTueWedThuFriSatSun";

/// Days to 1 January 1970 from 1 March 400 years before the year 0: the calendar repeats itself after
/// 400 years, and no date is negative.
const DAYS_BEFORE_1970: u32 = 865_565;

/// Above all limits, and 100 times it too.
const MALFORMED: u32 = 10_000;
