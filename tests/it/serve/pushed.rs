//! An emulator pushes to whoever has it make the subscriptions.

use super::far_end::FarEnd;
use super::meta::{Meta, bodies, words};
use super::process::Serve;

everywhere!(of pushed: an_emulator_that_has_nothing_yet_is_told_to_push_to_who_asks);

async fn an_emulator_that_has_nothing_yet_is_told_to_push_to_who_asks() {
    let far_end = FarEnd::start();
    let serve = Serve::start_unprepared(&far_end, "0s");
    Meta::of(&serve).deliver(&bodies(&words("first", 1))[0]).await;
    far_end.until_accepted(1).await;
}
