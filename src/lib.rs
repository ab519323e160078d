//! A WhatsApp Business backend: webhooks become durable, each message gets at most one reply.
//!
//! # Layout
//!
//! In the order of the flow; each may use only what stands after it (`tests/it/architecture.rs` holds this true).
//!
//! | module | contract |
//! | --- | --- |
//! | [`cli`] | one file per command; prints, never computes |
//! | [`app`] | the composition root: the only file that names every part |
//! | [`config`] | the environment, read once, into values or all problems at once |
//! | [`operations`] | what the commands do to a running or stopped service |
//! | [`ingest`] | webhook → verified → split → screened → staged → 200 |
//! | [`reply`] | event → begin → decide → draft → seal → send → settle |
//! | [`record`] | the other lane: statuses as evidence, account events |
//! | [`push`] | who calls from Google: tokens of pushes and wakes |
//! | [`simulator`] | a WhatsApp that answers: Graph API, webhooks, the phone page |
//! | [`health`] | `/health` and `/ready` |
//! | [`bot`] | `bot.yaml` → what to say, and why |
//! | [`store`] | records and the verbs of delivery, each one transaction |
//! | [`queue`] | at-least-once delivery of events, settled by value |
//! | [`media`] | what people sent beside words, in a folder or a bucket |
//! | [`embedded`] | the one-file engine under the embedded store and queue |
//! | [`firestore`] | documents, commits with preconditions and queries, under the store at Google |
//! | [`google`] | what is set up in a Google Cloud project, only read |
//! | [`whatsapp`] | Meta's wire: the only place that knows its JSON keys and error codes |
//! | [`telemetry`] | logs |
//! | [`trace_context`] | where some work stands in a distributed trace |
//! | [`http`] | the HTTP clients: no redirects, no proxy, no retries of their own |
//! | [`tls`] | the cryptography under every TLS connection |
//! | [`clock`] | the only reader of the time of day |
//! | [`failure_points`] | named places where a process may die; nothing except in a build for the tests of delivery |
//! | [`domain`] | ids, people, messages, statuses, limits: no I/O, no JSON of Meta, no clock |

pub mod app;
pub mod bot;
pub mod cli;
pub mod clock;
pub mod config;
pub mod domain;
pub mod embedded;
pub mod failure_points;
pub mod firestore;
pub mod google;
pub mod health;
pub mod http;
pub mod ingest;
pub mod media;
pub mod operations;
pub mod push;
pub mod queue;
pub mod record;
pub mod reply;
pub mod simulator;
pub mod store;
pub mod telemetry;
pub mod tls;
pub mod trace_context;
pub mod whatsapp;
