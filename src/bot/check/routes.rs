//! Routes: their names and conditions.

use std::collections::BTreeMap;

use super::settings;
use crate::bot::checked::Route;
use crate::bot::condition::Condition;
use crate::bot::grammar::{self, BotFile, Located, When};
use crate::bot::report::Report;
use crate::bot::vocabulary::nearest;

/// What conditions refer to is there: nicks of numbers, names of hours.
pub(super) fn names(file: &BotFile, report: &mut Report<'_>) {
    for (n, route) in file.routes.iter().enumerate() {
        if let Some(when) = &route.value.when {
            names_of(&when.value, &format!("routes[{n}].when"), file, report);
        }
    }
}

fn names_of(when: &When, path: &str, file: &BotFile, report: &mut Report<'_>) {
    let (nicks, hours): (Vec<&str>, Vec<&str>) = (
        file.numbers.keys().map(|nick| nick.value.as_str()).collect(),
        file.hours.keys().map(|name| name.value.as_str()).collect(),
    );
    let mut there = |name: &Located<String>, known: &[&str], key: &str, of: &str| {
        if !known.contains(&name.value.trim()) {
            let meant = nearest(&name.value, known).map(|meant| format!("did you mean `{meant}`? ")).unwrap_or_default();
            let message = format!("there is no `{}` under `{of}`", name.value.escape_debug());
            report.add(name.place, &format!("{path}.{key}"), message, format!("{meant}Write it there: `{of}: {{ name: … }}`"));
        }
    };
    when.number.iter().flat_map(|words| &words.0).for_each(|nick| there(nick, &nicks, "number", "numbers"));
    when.during.iter().for_each(|name| there(name, &hours, "during", "hours"));
    when.outside.iter().for_each(|name| there(name, &hours, "outside", "hours"));
    for inner in when.any.iter().flat_map(|any| &any.value) {
        names_of(&inner.value, &format!("{path}.any"), file, report);
    }
    if let Some(inner) = &when.not {
        names_of(&inner.value, &format!("{path}.not"), file, report);
    }
}

/// The routes, ready to match, in the order of the file.
pub(super) fn ready(routes: Vec<Located<grammar::Route>>, report: &mut Report<'_>) -> Vec<Route> {
    let mut seen: BTreeMap<String, u32> = BTreeMap::new();
    let mut ready = Vec::new();
    for (n, route) in routes.into_iter().enumerate() {
        let Located { value: route, place } = route;
        let path = format!("routes[{n}]");
        if let Some(name) = &route.name {
            settings::name(name, &format!("{path}.name"), report);
            if let Some(line) = seen.insert(name.value.clone(), name.place.line) {
                let message = format!("the route at line {line} has the same name");
                report.add(name.place, &format!("{path}.name"), message, "give each route a name of its own, or none");
            }
        }
        ready.push(Route {
            name: route.name.map_or_else(|| format!("route {}", n + 1), |name| name.value),
            place,
            condition: route.when.as_ref().map(|when| Condition::new(when, &format!("{path}.when"), report)),
            reply: route.reply,
        });
    }
    ready
}
