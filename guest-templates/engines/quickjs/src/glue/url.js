// URL and URLSearchParams.
(native) => {
  "use strict";
  const { parseUrl, changeUrl, parseQuery, formatQuery } = native;
  const define = (name, value) =>
    Object.defineProperty(globalThis, name, { value, configurable: true, enumerable: false, writable: true });
  const parts = [
    "href", "protocol", "username", "password", "host", "hostname", "port", "pathname", "search", "hash", "origin",
  ];

  let attach;
  class URLSearchParams {
    #pairs = [];
    #changed = () => {};
    static {
      attach = (params, changed) => (params.#changed = changed);
    }
    constructor(init = "") {
      if (typeof init === "object" && init !== null) {
        const pairs = typeof init[Symbol.iterator] === "function" ? [...init] : Object.entries(init);
        this.#pairs = pairs.map(([name, value]) => [`${name}`, `${value}`]);
      } else {
        const text = `${init}`;
        this.#pairs = parseQuery(text.startsWith("?") ? text.slice(1) : text);
      }
    }
    get size() {
      return this.#pairs.length;
    }
    append(name, value) {
      this.#pairs.push([`${name}`, `${value}`]);
      this.#changed();
    }
    delete(name, value) {
      this.#pairs = this.#pairs.filter((pair) => pair[0] !== `${name}` || (value !== undefined && pair[1] !== `${value}`));
      this.#changed();
    }
    get(name) {
      return this.#pairs.find((pair) => pair[0] === `${name}`)?.[1] ?? null;
    }
    getAll(name) {
      return this.#pairs.filter((pair) => pair[0] === `${name}`).map((pair) => pair[1]);
    }
    has(name, value) {
      return this.#pairs.some((pair) => pair[0] === `${name}` && (value === undefined || pair[1] === `${value}`));
    }
    set(name, value) {
      const first = this.#pairs.findIndex((pair) => pair[0] === `${name}`);
      if (first < 0) return this.append(name, value);
      this.#pairs[first][1] = `${value}`;
      this.#pairs = this.#pairs.filter((pair, index) => index <= first || pair[0] !== `${name}`);
      this.#changed();
    }
    sort() {
      this.#pairs.sort((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0));
      this.#changed();
    }
    forEach(f, self) {
      for (const [name, value] of this.#pairs) f.call(self, value, name, this);
    }
    *entries() {
      for (const [name, value] of this.#pairs) yield [name, value];
    }
    *keys() {
      for (const [name] of this.#pairs) yield name;
    }
    *values() {
      for (const [, value] of this.#pairs) yield value;
    }
    [Symbol.iterator]() {
      return this.entries();
    }
    toString() {
      return formatQuery(this.#pairs);
    }
    toJSON() {
      return this.toString();
    }
  }
  define("URLSearchParams", URLSearchParams);

  class URL {
    #parts;
    #params;
    constructor(url, base) {
      const found = parseUrl(`${url}`, base === undefined ? undefined : `${base}`);
      if (!found) throw new TypeError(`Invalid URL: ${url}`);
      this.#parts = found;
    }
    static canParse(url, base) {
      return !!parseUrl(`${url}`, base === undefined ? undefined : `${base}`);
    }
    static parse(url, base) {
      return URL.canParse(url, base) ? new URL(url, base) : null;
    }
    get searchParams() {
      if (!this.#params) {
        this.#params = new URLSearchParams(this.search);
        attach(this.#params, () => this.#change("search", this.#params.toString()));
      }
      return this.#params;
    }
    #change(part, value) {
      const changed = changeUrl(this.#parts[0], part, `${value}`);
      if (changed) this.#parts = parseUrl(changed, undefined);
    }
    #set(part, value) {
      if (part === "href") {
        const found = parseUrl(`${value}`, undefined);
        if (!found) throw new TypeError(`Invalid URL: ${value}`);
        this.#parts = found;
      } else if (part !== "origin") {
        this.#change(part, value);
      }
      this.#params = undefined;
    }
    toString() {
      return this.#parts[0];
    }
    toJSON() {
      return this.#parts[0];
    }
    static {
      parts.forEach((part, index) =>
        Object.defineProperty(URL.prototype, part, {
          get() {
            return this.#parts[index];
          },
          set(value) {
            this.#set(part, value);
          },
          configurable: true,
          enumerable: true,
        }),
      );
    }
  }
  define("URL", URL);
}
