// What is sent and shown. Nothing here asks the host for anything.

/** A method's error, as the caller reads it. */
export class Failure extends Error {}

// A string, a bracket or another sign, or a number or word. A string that is not closed goes to the end: nothing is read twice.
const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"?|[[\]{}:,]|[^\s[\]{}:,"]+/g;

// Arrays and objects within one another: with a thousand, indentation is most of what is shown.
const MOST_LEVELS = 128;

/** The value of JSON; a failure for anything else. */
export function parse(text) {
  let level = 0;
  for (const token of text.match(TOKEN) ?? []) {
    level += token === '[' || token === '{' ? 1 : token === ']' || token === '}' ? -1 : 0;
    if (level > MOST_LEVELS) {
      throw new Failure(`not JSON of at most ${MOST_LEVELS} levels`);
    }
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Failure(`not JSON: ${error.message}`);
  }
}

/** What a body is said to be. */
export function contentType(body) {
  try {
    parse(body);
  } catch {
    return 'text/plain; charset=utf-8';
  }
  return 'application/json';
}

/** JSON, indented. Its numbers and strings stay as they are written. */
export function indent(text) {
  parse(text);
  const shown = [];
  let line = '\n';
  let before = '';
  for (const token of text.match(TOKEN)) {
    const isEnd = token === ']' || token === '}';
    const wasBeginning = before === '[' || before === '{';
    if (isEnd) {
      line = line.slice(0, -2);
    }
    if (isEnd !== wasBeginning) {
      shown.push(line);
    }
    shown.push(token);
    if (token === '[' || token === '{') {
      line += '  ';
    } else if (token === ',') {
      shown.push(line);
    } else if (token === ':') {
      shown.push(' ');
    }
    before = token;
  }
  return shown.join('');
}

/** Headers from a JSON object. */
export function headers(text) {
  let given;
  try {
    given = parse(text);
  } catch (failure) {
    throw new Failure(`headers: ${failure.message}`);
  }
  if (given === null || typeof given !== 'object' || Array.isArray(given)) {
    throw new Failure('headers: an object of names and values is wanted');
  }
  return Object.entries(given).map(([name, value]) => {
    if (typeof value !== 'string' && typeof value !== 'number') {
      throw new Failure(`headers: ${name}: a text is wanted, not ${JSON.stringify(value)}`);
    }
    return { name, value: `${value}` };
  });
}

/** Bytes as text, with a sign in place of what is none. */
export function decode(body) {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(body);
}

/** The body of an answer that is none of failure. */
export function succeeded({ status, body }) {
  const text = decode(body);
  if (status >= 400) {
    throw new Failure(`status ${status}: ${[...text.slice(0, 1000)].slice(0, 500).join('')}`);
  }
  return text;
}

/** Headers by name. One that came twice is one with a comma, as for a list. */
export function joined(given) {
  const result = new Map();
  for (const { name, value } of given) {
    result.set(name, result.has(name) ? `${result.get(name)}, ${value}` : value);
  }
  return Object.fromEntries(result);
}
