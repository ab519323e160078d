//! The connection, and the calls over it.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures_util::TryStreamExt as _;
use gcloud_sdk::google::firestore::v1 as wire;
use gcloud_sdk::google::firestore::v1::firestore_client::FirestoreClient;
use gcloud_sdk::google_cloud_auth::credentials::anonymous;
use gcloud_sdk::tonic::Status;
use gcloud_sdk::{GoogleApi, GoogleAuthMiddleware};
use tokio::sync::Mutex;

use super::document::{Found, Key, Write, found, path, write};
use super::query::Query;
use super::{CommitError, FirestoreError};

const GOOGLE: &str = "https://firestore.googleapis.com";
/// A document and its framing, with room to spare.
const LARGEST_ANSWER: usize = 8 * 1024 * 1024;

type Client = FirestoreClient<GoogleAuthMiddleware>;

/// Which database, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The Google Cloud project.
    pub project: String,
    /// The database in it.
    pub database: String,
    /// `host:port` of an emulator; `None` for Google itself.
    pub emulator: Option<String>,
}

/// A database. Clones share the connection, which is made by whoever calls first.
#[derive(Clone)]
pub struct Firestore(Arc<Inner>);

struct Inner {
    place: Place,
    /// `projects/P/databases/D`.
    database: String,
    /// `projects/P/databases/D/documents`.
    documents: String,
    deadline: Duration,
    connection: Mutex<Connection>,
    reads: AtomicU64,
    writes: AtomicU64,
}

/// The connection, and how many there were before it.
#[derive(Default)]
struct Connection {
    number: u64,
    api: Option<GoogleApi<Client>>,
}

/// What Google bills for: documents that were read (those that are not there count as well) and documents that were written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Operations {
    /// Documents read.
    pub reads: u64,
    /// Documents written or deleted.
    pub writes: u64,
}

impl std::fmt::Debug for Firestore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Firestore").field("place", &self.0.place).finish_non_exhaustive()
    }
}

impl Firestore {
    /// Does not connect yet. `deadline`: how long one call may take.
    #[must_use]
    pub fn new(place: Place, deadline: Duration) -> Self {
        let database = format!("projects/{}/databases/{}", place.project, place.database);
        let documents = format!("{database}/documents");
        let (reads, writes) = (AtomicU64::new(0), AtomicU64::new(0));
        Self(Arc::new(Inner { place, database, documents, deadline, connection: Mutex::default(), reads, writes }))
    }

    /// Whether this is an emulator: nothing expires there by itself.
    #[must_use]
    pub fn is_emulator(&self) -> bool {
        self.0.place.emulator.is_some()
    }

    /// How much this connection has read and written.
    #[must_use]
    pub fn operations(&self) -> Operations {
        Operations { reads: self.0.reads.load(Ordering::Relaxed), writes: self.0.writes.load(Ordering::Relaxed) }
    }

    /// The documents with these keys, in their order.
    ///
    /// # Errors
    /// It could not be read.
    pub async fn get(&self, keys: &[Key]) -> Result<Vec<Option<Found>>, FirestoreError> {
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        self.0.reads.fetch_add(keys.len() as u64, Ordering::Relaxed);
        let request = wire::BatchGetDocumentsRequest {
            database: self.0.database.clone(),
            documents: keys.iter().map(|key| path(&self.0.documents, key)).collect(),
            mask: None,
            request_options: None,
            consistency_selector: None,
        };
        let mut by_name: HashMap<String, wire::Document> = self
            .within(async |mut client| {
                let answers = client.batch_get_documents(request).await?.into_inner();
                let documents = answers.try_filter_map(async |answer| {
                    Ok(match answer.result {
                        Some(wire::batch_get_documents_response::Result::Found(document)) => {
                            Some((document.name.clone(), document))
                        }
                        Some(wire::batch_get_documents_response::Result::Missing(_)) | None => None,
                    })
                });
                documents.try_collect().await
            })
            .await?;
        Ok(keys.iter().map(|key| by_name.remove(&path(&self.0.documents, key)).map(found)).collect())
    }

    /// All of the writes or none.
    ///
    /// # Errors
    /// It did not happen, or nobody knows: see [`CommitError`].
    pub async fn commit(&self, writes: Vec<Write>) -> Result<(), CommitError> {
        self.0.writes.fetch_add(writes.len() as u64, Ordering::Relaxed);
        let request = wire::CommitRequest {
            database: self.0.database.clone(),
            writes: writes.into_iter().map(|one| write(&self.0.documents, one)).collect(),
            transaction: Vec::new(),
            request_options: None,
        };
        let (number, mut client) = self.client().await.map_err(CommitError::Failed)?;
        match tokio::time::timeout(self.0.deadline, client.commit(request)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(status)) => Err(status.into()),
            Err(_) => Err(CommitError::Unclear(self.timed_out(number))),
        }
    }

    /// The documents that a query finds, in its order.
    ///
    /// # Errors
    /// It could not be read.
    pub async fn query(&self, query: Query) -> Result<Vec<Found>, FirestoreError> {
        let request = wire::RunQueryRequest {
            parent: self.0.documents.clone(),
            explain_options: None,
            request_options: None,
            query_type: Some(wire::run_query_request::QueryType::StructuredQuery(query.into_wire(&self.0.documents))),
            consistency_selector: None,
        };
        let documents: Vec<Found> = self
            .within(async |mut client| {
                let answers = client.run_query(request).await?.into_inner();
                answers.try_filter_map(async |answer| Ok(answer.document.map(found))).try_collect().await
            })
            .await?;
        // A query that finds nothing counts as one.
        self.0.reads.fetch_add(documents.len().max(1) as u64, Ordering::Relaxed);
        Ok(documents)
    }

    /// How many documents a query finds.
    ///
    /// # Errors
    /// It could not be counted.
    pub async fn count(&self, query: Query) -> Result<u64, FirestoreError> {
        use wire::structured_aggregation_query::{Aggregation, QueryType, aggregation};
        let count = Aggregation {
            alias: "count".to_owned(),
            operator: Some(aggregation::Operator::Count(aggregation::Count { up_to: None })),
        };
        let counted = wire::StructuredAggregationQuery {
            aggregations: vec![count],
            query_type: Some(QueryType::StructuredQuery(query.into_wire(&self.0.documents))),
        };
        let request = wire::RunAggregationQueryRequest {
            parent: self.0.documents.clone(),
            explain_options: None,
            request_options: None,
            query_type: Some(wire::run_aggregation_query_request::QueryType::StructuredAggregationQuery(counted)),
            consistency_selector: None,
        };
        let answers: Vec<wire::RunAggregationQueryResponse> =
            self.within(async |mut client| client.run_aggregation_query(request).await?.into_inner().try_collect().await).await?;
        let fields = answers.into_iter().filter_map(|answer| answer.result).map(|result| super::Fields(result.aggregate_fields));
        Ok(fields.filter_map(|fields| fields.read_number("count")).sum::<i64>().unsigned_abs())
    }

    /// A read, within the deadline.
    async fn within<T>(&self, call: impl AsyncFnOnce(Client) -> Result<T, Status>) -> Result<T, FirestoreError> {
        let (number, client) = self.client().await?;
        match tokio::time::timeout(self.0.deadline, call(client)).await {
            Ok(answer) => answer.map_err(FirestoreError::from),
            Err(_) => Err(self.timed_out(number)),
        }
    }

    /// What is connected now, by its number.
    async fn client(&self) -> Result<(u64, Client), FirestoreError> {
        let connecting = async {
            let mut connection = self.0.connection.lock().await;
            let api = match &mut connection.api {
                Some(api) => api.get(),
                none => none.insert(self.connect().await?).get(),
            };
            Ok((connection.number, api.max_decoding_message_size(LARGEST_ANSWER)))
        };
        tokio::time::timeout(self.0.deadline, connecting).await.map_err(|_| FirestoreError::Timeout)?
    }

    /// Whatever is between us may have forgotten the connection, and then nothing ever comes over it: the next call makes a new one.
    fn timed_out(&self, number: u64) -> FirestoreError {
        // Whoever holds the lock is connecting anew.
        if let Ok(mut connection) = self.0.connection.try_lock()
            && connection.number == number
        {
            *connection = Connection { number: number + 1, api: None };
        }
        FirestoreError::Timeout
    }

    async fn connect(&self) -> Result<GoogleApi<Client>, FirestoreError> {
        crate::tls::install();
        let prefix = Some(self.0.database.clone());
        let connected = match &self.0.place.emulator {
            Some(host) => {
                let nobody = anonymous::Builder::new().build();
                GoogleApi::from_function_with_credentials(FirestoreClient::new, format!("http://{host}"), prefix, nobody).await
            }
            None => GoogleApi::from_function(FirestoreClient::new, GOOGLE, prefix).await,
        };
        connected.map_err(|error| FirestoreError::Unreachable(error.to_string()))
    }
}
