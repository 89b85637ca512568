// console, timers and performance.
(native) => {
  "use strict";
  const { print, show, later, cancel, now } = native;
  const define = (object, name, value) =>
    Object.defineProperty(object, name, { value, configurable: true, enumerable: false, writable: true });
  const number = Number;
  let indent = 0;
  const counts = { __proto__: null };
  const starts = { __proto__: null };
  const label = (value) => (value === undefined ? "default" : show(value));

  const methods = {
    log: (...values) => print("", indent, ...values),
    info: (...values) => print("info", indent, ...values),
    debug: (...values) => print("debug", indent, ...values),
    warn: (...values) => print("warn", indent, ...values),
    error: (...values) => print("error", indent, ...values),
    trace: (...values) => print("trace", indent, ...values),
    dir: (value) => print("", indent, value),
    table: (value) => print("", indent, value),
    assert: (condition, ...values) => {
      if (!condition) print("error", indent, "Assertion failed", ...values);
    },
    count: (name) => {
      const key = label(name);
      counts[key] = (counts[key] ?? 0) + 1;
      print("", indent, `${key}: ${counts[key]}`);
    },
    countReset: (name) => {
      delete counts[label(name)];
    },
    time: (name) => {
      starts[label(name)] = now();
    },
    timeLog: (name, ...values) => {
      const key = label(name);
      if (key in starts) print("", indent, `${key}: ${(now() - starts[key]).toFixed(3)} ms`, ...values);
    },
    timeEnd: (name) => {
      methods.timeLog(name);
      delete starts[label(name)];
    },
    group: (...values) => {
      if (values.length > 0) print("", indent, ...values);
      indent++;
    },
    groupCollapsed: (...values) => methods.group(...values),
    groupEnd: () => {
      if (indent > 0) indent--;
    },
  };
  define(globalThis, "console", methods);

  const callable = (value, name) => {
    if (typeof value !== "function") throw new TypeError(`${name} takes a function`);
    return value;
  };
  define(globalThis, "setTimeout", function setTimeout(f, delay, ...rest) {
    return later(callable(f, "setTimeout"), number(delay), false, ...rest);
  });
  define(globalThis, "setInterval", function setInterval(f, delay, ...rest) {
    return later(callable(f, "setInterval"), number(delay), true, ...rest);
  });
  define(globalThis, "setImmediate", function setImmediate(f, ...rest) {
    return later(callable(f, "setImmediate"), 0, false, ...rest);
  });
  for (const name of ["clearTimeout", "clearInterval", "clearImmediate"]) {
    define(globalThis, name, (id) => cancel(number(id)));
  }
  define(globalThis, "performance", {
    now: () => now(),
    get timeOrigin() {
      return Date.now() - now();
    },
  });
}
