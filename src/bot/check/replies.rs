//! Replies: every `use` finds its reply and none runs in a circle, what is fixed fits Meta's limits, and no answer has too many messages.

use std::convert::Infallible;

use super::every_reply;
use crate::bot::answer::{content, templates};
use crate::bot::checked::Bot;
use crate::bot::grammar::{Action, Located, Place, Reply, Step, Template};
use crate::bot::report::Report;
use crate::bot::vocabulary::nearest;
use crate::domain::{Content, ContentProblem};

pub(super) fn check(bot: &Bot, report: &mut Report<'_>) {
    let before = report.problems.len();
    for (path, reply) in every_reply(bot) {
        if reply.steps.is_empty() {
            report.add(reply.place, &path, "this list of steps is empty", "write a step, or `reply: silence`");
        }
        for (n, step) in reply.steps.iter().enumerate() {
            let at = if reply.steps.len() == 1 { path.clone() } else { format!("{path}[{n}]") };
            limits(step, &at, report);
        }
        uses(bot, &path, reply, report);
    }
    // Only now it is sure that following every `use` comes to an end.
    if report.problems.len() == before {
        counts(bot, report);
    }
}

fn uses(bot: &Bot, path: &str, reply: &Reply, report: &mut Report<'_>) {
    let own = path.strip_prefix("replies.");
    for step in &reply.steps {
        let Action::Use(name) = &step.action else { continue };
        if !bot.replies.contains_key(&name.value) {
            let known: Vec<&str> = bot.replies.keys().map(String::as_str).collect();
            let meant = nearest(&name.value, &known).map(|meant| format!("did you mean `{meant}`? ")).unwrap_or_default();
            let remedy = format!("{meant}Write it under `replies:`");
            report.add(name.place, path, format!("there is no reply `{}`", name.value.escape_debug()), remedy);
        } else if own.is_some_and(|own| reaches(bot, name, own)) {
            report.add(name.place, path, "this reply uses itself, here or through others", "break the circle");
        }
    }
}

/// Whether following `from` comes to the reply `to`.
fn reaches(bot: &Bot, from: &Located<String>, to: &str) -> bool {
    let mut seen: Vec<&str> = Vec::new();
    let mut ahead = vec![from.value.as_str()];
    while let Some(name) = ahead.pop() {
        if name == to {
            return true;
        }
        if !seen.contains(&name) {
            seen.push(name);
            let steps = bot.replies.get(name).map_or(&[][..], |reply| &reply.steps);
            ahead.extend(
                steps
                    .iter()
                    .filter_map(|step| if let Action::Use(next) = &step.action { Some(next.value.as_str()) } else { None }),
            );
        }
    }
    false
}

/// The limits on texts that say the same to everybody; a text with values is cut when it is sent.
fn limits(step: &Step, path: &str, report: &mut Report<'_>) {
    let mut count = 0;
    let mut placeholder = |template: &Template| {
        count += 1;
        Ok::<_, Infallible>(if template.is_static() { template.source.trim().to_owned() } else { format!("value {count}") })
    };
    let Ok(content) = content(step, &mut placeholder);
    let fields = templates(step);
    for problem in content.iter().flat_map(Content::problems) {
        let place = place(&problem, &fields).unwrap_or(step.place);
        report.add(
            place,
            &format!("{path}.{}", problem.field),
            format!("{} {}", problem.field, problem.problem),
            format!("Meta would refuse it: {}", way_out(&problem)),
        );
    }
    // A line that is there but empty would silently be left out.
    for (field, template) in fields.iter().filter(|(field, template)| optional(field) && template.source.trim().is_empty()) {
        report.add(template.place, &format!("{path}.{field}"), format!("{field} is empty"), "write a text, or remove the key");
    }
}

/// What to do about a content that Meta would refuse, told by the words that name the problem.
fn way_out(problem: &ContentProblem) -> String {
    let (field, words) = (problem.field.as_str(), problem.problem.as_str());
    let most = words.rsplit_once("at most ").and_then(|(_, rest)| rest.split(' ').next());
    match most {
        Some(most) => format!("shorten it to at most {most} characters"),
        None if words.contains(" the title ") => "give each a title of its own".to_owned(),
        None if words.ends_with(" twice") => "give each its own id".to_owned(),
        None if words.contains("is needed") => "give each section a title".to_owned(),
        None if field == "buttons" && words.starts_with("has 0") => "write one to three buttons".to_owned(),
        None if field == "buttons" => "keep three, or use a `list`: it takes ten rows".to_owned(),
        None if words.contains("at least one row") || words.starts_with("has 0") => "write a row".to_owned(),
        None if words.contains(" entries") => "ten are the most: ask in two steps".to_owned(),
        None => "write a text".to_owned(),
    }
}

/// The text that Meta would refuse; of two that are the same, the second; of one that is missing, its neighbour.
fn place(problem: &ContentProblem, fields: &[(String, &Template)]) -> Option<Place> {
    let exact = fields.iter().find(|(field, _)| *field == problem.field);
    let twin = || {
        let same = |(field, template): &(String, &Template)| {
            field.starts_with(&problem.field) && problem.problem.contains(&format!("\"{}\" twice", template.source.trim()))
        };
        fields.iter().filter(|field| same(field)).nth(1)
    };
    let neighbour = || {
        let (parent, _) = problem.field.rsplit_once('.')?;
        fields.iter().find(|(field, _)| field.starts_with(parent))
    };
    exact.or_else(twin).or_else(neighbour).map(|(_, template)| template.place)
}

fn optional(field: &str) -> bool {
    matches!(field, "header" | "footer")
        || field.ends_with(".description")
        || (field.starts_with("sections") && field.ends_with("].title") && !field.contains(".rows["))
}

fn counts(bot: &Bot, report: &mut Report<'_>) {
    let most = bot.conversation.max_messages;
    for (path, reply) in every_reply(bot).into_iter().filter(|(path, _)| !path.starts_with("replies.")) {
        let count = messages(bot, reply);
        if count > most {
            let remedy = "each is billed: say it in fewer messages, or raise conversation.max_messages";
            report.add(
                reply.place,
                &path,
                format!("this answer is {count} messages, conversation.max_messages allows {most}"),
                remedy,
            );
        }
    }
}

/// How many messages a reply sends.
pub(super) fn messages(bot: &Bot, reply: &Reply) -> usize {
    bot.flat(reply).iter().filter(|step| !matches!(step.action, Action::Silence)).count()
}
