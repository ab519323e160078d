//! Distinct deliveries: a series of usual ones, and large ones.

use std::fmt::Write as _;

use crate::common::deliveries::{self, NUMBERS, Signed, scattered, signed};

const PHONE: &str = "16505551234";
const WORDS: [&str; 12] =
    ["hello", "order", "tomorrow", "please", "caf\\u00e9", "where", "is", "my", "parcel", "thank you", "\\ud83d\\ude00", "a"];

/// The delivery at a place of a series: the same for the same seed, different from every other. 600 to 1,500 bytes.
pub(crate) fn text(seed: u64, place: u64) -> Signed {
    signed(NUMBERS[0], PHONE, &message(seed, place, 60 + scattered(seed ^ place) % 900))
}

/// One delivery of 1,000 messages in 3 MB.
pub(crate) fn batch(seed: u64) -> Signed {
    let messages: Vec<String> = (0..1000).map(|place| message(seed, place, 2790)).collect();
    signed(NUMBERS[0], PHONE, &messages.join(","))
}

fn message(seed: u64, place: u64, length: u64) -> String {
    let wamid = format!("wamid.HBgLMTY1MDU1NTEyMzQVAgASGBQ{seed:016X}{place:012X}AA==");
    let mut body = String::new();
    let mut next = scattered(seed.wrapping_mul(31) ^ place);
    while (body.len() as u64) < length {
        next = scattered(next);
        let _infallible = write!(body, "{} ", WORDS[usize::try_from(next % 12).unwrap_or(0)]);
    }
    deliveries::message(PHONE, &wamid, 1_749_416_383, body.trim_end())
}
