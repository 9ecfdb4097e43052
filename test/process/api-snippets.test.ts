/**
 * Every snippet of the API's pages, in every language, as it is there to be copied, against a real server. Between them is a
 * proxy that puts in what no page can know (a key, a code of now, an id) and notes what the server answered.
 *
 * Seen to fail: with a wrong path in one language's generator, and with an operation that has no preparation.
 */

import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Operation, readApi, successesOf } from '../../apps/web/pages/openapi.ts';
import { repositoryAt } from '../../apps/web/pages/repository.ts';
import { CALL_LANGUAGES, type CallLanguageId, exampleIn } from '../../apps/web/pages/snippets/languages.ts';
import { go } from '../sdk/go-program.ts';
import { python } from '../sdk/python-sdk.ts';
import { endAll, type KandaProcess } from '../support/kanda-process.ts';
import { findTool } from '../support/test-tools.ts';
import { bearersOf, PREPARATIONS } from './api-snippets/preparations.ts';
import { SubstitutingProxy } from './api-snippets/proxy.ts';
import { endGroup, RUNNERS, type Runner } from './api-snippets/runners.ts';
import { enrolled, freshAddress, newWorld, startServer, type World } from './api-snippets/world.ts';

const { operations } = readApi(repositoryAt(fileURLToPath(new URL('../..', import.meta.url))));
const SHOWN_ORIGIN = 'http://127.0.0.1:3000';
/** It goes on until someone ends it. */
const ENDLESS = 'streamLogs';

const missing: Readonly<Record<CallLanguageId, boolean>> = {
  curl: findTool('curl') === null,
  fetch: false,
  js: false,
  py: python === null,
  go: go === null,
};

let server: KandaProcess;
let proxy: SubstitutingProxy;
beforeAll(async () => {
  server = await startServer();
  proxy = await SubstitutingProxy.start(server.url);
});
afterAll(async () => {
  await proxy.stop();
  await endAll();
});

test('every operation has a preparation, and no preparation is left over', () => {
  expect(operations.map(({ id }) => id).sort()).toEqual(Object.keys(PREPARATIONS).sort());
});

describe.each(CALL_LANGUAGES)('the snippets in $name', ({ id: language }) => {
  test.skipIf(missing[language])('get what the page says, each of them', async () => {
    const world = await newWorld(server);
    const runner = RUNNERS[language](
      new Map(
        operations.map((operation) => [
          operation.id,
          exampleIn(operation, language).replaceAll(SHOWN_ORIGIN, proxy.url),
        ]),
      ),
    );
    const answered: Record<string, string> = {};
    for (const operation of operations) answered[operation.id] = await outcome(operation, runner, world);
    await runner.stop();
    const wrong = Object.entries(answered).filter(([, said]) => said !== 'as documented');
    expect(wrong).toEqual([]);
    expect(Object.keys(answered)).toHaveLength(operations.length);
  });
});

/** Runs one snippet after its preparation: `as documented`, or what was otherwise. */
async function outcome(operation: Operation, runner: Runner, world: World): Promise<string> {
  try {
    const prepared = await PREPARATIONS[operation.id]?.(world);
    if (prepared === undefined) return 'it has no preparation';
    proxy.begin({ ...bearersOf(world), ...prepared }, freshAddress());
    if (operation.id === ENDLESS) await untilAnEventCame(runner, operation.id, world);
    else await runner.run(operation.id);
  } catch (error) {
    return `${(error as Error).message}, after ${JSON.stringify(proxy.seen)}`;
  }
  const statuses = successesOf(operation).map(({ status }) => Number(status));
  const shape = new RegExp(`^${operation.path.replaceAll(/\{\w+\}/g, '[^/]+')}$`);
  const seen = proxy.seen.filter(({ method, path }) => method === operation.method && shape.test(path));
  const fits = seen.length > 0 && seen.every(({ status }) => statuses.includes(status));
  return fits ? 'as documented' : `the server saw ${JSON.stringify(proxy.seen)}`;
}

/** A stream goes on: an event is made while the snippet listens, and when that has come, the snippet is ended. */
async function untilAnEventCame(runner: Runner, id: string, world: World): Promise<void> {
  const came = new Promise<void>((resolve) => {
    proxy.onEvents = (text) => {
      if (text === '') void enrolled(world);
      if (text.includes('data: ')) resolve();
    };
  });
  const child = runner.begin(id);
  const ended = new Promise<never>((_, reject) => {
    child.once('exit', (status) => reject(new Error(`it ended with ${status} before an event came`)));
  });
  await Promise.race([came, ended]).finally(() => {
    ended.catch(() => {});
    proxy.onEvents = () => {};
    return endGroup(child);
  });
}
