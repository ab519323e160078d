//! Statuses that come late, never, or against what the answer said; nobody is killed.

use std::time::Duration;

use crate::dice::Dice;
use crate::manner::Manner;
use crate::service::{BOT, BOT_THAT_GIVES_UP};
use crate::stand::{Stand, sweep};
use crate::verdict::Expected;
use crate::{DIVIDED, seed};

/// What Meta does, and what that may end in.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) bot: &'static str,
    pub(crate) manner: Manner,
    /// Others write, so that later statuses of the number prove the channel.
    pub(crate) proof: bool,
    pub(crate) expected: Expected,
}

/// Times are those of docs/delivery.md, divided by ten.
const CASES: &[Case] = &[
    // At 134 s, in a race with the decision to send again: once, or twice and counted.
    Case {
        name: "E3",
        bot: BOT,
        manner: Manner::NoAnswer { statuses_ms: 14_200 },
        proof: true,
        expected: Expected::DoublesAreCounted,
    },
    // After the second attempt: Meta held the statuses back for longer than two minutes while others arrived.
    Case {
        name: "E4",
        bot: BOT,
        manner: Manner::NoAnswer { statuses_ms: 22_000 },
        proof: true,
        expected: Expected::DoublesAreCounted,
    },
    // After the turn was given up.
    Case {
        name: "E5",
        bot: BOT_THAT_GIVES_UP,
        manner: Manner::NoAnswer { statuses_ms: 22_000 },
        proof: true,
        expected: Expected::LettersAreClosed,
    },
    // All statuses of the number are held back for eight minutes: nothing proves the channel, so nothing is sent again.
    Case {
        name: "E6",
        bot: BOT,
        manner: Manner::NoAnswer { statuses_ms: 48_000 },
        proof: false,
        expected: Expected::OneAnswerEach,
    },
    // Meta said that it failed, and delivered it.
    Case {
        name: "E7",
        bot: BOT,
        manner: Manner::FailsAndDelivers { statuses_ms: 5_000 },
        proof: true,
        expected: Expected::OneAnswerEach,
    },
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn late_statuses_decide_what_no_answer_told() {
    let seed = seed();
    println!("WABRIDGE_TORTURE_SEED={seed}");
    let mut dice = Dice::new(seed);
    let runs: Vec<_> = CASES.iter().map(|case| tokio::spawn(run(*case, DIVIDED, dice.split()))).collect();
    for (run, case) in runs.into_iter().zip(CASES) {
        assert!(run.await.is_ok(), "{} failed, see above", case.name);
    }
}

/// Lets people write and waits until every status has come.
pub(crate) async fn run(case: Case, time_divisor: u32, mut dice: Dice) {
    let mut stand = Stand::new(case.bot, case.manner, time_divisor, &mut dice);
    stand.service.start(None).await;
    stand.people.all_at_once(5);
    while stand.far_end.accepted().len() < 5 {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    if case.proof {
        stand.far_end.behave(Manner::Prompt);
    }
    stand.come_to_rest(case.proof).await;
    let (numbers, findings, folder) = stand.judge(case.expected);
    println!("{}: {numbers}", case.name);
    assert!(findings.none(), "{}: {}", case.name, findings.report(seed(), &folder));
    sweep(&folder);
}
