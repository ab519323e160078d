//! One chat: what a person and a business number said to each other, how far each message came, and why.

use std::collections::VecDeque;
use std::time::Instant;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::motion::Motion;
use super::story::Story;
use crate::domain::{InboundId, OutboundId, StatusKind};

/// So many messages of a chat are kept: enough to scroll, bounded for a simulator that runs for weeks.
const MESSAGES_KEPT: usize = 500;

/// Meta's customer service window.
const WINDOW: SignedDuration = SignedDuration::from_hours(24);

#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Chat {
    /// The number of the newest message; the first is 1.
    pub(super) cursor: u64,
    pub(super) messages: VecDeque<Message>,
    pub(super) last_inbound_at: Option<Timestamp>,
    pub(super) read_up_to: Option<String>,
    /// How many messages Meta would bill, also of those no longer kept.
    pub(super) billed: u64,
    #[serde(skip)]
    pub(super) typing_until: Option<Instant>,
    #[serde(skip)]
    pub(super) motion: Motion,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Message {
    pub(super) n: u64,
    pub(super) wamid: String,
    pub(super) direction: Direction,
    pub(super) kind: String,
    pub(super) body: Map<String, Value>,
    pub(super) quotes: Option<String>,
    pub(super) at: Timestamp,
    pub(super) status: Progress,
    pub(super) statuses: Vec<StatusSeen>,
    pub(super) billed: bool,
    pub(super) error: Option<Failure>,
    #[serde(rename = "trace")]
    pub(super) story: Story,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(super) inbound: Option<InboundId>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(super) outbound: Option<OutboundId>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(super) callback: Option<String>,
    /// A fault keeps its statuses from the app.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub(super) kept_back: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Direction {
    /// From the person to the business.
    In,
    /// From the business to the person.
    Out,
}

/// How far a message came, as the page shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Progress {
    /// In: on its way to the app. Out: the app waits for an answer.
    Pending,
    /// Out: the Graph API said 200.
    Accepted,
    /// Out: so says its status. In: Meta has it, the app does not (dropped, refused).
    Sent,
    /// Out: on the person's device. In: the app said 200.
    Delivered,
    /// Seen by the other side.
    Read,
    /// Out: the person listened to it.
    Played,
    /// Meta gave up.
    Failed,
    /// Out: the Graph API did not take it.
    Refused,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct StatusSeen {
    pub(super) status: StatusKind,
    pub(super) at: Timestamp,
    /// How many webhooks with it the app answered with 200.
    pub(super) delivered_to_app: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Failure {
    /// Meta's code; 0 where the simulator broke the connection or answered without one.
    pub(super) code: i64,
    pub(super) title: String,
    /// Whether Wabridge sends it again by itself, so that it may still come.
    #[serde(default)]
    pub(super) again: bool,
}

impl Chat {
    /// Adds a message under the next number; the oldest goes when there are too many.
    pub(super) fn add(&mut self, mut message: Message) -> u64 {
        self.cursor += 1;
        message.n = self.cursor;
        self.messages.push_back(message);
        if self.messages.len() > MESSAGES_KEPT {
            self.messages.pop_front();
        }
        self.cursor
    }

    pub(super) fn find(&mut self, wamid: &str) -> Option<&mut Message> {
        self.messages.iter_mut().rev().find(|message| message.wamid == wamid)
    }

    pub(super) fn get(&self, wamid: &str) -> Option<&Message> {
        self.messages.iter().rev().find(|message| message.wamid == wamid)
    }

    pub(super) fn window_closes(&self) -> Option<Timestamp> {
        self.last_inbound_at.and_then(|at| at.checked_add(WINDOW).ok())
    }

    /// Whether everything that was set in motion came to its end.
    pub(super) fn at_rest(&self, now: Instant) -> bool {
        self.motion.at_rest(now, self.is_held_up())
    }

    /// Whether an answer is open, so that what was written after it has to wait: nobody knows whether it was sent, or it is sent again.
    fn is_held_up(&self) -> bool {
        self.messages.iter().any(|message| message.is_open() && !self.is_closed_by_a_later_one(message))
    }

    /// Sent once more, or the app went on to another turn.
    fn is_closed_by_a_later_one(&self, open: &Message) -> bool {
        let turn = |message: &Message| message.story.decision.turn.clone();
        let closes = |later: &Message| match later.direction {
            Direction::Out => later.outbound == open.outbound,
            Direction::In => turn(later).is_some() && turn(later) != turn(open),
        };
        self.messages.iter().any(|later| later.n > open.n && closes(later))
    }

    pub(super) fn is_typing(&self, now: Instant) -> bool {
        self.typing_until.is_some_and(|until| until > now)
    }

    /// The business read up to this message of the person: it and all before it turn blue.
    pub(super) fn mark_read(&mut self, wamid: &str) {
        let Some(n) = self.get(wamid).map(|message| message.n) else { return };
        self.read_up_to = Some(wamid.to_owned());
        for message in self.messages.iter_mut().filter(|message| message.n <= n && message.direction == Direction::In) {
            message.status = Progress::Read;
        }
    }

    /// Messages on the person's device that the person has not seen yet, each with whether the app may be told.
    pub(super) fn unread(&self) -> Vec<(String, bool)> {
        let unread =
            self.messages.iter().filter(|message| message.direction == Direction::Out && message.status == Progress::Delivered);
        unread.map(|message| (message.wamid.clone(), !message.kept_back)).collect()
    }
}

impl Message {
    /// A message that nobody answered for yet.
    pub(super) fn new(direction: Direction, wamid: String, kind: &str, body: Map<String, Value>, at: Timestamp) -> Self {
        Self {
            n: 0,
            wamid,
            direction,
            kind: kind.to_owned(),
            body,
            quotes: None,
            at,
            status: Progress::Pending,
            statuses: Vec::new(),
            billed: false,
            error: None,
            story: Story::default(),
            inbound: None,
            outbound: None,
            callback: None,
            kept_back: false,
        }
    }

    /// A message of the app whose outcome the app cannot know yet, or that it will send again.
    fn is_open(&self) -> bool {
        if self.direction == Direction::In || self.outbound.is_none() {
            return false;
        }
        let again = self.error.as_ref().is_some_and(|failure| failure.again);
        let unknown = self.story.request.as_ref().is_some_and(|request| request.status.is_none_or(|status| status >= 500));
        again || (unknown && self.statuses.iter().all(|seen| seen.delivered_to_app == 0))
    }

    /// Notes a status; what is shown only moves forward. Returns its place in the list.
    pub(super) fn reach(&mut self, kind: StatusKind, at: Timestamp) -> usize {
        self.statuses.push(StatusSeen { status: kind, at, delivered_to_app: 0 });
        let furthest = StatusKind::furthest(self.statuses.iter().map(|seen| &seen.status));
        self.status = furthest.map_or(self.status, Progress::of);
        self.statuses.len() - 1
    }

    /// One line for the list of people.
    pub(super) fn line(&self) -> String {
        let first =
            ["body", "title", "caption", "name", "emoji", "filename"].iter().find_map(|key| self.body.get(*key)?.as_str());
        first.unwrap_or(&self.kind).chars().take(80).collect()
    }
}

impl Progress {
    fn of(kind: StatusKind) -> Self {
        match kind {
            StatusKind::Sent => Self::Sent,
            StatusKind::Delivered => Self::Delivered,
            StatusKind::Read => Self::Read,
            StatusKind::Played => Self::Played,
            StatusKind::Failed => Self::Failed,
        }
    }
}
