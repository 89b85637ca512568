// Errors as sentences.

import { Failure } from './text.js';

const BEGINNINGS = {
  'not-found': 'not found: ',
  'already-exists': 'exists already: ',
  invalid: 'invalid: ',
  'too-large': 'too large: ',
  'limit-exceeded': 'limit exceeded: ',
  timeout: 'timed out: ',
  closed: 'closed: ',
  unavailable: 'unavailable: ',
  io: '',
};

/** A capability's error as a sentence. */
export function sentence({ tag, val }) {
  if (tag === 'denied') {
    return `denied: ${val.target}: the manifest does not allow it; ${val.suggestion} would`;
  }
  return BEGINNINGS[tag] + val;
}

/** Whether what was thrown is a capability's error of this kind. */
export function isError(thrown, tag) {
  return thrown?.payload?.tag === tag;
}

/** Lets each method end with a text for an error, whether a `Failure` or a capability's. */
export function readable(methods) {
  const wrapped = Object.entries(methods).map(([name, method]) => [name, (...given) => answer(method, given)]);
  return Object.fromEntries(wrapped);
}

function answer(method, given) {
  try {
    return method(...given);
  } catch (thrown) {
    if (thrown instanceof Failure) {
      throw thrown.message;
    }
    if (thrown?.payload?.tag) {
      throw sentence(thrown.payload);
    }
    throw thrown;
  }
}
