//! The data file, read-only, beside the process that works on it or after it was killed; or a copy of what is in Firestore.

use std::path::Path;
use std::sync::Mutex;

use rusqlite::{Connection, OpenFlags, OptionalExtension, params, params_from_iter};
use serde_json::Value;
use wabridge::firestore::{Bound, Firestore, Query};

/// What is copied from Firestore, in tables as the data file has them.
const COPY: &str = "CREATE TABLE deliveries (id TEXT, state TEXT, signature TEXT, encoding TEXT, body BLOB);
    CREATE TABLE inbound (id TEXT, doc TEXT);
    CREATE TABLE outbound (id TEXT, doc TEXT);
    CREATE TABLE conversations (id TEXT, doc TEXT);
    CREATE TABLE dead_letters (id TEXT, doc TEXT);";

/// How much is left to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Left {
    queued: u32,
    mailboxes: u32,
    leases: u32,
    parked: u32,
    pending: u32,
    outbound: u32,
}

impl Left {
    pub(crate) fn nothing(&self) -> bool {
        *self == Self { queued: 0, mailboxes: 0, leases: 0, parked: 0, pending: 0, outbound: 0 }
    }

    /// True when a conversation is parked: maybe until a later status proves that statuses arrive.
    pub(crate) fn waits_for_proof(&self) -> bool {
        self.parked > 0
    }
}

/// A raw delivery, as it is kept.
#[derive(Debug)]
pub(crate) struct Raw {
    pub(crate) state: String,
    pub(crate) signature: String,
    pub(crate) body: Vec<u8>,
}

/// The opened file, or the copy.
#[derive(Debug)]
pub(crate) struct Records {
    file: Mutex<Connection>,
    firestore: Option<Firestore>,
}

impl Records {
    pub(crate) fn of(folder: &Path) -> Self {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY;
        let connection = Connection::open_with_flags(folder.join("data/wabridge.db"), flags).expect("the data file");
        connection.busy_timeout(std::time::Duration::from_secs(5)).expect("a time-out");
        Self { file: Mutex::new(connection), firestore: None }
    }

    pub(crate) fn copied_from(firestore: Firestore) -> Self {
        let copy = Connection::open_in_memory().expect("memory");
        copy.execute_batch(COPY).expect("tables");
        Self { file: Mutex::new(copy), firestore: Some(firestore) }
    }

    /// Brings the copy up to date. The data file is never out of date.
    pub(crate) async fn refresh(&self) {
        let Some(firestore) = &self.firestore else { return };
        let mut rows = Vec::new();
        for (table, query) in [
            ("inbound", Query::of("messages").is("direction", "in")),
            ("outbound", Query::of("messages").is("direction", "out")),
            ("conversations", Query::of("conversations")),
            ("dead_letters", Query::of("dead_letters")),
        ] {
            for found in firestore.query(query).await.expect("the emulator answers") {
                rows.push((table, found.id, found.fields.read_text("doc").expect("a document").to_owned()));
            }
        }
        let deliveries = firestore.query(Query::of("whatsapp_webhook_events")).await.expect("the emulator answers");
        let mut file = self.file.lock().unwrap();
        let copy = file.transaction().expect("a transaction");
        copy.execute_batch("DELETE FROM deliveries; DELETE FROM inbound; DELETE FROM outbound; DELETE FROM conversations; DELETE FROM dead_letters;")
            .expect("empty tables");
        for (table, id, doc) in rows {
            copy.execute(&format!("INSERT INTO {table} VALUES (?1, ?2)"), params![id, doc]).expect("a row");
        }
        for found in deliveries {
            let text = |name| found.fields.read_text(name).unwrap_or_default().to_owned();
            let row = params![found.id, text("state"), text("signature"), text("encoding"), found.fields.read_bytes("body")];
            copy.execute("INSERT INTO deliveries VALUES (?1, ?2, ?3, ?4, ?5)", row).expect("a row");
        }
        copy.commit().expect("the copy");
    }

    /// `said`: how many messages were said, each of which is in the store once it was taken from the queue.
    pub(crate) async fn left_to_do(&self, said: usize) -> Left {
        let Some(firestore) = &self.firestore else { return self.left_in_file() };
        let count = async |query| u32::try_from(firestore.count(query).await.expect("the emulator answers")).unwrap();
        let ever = || Bound::From(jiff::Timestamp::UNIX_EPOCH);
        let inbound = count(Query::of("messages").is("direction", "in")).await;
        Left {
            queued: u32::try_from(said).unwrap().saturating_sub(inbound),
            mailboxes: count(Query::of("conversations").at_least("waiting", 1)).await,
            leases: count(Query::of("conversations").counts("leased", 1)).await,
            parked: count(Query::of("conversations").within("wake_at", ever())).await,
            pending: count(Query::of("conversations").within("pending_since", ever())).await,
            outbound: 0,
        }
    }

    fn left_in_file(&self) -> Left {
        let query = "SELECT (SELECT count(*) FROM queue),
            (SELECT count(*) FROM conversations WHERE json_extract(doc, '$.mailbox') != '{}'),
            (SELECT count(*) FROM conversations WHERE leased = 1),
            (SELECT count(*) FROM conversations WHERE wake_ms IS NOT NULL),
            (SELECT count(*) FROM conversations WHERE pending_ms IS NOT NULL),
            (SELECT count(*) FROM outbound WHERE json_extract(doc, '$.state') IN ('planned', 'sending', 'unknown'))";
        let row = |row: &rusqlite::Row<'_>| {
            Ok(Left {
                queued: row.get(0)?,
                mailboxes: row.get(1)?,
                leases: row.get(2)?,
                parked: row.get(3)?,
                pending: row.get(4)?,
                outbound: row.get(5)?,
            })
        };
        self.file.lock().unwrap().query_row(query, [], row).expect("the data file answers")
    }

    /// Conversations with unanswered messages that nobody would come back to: no unacked delivery of their guardian, no wake, and no
    /// unacked delivery of one of the messages. Only true of a dead process: one at work is between two steps. Pub/Sub does not say what is
    /// unacked.
    pub(crate) fn unguarded(&self) -> Vec<String> {
        if self.firestore.is_some() {
            return Vec::new();
        }
        self.documents(
            "SELECT doc FROM conversations c WHERE json_extract(doc, '$.mailbox') != '{}' AND wake_ms IS NULL
             AND NOT EXISTS (SELECT 1 FROM queue WHERE id = json_extract(c.doc, '$.lease.guardian'))
             AND NOT EXISTS (
                SELECT 1 FROM json_each(c.doc, '$.mailbox') m JOIN inbound i ON i.id = m.key
                JOIN queue q ON q.kind = 'message' AND instr(q.data, json_extract(i.doc, '$.message.wamid')) > 0)",
            &[],
        )
    }

    pub(crate) fn raw(&self, id: &str) -> Option<Raw> {
        let query = "SELECT state, signature, encoding, body FROM deliveries WHERE id = ?1";
        let found = self.file.lock().unwrap().query_row(query, [id], |row| {
            let (encoding, stored): (String, Vec<u8>) = (row.get(2)?, row.get(3)?);
            let body = if encoding == "zstd" { zstd::decode_all(&stored[..]).expect("zstd") } else { stored };
            Ok(Raw { state: row.get(0)?, signature: row.get(1)?, body })
        });
        found.optional().expect("the data file answers")
    }

    /// Every outbound message.
    pub(crate) fn outbound(&self) -> Vec<Value> {
        self.values("SELECT doc FROM outbound")
    }

    pub(crate) fn dead_letters(&self) -> Vec<Value> {
        self.values("SELECT doc FROM dead_letters")
    }

    /// When an inbound message came in.
    pub(crate) fn received_at(&self, id: &str) -> Option<String> {
        self.documents("SELECT json_extract(doc, '$.received_at') FROM inbound WHERE id = ?1", &[id]).pop()
    }

    /// Meta's id of an inbound message.
    pub(crate) fn wamid(&self, id: &str) -> Option<String> {
        self.documents("SELECT json_extract(doc, '$.message.wamid') FROM inbound WHERE id = ?1", &[id]).pop()
    }

    /// All that the store says of one word: the message, its answers, its conversation.
    pub(crate) fn tell_of(&self, wamid: &str) -> String {
        let message = self.documents("SELECT doc FROM inbound WHERE json_extract(doc, '$.message.wamid') = ?1", &[wamid]);
        let answers = self.documents(
            "SELECT o.doc FROM outbound o, json_each(o.doc, '$.members') m JOIN inbound i ON i.id = m.value
             WHERE json_extract(i.doc, '$.message.wamid') = ?1",
            &[wamid],
        );
        let conversation = self.documents(
            "SELECT c.doc FROM conversations c JOIN inbound i ON c.id = json_extract(i.doc, '$.conversation')
             WHERE json_extract(i.doc, '$.message.wamid') = ?1",
            &[wamid],
        );
        format!("    message {message:?}\n    answers {answers:?}\n    conversation {conversation:?}")
    }

    fn values(&self, query: &str) -> Vec<Value> {
        self.documents(query, &[]).iter().map(|text| serde_json::from_str(text).expect("a document is JSON")).collect()
    }

    fn documents(&self, query: &str, keys: &[&str]) -> Vec<String> {
        let connection = self.file.lock().unwrap();
        let mut statement = connection.prepare(query).expect("a query");
        let rows = statement.query_map(params_from_iter(keys), |row| row.get(0)).expect("the data file answers");
        rows.map(|row| row.expect("a document")).collect()
    }
}
