// @ts-check
import { open } from "node:fs/promises";

/** How many entries are kept. */
export const LIMIT = 100;
let counter = 0;
var legacy = true, other = false;

/**
 * Keeps entries.
 */
export default class Store extends Map {
  #dirty = false;
  static shared = new Store();

  constructor(name) {
    super();
    this.name = name;
  }

  /** Writes all entries. */
  async save(path) {
    const file = await open(path, "w");
    const write = (line) => file.write(line);
    for (const [key] of this) await write(key);
    this.#mark();
  }

  #mark() {
    this.#dirty = false;
  }

  get size() {
    return super.size;
  }

  onChange = (event) => {
    counter += event.count;
  };
}

// Doubles a number.
export const double = (x) => x * 2;

const helpers = {
  trim(text) {
    return text.trim();
  },
  upper: (text) => text.toUpperCase(),
};

export function* numbers(from, to) {
  while (from < to) yield from++;
}

async function load(path) {
  return open(path);
}

Store.prototype.reset = function () {
  this.clear();
};

module.exports.helpers = helpers;
exports.make = () => new Store("made");
