//! Topics and subscriptions of Pub/Sub, and who may do what with them.

use serde::Deserialize;

use super::client::{Google, LookFailure};

const API: &str = "pubsub";

/// A subscription.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SubscriptionFacts {
    /// `projects/P/topics/T`; `_deleted-topic_` when that is gone.
    #[serde(default)]
    pub topic: String,
    /// After how long without an ack an event comes again.
    #[serde(default)]
    pub ack_deadline_seconds: u32,
    /// After how long without a subscriber it vanishes; an empty policy: never; none: 31 days.
    pub expiration_policy: Option<Expiry>,
    /// Which events come.
    #[serde(default)]
    pub filter: String,
    /// Where events go that nobody could handle.
    pub dead_letter_policy: Option<DeadLetters>,
    /// `ACTIVE`, or `RESOURCE_ERROR` when Pub/Sub cannot deliver at all.
    #[serde(default)]
    pub state: String,
    /// Whether its topic no longer feeds it.
    #[serde(default)]
    pub detached: bool,
    /// Where events are posted.
    #[serde(rename = "pushConfig")]
    pub push: Option<PushTo>,
}

/// When a subscription vanishes.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Expiry {
    /// `2678400s`; `None`: never.
    pub ttl: Option<String>,
}

/// Where events go that nobody could handle.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeadLetters {
    /// `projects/P/topics/T`.
    #[serde(rename = "deadLetterTopic", default)]
    pub topic: String,
}

/// Where events are posted.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PushTo {
    /// The address.
    #[serde(rename = "pushEndpoint", default)]
    pub endpoint: String,
    /// What signs.
    #[serde(rename = "oidcToken")]
    pub token: Option<PushToken>,
}

/// What Pub/Sub signs its posts with.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PushToken {
    /// Whose token.
    #[serde(rename = "serviceAccountEmail", default)]
    pub service_account: String,
    /// For whom.
    #[serde(default)]
    pub audience: String,
}

/// Who has a role.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Binding {
    /// `roles/pubsub.publisher`.
    pub role: String,
    /// `serviceAccount:…`.
    #[serde(default)]
    pub members: Vec<String>,
}

#[derive(Deserialize)]
struct Anything {}

#[derive(Deserialize)]
struct Names {
    #[serde(default)]
    subscriptions: Vec<String>,
}

#[derive(Deserialize)]
struct Policy {
    #[serde(default)]
    bindings: Vec<Binding>,
}

impl Google {
    /// Whether a topic is there; `topic` as `projects/P/topics/T`.
    ///
    /// # Errors
    /// It is not there, or cannot be read.
    pub async fn topic(&self, topic: &str) -> Result<(), LookFailure> {
        self.look(API, &format!("v1/{topic}")).await.map(|Anything {}| ())
    }

    /// A subscription; `subscription` as `projects/P/subscriptions/S`.
    ///
    /// # Errors
    /// It is not there, or cannot be read.
    pub async fn subscription(&self, subscription: &str) -> Result<SubscriptionFacts, LookFailure> {
        self.look(API, &format!("v1/{subscription}")).await
    }

    /// The names of a topic's subscriptions.
    ///
    /// # Errors
    /// They cannot be read.
    pub async fn subscriptions_of(&self, topic: &str) -> Result<Vec<String>, LookFailure> {
        let found: Names = self.look(API, &format!("v1/{topic}/subscriptions")).await?;
        Ok(found.subscriptions)
    }

    /// Who may do what with a topic or subscription.
    ///
    /// # Errors
    /// It cannot be read.
    pub async fn policy_of(&self, resource: &str) -> Result<Vec<Binding>, LookFailure> {
        let found: Policy = self.look(API, &format!("v1/{resource}:getIamPolicy")).await?;
        Ok(found.bindings)
    }
}
