//! A test stand: one service, Meta on both sides of it, and people.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::dice::Dice;
use crate::far_end::FarEnd;
use crate::manner::Manner;
use crate::people::People;
use crate::records::Records;
use crate::service::{self, Service};
use crate::verdict::{self, Expected, Findings, Story};
use crate::webhooks::Webhooks;

/// How long everything may take to come to rest, before it is divided. The longest honest wait is that of a wake which comes so late
/// that the service must have been down (ten minutes), and then the wait for a status.
const REST_WITHIN: Duration = Duration::from_mins(25);

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
}

impl Stand {
    /// Not started yet.
    pub(crate) fn new(bot: &str, manner: Manner, time_divisor: u32, dice: &mut Dice) -> Self {
        let folder = tempfile::tempdir().expect("a folder for the test").keep();
        let port = service::free_port();
        let webhooks = Arc::new(Webhooks::to(port));
        let far_end = FarEnd::start(manner, Arc::clone(&webhooks), dice.split());
        let people = People::new(Arc::clone(&webhooks), dice.split());
        let service = Service::new(&folder, bot, port, &far_end.url(), time_divisor);
        let findings = Findings::default();
        Self { folder, webhooks, far_end, people, service, findings, time_divisor, records: None }
    }

    /// The data file, which is there after the first start.
    pub(crate) fn records(&mut self) -> &Records {
        self.records.get_or_insert_with(|| Records::of(&self.folder))
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
        loop {
            let left = self.records().left_to_do();
            if left.nothing() && self.webhooks.open() == 0 && self.far_end.statuses_to_come() == 0 {
                return;
            }
            let patience = REST_WITHIN / self.time_divisor;
            if since.elapsed() > patience {
                let seconds = patience.as_secs();
                let what = format!("after {seconds} s there was still work: {left:?}, {} deliveries", self.webhooks.open());
                self.findings.add("everything comes to rest", what);
                return;
            }
            if others_write && left.waits_for_proof() && wrote.elapsed() > Duration::from_millis(700) {
                self.people.all_at_once(1);
                wrote = Instant::now();
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
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
