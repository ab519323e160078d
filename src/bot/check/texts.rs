//! Texts with values: they compile, name only what exists, and can be rendered, for a person of whom all is known and one of whom nothing is.

use minijinja::Error;

use super::every_reply;
use crate::bot::answer::templates;
use crate::bot::checked::Bot;
use crate::bot::grammar::{Place, Template};
use crate::bot::report::Report;
use crate::bot::sample;
use crate::bot::values::{DOCUMENTED, OF_HOURS, values};
use crate::bot::vocabulary::nearest;

/// Compiles every text of the bot.
pub(super) fn compile(bot: &mut Bot, report: &mut Report<'_>) {
    let all = every_template(bot);
    for (path, template) in &all {
        if let Some(at) = reaches_out(&template.source) {
            let place = place_at(template, at, report.source());
            report.add(place, path, "a text cannot include another", "write `use` in the reply, or the words themselves");
            continue;
        }
        if let Err(error) = bot.texts.add(template) {
            syntax(path, template, &error, report);
            continue;
        }
        let before = report.problems.len();
        for name in bot.texts.names(template) {
            known(bot, &name, path, template, report);
        }
        if report.problems.len() == before {
            render(bot, path, template, report);
        }
    }
}

/// Every text with values and the path to it. Copies, because compiling changes the bot.
pub(super) fn every_template(bot: &Bot) -> Vec<(String, Template)> {
    let mut all = Vec::new();
    for (path, reply) in every_reply(bot) {
        for step in &reply.steps {
            let dynamic = templates(step).into_iter().filter(|(_, template)| !template.is_static());
            all.extend(dynamic.map(|(field, template)| (format!("{path}.{field}"), template.clone())));
        }
    }
    all
}

/// Where a text names another text. Each stands for itself: what a person wrote must not choose one.
fn reaches_out(source: &str) -> Option<usize> {
    let tags = source.match_indices("{%").map(|(at, _)| at);
    tags.into_iter().find(|at| {
        let word = source[at + 2..].trim_start_matches(['-', '+']).trim_start();
        ["include", "import", "from", "extends"].iter().any(|tag| word.starts_with(tag))
    })
}

fn syntax(path: &str, template: &Template, error: &Error, report: &mut Report<'_>) {
    let place = place_of(error, template, report.source());
    let detail = error.detail().unwrap_or("it cannot be read");
    let remedy = "values stand in {{ … }}, conditions in {% if … %} … {% endif %}";
    report.add(place, path, format!("this text cannot be read: {detail}"), remedy);
}

fn known(bot: &Bot, name: &str, path: &str, template: &Template, report: &mut Report<'_>) {
    let mut parts = name.split('.');
    let (root, key) = (parts.next().unwrap_or(""), parts.next());
    if bot.texts.has_function(root) {
        return;
    }
    let problem = match (DOCUMENTED.iter().find(|(known, _)| *known == root), key) {
        (None, _) => Some(unknown_root(root)),
        (Some(("hours", _)), Some(name)) => of_hours(bot, name, parts.next()),
        (Some(("match", _)), Some(group)) if !bot.groups.iter().any(|known| known == group) => {
            Some((format!("no regex has a group `{group}`"), format!("write it in a regex: (?P<{group}>…)")))
        }
        (Some((_, keys)), Some(key)) if !keys.is_empty() && !keys.contains(&key) => {
            let meant = nearest(key, keys).map(|meant| format!("did you mean `{root}.{meant}`? ")).unwrap_or_default();
            Some((format!("there is no value `{root}.{key}`"), format!("{meant}`{root}` has: {}", keys.join(", "))))
        }
        _ => None,
    };
    if let Some((message, remedy)) = problem {
        let place = place_of_name(template, name, report.source());
        report.add(place, path, message, remedy);
    }
}

/// `hours.NAME.opens`.
fn of_hours(bot: &Bot, name: &str, key: Option<&str>) -> Option<(String, String)> {
    let names: Vec<&str> = bot.calendar.names().collect();
    if !names.contains(&name) {
        let meant = nearest(name, &names).map(|meant| format!("did you mean `hours.{meant}`? ")).unwrap_or_default();
        return Some((format!("there is no `{name}` under `hours`"), format!("{meant}Write it there")));
    }
    let key = key.filter(|key| !OF_HOURS.contains(key))?;
    Some((format!("there is no value `hours.{name}.{key}`"), format!("hours have: {}", OF_HOURS.join(", "))))
}

fn unknown_root(root: &str) -> (String, String) {
    let planned = matches!(root, "t");
    let names: Vec<&str> = DOCUMENTED.iter().map(|(name, _)| *name).collect();
    if planned {
        return (format!("`{root}` is part of the grammar but not in this version"), "remove it for now".to_owned());
    }
    let meant = nearest(root, &names).map(|meant| format!("did you mean `{meant}`? ")).unwrap_or_default();
    (format!("there is no value `{root}`"), format!("{meant}The values are: {}", names.join(", ")))
}

fn render(bot: &Bot, path: &str, template: &Template, report: &mut Report<'_>) {
    for sample in [sample::Sample::stranger(), sample::Sample::friend()] {
        let rendered = sample.view(|turn| bot.texts.render(template, &values(turn, &sample::known(bot))));
        if let Err(error) = rendered {
            let place = place_of(&error, template, report.source());
            let detail = error.detail().map(|detail| format!(": {detail}")).unwrap_or_default();
            let remedy = "it fails for a sample message; the guide lists values and filters";
            report.add(place, path, format!("this text cannot be rendered ({}{detail})", error.kind()), remedy);
            return;
        }
    }
}

/// Where in the file a text names a value: the first mention after its first brace.
pub(super) fn place_of_name(template: &Template, name: &str, file: &str) -> Place {
    let root = name.split('.').next().unwrap_or(name);
    let Some(rest) = file.get(template.place.offset..) else { return template.place };
    let start = ["{{", "{%"].iter().filter_map(|brace| rest.find(brace)).min().unwrap_or(0);
    let end = start + template.source.len() * 2;
    let whole = |wanted: &str| {
        rest[start..].match_indices(wanted).map(|(at, _)| start + at).take_while(|at| *at < end).find(|at| {
            let part = |c: char| c.is_alphanumeric() || c == '_';
            let before = rest[..*at].chars().next_back();
            let after = rest[at + wanted.len()..].chars().next();
            !before.is_some_and(|c| part(c) || c == '.') && !after.is_some_and(part)
        })
    };
    let found = whole(name).or_else(|| whole(root)).map(|at| template.place.offset + at);
    found.and_then(|offset| counted(file, offset)).unwrap_or(template.place)
}

fn place_of(error: &Error, template: &Template, file: &str) -> Place {
    let start = || {
        let line = error.line().unwrap_or(1).saturating_sub(1);
        template.source.split_inclusive('\n').take(line).map(str::len).sum()
    };
    let at = error.range().map_or_else(start, |range| range.start).min(template.source.len());
    place_at(template, at, file)
}

/// The place in the file of a byte of a text. YAML may have folded or escaped the text: then its start must do.
fn place_at(template: &Template, at: usize, file: &str) -> Place {
    let mut cursor = template.place.offset;
    let mut line_start = 0;
    for line in template.source.split_inclusive('\n') {
        let words = line.trim();
        let Some(found) = file.get(cursor..).and_then(|rest| rest.find(words)) else { return template.place };
        cursor += found;
        let line_end = line_start + line.len();
        if at < line_end || line_end == template.source.len() {
            let indent = line.len() - line.trim_start().len();
            let offset = cursor + at.saturating_sub(line_start + indent).min(words.len());
            return counted(file, offset).unwrap_or(template.place);
        }
        cursor += words.len();
        line_start = line_end;
    }
    template.place
}

fn counted(file: &str, offset: usize) -> Option<Place> {
    let before = file.get(..offset)?;
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    let line = u32::try_from(before.matches('\n').count() + 1).ok()?;
    let column = u32::try_from(before[line_start..].chars().count() + 1).ok()?;
    Some(Place { line, column, offset })
}
