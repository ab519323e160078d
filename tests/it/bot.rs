//! What a bot file does.

mod errors;
mod guide;
mod reload;
mod routes;
