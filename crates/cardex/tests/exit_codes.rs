//! The exit codes that scripts rely on, of the program as it is run: 1 for a file with faults, 64 for a command line
//! or settings that can't be meant.
#![allow(clippy::unwrap_used, reason = "a panic is the report of a test")]

use std::path::Path;
use std::process::{Command, Stdio};

/// The exit code of the program with these arguments, in a directory of its own.
fn code(directory: &Path, arguments: &[&str]) -> Option<i32> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cardex"));
    command
        .args(arguments)
        .current_dir(directory)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command.status().unwrap().code()
}

#[test]
fn a_file_with_faults_is_a_failure_and_a_wrong_command_line_is_not() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("faulty.toml"), "no toml").unwrap();
    std::fs::create_dir(directory.path().join("faulty")).unwrap();
    std::fs::write(directory.path().join("faulty/playbook.toml"), "no toml").unwrap();
    std::fs::write(directory.path().join("none.toml"), "").unwrap();
    let hook = "[[webhook]]\nname = \"a\"\nproperty = \"b\"\ndepartment = \"c\"\n\
                url = \"https://vendor.example\"\nsecret_file = \"hook.secret\"\n";
    std::fs::write(directory.path().join("hook.toml"), hook).unwrap();
    let faulty = "checkin.playbook=faulty";
    for (arguments, expected) in [
        (&["playbook", "show"][..], 0),
        (&["playbook", "show", "words/zh-Hant.ftl"], 0),
        (&["playbook", "show", "words/xx.ftl"], 64),
        (&["playbook", "check", "faulty"], 1),
        (&["playbook", "check", "faulty.toml"], 1),
        (&["playbook", "check", "missing"], 1),
        (&["playbook", "new", "faulty"], 64),
        (&["playbook", "new", "fresh"], 0),
        (&["playbook", "check", "fresh", "--strict"], 0),
        (&["playbook", "test", "fresh"], 0),
        (&["playbook", "coverage", "fresh"], 0),
        (&["playbook", "test", "faulty"], 1),
        (
            &["up", "--check-config", "--set", "checkin.playbook=fresh"],
            0,
        ),
        (&["up", "--check-config", "--set", "checkin.language=?"], 64),
        (
            &[
                "up",
                "--check-config",
                "--set",
                "checkin.languages.floor=zh-HK",
            ],
            0,
        ),
        (
            &["up", "--check-config", "--set", "checkin.languages.floor=?"],
            64,
        ),
        (&["store", "verify"], 1),
        (&["store", "repair"], 1),
        (&["backup"], 64),
        (&["backup", "--to", "kept.snapshot"], 1),
        (&["restore", "none.toml"], 1),
        (&["gateway", "--check-config"], 64),
        (
            &[
                "gateway",
                "--check-config",
                "--set",
                "gateway.vendors_file=faulty.toml",
            ],
            1,
        ),
        (
            &[
                "up",
                "--check-config",
                "--set",
                "gateway.vendors_file=none.toml",
            ],
            0,
        ),
        (
            &[
                "up",
                "--check-config",
                "--set",
                "gateway.vendors_file=none.toml",
                "--set",
                "gateway.listen=0.0.0.0:1",
            ],
            64,
        ),
        (
            &[
                "gateway",
                "--check-config",
                "--set",
                "gateway.vendors_file=hook.toml",
            ],
            64,
        ),
        (&["gateway", "secret", "--out", "hook.secret"], 0),
        (
            &[
                "gateway",
                "--check-config",
                "--set",
                "gateway.vendors_file=hook.toml",
            ],
            0,
        ),
        (&["gateway", "secret", "--out", "hook.secret"], 1),
        (&["vocabulary", "check", "faulty.toml"], 1),
        (&["vocabulary", "check", "missing.toml"], 1),
        (&["vocabulary", "show", "--file", "faulty.toml"], 1),
        (&["up", "--check-config"], 0),
        (&["up", "--check-config", "--set", faulty], 1),
        (&["up", "--check-config", "--config", "faulty.toml"], 64),
        (&["up", "--check-config", "--set", "colour=red"], 64),
        (&["up", "--check-config", "--set", "log.filter=debgu"], 64),
        (
            &["up", "--check-config", "--set", "checkin.max_in_flight=0"],
            64,
        ),
        (
            &[
                "up",
                "--check-config",
                "--set",
                "aggregator.gateways=[\"a.b\"]",
            ],
            64,
        ),
        (&["up", "--check-config", "--set", "nats.user=x"], 64),
        (
            &[
                "up",
                "--check-config",
                "--set",
                "nats.user=x",
                "--set",
                "nats.password_file=/nope",
            ],
            64,
        ),
        (
            &[
                "up",
                "--set",
                "nats.user=x",
                "--set",
                "nats.password_file=/nope",
            ],
            64,
        ),
        (
            &[
                "import",
                "bookings",
                "missing.csv",
                "--property",
                "p",
                "--nats",
                "nats://127.0.0.1:1",
            ],
            1,
        ),
        (&["playbook", "chek"], 64),
        (&["vocabulary", "show", "no.such"], 64),
        (&["deadletters", "show", "many"], 64),
    ] {
        assert_eq!(
            code(directory.path(), arguments),
            Some(expected),
            "{arguments:?}"
        );
    }
}
