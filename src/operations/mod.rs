//! What the commands do to a running or stopped service.

pub mod dead_letters;
pub mod doctor;
pub mod events;
pub mod media;
pub mod replay;
