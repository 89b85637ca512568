// HTTP, to the addresses that `permissions.http` lists. A status of 400 or more is an answer, not an error.

import { Request } from "./host";
import * as env from "./imports";
import { HeaderParser } from "./headers";
import { MsgValue } from "./value";

export class HttpHeader {
  name: string = "";
  value: string = "";
}

export class HttpCookie {
  name: string = "";
  value: string = "";
  domain: string = "";
  path: string = "";
  /** Seconds since 1970; 0 for the session. */
  expires: i64 = 0;
  secure: bool = false;
  httponly: bool = false;
}

export class HttpResponse {
  status: i32 = 0;
  /** In the order in which they came. */
  headers: HttpHeader[] = [];
  cookies: HttpCookie[] = [];
  body: Uint8Array = new Uint8Array(0);
  /** Whether the body was longer than what is here. */
  truncated: bool = false;
}

/** Fetches a page. 0 means 30 s and the manifest's limit. */
export function httpGet(url: string, timeoutMs: i64 = 0, maxBytes: i64 = 0): HttpResponse {
  const request = new Request().text("url", url).integer("timeout_ms", timeoutMs).integer("max_bytes", maxBytes);
  return response(request.send(env.http_get, "http_get"));
}

/** Sends a body; `application/octet-stream` when it is not said what it is. */
export function httpPost(
  url: string,
  body: Uint8Array,
  contentType: string = "",
  timeoutMs: i64 = 0,
  maxBytes: i64 = 0,
): HttpResponse {
  const request = new Request().text("url", url).bytes("body", body).text("content_type", contentType);
  request.integer("timeout_ms", timeoutMs).integer("max_bytes", maxBytes);
  return response(request.send(env.http_post, "http_post"));
}

/**
 * Sends any request.
 *
 * @param cookies sent with their names and values
 * @param useJar keeps cookies between requests
 */
export function httpRequest(
  method: string,
  url: string,
  body: Uint8Array = new Uint8Array(0),
  headers: HttpHeader[] = [],
  cookies: HttpCookie[] = [],
  timeoutMs: i64 = 0,
  maxBytes: i64 = 0,
  followRedirects: bool = false,
  useJar: bool = false,
): HttpResponse {
  const request = new Request().text("method", method).text("url", url).bytes("body", body);
  addHeaders(request, headers);
  const out = request.key("cookies");
  out.encode_array_header(cookies.length);
  for (let index = 0; index < cookies.length; index++) {
    out.encode_map_header(2);
    out.encode_str("name");
    out.encode_str(cookies[index].name);
    out.encode_str("value");
    out.encode_str(cookies[index].value);
  }
  request.integer("timeout_ms", timeoutMs).integer("max_bytes", maxBytes);
  request.flag("follow_redirects", followRedirects).flag("use_jar", useJar);
  return response(request.send(env.http_request, "http_request"));
}

/** Headers from a JSON object of names and values, in its order. Throws when the text is no such object. */
export function headersFromJSON(json: string): HttpHeader[] {
  const pairs = new HeaderParser(json).pairs();
  const headers: HttpHeader[] = [];
  for (let index = 0; index < pairs.length; index += 2) {
    const header = new HttpHeader();
    header.name = pairs[index];
    header.value = pairs[index + 1];
    headers.push(header);
  }
  return headers;
}

export function addHeaders(request: Request, headers: HttpHeader[]): void {
  const out = request.key("headers");
  out.encode_array_header(headers.length);
  for (let index = 0; index < headers.length; index++) {
    out.encode_map_header(2);
    out.encode_str("name");
    out.encode_str(headers[index].name);
    out.encode_str("value");
    out.encode_str(headers[index].value);
  }
}

function response(reply: MsgValue): HttpResponse {
  const made = new HttpResponse();
  made.status = <i32>reply.getField("status").getInt();
  made.body = reply.getField("body").getBytes();
  made.truncated = reply.getField("truncated").getBool();
  const headers = reply.getField("headers");
  for (let index = 0; index < headers.getArrayLen(); index++) {
    const header = new HttpHeader();
    header.name = headers.getIndex(index).getField("name").getStr();
    header.value = headers.getIndex(index).getField("value").getStr();
    made.headers.push(header);
  }
  const cookies = reply.getField("cookies");
  for (let index = 0; index < cookies.getArrayLen(); index++) {
    const fields = cookies.getIndex(index);
    const cookie = new HttpCookie();
    cookie.name = fields.getField("name").getStr();
    cookie.value = fields.getField("value").getStr();
    cookie.domain = fields.getField("domain").getStr();
    cookie.path = fields.getField("path").getStr();
    cookie.expires = fields.getField("expires").getInt();
    cookie.secure = fields.getField("secure").getBool();
    cookie.httponly = fields.getField("httponly").getBool();
    made.cookies.push(cookie);
  }
  return made;
}
