// What changed between two texts. Nothing here asks the host for anything.

/** Unchanged lines shown around a change. */
const CONTEXT = 3;

/** Beyond this many different lines they are shown as replaced, without a search for common ones: it would take long. */
const MOST = 1000;

const MIDDLE = MOST + 1;

/** The difference as a unified diff. Both counts stand in every hunk header, and an empty side begins at 1. */
export function unified(path, before, after) {
  const old = lines(before);
  const now = lines(after);
  const changes = differences(old, now);
  const name = path.slice(path.lastIndexOf('/') + 1);
  const beginning = `--- ${name} (original)\n+++ ${name} (modified)\n`;
  const hunks = groups(changes).flatMap((group) => hunk(group, old, now));
  return {
    text: hunks.length === 0 ? '(no changes)' : `${beginning}${hunks.join('')}`.replace(/\n+$/, ''),
    added: changes.reduce((sum, change) => sum + change.nowEnd - change.nowStart, 0),
    removed: changes.reduce((sum, change) => sum + change.oldEnd - change.oldStart, 0),
  };
}

/** Lines with their ends. */
function lines(text) {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

/** What changed, in the order of the lines: `oldStart` to `oldEnd` became `nowStart` to `nowEnd`, ends exclusive. */
function differences(old, now) {
  const most = Math.min(old.length, now.length);
  let head = 0;
  while (head < most && old[head] === now[head]) head++;
  let tail = 0;
  while (tail < most - head && old.at(-1 - tail) === now.at(-1 - tail)) tail++;
  const oldMiddle = old.slice(head, old.length - tail);
  const nowMiddle = now.slice(head, now.length - tail);
  const changes = [];
  for (const { x, y, fromX, fromY } of shortest(oldMiddle, nowMiddle)) {
    const last = changes.at(-1);
    if (last && last.oldEnd === head + fromX && last.nowEnd === head + fromY) {
      last.oldEnd = head + x;
      last.nowEnd = head + y;
    } else {
      changes.push({ oldStart: head + fromX, oldEnd: head + x, nowStart: head + fromY, nowEnd: head + y });
    }
  }
  return changes;
}

/** The fewest single steps that make `now` of `old` (E. Myers, 1986), or one that replaces all. */
function shortest(old, now) {
  // How far into `old` each diagonal has come; diagonal 0 is in the middle.
  const reached = new Int32Array(2 * MOST + 3);
  const rounds = [];
  for (let round = 0; round <= Math.min(old.length + now.length, MOST); round++) {
    rounds.push(reached.slice());
    for (let diagonal = -round; diagonal <= round; diagonal += 2) {
      const from = diagonal + (isAdded(reached, diagonal, round) ? 1 : -1);
      let x = at(reached, from) + (from < diagonal ? 1 : 0);
      while (x < old.length && x - diagonal < now.length && old[x] === now[x - diagonal]) x++;
      reached[MIDDLE + diagonal] = x;
      if (x >= old.length && x - diagonal >= now.length) {
        return steps(rounds, old.length, now.length);
      }
    }
  }
  return [{ fromX: 0, fromY: 0, x: old.length, y: now.length }];
}

function at(reached, diagonal) {
  return reached[MIDDLE + diagonal];
}

/** Whether a diagonal is reached by a line that was added, rather than one that was removed. */
function isAdded(reached, diagonal, round) {
  return diagonal === -round || (diagonal !== round && at(reached, diagonal - 1) < at(reached, diagonal + 1));
}

/** The way back, from the end to the beginning, turned around. */
function steps(rounds, x, y) {
  const found = [];
  for (let round = rounds.length - 1; round > 0; round--) {
    const diagonal = x - y;
    const added = isAdded(rounds[round], diagonal, round);
    const from = diagonal + (added ? 1 : -1);
    const fromX = at(rounds[round], from);
    const fromY = fromX - from;
    found.push(added ? { fromX, fromY, x: fromX, y: fromY + 1 } : { fromX, fromY, x: fromX + 1, y: fromY });
    [x, y] = [fromX, fromY];
  }
  return found.reverse();
}

/** Changes whose surroundings touch share a hunk. */
function groups(changes) {
  const found = [];
  for (const change of changes) {
    const last = found.at(-1);
    if (last && change.oldStart - last.at(-1).oldEnd <= 2 * CONTEXT) {
      last.push(change);
    } else {
      found.push([change]);
    }
  }
  return found;
}

function hunk(group, old, now) {
  const first = group[0];
  const last = group.at(-1);
  const before = Math.min(CONTEXT, first.oldStart);
  const after = Math.min(CONTEXT, old.length - last.oldEnd);
  const [start, end] = [first.oldStart - before, last.oldEnd + after];
  const [nowStart, nowEnd] = [first.nowStart - before, last.nowEnd + after];
  const text = [`@@ -${start + 1},${end - start} +${nowStart + 1},${nowEnd - nowStart} @@\n`];
  const show = (sign, part) => part.forEach((line) => text.push(shown(sign, line)));
  let done = start;
  for (const change of group) {
    show(' ', old.slice(done, change.oldStart));
    show('-', old.slice(change.oldStart, change.oldEnd));
    show('+', now.slice(change.nowStart, change.nowEnd));
    done = change.oldEnd;
  }
  show(' ', old.slice(done, end));
  return text;
}

function shown(sign, line) {
  return line.endsWith('\n') ? sign + line : `${sign}${line}\n\\ No newline at end of file\n`;
}
