//! A database of Firestore: its kind, what expires in it, its composite indexes.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::client::{Google, LookFailure};

const API: &str = "firestore";

/// A database.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DatabaseFacts {
    /// `FIRESTORE_NATIVE`, `DATASTORE_MODE`.
    #[serde(rename = "type", default)]
    pub mode: String,
    /// Where it is, for ever.
    #[serde(rename = "locationId", default)]
    pub location: String,
    /// `DELETE_PROTECTION_ENABLED`.
    #[serde(rename = "deleteProtectionState", default)]
    pub delete_protection: String,
}

/// A composite index.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct IndexFacts {
    /// The collection.
    pub collection: String,
    /// Its fields in order, `desc` behind those that fall: `state, at desc`.
    pub fields: String,
    /// Whether queries can use it.
    pub is_ready: bool,
}

#[derive(Deserialize)]
struct Fields {
    #[serde(default)]
    fields: Vec<Named>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Named {
    name: String,
    #[serde(default)]
    ttl_config: Ttl,
}

#[derive(Default, Deserialize)]
struct Ttl {
    #[serde(default)]
    state: String,
}

#[derive(Deserialize)]
struct Indexes {
    #[serde(default)]
    indexes: Vec<Index>,
}

#[derive(Deserialize)]
struct Index {
    name: String,
    #[serde(default)]
    fields: Vec<IndexField>,
    #[serde(default)]
    state: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct IndexField {
    field_path: String,
    #[serde(default)]
    order: String,
}

impl Google {
    /// A database.
    ///
    /// # Errors
    /// It is not there, or cannot be read.
    pub async fn database(&self, project: &str, database: &str) -> Result<DatabaseFacts, LookFailure> {
        self.look(API, &format!("v1/{}", place(project, database))).await
    }

    /// The collections whose documents Firestore removes by a field of this name.
    ///
    /// # Errors
    /// They cannot be read.
    pub async fn expiring(&self, project: &str, database: &str, field: &str) -> Result<BTreeSet<String>, LookFailure> {
        let path = format!("v1/{}/collectionGroups/-/fields?filter=ttlConfig:*&pageSize=300", place(project, database));
        let found: Fields = self.look(API, &path).await?;
        let ours = |found: &Named| {
            let (before, last) = found.name.rsplit_once("/fields/")?;
            let is_at_work = found.ttl_config.state != "NEEDS_REPAIR";
            (last == field && is_at_work).then(|| collection(before))?
        };
        Ok(found.fields.iter().filter_map(ours).collect())
    }

    /// The composite indexes.
    ///
    /// # Errors
    /// They cannot be read.
    pub async fn indexes(&self, project: &str, database: &str) -> Result<Vec<IndexFacts>, LookFailure> {
        let path = format!("v1/{}/collectionGroups/-/indexes?pageSize=300", place(project, database));
        let found: Indexes = self.look(API, &path).await?;
        Ok(found.indexes.iter().filter_map(facts).collect())
    }
}

fn place(project: &str, database: &str) -> String {
    format!("projects/{project}/databases/{database}")
}

/// What stands behind `collectionGroups`.
fn collection(name: &str) -> Option<String> {
    let (_, rest) = name.split_once("/collectionGroups/")?;
    Some(rest.split('/').next().unwrap_or_default().to_owned())
}

fn facts(index: &Index) -> Option<IndexFacts> {
    // Every index ends with the name of the document.
    let fields = index.fields.iter().filter(|field| field.field_path != "__name__");
    let fields: Vec<_> = fields
        .map(|field| if field.order == "DESCENDING" { format!("{} desc", field.field_path) } else { field.field_path.clone() })
        .collect();
    Some(IndexFacts { collection: collection(&index.name)?, fields: fields.join(", "), is_ready: index.state == "READY" })
}
