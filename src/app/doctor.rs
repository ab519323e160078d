//! What `doctor` examines, as the configuration says.

use std::collections::BTreeSet;

use reqwest::Url;

use super::backends::Backends;
use super::consumer;
use super::whose::keeps_records;
use crate::clock::Clock;
use crate::config::{ALL, Arrival, BotChoice, Config, Ids, MediaBackend, Problem, QueueBackend, StoreBackend};
use crate::domain::Limits;
use crate::operations::doctor::{self, Area, Findings, Meta, Project, PubSub, Records, Service};

/// Examines these areas of what was configured. `url`: where its webhook is.
pub(super) async fn run(config: &Config, url: Option<Url>, areas: &BTreeSet<Area>, findings: &mut Findings) {
    if areas.contains(&Area::Configuration) {
        configuration(config, findings);
    }
    doctor::examine(&service(config, url), areas, &Clock::default(), findings).await;
}

fn configuration(config: &Config, findings: &mut Findings) {
    let check = "configuration.variables";
    for problem in config.examined.iter().flat_map(|examined| &examined.missing) {
        missing(config, problem, findings);
    }
    if matches!(config.ours, Some(Ids::Observe)) {
        let what =
            "WHATSAPP_WABA_ID and WHATSAPP_PHONE_NUMBER_ID are not set: a service only keeps deliveries, and answers nothing";
        findings.warn(check, what, "Meta App Dashboard → WhatsApp → API Setup shows both.");
    }
    for warning in &config.warnings {
        findings.warn(check, warning, "");
    }
    let version = &config.graph.version;
    findings.ok("configuration.version", format!("Graph API {version} at {}", config.graph.base_url));
}

/// Whoever looks from their own machine into what is at Google has the secrets there; anybody else would start a service with this.
fn missing(config: &Config, problem: &Problem, findings: &mut Findings) {
    let check = "configuration.variables";
    let is_at_google = matches!(config.store, StoreBackend::Firestore { emulator: None, .. });
    let Problem { name, what, remedy } = problem;
    if is_at_google && ALL.iter().any(|variable| variable.secret && variable.name == name) {
        findings.skipped(
            check,
            format!("{name} {what} here: on Google Cloud the job of doctor has it (terraform output doctor_command)"),
        );
    } else if name == "WHATSAPP_ACCESS_TOKEN" {
        findings.warn(check, format!("{name} {what}: a service sends nothing"), remedy);
    } else {
        findings.fail(check, format!("{name} {what}: no service starts without it"), remedy);
    }
}

fn service(config: &Config, url: Option<Url>) -> Service {
    let (accounts, numbers) = match &config.ours {
        Some(Ids::Allowed { wabas, numbers, .. }) => (wabas.clone(), numbers.clone()),
        Some(Ids::Observe) | None => (BTreeSet::new(), BTreeSet::new()),
    };
    let secrets = config.examined.as_ref().map(|examined| &examined.secrets);
    Service {
        bot: match &config.bot {
            BotChoice::File(file) => Some(file.clone()),
            BotChoice::BuiltIn | BotChoice::None => None,
        },
        records: records(config),
        graph: consumer::graph(config, Limits::default().post),
        meta: Meta {
            app_secrets: secrets.map(|secrets| secrets.app_secrets.clone()).unwrap_or_default(),
            verify_token: secrets.and_then(|secrets| secrets.verify_token.clone()),
            accounts,
            numbers,
            rate: config.sending.rate,
            webhook: url,
        },
        project: project(config),
    }
}

fn records(config: &Config) -> Records {
    if config.keeps_here() && !keeps_records(&config.data_dir) {
        return Records::NotYet(config.data_dir.display().to_string());
    }
    match Backends::beside(config, false) {
        Ok(Backends { store, queue, .. }) => {
            Records::There { store: Box::new(store), queue: Box::new(queue), place: config.place() }
        }
        Err(error) => Records::Unusable(format!("{error:#}")),
    }
}

/// What is at Google itself: an emulator has none of what would be asked.
fn project(config: &Config) -> Option<Project> {
    let mut found =
        Project { id: String::new(), database: None, pubsub: None, bucket: None, retention_days: config.retention_days };
    if let StoreBackend::Firestore { project, database, emulator: None } = &config.store {
        found.id.clone_from(project);
        found.database = Some(database.clone());
    }
    if let QueueBackend::PubSub { project, topic, subscription, emulator: None, arrival } = &config.queue {
        found.id.clone_from(project);
        let callers = match arrival {
            Arrival::Pushed(Some(callers)) => Some((callers.audience.clone(), callers.service_account.clone())),
            Arrival::Pushed(None) | Arrival::Pulled => None,
        };
        found.pubsub = Some(PubSub { topic: topic.clone(), subscription: subscription.clone(), callers });
    }
    if let MediaBackend::Bucket { name, emulator: None } = &config.media {
        found.bucket = Some(name.clone());
    }
    let is_any = found.database.is_some() || found.pubsub.is_some() || found.bucket.is_some();
    is_any.then_some(found)
}
