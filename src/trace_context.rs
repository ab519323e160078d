//! Where some work stands in a distributed trace. It comes with a request, goes along with the events, and stands on every line that is
//! logged meanwhile (W3C Trace Context, w3.org/TR/trace-context; cloud.google.com/trace/docs/trace-context, November 2026).

use std::fmt;

tokio::task_local! {
    static CURRENT: Option<TraceContext>;
}

/// A trace and a span in it. Its text is a `traceparent`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TraceContext {
    trace: u128,
    span: u64,
    sampled: bool,
}

impl TraceContext {
    /// From the headers of a request: `traceparent`, else Google's older `X-Cloud-Trace-Context`. What is not valid counts as absent.
    pub fn of_headers<'a>(header: impl Fn(&str) -> Option<&'a str>) -> Option<Self> {
        header("traceparent").and_then(Self::parse).or_else(|| header("x-cloud-trace-context").and_then(Self::parse_google))
    }

    /// From a `traceparent`: `00-<trace, 32 digits>-<span, 16 digits>-<flags>`, hexadecimal in small letters.
    #[must_use]
    pub fn parse(traceparent: &str) -> Option<Self> {
        let mut parts = traceparent.split('-');
        let (version, trace, span, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        // A later version may say more, in further parts.
        let is_known = version == "00" && parts.next().is_none();
        if !is_known && (hexadecimal(version, 2)? == 0xff || version == "00") {
            return None;
        }
        Self::new(hexadecimal(trace, 32)?, u64::try_from(hexadecimal(span, 16)?).ok()?, hexadecimal(flags, 2)? & 1 == 1)
    }

    /// `<trace, 32 digits>/<span, decimal>;o=<1: sampled>`; the last part may be absent.
    fn parse_google(header: &str) -> Option<Self> {
        let (trace, rest) = header.split_once('/')?;
        let (span, options) = rest.split_once(';').unwrap_or((rest, ""));
        Self::new(hexadecimal(&trace.to_ascii_lowercase(), 32)?, span.parse().ok()?, options == "o=1")
    }

    fn new(trace: u128, span: u64, sampled: bool) -> Option<Self> {
        (trace != 0 && span != 0).then_some(Self { trace, span, sampled })
    }

    /// That of the work that calls this.
    #[must_use]
    pub fn current() -> Option<Self> {
        CURRENT.try_with(|current| *current).ok().flatten()
    }

    /// The trace's id: 32 hexadecimal digits.
    #[must_use]
    pub fn trace_id(&self) -> String {
        format!("{:032x}", self.trace)
    }

    /// The span's id: 16 hexadecimal digits.
    #[must_use]
    pub fn span_id(&self) -> String {
        format!("{:016x}", self.span)
    }

    /// Whether whoever began the trace keeps it.
    #[must_use]
    pub fn is_sampled(&self) -> bool {
        self.sampled
    }
}

impl fmt::Display for TraceContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "00-{:032x}-{:016x}-{:02x}", self.trace, self.span, u8::from(self.sampled))
    }
}

/// Does the work in a trace, or in none. A task that it spawns is in none, unless it is told.
pub async fn within<F: Future>(trace: Option<TraceContext>, work: F) -> F::Output {
    CURRENT.scope(trace, work).await
}

fn hexadecimal(text: &str, digits: usize) -> Option<u128> {
    let valid = text.len() == digits && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    valid.then(|| u128::from_str_radix(text, 16).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACEPARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn a_traceparent_is_read_and_written() {
        let trace = TraceContext::parse(TRACEPARENT).unwrap();
        assert_eq!(
            (trace.trace_id().as_str(), trace.span_id().as_str()),
            ("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7")
        );
        assert!(trace.is_sampled());
        assert_eq!(trace.to_string(), TRACEPARENT);
        let later = TRACEPARENT.replace("00-4", "01-4").replace("-01", "-00-more");
        assert!(!TraceContext::parse(&later).unwrap().is_sampled(), "of a later version, with a part that we do not know");
    }

    #[test]
    fn what_is_no_traceparent_is_none() {
        let wrong = ["", "00", "00-0-0-0", "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"];
        let more = [
            ("01", "0x"),
            ("-01", "-01-more"),
            ("4736", "473G"),
            ("4bf", "4BF"),
            ("4bf", "+bf"),
            ("00f067aa0ba902b7", "0000000000000000"),
        ];
        let changed = more.map(|(from, to)| TRACEPARENT.replacen(from, to, 1));
        for text in wrong.into_iter().chain(changed.iter().map(String::as_str)) {
            assert_eq!(TraceContext::parse(text), None, "{text}");
        }
    }

    #[test]
    fn the_header_of_google_counts_where_there_is_no_traceparent() {
        let google =
            |name: &str| (name == "x-cloud-trace-context").then_some("4BF92f3577b34da6a3ce929d0e0e4736/67667974448284343;o=1");
        assert_eq!(TraceContext::of_headers(google), TraceContext::parse(TRACEPARENT));
        let both =
            |name: &str| if name == "traceparent" { Some(TRACEPARENT) } else { Some("105445aa7843bc8bf206b12000100000/1") };
        assert_eq!(TraceContext::of_headers(both), TraceContext::parse(TRACEPARENT));
        let bare = |name: &str| (name != "traceparent").then_some("105445aa7843bc8bf206b12000100000/1");
        assert!(!TraceContext::of_headers(bare).unwrap().is_sampled());
        assert_eq!(TraceContext::of_headers(|_| Some("105445aa7843bc8bf206b12000100000")), None);
    }

    #[tokio::test]
    async fn work_knows_its_trace_and_only_its_own() {
        let trace = TraceContext::parse(TRACEPARENT);
        assert_eq!(within(trace, async { TraceContext::current() }).await, trace);
        assert_eq!(TraceContext::current(), None);
    }
}
