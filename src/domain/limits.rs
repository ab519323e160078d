//! Every duration and bound of the delivery protocol, in one value (see `docs/delivery.md` for the reasons).

use std::time::Duration;

/// The limits of one process. Tests divide the durations; nothing else changes them.
#[derive(Debug, Clone)]
pub struct Limits {
    /// How long a lease on a conversation lasts without renewal.
    pub lease: Duration,
    /// How often it is renewed.
    pub renew_every: Duration,
    /// After this long a drain opens no new turn, so that it ends before the ack deadline.
    pub new_turn_until: Duration,
    /// How long the debounce may go on while messages keep coming.
    pub debounce_most: Duration,
    /// How long a permit to POST is valid, on both clocks.
    pub permit: Duration,
    /// How long a POST may take in total.
    pub post: Duration,
    /// After this long a `sending` attempt without an outcome has none coming.
    pub sending: Duration,
    /// The earliest next attempt after an unknown one: permit + POST + two minutes for a status.
    pub resolve: Duration,
    /// A status of the same number this much later than the attempt proves the channel works.
    pub proof: Duration,
    /// How long to wait where nothing proves the channel.
    pub no_proof: Duration,
    /// How long to wait before looking again for proof.
    pub look_again: Duration,
    /// A wake that comes this much late means that we were down.
    pub late: Duration,
    /// The wait after such a wake.
    pub after_outage: Duration,
    /// How long a 5xx with a Graph body is tried again.
    pub server_errors: Duration,
    /// How long to sleep at most instead of parking.
    pub sleep_most: Duration,
    /// How long read receipt and typing may hold up the first POST.
    pub typing: Duration,
    /// After this long a conversation that is still pending is swept.
    pub sweep_after: Duration,
    /// How often the timer looks for due wakes.
    pub wake_every: Duration,
    /// How far clocks may differ.
    pub skew: Duration,
    /// The customer service window (Meta: 24 h from the person's last message).
    pub window: Duration,
    /// The queue's ack deadline.
    pub ack_deadline: Duration,
    /// The first wait after a nack.
    pub retry_least: Duration,
    /// The longest wait after nacks.
    pub retry_most: Duration,
    /// The unit of the waits after a message was certainly not sent: 2^n or 4^n of it.
    pub back_off_unit: Duration,
    /// The longest of those waits.
    pub back_off_most: Duration,
    /// The longest wait after too many messages to one person.
    pub person_most: Duration,
    /// The first wait while Meta maintains the account (Meta: 20 to 60 s); three of it are the longest.
    pub maintenance: Duration,
    /// How often one message tries whether a paused number may send again.
    pub probe_every: Duration,
    /// How long a number is paused that Meta restricts for spam. Meta names no time; an hour leaves most of the window.
    pub restricted: Duration,
    /// The pause between two tries to note an outcome, while the store fails.
    pub settle_again: Duration,
    /// Throttled answers this close together slow a number down once: they were on their way at the same time.
    pub slow_again: Duration,
    /// How often a number that was slowed down gets a step faster.
    pub recover_every: Duration,
    /// At most this many messages wait in one mailbox.
    pub mailbox: usize,
    /// This many crashes of one turn end it.
    pub crashes: u32,
}

impl Limits {
    /// Nothing is put off for longer than this: what says so was written before the clock went back, and is due.
    #[must_use]
    pub fn longest_wait(&self) -> Duration {
        self.window / 6
    }
}

#[cfg(feature = "failure-points")]
impl Limits {
    /// Every duration divided, so that tests of minutes take seconds; the bot's own durations stay as they are written.
    #[must_use]
    pub fn divided(mut self, by: u32) -> Self {
        let durations = [
            &mut self.lease,
            &mut self.renew_every,
            &mut self.new_turn_until,
            &mut self.debounce_most,
            &mut self.permit,
            &mut self.post,
            &mut self.sending,
            &mut self.resolve,
            &mut self.proof,
            &mut self.no_proof,
            &mut self.look_again,
            &mut self.late,
            &mut self.after_outage,
            &mut self.server_errors,
            &mut self.sleep_most,
            &mut self.typing,
            &mut self.sweep_after,
            &mut self.wake_every,
            &mut self.skew,
            &mut self.window,
            &mut self.ack_deadline,
            &mut self.retry_least,
            &mut self.retry_most,
            &mut self.back_off_unit,
            &mut self.back_off_most,
            &mut self.person_most,
            &mut self.maintenance,
            &mut self.probe_every,
            &mut self.restricted,
            &mut self.settle_again,
            &mut self.slow_again,
            &mut self.recover_every,
        ];
        for duration in durations {
            *duration /= by.max(1);
        }
        self
    }
}

impl Default for Limits {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self {
            lease: seconds(30),
            renew_every: seconds(10),
            new_turn_until: seconds(50),
            debounce_most: seconds(5),
            permit: seconds(5),
            post: seconds(8),
            sending: seconds(20),
            resolve: seconds(135),
            proof: seconds(60),
            no_proof: seconds(600),
            look_again: seconds(60),
            late: seconds(120),
            after_outage: seconds(600),
            server_errors: seconds(3600),
            sleep_most: seconds(5),
            typing: seconds(2),
            sweep_after: seconds(900),
            wake_every: seconds(1),
            skew: seconds(5),
            window: seconds(24 * 3600),
            ack_deadline: seconds(180),
            retry_least: seconds(10),
            retry_most: seconds(600),
            back_off_unit: seconds(1),
            back_off_most: seconds(300),
            person_most: seconds(3600),
            maintenance: seconds(20),
            probe_every: seconds(60),
            restricted: seconds(3600),
            settle_again: Duration::from_millis(200),
            slow_again: seconds(1),
            recover_every: seconds(10),
            mailbox: 100,
            crashes: 5,
        }
    }
}
