//! Kept deliveries are looked at once more.
//!
//! * `chosen`: which ones, one after another.
//! * `publish`: they go through the service again.
//! * `dry_run`: two bots are asked what they would say to them; nothing is written or sent. `bursts` finds what they would answer together.

mod bursts;
mod chosen;
mod dry_run;
mod publish;

pub use chosen::Which;
pub use dry_run::{Answer, Compared, Tally, dry_run};
pub use publish::{Replayed, replay};
