import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { codeAt, expectProblem, startApp, type TestAccount, type TestApp } from '../support/start-app.ts';

/** What is sealed was moved behind Kanda's back: the caller learns nothing, and the operator does. */
describe('a secret that does not open, as something was moved to where it does not belong', () => {
  let kanda: TestApp;
  let account: TestAccount;

  beforeEach(async () => {
    kanda = await startApp();
    account = await kanda.signUp();
  });
  afterEach(() => kanda.close());

  function behindTheServer(sql: string): void {
    const sqlite = new DatabaseSync(kanda.databaseFile);
    sqlite.exec('pragma busy_timeout = 5000');
    sqlite.exec(sql);
    sqlite.close();
  }

  async function counted(): Promise<string | undefined> {
    const { body } = await kanda.call('GET', '/metrics');
    return /^kanda_secrets_unreadable_total (\d+)$/m.exec(body)?.[1];
  }

  async function eventsOf(clientId: string): Promise<readonly unknown[]> {
    const { data } = (await account.call('GET', `/api/logs?clientId=${clientId}`)).json();
    return data.map(({ event, outcome, reason }: Record<string, unknown>) => [event, outcome, reason]);
  }

  function expectTold(requestId: string): void {
    const lines = kanda.logged.filter(({ message }) => message === 'a request failed');
    expect(lines.map(({ fields }) => fields)).toContainEqual(
      expect.objectContaining({ requestId, code: 'secret_unreadable', cause: expect.any(Error) }),
    );
  }

  it('a sealed secret of another client: no verdict, the failure recorded, told and counted', async () => {
    const alice = await account.enrol('alice');
    await account.enrol('bob');
    const numberOf = (clientId: string) => `(select id from client where client_id = '${clientId}')`;
    behindTheServer(
      `update authenticator set sealed = (select sealed from authenticator where id = ${numberOf('bob')})
       where id = ${numberOf('alice')}`,
    );
    expect(await counted()).toBe('0');
    const body = { clientId: 'alice', token: codeAt(alice.secret, kanda.now()) };
    const problem = expectProblem(
      await account.call('POST', '/api/totp/validate', body),
      500,
      'secret_unreadable',
    );
    expect(problem).not.toHaveProperty('valid');
    expectTold(problem.requestId);
    expect(await counted()).toBe('1');
    expect(await eventsOf('alice')).toContainEqual(['totp.validated', 'failure', 'secret_unreadable']);
  });

  it("another account's data key: no one can be enrolled or rotated, nothing half done is left, and an alarm is in the log", async () => {
    await account.enrol('alice');
    await kanda.signUp();
    behindTheServer('update account set data_key = (select data_key from account where id = 2) where id = 1');
    const enrolment = { clientId: 'bob', label: 'bob@example.com', issuer: 'MyApp', qr: 'none' };
    const refused = expectProblem(
      await account.call('POST', '/api/totp/register', enrolment),
      500,
      'secret_unreadable',
    );
    expectTold(refused.requestId);
    expectProblem(await account.call('POST', '/api/totp/rotate/alice'), 500, 'secret_unreadable');
    expect(await counted()).toBe('2');
    for (const [clientId, event] of [
      ['bob', 'client.registered'],
      ['alice', 'client.rotated'],
    ] as const) {
      expect((await eventsOf(clientId)).slice(0, 2)).toEqual([
        ['alarm.secret_unreadable', 'failure', 'secret_unreadable'],
        [event, 'failure', 'secret_unreadable'],
      ]);
    }
    expectProblem(await account.call('GET', '/api/totp/clients/bob'), 404, 'client_not_found');
  });
});
