// Looking at files and directories.

import * as filesystem from 'luminarys:skill/filesystem@1.0.0';
import { GlobOptions, ListOptions } from 'luminarys:skill/filesystem@1.0.0';
import { isError } from './report.js';
import { Failure, size, time } from './text.js';

/** Levels that `tree` shows when it is not told. */
const TREE_DEPTH = 3;

/** Lines `start` to `end`, both from 1; `end` 0 means the last. */
export function lines(path, start, end) {
  if (end !== 0n && end < start) {
    throw new Failure(`end (${end}) is before start (${start})`);
  }
  const limit = end === 0n ? 0n : end - start + 1n;
  const part = filesystem.readLines(path, start - 1n, limit);
  if (part.lines.length === 0) {
    return `No lines from ${start} on: ${path} has ${part.total}`;
  }
  const first = Number(start);
  const more = part.truncated ? ' (truncated)' : '';
  const shown = part.lines.map((line, index) => `${`${first + index}`.padStart(5)}: ${line}`);
  const last = first + shown.length - 1;
  return [`Showing lines ${first}-${last} of ${part.total} total${more}`, ...shown].join('\n');
}

/** A directory's entries. */
export function list(path, detailed) {
  const entries = [...pages(path, detailed)];
  if (entries.length === 0) {
    return `(empty directory: ${path})`;
  }
  return [`${path}:`, ...entries.map(entryLine)].join('\n');
}

/** The entries of a directory, page by page. */
function* pages(path, detailed) {
  const options = new ListOptions();
  options.setDetails(detailed);
  let after;
  do {
    const page = filesystem.list(path, after, options);
    yield* page.entries;
    after = page.next;
  } while (after !== undefined);
}

function entryLine(entry) {
  const kinds = { directory: `${entry.name}/\t[dir]`, symlink: `${entry.name}\t[link]` };
  const shown = `  ${kinds[entry.kind] ?? `${entry.name}\t${size(entry.size)}`}`;
  return entry.details ? `${shown}\t${time(entry.details.modified)}\t${entry.details.modeString}` : shown;
}

/** What stands at `path`. */
export function stat(path) {
  let entry;
  try {
    entry = filesystem.stat(path);
  } catch (thrown) {
    if (isError(thrown, 'not-found')) {
      return `path: ${path}\nexists: false`;
    }
    throw thrown;
  }
  const shown = [`path: ${path}`, 'exists: true', `type: ${entry.kind}`, `size: ${entry.size} (${size(entry.size)})`];
  if (entry.details) {
    const mode = entry.details.mode.toString(8).padStart(4, '0');
    shown.push(`modified: ${time(entry.details.modified)} UTC`, `mode: ${mode} (${entry.details.modeString})`);
  }
  return shown.join('\n');
}

/** Names beneath `path` that match `pattern`. */
export function find(path, pattern, onlyFiles, hidden, maxDepth) {
  const options = new GlobOptions();
  options.setHidden(hidden);
  options.setMaxDepth(maxDepth);
  options.setOnlyFiles(onlyFiles);
  const found = filesystem.glob([pattern], path, options);
  if (found.length === 0) {
    return `(no matches for: ${pattern})`;
  }
  const base = path.replace(/\/+$/, '');
  return found.map((entry) => `${base}/${entry.path}${entry.isDir ? '/' : ''}`).join('\n');
}

/** Everything beneath `path`, indented by level. */
export function tree(path, maxDepth, hidden) {
  const options = new GlobOptions();
  options.setHidden(hidden);
  options.setMaxDepth(maxDepth || TREE_DEPTH);
  const found = filesystem.glob(['**'], path, options);
  const shown = found.map((entry) => {
    const parts = entry.path.split('/');
    return `${'  '.repeat(parts.length)}${parts.at(-1)}${entry.isDir ? '/' : ''}`;
  });
  return [`${path.replace(/\/+$/, '')}/`, ...(shown.length > 0 ? shown : ['  (empty)'])].join('\n');
}
