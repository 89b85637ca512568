/**
 * Talks to web servers that the manifest lists.
 *
 * @skill:id       ai.luminarys.as.web
 * @skill:name     "Web"
 * @skill:version  1.0.0
 * @skill:desc     "HTTP requests to the servers that the manifest lists."
 * @skill:sdk      "@luminarys/sdk-as"
 */

import { Context, HttpHeader, HttpResponse, headersFromJSON, httpRequest } from "@luminarys/sdk-as";
import { indented, isJson, quoted } from "./json";

// @skill:method  get "Fetches a page, redirects followed. A status of 400 or more is an error."
// @skill:param   url required "The address" example:https://example.com/
// @skill:param   timeout_ms optional "Milliseconds to wait at most" default:30000
// @skill:result  "The body as text"
// @skill:hint    read-only
export function get(_ctx: Context, url: string, timeoutMs: i64): string {
  return success(send("GET", url, [], "", timeoutMs));
}

// @skill:method  get_json "Fetches JSON and shows it indented. A status of 400 or more, and what is no JSON, is an error."
// @skill:param   url required "The address"
// @skill:param   timeout_ms optional "Milliseconds to wait at most" default:30000
// @skill:result  "The JSON, indented"
// @skill:hint    read-only
export function getJson(_ctx: Context, url: string, timeoutMs: i64): string {
  return indented(success(send("GET", url, [header("accept", "application/json")], "", timeoutMs)));
}

// @skill:method  post "Sends a body. A status of 400 or more is an error."
// @skill:param   url required "The address"
// @skill:param   body required "The body; JSON is recognised and said to be"
// @skill:param   timeout_ms optional "Milliseconds to wait at most" default:30000
// @skill:result  "The answer's body as text"
export function post(_ctx: Context, url: string, body: string, timeoutMs: i64): string {
  const kind = isJson(body) ? "application/json" : "text/plain; charset=utf-8";
  return success(send("POST", url, [header("content-type", kind)], body, timeoutMs));
}

// @skill:method  request "Sends any request, redirects followed. Every status is an answer."
// @skill:param   method required "The method" example:PUT
// @skill:param   url required "The address"
// @skill:param   body optional "The body" default:""
// @skill:param   headers optional "A JSON object: names and values" example:{"Accept":"text/html"}
// @skill:param   timeout_ms optional "Milliseconds to wait at most" default:30000
// @skill:result  "JSON: status and body"
export function request(
  _ctx: Context,
  method: string,
  url: string,
  body: string,
  headers: string,
  timeoutMs: i64,
): string {
  const answer = send(method, url, headersFromJSON(headers), body, timeoutMs);
  return '{"status":' + answer.status.toString() + ',"body":' + quoted(text(answer)) + "}";
}

// @skill:method  head "Asks for the headers alone."
// @skill:param   url required "The address"
// @skill:param   timeout_ms optional "Milliseconds to wait at most" default:30000
// @skill:result  "JSON: status and headers"
// @skill:hint    read-only
export function head(_ctx: Context, url: string, timeoutMs: i64): string {
  const answer = send("HEAD", url, [], "", timeoutMs);
  const values = new Map<string, string>();
  for (let index = 0; index < answer.headers.length; index++) {
    const header = answer.headers[index];
    // One that came twice is one with a comma, as for a list.
    const before = values.has(header.name) ? values.get(header.name) + ", " : "";
    values.set(header.name, before + header.value);
  }
  const names = values.keys();
  const pairs: string[] = [];
  for (let index = 0; index < names.length; index++) {
    pairs.push(quoted(names[index]) + ":" + quoted(values.get(names[index])));
  }
  return '{"status":' + answer.status.toString() + ',"headers":{' + pairs.join(",") + "}}";
}

function send(method: string, url: string, headers: HttpHeader[], body: string, timeoutMs: i64): HttpResponse {
  const bytes = Uint8Array.wrap(String.UTF8.encode(body));
  return httpRequest(method, url, bytes, headers, [], timeoutMs, 0, true);
}

function header(name: string, value: string): HttpHeader {
  const made = new HttpHeader();
  made.name = name;
  made.value = value;
  return made;
}

function text(answer: HttpResponse): string {
  return String.UTF8.decode(answer.body.buffer);
}

/** The body of an answer that is none of failure. */
function success(answer: HttpResponse): string {
  const body = text(answer);
  if (answer.status >= 400) throw new Error("status " + answer.status.toString() + ": " + body.substring(0, 500));
  return body;
}
