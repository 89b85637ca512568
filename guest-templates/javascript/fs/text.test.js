import assert from 'node:assert/strict';
import { test } from 'node:test';
import { unified } from './diff.js';
import { Lines } from './lines.js';
import { sentence } from './report.js';
import { decode, encode, replace, size, time } from './text.js';

test('sizes', () => {
  for (const [count, shown] of [
    [0n, '0B'],
    [1023n, '1023B'],
    [1536n, '1.5KB'],
    [2n << 20n, '2.0MB'],
    [5000n << 40n, '5000.0TB'],
  ]) {
    assert.equal(size(count), shown);
  }
});

test('times', () => {
  assert.equal(time(0n), '1970-01-01 00:00');
  assert.equal(time(1777887059_999n), '2026-05-04 09:30');
  assert.equal(time(1n << 62n), `${1n << 62n}`);
});

test('binary files', () => {
  assert.equal(decode('/a', encode('\ufeffé')), '\ufeffé');
  for (const content of [encode('a\0b'), new Uint8Array([0xff])]) {
    assert.throws(() => decode('/a', content), /\/a is a binary file/);
  }
});

test('errors', () => {
  assert.equal(sentence({ tag: 'not-found', val: '/a' }), 'not found: /a');
  assert.equal(sentence({ tag: 'io', val: 'disk full' }), 'disk full');
  const denial = { capability: 'filesystem', target: '/a', suggestion: 'RULE' };
  assert.equal(sentence({ tag: 'denied', val: denial }), 'denied: /a: the manifest does not allow it; RULE would');
});

test('replacing', () => {
  assert.equal(replace('/a', Lines.of('x y'), 'x', '$&', false).text, '$& y');
  assert.equal(replace('/a', Lines.of('x x'), 'x', 'y', true).text, 'y y');
  for (const [before, old, replacement, part] of [
    ['x x', 'x', 'y', /2 locations/],
    ['x', 'y', 'z', /not found/],
    ['x', 'x', 'x', /same/],
  ]) {
    assert.throws(() => replace('/a', Lines.of(before), old, replacement, false), part);
  }
});

function shown(before, after) {
  const diff = unified('/dir/f', before, after);
  return [diff.text.replace('--- f (original)\n+++ f (modified)\n', ''), diff.added, diff.removed];
}

function numbers(count) {
  return Array.from({ length: count }, (_, index) => `${index}\n`).join('');
}

test('hunks', () => {
  for (const [before, after, expected] of [
    ['a\n', 'a\n', ['(no changes)', 0, 0]],
    ['', '', ['(no changes)', 0, 0]],
    ['', 'a\n', ['@@ -1,0 +1,1 @@\n+a', 1, 0]],
    ['a\n', '', ['@@ -1,1 +1,0 @@\n-a', 0, 1]],
    ['a\nb\nc\n', 'a\nX\nc\n', ['@@ -1,3 +1,3 @@\n a\n-b\n+X\n c', 1, 1]],
    ['a', 'a\n', ['@@ -1,1 +1,1 @@\n-a\n\\ No newline at end of file\n+a', 1, 1]],
    [numbers(10), numbers(10).replace('5', 'x'), ['@@ -3,7 +3,7 @@\n 2\n 3\n 4\n-5\n+x\n 6\n 7\n 8', 1, 1]],
  ]) {
    assert.deepEqual(shown(before, after), expected);
  }
});

test('changes far apart are hunks of their own', () => {
  const before = numbers(40);
  const near = shown(before, before.replace('\n11\n', '\nx\n').replace('\n18\n', '\ny\n'));
  const far = shown(before, before.replace('\n11\n', '\nx\n').replace('\n19\n', '\n').replace('\n30\n', '\nz\n'));
  const hunks = (text) => text.match(/^@@ -/gm).length;
  assert.deepEqual([hunks(near[0]), near[1], near[2]], [1, 2, 2]);
  assert.deepEqual([hunks(far[0]), far[1], far[2]], [3, 2, 3]);
  assert.match(far[0], /@@ -17,7 \+17,6 @@/);
});

test('a diff is the fewest lines', () => {
  const [, added, removed] = shown('a\nb\nc\na\nb\nb\na\n', 'c\nb\na\nb\na\nc\n');
  assert.deepEqual([added, removed], [2, 3]);
});

test('much that differs is replaced as one', () => {
  const before = Array.from({ length: 3000 }, (_, index) => `x${index}\nsame\n`).join('');
  const [text, added, removed] = shown(`head\n${before}`, `head\n${before.replaceAll('x', 'y')}`);
  assert.deepEqual([text.match(/^@@ -/gm).length, added, removed], [1, 5999, 5999]);
});
