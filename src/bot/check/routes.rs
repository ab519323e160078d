//! Routes: their names and conditions.

use std::collections::BTreeMap;

use super::settings;
use crate::bot::checked::Route;
use crate::bot::condition::Condition;
use crate::bot::grammar::{self, Located};
use crate::bot::report::Report;

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
