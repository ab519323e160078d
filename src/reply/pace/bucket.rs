//! How fast one number may send: evenly spaced turns, slower after Meta said "too many", then step by step faster again.

use std::time::{Duration, Instant};

use crate::domain::Limits;

/// Steps from a standstill back to the full rate.
const STEPS: f64 = 8.0;
/// The floor is this part of the full rate: a number that Meta throttles for long still sends.
const FLOOR: f64 = 16.0;

/// The turns of one number. Spaced evenly and never saved up, so that no second holds more than the rate.
#[derive(Debug)]
pub(super) struct Bucket {
    /// Messages per second.
    full: f64,
    slowed: Option<Slowed>,
    /// When the next turn is free.
    next: Instant,
    /// When the next of those who were sent away should come again.
    come_again: Instant,
}

#[derive(Debug, Clone, Copy)]
struct Slowed {
    /// Messages per second at that moment.
    rate: f64,
    at: Instant,
}

impl Bucket {
    pub(super) fn new(per_second: u32, now: Instant) -> Self {
        Self { full: f64::from(per_second.max(1)), slowed: None, next: now, come_again: now }
    }

    /// Takes the next turn and returns how long to wait for it; `Err` says when to come again, if it is further away than
    /// [`Limits::sleep_most`].
    pub(super) fn take(&mut self, now: Instant, limits: &Limits) -> Result<Duration, Duration> {
        let at = self.next.max(now);
        let wait = at.duration_since(now);
        if wait > limits.sleep_most {
            return Err(self.later(now, limits));
        }
        self.next = at + self.interval(now, limits);
        Ok(wait)
    }

    /// When somebody who gets no turn now should come again: once those who wait have had theirs, so that no turn stays unused
    /// meanwhile, and spaced like the turns, so that they do not all come at once.
    pub(super) fn later(&mut self, now: Instant, limits: &Limits) -> Duration {
        let at = self.come_again.max(self.next).max(now + limits.wake_every);
        self.come_again = at + self.interval(now, limits);
        at.duration_since(now)
    }

    /// The turn that was taken last is not needed.
    pub(super) fn give_back(&mut self, now: Instant, limits: &Limits) {
        self.next = self.next.checked_sub(self.interval(now, limits)).unwrap_or(self.next);
    }

    /// Half as fast from here on; false when that was decided a moment ago.
    pub(super) fn slow_down(&mut self, now: Instant, limits: &Limits) -> bool {
        if self.slowed.is_some_and(|slowed| now.duration_since(slowed.at) < limits.slow_again) {
            return false;
        }
        let floor = (self.full / FLOOR).max(1.0).min(self.full);
        self.slowed = Some(Slowed { rate: (self.rate(now, limits) / 2.0).max(floor), at: now });
        true
    }

    /// Messages per second right now.
    pub(super) fn rate(&self, now: Instant, limits: &Limits) -> f64 {
        self.slowed.map_or(self.full, |slowed| {
            let since = now.duration_since(slowed.at).as_secs_f64();
            let steps = (since / limits.recover_every.as_secs_f64()).floor();
            (slowed.rate + steps * self.full / STEPS).min(self.full)
        })
    }

    fn interval(&self, now: Instant, limits: &Limits) -> Duration {
        Duration::from_secs_f64(self.rate(now, limits).recip())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn new(per_second: u32) -> (Bucket, Instant, Limits) {
        let now = Instant::now();
        (Bucket::new(per_second, now), now, Limits::default())
    }

    fn rates_after(seconds: &[u64], bucket: &Bucket, from: Instant) -> Vec<f64> {
        seconds.iter().map(|second| bucket.rate(from + Duration::from_secs(*second), &Limits::default())).collect()
    }

    #[test]
    fn turns_are_spaced_by_the_rate_and_never_saved_up() {
        let (mut bucket, now, limits) = new(4);
        let waits: Vec<_> = (0..3).map(|_| bucket.take(now, &limits)).collect();
        assert_eq!(waits, [0, 250, 500].map(|ms| Ok(Duration::from_millis(ms))));
        let much_later = now + Duration::from_mins(5);
        let waits: Vec<_> = (0..2).map(|_| bucket.take(much_later, &limits)).collect();
        assert_eq!(waits, [0, 250].map(|ms| Ok(Duration::from_millis(ms))), "five quiet minutes allow no burst");
    }

    #[test]
    fn whoever_would_wait_too_long_comes_again_at_a_time_of_their_own() {
        let (mut bucket, now, limits) = new(1);
        assert!((0..6).all(|_| bucket.take(now, &limits).is_ok()), "0 to 5 seconds are waited for");
        let again: Vec<_> = (0..3).map(|_| bucket.take(now, &limits)).collect();
        assert_eq!(again, [6, 7, 8].map(|seconds| Err(Duration::from_secs(seconds))), "after those who wait, one after another");
    }

    #[test]
    fn a_turn_that_is_given_back_is_taken_by_the_next() {
        let (mut bucket, now, limits) = new(1);
        assert_eq!(bucket.take(now, &limits), Ok(Duration::ZERO));
        bucket.give_back(now, &limits);
        assert_eq!(bucket.take(now, &limits), Ok(Duration::ZERO));
    }

    #[test]
    fn too_many_halves_the_rate_once_per_second_down_to_a_floor_and_it_recovers_step_by_step() {
        let (mut bucket, now, limits) = new(80);
        assert!(bucket.slow_down(now, &limits));
        assert!(!bucket.slow_down(now, &limits), "answers to what was on its way at the same time");
        assert_eq!(rates_after(&[0, 9, 10, 39, 40, 500], &bucket, now), [40.0, 40.0, 50.0, 70.0, 80.0, 80.0]);
        for second in 1..9 {
            bucket.slow_down(now + Duration::from_secs(second), &limits);
        }
        assert_eq!(rates_after(&[8, 18], &bucket, now), [5.0, 15.0], "a sixteenth is the floor");
    }

    #[test]
    #[expect(clippy::float_cmp, reason = "both are one by assignment")]
    fn a_number_of_one_message_per_second_is_not_slowed_below_it() {
        let (mut bucket, now, limits) = new(1);
        bucket.slow_down(now, &limits);
        assert_eq!(bucket.rate(now, &limits), 1.0);
    }
}
