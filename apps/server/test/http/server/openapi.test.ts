/** The OpenAPI document: generated from the routes, committed, served, and complete. */
import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { withoutReferences } from '../../../../web/src/api/references.ts';
import { FAULT_CODES, type FaultCode } from '../../../src/domain/errors.ts';
import { withComponents } from '../../../src/http/server/openapi-components.ts';
import { PROBLEMS } from '../../../src/http/server/problems.ts';
import { CALLS } from '../support/contract-calls.ts';
import { document, type OpenApi, openApi, operations } from '../support/documented.ts';
import { registeredRoutes } from '../support/registered-routes.ts';
import { startApp, type TestApp } from '../support/start-app.ts';

let kanda: TestApp;

beforeAll(async () => {
  kanda = await startApp();
});
afterAll(() => kanda.close());

const fileAt = (path: string) =>
  JSON.parse(readFileSync(new URL(`../../../../../${path}`, import.meta.url), 'utf8'));

test('the file in the repository is what the routes say (npm run openapi writes it)', () => {
  expect(fileAt('openapi.json')).toEqual(JSON.parse(JSON.stringify(document)));
});

// Seen to fail while every server named the address of the quickstart.
test('the server gives the same document at /openapi.json, with itself as the server', async () => {
  const answer = await kanda.call('GET', '/openapi.json');
  expect(answer.statusCode).toBe(200);
  const description = 'This server';
  expect(answer.json()).toEqual({ ...fileAt('openapi.json'), servers: [{ url: '/', description }] });
  const publicUrl = 'https://kanda.example.com';
  const known = await startApp({ publicUrl });
  const { servers } = (await known.call('GET', '/openapi.json')).json();
  expect(servers).toEqual([{ url: publicUrl, description }]);
  await known.close();
});

test('it is OpenAPI 3.1 of this version', () => {
  expect(openApi.openapi).toMatch(/^3\.1\./);
  expect(fileAt('openapi.json').info.version).toBe(fileAt('apps/server/package.json').version);
});

test('it has every call of the contract and no other', () => {
  expect(operations.map(({ name }) => name)).toEqual(Object.keys(CALLS));
});

test('the server has no route that is not in it, but the document itself and what is no call of the API', () => {
  const served = registeredRoutes(kanda.app)
    .filter(({ method }) => method !== 'HEAD')
    .map(({ name }) => name);
  const undocumented = served.filter((name) => !operations.some((operation) => operation.name === name));
  expect(undocumented.sort()).toEqual([
    'GET /',
    'GET /.well-known/security.txt',
    'GET /docs/errors/{code}',
    'GET /l/{token}',
    'GET /l/{token}/begin',
    'GET /l/{token}/cancel',
    'GET /l/{token}/confirm',
    'GET /openapi.json',
    'POST /l/{token}/begin',
    'POST /l/{token}/cancel',
    'POST /l/{token}/confirm',
  ]);
  expect(served.length - undocumented.length).toBe(operations.length);
});

test('each operation has a name of its own, a summary and one of the tags', () => {
  const all = Object.values(openApi.paths).flatMap((methods) => Object.values(methods));
  expect(new Set(all.map(({ operationId }) => operationId)).size).toBe(all.length);
  const tags = fileAt('openapi.json').tags.map(({ name }: { name: string }) => name);
  for (const operation of all) {
    expect(operation).toMatchObject({ summary: expect.stringMatching(/^[A-Z]/), tags: [expect.any(String)] });
    expect(tags).toContain((operation as { tags?: string[] }).tags?.[0]);
  }
});

test('every call but the public ones needs the bearer, and says that it can answer 401', () => {
  const open = operations.filter(({ path, method }) => {
    const { security } = openApi.paths[path]?.[method.toLowerCase()] ?? {};
    return security?.length === 0;
  });
  expect(open.map(({ path }) => path)).toEqual([
    '/api/auth/register',
    '/api/auth/login',
    '/api/auth/token',
    '/api/info',
    '/.well-known/jwks.json',
    '/healthz',
    '/readyz',
    '/metrics',
  ]);
  for (const operation of operations) {
    if (!open.includes(operation)) expect(operation.statuses, operation.name).toContain(401);
  }
});

test('every call says what any other error looks like, and one with a bearer that it can answer 429', () => {
  for (const { name, method, path, statuses } of operations) {
    const { responses, security } = openApi.paths[path]?.[method.toLowerCase()] ?? {};
    expect(Object.keys(responses?.default?.content ?? {}), name).toEqual(['application/problem+json']);
    if (security?.length !== 0) expect(statuses, name).toContain(429);
  }
});

test('problems are described once, with every code that there is', () => {
  const problem = openApi.components.schemas.Problem as { properties: { code: { enum: string[] } } };
  expect(problem.properties.code.enum).toEqual(FAULT_CODES);
});

/** What comes before any call, or what no one foresaw. */
const OF_ANY_CALL = [405, 408, 431, 500];

test('each status of a refusal has a code, and each code a status that is documented', () => {
  for (const { name, method, path, statuses } of operations) {
    const { own, general } = openApi.paths[path]?.[method.toLowerCase()]?.['x-error-codes'] ?? {
      own: [],
      general: [],
    };
    const known = new Set([...own, ...general].map((code) => PROBLEMS[code as FaultCode].status));
    const refused = statuses.filter((status) => status >= 400);
    expect(
      refused.filter((status) => !known.has(status)),
      `${name}: statuses without a code`,
    ).toEqual([]);
    const more = [...known].filter((status) => !refused.includes(status) && !OF_ANY_CALL.includes(status));
    expect(more, `${name}: statuses of codes alone`).toEqual([]);
    expect(new Set([...own, ...general]).size, name).toBe(own.length + general.length);
  }
});

interface Content {
  readonly schema: object;
  readonly example?: unknown;
  readonly examples?: Readonly<Record<string, { readonly value: unknown }>>;
}

interface Described {
  readonly description?: string;
  readonly example?: unknown;
  readonly headers?: Readonly<Record<string, Described>>;
  readonly content?: Readonly<Record<string, Content>>;
}

describe('a success', () => {
  const ajv = new Ajv2020({ strict: false, formats: { 'date-time': true } });
  const successes = operations.flatMap(({ name, path, method }) =>
    Object.entries(openApi.paths[path]?.[method.toLowerCase()]?.responses ?? {})
      .filter(([status]) => status.startsWith('2'))
      .map(([status, answer]) => ({ name: `${name} ${status}`, answer: answer as Described })),
  );

  test.each(successes)('$name is described, with examples that are what it says', ({ answer }) => {
    expect(answer.description).toMatch(/\S/);
    const content = answer.content?.['application/json'];
    if (content === undefined) return;
    const { schema, example, examples = {} } = content;
    const all = example === undefined ? Object.values(examples).map(({ value }) => value) : [example];
    expect(all.length).toBeGreaterThan(0);
    const validate = ajv.compile(schema);
    for (const one of all) expect(validate(one), ajv.errorsText(validate.errors)).toBe(true);
  });
});

test('each header of an answer is described, with an example', () => {
  const answers = Object.values(openApi.paths).flatMap((methods) =>
    Object.values(methods).flatMap(({ responses }) => Object.values(responses) as Described[]),
  );
  const headers = answers.flatMap((answer) => Object.entries(answer.headers ?? {}));
  expect(new Set(headers.map(([name]) => name)).size).toBeGreaterThan(5);
  for (const [name, { description, example }] of headers) {
    expect(description, name).toMatch(/\.$/);
    expect(example, name).toBeDefined();
  }
});

test('words that may become more are in answers alone: a request takes what this version knows', () => {
  for (const methods of Object.values((document as OpenApi).paths)) {
    for (const { responses: _, ...request } of Object.values(methods))
      expect(JSON.stringify(withoutReferences({ ...document, request }).request)).not.toContain(
        'x-extensible',
      );
  }
});

test('the answer to a log-in is one of two, and its session says which', () => {
  const { LogIn } = (document as OpenApi).components.schemas as Record<string, { discriminator?: object }>;
  const mapping = {
    token: '#/components/schemas/TokenSession',
    cookie: '#/components/schemas/CookieSession',
  };
  expect(LogIn?.discriminator).toEqual({ propertyName: 'session', mapping });
});

describe('a part with a name', () => {
  const text = JSON.stringify(document);
  const named = Object.entries((document as OpenApi).components).flatMap(([kind, parts]) =>
    kind === 'securitySchemes' ? [] : Object.keys(parts).map((name) => ({ kind, name, part: parts[name] })),
  );

  test('is used, no two are the same, and none is called as another', () => {
    expect(new Set(named.map(({ name }) => name)).size).toBe(named.length);
    for (const { kind, name } of named) expect(text).toContain(`"#/components/${kind}/${name}"`);
    const all = named.map(({ part }) => JSON.stringify(part));
    expect(all.filter((part, place) => all.indexOf(part) !== place)).toEqual([]);
  });

  test('is one thing: two that differ with one title are refused', () => {
    const answer = (type: string) => ({
      responses: { 200: { content: { 'application/json': { schema: { title: 'Client', type } } } } },
    });
    const of = (...types: string[]) => ({
      paths: Object.fromEntries(types.map((type, place) => [`/${place}`, { get: answer(type) }])),
    });
    expect(() => withComponents(of('object', 'string'))).toThrow('title Client');
    const { components } = withComponents(of('object', 'object')) as { components?: { schemas: object } };
    expect(components?.schemas).toEqual({ Client: { type: 'object' } });
  });
});
