//! The only place that writes to the terminal.

use std::io::{self, ErrorKind, Write as _};

/// To standard output: what was asked for. A line break is added where there is none.
pub(super) fn out(text: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    if !text.ends_with('\n') {
        stdout.write_all(b"\n")?;
    }
    stdout.flush()
}

/// To standard error: what a person should know beside it. Nobody to read it is no reason to stop.
pub(super) fn note(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// `wabridge events list | head` ends our output early: that is no failure.
pub(super) fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == ErrorKind::BrokenPipe)
}
