//! Logs: JSON for Google Cloud, text in `dev`; our own ids only. Fields and levels: docs/logging.md.

mod lines;

use std::io::IsTerminal;
use std::panic::PanicHookInfo;
use std::sync::Arc;

use tracing::level_filters::LevelFilter;
use tracing::{Metadata, Subscriber};
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, fmt};

use crate::config::{LogFormat, LogSettings};
use lines::Lines;

/// Starts logging for the rest of the process; a second call changes nothing. The filter was checked when it was read; one
/// that does not parse counts as `info`.
pub fn start(settings: &LogSettings) {
    let layer = match settings.format {
        LogFormat::Json => json(std::io::stdout, settings.project.as_deref()),
        LogFormat::Text => text(std::io::stderr, std::io::stderr().is_terminal()),
    };
    // An error means that a subscriber is set already, as in tests.
    if tracing_subscriber::registry().with(bounded(layer, &settings.filter)).try_init().is_ok() {
        std::panic::set_hook(Box::new(panicked));
    }
}

/// The words of a panic may quote what it stumbled over: only its place is told.
fn panicked(panic: &PanicHookInfo<'_>) {
    let place = panic.location().map(ToString::to_string);
    tracing::error!(
        panic.place = place,
        "a bug in Wabridge ended some work: please report the place; what was not done comes again"
    );
}

type Boxed<S> = Box<dyn Layer<S> + Send + Sync>;

fn json<S, W>(writer: W, project: Option<&str>) -> Boxed<S>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
    W: for<'writer> MakeWriter<'writer> + Send + Sync + 'static,
{
    let lines = Lines { project: project.map(Arc::from), writer };
    Box::new(tracing_stackdriver::layer().with_source_location(false).with_writer(lines))
}

fn text<S, W>(writer: W, colours: bool) -> Boxed<S>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
    W: for<'writer> MakeWriter<'writer> + Send + Sync + 'static,
{
    Box::new(fmt::layer().with_writer(writer).with_ansi(colours).with_target(false))
}

fn bounded<S>(layer: Boxed<S>, filter: &str) -> impl Layer<S> + use<S>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    let filter = EnvFilter::builder().parse(filter).unwrap_or_else(|_| EnvFilter::new("info"));
    layer.with_filter(filter).with_filter(filter_fn(may_speak))
}

/// What they tell at `error` is known where it is handled, and a stranger could fill the log with it: a call that failed, a request
/// that is no HTTP.
const MUTE: [&str; 2] = ["gcloud_sdk", "actix_http"];
/// Why the keys of Google cannot be had: nobody else knows.
const KEYS: &str = "gcloud_sdk::id_token_verify";

/// Below `info` libraries may write requests, headers and bodies; what is personal or secret in them must not reach a log,
/// whatever `RUST_LOG` says (docs/decisions/0002).
fn may_speak(metadata: &Metadata<'_>) -> bool {
    let ours = metadata.target() == "wabridge" || metadata.target().starts_with("wabridge::");
    let mute = MUTE.iter().any(|target| metadata.target().starts_with(target)) && !metadata.target().starts_with(KEYS);
    ours || (*metadata.level() <= LevelFilter::INFO && !mute)
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    use super::*;
    use crate::trace_context::{self, TraceContext};

    #[derive(Clone, Default)]
    struct Page(Arc<Mutex<Vec<u8>>>);

    impl Write for Page {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    /// What is written of some events under a filter.
    fn written(filter: &str, speak: impl FnOnce()) -> String {
        let page = Page::default();
        let copy = page.clone();
        let layer = json(move || copy.clone(), Some("a-project"));
        tracing::subscriber::with_default(tracing_subscriber::registry().with(bounded(layer, filter)), speak);
        let bytes = page.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn a_library_never_speaks_below_info_and_we_do_when_asked() {
        let text = written("trace", || {
            tracing::debug!(target: "hyper::proto", "authorization: hunter2");
            tracing::trace!(target: "wabridgeish", "hunter2");
            tracing::info!(target: "actix_server", "starting");
            tracing::error!(target: "gcloud_sdk::middleware", "hunter2");
            tracing::error!(target: "actix_http::h1::dispatcher", "stream error: hunter2");
            tracing::warn!(target: "gcloud_sdk::id_token_verify::keys", "no keys");
            tracing::trace!(target: "wabridge::reply", "a step");
        });
        assert!(
            !text.contains("hunter2") && ["starting", "a step", "no keys"].iter().all(|words| text.contains(words)),
            "{text}"
        );
        let text = written("warn", || tracing::info!(target: "wabridge", "quiet"));
        assert_eq!(text, "");
    }

    #[test]
    fn a_json_line_has_the_fields_that_the_page_on_logging_names() {
        let text = written("info", || tracing::warn!(webhook.phone_number_id = "1", webhook.status = 403, "refused"));
        let line: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(line["severity"], "WARNING");
        assert_eq!(line["message"], "refused");
        assert_eq!(line["webhookPhoneNumberId"], "1");
        assert_eq!(line["webhookStatus"], 403);
        assert!(line["time"].is_string() && line["target"].is_string(), "{text}");
        let more = ["@type", "logging.googleapis.com/trace"];
        assert!(more.iter().all(|name| line.get(name).is_none()), "{text}");
    }

    #[test]
    fn a_line_stands_in_the_trace_of_its_work_and_an_error_is_reported() {
        let trace = TraceContext::parse("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
        let text = written("info", || {
            let speak = trace_context::within(trace, async { tracing::error!("broken") });
            futures_util::future::FutureExt::now_or_never(speak).expect("nothing to wait for");
        });
        let line: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(line["logging.googleapis.com/trace"], "projects/a-project/traces/4bf92f3577b34da6a3ce929d0e0e4736");
        assert_eq!(line["logging.googleapis.com/spanId"], "00f067aa0ba902b7");
        assert_eq!(line["logging.googleapis.com/trace_sampled"], true);
        assert!(line["@type"].as_str().unwrap().ends_with(".ReportedErrorEvent"), "{text}");
        assert_eq!((&line["severity"], &line["message"]), (&"ERROR".into(), &"broken".into()));
    }
}
