/** The OpenAPI document: generated from the routes, committed, served, and complete. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FAULT_CODES } from '../../../src/domain/errors.ts';
import { CALLS } from '../support/contract-calls.ts';
import { openApi, operations } from '../support/documented.ts';
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
  expect(fileAt('openapi.json')).toEqual(JSON.parse(JSON.stringify(openApi)));
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
    'GET /openapi.json',
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
    return security === undefined;
  });
  expect(open.map(({ path }) => path)).toEqual([
    '/api/auth/register',
    '/api/auth/login',
    '/api/auth/token',
    '/api/info',
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
    if (security !== undefined) expect(statuses, name).toContain(429);
  }
});

test('problems are described once, with every code that there is', () => {
  const problem = openApi.components.schemas.Problem as { properties: { code: { enum: string[] } } };
  expect(problem.properties.code.enum).toEqual(FAULT_CODES);
});
