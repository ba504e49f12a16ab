// A real authorization server (oidc-provider) at a forge's paths, with one client and one person
// who agrees to everything. Takes {routes, proof} as JSON in its first argument; prints its origin;
// then reads the URLs that a browser is sent to, one a line, and prints where the browser is sent
// back to. Refresh tokens are good once: a second use ends all that came from the same grant.

import { createRequire } from 'node:module';
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

// The provider's advice about production is not for a test, and its lines are not the answers.
console.info = () => {};
console.warn = () => {};
const say = (line) => process.stdout.write(`${line}\n`);

const modules = join(process.env.TOWPATH_NPM, 'node_modules');
const found = createRequire(join(modules, 'provider.cjs')).resolve('oidc-provider');
const { Provider } = await import(pathToFileURL(found));

const { routes, proof } = JSON.parse(process.argv[2]);
const server = createServer();
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const origin = `http://127.0.0.1:${server.address().port}`;

const provider = new Provider(origin, {
  clients: [{
    client_id: 'app',
    client_secret: 's&cret',
    redirect_uris: ['https://towpath.example/oauth/callback/reg-1'],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    token_endpoint_auth_method: proof === 'basic' ? 'client_secret_basic' : 'client_secret_post',
  }],
  routes,
  pkce: { required: () => proof === 'post' },
  features: { devInteractions: { enabled: false } },
  interactions: { url: (_, interaction) => `/agree/${interaction.uid}` },
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  issueRefreshToken: () => true,
  rotateRefreshToken: true,
  cookies: { keys: ['only for this test'] },
  ttl: { AccessToken: 7200 },
});

const agree = async (request, response) => {
  const { params, prompt, session } = await provider.interactionDetails(request, response);
  if (prompt.name === 'login') {
    return provider.interactionFinished(request, response, { login: { accountId: 'ada' } });
  }
  const grant = new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
  grant.addOIDCScope(params.scope ?? '');
  const grantId = await grant.save();
  return provider.interactionFinished(request, response, { consent: { grantId } });
};

const serve = provider.callback();
server.on('request', (request, response) =>
  request.url.startsWith('/agree/') ? agree(request, response) : serve(request, response));

// A browser: follows redirects within the server, with its cookies.
async function browse(start) {
  const cookies = new Map();
  let at = start;
  for (let steps = 0; steps < 20 && at.startsWith(origin); steps += 1) {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await fetch(at, { redirect: 'manual', headers: { cookie } });
    for (const line of answer.headers.getSetCookie()) {
      const [name, value] = line.split(';')[0].split(/=(.*)/s);
      cookies.set(name, value);
    }
    const next = answer.headers.get('location');
    if (!next) return `stopped at ${at}: ${answer.status} ${(await answer.text()).slice(0, 300)}`;
    at = new URL(next, at).href;
  }
  return at;
}

say(origin);
for await (const line of createInterface({ input: process.stdin })) say(await browse(line));
process.exit(0);
