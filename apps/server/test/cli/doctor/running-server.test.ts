/** What a running server says of itself is in `kanda doctor`, under the names of the operator's page. */
import { afterAll, expect, test } from 'vitest';
import { endAll, KandaProcess } from '../../../../../test/support/kanda-process.ts';
import { PASSWORD } from '../../http/support/start-app.ts';
import { kanda } from '../lib/run-kanda.ts';

afterAll(endAll);

interface Check {
  readonly check: string;
  readonly level: string;
  readonly found: string;
}

const RUNNING = [
  'Public URL',
  'Last backup',
  'Workers',
  'Codes and clock',
  'Master key age',
  'Log',
  'Checkpoints',
  'Webhooks',
];

test('doctor and the operator’s page name and say the same', async () => {
  const server = await KandaProcess.start();
  const { dataDir, port, url } = server;
  const email = 'you@example.com';
  const made = await kanda(
    ['account', 'create', '--email', email, '--password-stdin', '--data-dir', dataDir],
    {
      input: PASSWORD,
    },
  );
  expect(made).toMatchObject({ code: 0 });
  const ask = async (path: string, init: RequestInit = {}) => {
    const headers = { 'content-type': 'application/json', ...init.headers };
    return (await fetch(`${url}${path}`, { ...init, headers })).json();
  };
  const login = { method: 'POST', body: JSON.stringify({ email, password: PASSWORD }) };
  const { token } = (await ask('/api/auth/login', login)) as { token: string };
  const status = (await ask('/api/admin/status', { headers: { authorization: `Bearer ${token}` } })) as {
    checks: Check[];
  };
  const run = await kanda(['doctor', '--json', '--data-dir', dataDir, '--port', String(port)]);
  const doctor = JSON.parse(run.stdout) as { checks: Check[] };
  const of = ({ checks }: { checks: readonly Check[] }) =>
    RUNNING.map((name) => {
      const [one, ...others] = checks.filter(({ check }) => check === name);
      expect(others).toEqual([]);
      // Time passes, and the log grows, between the two.
      return [name, one?.level, one?.found.replace(/\d+/g, 'N')];
    });
  expect(of(status).every(([, level]) => level !== undefined)).toBe(true);
  expect(of(doctor)).toEqual(of(status));
  expect(status.checks.find(({ check }) => check === 'Last backup')).toMatchObject({ level: 'look' });
});
