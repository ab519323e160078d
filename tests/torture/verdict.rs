//! Compares what was said and what got a 200 with what arrived at the far end. The store is asked for its raw records, and for
//! explanations.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use serde_json::Value;

use crate::far_end::{Accepted, FarEnd};
use crate::now_ms;
use crate::people::{People, Said};
use crate::records::Records;
use crate::webhooks::Webhooks;

/// A POST may leave this long after its attempt is on record (permit), and last this long (both are divided like every limit).
const ATTEMPT_MS: i64 = 5_000 + 8_000;
/// So many findings of a kind are told in full.
const TOLD: usize = 3;

/// What is not as promised: by the promise, each case in words.
#[derive(Debug, Default)]
pub(crate) struct Findings(BTreeMap<&'static str, Vec<String>>);

impl Findings {
    pub(crate) fn add(&mut self, promise: &'static str, case: impl Into<String>) {
        self.0.entry(promise).or_default().push(case.into());
    }

    pub(crate) fn none(&self) -> bool {
        self.0.is_empty()
    }

    /// The findings, and where to look.
    pub(crate) fn report(&self, seed: u64, folder: &Path) -> String {
        let folder = folder.display();
        let mut text = format!("not as promised, WABRIDGE_TORTURE_SEED={seed}; log and data file are kept in {folder}\n");
        for (promise, cases) in &self.0 {
            let _infallible = writeln!(text, "* {promise}: {} times not", cases.len());
            for case in cases.iter().take(TOLD) {
                let _infallible = writeln!(text, "  - {case}");
            }
        }
        text
    }
}

/// What a run may end in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Expected {
    /// As promised.
    OneAnswerEach,
    /// Meta held statuses back for longer than two minutes while later ones came: twice is possible, and then it is counted.
    DoublesAreCounted,
    /// Turns were given up, and a late status closed their dead letters: nothing is sent again.
    LettersAreClosed,
}

/// What happened outside of the service.
#[derive(Debug)]
pub(crate) struct Story<'a> {
    pub(crate) kills: &'a [i64],
    pub(crate) pauses: &'a [(i64, i64)],
    /// When store and queue could not be reached, from and to, time of day in milliseconds.
    pub(crate) outages: &'a [(i64, i64)],
    pub(crate) webhooks: &'a Webhooks,
    pub(crate) people: &'a People,
    pub(crate) far_end: &'a FarEnd,
    pub(crate) time_divisor: u32,
}

/// Adds everything that is not as promised.
pub(crate) fn compare(findings: &mut Findings, story: &Story<'_>, records: &Records, expected: Expected) {
    let (mut accepted, said) = (story.far_end.accepted(), story.people.said());
    raw_records(findings, story.webhooks, records);
    second_messages(findings, &mut accepted);
    if expected == Expected::DoublesAreCounted {
        doubles(findings, records, &mut accepted);
    } else {
        attempts(findings, &accepted);
    }
    let excused = if expected == Expected::LettersAreClosed {
        letters_are_closed(findings, records);
        BTreeSet::new()
    } else {
        dead_letters(findings, story, records, &accepted)
    };
    if excused.len() * 100 > said.len() {
        findings.add("turns that are given up are rare", format!("{} of {} messages", excused.len(), said.len()));
    }
    answers(findings, &said, &accepted, &excused, records);
    strangers(findings, &said, &accepted);
    books(findings, records, &story.far_end.accepted(), expected);
    if expected == Expected::OneAnswerEach {
        in_order(findings, records, &story.far_end.accepted());
    }
}

/// Each second message of a turn comes once, after the first; from here on the first speaks for both.
fn second_messages(findings: &mut Findings, accepted: &mut Vec<Accepted>) {
    let seconds: Vec<_> =
        accepted.iter().enumerate().filter(|(_, post)| post.is_second()).map(|(at, post)| (at, post.clone())).collect();
    for (at, second) in &seconds {
        let words = second.text.trim_start_matches("more: ");
        let twins =
            seconds.iter().filter(|(_, other)| other.text == second.text && other.outbound() == second.outbound()).count();
        let first = accepted[..*at].iter().any(|post| !post.is_second() && post.words().join("\n") == words);
        if twins != 1 || !first {
            findings.add("a second message comes once, after the first", format!("{second:?}"));
        }
    }
    accepted.retain(|post| !post.is_second());
    if !seconds.is_empty() && seconds.len() != accepted.len() {
        findings.add("every turn of two messages sends both", format!("{} and {}", accepted.len(), seconds.len()));
    }
}

/// A second attempt that arrived is on record as a double; it is taken out, so that the rest is judged as always.
fn doubles(findings: &mut Findings, records: &Records, accepted: &mut Vec<Accepted>) {
    let counted: BTreeSet<String> = records
        .outbound()
        .iter()
        .filter(|record| record["double_send"] == true)
        .filter_map(|record| record["id"].as_str().map(str::to_owned))
        .collect();
    let mut seen = BTreeSet::new();
    accepted.retain(|post| {
        let first = seen.insert(post.outbound().to_owned());
        if !first && !counted.contains(post.outbound()) {
            findings.add("a double is counted", format!("{post:?}"));
        }
        first
    });
}

fn letters_are_closed(findings: &mut Findings, records: &Records) {
    let letters = records.dead_letters();
    if letters.is_empty() {
        findings.add("the turns are given up", "none was");
    }
    for letter in letters.iter().filter(|letter| letter["closed_at"].is_null()) {
        findings.add("a late status closes the dead letter", letter.to_string());
    }
}

/// Byte by byte, with its signature; and whatever else was answered makes Meta deliver it again.
fn raw_records(findings: &mut Findings, webhooks: &Webhooks, records: &Records) {
    let promise = "a delivery that got a 200 has its raw record";
    for (id, acked) in webhooks.acked() {
        match records.raw(&id) {
            None => findings.add(promise, format!("{id} has none: {}", acked.body)),
            Some(raw) => {
                let same = raw.body == acked.body.as_bytes() && raw.signature == acked.signature;
                if !same || raw.state != "accepted" {
                    findings.add(promise, format!("{id} is kept as {}, same bytes: {same}", raw.state));
                }
            }
        }
    }
    // 0 is no answer at all: the process was gone. 408: it was frozen while the delivery came in.
    for (status, times) in webhooks.others().into_iter().filter(|(status, _)| ![0, 408, 503].contains(status)) {
        findings
            .add("a delivery of ours gets a 200, or a code that makes Meta deliver it again", format!("{times} got {status}"));
    }
}

/// Whatever its attempts.
fn attempts(findings: &mut Findings, accepted: &[Accepted]) {
    let mut by_outbound: BTreeMap<&str, Vec<&Accepted>> = BTreeMap::new();
    for post in accepted {
        by_outbound.entry(post.outbound()).or_default().push(post);
    }
    for posts in by_outbound.values().filter(|posts| posts.len() > 1) {
        let apart_ms = posts[1].at_ms - posts[0].at_ms;
        findings.add("no outbound message is accepted twice", format!("{apart_ms} ms apart: {posts:?}"));
    }
}

/// Every word has one answer, which went to who said it.
fn answers(findings: &mut Findings, said: &[Said], accepted: &[Accepted], excused: &BTreeSet<String>, records: &Records) {
    let mut by_word: BTreeMap<&str, Vec<&Accepted>> = BTreeMap::new();
    for post in accepted {
        for word in post.words() {
            by_word.entry(word).or_default().push(post);
        }
    }
    for said in said {
        let posts = by_word.get(said.word.as_str()).map_or(&[][..], Vec::as_slice);
        let promise = match posts {
            [] if excused.contains(&said.wamid) => continue,
            [] => "every message has an answer",
            [only] if only.to.trim_start_matches('+') == said.phone => continue,
            [_] => "an answer goes to who wrote",
            _ => "no message has two answers",
        };
        findings.add(
            promise,
            format!(
                "{}: {posts:?}
{}",
                said.word,
                records.tell_of(&said.wamid)
            ),
        );
    }
}

/// Nothing is said that nobody asked for.
fn strangers(findings: &mut Findings, said: &[Said], accepted: &[Accepted]) {
    let words: BTreeSet<&str> = said.iter().map(|said| said.word.as_str()).collect();
    for post in accepted.iter().filter(|post| post.words().iter().any(|word| !words.contains(word))) {
        findings.add("an answer answers something", format!("{post:?}"));
    }
}

/// A turn begins to send only when everything of the turn before has arrived.
fn in_order(findings: &mut Findings, records: &Records, accepted: &[Accepted]) {
    let outbound = records.outbound();
    let began: BTreeMap<&str, i64> =
        outbound.iter().filter_map(|record| Some((record["id"].as_str()?, first_began_ms(record)?))).collect();
    let mut last: BTreeMap<&str, &Accepted> = BTreeMap::new();
    for post in accepted {
        let before = last.insert(&post.to, post);
        if before.is_some_and(|before| began.get(post.outbound()).is_none_or(|began| *began < before.at_ms)) {
            findings.add("the messages of one conversation leave one after another", format!("{post:?} after {before:?}"));
        }
    }
}

/// An attempt leaves while its permit is good, or never: a process that was frozen in between must not send it.
pub(crate) fn late_posts(findings: &mut Findings, story: &Story<'_>, records: &Records) {
    for record in records.outbound() {
        let first = format!("wb1.{}.1", record["id"].as_str().unwrap_or_default());
        let latest_ms = first_began_ms(&record).unwrap_or(0) + ATTEMPT_MS / i64::from(story.time_divisor);
        for post in story.far_end.accepted().iter().filter(|post| post.callback == first && post.at_ms > latest_ms) {
            findings.add("no attempt leaves after its permit has ended", format!("{post:?}, {} ms late", post.at_ms - latest_ms));
        }
    }
}

fn first_began_ms(record: &Value) -> Option<i64> {
    Some(record["first_started_at"].as_str()?.parse::<jiff::Timestamp>().ok()?.as_millisecond())
}

/// The store and the far end tell the same story of every outbound message.
fn books(findings: &mut Findings, records: &Records, accepted: &[Accepted], expected: Expected) {
    let arrived: BTreeSet<&str> = accepted.iter().map(Accepted::outbound).collect();
    for record in records.outbound() {
        let there = arrived.contains(record["id"].as_str().unwrap_or_default());
        let counted = record["double_send"] == true && expected != Expected::DoublesAreCounted;
        if (record["state"] == "accepted") != there || counted {
            findings.add("the store says what the far end says", format!("accepted there: {there}, here: {record}"));
        }
    }
}

/// A dead letter is a failure, except for those that the protocol demands: the fate of two attempts of one message was unknown, and
/// neither reached the far end; or the process was killed five times while it worked on the turn. Returns the wamids of messages that are excused so.
fn dead_letters(findings: &mut Findings, story: &Story<'_>, records: &Records, accepted: &[Accepted]) -> BTreeSet<String> {
    let (mut excused, outbound) = (BTreeSet::new(), records.outbound());
    for letter in records.dead_letters() {
        let record = outbound.iter().find(|record| record["id"] == letter["outbound"]);
        let lost = record.is_some_and(|record| lost_twice(record, story, accepted));
        if letter["class"] == "outcome_unknown" && lost {
            println!("excused, neither of two attempts arrived: {letter}");
            let members = letter["members"].as_array().into_iter().flatten().filter_map(Value::as_str);
            excused.extend(members.filter_map(|member| records.wamid(member)));
        } else if letter["class"] == "crashes" && killed_five_times(&letter, story, records) {
            println!("excused, five kills while it was worked on: {letter}");
            let members = letter["members"].as_array().into_iter().flatten().filter_map(Value::as_str);
            excused.extend(members.filter_map(|member| records.wamid(member)));
        } else {
            findings.add("no turn is given up", format!("{letter}, of {}", record.unwrap_or(&Value::Null)));
        }
    }
    excused
}

/// As the protocol demands: it cannot tell a turn that kills its process from one that was there each time by chance.
fn killed_five_times(letter: &Value, story: &Story<'_>, records: &Records) -> bool {
    let ms = |text: &str| text.parse::<jiff::Timestamp>().map_or(0, jiff::Timestamp::as_millisecond);
    let came = letter["members"][0].as_str().and_then(|member| records.received_at(member));
    let (came_ms, gone_ms) = (came.as_deref().map_or(i64::MAX, ms), letter["at"].as_str().map_or(0, ms));
    let kills = story.kills.iter().filter(|kill| (came_ms..=gone_ms).contains(*kill)).count();
    letter["crashes"].as_u64() == Some(5) && kills >= 5
}

/// No attempt arrived, and two ended unknown: by a time-out, or because the process was killed during the POST.
fn lost_twice(record: &Value, story: &Story<'_>, accepted: &[Accepted]) -> bool {
    let never_arrived = accepted.iter().all(|post| record["id"] != post.outbound());
    let outcomes: Vec<&Value> = record["tries"].as_object().into_iter().flatten().map(|(_, tried)| &tried["outcome"]).collect();
    let unknown = outcomes.iter().filter(|outcome| outcome.is_null() || outcome.get("unknown").is_some()).count();
    // When the last attempt began is on record; of earlier ones only the first.
    let began = record["started_at"].as_str().and_then(|text| text.parse::<jiff::Timestamp>().ok());
    let began_ms = began.map_or(i64::MAX, jiff::Timestamp::as_millisecond);
    // A process that stands still, or cannot store, takes that much longer to reach the end of an attempt.
    let standing = || story.pauses.iter().chain(story.outages);
    let paused_ms = |kill: i64| standing().map(|(from, to)| (*to.min(&kill) - *from.max(&began_ms)).max(0)).sum::<i64>();
    let within = |kill| ATTEMPT_MS / i64::from(story.time_divisor) + paused_ms(kill);
    let killed = story.kills.iter().any(|kill| (0..=within(*kill)).contains(&kill.saturating_sub(began_ms)));
    never_arrived && unknown == 2 && (killed || outcomes.last().is_some_and(|outcome| !outcome.is_null()))
}

/// What a run did, for whoever wonders whether it tested anything.
pub(crate) fn numbers(story: &Story<'_>, records: &Records) -> String {
    let (said, accepted, outbound) = (story.people.said(), story.far_end.accepted(), records.outbound());
    let people: BTreeSet<_> = said.iter().map(|said| &said.phone).collect();
    let count = |holds: &dyn Fn(&Value) -> bool| outbound.iter().filter(|record| holds(record)).count();
    let again = count(&|record| record["attempts"].as_u64() > Some(1));
    let by_status = count(&|record| {
        record["tries"].as_object().is_some_and(|tries| {
            tries.values().any(|tried| {
                tried["outcome"].is_null() && tried["statuses"].as_object().is_some_and(|statuses| !statuses.is_empty())
            })
        })
    });
    let seconds = story.kills.first().map_or(0, |first| (now_ms() - first) / 1000);
    format!(
        "{} kills in {seconds} s; {} people wrote {} messages; {} deliveries got a 200, others: {:?}; {} answers, {again} of them \
         needed another attempt, of {by_status} only a status told that they had been sent",
        story.kills.len(),
        people.len(),
        said.len(),
        story.webhooks.acked().len(),
        story.webhooks.others(),
        accepted.len(),
    )
}
