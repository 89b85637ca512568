// Changing files, and showing what changed.

import * as filesystem from 'luminarys:skill/filesystem@1.0.0';
import { unified } from './diff.js';
import { isError } from './report.js';
import { decode, encode, Failure, replace, size } from './text.js';

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
  // When the last line has no end, the two would become one.
  const isOpen = length > 0n && filesystem.readRange(path, length - 1n, 1n)[0] !== 0x0a;
  filesystem.append(path, encode(`${isOpen ? '\n' : ''}${line}\n`));
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
  const before = unix(decode(path, content));
  const after = replace(path, before, unix(old), unix(replacement), everywhere);
  filesystem.write(path, encode(after));
  return changed('Edited', path, before, after);
}

function unix(text) {
  return text.replaceAll('\r\n', '\n');
}

function created(path, content) {
  return `Created new file: ${path}\n\n${unified(path, '', content).text}`;
}

function changed(verb, path, before, after) {
  const diff = unified(path, before, after);
  return `${verb} ${path} (+${diff.added}/-${diff.removed} lines)\n\n${diff.text}`;
}
