//! The process dies exactly at a named place (`docs/delivery.md` has the table), with several conversations held there.

use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::task::JoinHandle;

use crate::dice::Dice;
use crate::manner::Manner;
use crate::service::{BOT, BOT_OF_TWO};
use crate::stand::{Stand, sweep};
use crate::verdict::Expected;
use crate::{DIVIDED, from_environment, seed};

/// How the people behave whose conversations are to be stopped.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Load {
    /// Each writes once.
    One,
    /// Each writes again while the first message is in the debounce.
    Two,
    /// The same delivery comes again while its message is in the debounce.
    Twin,
    /// Each writes again while the answer to the first message is being sent.
    WhileSending,
}

/// One place.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Case {
    point: &'static str,
    load: Load,
    manner: Manner,
    bot: &'static str,
}

/// One place, with a bot.
pub(crate) const fn case(point: &'static str, load: Load, manner: Manner, bot: &'static str) -> Case {
    Case { point, load, manner, bot }
}

/// Longer than what runs beside a held place gets, shorter than a POST may take.
pub(crate) const SLOW_MS: u64 = 450;

const CASES: &[Case] = &[
    case("R1", Load::One, Manner::Prompt, BOT),
    case("R2", Load::One, Manner::Prompt, BOT),
    case("R4", Load::One, Manner::Prompt, BOT),
    case("B1", Load::One, Manner::Prompt, BOT),
    case("B2", Load::One, Manner::Prompt, BOT),
    case("B3", Load::Two, Manner::Prompt, BOT),
    case("B4", Load::Twin, Manner::Prompt, BOT),
    case("B5", Load::WhileSending, Manner::SlowToAnswer(SLOW_MS), BOT),
    case("T1", Load::One, Manner::Prompt, BOT),
    case("T2", Load::One, Manner::Prompt, BOT),
    case("T3", Load::Two, Manner::Prompt, BOT),
    case("T4", Load::One, Manner::Prompt, BOT),
    case("T5", Load::One, Manner::Prompt, BOT),
    // On the wire and not accepted; and accepted, with the answer lost.
    case("T6", Load::One, Manner::SlowToAccept(SLOW_MS), BOT),
    case("T6", Load::One, Manner::SlowToAnswer(SLOW_MS), BOT),
    case("T8", Load::One, Manner::Prompt, BOT),
    case("T9", Load::One, Manner::Prompt, BOT_OF_TWO),
    case("T10", Load::One, Manner::NoAnswer { statuses_ms: 1500 }, BOT),
    case("T11", Load::One, Manner::Prompt, BOT),
    case("T12", Load::One, Manner::NoAnswer { statuses_ms: 3000 }, BOT),
    case("E1", Load::One, Manner::SlowToAnswer(SLOW_MS), BOT),
];

/// A signal to the process at a place.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Interruption {
    pub(crate) case: Case,
    pub(crate) signal: Signal,
}

/// What the process gets.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Signal {
    /// SIGSTOP, and SIGCONT after so many milliseconds.
    Freeze(u64),
    /// SIGTERM.
    Stop,
}

/// Frozen for longer than a lease, than a permit, than the wait for a status; or told to stop.
const INTERRUPTIONS: &[Interruption] = &[
    Interruption { case: case("T2", Load::One, Manner::Prompt, BOT), signal: Signal::Freeze(4_000) },
    Interruption { case: case("T5", Load::One, Manner::Prompt, BOT), signal: Signal::Freeze(1_000) },
    Interruption { case: case("T5", Load::One, Manner::Prompt, BOT), signal: Signal::Freeze(15_000) },
    Interruption { case: case("T8", Load::One, Manner::Prompt, BOT), signal: Signal::Freeze(15_000) },
    Interruption { case: case("T2", Load::One, Manner::Prompt, BOT), signal: Signal::Stop },
    Interruption { case: case("T6", Load::One, Manner::SlowToAnswer(SLOW_MS), BOT), signal: Signal::Stop },
    Interruption { case: case("T9", Load::One, Manner::Prompt, BOT_OF_TWO), signal: Signal::Stop },
];

/// Services at work at the same time: most of their work is waiting.
const AT_ONCE: usize = 6;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wherever_it_dies_every_message_gets_exactly_one_answer() {
    let (kills, held) = (from_environment("WABRIDGE_TORTURE_POINT_KILLS", 1), from_environment("WABRIDGE_TORTURE_HELD", 4));
    let seed = seed();
    println!("{kills} kills at each place, {held} conversations held there, WABRIDGE_TORTURE_SEED={seed}");
    let mut dice = Dice::new(seed);
    let places = std::sync::Arc::new(Semaphore::new(AT_ONCE));
    let spawn = |case: Case, dice: Dice| {
        let places = std::sync::Arc::clone(&places);
        tokio::spawn(async move {
            let _place = places.acquire_owned().await;
            die(case, kills, held, DIVIDED, dice).await;
        })
    };
    let runs: Vec<_> = CASES.iter().map(|case| spawn(*case, dice.split())).collect();
    all(runs, CASES).await;
}

/// Waits for every run, so that one that fails hides no other.
async fn all<T: std::fmt::Debug>(runs: Vec<JoinHandle<()>>, cases: &[T]) {
    let mut failed = Vec::new();
    for (run, case) in runs.into_iter().zip(cases) {
        if run.await.is_err() {
            failed.push(case);
        }
    }
    assert!(failed.is_empty(), "failed, see above: {failed:#?}");
}

/// Lets the process die at the place, so many times, each time with so many conversations held there.
pub(crate) async fn die(case: Case, kills: u64, held: u64, time_divisor: u32, mut dice: Dice) {
    let mut stand = Stand::new(case.bot, case.manner, time_divisor, &mut dice);
    let plan = format!("{}:{held}", case.point);
    for _ in 0..kills {
        stand.service.start(Some(&plan)).await;
        // On a busy machine some come too late for the place: then others write.
        let mut died = false;
        for _ in 0..6 {
            write(&stand, case.load, held).await;
            died = stand.service.ended_within(Duration::from_secs(10)).await;
            if died {
                break;
            }
        }
        if !died {
            stand.findings.add("it dies where it is told to", plan.clone());
            stand.service.kill();
        }
        stand.look_for_unguarded();
        stand.far_end.behave(Manner::Prompt);
        stand.service.start(None).await;
        stand.come_to_rest(true).await;
        stand.service.kill();
        stand.far_end.behave(case.manner);
    }
    judge(stand, &plan);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn frozen_or_told_to_stop_at_a_place_it_answers_exactly_once() {
    let seed = seed();
    println!("WABRIDGE_TORTURE_SEED={seed}");
    let mut dice = Dice::new(seed);
    let run = |interruption: &Interruption| tokio::spawn(interrupt(*interruption, DIVIDED, dice.split()));
    let runs: Vec<_> = INTERRUPTIONS.iter().map(run).collect();
    all(runs, INTERRUPTIONS).await;
}

/// Lets the process get the signal when it comes to the place for the third time.
pub(crate) async fn interrupt(Interruption { case, signal }: Interruption, time_divisor: u32, mut dice: Dice) {
    let mut stand = Stand::new(case.bot, case.manner, time_divisor, &mut dice);
    let patience = Duration::from_mins(1);
    let plan = format!("{}:3:{}", case.point, if matches!(signal, Signal::Stop) { "TERM" } else { "STOP" });
    stand.service.start(Some(&plan)).await;
    stand.people.all_at_once(6);
    match signal {
        Signal::Freeze(frozen_ms) => {
            assert!(stand.service.frozen_within(patience).await, "{plan}: it does not freeze");
            tokio::time::sleep(Duration::from_millis(frozen_ms)).await;
            stand.service.signal("CONT");
        }
        Signal::Stop => {
            assert!(stand.service.ended_within(patience).await, "{plan}: it does not end");
            stand.look_for_unguarded();
            stand.service.start(None).await;
        }
    }
    stand.come_to_rest(true).await;
    stand.look_for_late_posts();
    judge(stand, &plan);
}

fn judge(stand: Stand, plan: &str) {
    let (numbers, findings, folder) = stand.judge(Expected::OneAnswerEach);
    println!("{plan}: {numbers}");
    assert!(findings.none(), "{plan}: {}", findings.report(seed(), &folder));
    sweep(&folder);
}

/// More people than are held, so that one who never comes there does not matter.
async fn write(stand: &Stand, load: Load, held: u64) {
    let count = usize::try_from(held + held / 2 + 1).unwrap_or(usize::MAX);
    let within = Duration::from_millis(40);
    match load {
        Load::One => drop(stand.people.all_at_once(count)),
        Load::Two => {
            let first = stand.people.all_at_once(count);
            tokio::time::sleep(within).await;
            for said in &first {
                stand.people.say_again(said);
            }
        }
        Load::Twin => {
            let first = stand.people.all_at_once(count);
            tokio::time::sleep(within).await;
            for said in &first {
                stand.people.deliver_again(said);
            }
        }
        Load::WhileSending => {
            for said in stand.people.all_at_once(count) {
                let (people, far_end) = (std::sync::Arc::clone(&stand.people), stand.far_end.clone());
                tokio::spawn(async move {
                    while !far_end.heard(&said.word) {
                        tokio::time::sleep(Duration::from_millis(10)).await;
                    }
                    people.say_again(&said);
                });
            }
        }
    }
}
