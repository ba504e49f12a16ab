// Judges requests by GitHub's own description of its API (@octokit/openapi) and signatures by
// GitHub's own verifier (@octokit/webhooks-methods). Reads {requests, deliveries} as JSON from
// standard input; prints what it counted; exits 1 if anything is wrong.
//
// A request must name a described path and method, with every required parameter and no
// undescribed one, each of its described type, and a body that fits its schema and has no
// undescribed member.

import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { text } from 'node:stream/consumers';

const modules = join(process.env.TOWPATH_NPM, 'node_modules');
const require = createRequire(join(modules, 'judge.cjs'));
// A module without an entry for `require`, so its own description says where it begins.
const methods = join(modules, '@octokit/webhooks-methods');
const { exports } = JSON.parse(readFileSync(join(methods, 'package.json')));
const { verify } = await import(pathToFileURL(join(methods, exports['.'].node.import)));

const describe = (name) => {
  const description = require(`@octokit/openapi/generated/${name}.json`);
  const follow = (node) =>
    node?.$ref ? follow(node.$ref.slice(2).split('/').reduce((at, key) => at[key], description)) : node;
  return { name, description, follow };
};

// The part of JSON Schema that these requests need, as OpenAPI 3.0 writes it.
function misfits(api, schema, value, at) {
  schema = api.follow(schema) ?? {};
  if (value === null) return schema.nullable ? [] : [`${at} is null`];
  const all = [];
  for (const part of schema.allOf ?? []) all.push(...misfits(api, part, value, at));
  const choices = schema.oneOf ?? schema.anyOf;
  if (choices && !choices.some((choice) => misfits(api, choice, value, at).length === 0)) {
    all.push(`${at} fits none of its choices`);
  }
  if (schema.enum && !schema.enum.includes(value)) all.push(`${at}: ${value} is none of ${schema.enum}`);
  if (schema.type === 'string' && typeof value !== 'string') all.push(`${at} is no string`);
  if (schema.type === 'boolean' && typeof value !== 'boolean') all.push(`${at} is no boolean`);
  if (schema.type === 'integer' && !Number.isInteger(value)) all.push(`${at} is no integer`);
  if (schema.type === 'integer' && value > (schema.maximum ?? Infinity)) all.push(`${at} is too large`);
  if (schema.type === 'array') {
    if (!Array.isArray(value)) return [...all, `${at} is no array`];
    value.forEach((item, index) => all.push(...misfits(api, schema.items, item, `${at}/${index}`)));
  }
  if (schema.type === 'object' || schema.properties) {
    const missing = (schema.required ?? []).filter((key) => !(key in value));
    all.push(...missing.map((key) => `${at}/${key} is missing`));
    for (const [key, inner] of Object.entries(value)) {
      const described = schema.properties?.[key];
      all.push(...(described ? misfits(api, described, inner, `${at}/${key}`) : [`${at}/${key} is not described`]));
    }
  }
  return all;
}

const escaped = (literal) => literal.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

// The described path with the fewest parameters; `{ref}` alone may hold slashes.
function find(api, path) {
  const found = [];
  for (const template of Object.keys(api.description.paths)) {
    const names = [...template.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
    const parts = template.split(/\{\w+\}/).map(escaped);
    const holes = names.map((name) => (name === 'ref' ? '(.+)' : '([^/]+)'));
    const pattern = parts.map((part, index) => part + (holes[index] ?? '')).join('');
    const match = path.match(new RegExp(`^${pattern}$`));
    if (match) found.push({ template, values: Object.fromEntries(names.map((name, i) => [name, match[i + 1]])) });
  }
  return found.sort((a, b) => Object.keys(a.values).length - Object.keys(b.values).length)[0];
}

const typed = (api, schema, textual) =>
  api.follow(schema)?.type === 'integer' ? Number(textual) : decodeURIComponent(textual);

function judge(api, request) {
  const [path, query] = request.target.replace(/^\/api\/v3/, '').split('?');
  const place = find(api, path);
  const operation = place && api.description.paths[place.template][request.method.toLowerCase()];
  if (!operation) return ['no such operation'];
  const given = { path: place.values, query: Object.fromEntries(new URLSearchParams(query ?? '')) };
  const described = (operation.parameters ?? []).map(api.follow);
  const wrong = [];
  for (const parameter of described) {
    const value = given[parameter.in]?.[parameter.name];
    if (value === undefined && parameter.required) wrong.push(`parameter ${parameter.name} is missing`);
    if (value !== undefined) {
      wrong.push(...misfits(api, parameter.schema, typed(api, parameter.schema, value), parameter.name));
    }
  }
  const known = new Set(described.map((parameter) => `${parameter.in} ${parameter.name}`));
  const unknown = Object.keys(given.query).filter((name) => !known.has(`query ${name}`));
  wrong.push(...unknown.map((name) => `parameter ${name} is not described`));
  const content = api.follow(operation.requestBody)?.content?.['application/json'];
  if (request.body === null && operation.requestBody?.required) wrong.push('the body is missing');
  if (request.body !== null) {
    wrong.push(...(content ? misfits(api, content.schema, request.body, 'body') : ['a body is not described']));
  }
  return wrong;
}

const { requests, deliveries } = JSON.parse(await text(process.stdin));
let failures = 0;
const fail = (what, why) => {
  failures += 1;
  console.log(`${what}: ${why}`);
};
for (const api of [describe('ghes-3.19'), describe('api.github.com')]) {
  for (const request of requests) {
    judge(api, request).forEach((why) => fail(`${api.name} ${request.method} ${request.target}`, why));
  }
  console.log(`${requests.length} requests judged by ${api.name}`);
}
for (const { secret, signature, body, genuine } of deliveries) {
  if ((await verify(secret, body, signature)) !== genuine) fail(`delivery ${signature}`, `genuine should be ${genuine}`);
}
console.log(`${deliveries.length} signatures judged by @octokit/webhooks-methods`);
process.exit(failures === 0 ? 0 : 1);
