//! What a user, Meta and an operator see, in one test binary.

#[macro_use]
mod place;

mod architecture;
mod bot;
mod cli;
mod docs;
#[path = "../emulators/mod.rs"]
mod emulators;
mod harness;
mod operations;
mod page;
#[path = "../emulators/project.rs"]
mod project;
mod reply;
mod serve;
mod simulator;
mod webhook;
