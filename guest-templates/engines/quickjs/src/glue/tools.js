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
      let other;
      for (let i = 0; i < known.length; i++) {
        if (known[i] === name) {
          found = name;
          other = undefined;
          break;
        }
        if (apply(replaceAll, known[i], ["-", "_"]) !== name) continue;
        if (found !== name) other = known[i];
        found = known[i];
      }
      if (other) throw new TypeError(`tools.${name} has two meanings, one is tools["${other}"]: write which one`);
    }
    return (ids[name] = found);
  };

  // What await, JSON and conversions ask of every object: there only if a skill or a method is called like this.
  const reserved = { __proto__: null, then: 1, toJSON: 1, constructor: 1, valueOf: 1, toString: 1, inspect: 1 };
  // What await and JSON would call, if it were a method.
  const never = { __proto__: null, then: 1, toJSON: 1 };
  const isHidden = (name, names) => {
    if (typeof name !== "string") return true;
    if (!(name in reserved)) return false;
    const all = names();
    for (let i = 0; i < all.length; i++) if (all[i] === name) return false;
    return true;
  };
  const locked = {
    __proto__: null,
    set: () => false,
    defineProperty: () => false,
    deleteProperty: () => false,
    setPrototypeOf: () => false,
    preventExtensions: () => false,
  };
  // What there is, as `in` and Object.keys tell. What is not there can be called all the same: the host says why it fails.
  const listed = (names, attribute) => {
    const has = (_, name) => {
      const all = names();
      for (let i = 0; i < all.length; i++) if (all[i] === name || attribute(all[i]) === name) return true;
      return false;
    };
    const getOwnPropertyDescriptor = (target, name) => {
      if (!has(target, name)) return undefined;
      return { value: undefined, configurable: true, enumerable: true, writable: true };
    };
    return { __proto__: null, ownKeys: () => names(), has, getOwnPropertyDescriptor };
  };
  const proxy = (of, names, attribute) => {
    const known = { __proto__: null };
    const get = (_, name) => known[name] ?? (isHidden(name, names) ? undefined : (known[name] = of(name)));
    return new Proxy({ __proto__: null }, { __proto__: null, get, ...locked, ...listed(names, attribute) });
  };

  const skill = (name) => {
    const real = id(name);
    const callable = (method) => (method in never ? undefined : (values) => call(real, method, values));
    return proxy(callable, () => methods(real), (method) => method);
  };
  const tools = proxy(skill, () => skills(), (name) => apply(replaceAll, name, ["-", "_"]));
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
