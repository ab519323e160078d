//! What works but is probably not meant.

use std::collections::BTreeSet;

use super::replies::messages;
use super::{every_reply, texts};
use crate::bot::answer::choices;
use crate::bot::checked::Bot;
use crate::bot::condition::Condition;
use crate::bot::grammar::{MarkRead, Place};
use crate::bot::report::Report;
use crate::bot::sample::Sample;
use crate::bot::status::Problem;
use crate::bot::vocabulary::nearest;

/// Meta's types of messages, as `when: { type: … }` names them.
const TYPES: &[&str] = &[
    "text",
    "button",
    "list",
    "image",
    "audio",
    "video",
    "document",
    "sticker",
    "location",
    "contacts",
    "reaction",
    "order",
    "system",
    "unsupported",
    "edit",
];

/// Everything doubtful, in the order of the file.
pub(in crate::bot) fn warnings(bot: &Bot, mut report: Report<'_>) -> Vec<Problem> {
    billed(bot, &mut report);
    unreachable(bot, &mut report);
    unanswered(bot, &mut report);
    untappable(bot, &mut report);
    unknown_types(bot, &mut report);
    never_set(bot, &mut report);
    if bot.conversation.mark_read == MarkRead::Never && bot.conversation.typing {
        let remedy = "add `typing: false` if messages must stay unread";
        report.add(
            Place::default(),
            "conversation",
            "mark_read is never, but typing is on: Meta's typing call marks read",
            remedy,
        );
    }
    if bot.routes.is_empty() {
        report.add(Place::default(), "routes", "there are no routes: nobody is answered", "write a route");
    }
    report.into_problems()
}

fn billed(bot: &Bot, report: &mut Report<'_>) {
    for (path, reply) in every_reply(bot).into_iter().filter(|(path, _)| !path.starts_with("replies.")) {
        let count = messages(bot, reply);
        if count > 1 {
            report.add(reply.place, &path, format!("{count} billed messages per reply"), "one message may do");
        }
    }
}

fn unreachable(bot: &Bot, report: &mut Report<'_>) {
    let Some(last) = bot.routes.iter().position(|route| route.condition.is_none()) else { return };
    for (n, route) in bot.routes.iter().enumerate().skip(last + 1) {
        let message = format!(
            "\"{}\" at line {} always matches, so this route never answers",
            bot.routes[last].name, bot.routes[last].place.line
        );
        report.add(route.place, &format!("routes[{n}]"), message, "move the route without `when` to the end");
    }
}

fn unanswered(bot: &Bot, report: &mut Report<'_>) {
    let mut seen = BTreeSet::new();
    for (path, reply) in every_reply(bot) {
        for (choice, id) in choices(reply).into_iter().filter(|(_, id)| id.is_static()) {
            if !seen.insert(choice.clone()) {
                continue;
            }
            let answered = Sample::tap(&choice).view(|turn| bot.by_routes(turn)).route.is_some();
            if !answered {
                let remedy = format!("add a route: when: {{ choice: {} }}", id.source);
                report.add(id.place, &path, format!("no route answers a tap on `{}`", id.source), remedy);
            }
        }
    }
}

/// A bot without buttons may hear taps on messages that something else sent, and an id with values may be anything: then nothing is said.
fn untappable(bot: &Bot, report: &mut Report<'_>) {
    let replies = every_reply(bot);
    let offered: Vec<_> = replies.iter().flat_map(|(_, reply)| choices(reply)).collect();
    if offered.is_empty() || offered.iter().any(|(_, id)| !id.is_static()) {
        return;
    }
    for (n, route) in bot.routes.iter().enumerate() {
        for choice in route.condition.as_ref().map(Condition::choices).unwrap_or_default() {
            let tapped = offered.iter().any(|(tapped, _)| choice.holds(tapped));
            if tapped || choice.written.ends_with('*') {
                continue;
            }
            let ids: Vec<&str> = offered.iter().flat_map(|(tapped, id)| [id.source.as_str(), tapped]).collect();
            let meant = nearest(&choice.written, &ids).map(|meant| format!("did you mean `{meant}`? ")).unwrap_or_default();
            let message = format!("no button or row has the id `{}`", choice.written.escape_debug());
            let remedy = format!("{meant}Nobody can tap what is not offered");
            report.add(choice.place, &format!("routes[{n}].when.choice"), message, remedy);
        }
    }
}

fn unknown_types(bot: &Bot, report: &mut Report<'_>) {
    for (n, route) in bot.routes.iter().enumerate() {
        for name in
            route.condition.as_ref().map(Condition::types).unwrap_or_default().into_iter().filter(|name| !TYPES.contains(name))
        {
            let meant = if name == "voice" { Some("audio") } else { nearest(name, TYPES) };
            let meant = meant.map(|meant| format!("did you mean `{meant}`? ")).unwrap_or_default();
            let message = format!("no message type `{}` is known", name.escape_debug());
            report.add(
                route.place,
                &format!("routes[{n}].when.type"),
                message,
                format!("{meant}The types are: {}", TYPES.join(", ")),
            );
        }
    }
}

fn never_set(bot: &Bot, report: &mut Report<'_>) {
    for (path, template) in texts::every_template(bot) {
        for name in bot.texts.names(&template).iter().filter(|name| name.starts_with("value.")) {
            let place = texts::place_of_name(&template, name, report.source());
            report.add(place, &path, format!("`{name}` is always empty: no route remembers it"), "remove it");
        }
    }
}
