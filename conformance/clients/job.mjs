// The job of tests/serving/real_clients by a client of the official TypeScript SDK: prints what it found, a JSON line a
// step.
//
// node job.mjs JOB    JOB as JSON: sdk (1 or 2), protocol, message, and url and token or command, args and cwd

import { sdk } from './sdk.mjs';

const job = JSON.parse(process.argv[2]);
const isFirst = job.sdk === 1;
const { Client, StreamableHTTPClientTransport, StdioClientTransport } = await sdk(job.sdk);

const print = (step, found) => console.log(JSON.stringify({ step, ...found }));
const result = ({ content, structuredContent, isError }) => ({
  texts: content.filter((block) => block.type === 'text').map((block) => block.text),
  links: content.filter((block) => block.type === 'resource_link').map((block) => block.uri),
  structured: structuredContent ?? null,
  failed: isError ?? false,
});

let changed;
const told = new Promise((resolve, reject) => {
  changed = (error, tools) => (error ? reject(error) : resolve(tools));
});
const client = new Client(
  { name: 'conformance', version: '1' },
  {
    listChanged: { tools: { onChanged: (error, tools) => changed(error, tools) } },
    ...(job.protocol === '2026-07-28' ? { versionNegotiation: { mode: { pin: job.protocol } } } : {}),
  },
);
const transport = job.url
  ? new StreamableHTTPClientTransport(new URL(job.url), { requestInit: { headers: { authorization: `Bearer ${job.token}` } } })
  : new StdioClientTransport({ command: job.command, args: job.args, cwd: job.cwd, env: { HOME: job.cwd }, stderr: 'inherit' });
const call = (name, args, options) => {
  const asked = { name, arguments: args };
  return isFirst ? client.callTool(asked, undefined, options) : client.callTool(asked, options);
};

await client.connect(transport);
print('connected', {
  server: client.getServerVersion().name,
  protocol: isFirst ? (transport.protocolVersion ?? job.protocol) : client.getNegotiatedProtocolVersion(),
});

const { tools } = await client.listTools();
print('tools', { tools });

print('text', result(await call('echo_echo', { message: 'hé' })));
print('structured', result(await call('probe_id_record', { value: { name: 'Ada', age: 36, tags: ['x'] } })));
print('denied', result(await call('fs_read', { path: '/etc/passwd' })));

const reports = [];
let running = true;
const onprogress = ({ message }) => running && reports.push(message);
await call('probe_progress', { steps: 3, pause_ms: 80 }, { onprogress });
running = false;
print('progress', { reports });

const stop = new AbortController();
const endless = call(
  'probe_progress',
  { steps: 4_000_000_000, pause_ms: 20 },
  { signal: stop.signal, onprogress: () => stop.abort('enough') },
);
const given = await endless.then(() => 'answered', () => 'cancelled');
print('cancelled', { given });
// Its instance takes one call at a time: this one is answered only because the other has ended.
print('after', result(await call('probe_which', { first: 'next' })));

print('listening', {});
const anew = (await told) ?? (await client.listTools()).tools;
print('changed', { tools: anew.map((tool) => tool.name) });
print('new', result(await call('second_ping', {})));

const long = result(await call('echo_echo', { message: job.message }));
const parts = [];
for (let uri = long.links[0]; uri; ) {
  const { contents } = await client.readResource({ uri });
  parts.push(contents[0].text);
  uri = contents[1]?.uri;
}
const { resources } = await client.listResources();
print('oversized', { ...long, parts, listed: resources.length });
await client.close();
