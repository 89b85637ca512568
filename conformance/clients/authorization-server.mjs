// A real authorization server (oidc-provider) for tests: dynamic registration, PKCE, resource indicators, access tokens as
// JWTs. Whoever comes is logged in as `alice` and consents at once: there is nobody to ask.
//
// node authorization-server.mjs [ALGORITHM]    prints its issuer, and serves until its standard input ends

import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';

import Provider, { errors } from 'oidc-provider';

const algorithm = process.argv[2] ?? 'RS256';
const kinds = {
  RS256: ['rsa', { modulusLength: 2048 }],
  PS256: ['rsa', { modulusLength: 2048 }],
  ES256: ['ec', { namedCurve: 'P-256' }],
  EdDSA: ['ed25519', {}],
};
const [kind, options] = kinds[algorithm];
const key = { ...generateKeyPairSync(kind, options).privateKey.export({ format: 'jwk' }), use: 'sig' };
if (algorithm !== 'EdDSA') key.alg = algorithm;
// What it signs its ID tokens with.
const other = { ...generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' }), use: 'sig' };
const keys = algorithm === 'RS256' ? [key] : [key, { ...other, alg: 'RS256' }];

const server = createServer();
server.listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    jwks: { keys },
    cookies: { keys: ['a key for tests'] },
    scopes: ['openid', 'offline_access', 'tools', 'more'],
    // Clients of tests are programs: they listen on loopback.
    clientDefaults: { application_type: 'native' },
    findAccount: (_, id) => ({ accountId: id, claims: async () => ({ sub: id }) }),
    interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
    issueRefreshToken: async () => true,
    features: {
      devInteractions: { enabled: false },
      registration: { enabled: true },
      resourceIndicators: {
        enabled: true,
        useGrantedResource: () => true,
        getResourceServerInfo(_, resource) {
          if (!resource.endsWith('/mcp')) throw new errors.InvalidTarget();
          const jwt = { sign: { alg: algorithm } };
          return { scope: 'tools more', audience: resource, accessTokenTTL: 300, accessTokenFormat: 'jwt', jwt };
        },
      },
    },
  });
  const serve = provider.callback();
  server.on('request', async (request, response) => {
    if (!request.url.startsWith('/interaction/')) return serve(request, response);
    try {
      const { prompt, params, session, grantId } = await provider.interactionDetails(request, response);
      if (prompt.name === 'login') {
        return await provider.interactionFinished(request, response, { login: { accountId: 'alice' } });
      }
      const { clientId } = { clientId: params.client_id };
      const found = grantId ? await provider.Grant.find(grantId) : undefined;
      const grant = found ?? new provider.Grant({ accountId: session.accountId, clientId });
      if (params.scope) grant.addOIDCScope(params.scope);
      for (const [resource, scopes] of Object.entries(prompt.details.missingResourceScopes ?? {})) {
        grant.addResourceScope(resource, scopes.join(' '));
      }
      return await provider.interactionFinished(request, response, { consent: { grantId: await grant.save() } });
    } catch (error) {
      response.statusCode = 500;
      return response.end(String(error));
    }
  });
  console.log(issuer);
});
process.stdin.on('end', () => process.exit(0)).resume();
