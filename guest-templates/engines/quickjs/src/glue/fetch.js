// fetch, Headers, Request, Response.
(native) => {
  "use strict";
  const { fetch: send, encode, decode } = native;
  const define = (name, value) =>
    Object.defineProperty(globalThis, name, { value, configurable: true, enumerable: false, writable: true });

  class Headers {
    #pairs = [];
    constructor(init = []) {
      const pairs = typeof init[Symbol.iterator] === "function" ? [...init] : Object.entries(init);
      for (const [name, value] of pairs) this.append(name, value);
    }
    append(name, value) {
      this.#pairs.push([`${name}`.toLowerCase(), `${value}`.trim()]);
    }
    set(name, value) {
      this.delete(name);
      this.append(name, value);
    }
    delete(name) {
      const key = `${name}`.toLowerCase();
      this.#pairs = this.#pairs.filter((pair) => pair[0] !== key);
    }
    get(name) {
      const key = `${name}`.toLowerCase();
      const found = this.#pairs.filter((pair) => pair[0] === key);
      return found.length ? found.map((pair) => pair[1]).join(", ") : null;
    }
    getSetCookie() {
      return this.#pairs.filter((pair) => pair[0] === "set-cookie").map((pair) => pair[1]);
    }
    has(name) {
      return this.get(name) !== null;
    }
    forEach(f, self) {
      for (const [name, value] of this) f.call(self, value, name, this);
    }
    *entries() {
      const names = [...new Set(this.#pairs.map((pair) => pair[0]))].sort();
      for (const name of names) yield [name, this.get(name)];
    }
    *keys() {
      for (const [name] of this.entries()) yield name;
    }
    *values() {
      for (const [, value] of this.entries()) yield value;
    }
    [Symbol.iterator]() {
      return this.entries();
    }
    toJSON() {
      return Object.fromEntries(this);
    }
  }

  const contentOf = (body) => {
    if (body === undefined || body === null) return [undefined, undefined];
    if (body instanceof URLSearchParams) {
      return [body.toString(), "application/x-www-form-urlencoded;charset=UTF-8"];
    }
    if (body instanceof ArrayBuffer) return [new Uint8Array(body), undefined];
    if (ArrayBuffer.isView(body)) return [new Uint8Array(body.buffer, body.byteOffset, body.byteLength), undefined];
    return [`${body}`, "text/plain;charset=UTF-8"];
  };

  class Body {
    #content;
    #used = false;
    constructor(content) {
      this.#content = content;
    }
    get bodyUsed() {
      return this.#used;
    }
    async bytes() {
      if (this.#used) throw new TypeError("the body was read already");
      this.#used = true;
      const content = this.#content;
      return content === undefined ? new Uint8Array(0) : typeof content === "string" ? encode(content) : content;
    }
    async arrayBuffer() {
      return (await this.bytes()).buffer;
    }
    async text() {
      return decode(await this.bytes(), false);
    }
    async json() {
      return JSON.parse(await this.text());
    }
    get [Symbol.for("content")]() {
      return this.#content;
    }
  }

  class Request extends Body {
    constructor(input, init = {}) {
      const from = input instanceof Request ? input : undefined;
      const [content, type] = contentOf(init.body ?? from?.[Symbol.for("content")]);
      super(content);
      this.url = from ? from.url : new URL(`${input}`).href;
      this.method = `${init.method ?? from?.method ?? "GET"}`.toUpperCase();
      this.headers = new Headers(init.headers ?? from?.headers);
      this.redirect = init.redirect ?? from?.redirect ?? "follow";
      this.signal = init.signal ?? from?.signal ?? null;
      if (type && !this.headers.has("content-type")) this.headers.set("content-type", type);
      if (content !== undefined && (this.method === "GET" || this.method === "HEAD")) {
        throw new TypeError(`a ${this.method} request has no body`);
      }
    }
  }

  const texts = {
    200: "OK", 201: "Created", 202: "Accepted", 204: "No Content", 301: "Moved Permanently", 302: "Found", 303: "See Other",
    304: "Not Modified", 307: "Temporary Redirect", 308: "Permanent Redirect", 400: "Bad Request", 401: "Unauthorized",
    403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed", 409: "Conflict", 410: "Gone", 413: "Content Too Large",
    422: "Unprocessable Content", 429: "Too Many Requests", 500: "Internal Server Error", 502: "Bad Gateway",
    503: "Service Unavailable", 504: "Gateway Timeout",
  };
  class Response extends Body {
    constructor(body, init = {}) {
      const [content, type] = contentOf(body);
      super(content);
      this.status = init.status ?? 200;
      this.statusText = init.statusText ?? texts[this.status] ?? "";
      this.headers = new Headers(init.headers);
      this.url = init.url ?? "";
      this.redirected = init.redirected ?? false;
      this.truncated = init.truncated ?? false;
      if (type && !this.headers.has("content-type")) this.headers.set("content-type", type);
    }
    get ok() {
      return this.status >= 200 && this.status < 300;
    }
    static json(value, init = {}) {
      const headers = new Headers(init.headers);
      if (!headers.has("content-type")) headers.set("content-type", "application/json");
      return new Response(JSON.stringify(value), { ...init, headers });
    }
  }

  define("Headers", Headers);
  define("Request", Request);
  define("Response", Response);
  define("fetch", async function fetch(input, init) {
    const request = new Request(input, init);
    request.signal?.throwIfAborted();
    const content = request[Symbol.for("content")];
    const timeout = request.signal?.timeout ?? 0;
    const headers = [...request.headers].map(([name, value]) => [name, value]);
    const answer = send(request.url, request.method, headers, content, request.redirect === "follow", timeout);
    if (request.redirect === "error" && answer.status >= 300 && answer.status < 400) {
      throw new TypeError(`${request.url} answered with a redirect`);
    }
    return new Response(answer.body, { ...answer, redirected: answer.url !== request.url });
  });
}
