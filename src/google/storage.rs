//! A bucket of Cloud Storage.

use serde::Deserialize;

use super::client::{Google, LookFailure};

/// A bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BucketFacts {
    /// After how many days something in it is deleted; `None`: never.
    pub deleted_after_days: Option<u32>,
    /// Whether nobody can open it to the world.
    pub is_never_public: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Bucket {
    #[serde(default)]
    lifecycle: Lifecycle,
    #[serde(default)]
    iam_configuration: IamConfiguration,
}

#[derive(Default, Deserialize)]
struct Lifecycle {
    #[serde(default)]
    rule: Vec<Rule>,
}

#[derive(Deserialize)]
struct Rule {
    action: Action,
    #[serde(default)]
    condition: Condition,
}

#[derive(Deserialize)]
struct Action {
    #[serde(rename = "type")]
    kind: String,
}

#[derive(Default, Deserialize)]
struct Condition {
    age: Option<u32>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct IamConfiguration {
    #[serde(default)]
    public_access_prevention: String,
}

impl Google {
    /// A bucket.
    ///
    /// # Errors
    /// It is not there, or cannot be read.
    pub async fn bucket(&self, name: &str) -> Result<BucketFacts, LookFailure> {
        let found: Bucket = self.look("storage", &format!("storage/v1/b/{name}")).await?;
        let deletes = found.lifecycle.rule.into_iter().filter(|rule| rule.action.kind == "Delete");
        let deleted_after_days = deletes.filter_map(|rule| rule.condition.age).min();
        let is_never_public = found.iam_configuration.public_access_prevention == "enforced";
        Ok(BucketFacts { deleted_after_days, is_never_public })
    }
}
