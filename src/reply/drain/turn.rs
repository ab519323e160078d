//! One turn: debounce, decide, seal; then its positions.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::{Drain, TurnEnd};
use crate::bot::{Bot, MarkRead};
use crate::domain::{Inbound, OutboundId, Trace};
use crate::failure_points::{Point, reach};
use crate::reply::decide::{self, Plan};
use crate::reply::draft;
use crate::reply::pace::Entry;
use crate::reply::send::{Permit, read_receipt};
use crate::store::{Draft, Finished, Sealed, SendAnswer, StoreError};
use crate::whatsapp::Graph;

/// What the positions begin with.
pub(super) enum First {
    /// Nothing was recorded yet: look at the positions.
    Look,
    /// Position 0 has its permit already.
    Permit(Permit),
}

impl Drain {
    pub(super) async fn turn(&self, lost: &CancellationToken) -> Result<TurnEnd, StoreError> {
        let Some((bot, graph)) = self.parts.answering() else {
            // The bot went away after the message was taken in: it waits for one.
            return self.park_open(self.parts.limits.look_again).await;
        };
        if self.sealed {
            return self.positions(graph, First::Look).await;
        }
        tokio::select! {
            biased;
            () = self.stopping.cancelled() => Ok(TurnEnd::Stopped),
            () = lost.cancelled() => Ok(TurnEnd::Lost),
            plan = self.plan(bot) => match plan? {
                // It waited behind a turn that took very long. `begin` notes what is too old.
                Some(plan) if self.is_too_old(&plan) => self.park_open(Duration::ZERO).await,
                Some(plan) => self.seal_and_send(graph, plan).await,
                None => Ok(TurnEnd::Lost),
            },
        }
    }

    async fn plan(&self, bot: Arc<Bot>) -> Result<Option<Plan>, StoreError> {
        let debounced = decide::debounce(&self.parts, &self.held, self.waiting, &bot).await?;
        reach(Point::T2).await;
        Ok(debounced.map(|(mailbox, debounced)| decide::decide(&self.parts, bot, mailbox, debounced)))
    }

    fn is_too_old(&self, plan: &Plan) -> bool {
        let now = self.parts.clock.now();
        let answer_within = plan.bot.conversation().answer_within;
        let is_over = |message: &Inbound| message.sent_at.checked_add(answer_within).is_ok_and(|end| now > end);
        plan.mailbox.messages.iter().any(is_over)
    }

    async fn seal_and_send(&self, graph: &Graph, plan: Plan) -> Result<TurnEnd, StoreError> {
        reach(Point::T3).await;
        let drafts = draft::drafts(&plan);
        self.explain(&plan, &drafts);
        if drafts.is_empty() {
            return self.seal_silence(&plan).await;
        }
        // Before the seal, which begins the first attempt: its permit lasts seconds.
        let receipt = self.before_reply(graph, &plan);
        let slot = match self.parts.pacer.enter_after(receipt, &plan.mailbox.number, &self.stopping).await {
            Entry::Slot(slot) => slot,
            Entry::Later(wait) => return self.park_open(wait).await,
            Entry::Stopped => return Ok(TurnEnd::Stopped),
        };
        let taken_at = self.parts.clock.both();
        let sealed = self.parts.store.seal(self.held.clone(), draft::members(&plan), drafts, taken_at.wall).await?;
        reach(Point::T4).await;
        let end = match sealed {
            Sealed::Silent(finished) => return Ok(TurnEnd::Finished(finished)),
            Sealed::Lost | Sealed::Sending(SendAnswer::Lost) => return Ok(TurnEnd::Lost),
            Sealed::Sending(SendAnswer::WindowClosed | SendAnswer::Paused(_)) => {
                slot.unused();
                self.positions(graph, First::Look).await
            }
            Sealed::Sending(SendAnswer::Attempt(attempt)) => {
                self.positions(graph, First::Permit(Permit::new(attempt, taken_at, slot))).await
            }
        };
        if plan.bot.conversation().mark_read == MarkRead::AfterReply && matches!(end, Ok(TurnEnd::Finished(_))) {
            read_receipt(&self.parts, graph, &plan.mailbox, false).await;
        }
        end
    }

    async fn seal_silence(&self, plan: &Plan) -> Result<TurnEnd, StoreError> {
        let now = self.parts.clock.now();
        Ok(match self.parts.store.seal(self.held.clone(), draft::members(plan), Vec::new(), now).await? {
            Sealed::Silent(finished) => TurnEnd::Finished(finished),
            Sealed::Sending(_) | Sealed::Lost => TurnEnd::Lost,
        })
    }

    async fn before_reply(&self, graph: &Graph, plan: &Plan) {
        let settings = plan.bot.conversation();
        if settings.typing || settings.mark_read == MarkRead::OnArrival {
            read_receipt(&self.parts, graph, &plan.mailbox, settings.typing).await;
        }
    }

    /// Nothing is sealed: whoever wakes decides again, with what the person wrote meanwhile.
    async fn park_open(&self, wait: Duration) -> Result<TurnEnd, StoreError> {
        Ok(match self.park(self.parts.clock.now() + wait, None).await? {
            crate::store::Parked::Done => TurnEnd::Parked,
            crate::store::Parked::EvidenceWon | crate::store::Parked::Lost => TurnEnd::Finished(Finished::Lost),
        })
    }

    fn explain(&self, plan: &Plan, drafts: &[Draft]) {
        let decision = &plan.decision;
        if let Some(failure) = &decision.failure {
            tracing::error!(turn.id = %self.held.turn, bot.route = decision.route, failure, "a route failed: mend bot.yaml");
        }
        for warning in &decision.warnings {
            tracing::warn!(turn.id = %self.held.turn, bot.route = decision.route, warning, "a reply was changed to fit");
        }
        let outcome = match (&decision.failure, drafts.is_empty()) {
            (Some(_), _) => "failed",
            (None, true) => "silent",
            (None, false) => "answered",
        };
        tracing::info!(
            event.id = %self.event,
            conversation.id = %self.held.conversation,
            turn.id = %self.held.turn,
            turn.waited_ms = self.waited_ms,
            bot.route = decision.route,
            bot.outcome = outcome,
            bot.messages = drafts.len(),
            metric = "bot.count",
            "decided"
        );
        if let Some(traces) = &self.parts.traces {
            // Nobody may listen any more.
            let _gone = traces.send(self.trace(plan, drafts));
        }
    }

    fn trace(&self, plan: &Plan, drafts: &[Draft]) -> Trace {
        let milliseconds = |duration: std::time::Duration| u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
        let decision = &plan.decision;
        Trace {
            turn: self.held.turn.clone(),
            members: draft::members(plan),
            outbound: (0..).zip(drafts).map(|(position, _)| OutboundId::of(&self.held.turn, position)).collect(),
            route: decision.route.clone(),
            tried: decision.tried.clone(),
            silence: decision.failure.clone().or_else(|| decision.silence.clone()),
            waited_ms: self.waited_ms,
            attempt: self.attempt,
            debounced_ms: milliseconds(plan.debounced),
            decided_ms: milliseconds(plan.decided),
        }
    }
}
