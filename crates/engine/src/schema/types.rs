//! The types of Table Schema: how texts are read as their values.

pub(super) mod boolean;
pub(super) mod calendar;
pub(super) mod clock;
pub(super) mod duration;
pub(super) mod geojson;
pub(super) mod geopoint;
pub(super) mod list;
pub(super) mod loose;
pub(super) mod number;
pub(super) mod string;
pub(super) mod strptime;
mod surroundings;
pub(super) mod topojson;

/// Parses ASCII digits; `None` if the text is empty or contains anything else.
fn digits(text: &[u8]) -> Option<u32> {
    if text.is_empty() || text.len() > 9 {
        return None;
    }
    text.iter().try_fold(0, |number, byte| byte.is_ascii_digit().then(|| number * 10 + u32::from(byte - b'0')))
}
