// Searching text.

import * as filesystem from 'luminarys:skill/filesystem@1.0.0';
import { GrepOptions } from 'luminarys:skill/filesystem@1.0.0';

/** Matching lines, by file. */
export function lines(pattern, path, options) {
  const found = grep(pattern, path, options, 'lines');
  if (found.length === 0) {
    return none(pattern);
  }
  const total = found.reduce((sum, file) => sum + file.matches.length, 0);
  const shown = [`${total} matches across ${found.length} files`];
  for (const file of found) {
    shown.push(`\n${file.path} (${file.matches.length} matches)`);
    for (const hit of file.matches) {
      shown.push(`  ${`${hit.lineNumber}`.padStart(5)}: ${hit.line ?? ''}`);
    }
  }
  return shown.join('\n');
}

/** Matching files. */
export function files(pattern, path, options) {
  const found = grep(pattern, path, options, 'paths');
  return found.length === 0 ? none(pattern) : found.map((file) => file.path).join('\n');
}

function grep(pattern, path, { typeFilter, fixed, caseInsensitive, include, exclude, maxCount }, detail) {
  const options = new GrepOptions();
  options.setTypeFilter(typeFilter);
  options.setFixed(fixed ?? false);
  options.setCaseInsensitive(caseInsensitive ?? false);
  options.setInclude(include ?? []);
  options.setExclude(exclude ?? []);
  options.setMaxCount(maxCount ?? 0);
  options.setDetail(detail);
  // An empty path means all granted directories, as leaving it out does.
  return filesystem.grep(pattern, path || undefined, options);
}

function none(pattern) {
  return `(no matches for: ${pattern})`;
}
