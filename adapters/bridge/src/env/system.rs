//! The machine, the clock, the manifest's variables, the log, and the cluster that there is not.

use super::{Outcome, Reply, explain, functions};
use crate::bindings::luminarys::skill::{context, log, system};
use crate::json::text;
use crate::wire::{Fields as _, Value};

functions! {
    sys_info = sys_info;
    time_now = time_now;
    disk_usage = disk_usage;
    env_get = env_get;
    log_write = log_write;
    cluster_node_list = nodes;
    file_transfer_send = |_| Err(NO_CLUSTER.to_owned());
    file_transfer_recv = |_| Err(NO_CLUSTER.to_owned());
}

const NO_CLUSTER: &str = "unavailable: cluster mode is not enabled";
/// What the only node is called.
const NODE: &str = "master";

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
    let mut reply = Reply::default();
    let out = reply
        .head
        .map(5)
        .text("unix")
        .integer(now.unix)
        .text("unix_nano")
        .integer(now.unix_nano);
    out.text("rfc3339")
        .text(&now.rfc3339)
        .text("timezone")
        .text(&now.timezone);
    out.text("utc_offset").integer(now.utc_offset.into());
    Ok(reply)
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

fn nodes(_: &Value<'_>) -> Outcome {
    let mut reply = Reply::default();
    let out = reply
        .head
        .map(2)
        .text("current_node")
        .text(NODE)
        .text("nodes")
        .array(1);
    out.map(3)
        .text("node_id")
        .text(NODE)
        .text("role")
        .text("master");
    out.text("skills").array(1).text(&context::get_call().skill);
    Ok(reply)
}
