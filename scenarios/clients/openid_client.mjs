// openid-client finds an issuer's configuration, and a token is verified by the keys named there. Says
// what the token says.

import { createRequire } from "node:module";
import { join } from "node:path";

const require = createRequire(join(process.env.TOWPATH_NPM, "package.json"));
const client = require("openid-client");
const { createRemoteJWKSet, jwtVerify } = require("jose");

const [issuer, token] = process.argv.slice(2);
const options = { execute: [client.allowInsecureRequests] };
const found = await client.discovery(new URL(issuer), "none", undefined, client.None(), options);
const metadata = found.serverMetadata();
const keys = createRemoteJWKSet(new URL(metadata.jwks_uri));
const { payload } = await jwtVerify(token, keys, {
  issuer: metadata.issuer, algorithms: metadata.id_token_signing_alg_values_supported,
});
console.log(JSON.stringify(payload));
