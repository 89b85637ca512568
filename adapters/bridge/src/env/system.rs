//! The machine, the clock, the manifest's variables, and the log.

use super::{Outcome, Reply, explain, functions};
use crate::bindings::luminarys::skill::{log, system};
use crate::bindings::wasi::clocks0_2_12::wall_clock;
use crate::json::text;
use crate::wire::{Fields as _, Value};

functions! {
    sys_info = sys_info;
    time_now = time_now;
    disk_usage = disk_usage;
    env_get = env_get;
    log_write = log_write;
}

/// In a second.
const NANOSECONDS: i64 = 1_000_000_000;

fn sys_info(_: &Value<'_>) -> Outcome {
    let info = system::info();
    let mut reply = Reply::default();
    let out = reply
        .head
        .map(4)
        .text("os")
        .text(&info.os)
        .text("arch")
        .text(&info.arch);
    out.text("hostname")
        .text(&info.hostname)
        .text("num_cpu")
        .unsigned(info.num_cpu.into());
    Ok(reply)
}

fn time_now(_: &Value<'_>) -> Outcome {
    let now = system::time_now();
    let clock = wall_clock::now();
    let unix = now.instant.div_euclid(1000);
    let mut reply = Reply::default();
    let out = reply
        .head
        .map(5)
        .text("unix")
        .integer(unix)
        .text("unix_nano")
        .integer(nanoseconds(now.instant, clock.seconds, clock.nanoseconds));
    out.text("rfc3339")
        .text(&now.rfc3339)
        .text("timezone")
        .text(&now.timezone);
    out.text("utc_offset").integer(now.utc_offset.into());
    Ok(reply)
}

/// A clock that is read after `instant`, in nanoseconds, within the same second.
fn nanoseconds(instant: i64, seconds: u64, nanoseconds: u32) -> i64 {
    let clock = i64::try_from(seconds).unwrap_or(i64::MAX);
    let clock = clock.saturating_mul(NANOSECONDS);
    let clock = clock.saturating_add(nanoseconds.into());
    let first = instant.saturating_mul(1_000_000);
    let second = instant.div_euclid(1000).saturating_mul(NANOSECONDS);
    clock.clamp(first, second.saturating_add(NANOSECONDS - 1))
}

fn disk_usage(request: &Value<'_>) -> Outcome {
    let disk = system::disk_usage(request.filled("path").as_deref()).map_err(explain)?;
    let mut reply = Reply::default();
    let out = reply.head.map(4).text("total_bytes").unsigned(disk.total);
    out.text("free_bytes")
        .unsigned(disk.free)
        .text("used_bytes")
        .unsigned(disk.used);
    out.text("used_pct").float(disk.used_percent);
    Ok(reply)
}

fn env_get(request: &Value<'_>) -> Outcome {
    let value = system::env(&request.text("key")).unwrap_or_default();
    let mut reply = Reply::default();
    reply.head.map(1).text("value").text(&value);
    Ok(reply)
}

fn log_write(request: &Value<'_>) -> Outcome {
    let level = match request.text("level").as_str() {
        "debug" => log::Level::Debug,
        "warn" => log::Level::Warn,
        "error" => log::Level::Error,
        _ => log::Level::Info,
    };
    let fields = match request.field("fields") {
        Some(Value::Map(entries)) => entries
            .iter()
            .map(|(key, value)| (text(key), text(value)))
            .collect(),
        _ => Vec::new(),
    };
    log::message(level, &request.text("message"), &fields);
    Ok(Reply::done())
}

#[cfg(test)]
mod tests {
    use super::nanoseconds;

    #[test]
    fn nanoseconds_are_of_the_same_second() {
        for (instant, seconds, nanos, expected) in [
            (1_500, 1, 500_000_700, 1_500_000_700),
            (1_500, 2, 1, 1_999_999_999),
            (1_500, 0, 9, 1_500_000_000),
            (-1, 0, 9, -1),
        ] {
            let found = nanoseconds(instant, seconds, nanos);
            assert_eq!(found, expected, "{instant} {seconds} {nanos}");
        }
    }
}
