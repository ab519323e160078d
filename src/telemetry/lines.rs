//! Adds to a line what Google Cloud joins lines by: the trace of the work that logged it, and that an error is one.
//! Sources: cloud.google.com/logging/docs/structured-logging, cloud.google.com/error-reporting/docs/formatting-error-messages (November 2026).

use std::io::{self, Write};
use std::sync::Arc;

use tracing::{Level, Metadata};
use tracing_subscriber::fmt::MakeWriter;

use crate::trace_context::TraceContext;

/// With this, Error Reporting takes a line without a stack trace for an error.
const REPORTED: &str = r#""@type":"type.googleapis.com/google.devtools.clouderrorreporting.v1beta1.ReportedErrorEvent","#;

/// Makes the writers of the lines.
pub(super) struct Lines<W> {
    /// In whose project the traces are; the bare id of a trace is understood too.
    pub(super) project: Option<Arc<str>>,
    pub(super) writer: W,
}

/// The writer of one line.
pub(super) struct Line<W> {
    more: String,
    writer: W,
}

impl<'a, W: MakeWriter<'a>> MakeWriter<'a> for Lines<W> {
    type Writer = Line<W::Writer>;

    fn make_writer(&'a self) -> Self::Writer {
        Line { more: self.more(None), writer: self.writer.make_writer() }
    }

    fn make_writer_for(&'a self, metadata: &Metadata<'_>) -> Self::Writer {
        Line { more: self.more(Some(*metadata.level())), writer: self.writer.make_writer_for(metadata) }
    }
}

impl<W> Lines<W> {
    fn more(&self, level: Option<Level>) -> String {
        let error = if level == Some(Level::ERROR) { REPORTED } else { "" };
        let Some(trace) = TraceContext::current() else { return error.to_owned() };
        let (id, span, sampled) = (trace.trace_id(), trace.span_id(), trace.is_sampled());
        let name = self.project.as_ref().map_or(id.clone(), |project| format!("projects/{project}/traces/{id}"));
        format!(
            r#"{error}"logging.googleapis.com/trace":"{name}","logging.googleapis.com/spanId":"{span}","logging.googleapis.com/trace_sampled":{sampled},"#
        )
    }
}

impl<W: Write> Write for Line<W> {
    /// A line comes whole: an object that is never empty.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match bytes.strip_prefix(b"{").filter(|_| !self.more.is_empty()) {
            Some(rest) => self.writer.write_all(&[b"{", self.more.as_bytes(), rest].concat())?,
            None => self.writer.write_all(bytes)?,
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}
