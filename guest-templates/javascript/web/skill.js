// Requests to web servers, as methods.

import * as http from 'luminarys:skill/http@1.0.0';
import { RequestOptions } from 'luminarys:skill/http@1.0.0';
import { contentType, decode, Failure, headers, indent, joined, succeeded } from './text.js';

const encoder = new TextEncoder();

function send(method, url, given, body, timeoutMs) {
  const options = new RequestOptions();
  if (timeoutMs !== undefined) {
    options.setTimeout(BigInt(timeoutMs));
  }
  const sent = given.map(({ name, value }) => ({ name, value: encoder.encode(value) }));
  return http.send({ method, url, headers: sent, cookies: [], body: encoder.encode(body) }, options);
}

function sentence({ tag, val }) {
  return tag === 'denied' ? `denied: ${val.target}; to allow it, the manifest needs ${val.suggestion}` : val;
}

/** Lets a method end with a text for an error, whether a `Failure` or a capability's. */
function readable(method) {
  return (...given) => {
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
  };
}

export const get = readable((url, timeoutMs) => succeeded(send('GET', url, [], '', timeoutMs)));

export const getJson = readable((url, timeoutMs) => {
  const accept = [{ name: 'accept', value: 'application/json' }];
  return indent(succeeded(send('GET', url, accept, '', timeoutMs)));
});

export const post = readable((url, body, timeoutMs) => {
  const given = [{ name: 'content-type', value: contentType(body) }];
  return succeeded(send('POST', url, given, body, timeoutMs));
});

export const request = readable((method, url, body = '', given = '', timeoutMs) => {
  const answer = send(method, url, given.trim() ? headers(given) : [], body, timeoutMs);
  return JSON.stringify({ status: answer.status, body: decode(answer.body) });
});

export const head = readable((url, timeoutMs) => {
  const answer = send('HEAD', url, [], '', timeoutMs);
  return JSON.stringify({ status: answer.status, headers: joined(answer.headers.map(({ name, value }) => ({ name, value: decode(value) }))) });
});
