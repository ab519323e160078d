//! Random interleavings of the verbs for one conversation: two workers, three messages, crashes, frozen workers, lost answers,
//! late and repeated events. After every step the invariants hold, and from every state a run without faults ends well.

mod graph;
mod invariants;
mod worker;
mod world;

use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, TestCaseError, TestRunner};

use crate::backends::Backend;
use world::World;

promises!(no_interleaving_breaks_an_invariant_or_leaves_a_message_behind);

/// What Meta does with a POST.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    Accepts,
    AcceptsAndTheAnswerIsLost,
    NeverSeesIt,
    FailsItself,
    Refuses,
    SlowsDown,
}

/// What can happen next.
#[derive(Debug, Clone)]
enum Action {
    /// The person says another message; at most three.
    Say,
    /// The queue hands an event to a worker.
    Deliver { worker: usize, event: Index },
    /// A worker goes one step further; `positions` is how many messages it would decide to send.
    Step { worker: usize, answer: Answer, positions: usize },
    /// A worker dies. Its event comes again.
    Crash { worker: usize },
    /// A worker is told to stop.
    Stop { worker: usize },
    /// The process dies and another starts.
    Restart,
    /// Time passes. Workers that hold a lease are frozen meanwhile.
    Pass { seconds: u64 },
    /// A status comes.
    Status { which: Index, failed: bool },
    /// A status of another conversation of the number comes.
    OtherStatus,
    /// The queue delivers an event once more, acked or not.
    Twin { event: Index },
    /// The timer looks.
    Timer,
}

fn answer() -> impl Strategy<Value = Answer> {
    prop_oneof![
        4 => Just(Answer::Accepts),
        4 => Just(Answer::AcceptsAndTheAnswerIsLost),
        2 => Just(Answer::NeverSeesIt),
        1 => Just(Answer::FailsItself),
        1 => Just(Answer::Refuses),
        1 => Just(Answer::SlowsDown),
    ]
}

fn action() -> impl Strategy<Value = Action> {
    let passes = prop_oneof![Just(1), Just(6), Just(25), Just(31), Just(61), Just(140), Just(601), Just(1000)];
    prop_oneof![
        6 => Just(Action::Say),
        8 => (0..2_usize, any::<Index>()).prop_map(|(worker, event)| Action::Deliver { worker, event }),
        20 => (0..2_usize, answer(), 0..3_usize).prop_map(|(worker, answer, positions)| Action::Step { worker, answer, positions }),
        2 => (0..2_usize).prop_map(|worker| Action::Crash { worker }),
        1 => (0..2_usize).prop_map(|worker| Action::Stop { worker }),
        1 => Just(Action::Restart),
        4 => passes.prop_map(|seconds| Action::Pass { seconds }),
        2 => (any::<Index>(), prop::bool::weighted(0.2)).prop_map(|(which, failed)| Action::Status { which, failed }),
        2 => Just(Action::OtherStatus),
        1 => any::<Index>().prop_map(|event| Action::Twin { event }),
        4 => Just(Action::Timer),
    ]
}

#[expect(clippy::print_stdout, reason = "says how much a run met")]
async fn no_interleaving_breaks_an_invariant_or_leaves_a_message_behind(on: Backend) {
    let runtime = tokio::runtime::Handle::current();
    let ran = tokio::task::spawn_blocking(move || {
        // Each case is a hundred commits to the disk: fewer than proptest's own 256, unless PROPTEST_CASES asks for more.
        let asked = Config::default().cases;
        let config = Config { cases: if asked == 256 { 96 } else { asked }, failure_persistence: None, ..Config::default() };
        let story = prop::collection::vec(action(), 20..120);
        let seen = std::cell::RefCell::new(world::Seen::default());
        let ended = TestRunner::new(config).run(&story, |actions| {
            let seen = &mut *seen.borrow_mut();
            runtime.block_on(play(&on, actions, seen)).map_err(TestCaseError::fail)
        });
        (ended, seen.into_inner())
    });
    let (ended, seen) = ran.await.unwrap();
    println!("{seen:?}");
    ended.unwrap_or_else(|broken| panic!("{broken}"));
    seen.assert_rich();
}

async fn play(on: &Backend, actions: Vec<Action>, seen: &mut world::Seen) -> Result<(), String> {
    let mut world = World::new(on, seen).await;
    for action in actions {
        world.act(&action).await.map_err(|broken| format!("{broken}, at {action:?}"))?;
        world.check().await.map_err(|broken| format!("{broken}, after {action:?}"))?;
    }
    world.ends_well().await
}
