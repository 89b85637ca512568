// The machine, the time, the environment, and the log.

import { Request, abiCall } from "./host";
import * as env from "./imports";

export class SysInfoResult {
  /** `linux`, `darwin` or `windows`. */
  os: string = "";
  /** `amd64`, `arm64`, … */
  arch: string = "";
  hostname: string = "";
  num_cpu: i32 = 0;
}

/** The machine on which the host runs. */
export function sysInfo(): SysInfoResult {
  const reply = new Request().send(env.sys_info, "sys_info");
  const made = new SysInfoResult();
  made.os = reply.getField("os").getStr();
  made.arch = reply.getField("arch").getStr();
  made.hostname = reply.getField("hostname").getStr();
  made.num_cpu = <i32>reply.getField("num_cpu").getInt();
  return made;
}

export class TimeNowResult {
  /** Seconds since 1970. */
  unix: i64 = 0;
  /** Nanoseconds since 1970. */
  unix_nano: i64 = 0;
  rfc3339: string = "";
  /** A name such as `Europe/Berlin`. */
  timezone: string = "";
  /** Seconds that the local time is ahead of UTC. */
  utc_offset: i32 = 0;
}

export function timeNow(): TimeNowResult {
  const reply = new Request().send(env.time_now, "time_now");
  const made = new TimeNowResult();
  made.unix = reply.getField("unix").getInt();
  made.unix_nano = reply.getField("unix_nano").getInt();
  made.rfc3339 = reply.getField("rfc3339").getStr();
  made.timezone = reply.getField("timezone").getStr();
  made.utc_offset = <i32>reply.getField("utc_offset").getInt();
  return made;
}

export class DiskUsageResult {
  total_bytes: i64 = 0;
  free_bytes: i64 = 0;
  used_bytes: i64 = 0;
  /** From 0 to 100. */
  used_pct: f64 = 0;
}

/** How full the disk under a granted directory is; the first of them when `path` is empty. */
export function diskUsage(path: string = ""): DiskUsageResult {
  const reply = new Request().text("path", path).send(env.disk_usage, "disk_usage");
  const made = new DiskUsageResult();
  made.total_bytes = reply.getField("total_bytes").getInt();
  made.free_bytes = reply.getField("free_bytes").getInt();
  made.used_bytes = reply.getField("used_bytes").getInt();
  made.used_pct = reply.getField("used_pct").getFloat();
  return made;
}

/** A variable of the manifest's `env`; empty when it has none of that name. */
export function getEnv(key: string): string {
  return abiCall(env.env_get, new Request().text("key", key).finish()).getField("value").getStr();
}

export const LOG_DEBUG: string = "debug";
export const LOG_INFO: string = "info";
export const LOG_WARN: string = "warn";
export const LOG_ERROR: string = "error";

/** What belongs to a message. */
export class LogField {
  name: string = "";
  value: string = "";
}

/** Writes to the host's log. Never fails. */
export function log(level: string, message: string, fields: LogField[] = []): void {
  const request = new Request().text("level", level).text("message", message);
  const out = request.key("fields");
  out.encode_map_header(fields.length);
  for (let index = 0; index < fields.length; index++) {
    out.encode_str(fields[index].name);
    out.encode_str(fields[index].value);
  }
  abiCall(env.log_write, request.finish());
}

export function logDebug(msg: string, fields: LogField[] = []): void {
  log(LOG_DEBUG, msg, fields);
}

export function logInfo(msg: string, fields: LogField[] = []): void {
  log(LOG_INFO, msg, fields);
}

export function logWarn(msg: string, fields: LogField[] = []): void {
  log(LOG_WARN, msg, fields);
}

export function logError(msg: string, fields: LogField[] = []): void {
  log(LOG_ERROR, msg, fields);
}
