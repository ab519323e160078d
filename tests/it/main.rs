//! What a user, Meta and an operator see, in one test binary.

#[macro_use]
mod place;

mod architecture;
mod bot;
mod cli;
mod docs;
mod documented;
#[path = "../emulators/mod.rs"]
mod emulators;
mod harness;
mod media;
mod operations;
#[path = "../emulators/own.rs"]
mod own;
mod page;
#[path = "../emulators/project.rs"]
mod project;
#[path = "../emulators/proxy.rs"]
mod proxy;
mod reply;
mod serve;
mod simulator;
mod terraform;
mod webhook;
