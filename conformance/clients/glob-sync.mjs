// Lets the official test suite run on Node.js 20, whose `fs` has no `globSync`: the suite imports it for a command of its
// own developers, which fails when it is used. Node.js 22 has it, and nothing is changed there.
//
// node --import glob-sync.mjs PROGRAM

import fs from 'node:fs';
import { register } from 'node:module';

const url = (source) => `data:text/javascript,${encodeURIComponent(source)}`;

if (!fs.globSync) {
  const patched = url(`
    export * from 'node:fs';
    export const globSync = () => { throw new Error('fs.globSync needs Node.js 22'); };
  `);
  register(url(`
    export const resolve = (name, context, next) =>
      name === 'fs' && context.parentURL?.endsWith('/conformance/dist/index.js')
        ? { url: ${JSON.stringify(patched)}, shortCircuit: true }
        : next(name, context);
  `));
}
