//! What Terraform made in the Google Cloud project, and whether it fits the configuration.

use super::{Findings, Project, PubSub};
use crate::domain::chain;
use crate::google::{Binding, Google, LookFailure, SubscriptionFacts};
use crate::store;

const APPLY: &str = "terraform apply";
/// Where there are no credentials.
pub(super) const LOG_IN: &str =
    "gcloud auth application-default login, on your own machine; on Cloud Run there are some by themselves.";
/// Shorter than that an event comes again while its turn still waits.
const SHORTEST_ACK_DEADLINE: u32 = 120;
/// Where the consumer takes pushes, before the lane.
const PUSH_PATH: &str = "/pubsub/push";
/// The account by which Pub/Sub itself acts.
const AGENT: &str = "@gcp-sa-pubsub.iam.gserviceaccount.com";

/// Asks Google about what the configuration names. False where there are no credentials.
pub async fn examine(project: &Project, google: &Google, findings: &mut Findings) -> bool {
    if let Some(database) = &project.database
        && !firestore(google, &project.id, database, findings).await
    {
        return false;
    }
    if let Some(pubsub) = &project.pubsub {
        topic(google, &project.id, pubsub, findings).await;
    }
    if let Some(bucket) = &project.bucket {
        storage(project, google, bucket, findings).await;
    }
    true
}

/// False where there are no credentials: every other question would say the same.
async fn firestore(google: &Google, project: &str, database: &str, findings: &mut Findings) -> bool {
    let check = "google.database";
    match google.database(project, database).await {
        Err(failure) => {
            said(check, &format!("the database {database}"), &failure, findings);
            return !matches!(failure, LookFailure::Credentials(_));
        }
        Ok(facts) if facts.mode != "FIRESTORE_NATIVE" => {
            let what = format!("the database {database} is in the mode {}, which cannot keep our records", facts.mode);
            findings.fail(check, what, "Make another one, in Native mode, and name it with FIRESTORE_DATABASE.");
            return true;
        }
        Ok(facts) if facts.delete_protection != "DELETE_PROTECTION_ENABLED" => {
            let what = format!("{database} in {}, which one command deletes with all records", facts.location);
            findings.warn(check, what, "terraform apply with protect = true");
        }
        Ok(facts) => findings.ok(check, format!("{database} in {}, protected", facts.location)),
    }
    expiry(google, project, database, findings).await;
    indexes(google, project, database, findings).await;
    true
}

async fn expiry(google: &Google, project: &str, database: &str, findings: &mut Findings) {
    let check = "google.expiry";
    match google.expiring(project, database, store::EXPIRE_AT).await {
        Err(failure) => said(check, "what expires", &failure, findings),
        Ok(found) => {
            let missing: Vec<_> = store::EXPIRING.into_iter().filter(|wanted| !found.contains(*wanted)).collect();
            if missing.is_empty() {
                findings.ok(check, format!("{} collections expire", store::EXPIRING.len()));
            } else {
                let what = format!("records are kept for ever in {}: they lack a TTL policy on expire_at", missing.join(", "));
                findings.fail(check, what, APPLY);
            }
        }
    }
}

async fn indexes(google: &Google, project: &str, database: &str, findings: &mut Findings) {
    let check = "google.indexes";
    let found = match google.indexes(project, database).await {
        Ok(found) => found,
        Err(failure) => return said(check, "the indexes", &failure, findings),
    };
    let mut is_well = true;
    for (collection, fields) in store::INDEXES {
        match found.iter().find(|index| index.collection == collection && index.fields == fields) {
            None => {
                findings.fail(check, format!("{collection} lacks the index ({fields})"), APPLY);
                is_well = false;
            }
            Some(index) if !index.is_ready => {
                findings.warn(
                    check,
                    format!("the index ({fields}) of {collection} is being built"),
                    "Wait for it: some minutes.",
                );
                is_well = false;
            }
            Some(_) => {}
        }
    }
    if is_well {
        findings.ok(check, format!("all {}", store::INDEXES.len()));
    }
}

async fn topic(google: &Google, project: &str, pubsub: &PubSub, findings: &mut Findings) {
    let name = format!("projects/{project}/topics/{}", pubsub.topic);
    match google.topic(&name).await {
        Ok(()) => findings.ok("google.topic", &pubsub.topic),
        Err(failure) => said("google.topic", &format!("the topic {}", pubsub.topic), &failure, findings),
    }
    for lane in ["reply", "record"] {
        let short = format!("{}-{lane}", pubsub.subscription);
        match google.subscription(&format!("projects/{project}/subscriptions/{short}")).await {
            Err(failure) => said("google.subscription", &format!("the subscription {short}"), &failure, findings),
            Ok(facts) => {
                subscription(&short, lane, &name, &facts, findings);
                push(&short, lane, pubsub, &facts, findings);
                dead_letters(google, project, &short, &facts, findings).await;
            }
        }
    }
}

fn subscription(short: &str, lane: &str, topic: &str, facts: &SubscriptionFacts, findings: &mut Findings) {
    let check = "google.subscription";
    if facts.topic != topic {
        return findings.fail(check, format!("{short} belongs to {}, not to {topic}", facts.topic), APPLY);
    }
    if facts.detached || facts.state == "RESOURCE_ERROR" {
        let what = format!("{short} delivers nothing: it is detached from its topic, or Pub/Sub cannot use it");
        return findings.fail(check, what, APPLY);
    }
    if facts.filter != format!("attributes.lane = \"{lane}\"") {
        return findings.fail(check, format!("{short} does not filter attributes.lane = \"{lane}\""), APPLY);
    }
    if facts.ack_deadline_seconds < SHORTEST_ACK_DEADLINE {
        let what = format!("{short} waits {} s for an ack: events come again while they are in hand", facts.ack_deadline_seconds);
        findings.warn(check, what, APPLY);
    }
    if facts.expiration_policy.as_ref().is_none_or(|policy| policy.ttl.is_some()) {
        let what = format!("{short} vanishes with all events in it after a month of silence");
        return findings.fail(check, what, APPLY);
    }
    findings.ok(check, format!("{short} stays, filters, waits {} s", facts.ack_deadline_seconds));
}

fn push(short: &str, lane: &str, pubsub: &PubSub, facts: &SubscriptionFacts, findings: &mut Findings) {
    let check = "google.push";
    let Some((audience, account)) = &pubsub.callers else {
        return findings.skipped(check, "WABRIDGE_PUSH_AUDIENCE and WABRIDGE_PUSH_SERVICE_ACCOUNT are not set here");
    };
    let Some(push) = facts.push.as_ref().filter(|push| !push.endpoint.is_empty()) else {
        return findings.fail(check, format!("{short} pushes to nobody: events wait until somebody pulls them"), APPLY);
    };
    if !push.endpoint.ends_with(&format!("{PUSH_PATH}/{lane}")) {
        let what = format!("{short} pushes to {}, where nobody takes the lane {lane}", push.endpoint);
        return findings.fail(check, what, APPLY);
    }
    let (their_audience, their_account) =
        push.token.as_ref().map_or(("", ""), |token| (token.audience.as_str(), token.service_account.as_str()));
    if their_audience != audience {
        let what = format!("{short} signs for {their_audience:?}, the consumer wants {audience:?}: every push gets 401");
        return findings.fail(check, what, APPLY);
    }
    if their_account != account {
        let what = format!("{short} signs as {their_account:?}, the consumer wants {account:?}: every push gets 401");
        return findings.fail(check, what, APPLY);
    }
    findings.ok(check, format!("{short} pushes to {}", push.endpoint));
}

async fn dead_letters(google: &Google, project: &str, short: &str, facts: &SubscriptionFacts, findings: &mut Findings) {
    let check = "google.unhandled";
    let Some(topic) = facts.dead_letter_policy.as_ref().map(|policy| policy.topic.as_str()) else {
        return findings.warn(
            check,
            format!("{short} has no topic for events that nobody can handle: they go round for ever"),
            APPLY,
        );
    };
    match google.subscriptions_of(topic).await {
        Err(failure) => return said(check, &format!("the topic {topic}"), &failure, findings),
        Ok(found) if found.is_empty() => {
            return findings.fail(check, format!("{topic} has no subscription: what is put there is lost"), APPLY);
        }
        Ok(_) => {}
    }
    let subscription = format!("projects/{project}/subscriptions/{short}");
    for (resource, role, what) in
        [(topic, "roles/pubsub.publisher", "put into"), (subscription.as_str(), "roles/pubsub.subscriber", "taken out of")]
    {
        match google.policy_of(resource).await {
            Err(failure) => return said("google.grants", "who may do what", &failure, findings),
            Ok(bindings) if !agent_has(&bindings, role) => {
                let what = format!("Pub/Sub lacks {role} on {resource}: what nobody can handle is not {what} it");
                return findings.fail("google.grants", what, APPLY);
            }
            Ok(_) => {}
        }
    }
    findings.ok(check, format!("{short} gives up into {topic}, where it is kept"));
}

fn agent_has(bindings: &[Binding], role: &str) -> bool {
    bindings.iter().any(|binding| binding.role == role && binding.members.iter().any(|member| member.ends_with(AGENT)))
}

async fn storage(project: &Project, google: &Google, bucket: &str, findings: &mut Findings) {
    let check = "google.bucket";
    match google.bucket(bucket).await {
        Err(failure) => said(check, &format!("the bucket {bucket}"), &failure, findings),
        Ok(facts) if !facts.is_never_public => {
            findings.fail(check, format!("{bucket} could be opened to the world: it holds what people sent"), APPLY);
        }
        Ok(facts) if facts.deleted_after_days.is_none_or(|days| days > u32::from(project.retention_days)) => {
            let what = format!("{bucket} keeps what people sent longer than records ({} days)", project.retention_days);
            findings.fail(check, what, APPLY);
        }
        Ok(_) => findings.ok(check, format!("{bucket}, never public, emptied after {} days", project.retention_days)),
    }
}

fn said(check: &str, what: &str, failure: &LookFailure, findings: &mut Findings) {
    let words = match failure {
        // Its sources say the same in many sentences, and then how to log in, as we do.
        LookFailure::Credentials(_) => format!("{what}: {failure}"),
        LookFailure::NotThere
        | LookFailure::Forbidden(_)
        | LookFailure::Disabled(_)
        | LookFailure::Status(_)
        | LookFailure::Unreachable(_) => format!("{what}: {}", chain(failure)),
    };
    match failure {
        LookFailure::Credentials(_) => {
            findings.fail(check, words, LOG_IN);
        }
        LookFailure::NotThere => findings.fail(check, words, "terraform apply makes it; is the name of the configuration right?"),
        LookFailure::Disabled(api) => findings.fail(check, words, format!("gcloud services enable {api}")),
        LookFailure::Forbidden(_) => findings.skipped(check, words),
        LookFailure::Status(_) | LookFailure::Unreachable(_) => findings.fail(check, words, "Try again; is the network there?"),
    }
}
