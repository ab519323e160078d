//! One turn → one decision: access, then the routes in order; the first that matches answers.

use jiff::Timestamp;

use super::Bot;
use super::access::Refusal;
use super::answer::content;
use super::grammar::{Action, Reply, Step};
use super::matching::{Heard, Verdict};
use super::split::split;
use super::values::{Known, values};
use crate::domain::{Content, Inbound, MessageType, Person, PhoneNumberId, Text, Tried, limit};

/// Far more than `max_messages` allows: whoever writes more is told by `check`.
const MOST_STEPS: u32 = 1000;

/// What the bot is told of a turn.
pub struct TurnView<'a> {
    /// The messages, ordered by Meta's timestamp, then index.
    pub messages: &'a [Inbound],
    /// The newest that is known of the contact.
    pub person: &'a Person,
    /// The contact's language, where it is known.
    pub language: Option<&'a str>,
    /// Whether this is the conversation's first turn.
    pub first: bool,
    /// How many turns came before.
    pub turns: u32,
    /// When the customer service window closes.
    pub window_closes: Timestamp,
    /// The business number.
    pub number: &'a PhoneNumberId,
    /// The business number as people know it.
    pub display: &'a str,
    /// Now.
    pub now: Timestamp,
}

impl TurnView<'_> {
    /// The texts of all messages, joined by newline.
    pub(super) fn text(&self) -> String {
        let texts: Vec<&str> =
            self.messages.iter().map(|message| message.text.as_str()).filter(|text| !text.is_empty()).collect();
        texts.join("\n")
    }
}

/// What to say, and why.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Decision {
    /// The route that matched, or `access: otherwise`.
    pub route: Option<String>,
    /// Every route that was looked at, in order.
    pub tried: Vec<Tried>,
    /// The messages, in order; each can be sent as it is.
    pub contents: Vec<Content>,
    /// Whether the first message quotes the person's last one.
    pub quote: bool,
    /// Why nothing is said, when nothing is. Safe to log.
    pub silence: Option<String>,
    /// What went wrong in the bot, when something did: an operator should know. Safe to log: it holds nothing that a person wrote.
    pub failure: Option<String>,
    /// What was cut to fit Meta's limits. Safe to log.
    pub warnings: Vec<String>,
}

impl Bot {
    /// True if a message of this type opens a turn: it asks for an answer by itself, or a route names its type.
    pub fn opens_a_turn(&self, kind: &MessageType) -> bool {
        kind.asks_for_an_answer()
            || self.routes.iter().any(|route| route.condition.as_ref().is_some_and(|when| when.names_type(kind.name())))
    }

    /// Decides what to say. Never fails: a text that cannot be rendered means silence, with `failure` set.
    pub fn decide(&self, turn: &TurnView<'_>) -> Decision {
        match self.access.refuses(turn.person) {
            Some(refusal) => self.turn_away(refusal, turn),
            None => self.by_routes(turn),
        }
    }

    /// The decision of the routes alone.
    pub(super) fn by_routes(&self, turn: &TurnView<'_>) -> Decision {
        let mut decision = self.undecided();
        let heard = Heard::new(turn, &self.calendar, self.nick(turn));
        for route in &self.routes {
            let verdict = route.condition.as_ref().map_or_else(Verdict::always, |condition| heard.judge(condition));
            decision.tried.push(Tried {
                route: route.name.clone(),
                line: Some(route.place.line),
                matched: verdict.holds,
                because: verdict.because.clone(),
            });
            if verdict.holds {
                decision.route = Some(route.name.clone());
                self.answer(&route.reply, turn, &verdict, &mut decision);
                return decision;
            }
        }
        decision.silence = Some("no route matched".to_owned());
        decision
    }

    fn nick(&self, turn: &TurnView<'_>) -> &str {
        self.numbers.get(turn.number.as_str()).map_or("", String::as_str)
    }

    fn undecided(&self) -> Decision {
        Decision { quote: self.conversation.quote, ..Decision::default() }
    }

    fn turn_away(&self, refusal: Refusal, turn: &TurnView<'_>) -> Decision {
        let mut decision = self.undecided();
        if let Some(reply) = &self.access.otherwise {
            decision.route = Some("access: otherwise".to_owned());
            self.answer(reply, turn, &Verdict::always(), &mut decision);
        }
        if decision.contents.is_empty() && decision.failure.is_none() {
            decision.silence = Some(refusal.words().to_owned());
        }
        decision
    }

    fn answer(&self, reply: &Reply, turn: &TurnView<'_>, verdict: &Verdict, decision: &mut Decision) {
        let known = Known {
            nick: self.nick(turn),
            language: &self.language,
            calendar: &self.calendar,
            groups: &self.groups,
            matched: &verdict.groups,
        };
        let values = values(turn, &known);
        for step in self.flat(reply) {
            let rendered = content(step, &mut |template| self.texts.render(template, &values));
            let line = step.place.line;
            match rendered {
                Ok(Some(content)) => fitted(content, line, self.conversation.max_messages, decision),
                Ok(None) => {}
                // Only the kind: the rest of the error may hold what a person wrote.
                Err(error) => {
                    decision.failure = Some(format!("the text at line {line} of the bot file failed: {}", error.kind()));
                }
            }
            if decision.failure.is_some() {
                // Half an answer misleads: none is sent.
                decision.contents.clear();
                decision.silence = Some("the answer could not be made".to_owned());
                return;
            }
        }
        if !decision.contents.is_empty() {
            decision.silence = None;
        } else if decision.silence.is_none() {
            decision.silence = Some("the route answers with silence".to_owned());
        }
    }

    /// The steps of a reply with every `use` replaced by the steps it names. Checked when the file was read: no loop, no unknown name.
    pub(super) fn flat<'a>(&'a self, reply: &'a Reply) -> Vec<&'a Step> {
        let mut steps = Vec::new();
        let mut left = MOST_STEPS;
        self.flatten(reply, &mut steps, &mut left);
        steps
    }

    /// Stops when `left` is used up: replies that use replies many times over would otherwise grow without end.
    fn flatten<'a>(&'a self, reply: &'a Reply, steps: &mut Vec<&'a Step>, left: &mut u32) {
        for step in &reply.steps {
            *left = left.saturating_sub(1);
            if *left == 0 {
                return;
            }
            match &step.action {
                Action::Use(name) => {
                    if let Some(used) = self.replies.get(&name.value) {
                        self.flatten(used, steps, left);
                    }
                }
                Action::Text(_) | Action::Buttons(_) | Action::List(_) | Action::Silence => steps.push(step),
            }
        }
    }
}

/// A text that rendered values made too long becomes several messages, as many as are allowed; other things are cut. What still cannot be sent
/// is left out (an empty text) or a failure.
fn fitted(content: Content, line: u32, most: usize, decision: &mut Decision) {
    let Content::Text(text) = content else { return one_fitted(content, line, decision) };
    let mut parts = split(&text.body, limit::TEXT);
    if parts.is_empty() {
        decision.silence = Some(format!("the text at line {line} of the bot file is empty with these values"));
    }
    let room = most.saturating_sub(decision.contents.len()).max(1);
    if parts.len() > room {
        // The end goes, and the last part shows that there was more.
        parts.truncate(room);
        parts.last_mut().into_iter().for_each(|last| last.push('…'));
        decision.warnings.push(format!("the message at line {line} was longer than {room} messages: its end was left out"));
    }
    for body in parts {
        one_fitted(Content::Text(Text { body, preview_url: text.preview_url }), line, decision);
    }
}

fn one_fitted(mut content: Content, line: u32, decision: &mut Decision) {
    decision
        .warnings
        .extend(content.fit().into_iter().map(|field| format!("{field} of the message at line {line} was cut to Meta's limit")));
    match content.problems().first() {
        None => decision.contents.push(content),
        // The field alone: the words of the problem may quote a rendered value.
        Some(problem) => decision.failure = Some(format!("Meta would refuse {} of the message at line {line}", problem.field)),
    }
}
