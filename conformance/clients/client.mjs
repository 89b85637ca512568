// The official TypeScript SDK's client with its own OAuth: from nothing but the server's address to a call.
//
// node client.mjs URL [SDK] [SCOPE]    prints what came of it as JSON; SDK is 1, which it is where it is left out, or 2

import { sdk } from './sdk.mjs';

const [url, version = '1', scope] = process.argv.slice(2);
const { UnauthorizedError, Client, StreamableHTTPClientTransport } = await sdk(Number(version));
const kept = { steps: [] };

// Goes where a browser would, with its cookies, until the server sends it back with a code.
async function browse(address) {
  const cookies = new Map();
  for (let hops = 0; hops < 20; hops += 1) {
    const headers = { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') };
    const answer = await fetch(address, { headers, redirect: 'manual' });
    for (const cookie of answer.headers.getSetCookie()) {
      const [, name, value] = cookie.match(/^([^=]+)=([^;]*)/);
      cookies.set(name, value);
    }
    const next = answer.headers.get('location');
    if (!next) throw new Error(`${address} answered ${answer.status}: ${await answer.text()}`);
    address = new URL(next, address);
    if (address.pathname === '/callback') return address.searchParams;
  }
  throw new Error('it goes round in circles');
}

const provider = {
  redirectUrl: 'http://127.0.0.1:1/callback',
  clientMetadata: {
    client_name: 'conformance',
    redirect_uris: ['http://127.0.0.1:1/callback'],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    token_endpoint_auth_method: 'none',
    ...(scope ? { scope } : {}),
  },
  clientInformation: () => kept.client,
  saveClientInformation: (client) => {
    kept.steps.push('registered');
    kept.client = client;
  },
  tokens: () => kept.tokens,
  saveTokens: (tokens) => {
    kept.steps.push('token');
    kept.tokens = tokens;
  },
  redirectToAuthorization: async (address) => {
    kept.steps.push(`authorize scope=${address.searchParams.get('scope')} pkce=${address.searchParams.get('code_challenge_method')}`);
    kept.answer = await browse(address);
  },
  saveCodeVerifier: (verifier) => {
    kept.verifier = verifier;
  },
  codeVerifier: () => kept.verifier,
};

const connect = async () => {
  const transport = new StreamableHTTPClientTransport(new URL(url), { authProvider: provider });
  const client = new Client({ name: 'conformance', version: '1' }, { versionNegotiation: { mode: 'auto' } });
  try {
    await client.connect(transport);
  } catch (error) {
    if (!(error instanceof UnauthorizedError)) throw error;
    const code = kept.answer?.get('code');
    if (!code) throw new Error(`no code: ${kept.answer}`);
    // Who answered is checked by the second SDK.
    await transport.finishAuth(code, kept.answer.get('iss') ?? undefined);
    return undefined;
  }
  return client;
};

const client = (await connect()) ?? (await connect());
const { tools } = await client.listTools();
const names = tools.map((tool) => tool.name);
const called = await client.callTool({ name: names.find((name) => name.endsWith('ping')), arguments: {} });
const hidden = await client.callTool({ name: 'none', arguments: {} }).then(() => 'called', (error) => error.message);
console.log(JSON.stringify({ steps: kept.steps, tools: names, text: called.content[0].text, hidden, token: kept.tokens.access_token }));
await client.close();
