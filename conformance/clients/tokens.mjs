// Counts the tokens of texts as a common model's tokeniser does (o200k_base): a JSON list of strings on the standard input, a
// JSON list of numbers on the standard output.

import { encode } from 'gpt-tokenizer/encoding/o200k_base';

const parts = [];
for await (const part of process.stdin) parts.push(part);
const texts = JSON.parse(Buffer.concat(parts).toString('utf8'));
// Text that looks like a control token is text.
const options = { allowedSpecial: new Set(), disallowedSpecial: new Set() };
console.log(JSON.stringify(texts.map((text) => encode(text, options).length)));
