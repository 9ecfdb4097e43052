/** The second factor in FastAPI, Flask and Django against a live server: sdks/python/live, run by pytest. */
import { afterAll, expect, test } from 'vitest';
import { openAccount } from '../support/caller.ts';
import { endAll, KandaProcess } from '../support/kanda-process.ts';
import { python, runPython } from './python-sdk.ts';

afterAll(endAll);

test.skipIf(python === null)(
  'applications of each framework ask for a code, and for a recent one',
  async () => {
    const server = await KandaProcess.start();
    const { apiKey } = await openAccount(server.url);
    const printed = await runPython(['-m', 'pytest', '-q', '-p', 'no:cacheprovider', 'live'], {
      PYTHONPATH: 'src:tests:live',
      KANDA_URL: server.url,
      KANDA_API_KEY: apiKey,
    });
    const [, passed] = /(\d+) passed/.exec(printed) ?? [];
    expect(Number(passed)).toBeGreaterThan(25);
    expect(printed).not.toMatch(/failed|skipped|error/);
  },
);
