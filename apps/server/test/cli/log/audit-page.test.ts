/** The operator's page about the log, word for word: its commands and its script, against a running server. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { endAll, KandaProcess, temporaryFolder } from '../../../../../test/support/kanda-process.ts';
import { SOON } from '../../../../../test/support/patience.ts';
import { callerEnvironment } from '../../../../../tools/child-environment.mjs';
import { fencedBlocks } from '../../../../../tools/markdown.ts';
import { accountWithKey, KANDA, kanda } from '../lib/run-kanda.ts';

afterAll(endAll);

describe('docs/operating/audit.md', () => {
  const page = readFileSync(new URL('../../../../../docs/operating/audit.md', import.meta.url), 'utf8');
  const blocks = fencedBlocks(page);

  test('shows commands and a script that do what it says, against a running server', async () => {
    const dataDir = temporaryFolder();
    const sink = join(temporaryFolder(), 'sink');
    const { apiKey } = await accountWithKey(dataDir);
    const server = await KandaProcess.start({
      dataDir,
      env: { KANDA_CHECKPOINT_INTERVAL: '1s', KANDA_CHECKPOINT_SINK: sink },
    });
    const get = (path: string) =>
      fetch(`${server.url}${path}`, { headers: { authorization: `Bearer ${apiKey}` } });
    await vi.waitFor(async () => expect((await get('/api/logs/checkpoint')).status).toBe(200), SOON);
    const work = temporaryFolder();
    const fill = (text: string) =>
      text
        .replaceAll('http://127.0.0.1:3000', server.url)
        .replaceAll('kan_your_api_key_here', apiKey)
        .replaceAll('npm run --silent kanda --', `"${process.execPath}" "${KANDA}"`);
    const run = (command: string, args: string[]) =>
      execFileSync(command, args, {
        cwd: work,
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
        env: callerEnvironment({ HOME: work, KANDA_DATA_DIR: dataDir }),
      });
    const printed: string[] = [];
    for (const block of blocks) {
      if (block.language === 'sh')
        printed.push(run('bash', ['--norc', '-euo', 'pipefail', '-c', fill(block.text)]));
      if (block.language === 'py') printed.push(run('python3', ['-c', block.text]));
    }
    expect(printed.filter((text) => text.includes('✓')).length).toBe(2);
    expect(printed.at(-1)).toMatch(/^event 1 is in kanda\/acc_\w+\n$/);

    // The script does not print its sentence for an event that was changed.
    const script = blocks.find(({ language }) => language === 'py')?.text ?? '';
    const file = join(work, 'log.ndjson');
    writeFileSync(file, readFileSync(file, 'utf8').replaceAll('"cli"', '"eve"'));
    expect(() => run('python3', ['-c', script])).toThrow('the event is not what was signed');

    // A stop covers what has just come, and sends it.
    const answer = await fetch(`${server.url}/api/totp/register`, {
      method: 'POST',
      headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ clientId: 'alice', label: 'alice', issuer: 'MyApp', qr: 'none' }),
    });
    expect(answer.status).toBe(201);
    const { data } = (await (await get('/api/logs')).json()) as { data: { id: number }[] };
    await server.stop();
    expect(readFileSync(sink, 'utf8')).toContain(`\n${data[0]?.id}\n`);
    const final = await kanda(['audit', 'verify', '--data-dir', dataDir, '--checkpoint', sink]);
    expect(final).toMatchObject({ code: 0, stdout: expect.stringContaining(`${data[0]?.id} events lead`) });
  });
});
