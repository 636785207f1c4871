//! Precedence, refusals and secret files; the environment is always a map.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;

use super::{Loaded, Loader, SecretFile, SettingsError};

const DEFAULTS: &str = r#"
    property = "default"
    drain_ms = 10_000

    [nats]
    url = "nats://default"
    durable = true

    [log]
    format = "human"

    [zones]
"#;

#[derive(Debug, Clone, PartialEq, Deserialize)]
struct Settings {
    property: String,
    drain_ms: u32,
    nats: Nats,
    log: Log,
    zone: Option<String>,
    #[serde(default)]
    departments: Vec<String>,
    #[serde(default)]
    ports: Vec<u16>,
    zones: BTreeMap<String, String>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
struct Nats {
    url: String,
    durable: bool,
    ratio: Option<f64>,
    password_file: Option<SecretFile>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
struct Log {
    format: Format,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Format {
    Human,
    Json,
    Rotated { keep: u8 },
}

/// The layers above the defaults.
#[derive(Default)]
struct Layers<'a> {
    file: Option<&'a str>,
    env: &'a [(&'a str, &'a str)],
    flags: &'a [&'a str],
}

fn file(text: &str) -> Layers<'_> {
    Layers {
        file: Some(text),
        ..Layers::default()
    }
}

fn env<'a>(env: &'a [(&'a str, &'a str)]) -> Layers<'a> {
    Layers {
        env,
        ..Layers::default()
    }
}

fn flags<'a>(flags: &'a [&'a str]) -> Layers<'a> {
    Layers {
        flags,
        ..Layers::default()
    }
}

fn load(layers: &Layers<'_>) -> Result<Settings, SettingsError> {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let path = layers.file.map(|text| {
        let path = dir.path().join("cardex.toml");
        std::fs::write(&path, text).expect("the file is written");
        path
    });
    Loader::new(DEFAULTS)
        .file(path)
        .env(layers.env.iter().copied())
        .reserved_env(["CARDEX_NATS_SERVER"])
        .overrides(layers.flags.iter().copied())
        .load()
        .map(|loaded| loaded.settings)
}

fn accepted(layers: &Layers<'_>) -> Settings {
    match load(layers) {
        Ok(settings) => settings,
        Err(error) => panic!("refused: {error}"),
    }
}

#[test]
fn later_layers_win() {
    let file = Some("property = 'file'\nnats.url = 'nats://file'");
    let env: &[_] = &[
        ("CARDEX_NATS__URL", "nats://env"),
        ("CARDEX_PROPERTY", "env"),
    ];
    let cases = [
        (Layers::default(), "default", "nats://default"),
        (
            Layers {
                file,
                ..Layers::default()
            },
            "file",
            "nats://file",
        ),
        (
            Layers {
                file: Some("property = 'file'"),
                env: &env[..1],
                flags: &[],
            },
            "file",
            "nats://env",
        ),
        (
            Layers {
                file,
                env,
                flags: &[],
            },
            "env",
            "nats://env",
        ),
        (
            Layers {
                file,
                env,
                flags: &["property=flag"],
            },
            "flag",
            "nats://env",
        ),
        (
            Layers {
                file,
                env,
                flags: &["nats.url=a", "nats.url=b=c"],
            },
            "env",
            "b=c",
        ),
    ];
    for (layers, property, url) in cases {
        let settings = accepted(&layers);
        assert_eq!(
            (settings.property.as_str(), settings.nats.url.as_str()),
            (property, url)
        );
        assert_eq!(
            settings.drain_ms, 10_000,
            "what no layer names keeps its default"
        );
        assert!(
            settings.nats.durable,
            "a partly given table keeps its other keys"
        );
    }
}

#[test]
fn text_is_read_as_what_the_field_wants() {
    type Check = fn(&Settings) -> bool;
    let cases: [(&str, &str, Check); 13] = [
        ("CARDEX_DRAIN_MS", "250", |s| s.drain_ms == 250),
        ("CARDEX_DRAIN_MS", " 250 ", |s| s.drain_ms == 250),
        ("CARDEX_NATS__DURABLE", "false", |s| !s.nats.durable),
        ("CARDEX_NATS__RATIO", "0.5", |s| s.nats.ratio == Some(0.5)),
        ("CARDEX_NATS__RATIO", "", |s| s.nats.ratio.is_none()),
        ("CARDEX_PROPERTY", "0042", |s| s.property == "0042"),
        ("CARDEX_PROPERTY", "true", |s| s.property == "true"),
        ("CARDEX_ZONE", "Asia/Macau", |s| {
            s.zone.as_deref() == Some("Asia/Macau")
        }),
        ("CARDEX_DEPARTMENTS", "front_desk, floor", |s| {
            s.departments == ["front_desk", "floor"]
        }),
        ("CARDEX_DEPARTMENTS", "", |s| s.departments.is_empty()),
        ("CARDEX_PORTS", "80,443", |s| s.ports == [80, 443]),
        ("CARDEX_ZONES__MFM1", "Asia/Macau", |s| {
            s.zones["mfm1"] == "Asia/Macau"
        }),
        ("CARDEX_LOG__FORMAT", "json", |s| {
            s.log.format == Format::Json
        }),
    ];
    for (variable, value, holds) in cases {
        let settings = accepted(&env(&[(variable, value)]));
        assert!(holds(&settings), "{variable}={value} gave {settings:?}");
    }
}

#[test]
fn files_may_hold_alternatives_lists_and_maps() {
    let settings = accepted(&Layers {
        file: Some("ports = [1, 2]\nlog.format = { rotated = { keep = 3 } }\nzones = { a = 'x' }"),
        flags: &["zones.b=y"],
        ..Layers::default()
    });
    assert_eq!(settings.ports, [1, 2]);
    assert_eq!(settings.log.format, Format::Rotated { keep: 3 });
    assert_eq!(settings.zones.into_values().collect::<Vec<_>>(), ["x", "y"]);
}

#[test]
fn variables_that_are_no_settings_do_not_matter() {
    let env = &[
        ("CARDEX_SETTINGS", ""),
        ("CARDEX_NATS_SERVER", "/usr/bin/nats-server"),
        ("CARDEXX_PROPERTY", "x"),
        ("PATH", "/bin"),
    ];
    assert_eq!(
        accepted(&Layers {
            env,
            ..Layers::default()
        }),
        accepted(&Layers::default())
    );
}

#[test]
fn unknown_keys_are_refused_with_their_origin() {
    let cases = [
        (file("colour = 1"), "colour", "settings file "),
        (file("nats.uri = 'x'"), "nats.uri", "settings file "),
        (file("[natz]\nurl = 'x'"), "natz", "settings file "),
        (
            env(&[("CARDEX_NATS_URL", "x")]),
            "nats_url",
            "environment variable CARDEX_NATS_URL",
        ),
        (
            env(&[("CARDEX_NATS__URI", "x")]),
            "nats.uri",
            "environment variable CARDEX_NATS__URI",
        ),
        (
            env(&[("CARDEX_A__B__C", "x")]),
            "a",
            "environment variable CARDEX_A__B__C",
        ),
        (env(&[("CARDEX_", "x")]), "", "environment variable CARDEX_"),
        (flags(&["nats.uri=x"]), "nats.uri", "flag nats.uri="),
        (
            file("log.format = { rotated = { kept = 1 } }"),
            "log.format.rotated.kept",
            "settings file ",
        ),
    ];
    for (layers, expected_key, expected_origin) in cases {
        match load(&layers) {
            Err(SettingsError::Unknown { key, origin, known }) => {
                assert_eq!(key, expected_key);
                assert!(origin.starts_with(expected_origin), "{origin}");
                assert!(!known.is_empty());
            }
            other => panic!("{expected_key}: {other:?}"),
        }
    }
}

#[test]
fn unusable_values_are_refused_and_text_is_not_repeated() {
    let cases = [
        (file("drain_ms = 'hunter2'"), "drain_ms"),
        (file("drain_ms = -1"), "drain_ms"),
        (file("drain_ms = '250'"), "drain_ms"),
        (file("property = 7"), "property"),
        (file("nats = 'hunter2'"), "nats"),
        (file("ports = [1, 70000]"), "ports[1]"),
        (env(&[("CARDEX_DRAIN_MS", "hunter2")]), "drain_ms"),
        (env(&[("CARDEX_DRAIN_MS", "")]), "drain_ms"),
        (env(&[("CARDEX_NATS__DURABLE", "hunter2")]), "nats.durable"),
        (env(&[("CARDEX_PORTS", "1,hunter2")]), "ports[1]"),
        (env(&[("CARDEX_NATS", "hunter2")]), "nats"),
        (flags(&["log.format=hunter2"]), "log.format"),
    ];
    for (layers, expected_key) in cases {
        match load(&layers) {
            Err(error @ SettingsError::Invalid { .. }) => {
                let text = error.to_string();
                assert!(text.contains(&format!("`{expected_key}`")), "{text}");
                assert!(!text.contains("hunter2"), "{text}");
            }
            other => panic!("{expected_key}: {other:?}"),
        }
    }
}

#[test]
fn a_missing_setting_names_the_variable_that_sets_it() {
    let error =
        Loader::new("property = 'x'\ndrain_ms = 1\nlog.format = 'json'\n[nats]\ndurable = true")
            .load::<Settings>()
            .expect_err("there is no url");
    match error {
        SettingsError::Missing { key, variable } => {
            assert_eq!(
                (key.as_str(), variable.as_str()),
                ("nats.url", "CARDEX_NATS__URL")
            );
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_file_that_is_named_must_be_there() {
    let missing = PathBuf::from("/nonexistent/cardex.toml");
    let named: [Loader; 2] = [
        Loader::new(DEFAULTS).file(Some(&missing)),
        Loader::new(DEFAULTS).env([("CARDEX_SETTINGS", "/nonexistent/cardex.toml")]),
    ];
    for loader in named {
        match loader.load::<Settings>() {
            Err(error @ SettingsError::FileRead { .. }) => {
                assert!(
                    error.to_string().contains("/nonexistent/cardex.toml"),
                    "{error}"
                );
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn the_flag_goes_before_the_variable_that_names_the_file() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let [by_flag, by_variable] = ["flag", "variable"].map(|property| {
        let path = dir.path().join(property);
        std::fs::write(&path, format!("property = '{property}'")).expect("the file is written");
        path
    });
    let loader = Loader::new(DEFAULTS).env([("CARDEX_SETTINGS", &by_variable)]);
    for (loader, path) in [
        (loader.clone(), &by_variable),
        (loader.file(Some(&by_flag)), &by_flag),
    ] {
        let Loaded { settings, file } = loader.load::<Settings>().expect("the file is there");
        assert_eq!(file.as_ref(), Some(path));
        assert!(path.ends_with(settings.property));
    }
}

#[test]
fn text_that_is_not_toml_and_flags_that_are_no_pairs_are_refused() {
    let broken = load(&file("property = "));
    assert!(
        matches!(broken, Err(SettingsError::Syntax { .. })),
        "{broken:?}"
    );
    for flag in ["", "property", "=x"] {
        let refused = load(&flags(&[flag]));
        assert!(
            matches!(refused, Err(SettingsError::Override { .. })),
            "{flag}: {refused:?}"
        );
    }
}

#[cfg(unix)]
#[test]
fn a_variable_that_is_not_text_is_refused() {
    use std::os::unix::ffi::OsStrExt;

    let value = std::ffi::OsStr::from_bytes(&[0xff]);
    let refused = Loader::new(DEFAULTS)
        .env([("CARDEX_PROPERTY", value)])
        .load::<Settings>();
    assert!(
        matches!(refused, Err(SettingsError::NotText { .. })),
        "{refused:?}"
    );
    Loader::new(DEFAULTS)
        .env([("OTHER", value)])
        .load::<Settings>()
        .expect("not ours to judge");
}

#[test]
fn a_secret_file_is_written_as_its_path() {
    let settings = accepted(&env(&[("CARDEX_NATS__PASSWORD_FILE", "/run/secrets/nats")]));
    assert_eq!(
        settings.nats.password_file,
        Some(SecretFile::new("/run/secrets/nats"))
    );
}
