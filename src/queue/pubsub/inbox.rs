//! Where an event that Pub/Sub posts waits for the consumer of this process, and its post for what becomes of it.

use std::collections::HashMap;

use tokio::sync::{Mutex, mpsc, oneshot};

use super::message;
use crate::queue::facade::Hold;
use crate::queue::{Delivery, Lane, QueueError};

/// Posts that wait for a place beside those that are handled. More of them wait in their connections.
const WAITING: usize = 64;

/// What Pub/Sub posts: one message of a subscription.
#[derive(Debug)]
pub struct Post {
    /// The message's attributes.
    pub attributes: HashMap<String, String>,
    /// Its data.
    pub data: Vec<u8>,
    /// Which delivery of it this is, where the subscription counts.
    pub attempt: Option<u32>,
}

/// What the post is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settled {
    /// It is done, or none of ours: it does not come again.
    Acked,
    /// It comes again.
    Nacked,
}

/// One for each lane.
#[derive(Debug)]
pub(super) struct Inbox {
    posts: mpsc::Sender<Delivery>,
    taken: Mutex<mpsc::Receiver<Delivery>>,
    filtered: bool,
}

impl Inbox {
    /// `filtered`: the subscription lets only its lane through.
    pub(super) fn new(filtered: bool) -> Self {
        let (posts, taken) = mpsc::channel(WAITING);
        Self { posts, taken: Mutex::new(taken), filtered }
    }

    /// Returns when the consumer has settled it, or has gone.
    pub(super) async fn post(&self, lane: Lane, post: Post) -> Settled {
        let event = match message::read(&post.attributes, post.data) {
            Ok(event) if event.lane == lane => event,
            Ok(_) if self.filtered => {
                message::astray(lane);
                return Settled::Nacked;
            }
            // An emulator does not filter: the other subscription has it too.
            Ok(_) => return Settled::Acked,
            Err(why) => {
                message::left_out(why);
                return Settled::Acked;
            }
        };
        let (hold, settled) = oneshot::channel();
        let delivery = Delivery::new(event, post.attempt.unwrap_or(1), Hold::Pushed(hold));
        if self.posts.send(delivery).await.is_err() {
            return Settled::Nacked;
        }
        if settled.await.is_ok() { Settled::Acked } else { Settled::Nacked }
    }

    /// Waits for the next one.
    pub(super) async fn receive(&self, most: u32) -> Result<Vec<Delivery>, QueueError> {
        let mut deliveries = Vec::new();
        let most = usize::try_from(most).unwrap_or(usize::MAX).min(WAITING);
        if self.taken.lock().await.recv_many(&mut deliveries, most).await == 0 {
            return Err(QueueError::Unreceived("the consumer is stopping".to_owned()));
        }
        Ok(deliveries)
    }

    /// Takes nothing more: who waits is answered that it comes again.
    pub(super) async fn close(&self) {
        let mut taken = self.taken.lock().await;
        taken.close();
        while taken.recv().await.is_some() {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_event_of_the_other_lane_is_lost_nowhere() {
        let post = || {
            let attributes = [("ce-id", "e_1"), ("ce-type", "com.wabridge.whatsapp.status.v1"), ("lane", "record")];
            let attributes = attributes.into_iter().chain([("ce-time", "2026-11-28T08:00:00Z")]);
            let attributes = attributes.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
            Post { attributes, data: b"{}".to_vec(), attempt: None }
        };
        let (at_google, on_an_emulator) = (Inbox::new(true), Inbox::new(false));
        assert_eq!(at_google.post(Lane::Reply, post()).await, Settled::Nacked, "the endpoint is of another lane");
        assert_eq!(on_an_emulator.post(Lane::Reply, post()).await, Settled::Acked, "the other subscription has it too");
    }
}
