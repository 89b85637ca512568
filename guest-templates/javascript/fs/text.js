// How results read. Nothing here asks the host for anything.

/** A method's error, as the caller reads it. */
export class Failure extends Error {}

const encoder = new TextEncoder();

/** A text as the bytes of a file. */
export function encode(text) {
  return encoder.encode(text);
}

/** A file's bytes as text; a failure for a binary file. */
export function decode(path, content) {
  const text = utf8(content);
  if (text === undefined || text.includes('\0')) {
    throw new Failure(`${path} is a binary file; this method reads text in UTF-8 only`);
  }
  return text;
}

function utf8(content) {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(content);
  } catch {
    return undefined;
  }
}

/** A size with one decimal: `12B`, `1.5KB`, `2.0MB`. */
export function size(count) {
  let amount = Number(count);
  if (amount < 1024) {
    return `${amount}B`;
  }
  const units = ['KB', 'MB', 'GB', 'TB'];
  amount /= 1024;
  while (amount >= 1024 && units.length > 1) {
    amount /= 1024;
    units.shift();
  }
  return `${amount.toFixed(1)}${units[0]}`;
}

/** Milliseconds since 1970 as `2026-05-04 09:30`, in UTC. */
export function time(instant) {
  const moment = new Date(Number(instant));
  const year = moment.getUTCFullYear();
  if (!(year >= 0 && year <= 9999)) {
    return `${instant}`;
  }
  return moment.toISOString().slice(0, 16).replace('T', ' ');
}

/** The text with `old` replaced by `replacement`, once or everywhere; a failure when it is not clear what is meant. */
export function replace(path, before, old, replacement, everywhere) {
  if (old === replacement) {
    throw new Failure('old_string and new_string are the same: there is nothing to change');
  }
  const hits = before.text.split(old).length - 1;
  if (hits === 0) {
    throw new Failure(`old_string was not found in ${path}; it must match exactly, blanks included`);
  }
  if (hits > 1 && !everywhere) {
    throw new Failure(
      `old_string is at ${hits} locations in ${path}; add lines around it until it is at one, or set replace_all`,
    );
  }
  return before.replace(old, replacement);
}
