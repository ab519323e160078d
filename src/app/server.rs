//! The HTTP server of a process, from its start to the end of its last request.

use std::time::Duration;

use actix_web::{App, HttpServer, web};
use anyhow::Context;
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::backends::Backends;
use super::consumer::Consumer;
use crate::config::{Config, Ids, Listen};
use crate::health::{Health, Mode};
use crate::ingest::{self, Receiver};
use crate::push::Pushes;
use crate::simulator::Simulator;

/// What a process answers over HTTP.
pub(super) struct Site {
    listen: Listen,
    grace: Duration,
    receiver: Option<Receiver>,
    pushes: Option<Pushes>,
    simulator: Option<Simulator>,
    health: Health,
    backends: Backends,
}

impl Site {
    pub(super) fn new(config: &Config, backends: &Backends, receiver: Option<Receiver>) -> Self {
        let observing = config.receiver.as_ref().is_some_and(|receiver| receiver.ids == Ids::Observe);
        let mode = if observing { Mode::Observe } else { Mode::Answer { sending: config.access_token.is_some() } };
        let health = Health::new(backends.store.clone(), backends.queue.clone(), mode);
        let (listen, grace, backends) = (config.listen, config.shutdown_grace, backends.clone());
        Self { listen, grace, receiver, pushes: None, simulator: None, health, backends }
    }

    pub(super) fn with_pushes(mut self, pushes: Option<Pushes>) -> Self {
        self.pushes = pushes;
        self
    }

    pub(super) fn with_simulator(mut self, simulator: Simulator) -> Self {
        self.simulator = Some(simulator);
        self
    }

    /// Answers until INT or TERM, then ends what was begun: first the receiver and the consumer, at most the grace. `ready` is called
    /// as soon as the port is ours and a signal ends the process in order.
    pub(super) async fn run_with(self, consumer: Option<Consumer>, ready: impl FnOnce()) -> anyhow::Result<()> {
        let Self { listen, grace, receiver, pushes, simulator, health, backends } = self;
        let (routes, simulated) = (receiver.clone(), simulator.clone());
        let server = HttpServer::new(move || {
            let (routes, pushes, simulated, health) = (routes.clone(), pushes.clone(), simulated.clone(), health.clone());
            App::new()
                .configure(|config| health.routes(config))
                .configure(|config| routes.iter().for_each(|receiver| receiver.routes(config)))
                .configure(|config| pushes.iter().for_each(|pushes| pushes.routes(config)))
                .configure(|config| simulated.iter().for_each(|simulator| simulator.routes(config)))
                .default_service(web::to(ingest::not_found))
        })
        .disable_signals()
        .shutdown_timeout(grace.as_secs())
        .bind((listen.host, listen.port))
        .with_context(|| format!("cannot listen on {} port {}", listen.host, listen.port))?
        .run();
        let handle = server.handle();
        let serving = actix_web::rt::spawn(server);
        let signals = StopSignals::listen()?;
        backends.connect();
        ready();
        signals.heard().await;
        tracing::info!("stopping: new deliveries are refused, what was begun is finished");
        end_at_the_latest(grace);
        if let Some(receiver) = receiver {
            receiver.close();
        }
        let stop_consumer = async {
            if let Some(consumer) = consumer {
                consumer.stop(grace).await;
            }
        };
        if let Some(simulator) = simulator {
            simulator.stop().await;
        }
        tokio::join!(stop_consumer, handle.stop(true));
        serving.await.context("the server ended badly")?.context("the server ended badly")
    }
}

/// Whatever hangs, the process ends before it is killed: what is durable is on the disk, and the rest is taken over by the next one.
fn end_at_the_latest(grace: Duration) {
    std::thread::spawn(move || {
        std::thread::sleep(grace + Duration::from_secs(1));
        tracing::error!("some work did not end in time: the next process takes it over");
        std::process::exit(1);
    });
}

/// INT and TERM.
struct StopSignals {
    terminate: Signal,
    interrupt: Signal,
}

impl StopSignals {
    fn listen() -> anyhow::Result<Self> {
        let terminate = signal(SignalKind::terminate()).context("cannot listen for TERM")?;
        let interrupt = signal(SignalKind::interrupt()).context("cannot listen for INT")?;
        Ok(Self { terminate, interrupt })
    }

    async fn heard(self) {
        let Self { mut terminate, mut interrupt } = self;
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        // Somebody who presses Ctrl-C twice means it: everything is safe on the disk.
        actix_web::rt::spawn(async move {
            interrupt.recv().await;
            std::process::exit(130);
        });
    }
}
