// WebSockets, where `permissions.http` has `allow_websocket`.

import { Request } from "./host";
import { HttpHeader, addHeaders } from "./http";
import * as env from "./imports";
import { MsgValue } from "./value";

export const WS_MESSAGE_TEXT: string = "text";
export const WS_MESSAGE_BINARY: string = "binary";
/** Of an event alone: the other side has closed. */
export const WS_MESSAGE_CLOSE: string = "close";

/**
 * Opens a connection, and returns its id.
 *
 * @param timeoutMs 0 for 30 s
 * @param callback the method that is called with its events
 * @param insecure does not check certificates
 */
export function wsConnect(
  url: string,
  headers: HttpHeader[] = [],
  timeoutMs: i64 = 0,
  callback: string = "",
  insecure: bool = false,
): string {
  const request = new Request().text("url", url).text("callback", callback);
  addHeaders(request, headers);
  request.integer("timeout_ms", timeoutMs).flag("insecure", insecure);
  return request.send(env.ws_connect, "ws_connect").getField("conn_id").getStr();
}

export function wsSend(connId: string, data: Uint8Array, messageType: string = WS_MESSAGE_TEXT): void {
  const request = new Request().text("conn_id", connId).bytes("data", data).text("message_type", messageType);
  request.send(env.ws_send, "ws_send");
}

export function wsClose(connId: string, code: i32 = 1000, reason: string = ""): void {
  const request = new Request().text("conn_id", connId).integer("code", code).text("reason", reason);
  request.send(env.ws_close, "ws_close");
}

/** An event as a callback is given it: `conn_id`, `event` (`message`, `close`, `error`), `data`, `message_type`, `error`. */
export function unmarshalWsEvent(payload: MsgValue): MsgValue {
  return payload;
}
