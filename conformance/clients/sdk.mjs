// The official TypeScript SDK in either of its versions, which have other packages: the first is what most clients are
// built with and has sessions only, the second has both revisions of the protocol.

const FILES = {
  1: ['sdk/client/auth.js', 'sdk/client/index.js', 'sdk/client/streamableHttp.js', 'sdk/client/stdio.js'],
  2: ['client', 'client/stdio'],
};

export async function sdk(version) {
  const modules = await Promise.all(FILES[version].map((file) => import(`@modelcontextprotocol/${file}`)));
  return Object.assign({}, ...modules);
}
