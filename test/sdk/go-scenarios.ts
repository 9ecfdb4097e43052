/** The scenarios, played by the SDK for Go, on whichever store the file chose. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bareEnvironment } from '../../tools/child-environment.mjs';
import { openAccount } from '../support/caller.ts';
import { endAll, KandaProcess } from '../support/kanda-process.ts';
import { build, printedByProgram } from './go-program.ts';
import { missingCalls } from './missing-calls.ts';
import { SCENARIOS } from './scenario-runner.ts';

interface Played {
  readonly name: string;
  readonly ok: boolean;
  readonly wrong: readonly string[] | null;
}

const path = (file: string): string => fileURLToPath(new URL(`../../${file}`, import.meta.url));

/** Declares a test for each scenario, and one that every call of the API was made. */
export function playAllInGo(): void {
  let played: readonly Played[] = [];
  let called: readonly string[] = [];
  let server: KandaProcess;

  beforeAll(async () => {
    server = await KandaProcess.start();
    const { email, password, token } = await openAccount(server.url);
    const proxy = await startProxy(server.url);
    const printed = await printedByProgram(build('./scenarios'), {
      KANDA_URL: server.url,
      KANDA_PROXY: proxy.url,
      KANDA_CONTROL: proxy.control,
      KANDA_EMAIL: email,
      KANDA_PASSWORD: password,
      KANDA_OWNER_TOKEN: token,
      KANDA_SCENARIOS: path('sdks/scenarios.json'),
      KANDA_PROBLEMS: path('sdks/problems.json'),
    }).finally(proxy.stop);
    const lines = printed
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Played & { called?: string[] });
    called = lines.pop()?.called ?? [];
    played = lines;
  });
  afterAll(endAll);

  describe('the SDK for Go plays', () => {
    test.each(SCENARIOS.map(({ name }) => name))('%s', (name) => {
      expect(played.find((one) => one.name === name)).toEqual({ name, ok: true, wrong: null });
    });

    test('these, and with them every call of /api/totp', async () => {
      expect(played).toHaveLength(SCENARIOS.length);
      expect(await missingCalls(server.url, called)).toEqual([]);
    });
  });
}

/** The proxy as a program of its own: the SDK's is another process, too. */
async function startProxy(to: string): Promise<{ url: string; control: string; stop: () => void }> {
  const child = spawn(process.execPath, [path('test/support/cutting-proxy.ts'), '--to', to], {
    env: bareEnvironment(),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await once(createInterface(child.stdout), 'line');
  return { ...JSON.parse(String(line)), stop: () => child.kill() };
}
