// Files for agents. The methods, their parameters and their documentation are in `wit/world.wit`; this is the table that says
// where each is.

import * as filesystem from 'luminarys:skill/filesystem@1.0.0';
import * as editing from './edit.js';
import * as listing from './listing.js';
import { readable } from './report.js';
import * as searching from './search.js';
import { decode } from './text.js';

export const files = readable({
  read: (path) => decode(path, filesystem.read(path)),

  readLines: (path, start = 1n, end = 0n) => listing.lines(path, start || 1n, end),

  write: editing.write,

  appendLine: editing.appendLine,

  edit: (path, oldString, newString = '', replaceAll = false) => editing.edit(path, oldString, newString, replaceAll),

  delete(path) {
    filesystem.delete(path);
    return `Deleted: ${path}`;
  },

  mkdir(path) {
    filesystem.mkdir(path);
    return `Created directory: ${path}`;
  },

  list: (path, detailed = false) => listing.list(path, detailed),

  stat: listing.stat,

  chmod(path, mode, recursive = false) {
    filesystem.chmod(path, mode, recursive);
    return `Changed mode of ${path} to 0${mode.toString(8).padStart(3, '0')}`;
  },

  move(source, dest) {
    filesystem.rename(source, dest);
    return `Moved: ${source} -> ${dest}`;
  },

  copy(source, dest) {
    filesystem.copy(source, dest);
    return `Copied: ${source} -> ${dest}`;
  },

  // One line is asked for; the host counts the rest.
  countLines: (path) => filesystem.readLines(path, 0n, 1n).total,

  find: (path, pattern, onlyFiles = true, hidden = false, maxDepth = 0) =>
    listing.find(path, pattern, onlyFiles, hidden, maxDepth),

  tree: (path, maxDepth = 0, hidden = false) => listing.tree(path, maxDepth, hidden),

  search: (pattern, path, fixed, caseInsensitive, include, exclude, maxCount) =>
    searching.lines(pattern, path, { typeFilter: 'text', fixed, caseInsensitive, include, exclude, maxCount }),

  searchCode: (pattern, path, language = 'code', caseInsensitive, maxCount) =>
    searching.lines(pattern, path, { typeFilter: language, caseInsensitive, maxCount }),

  searchFiles: (pattern, path, fixed, caseInsensitive, include) =>
    searching.files(pattern, path, { typeFilter: 'text', fixed, caseInsensitive, include }),

  searchInFile: (path, pattern, fixed, caseInsensitive) =>
    searching.lines(pattern, path, { typeFilter: 'all', fixed, caseInsensitive }),
});
