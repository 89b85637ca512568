// TCP, to the addresses that `permissions.tcp` lists.

import { Request } from "./host";
import * as env from "./imports";
import { MsgValue } from "./value";

// Why an event came, as its field `error_kind` says.

/** Data has come. */
export const ERROR_KIND_NONE: string = "";
/** The other side has closed. */
export const ERROR_KIND_EOF: string = "eof";
export const ERROR_KIND_RESET: string = "reset";
export const ERROR_KIND_TIMEOUT: string = "timeout";
export const ERROR_KIND_TLS: string = "tls";
export const ERROR_KIND_IO: string = "io";

/**
 * Connects, sends, and reads until the other side closes, `maxBytes` have come or the time is over.
 *
 * @param addr `HOST:PORT`
 * @param insecure does not check certificates
 * @param timeoutMs 0 for 30 s
 * @param maxBytes 0 for 1 MiB
 */
export function tcpRequest(
  addr: string,
  data: Uint8Array,
  tls: bool = false,
  insecure: bool = false,
  timeoutMs: i64 = 0,
  maxBytes: i64 = 0,
): Uint8Array {
  const request = new Request().text("addr", addr).bytes("data", data).flag("tls", tls).flag("insecure", insecure);
  request.integer("timeout_ms", timeoutMs).integer("max_bytes", maxBytes);
  return request.send(env.tcp_request, "tcp_request").getField("data").getBytes();
}

/**
 * Opens a connection that stays, and returns its id.
 *
 * @param addr `HOST:PORT`
 * @param callback the method that is called with its events
 * @param insecure does not check certificates
 * @param timeoutMs 0 for 30 s
 * @param serverName the name that the certificate is checked for, when it is not that of `addr`
 */
export function tcpConnect(
  addr: string,
  callback: string = "",
  tls: bool = false,
  insecure: bool = false,
  timeoutMs: i64 = 0,
  serverName: string = "",
): string {
  const request = new Request().text("addr", addr).text("callback", callback).flag("tls", tls);
  request.flag("insecure", insecure).integer("timeout_ms", timeoutMs).text("server_name", serverName);
  return request.send(env.tcp_connect, "tcp_connect").getField("conn_id").getStr();
}

/** Says which method is called with the events of a connection from now on. */
export function tcpSetCallback(connId: string, callback: string): void {
  new Request().text("conn_id", connId).text("callback", callback).send(env.tcp_set_callback, "tcp_set_callback");
}

export function tcpWrite(connId: string, data: Uint8Array): void {
  new Request().text("conn_id", connId).bytes("data", data).send(env.tcp_write, "tcp_write");
}

export function tcpClose(connId: string): void {
  new Request().text("conn_id", connId).send(env.tcp_close, "tcp_close");
}

/** An event as a callback is given it: `conn_id`, `event` (`data`, `close`, `error`), `data`, `error_kind`, `error`. */
export function unmarshalConnEvent(payload: MsgValue): MsgValue {
  return payload;
}
