//! Names that are nearly ours: other projects' names for the same thing, typing errors, and what this version does not have yet.

use super::Role;
use super::environment::Environment;
use super::problem::Problem;
use super::vars;

/// Names that tutorials, Meta's samples and other libraries use for the same values.
const OTHER_NAMES: &[(&str, &str)] = &[
    ("WHATSAPP_SECRET", "WHATSAPP_APP_SECRET"),
    ("META_APP_SECRET", "WHATSAPP_APP_SECRET"),
    ("FACEBOOK_APP_SECRET", "WHATSAPP_APP_SECRET"),
    ("FB_APP_SECRET", "WHATSAPP_APP_SECRET"),
    ("APP_SECRET", "WHATSAPP_APP_SECRET"),
    ("WHATSAPP_WEBHOOK_VERIFY_TOKEN", "WHATSAPP_VERIFY_TOKEN"),
    ("WHATSAPP_WEBHOOK_TOKEN", "WHATSAPP_VERIFY_TOKEN"),
    ("WEBHOOK_VERIFY_TOKEN", "WHATSAPP_VERIFY_TOKEN"),
    ("META_VERIFY_TOKEN", "WHATSAPP_VERIFY_TOKEN"),
    ("VERIFY_TOKEN", "WHATSAPP_VERIFY_TOKEN"),
    ("WHATSAPP_BUSINESS_ACCOUNT_ID", "WHATSAPP_WABA_ID"),
    ("WHATSAPP_BUSINESS_ID", "WHATSAPP_WABA_ID"),
    ("WHATSAPP_ACCOUNT_ID", "WHATSAPP_WABA_ID"),
    ("WABA_ID", "WHATSAPP_WABA_ID"),
    ("WHATSAPP_PHONE_ID", "WHATSAPP_PHONE_NUMBER_ID"),
    ("WHATSAPP_NUMBER_ID", "WHATSAPP_PHONE_NUMBER_ID"),
    ("PHONE_NUMBER_ID", "WHATSAPP_PHONE_NUMBER_ID"),
    ("WHATSAPP_TOKEN", "WHATSAPP_ACCESS_TOKEN"),
    ("WHATSAPP_API_TOKEN", "WHATSAPP_ACCESS_TOKEN"),
    ("WHATSAPP_API_KEY", "WHATSAPP_ACCESS_TOKEN"),
    ("META_ACCESS_TOKEN", "WHATSAPP_ACCESS_TOKEN"),
    ("GRAPH_API_TOKEN", "WHATSAPP_ACCESS_TOKEN"),
    ("WHATSAPP_GRAPH_VERSION", "WHATSAPP_API_VERSION"),
    ("WHATSAPP_VERSION", "WHATSAPP_API_VERSION"),
    ("GRAPH_API_VERSION", "WHATSAPP_API_VERSION"),
    ("WHATSAPP_API_URL", "WHATSAPP_API_BASE_URL"),
    ("WHATSAPP_BASE_URL", "WHATSAPP_API_BASE_URL"),
    ("WABRIDGE_PORT", "PORT"),
    ("WABRIDGE_HOST", "HOST"),
    ("WABRIDGE_LOG", "RUST_LOG"),
    ("WABRIDGE_LOG_FORMAT", "LOG_FORMAT"),
    ("WABRIDGE_SHUTDOWN_GRACE", "SHUTDOWN_GRACE"),
];

/// Planned names that this version does not read; said, so that nobody thinks they work.
const NOT_YET: &[&str] = &["WHATSAPP_APP_ID", "WABRIDGE_API_TOKENS", "WABRIDGE_DAILY_MESSAGE_LIMIT", "WABRIDGE_FREE_MESSAGES"];

/// Set by `.ci/run` and tests, never read by the program.
const TESTS_OWN: &str = "WABRIDGE_ALLOW_SKIPS";

/// How alike (0 to 1, Jaro-Winkler) two names must be to be taken for a typing error: one or two letters in these lengths.
const ALIKE: f64 = 0.93;

/// Names that are surely meant for us and not read are problems; doubtful ones are warnings.
pub(super) fn strays(role: Role, environment: &Environment) -> (Vec<Problem>, Vec<String>) {
    let mut problems = Vec::new();
    let mut warnings = Vec::new();
    for name in environment.names().filter(|name| !vars::is_ours(name) && *name != TESTS_OWN) {
        let ours = name.starts_with("WABRIDGE_") || name.starts_with("WHATSAPP_");
        match meant(name) {
            Some(right) if !is_set(environment, right) && (ours || is_needed(role, right)) => {
                let problem = Problem::new(name, format!("is not read: did you mean {right}?"), "Rename it, or take it out.");
                if reads(role, right) { problems.push(problem) } else { warnings.push(problem.to_string()) }
            }
            Some(right) if ours => warnings.push(format!("{name} is not read; {right} is, and is set.")),
            None if NOT_YET.contains(&name) => warnings.push(format!("{name} is set, but this version does not read it yet.")),
            None if name.starts_with("WABRIDGE_") => {
                warnings.push(format!("{name} is set, but there is no such variable: see docs/reference/configuration.md."));
            }
            Some(_) | None => {}
        }
    }
    (problems, warnings)
}

fn is_set(environment: &Environment, name: &str) -> bool {
    environment.get(name).is_some() || environment.get(&format!("{name}_FILE")).is_some()
}

/// Names without our prefix may belong to another program; they are taken for ours only where nothing starts without the value.
fn is_needed(role: Role, name: &str) -> bool {
    reads(role, name) && [vars::APP_SECRET.name, vars::VERIFY_TOKEN.name].contains(&name)
}

/// `dev` and the commands of an operator must not fail over Meta's values, which they do not use.
fn reads(role: Role, name: &str) -> bool {
    match role {
        Role::Serve | Role::Receive | Role::Doctor => true,
        Role::Consume => ![vars::APP_SECRET.name, vars::VERIFY_TOKEN.name].contains(&name),
        Role::Mend if [vars::WABA_ID.name, vars::PHONE_NUMBER_ID.name].contains(&name) => true,
        Role::Call => ![vars::APP_SECRET.name, vars::VERIFY_TOKEN.name, vars::FOREIGN_EVENTS.name].contains(&name),
        Role::Dev | Role::Operator | Role::Mend => !name.starts_with("WHATSAPP_"),
    }
}

/// The variable that somebody meant by this name.
fn meant(name: &str) -> Option<&'static str> {
    let base = name.strip_suffix("_FILE").unwrap_or(name);
    if let Some((_, right)) = OTHER_NAMES.iter().find(|(other, _)| *other == base) {
        return Some(right);
    }
    if NOT_YET.contains(&base) || !(base.starts_with("WABRIDGE") || base.starts_with("WHATSAPP") || base.starts_with("WHATSAP_"))
    {
        return None;
    }
    vars::ALL
        .iter()
        .map(|variable| (strsim::jaro_winkler(base, variable.name), variable.name))
        .filter(|(alike, _)| *alike >= ALIKE)
        .max_by(|left, right| left.0.total_cmp(&right.0))
        .filter(|(_, right)| strsim::damerau_levenshtein(base, right) <= 3)
        .map(|(_, right)| right)
}
