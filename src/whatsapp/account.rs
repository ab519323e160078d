//! A WhatsApp Business Account at Meta, its numbers, and whose webhooks come to which app
//! (developers.facebook.com/docs/graph-api/reference/whats-app-business-account, …/whatsapp/cloud-api/health-status, November 2026).

use serde::Deserialize;

use super::call::CallFailure;
use super::graph::Graph;
use super::lenient;
use crate::domain::{PhoneNumberId, WabaId};

/// As many numbers are asked for.
const MOST_NUMBERS: usize = 100;
const ACCOUNT_FIELDS: &str = "id,name,account_review_status,health_status";
const NUMBER_FIELDS: &str = "id,verified_name,name_status,status,quality_rating,platform_type,account_mode,is_on_biz_app,\
                             throughput,whatsapp_business_manager_messaging_limit,health_status,webhook_configuration";

/// What Meta knows of an account. What it does not say is empty.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct AccountFacts {
    /// What it is called.
    #[serde(default, deserialize_with = "lenient::text")]
    pub name: String,
    /// `APPROVED`, `PENDING`, `REJECTED`.
    #[serde(rename = "account_review_status", default, deserialize_with = "lenient::text")]
    pub review: String,
    /// Whether messages can be sent.
    #[serde(rename = "health_status", default, deserialize_with = "lenient::keys")]
    pub health: Health,
}

/// An app that gets the webhooks of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubscribedApp {
    /// The app.
    pub id: String,
    /// Where its webhooks of this account go instead of the app's callback URL; empty: there.
    pub elsewhere: String,
}

/// What Meta knows of a business number. What it does not say is empty.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct NumberFacts {
    /// Which one.
    pub id: PhoneNumberId,
    /// The name that people see.
    #[serde(rename = "verified_name", default, deserialize_with = "lenient::text")]
    pub name: String,
    /// What became of that name at Meta's review: `APPROVED`, `DECLINED`, `PENDING_REVIEW`.
    #[serde(default, deserialize_with = "lenient::text")]
    pub name_status: String,
    /// `CONNECTED` when it can send.
    #[serde(default, deserialize_with = "lenient::text")]
    pub status: String,
    /// `GREEN`, `YELLOW`, `RED`.
    #[serde(rename = "quality_rating", default, deserialize_with = "lenient::text")]
    pub quality: String,
    /// `CLOUD_API` when it is registered here.
    #[serde(rename = "platform_type", default, deserialize_with = "lenient::text")]
    pub platform: String,
    /// `SANDBOX` for Meta's test numbers, else `LIVE`.
    #[serde(rename = "account_mode", default, deserialize_with = "lenient::text")]
    pub mode: String,
    /// Whether somebody uses it in the phone app as well.
    #[serde(rename = "is_on_biz_app", default, deserialize_with = "lenient::truth")]
    pub is_in_the_phone_app: bool,
    /// How fast it may send.
    #[serde(default, deserialize_with = "lenient::keys")]
    pub throughput: Throughput,
    /// Where its webhooks go.
    #[serde(default, deserialize_with = "lenient::keys")]
    pub webhook_configuration: WebhookConfiguration,
    /// To how many people it may write first in a day: `TIER_250`.
    #[serde(rename = "whatsapp_business_manager_messaging_limit", default, deserialize_with = "lenient::text")]
    pub limit: String,
    /// Whether it can send.
    #[serde(rename = "health_status", default, deserialize_with = "lenient::keys")]
    pub health: Health,
}

/// Where the webhooks of a number go: its own address before its account's, that before the app's.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct WebhookConfiguration {
    /// Its own.
    #[serde(default, deserialize_with = "lenient::text")]
    phone_number: String,
    /// That of the account.
    #[serde(default, deserialize_with = "lenient::text")]
    whatsapp_business_account: String,
    /// That of the app.
    #[serde(default, deserialize_with = "lenient::text")]
    application: String,
}

impl WebhookConfiguration {
    /// The address that Meta calls, and whose it is; `None` where Meta does not say.
    #[must_use]
    pub fn address(&self) -> Option<(&str, &'static str)> {
        let all = [
            (&self.phone_number, "the number's own"),
            (&self.whatsapp_business_account, "the account's"),
            (&self.application, "the app's"),
        ];
        all.into_iter().find(|(address, _)| !address.is_empty()).map(|(address, whose)| (address.as_str(), whose))
    }
}

/// How fast a number may send.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Throughput {
    /// `STANDARD` (80 messages per second) or `HIGH` (1,000).
    #[serde(default, deserialize_with = "lenient::text")]
    pub level: String,
}

/// Whether messages can be sent, and which part is in the way.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Health {
    /// The number, the account, the business portfolio, the app.
    #[serde(default, deserialize_with = "lenient::list")]
    pub entities: Vec<Part>,
}

/// One part of what takes part in sending.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Part {
    /// `PHONE_NUMBER`, `WABA`, `BUSINESS`, `APP`.
    #[serde(rename = "entity_type", deserialize_with = "lenient::text")]
    pub kind: String,
    /// `AVAILABLE`, `LIMITED`, `BLOCKED`.
    #[serde(rename = "can_send_message", default, deserialize_with = "lenient::text")]
    pub sends: String,
    /// Why it is blocked.
    #[serde(default, deserialize_with = "lenient::list")]
    pub errors: Vec<PartError>,
    /// Why it is limited: Meta's sentences.
    #[serde(default, deserialize_with = "lenient::list")]
    pub additional_info: Vec<String>,
}

/// Why a part is blocked.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct PartError {
    /// Meta's code.
    #[serde(rename = "error_code", default, deserialize_with = "lenient::number")]
    pub code: i64,
    /// What Meta says.
    #[serde(rename = "error_description", default, deserialize_with = "lenient::text")]
    pub what: String,
    /// What Meta advises.
    #[serde(rename = "possible_solution", default, deserialize_with = "lenient::text")]
    pub remedy: String,
}

#[derive(Deserialize)]
#[serde(bound(deserialize = "T: serde::de::DeserializeOwned"))]
struct List<T> {
    #[serde(deserialize_with = "lenient::list")]
    data: Vec<T>,
}

#[derive(Deserialize)]
struct Subscribed {
    whatsapp_business_api_data: App,
    #[serde(default, deserialize_with = "lenient::text")]
    override_callback_uri: String,
}

#[derive(Deserialize)]
struct App {
    #[serde(deserialize_with = "lenient::text")]
    id: String,
}

impl Graph {
    /// Subscribes the app of the access token to the account. To do it again changes nothing.
    ///
    /// # Errors
    /// Meta refused, or does not answer.
    pub async fn subscribe(&self, account: &WabaId) -> Result<(), CallFailure> {
        let (base, version) = self.place();
        let url = format!("{base}/{version}/{account}/subscribed_apps");
        self.call(|client| client.post(url)).await?;
        Ok(())
    }

    /// The apps that get the webhooks of the account.
    ///
    /// # Errors
    /// Meta refused, or does not answer.
    pub async fn subscribed_apps(&self, account: &WabaId) -> Result<Vec<SubscribedApp>, CallFailure> {
        let found: List<Subscribed> = self.look(&format!("{account}/subscribed_apps"), &[]).await?;
        let app = |app: Subscribed| SubscribedApp { id: app.whatsapp_business_api_data.id, elsewhere: app.override_callback_uri };
        Ok(found.data.into_iter().map(app).collect())
    }

    /// What Meta knows of the account.
    ///
    /// # Errors
    /// Meta refused, or does not answer.
    pub async fn account_facts(&self, account: &WabaId) -> Result<AccountFacts, CallFailure> {
        self.look(account.as_str(), &[("fields", ACCOUNT_FIELDS)]).await
    }

    /// The account's numbers, and whether these are all: at most a hundred are asked for.
    ///
    /// # Errors
    /// Meta refused, or does not answer.
    pub async fn numbers_of(&self, account: &WabaId) -> Result<(Vec<NumberFacts>, bool), CallFailure> {
        let found: List<NumberFacts> =
            self.look(&format!("{account}/phone_numbers"), &[("fields", NUMBER_FIELDS), ("limit", "100")]).await?;
        let are_all = found.data.len() < MOST_NUMBERS;
        Ok((found.data, are_all))
    }
}
