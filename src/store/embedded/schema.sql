-- Raw deliveries: the bytes as they were signed (zstd when that is shorter and the body is large).
CREATE TABLE IF NOT EXISTS deliveries (
    id TEXT PRIMARY KEY, received_ms INTEGER NOT NULL, state TEXT NOT NULL, events INTEGER NOT NULL, bytes INTEGER NOT NULL,
    quarantined_changes TEXT NOT NULL, reason TEXT NOT NULL, signature TEXT NOT NULL, encoding TEXT NOT NULL, body BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS deliveries_received ON deliveries (received_ms);

CREATE TABLE IF NOT EXISTS conversations (
    id TEXT PRIMARY KEY, doc TEXT NOT NULL, wake_ms INTEGER, pending_ms INTEGER, leased INTEGER NOT NULL, expire_ms INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS conversations_wake ON conversations (wake_ms) WHERE wake_ms IS NOT NULL;
CREATE INDEX IF NOT EXISTS conversations_pending ON conversations (pending_ms) WHERE pending_ms IS NOT NULL;
CREATE INDEX IF NOT EXISTS conversations_leased ON conversations (leased) WHERE leased = 1;
CREATE INDEX IF NOT EXISTS conversations_expire ON conversations (expire_ms);

-- What grows without end has an index on its expiry: the clean-up runs in the one thread that writes, and webhooks wait for it.
CREATE TABLE IF NOT EXISTS inbound (id TEXT PRIMARY KEY, doc TEXT NOT NULL, expire_ms INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS inbound_expire ON inbound (expire_ms);

CREATE TABLE IF NOT EXISTS outbound (id TEXT PRIMARY KEY, turn TEXT NOT NULL, wamid TEXT, doc TEXT NOT NULL, expire_ms INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS outbound_turn ON outbound (turn);
CREATE INDEX IF NOT EXISTS outbound_wamid ON outbound (wamid) WHERE wamid IS NOT NULL;
CREATE INDEX IF NOT EXISTS outbound_expire ON outbound (expire_ms);

CREATE TABLE IF NOT EXISTS contacts (id TEXT PRIMARY KEY, doc TEXT NOT NULL, expire_ms INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS contacts_expire ON contacts (expire_ms);
CREATE TABLE IF NOT EXISTS aliases (alias TEXT PRIMARY KEY, contact TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS aliases_contact ON aliases (contact);

CREATE TABLE IF NOT EXISTS numbers (id TEXT PRIMARY KEY, status_seen_ms INTEGER NOT NULL);
-- Numbers that may not send for a while.
CREATE TABLE IF NOT EXISTS pauses (id TEXT PRIMARY KEY, doc TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS dead_letters (id TEXT PRIMARY KEY, doc TEXT NOT NULL, expire_ms INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS account_events (id TEXT PRIMARY KEY, kind TEXT NOT NULL, received_ms INTEGER NOT NULL, data TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS account_events_received ON account_events (received_ms);

-- Written by the readiness check.
CREATE TABLE IF NOT EXISTS pulse (id INTEGER PRIMARY KEY, beats INTEGER NOT NULL);
