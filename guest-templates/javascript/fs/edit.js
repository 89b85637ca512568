// Changing files, and showing what changed.

import * as filesystem from 'luminarys:skill/filesystem@1.0.0';
import { unified } from './diff.js';
import { lastEnd, Lines } from './lines.js';
import { isError } from './report.js';
import { decode, encode, Failure, replace, size } from './text.js';

/** Bytes at a file's end that are read for its line end. */
const TAIL = 64n * 1024n;

/** Makes the file's content `content`. */
export function write(path, content) {
  const written = encode(content);
  let before;
  try {
    before = decode(path, filesystem.read(path));
  } catch (thrown) {
    if (isError(thrown, 'not-found')) {
      filesystem.write(path, written);
      return created(path, content);
    }
    // Binary, or too long to compare: it may be replaced.
    if (!(thrown instanceof Failure) && !isError(thrown, 'too-large')) {
      throw thrown;
    }
  }
  filesystem.write(path, written);
  if (before === undefined) {
    return `Wrote ${path} (${size(written.length)}, in place of a long or binary file)`;
  }
  return changed('Wrote', path, before, content);
}

/** Adds `line` to the file's end. */
export function appendLine(path, line) {
  const length = lengthOf(path);
  const start = length > TAIL ? length - TAIL : 0n;
  const tail = length > 0n ? filesystem.readRange(path, start, length - start) : new Uint8Array();
  const end = lastEnd(tail);
  // When the last line has no end, the two would become one.
  const isOpen = tail.length > 0 && tail.at(-1) !== end.charCodeAt(end.length - 1);
  filesystem.append(path, encode(`${isOpen ? end : ''}${line}${end}`));
  return `Appended to ${path}: ${line}`;
}

function lengthOf(path) {
  try {
    return filesystem.stat(path).size;
  } catch (thrown) {
    if (isError(thrown, 'not-found')) {
      return 0n;
    }
    throw thrown;
  }
}

/** Replaces `old` by `replacement`, once or everywhere. */
export function edit(path, old, replacement, everywhere) {
  let content;
  try {
    content = filesystem.read(path);
  } catch (thrown) {
    if (!isError(thrown, 'not-found')) {
      throw thrown;
    }
    if (old !== '') {
      throw new Failure(`not found: ${path}; give an empty old_string to make a new file`);
    }
    filesystem.write(path, encode(replacement));
    return created(path, replacement);
  }
  if (old === '') {
    throw new Failure(`${path} exists already; old_string must be the text to replace`);
  }
  const before = Lines.of(decode(path, content));
  const after = replace(path, before, before.argument(old), before.argument(replacement), everywhere);
  filesystem.write(path, encode(after.file()));
  return changed('Edited', path, before.text, after.text);
}

function created(path, content) {
  return `Created new file: ${path}\n\n${unified(path, '', content).text}`;
}

function changed(verb, path, before, after) {
  const diff = unified(path, before, after);
  return `${verb} ${path} (+${diff.added}/-${diff.removed} lines)\n\n${diff.text}`;
}
