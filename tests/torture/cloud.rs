//! The kill tests with store and queue in Google's emulators, and a network in between that is slow, down, or a black hole.
//!
//! The emulator of Pub/Sub goes on sending into the streams of a process that was killed or cut off: each message comes to a living one after
//! 10 s, or 20 s, or a minute, and so do the statuses that would prove what was sent. So a service that pulls is told to stop instead
//! of being killed, and cut off from Firestore alone; one that is pushed to meets everything.

use std::io::Write as _;
use std::time::Duration;

use crate::dice::Dice;
use crate::manner::Manner;
use crate::project::Project;
use crate::proxy::{Network, Proxy};
use crate::service::BOT;
use crate::stand::{Stand, sweep};
use crate::verdict::Expected;
use crate::{from_environment, now_ms, seed};

/// The limits of the protocol are divided by this: less than elsewhere, because the emulators share the machine with everything else.
const DIVIDED: u32 = 5;

/// The emulator of Pub/Sub pushes one event after another: so many people write at once, so many times before each trouble.
const BURST: usize = 6;
const BURSTS: usize = 3;

/// The project, and the network to it.
#[derive(Debug)]
pub(crate) struct Cloud {
    pub(crate) project: Project,
    firestore: Proxy,
    pubsub: Proxy,
    outages: Vec<(i64, i64)>,
}

impl Cloud {
    pub(crate) async fn new(project: Project) -> Self {
        let (firestore, pubsub) = (Proxy::to(project.firestore.clone()).await, Proxy::to(project.pubsub.clone()).await);
        Self { project, firestore, pubsub, outages: Vec::new() }
    }

    /// What the service is told: the emulators are behind the network.
    pub(crate) fn variables(&self) -> Vec<(&'static str, String)> {
        let (firestore, pubsub) = (self.firestore.address().to_owned(), self.pubsub.address().to_owned());
        Project { firestore, pubsub, ..self.project.clone() }.variables()
    }

    /// When the network was not well, from and to, time of day in milliseconds.
    pub(crate) fn outages(&self) -> &[(i64, i64)] {
        &self.outages
    }

    /// The network to one of them, or to both, is like this for a while.
    async fn outage(&mut self, network: Network, length: Duration, dice: &mut Dice) {
        let both = dice.chance(60) && (self.project.push || matches!(network, Network::Slow(_)));
        let from = now_ms();
        self.firestore.is(network);
        if both {
            self.pubsub.is(network);
        }
        tokio::time::sleep(length).await;
        self.firestore.is(Network::Well);
        self.pubsub.is(Network::Well);
        self.outages.push((from, now_ms()));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_the_cloud_whatever_is_killed_or_cut_off_every_message_gets_exactly_one_answer() {
    let kills = from_environment("WABRIDGE_TORTURE_CLOUD_KILLS", 6);
    let seed = seed();
    let mut dice = Dice::new(seed);
    println!("pulled and pushed, {kills} troubles each, WABRIDGE_TORTURE_SEED={seed}");
    let mut runs = Vec::new();
    for push in [false, true] {
        match Project::new(push) {
            Ok(project) => runs.push(tokio::spawn(run(project, kills, dice.split()))),
            // Not by a macro: what those print is shown of failed tests alone.
            Err(why) => writeln!(std::io::stderr(), "SKIPPED torture in the cloud: {why}").unwrap(),
        }
    }
    // Each to its end, so that one that fails hides no other.
    let mut failed = 0;
    for run in runs {
        failed += u32::from(run.await.is_err());
    }
    assert_eq!(failed, 0, "see above");
}

async fn run(project: Project, kills: u64, mut dice: Dice) {
    let seed = seed();
    let name = if project.push { "pushed" } else { "pulled" };
    let mut stand = Stand::on(project, BOT, Manner::Mixed, DIVIDED, &mut dice).await;
    println!("{name}: log {}", stand.folder.display());
    stand.service.start(None).await;
    for _ in 0..kills {
        trouble(&mut stand, &mut dice).await;
    }
    stand.come_to_rest(true).await;
    let (numbers, findings, folder) = stand.judge(Expected::OneAnswerEach);
    println!("{name}: {numbers}");
    assert!(findings.none(), "{name}: {}", findings.report(seed, &folder));
    sweep(&folder);
}

/// The network or the process; often both.
async fn trouble(stand: &mut Stand, dice: &mut Dice) {
    for _ in 0..BURSTS {
        stand.people.all_at_once(BURST);
        tokio::time::sleep(dice.between(500, 2000)).await;
    }
    stand.people.all_at_once(BURST);
    let network = match dice.below(4) {
        0 => Some(Network::Down),
        1 => Some(Network::BlackHole),
        2 => Some(Network::Slow(dice.between(10, 150))),
        _ => None,
    };
    if let (Some(network), Some(cloud)) = (network, &mut stand.cloud) {
        cloud.outage(network, dice.between(500, 6000), dice).await;
    }
    if network.is_none() || dice.chance(60) {
        stand.end_and_start_again().await;
    }
}
