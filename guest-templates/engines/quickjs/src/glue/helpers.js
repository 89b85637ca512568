// Functions for Rust that no program sees. They keep the functions they need, since a program may replace those of the
// prototypes, and their lists have no prototype, since a program may give setters to it.
(native, helpers) => {
  "use strict";
  const { apply, getPrototypeOf, getOwnPropertyDescriptor, setPrototypeOf } = Reflect;
  const define = Object.defineProperty;
  const forEachOfMap = Map.prototype.forEach;
  const forEachOfSet = Set.prototype.forEach;
  const toISOString = Date.prototype.toISOString;
  const slice = String.prototype.slice;
  const describe = Symbol.prototype.toString;
  const pattern = RegExp.prototype.toString;
  const typed = getPrototypeOf(Uint8Array.prototype);
  const lengthOf = getOwnPropertyDescriptor(typed, "length").get;
  const isSet = getOwnPropertyDescriptor(Set.prototype, "size").get;
  const ObjectPrototype = Object.prototype;
  const list = () => {
    const items = [];
    setPrototypeOf(items, null);
    return items;
  };

  class ToolError extends Error {
    constructor(message, skill, method) {
      super(message);
      define(this, "skill", { value: skill, enumerable: true });
      define(this, "method", { value: method, enumerable: true });
    }
  }
  define(ToolError.prototype, "name", { value: "ToolError", configurable: true, writable: true });
  define(globalThis, "ToolError", { value: ToolError, configurable: true, writable: true });

  // Its parts cannot be changed.
  const made = new WeakSet();
  const { add, has } = WeakSet.prototype;
  helpers.isToolError = (error) => apply(has, made, [error]);
  helpers.toolError = (message, skill, method) => {
    const error = new ToolError(message, skill, method);
    apply(add, made, [error]);
    return error;
  };
  // The value that the engine wraps. A setter of Object.prototype may have taken it.
  helpers.value = (wrapper) => {
    const own = getOwnPropertyDescriptor(wrapper, "value");
    if (!own) throw new TypeError("the value is lost: the program gave Object.prototype a property named value");
    return own.value;
  };
  helpers.start = (text, units) => apply(slice, text, [0, units]);
  helpers.described = (symbol) => apply(describe, symbol, []);
  helpers.pattern = (value) => {
    try {
      return apply(pattern, value, []);
    } catch {
      return "/…/";
    }
  };
  helpers.iso = (date) => {
    try {
      return apply(toISOString, date, []);
    } catch {
      return null;
    }
  };
  helpers.isArray = Array.isArray;
  // What an object of Number, String, Boolean or BigInt wraps; otherwise the object.
  const wrapped = [Number, String, Boolean, BigInt].map((of) => of.prototype.valueOf);
  helpers.unwrapped = (value) => {
    for (let i = 0; i < 4; i++) {
      try {
        return apply(wrapped[i], value, []);
      } catch {}
    }
    return value;
  };
  helpers.entries = (map) => {
    const pairs = list();
    let count = 0;
    apply(forEachOfMap, map, [(value, key) => (pairs[count++] = [key, value])]);
    return pairs;
  };
  helpers.items = (value) => {
    const items = list();
    let count = 0;
    let isOfSet = true;
    try {
      apply(isSet, value, []);
    } catch {
      isOfSet = false;
    }
    if (isOfSet) {
      apply(forEachOfSet, value, [(item) => (items[count++] = item)]);
    } else {
      const length = apply(lengthOf, value, []);
      for (; count < length; count++) items[count] = value[count];
    }
    return items;
  };
  // The name of an object's class, unless it is a plain object.
  helpers.class = (value) => {
    const prototype = getPrototypeOf(value);
    if (prototype === null || prototype === ObjectPrototype) return undefined;
    const own = getOwnPropertyDescriptor(prototype, "constructor");
    const constructor = own?.value;
    if (typeof constructor !== "function") return undefined;
    const name = getOwnPropertyDescriptor(constructor, "name")?.value;
    return typeof name === "string" && name !== "Object" ? name : undefined;
  };
}
