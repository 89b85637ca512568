// The real git.

import { shellExec } from "@luminarys/sdk-as";

const TIMEOUT_MS: i64 = 30000;

/** Runs `git` with `words` in `workdir`. What comes from outside never stands where git looks for options. */
export function git(workdir: string, words: string[]): string {
  let command = "git --no-pager";
  for (let index = 0; index < words.length; index++) command += " " + quoted(words[index]);
  const done = shellExec(command, workdir, TIMEOUT_MS);
  const output = done.output.trimEnd();
  if (done.exit_code == 0) return output;
  throw new Error("git ended with " + done.exit_code.toString() + ": " + output);
}

/** A commit, branch or tag, which must not look like an option. */
export function revision(text: string, otherwise: string = ""): string {
  const name = text.length > 0 ? text : otherwise;
  if (name.length == 0 || name.startsWith("-")) {
    throw new Error('"' + name + '" is no name of a commit, branch or tag');
  }
  return name;
}

/** Names with blanks between them; those that hold blanks stand in quotes. */
export function words(text: string): string[] {
  const found: string[] = [];
  let word = "";
  let quote = "";
  let begun = false;
  for (let index = 0; index < text.length; index++) {
    const character = text.charAt(index);
    if (quote.length > 0 && character == quote) {
      quote = "";
    } else if (quote.length == 0 && (character == '"' || character == "'")) {
      quote = character;
      begun = true;
    } else if (quote.length == 0 && " \t\r\n".includes(character)) {
      if (begun) found.push(word);
      word = "";
      begun = false;
    } else {
      word += character;
      begun = true;
    }
  }
  if (quote.length > 0) throw new Error("a quote is not closed: " + text);
  if (begun) found.push(word);
  return found;
}

/** A word as it stands in a command line. */
function quoted(word: string): string {
  return "'" + word.split("'").join("'\\''") + "'";
}
