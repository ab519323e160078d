//! The promises that every backend of store and queue keeps. A new backend joins in `backends.rs` alone.

#![expect(clippy::unwrap_used, reason = "a promise that cannot be asked is a promise that is broken")]

#[macro_use]
mod backends;
mod chat;
#[path = "../emulators/mod.rs"]
mod emulators;

mod begin;
mod contacts;
mod cost;
mod crashes;
mod deliveries;
mod engine;
mod evidence;
mod expiry;
mod finish;
mod interleavings;
mod park;
mod pause;
mod pubsub;
mod queue;
mod redrive;
mod resolve;
mod seal;
mod send;
mod settle;
mod statuses;
