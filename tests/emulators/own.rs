//! Emulators of a test's own, which it may kill. What they kept is gone then.

use crate::emulators::{Emulator, FIRESTORE, PUBSUB, spawn};

impl Emulator {
    pub(crate) fn own_firestore() -> Result<Self, String> {
        Self::start(FIRESTORE, &["start"])
    }

    pub(crate) fn own_pubsub() -> Result<Self, String> {
        Self::start(PUBSUB, &[])
    }

    /// Kills it.
    pub(crate) fn kill(&mut self) {
        // The shell ends its group with itself.
        drop(self.shell.stdin.take());
        self.shell.wait().expect("it ends");
    }

    /// Starts it again at the same place.
    pub(crate) fn start_again(&mut self) {
        self.shell = spawn(&self.command, &self.host).expect("it starts");
        self.until_it_answers().expect("it answers");
    }
}
