//! What a user, Meta and an operator see, in one test binary.

mod architecture;
mod bot;
mod cli;
mod docs;
mod harness;
mod operations;
mod page;
mod reply;
mod serve;
mod simulator;
mod webhook;
