// TextEncoder, TextDecoder, crypto, structuredClone.
(native) => {
  "use strict";
  const { encode, decode, randomBytes } = native;
  const define = (name, value) =>
    Object.defineProperty(globalThis, name, { value, configurable: true, enumerable: false, writable: true });

  define(
    "TextEncoder",
    class TextEncoder {
      get encoding() {
        return "utf-8";
      }
      encode(text = "") {
        return encode(`${text}`);
      }
      encodeInto(text, target) {
        let read = 0;
        let written = 0;
        for (const letter of `${text}`) {
          const bytes = encode(letter);
          if (written + bytes.length > target.length) break;
          target.set(bytes, written);
          written += bytes.length;
          read += letter.length;
        }
        return { read, written };
      }
    },
  );

  const utf8 = new Set(["utf-8", "utf8", "unicode-1-1-utf-8"]);
  const bytesOf = (source) => {
    if (source === undefined) return new Uint8Array(0);
    if (ArrayBuffer.isView(source)) return new Uint8Array(source.buffer, source.byteOffset, source.byteLength);
    return new Uint8Array(source);
  };
  define(
    "TextDecoder",
    class TextDecoder {
      #fatal;
      constructor(label = "utf-8", { fatal = false } = {}) {
        if (!utf8.has(`${label}`.trim().toLowerCase())) throw new RangeError(`TextDecoder knows utf-8 only, not ${label}`);
        this.#fatal = !!fatal;
      }
      get encoding() {
        return "utf-8";
      }
      get fatal() {
        return this.#fatal;
      }
      decode(source) {
        const text = decode(bytesOf(source), this.#fatal);
        return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
      }
    },
  );

  const hex = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));
  define(
    "crypto",
    Object.freeze({
      getRandomValues(target) {
        if (!ArrayBuffer.isView(target)) throw new TypeError("crypto.getRandomValues takes a typed array");
        bytesOf(target).set(randomBytes(target.byteLength));
        return target;
      },
      randomUUID() {
        const b = randomBytes(16);
        b[6] = (b[6] & 15) | 64;
        b[8] = (b[8] & 63) | 128;
        let text = "";
        for (let i = 0; i < 16; i++) text += (i === 4 || i === 6 || i === 8 || i === 10 ? "-" : "") + hex[b[i]];
        return text;
      },
    }),
  );

  const cannot = (value) => {
    throw new DOMException(`${typeof value === "symbol" ? "a symbol" : value} could not be cloned`, "DataCloneError");
  };
  define("structuredClone", function structuredClone(value) {
    const seen = new Map();
    const clone = (value) => {
      if (typeof value === "function" || typeof value === "symbol") cannot(value);
      if (typeof value !== "object" || value === null) return value;
      if (seen.has(value)) return seen.get(value);
      const keep = (copy) => (seen.set(value, copy), copy);
      if (value instanceof Date) return keep(new Date(value));
      if (value instanceof RegExp) return keep(new RegExp(value.source, value.flags));
      if (value instanceof ArrayBuffer) return keep(value.slice(0));
      if (value instanceof DataView) return keep(new DataView(clone(value.buffer), value.byteOffset, value.byteLength));
      if (ArrayBuffer.isView(value)) {
        return keep(new value.constructor(clone(value.buffer), value.byteOffset, value.length));
      }
      if (value instanceof Map) {
        const copy = keep(new Map());
        for (const [key, item] of value) copy.set(clone(key), clone(item));
        return copy;
      }
      if (value instanceof Set) {
        const copy = keep(new Set());
        for (const item of value) copy.add(clone(item));
        return copy;
      }
      if (value instanceof Error) {
        const copy = keep(new Error(value.message));
        copy.name = value.name;
        copy.stack = value.stack;
        if ("cause" in value) copy.cause = clone(value.cause);
        return copy;
      }
      if (value instanceof Promise || value instanceof WeakMap || value instanceof WeakSet) cannot(value);
      const copy = keep(Array.isArray(value) ? new Array(value.length) : {});
      for (const key of Object.keys(value)) copy[key] = clone(value[key]);
      return copy;
    };
    return clone(value);
  });
}
