//! Google does not answer, or answers late, or begins again with nothing: a webhook gets its answer in time, and the service goes on by itself.

use std::io::Write as _;
use std::time::{Duration, Instant};

use super::far_end::FarEnd;
use super::meta::{Meta, bodies, words};
use super::process::Serve;
use super::until;
use crate::emulators::Emulator;
use crate::project::Project;
use crate::proxy::{Network, Proxy};

/// Five seconds are promised; the rest is for a machine that is busy.
const ANSWERED_WITHIN: Duration = Duration::from_secs(8);
/// Thirty are promised.
const WELL_AGAIN_WITHIN: Duration = Duration::from_secs(30);

/// A service between Meta and two emulators behind a network.
struct Service {
    far_end: FarEnd,
    _serve: Serve,
    meta: Meta,
}

impl Service {
    async fn start(project: &Project) -> Self {
        let far_end = FarEnd::start();
        let serve = Serve::start_with(&far_end, "0s", project.variables());
        let meta = Meta::of(&serve);
        let service = Self { far_end, _serve: serve, meta };
        service.is_well("first").await;
        service
    }

    /// What somebody writes is taken soon enough, and answered; the emulator of Pub/Sub may send it into dead streams first.
    async fn is_well(&self, word: &str) {
        let (began, before) = (Instant::now(), self.far_end.accepted().len());
        self.meta.deliver(&bodies(&words(word, 1))[0]).await;
        assert!(began.elapsed() < WELL_AGAIN_WITHIN, "{word}: {:?}", began.elapsed());
        until("an answer", async || self.far_end.accepted().len() > before).await;
    }

    /// A delivery is refused in time, and Meta is told to come again.
    async fn refuses(&self, word: &str) {
        let began = Instant::now();
        let answer = self.meta.once(&bodies(&words(word, 1))[0]).await;
        assert!(began.elapsed() < ANSWERED_WITHIN, "{word}: {:?}", began.elapsed());
        assert_eq!((answer.status, answer.retry_after), (503, true), "{word}: {}", answer.body);
        assert!(answer.body.contains("not_stored"), "{word}: {}", answer.body);
    }
}

fn skipped(why: &str) {
    writeln!(std::io::stderr(), "SKIPPED outages: {why}").expect("standard error is open");
}

#[actix_web::test]
async fn with_nothing_to_connect_to_it_is_alive_at_once_and_says_what_does_not_answer() {
    let nowhere = || "127.0.0.1:1".to_owned();
    let project = Project { name: "nowhere".into(), firestore: nowhere(), pubsub: nowhere(), push: false };
    let far_end = FarEnd::start();
    let serve = Serve::start_with(&far_end, "0s", project.variables());
    let client = wabridge::http::client(Duration::from_secs(30)).unwrap();
    let address = serve.address().read().unwrap().clone();
    let get = async |path: &str| {
        let answer = client.get(format!("http://{address}{path}")).send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    };
    assert_eq!(get("/health").await, (200, r#"{"status":"ok"}"#.into()));
    let (status, said) = get("/ready").await;
    assert!(status == 503 && said.contains("store") && said.contains("does not answer"), "{said}");
    let answer = Meta::of(&serve).once(&bodies(&words("nowhere", 1))[0]).await;
    assert_eq!((answer.status, answer.retry_after), (503, true), "{}", answer.body);
}

#[actix_web::test]
async fn while_google_cannot_be_reached_webhooks_are_refused_in_time_and_soon_after_it_can_they_are_taken_again() {
    let project = match Project::new(false) {
        Ok(project) => project,
        Err(why) => return skipped(&why),
    };
    let (firestore, pubsub) = (Proxy::to(project.firestore.clone()).await, Proxy::to(project.pubsub.clone()).await);
    let (at_firestore, at_pubsub) = (firestore.address().to_owned(), pubsub.address().to_owned());
    let service = Service::start(&Project { firestore: at_firestore, pubsub: at_pubsub, ..project }).await;
    for (name, proxy) in [("firestore", &firestore), ("pubsub", &pubsub)] {
        for network in [Network::Down, Network::BlackHole] {
            proxy.is(network);
            service.refuses(&format!("{name}-{network:?}-1")).await;
            service.refuses(&format!("{name}-{network:?}-2")).await;
            proxy.is(Network::Well);
            service.is_well(&format!("{name}-{network:?}-3")).await;
        }
    }
    firestore.is(Network::Slow(Duration::from_millis(200)));
    service.is_well("slow").await;
}

#[actix_web::test]
async fn emulators_that_were_killed_and_begin_again_with_nothing_are_used_as_they_are() {
    let (mut firestore, mut pubsub) = match (Emulator::own_firestore(), Emulator::own_pubsub()) {
        (Ok(firestore), Ok(pubsub)) => (firestore, pubsub),
        (Err(why), _) | (_, Err(why)) => return skipped(&why),
    };
    let name = crate::emulators::project();
    let project = Project { name, firestore: firestore.host.clone(), pubsub: pubsub.host.clone(), push: false };
    let service = Service::start(&project).await;
    firestore.kill();
    service.refuses("no firestore").await;
    firestore.start_again();
    service.is_well("an empty firestore").await;
    pubsub.kill();
    service.refuses("no pubsub").await;
    pubsub.start_again();
    service.is_well("an empty pubsub").await;
}
