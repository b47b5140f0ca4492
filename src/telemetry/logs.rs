//! Log lines on standard error, as text or JSON, one event a line; `lines` writes them. Standard
//! output stays free for the audit stream. Only Oathgate's own events follow the configured level;
//! libraries are capped at WARN, because at DEBUG and TRACE some of them print what they send and
//! receive.

use std::{fs::File, io, os::fd::AsFd};

use super::lines::LineThread;
use tracing::{Level, level_filters::LevelFilter};
use tracing_subscriber::{
    Layer, Registry,
    filter::Targets,
    fmt::{self, MakeWriter},
    layer::SubscriberExt,
    reload,
    util::SubscriberInitExt,
};

/// How a line is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Format {
    /// `2026-01-01T00:00:00.000000Z  INFO oathgate::…: message key=value`.
    #[default]
    Text,
    /// One JSON object: `timestamp`, `level`, `target`, `fields`.
    Json,
}

/// Why logging could not be set up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LogError {
    /// The process has a subscriber already.
    #[error("logging is set up already; it can be set up once a process")]
    AlreadyInstalled,
    /// The system gave no thread.
    #[error("no thread for log lines: {0}")]
    Thread(io::ErrorKind),
}

/// The process's logging; changes its level while running.
pub struct Logs {
    filter: reload::Handle<Targets, Registry>,
    /// Writes what waits when this is dropped.
    _thread: LineThread,
}

impl Logs {
    /// Writes events of `level` and graver to standard error from now on.
    ///
    /// # Errors
    /// [`LogError::AlreadyInstalled`] at the second call in a process; [`LogError::Thread`].
    pub fn install(format: Format, level: Level) -> Result<Self, LogError> {
        let (filter, handle) = reload::Layer::new(filter(level));
        let started = standard_error().and_then(LineThread::start);
        let (lines, thread) = started.map_err(|error| LogError::Thread(error.kind()))?;
        let writer = move || lines.clone();
        let lines = match format {
            Format::Text => fmt::layer()
                .with_ansi(false)
                .with_writer(OneLine(writer))
                .boxed(),
            Format::Json => fmt::layer().json().with_writer(writer).boxed(),
        };
        tracing_subscriber::registry()
            .with(lines.with_filter(filter))
            .try_init()
            .map_err(|_| LogError::AlreadyInstalled)?;
        Ok(Self {
            filter: handle,
            _thread: thread,
        })
    }

    /// Changes the level; the format stays that of the start.
    pub fn set_level(&self, level: Level) {
        // Fails only when the subscriber is gone, and then nobody logs.
        let _ = self.filter.reload(filter(level));
    }
}

/// Standard error without its lock: whoever panics must not wait for who writes lines.
fn standard_error() -> io::Result<File> {
    let standard_error = io::stderr().as_fd().try_clone_to_owned()?;
    Ok(File::from(standard_error))
}

fn filter(level: Level) -> Targets {
    let level = LevelFilter::from_level(level);
    Targets::new()
        .with_default(level.min(LevelFilter::WARN))
        .with_target("oathgate", level)
}

/// Makes writers that keep an event on one line: a peer's text must not forge a second one.
struct OneLine<M>(M);

impl<'a, M: MakeWriter<'a>> MakeWriter<'a> for OneLine<M> {
    type Writer = OneLineWriter<M::Writer>;

    fn make_writer(&'a self) -> Self::Writer {
        OneLineWriter(self.0.make_writer())
    }
}

/// Escapes control characters but the event's own final line feed. Relies on one `write` an
/// event, which the formatter promises by formatting into a buffer first.
struct OneLineWriter<W>(W);

impl<W: io::Write> io::Write for OneLineWriter<W> {
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(event);
        let (line, end) = match text.strip_suffix('\n') {
            Some(line) => (line, "\n"),
            None => (&*text, ""),
        };
        if line.contains(breaks_a_line) {
            let mut escaped = String::with_capacity(line.len().saturating_add(16));
            for c in line.chars() {
                if breaks_a_line(c) {
                    escaped.extend(c.escape_default());
                } else {
                    escaped.push(c);
                }
            }
            escaped.push_str(end);
            self.0.write_all(escaped.as_bytes())?;
        } else {
            self.0.write_all(event)?;
        }
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// Control characters (also a terminal's C1 ones) and Unicode's line and paragraph separators.
fn breaks_a_line(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
}

#[cfg(test)]
mod tests {
    use std::{
        io::Write as _,
        sync::{Arc, Mutex},
    };

    use super::*;

    #[derive(Clone, Default)]
    struct Sink(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Sink {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Sink {
        fn text(&self) -> String {
            String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
        }
    }

    /// What `log` writes as text at `level`.
    fn lines(level: Level, log: impl FnOnce()) -> String {
        let sink = Sink::default();
        let made = sink.clone();
        let layer = fmt::layer()
            .with_ansi(false)
            .with_writer(OneLine(move || made.clone()));
        let subscriber = tracing_subscriber::registry().with(layer.with_filter(filter(level)));
        tracing::subscriber::with_default(subscriber, log);
        sink.text()
    }

    #[test]
    fn an_event_stays_on_its_line_whatever_a_peer_put_in() {
        let hostile = "x\n2026-01-01 INFO forged\r\x1b[31m\u{85}\u{2028}\u{7f}end";
        let seen = lines(Level::INFO, || {
            tracing::info!(client = %hostile, debug = ?hostile, "hello {hostile}");
        });
        assert_eq!(seen.matches('\n').count(), 1, "{seen}");
        assert!(seen.ends_with('\n'));
        assert!(
            !seen.trim_end_matches('\n').contains(breaks_a_line),
            "{seen}"
        );
        assert!(seen.contains("forged"), "{seen}");
    }

    #[test]
    fn libraries_are_capped_at_warn() {
        let seen = lines(Level::TRACE, || {
            tracing::trace!(target: "oathgate::proxy", "ours");
            tracing::debug!(target: "h2::codec", "bytes");
            tracing::info!(target: "hyper", "chatter");
            tracing::warn!(target: "reqwest", "trouble");
        });
        assert!(seen.contains("ours") && seen.contains("trouble"), "{seen}");
        assert!(
            !seen.contains("bytes") && !seen.contains("chatter"),
            "{seen}"
        );
        let quiet = lines(Level::ERROR, || {
            tracing::warn!(target: "reqwest", "trouble");
        });
        assert_eq!(quiet, "");
    }

    #[test]
    fn plain_lines_pass_unchanged() {
        let sink = Sink::default();
        let mut writer = OneLineWriter(sink.clone());
        writer.write_all("grün ✓\n".as_bytes()).unwrap();
        assert_eq!(sink.text(), "grün ✓\n");
    }
}
