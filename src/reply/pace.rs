//! Who may send now. Every POST needs a [`Slot`] of its number; the wait for one comes before anything is recorded, because a
//! permit lasts seconds. Each number has turns and places of its own: one that is slow, throttled or full holds up no other.

mod bucket;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::domain::{Limits, PhoneNumberId};
use bucket::Bucket;

/// Conversations of one number that wait here for a turn or a place; a quarter of those that one process works on at once, so
/// that other numbers always find room. More are parked.
const WAITING: usize = 256;

/// How fast and how many at once each number sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// Messages per second, at least 1.
    pub rate: u32,
    /// POSTs on their way at once, at least 1.
    pub concurrency: u32,
}

/// The turns and places of all numbers. Clones share them.
#[derive(Debug, Clone)]
pub struct Pacer(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    pace: Pace,
    limits: Limits,
    clock: Clock,
    numbers: Mutex<BTreeMap<PhoneNumberId, Arc<Number>>>,
}

/// One number's.
#[derive(Debug)]
struct Number {
    bucket: Mutex<Bucket>,
    places: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
}

/// The answer to who wants to send.
#[derive(Debug)]
pub(super) enum Entry {
    /// Now.
    Slot(Slot),
    /// Not within [`Limits::sleep_most`]: after this long again.
    Later(Duration),
    /// We are shutting down.
    Stopped,
}

/// The right to have one POST on its way. Its place is free again when this is dropped.
#[derive(Debug)]
pub(super) struct Slot {
    number: Arc<Number>,
    pacer: Pacer,
    _place: OwnedSemaphorePermit,
}

impl Pacer {
    /// Nobody has sent anything yet.
    #[must_use]
    pub fn new(pace: Pace, limits: Limits, clock: Clock) -> Self {
        Self(Arc::new(Shared { pace, limits, clock, numbers: Mutex::default() }))
    }

    /// Waits for a turn and a place of the number, at most [`Limits::sleep_most`].
    pub(super) async fn enter(&self, id: &PhoneNumberId, stopping: &CancellationToken) -> Entry {
        self.enter_after(std::future::ready(()), id, stopping).await
    }

    /// As [`Self::enter`]. `first` runs once there is a turn, and takes no place while it does.
    pub(super) async fn enter_after(
        &self,
        first: impl Future<Output = ()>,
        id: &PhoneNumberId,
        stopping: &CancellationToken,
    ) -> Entry {
        let number = self.number(id);
        let Ok(_waiting) = Arc::clone(&number.waiting).try_acquire_owned() else {
            return self.later(&number);
        };
        let wait = match number.bucket().take(self.now(), &self.0.limits) {
            Ok(wait) => wait,
            Err(later) => return Entry::Later(later),
        };
        let place = async {
            tokio::join!(first, async {
                if !wait.is_zero() {
                    tokio::time::sleep(wait).await;
                }
            });
            let free = Arc::clone(&number.places).acquire_owned();
            tokio::time::timeout(self.0.limits.sleep_most.saturating_sub(wait), free).await.ok()?.ok()
        };
        match stopping.run_until_cancelled(place).await {
            Some(Some(place)) => Entry::Slot(Slot { number, pacer: self.clone(), _place: place }),
            Some(None) => self.later(&number),
            None => Entry::Stopped,
        }
    }

    /// Meta said that the number sends too much. Returns the messages per second from here on, if that is news.
    pub(super) fn slow_down(&self, id: &PhoneNumberId) -> Option<f64> {
        let number = self.number(id);
        let mut bucket = number.bucket();
        let now = self.now();
        bucket.slow_down(now, &self.0.limits).then(|| bucket.rate(now, &self.0.limits))
    }

    fn later(&self, number: &Number) -> Entry {
        Entry::Later(number.bucket().later(self.now(), &self.0.limits))
    }

    /// The monotonic clock: messages per second are counted in real ones.
    fn now(&self) -> Instant {
        self.0.clock.both().monotonic
    }

    fn number(&self, id: &PhoneNumberId) -> Arc<Number> {
        let mut numbers = self.0.numbers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(number) = numbers.get(id) {
            return Arc::clone(number);
        }
        let places = usize::try_from(self.0.pace.concurrency.max(1)).unwrap_or(1);
        let number = Arc::new(Number {
            bucket: Mutex::new(Bucket::new(self.0.pace.rate, self.now())),
            places: Arc::new(Semaphore::new(places)),
            waiting: Arc::new(Semaphore::new(WAITING)),
        });
        numbers.insert(id.clone(), Arc::clone(&number));
        number
    }
}

impl Number {
    fn bucket(&self) -> MutexGuard<'_, Bucket> {
        self.bucket.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Slot {
    /// Nothing was sent after all: the turn is free for somebody else.
    pub(super) fn unused(self) {
        self.number.bucket().give_back(self.pacer.now(), &self.pacer.0.limits);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pacer(concurrency: u32, sleep_most: Duration) -> Pacer {
        let limits = Limits { sleep_most, ..Limits::default() };
        Pacer::new(Pace { rate: 1_000_000, concurrency }, limits, Clock::default())
    }

    async fn enter(pacer: &Pacer, number: &str) -> Entry {
        pacer.enter(&PhoneNumberId::new(number), &CancellationToken::new()).await
    }

    async fn slot(pacer: &Pacer, number: &str) -> Slot {
        let Entry::Slot(slot) = enter(pacer, number).await else { panic!("no slot") };
        slot
    }

    #[tokio::test]
    async fn a_number_whose_places_are_all_taken_holds_up_no_other() {
        let pacer = pacer(1, Duration::from_millis(1));
        let taken = slot(&pacer, "1").await;
        assert!(matches!(enter(&pacer, "1").await, Entry::Later(_)), "parked, not waited for");
        drop(slot(&pacer, "2").await);
        drop(taken);
        drop(slot(&pacer, "1").await);
    }

    #[tokio::test]
    async fn a_place_that_becomes_free_is_given_to_who_waits_for_it() {
        let pacer = pacer(1, Duration::from_mins(5));
        let taken = slot(&pacer, "1").await;
        let (entry, ()) = tokio::join!(enter(&pacer, "1"), async { drop(taken) });
        assert!(matches!(entry, Entry::Slot(_)));
    }

    #[tokio::test]
    async fn the_end_of_the_process_ends_the_wait() {
        let pacer = pacer(1, Duration::from_mins(5));
        let _taken = slot(&pacer, "1").await;
        let stopping = CancellationToken::new();
        let number = PhoneNumberId::new("1");
        let (entry, ()) = tokio::join!(pacer.enter(&number, &stopping), async { stopping.cancel() });
        assert!(matches!(entry, Entry::Stopped));
    }

    #[tokio::test]
    async fn only_so_many_wait_here_and_the_rest_comes_again() {
        let pacer = pacer(1, Duration::from_mins(5));
        let _taken = slot(&pacer, "1").await;
        let stopping = CancellationToken::new();
        let number = PhoneNumberId::new("1");
        let waiting = (0..WAITING).map(|_| pacer.enter(&number, &stopping));
        let (entries, one_more) = tokio::join!(futures_util::future::join_all(waiting), async {
            let entry = pacer.enter(&number, &stopping).await;
            stopping.cancel();
            entry
        });
        assert!(entries.iter().all(|entry| matches!(entry, Entry::Stopped)), "they waited");
        assert!(matches!(one_more, Entry::Later(_)));
    }

    #[tokio::test]
    async fn too_many_from_one_number_slows_that_one_down() {
        let pacer = pacer(1, Duration::from_secs(5));
        let slowed = pacer.slow_down(&PhoneNumberId::new("1"));
        assert_eq!(slowed, Some(500_000.0));
        assert_eq!(pacer.slow_down(&PhoneNumberId::new("1")), None, "told once");
        assert_eq!(pacer.slow_down(&PhoneNumberId::new("2")), slowed, "each from its own rate");
    }
}
