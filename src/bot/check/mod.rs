//! What the types cannot say: bounds, names, references, limits of Meta, texts that compile. All mistakes at once.

mod replies;
mod routes;
mod settings;
mod texts;
mod warnings;

use super::access::Access;
use super::checked::Bot;
use super::conversation::Conversation;
use super::grammar::{BotFile, Reply};
use super::hours::Calendar;
use super::report::Report;

pub(super) use warnings::warnings;

/// The bot of a file. It may be used only if the report stayed empty.
pub(super) fn build(file: BotFile, report: &mut Report<'_>) -> Bot {
    let zone = settings::check(&file, report);
    let numbers = settings::numbers(&file.numbers, report);
    let conversation = Conversation::new(&file.conversation, report);
    let access = Access::new(&file.access, report);
    let calendar = Calendar::new(&file.hours, zone.clone(), report);
    for name in file.hours.keys() {
        settings::referable(name, "hours", report);
    }
    routes::names(&file, report);
    let routes = routes::ready(file.routes, report);
    for name in file.replies.keys() {
        settings::referable(name, "replies", report);
    }
    let replies = file.replies.into_iter().map(|(name, reply)| (name.value, reply)).collect();
    let groups =
        routes.iter().filter_map(|route| route.condition.as_ref()).flat_map(super::condition::Condition::groups).collect();
    let mut bot = Bot {
        name: file.name.map(|name| name.value),
        language: file.language.map_or_else(|| "en".to_owned(), |language| language.value),
        numbers,
        conversation,
        access,
        calendar,
        replies,
        routes,
        texts: super::text::Texts::new(zone),
        groups,
        warnings: Vec::new(),
    };
    texts::compile(&mut bot, report);
    replies::check(&bot, report);
    bot
}

/// Every reply of the bot with the path to it, as in `routes[2].reply`.
fn every_reply(bot: &Bot) -> Vec<(String, &Reply)> {
    let access = bot.access.otherwise.iter().map(|reply| ("access.otherwise".to_owned(), reply));
    let named = bot.replies.iter().map(|(name, reply)| (format!("replies.{name}"), reply));
    let routes = bot.routes.iter().enumerate().map(|(n, route)| (format!("routes[{n}].reply"), &route.reply));
    access.chain(named).chain(routes).collect()
}
