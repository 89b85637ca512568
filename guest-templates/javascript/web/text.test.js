import assert from 'node:assert/strict';
import { test } from 'node:test';
import { contentType, headers, indent, joined, succeeded } from './text.js';

test('JSON is indented', () => {
  for (const [given, shown] of [
    ['[1,2]', '[\n  1,\n  2\n]'],
    [' {"a" : {"b":[ ],"c":{ }}, "d":null}', '{\n  "a": {\n    "b": [],\n    "c": {}\n  },\n  "d": null\n}'],
    ['"[1,2] \\" {"', '"[1,2] \\" {"'],
    ['[18446744073709551616, 1.10, -1e400]', '[\n  18446744073709551616,\n  1.10,\n  -1e400\n]'],
    ['[[1],[[]]]', '[\n  [\n    1\n  ],\n  [\n    []\n  ]\n]'],
    ['7', '7'],
    ['["[[["]', '[\n  "[[["\n]'],
  ]) {
    assert.equal(indent(given), shown);
  }
  for (const given of ['', 'x', 'NaN', '[1,]', '['.repeat(100_000), '['.repeat(129) + ']'.repeat(129)]) {
    assert.throws(() => indent(given), /not JSON/);
  }
  assert.equal(indent('['.repeat(128) + ']'.repeat(128)).split('\n').length, 255);
});

test('bodies say what they are', () => {
  assert.equal(contentType('{"a": 1}'), 'application/json');
  assert.equal(contentType('plain'), 'text/plain; charset=utf-8');
});

test('headers', () => {
  assert.deepEqual(headers('{"X-A": "1", "X-B": 2}'), [
    { name: 'X-A', value: '1' },
    { name: 'X-B', value: '2' },
  ]);
  for (const [given, part] of [
    ['nonsense', /headers: not JSON/],
    ['[]', /an object/],
    ['null', /an object/],
    ['{"a": true}', /a: a text is wanted, not true/],
    ['{"a": {"b": 1}}', /a text is wanted/],
  ]) {
    assert.throws(() => headers(given), part);
  }
});

test('answers', () => {
  const bytes = (text) => new TextEncoder().encode(text);
  assert.equal(succeeded({ status: 399, body: new Uint8Array([0x61, 0xff]) }), 'a\ufffd');
  assert.throws(() => succeeded({ status: 404, body: bytes('😀'.repeat(501)) }), {
    message: `status 404: ${'😀'.repeat(500)}`,
  });
  const given = [
    { name: 'a', value: '1' },
    { name: 'b', value: '2' },
    { name: 'a', value: '3' },
  ];
  assert.deepEqual(joined(given), { a: '1, 3', b: '2' });
});
