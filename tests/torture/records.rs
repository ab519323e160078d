//! The data file, read-only, beside the process that works on it or after it was killed.

use std::path::Path;
use std::sync::Mutex;

use rusqlite::{Connection, OpenFlags, OptionalExtension, params_from_iter};
use serde_json::Value;

/// How much is left to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Left {
    queued: u32,
    mailboxes: u32,
    leases: u32,
    wakes: u32,
    outbound: u32,
}

impl Left {
    pub(crate) fn nothing(&self) -> bool {
        *self == Self { queued: 0, mailboxes: 0, leases: 0, wakes: 0, outbound: 0 }
    }

    /// True when a conversation is parked: maybe until a later status proves that statuses arrive.
    pub(crate) fn waits_for_proof(&self) -> bool {
        self.wakes > 0
    }
}

/// A raw delivery, as it is kept.
#[derive(Debug)]
pub(crate) struct Raw {
    pub(crate) state: String,
    pub(crate) signature: String,
    pub(crate) body: Vec<u8>,
}

/// The opened file.
#[derive(Debug)]
pub(crate) struct Records(Mutex<Connection>);

impl Records {
    pub(crate) fn of(folder: &Path) -> Self {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY;
        let connection = Connection::open_with_flags(folder.join("data/wabridge.db"), flags).expect("the data file");
        connection.busy_timeout(std::time::Duration::from_secs(5)).expect("a time-out");
        Self(Mutex::new(connection))
    }

    pub(crate) fn left_to_do(&self) -> Left {
        let query = "SELECT (SELECT count(*) FROM queue),
            (SELECT count(*) FROM conversations WHERE json_extract(doc, '$.mailbox') != '{}'),
            (SELECT count(*) FROM conversations WHERE leased = 1),
            (SELECT count(*) FROM conversations WHERE wake_ms IS NOT NULL OR pending_ms IS NOT NULL),
            (SELECT count(*) FROM outbound WHERE json_extract(doc, '$.state') IN ('planned', 'sending', 'unknown'))";
        let row = |row: &rusqlite::Row<'_>| {
            Ok(Left {
                queued: row.get(0)?,
                mailboxes: row.get(1)?,
                leases: row.get(2)?,
                wakes: row.get(3)?,
                outbound: row.get(4)?,
            })
        };
        self.0.lock().unwrap().query_row(query, [], row).expect("the data file answers")
    }

    /// Conversations with unanswered messages that nobody would come back to: no unacked delivery of their guardian, no wake, and no
    /// unacked delivery of one of the messages. Only true of a dead process: one at work is between two steps.
    pub(crate) fn unguarded(&self) -> Vec<String> {
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
        let found = self.0.lock().unwrap().query_row(query, [id], |row| {
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
        let connection = self.0.lock().unwrap();
        let mut statement = connection.prepare(query).expect("a query");
        let rows = statement.query_map(params_from_iter(keys), |row| row.get(0)).expect("the data file answers");
        rows.map(|row| row.expect("a document")).collect()
    }
}
