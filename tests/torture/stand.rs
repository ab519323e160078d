//! A test stand: one service, Meta on both sides of it, and people.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::cloud::Cloud;
use crate::dice::Dice;
use crate::far_end::FarEnd;
use crate::manner::Manner;
use crate::people::People;
use crate::project::Project;
use crate::records::Records;
use crate::service::{self, Service};
use crate::verdict::{self, Expected, Findings, Story};
use crate::webhooks::Webhooks;

/// How long everything may take to come to rest, before it is divided. The longest honest wait is that of a wake which comes so late
/// that the service must have been down (ten minutes), and then the wait for a status.
const REST_WITHIN: Duration = Duration::from_mins(25);

/// So long nothing happens before a stand in the emulators is at rest.
const STILL_FOR: Duration = Duration::from_secs(5);

/// Cloud Run kills after so long.
const STOPS_WITHIN: Duration = Duration::from_secs(10);

/// Everything of one run.
#[derive(Debug)]
pub(crate) struct Stand {
    pub(crate) folder: PathBuf,
    pub(crate) webhooks: Arc<Webhooks>,
    pub(crate) far_end: FarEnd,
    pub(crate) people: Arc<People>,
    pub(crate) service: Service,
    pub(crate) findings: Findings,
    time_divisor: u32,
    records: Option<Records>,
    pub(crate) cloud: Option<Cloud>,
}

impl Stand {
    /// Not started yet.
    pub(crate) fn new(bot: &str, manner: Manner, time_divisor: u32, dice: &mut Dice) -> Self {
        Self::at(None, bot, manner, time_divisor, dice)
    }

    /// As [`Self::new`], with store and queue in the emulators.
    pub(crate) async fn on(project: Project, bot: &str, manner: Manner, time_divisor: u32, dice: &mut Dice) -> Self {
        let cloud = Cloud::new(project).await;
        let stand = Self::at(Some(cloud), bot, manner, time_divisor, dice);
        if let Some(cloud) = &stand.cloud {
            cloud.project.prepare(stand.service.port()).await;
        }
        stand
    }

    fn at(cloud: Option<Cloud>, bot: &str, manner: Manner, time_divisor: u32, dice: &mut Dice) -> Self {
        let folder = tempfile::tempdir().expect("a folder for the test").keep();
        let port = service::free_port();
        let webhooks = Arc::new(Webhooks::to(port));
        let far_end = FarEnd::start(manner, Arc::clone(&webhooks), dice.split());
        let people = People::new(Arc::clone(&webhooks), dice.split());
        let service = Service::new(&folder, bot, port, &far_end.url(), time_divisor);
        let service = match &cloud {
            Some(cloud) => service.with(cloud.variables(), cloud.project.arguments()),
            None => service,
        };
        let findings = Findings::default();
        Self { folder, webhooks, far_end, people, service, findings, time_divisor, records: None, cloud }
    }

    /// The data file, which is there after the first start.
    pub(crate) fn records(&mut self) -> &Records {
        let (cloud, folder) = (&self.cloud, &self.folder);
        self.records.get_or_insert_with(|| match cloud {
            Some(cloud) => Records::copied_from(cloud.project.database()),
            None => Records::of(folder),
        })
    }

    /// Looks whether somebody would come back to everything that a dead process left behind.
    pub(crate) fn look_for_unguarded(&mut self) {
        for conversation in self.records().unguarded() {
            self.findings.add("what has no answer yet at a kill has somebody who comes back to it", conversation);
        }
    }

    /// Waits until nothing is left to do. While something waits for proof that statuses arrive, other people write now and then, if
    /// `others_write`: their answers' statuses are that proof.
    pub(crate) async fn come_to_rest(&mut self, others_write: bool) {
        let since = Instant::now();
        let mut wrote = Instant::now();
        let mut still = None;
        // Pub/Sub does not say whether statuses are on their way: there nothing is to do for a while.
        let (still_for, proof_every) = match self.cloud {
            Some(_) => (STILL_FOR, Duration::from_secs(4)),
            None => (Duration::ZERO, Duration::from_millis(700)),
        };
        loop {
            let said = self.people.said().len();
            let left = self.records().left_to_do(said).await;
            if left.nothing() && self.webhooks.open() == 0 && self.far_end.statuses_to_come() == 0 {
                if still.get_or_insert_with(Instant::now).elapsed() >= still_for {
                    self.records().refresh().await;
                    return;
                }
            } else {
                still = None;
            }
            let patience = REST_WITHIN / self.time_divisor;
            if since.elapsed() > patience {
                let seconds = patience.as_secs();
                let what = format!("after {seconds} s there was still work: {left:?}, {} deliveries", self.webhooks.open());
                self.findings.add("everything comes to rest", what);
                self.records().refresh().await;
                return;
            }
            if others_write && left.waits_for_proof() && wrote.elapsed() > proof_every {
                self.people.all_at_once(1);
                wrote = Instant::now();
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Kills the process, or tells it to stop where the emulator would go on sending to a dead one; then the next one starts.
    pub(crate) async fn end_and_start_again(&mut self) {
        if self.cloud.as_ref().is_none_or(|cloud| cloud.project.push) {
            self.service.kill();
        } else {
            self.service.signal("TERM");
            if !self.service.ended_within(STOPS_WITHIN).await {
                self.findings.add("it ends when it is told to", "it did not");
                self.service.kill();
            }
        }
        self.service.start(None).await;
    }

    /// Looks whether a frozen process sent what it had no right to send any more.
    pub(crate) fn look_for_late_posts(&mut self) {
        let mut findings = std::mem::take(&mut self.findings);
        self.records();
        if let Some(records) = &self.records {
            verdict::late_posts(&mut findings, &self.story(), records);
        }
        self.findings = findings;
    }

    /// Compares what was said with what arrived; returns what the run did, and everything that is not as promised.
    pub(crate) fn judge(mut self, expected: Expected) -> (String, Findings, PathBuf) {
        let mut findings = std::mem::take(&mut self.findings);
        self.records();
        let Some(records) = &self.records else { unreachable!("it was just opened") };
        let story = self.story();
        verdict::compare(&mut findings, &story, records, expected);
        self.service.panics(&mut findings);
        (verdict::numbers(&story, records), findings, self.folder.clone())
    }

    fn story(&self) -> Story<'_> {
        Story {
            kills: self.service.kills(),
            pauses: self.service.pauses(),
            outages: self.cloud.as_ref().map_or(&[], Cloud::outages),
            webhooks: &self.webhooks,
            people: &self.people,
            far_end: &self.far_end,
            time_divisor: self.time_divisor,
        }
    }
}

/// Removes what a good run left behind.
pub(crate) fn sweep(folder: &Path) {
    let _left_behind = std::fs::remove_dir_all(folder);
}
