/** The SDK for Python: the interpreter that has what its tests need, and its scenarios as tests. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { callerEnvironment } from '../../tools/child-environment.mjs';
import { openAccount } from '../support/caller.ts';
import { endAll, KandaProcess } from '../support/kanda-process.ts';
import { findTool } from '../support/test-tools.ts';
import { SCENARIOS } from './scenario-runner.ts';

export const PYTHON_SDK = fileURLToPath(new URL('../../sdks/python', import.meta.url));
const PROXY = fileURLToPath(new URL('../support/cutting-proxy.ts', import.meta.url));

/** A Python with the SDK's dependency, frameworks and checkers, or null, after saying what is not tested. */
export const python = findTool('python sdk surroundings');

/** What a Python program prints, with the SDK's sources on its path. @throws with what it wrote when it fails */
export async function runPython(
  args: readonly string[],
  variables: Readonly<Record<string, string>> = {},
): Promise<string> {
  const env = callerEnvironment({
    PYTHONPATH: `${PYTHON_SDK}/src`,
    PYTHONDONTWRITEBYTECODE: '1',
    ...variables,
  });
  const { stdout } = await promisify(execFile)(python ?? 'python3', args, { cwd: PYTHON_SDK, env }).catch(
    (error) => {
      throw new Error(`python ${args.join(' ')}: ${error.code}\n${error.stdout}${error.stderr}`);
    },
  );
  return stdout;
}

/** The proxy that cuts, as a process with a control of its own. */
export class ProxyProcess {
  readonly url: string;
  readonly control: string;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, { url, control }: { url: string; control: string }) {
    this.#child = child;
    this.url = url;
    this.control = control;
  }

  static async start(to: string, more: readonly string[] = []): Promise<ProxyProcess> {
    const child = spawn(process.execPath, [PROXY, '--to', to, ...more], {
      env: callerEnvironment(),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = await once(createInterface(child.stdout), 'line');
    return new ProxyProcess(child, JSON.parse(line));
  }

  async stop(): Promise<void> {
    const exited = once(this.#child, 'exit');
    if (this.#child.kill('SIGKILL')) await exited;
  }
}

/** Declares a test for each scenario and each of the clients. */
export function playAllWithPython(): void {
  let server: KandaProcess;
  let proxy: ProxyProcess;

  beforeAll(async () => {
    server = await KandaProcess.start();
    proxy = await ProxyProcess.start(server.url);
  });
  afterAll(async () => {
    await proxy.stop();
    await endAll();
  });

  describe.skipIf(python === null).each(['sync', 'async'])('the Python SDK, %s,', (client) => {
    const played = new Map<string, { ok: boolean; wrong: string[] }>();

    beforeAll(async () => {
      const { email, password, token } = await openAccount(server.url);
      const printed = await runPython(['tests/play_scenarios.py', client], {
        KANDA_URL: server.url,
        KANDA_PROXY: proxy.url,
        KANDA_CONTROL: proxy.control,
        KANDA_EMAIL: email,
        KANDA_PASSWORD: password,
        KANDA_OWNER_TOKEN: token,
      });
      for (const line of printed.trim().split('\n')) {
        const { name, ...result } = JSON.parse(line);
        played.set(name, result);
      }
    });

    test.each(SCENARIOS.map(({ name }) => name))('plays: %s', (name) => {
      expect(played.get(name)).toEqual({ ok: true, wrong: [] });
    });
  });
}
