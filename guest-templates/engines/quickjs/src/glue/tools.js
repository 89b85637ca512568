// tools.<skill>.<method>({…}), and files.
(native) => {
  "use strict";
  const { call, skills, methods } = native;
  const { read, write, remove, list, stat, glob } = native;
  const define = Object.defineProperty;
  const replaceAll = String.prototype.replaceAll;
  const { apply } = Reflect;
  const freeze = Object.freeze;
  const includes = String.prototype.includes;

  // The id that a name stands for: itself, or the one with hyphens where it has underscores.
  const ids = { __proto__: null };
  const id = (name) => {
    if (name in ids) return ids[name];
    let found = name;
    if (apply(includes, name, ["_"])) {
      const known = skills();
      for (let i = 0; i < known.length; i++) {
        if (known[i] === name) {
          found = name;
          break;
        }
        if (apply(replaceAll, known[i], ["-", "_"]) === name) found = known[i];
      }
    }
    return (ids[name] = found);
  };

  // What await, JSON and inspection ask of every object; no method is called like this.
  const reserved = { __proto__: null, then: 1, toJSON: 1, constructor: 1, valueOf: 1, toString: 1, inspect: 1 };
  const locked = {
    __proto__: null,
    set: () => false,
    defineProperty: () => false,
    deleteProperty: () => false,
    setPrototypeOf: () => false,
    preventExtensions: () => false,
  };
  const listed = (names) => ({
    __proto__: null,
    ownKeys: () => names(),
    has: (_, name) => typeof name === "string" && !(name in reserved),
    getOwnPropertyDescriptor: (target, name) => {
      if (typeof name !== "string" || name in reserved) return undefined;
      return { value: undefined, configurable: true, enumerable: true, writable: true };
    },
  });
  const proxy = (get, names) =>
    new Proxy({ __proto__: null }, { __proto__: null, get, ...locked, ...listed(names) });

  const skill = (name) => {
    const known = { __proto__: null };
    const real = id(name);
    return proxy(
      (_, method) => {
        if (typeof method !== "string" || method in reserved) return undefined;
        return (known[method] ??= (values) => call(real, method, values));
      },
      () => methods(real),
    );
  };
  const known = { __proto__: null };
  const tools = proxy(
    (_, name) => {
      if (typeof name !== "string" || name in reserved) return undefined;
      return (known[name] ??= skill(name));
    },
    () => skills(),
  );
  define(globalThis, "tools", { value: tools, configurable: true, writable: true });

  const files = freeze({
    __proto__: null,
    read: (path) => read(`${path}`, false),
    readBytes: (path) => read(`${path}`, true),
    write: (path, content) => write(`${path}`, content, false),
    append: (path, content) => write(`${path}`, content, true),
    remove: (path) => remove(`${path}`),
    list: (path) => list(`${path}`),
    stat: (path) => stat(`${path}`),
    glob: (pattern, directory) => glob(`${pattern}`, directory === undefined ? undefined : `${directory}`),
  });
  define(globalThis, "files", { value: files, configurable: true, writable: true });
}
