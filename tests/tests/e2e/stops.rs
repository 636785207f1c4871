//! How `up` ends, and its server with it.

use nix::sys::signal::Signal;

use crate::program::Town;

/// Whether this process, and with it what it starts, ignores that its terminal is closed, as what `nohup` starts does.
fn ignores_hang_up() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = u64::from_str_radix(mask.unwrap().trim(), 16).unwrap();
    mask & 1 == 1
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_terminal_leaves_no_server_behind() {
    let town = Town::new();
    let up = town.up("harbour").await;
    if ignores_hang_up() {
        up.signal(Signal::SIGHUP);
        let asked = town.run("--data harbour stay list").await;
        assert_eq!(asked.code, Some(0), "it goes on: {}", asked.said);
        up.stop().await;
    } else {
        up.stop_by(Signal::SIGHUP).await;
    }
}
