//! Kills and pauses at random moments under load.

use std::time::Duration;

use crate::dice::Dice;
use crate::manner::Manner;
use crate::service::BOT;
use crate::stand::{Stand, sweep};
use crate::verdict::Expected;
use crate::{DIVIDED, from_environment, seed};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_is_killed_every_message_gets_exactly_one_answer() {
    let (kills, services) = (from_environment("WABRIDGE_TORTURE_KILLS", 12), from_environment("WABRIDGE_TORTURE_SERVICES", 2));
    let seed = seed();
    let mut dice = Dice::new(seed);
    println!("{services} × {kills} kills, WABRIDGE_TORTURE_SEED={seed}");
    let manner = |service| if service % 2 == 0 { Manner::Mixed } else { Manner::Faulty };
    let runs: Vec<_> = (0..services).map(|service| tokio::spawn(run(kills, manner(service), dice.split()))).collect();
    for run in runs {
        run.await.unwrap();
    }
}

async fn run(kills: u64, manner: Manner, mut dice: Dice) {
    let seed = seed();
    let mut stand = Stand::new(BOT, manner, DIVIDED, &mut dice);
    println!("log and data: {}", stand.folder.display());
    stand.service.start(None).await;
    let writing = tokio::spawn(std::sync::Arc::clone(&stand.people).write_on());
    for _ in 0..kills {
        trouble(&mut stand, &mut dice).await;
    }
    stand.people.stop_writing();
    writing.await.expect("the load ends");
    stand.come_to_rest(true).await;
    let (kills, said) = (stand.service.kills().len(), stand.people.said().len());
    if kills == 0 || said < 20 * kills {
        stand.findings.add("people write while it is killed", format!("{kills} kills, {said} messages"));
    }
    let (numbers, findings, folder) = stand.judge(Expected::OneAnswerEach);
    println!("{numbers}");
    assert!(findings.none(), "{}", findings.report(seed, &folder));
    sweep(&folder);
}

/// One kill, and the next start; now and then a pause before it.
async fn trouble(stand: &mut Stand, dice: &mut Dice) {
    tokio::time::sleep(dice.between(1500, 2500)).await;
    if dice.chance(20) {
        stand.people.all_at_once(10);
        tokio::time::sleep(dice.between(0, 200)).await;
        // Longer than a permit, often longer than a lease.
        stand.service.pause(dice.between(100, 4000)).await;
        tokio::time::sleep(dice.between(0, 500)).await;
    }
    // Half of the kills are aimed: people have just written, and their turns are anywhere between mailbox and answer.
    if dice.chance(50) {
        stand.people.all_at_once(40);
        tokio::time::sleep(dice.between(0, 350)).await;
    }
    stand.service.kill();
    stand.look_for_unguarded();
    if dice.chance(25) {
        tokio::time::sleep(dice.between(0, 900)).await;
    }
    stand.service.start(None).await;
    // A busy machine takes its time to start: the next trouble counts from here.
    tokio::time::sleep(Duration::from_millis(10)).await;
}
