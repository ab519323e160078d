//! A streaming pull of one lane. A stream that has been silent since Pub/Sub could not be reached is given up: whatever is between us may
//! have forgotten its connection, and then nothing ever comes over it, not even an error.

use std::sync::Arc;
use std::time::Duration;

use google_cloud_pubsub::model::Message;
use google_cloud_pubsub::subscriber::MessageStream;
use google_cloud_pubsub::subscriber::handler::Handler;

use super::{PubSub, message};
use crate::queue::facade::Hold;
use crate::queue::{Delivery, Lane, QueueError};

/// After so long without a message it is asked whether Pub/Sub can be reached.
const SILENT: Duration = Duration::from_secs(5);
/// How long pending acks may take when a process stops.
const STOPPED_WITHIN: Duration = Duration::from_secs(2);

/// Through what a delivery that was pulled is settled.
#[derive(Debug)]
pub(in crate::queue) struct Pulled {
    handler: Handler,
    /// Counts what is in hand.
    _in_hand: Arc<()>,
}

impl Pulled {
    pub(in crate::queue) fn ack(self) {
        self.handler.ack();
    }

    pub(in crate::queue) fn nack(self) {
        self.handler.nack();
    }
}

pub(super) struct Stream {
    lane: Lane,
    /// The subscription lets only its lane through.
    filtered: bool,
    messages: MessageStream,
    in_hand: Arc<()>,
    /// How often Pub/Sub had not been reached when the stream was last known to be alive.
    failures: u64,
}

impl Stream {
    pub(super) fn new(lane: Lane, filtered: bool, messages: MessageStream, failures: u64) -> Self {
        Self { lane, filtered, messages, in_hand: Arc::default(), failures }
    }

    /// The next event of the lane; `None`: the stream is given up, and nothing that it brought is in hand.
    pub(super) async fn next(&mut self, pubsub: &PubSub) -> Result<Option<Delivery>, QueueError> {
        loop {
            let next = {
                // Never cancelled: a stream is open only when something has come, and what is on its way to one that is dropped comes late.
                let mut next = Box::pin(self.messages.next());
                loop {
                    if let Ok(next) = tokio::time::timeout(SILENT, &mut next).await {
                        break next;
                    }
                    let reachable = pubsub.ping().await.is_ok();
                    let doubtful = pubsub.failures() != self.failures;
                    if reachable && doubtful && Arc::strong_count(&self.in_hand) == 1 {
                        return Ok(None);
                    }
                }
            };
            self.failures = pubsub.failures();
            let (message, handler) = next
                .ok_or_else(|| QueueError::Unreceived("the stream ended".to_owned()))?
                .map_err(|error| QueueError::Unreceived(error.to_string()))?;
            if let Some(delivery) = self.delivery(&message, handler) {
                return Ok(Some(delivery));
            }
        }
    }

    /// What nobody can read is acked: only others can have published it.
    fn delivery(&self, message: &Message, handler: Handler) -> Option<Delivery> {
        let attempt = handler.delivery_attempt().and_then(|attempt| u32::try_from(attempt).ok()).unwrap_or(1);
        match message::read(&message.attributes, message.data.to_vec()) {
            Ok(event) if event.lane == self.lane => {
                let pulled = Pulled { handler, _in_hand: Arc::clone(&self.in_hand) };
                return Some(Delivery::new(event, attempt, Hold::Pulled(pulled)));
            }
            Ok(_) if self.filtered => {
                message::astray(self.lane);
                handler.nack();
                return None;
            }
            // An emulator does not filter: the other subscription has it too.
            Ok(_) => {}
            Err(why) => message::left_out(why),
        }
        handler.ack();
        None
    }

    /// Takes nothing more; acks that are on their way arrive.
    pub(super) async fn end(mut self) {
        let token = self.messages.shutdown_token();
        // What was fetched ahead is let go, and goes to others.
        let stopped = async { tokio::join!(token.shutdown(), async { while self.messages.next().await.is_some() {} }) };
        if tokio::time::timeout(STOPPED_WITHIN, stopped).await.is_err() {
            tracing::warn!(lane = self.lane.name(), "some acks were not confirmed in time: their events come again");
        }
    }
}
