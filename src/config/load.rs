//! From variables and flags to a `Config`, or to all problems at once.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use tracing_subscriber::EnvFilter;

use super::environment::Environment;
use super::problem::Problems;
use super::reader::Reader;
use super::{
    BotChoice, Config, Examined, Flags, Foreign, GraphSettings, Ids, Listen, LogFormat, LogSettings, Receiver, Role, SecretFiles,
    Sending, backends, names, secrets, value, vars, versions,
};
use crate::domain::{PhoneNumberId, WabaId};

const DEFAULT_PORT: u16 = 8080;
const DEFAULT_RETENTION_DAYS: u16 = 30;
/// Docker and Cloud Run kill 10 s after TERM.
const DEFAULT_GRACE: Duration = Duration::from_secs(8);
const DEFAULT_BASE_URL: &str = "https://graph.facebook.com";
const DEFAULT_VERSION: &str = "v25.0";
/// What Meta allows a number without an upgrade.
const DEFAULT_RATE: u32 = 80;
/// Enough for 80 messages per second while Meta takes 0.4 s for each; what one process has open stays small.
const DEFAULT_CONCURRENCY: u32 = 32;
const DEFAULT_BOT: &str = "bot.yaml";

/// Reads everything that a process of this role needs. `now` is for versions that end. Reads the files that `_FILE` variables
/// name and looks whether the bot file is there; touches nothing else.
pub fn load(role: Role, flags: &Flags, environment: &Environment, now: Timestamp) -> Result<Config, Problems> {
    let mut reader = Reader::new(environment);
    if role == Role::Doctor && environment.cloud_run().is_none() {
        reader.go_on_without();
    }
    let (strays, warnings) = names::strays(role, environment);
    reader.add(strays);
    reader.warnings.extend(warnings);
    let secrets = secrets::read(role, environment, &mut reader);
    let access_token = secrets.access_token.clone();
    let receiver = match role {
        Role::Serve | Role::Receive => ids(environment, &mut reader).zip(secrets.verify_token.clone()),
        Role::Dev | Role::Consume | Role::Operator | Role::Call | Role::Doctor | Role::Mend => None,
    };
    let app_secrets = secrets.app_secrets.clone();
    let receiver = receiver.map(|(ids, verify_token)| Receiver { app_secrets, verify_token, ids });
    let ours = if matches!(role, Role::Mend | Role::Doctor) { ids(environment, &mut reader) } else { None };
    let backends::Backends { data_dir, store, queue, media, project } = backends::load(role, flags, environment, &mut reader);
    let log = log(role, project, &mut reader);
    let config = Config {
        listen: listen(role, flags, &mut reader),
        data_dir,
        store,
        queue,
        receiver,
        ours,
        accounts: if role == Role::Call { accounts(&mut reader) } else { BTreeSet::new() },
        access_token,
        media,
        secret_files: SecretFiles::of(role, environment),
        graph: graph(role, now, &mut reader),
        sending: Sending {
            rate: reader.parsed(&vars::SEND_RATE, value::rate).unwrap_or(DEFAULT_RATE),
            concurrency: reader.parsed(&vars::SEND_CONCURRENCY, value::concurrency).unwrap_or(DEFAULT_CONCURRENCY),
        },
        bot: bot(role, flags, &mut reader),
        retention_days: reader.parsed(&vars::RETENTION_DAYS, value::days).unwrap_or(DEFAULT_RETENTION_DAYS),
        log,
        shutdown_grace: reader.parsed(&vars::SHUTDOWN_GRACE, value::grace).unwrap_or(DEFAULT_GRACE),
        #[cfg(feature = "failure-points")]
        time_divisor: environment.get("FAILURE_POINTS_TIME_DIVISOR").and_then(|text| text.parse().ok()).unwrap_or(1),
        #[cfg(feature = "failure-points")]
        failure_point: environment.get("FAILURE_POINT").and_then(crate::failure_points::Plan::parse),
        examined: None,
        warnings: Vec::new(),
    };
    let examined = (role == Role::Doctor).then(|| Examined { secrets, missing: reader.missing_so_far() });
    let warnings = std::mem::take(&mut reader.warnings);
    reader.finish(Config { examined, warnings, ..config })
}

fn listen(role: Role, flags: &Flags, reader: &mut Reader) -> Listen {
    let port = match flags.port {
        Some(port) => port,
        None => reader.parsed(&vars::PORT, value::port).unwrap_or(DEFAULT_PORT),
    };
    let own = if role == Role::Dev { Ipv4Addr::LOCALHOST } else { Ipv4Addr::UNSPECIFIED };
    let host = reader.parsed(&vars::HOST, value::host).unwrap_or(IpAddr::V4(own));
    if role == Role::Dev && host != Ipv4Addr::LOCALHOST {
        let what = format!("is {host}: the page of dev has no login, so it listens on 127.0.0.1 only");
        reader.wrong(vars::HOST.name, what, "Write HOST=127.0.0.1 or leave it out; wabridge serve listens everywhere.");
    }
    Listen { host, port }
}

fn accounts(reader: &mut Reader) -> BTreeSet<WabaId> {
    reader.parsed(&vars::WABA_ID, value::ids).into_iter().flatten().map(WabaId::new).collect()
}

fn ids(environment: &Environment, reader: &mut Reader) -> Option<Ids> {
    let said = reader.problem_count();
    let wabas = reader.parsed(&vars::WABA_ID, value::ids);
    let numbers = reader.parsed(&vars::PHONE_NUMBER_ID, value::ids);
    let foreign = reader.word(&vars::FOREIGN_EVENTS, &[("reject", Foreign::Reject), ("quarantine", Foreign::Quarantine)]);
    if reader.problem_count() > said {
        return None;
    }
    match (wabas, numbers) {
        (Some(wabas), Some(numbers)) => Some(Ids::Allowed {
            wabas: wabas.into_iter().map(WabaId::new).collect(),
            numbers: numbers.into_iter().map(PhoneNumberId::new).collect(),
            foreign: foreign.unwrap_or(Foreign::Reject),
        }),
        (None, None) if environment.cloud_run().is_none() => Some(Ids::Observe),
        (wabas, numbers) => {
            for (variable, other, absent) in [
                (&vars::WABA_ID, &vars::PHONE_NUMBER_ID, wabas.is_none()),
                (&vars::PHONE_NUMBER_ID, &vars::WABA_ID, numbers.is_none()),
            ] {
                if absent && environment.cloud_run().is_some() {
                    reader.missing(variable);
                } else if absent {
                    let remedy = format!("{} Or take {} out as well, to observe only.", variable.remedy, other.name);
                    reader.wrong(variable.name, format!("is not set, but {} is: half a check is none", other.name), remedy);
                }
            }
            None
        }
    }
}

fn graph(role: Role, now: Timestamp, reader: &mut Reader) -> GraphSettings {
    let base_url = reader.parsed(&vars::API_BASE_URL, value::base_url).unwrap_or_else(|| DEFAULT_BASE_URL.into());
    let version = reader.parsed(&vars::API_VERSION, value::version).unwrap_or_else(|| DEFAULT_VERSION.into());
    match role {
        Role::Serve | Role::Consume | Role::Doctor => reader.warnings.extend(versions::warning(&version, now)),
        Role::Dev | Role::Receive | Role::Operator | Role::Call | Role::Mend => {}
    }
    GraphSettings { base_url, version }
}

fn bot(role: Role, flags: &Flags, reader: &mut Reader) -> BotChoice {
    let (name, chosen) = match &flags.bot {
        Some(bot) => ("--bot", Some(bot.clone())),
        None => (vars::BOT.name, reader.text(&vars::BOT)),
    };
    match role {
        Role::Receive | Role::Operator | Role::Call => return BotChoice::None,
        Role::Dev | Role::Serve | Role::Consume | Role::Doctor | Role::Mend => {}
    }
    match chosen.as_deref().map(str::trim) {
        Some("none") => BotChoice::None,
        Some(file) => {
            if !Path::new(file).is_file() {
                let what = format!("names {}, and there is no such file", value::shown(file));
                reader.wrong(name, what, vars::BOT.remedy);
            }
            BotChoice::File(PathBuf::from(file))
        }
        None if Path::new(DEFAULT_BOT).is_file() => BotChoice::File(PathBuf::from(DEFAULT_BOT)),
        None if role == Role::Dev => BotChoice::BuiltIn,
        None => BotChoice::None,
    }
}

fn log(role: Role, project: Option<String>, reader: &mut Reader) -> LogSettings {
    let person = matches!(role, Role::Dev | Role::Operator | Role::Call | Role::Doctor | Role::Mend);
    let own = if person { LogFormat::Text } else { LogFormat::Json };
    let format = reader.word(&vars::LOG_FORMAT, &[("json", LogFormat::Json), ("text", LogFormat::Text)]).unwrap_or(own);
    let filter = reader.parsed(&vars::RUST_LOG, |text| match EnvFilter::builder().parse(text) {
        Ok(_) => Ok(text.to_owned()),
        Err(error) => Err(format!("is {}: {error}", value::shown(text))),
    });
    let filter = filter.unwrap_or_else(|| if person { "warn".into() } else { "info".into() });
    LogSettings { format, filter, project }
}
