//! Four of the cases with nothing divided: the waits that the others shorten are those of production.

use crate::crash_points::{Case as Place, Interruption, Load, Signal, case, die, interrupt};
use crate::dice::Dice;
use crate::evidence;
use crate::manner::Manner;
use crate::service::BOT;
use crate::verdict::Expected;
use crate::{REAL_TIME, seed};

const PLACES: [Place; 2] = [case("T5", Load::One, Manner::Prompt, BOT), case("T6", Load::One, Manner::SlowToAnswer(1_000), BOT)];

/// Longer than a permit.
const FROZEN: Interruption = Interruption { case: PLACES[0], signal: Signal::Freeze(10_000) };

/// The wait for a status begins anew when the POST times out, after 8 s; this one comes just before its end.
const RACE: evidence::Case = evidence::Case {
    name: "E3",
    bot: BOT,
    manner: Manner::NoAnswer { statuses_ms: 142_500 },
    proof: true,
    expected: Expected::DoublesAreCounted,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_real_time_every_message_gets_exactly_one_answer() {
    let seed = seed();
    println!("in real time, WABRIDGE_TORTURE_SEED={seed}");
    let mut dice = Dice::new(seed);
    let mut runs: Vec<_> = PLACES.into_iter().map(|place| tokio::spawn(die(place, 1, 3, REAL_TIME, dice.split()))).collect();
    runs.push(tokio::spawn(interrupt(FROZEN, REAL_TIME, dice.split())));
    runs.push(tokio::spawn(evidence::run(RACE, REAL_TIME, dice.split())));
    for run in runs {
        assert!(run.await.is_ok(), "one of T5, T7, P2, E3 failed, see above");
    }
}
