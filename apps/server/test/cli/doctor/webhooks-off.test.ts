import { afterAll, expect, test } from 'vitest';
import { endAll, temporaryFolder } from '../../../../../test/support/kanda-process.ts';
import { kanda } from '../lib/run-kanda.ts';

afterAll(endAll);

test('doctor says that a server sends no webhooks', async () => {
  const dataDir = temporaryFolder();
  const run = await kanda(['doctor', '--data-dir', dataDir, '--webhooks', 'off', '--port', '0']);
  expect(run.stdout).toMatch(/^! Webhooks .*none are sent \(KANDA_WEBHOOKS=off\)$/m);
  const on = await kanda(['doctor', '--data-dir', dataDir, '--port', '0']);
  expect(on.stdout).not.toContain('Webhooks');
});
