//! The places where a process may die, by the names that `docs/delivery.md` gives them. A build for the tests of delivery holds
//! whatever reaches the place that it was told, and then kills or stops itself; in every other build [`reach`] is nothing.

/// A place in the code, named by what is done and what is not. The letter is the part: receiver, begin, turn, evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Point {
    /// Receiver: the raw delivery is stored, its events are not published.
    R1,
    /// Receiver: the events are published, the raw delivery is not stored.
    R2,
    /// Receiver: both are done, the 200 is not sent.
    R4,
    /// Begin: nothing is committed.
    B1,
    /// Begin: committed, and the worker does not know it.
    B2,
    /// Begin: the message joined the mailbox of a held conversation, its delivery is not acked.
    B3,
    /// Begin: a twin of the guardian came during the turn and is not nacked.
    B4,
    /// Begin: a message joined during the last POST; the turn that it came too late for has ended, the next one has begun.
    B5,
    /// Turn: in the debounce.
    T1,
    /// Turn: about to decide.
    T2,
    /// Turn: decided, not sealed.
    T3,
    /// Turn: sealed, and the worker does not know it.
    T4,
    /// Turn: the attempt is recorded, its POST has not begun.
    T5,
    /// Turn: the POST is on the wire. (T7 is the same place when the far end has accepted it.)
    T6,
    /// Turn: the answer is read, not settled.
    T8,
    /// Turn: one message is settled, the next is not begun.
    T9,
    /// Turn: every message is settled, the turn is not finished.
    T10,
    /// Turn: finished, its delivery is not acked.
    T11,
    /// Turn: parked, its delivery is not acked.
    T12,
    /// Evidence: the status is committed, nobody is woken and its delivery is not acked.
    E1,
}

#[cfg(not(feature = "failure-points"))]
mod at {
    use super::Point;

    /// Nothing.
    pub async fn reach(_point: Point) {}
}

#[cfg(feature = "failure-points")]
mod at {
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::time::Duration;

    use super::Point;

    /// What is done beside the held work still gets this long: the place is "stored, not published", so let it be stored.
    const BESIDE: Duration = Duration::from_millis(100);

    static PLAN: OnceLock<Plan> = OnceLock::new();
    static REACHED: AtomicU32 = AtomicU32::new(0);

    /// Where to end, and how.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct Plan {
        point: Point,
        held: u32,
        signal: &'static str,
    }

    impl Plan {
        /// Reads `T5:10` (ten are held there, then SIGKILL), or `T5:10:STOP` or `:TERM` (at the tenth that signal; nothing is held).
        #[must_use]
        pub fn parse(text: &str) -> Option<Self> {
            let mut parts = text.split(':');
            let name = parts.next()?;
            let point = Point::ALL.into_iter().find(|point| format!("{point:?}") == name)?;
            let held = parts.next()?.parse().ok().filter(|held| *held > 0)?;
            let signal = match parts.next() {
                None => "KILL",
                Some("STOP") => "STOP",
                Some("TERM") => "TERM",
                Some(_) => return None,
            };
            Some(Self { point, held, signal })
        }
    }

    impl Point {
        /// Every place.
        pub const ALL: [Self; 20] = {
            use Point::{B1, B2, B3, B4, B5, E1, R1, R2, R4, T1, T2, T3, T4, T5, T6, T8, T9, T10, T11, T12};
            [R1, R2, R4, B1, B2, B3, B4, B5, T1, T2, T3, T4, T5, T6, T8, T9, T10, T11, T12, E1]
        };
    }

    /// Tells the process where it will end; once.
    pub fn arm(plan: Plan) {
        // A second plan of one process would come from a second configuration: there is none.
        let _first_counts = PLAN.set(plan);
    }

    /// Where the plan says so: holds the caller for good, or only counts it; the last one of them sends the signal.
    pub async fn reach(point: Point) {
        let Some(plan) = PLAN.get().filter(|plan| plan.point == point) else {
            return;
        };
        let before = REACHED.fetch_add(1, Ordering::SeqCst);
        let kills = plan.signal == "KILL";
        if before + 1 == plan.held {
            if kills {
                tokio::time::sleep(BESIDE).await;
            }
            signal(plan.signal);
        }
        if kills {
            std::future::pending::<()>().await;
        }
    }

    /// A signal to ourselves, as from outside: no destructor runs and nothing is flushed.
    fn signal(name: &str) {
        let sent = std::process::Command::new("kill").args([format!("-{name}"), std::process::id().to_string()]).status();
        assert!(sent.is_ok_and(|status| status.success()), "kill -{name} of ourselves failed");
    }
}

pub use at::*;
