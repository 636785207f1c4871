//! Shapes of lines, colour and filters.

use std::ffi::OsStr;
use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use super::{Format, TelemetryError, TelemetrySettings, colour, subscriber};

#[derive(Clone, Default)]
struct Buffer(Arc<Mutex<Vec<u8>>>);

impl Write for Buffer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0
            .lock()
            .expect("no writer panicked")
            .extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What two events, one of them at debug level, come out as.
fn written(format: Format, filter: &str, colour: bool) -> String {
    let buffer = Buffer::default();
    let writer = buffer.clone();
    let settings = TelemetrySettings {
        format,
        filter: filter.to_owned(),
    };
    let subscriber =
        subscriber(&settings, move || writer.clone(), colour).expect("the filter is valid");
    tracing::subscriber::with_default(subscriber, || {
        tracing::debug!(sequence = 1, "applied");
        tracing::info!(sequence = 2, "applied");
    });
    let bytes = buffer.0.lock().expect("no writer panicked").clone();
    String::from_utf8(bytes).expect("lines are text")
}

#[test]
fn colour_is_for_terminals_without_no_color() {
    for (terminal, no_color, expected) in [
        (true, None, true),
        (true, Some(""), true),
        (true, Some("1"), false),
        (false, None, false),
        (false, Some("1"), false),
    ] {
        assert_eq!(
            colour(terminal, no_color.map(OsStr::new)),
            expected,
            "{terminal} {no_color:?}"
        );
    }
    for coloured in [true, false] {
        assert_eq!(
            written(Format::Human, "info", coloured).contains('\u{1b}'),
            coloured
        );
    }
}

#[test]
fn filters_choose_the_lines() {
    for (filter, lines) in [
        ("off", 0),
        ("info", 1),
        ("debug", 2),
        ("info,cardex_runtime=debug", 2),
        ("debug,cardex_runtime=warn", 0),
    ] {
        assert_eq!(
            written(Format::Human, filter, false).lines().count(),
            lines,
            "{filter}"
        );
    }
}

#[test]
fn json_is_one_object_a_line_with_flat_fields() {
    let text = written(Format::Json, "debug", false);
    let lines: Vec<serde_json::Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).expect("a JSON object"))
        .collect();
    let sequences: Vec<_> = lines.iter().map(|line| line["sequence"].as_u64()).collect();
    assert_eq!(sequences, [Some(1), Some(2)]);
}

#[test]
fn filters_that_make_no_sense_are_refused() {
    let refused = |filter: &str| {
        let settings = TelemetrySettings {
            filter: filter.to_owned(),
            ..TelemetrySettings::default()
        };
        subscriber(&settings, io::sink, false).err()
    };
    for filter in ["inof", "info,cardex_bus", "INFO, verbose"] {
        let error = refused(filter);
        assert!(
            matches!(error, Some(TelemetryError::Level { .. })),
            "{filter}: {error:?}"
        );
    }
    let error = refused("cardex=loud");
    assert!(
        matches!(error, Some(TelemetryError::Filter { .. })),
        "{error:?}"
    );
    for filter in [
        "WARN",
        "info,",
        "cardex_bus=debug",
        "info,[apply{sequence}]=trace",
    ] {
        let error = refused(filter);
        assert!(error.is_none(), "{filter}: {error:?}");
    }
}
