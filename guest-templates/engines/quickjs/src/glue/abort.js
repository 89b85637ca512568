// Event, EventTarget, AbortController, AbortSignal.
() => {
  "use strict";
  const define = (name, value) =>
    Object.defineProperty(globalThis, name, { value, configurable: true, enumerable: false, writable: true });

  class Event {
    constructor(type, init = {}) {
      this.type = `${type}`;
      this.cancelable = !!init.cancelable;
      this.defaultPrevented = false;
      this.target = null;
    }
    preventDefault() {
      if (this.cancelable) this.defaultPrevented = true;
    }
  }
  class EventTarget {
    #listeners = new Map();
    addEventListener(type, listener, options) {
      if (!listener) return;
      const known = this.#listeners.get(type) ?? [];
      if (!known.some((one) => one.listener === listener)) known.push({ listener, once: !!options?.once });
      this.#listeners.set(type, known);
    }
    removeEventListener(type, listener) {
      const known = this.#listeners.get(type) ?? [];
      this.#listeners.set(type, known.filter((one) => one.listener !== listener));
    }
    dispatchEvent(event) {
      event.target = this;
      for (const { listener, once } of [...(this.#listeners.get(event.type) ?? [])]) {
        if (once) this.removeEventListener(event.type, listener);
        if (typeof listener === "function") listener.call(this, event);
        else listener.handleEvent(event);
      }
      return !event.defaultPrevented;
    }
  }

  const secret = Symbol("AbortSignal");
  let abort;
  class AbortSignal extends EventTarget {
    #aborted = false;
    #reason = undefined;
    onabort = null;
    constructor(key) {
      super();
      if (key !== secret) throw new TypeError("AbortSignal is made by AbortController");
    }
    static {
      abort = (signal, reason = new DOMException("The operation was aborted", "AbortError")) => {
        if (signal.#aborted) return;
        signal.#aborted = true;
        signal.#reason = reason;
        const event = new Event("abort");
        if (typeof signal.onabort === "function") signal.onabort(event);
        signal.dispatchEvent(event);
      };
    }
    get aborted() {
      return this.#aborted;
    }
    get reason() {
      return this.#reason;
    }
    throwIfAborted() {
      if (this.#aborted) throw this.#reason;
    }
    static abort(reason) {
      const signal = new AbortSignal(secret);
      abort(signal, reason);
      return signal;
    }
    static timeout(milliseconds) {
      const signal = new AbortSignal(secret);
      Object.defineProperty(signal, "timeout", { value: milliseconds });
      // Of an interval, which does not keep a program running.
      const id = setInterval(() => {
        clearInterval(id);
        abort(signal, new DOMException("The operation timed out", "TimeoutError"));
      }, milliseconds);
      return signal;
    }
    static any(signals) {
      const any = new AbortSignal(secret);
      for (const signal of signals) {
        if (signal.aborted) abort(any, signal.reason);
        else signal.addEventListener("abort", () => abort(any, signal.reason), { once: true });
      }
      return any;
    }
  }
  define("Event", Event);
  define("EventTarget", EventTarget);
  define("AbortSignal", AbortSignal);
  define(
    "AbortController",
    class AbortController {
      signal = new AbortSignal(secret);
      abort(reason) {
        abort(this.signal, reason);
      }
    },
  );
}
