/** The scenarios as tests, on whichever store the file chose. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Caller, openAccount } from '../support/caller.ts';
import { CuttingProxy } from '../support/cutting-proxy.ts';
import { endAll, KandaProcess } from '../support/kanda-process.ts';
import { missingCalls } from './missing-calls.ts';
import { play, SCENARIOS, type Stage } from './scenario-runner.ts';

/** Declares a test for each scenario, and one that every call of the API was made. */
export function playAll(): void {
  let stage: Stage;
  const called = new Set<string>();

  beforeAll(async () => {
    const server = await KandaProcess.start();
    const { email, password, token } = await openAccount(server.url);
    const owner = new Caller(server.url).withBearer(token);
    const proxy = await CuttingProxy.start(server.url);
    const watched: Stage['fetch'] = (url, init) => {
      called.add(`${init.method} ${new URL(url).pathname}`);
      return fetch(url, init);
    };
    stage = { owner, email, password, proxy, fetch: watched };
  });
  afterAll(async () => {
    await stage.proxy.stop();
    await endAll();
  });

  describe('the TypeScript SDK plays', () => {
    test.each(SCENARIOS.map((scenario) => [scenario.name, scenario] as const))('%s', async (_, scenario) => {
      await play(scenario, stage);
    });
  });

  test('these make every call of /api/totp', async () => {
    expect(await missingCalls(stage.owner.url, called)).toEqual([]);
  });
}
