// Where a file is.

const SCHEME = "node://";

/** A path of this node, or of another one: `node` is empty for this one. */
export class Place {
  constructor(
    public node: string,
    public path: string,
  ) {}

  /** Reads a path, or `node://NODE/PATH`. Without a name, as in `node:///path`, the node is this one. */
  static parse(text: string): Place {
    if (!text.startsWith(SCHEME)) return new Place("", text);
    const rest = text.substring(SCHEME.length);
    const slash = rest.indexOf("/");
    if (slash < 0) throw new Error('"' + text + '" has no path; write node://NODE/PATH');
    return new Place(rest.substring(0, slash), rest.substring(slash));
  }
}
