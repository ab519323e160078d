//! People who write: each message has a word that is never said again.

use wabridge::clock::Clock;

use crate::common::deliveries::{self, NUMBERS, request, signed};

/// A message on its way.
pub(crate) struct Said {
    pub(crate) word: String,
    pub(crate) request: Vec<u8>,
}

/// What a person says; the word is named by person, series and place in it.
pub(crate) fn says(person: u64, series: &str, place: u64) -> Said {
    let word = format!("p{person}s{series}m{place}");
    let phone = format!("1555{person:07}");
    let wamid = format!("wamid.HBgLMTU1NTAwMDAwMDAVAgASGBQ{:0>40}", word.to_uppercase());
    let sent_at = Clock::default().now().as_second();
    let message = deliveries::message(&phone, &wamid, sent_at, &word);
    Said { word, request: request(&signed(number_of(person), &phone, &message)) }
}

/// Each person writes to one number; all numbers have as many people.
fn number_of(person: u64) -> &'static str {
    NUMBERS[usize::try_from(person).unwrap_or(0) % NUMBERS.len()]
}

/// One message of each of so many people.
pub(crate) fn each_says(people: u64, series: &str) -> Vec<Said> {
    (0..people).map(|person| says(person, series, 0)).collect()
}

pub(crate) fn words(said: &[Said]) -> Vec<String> {
    said.iter().map(|said| said.word.clone()).collect()
}
