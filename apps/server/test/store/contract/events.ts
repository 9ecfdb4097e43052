import { DEFAULT_PARAMETERS } from '@kanda/otp';
import { describe, expect, it } from 'vitest';
import type { Account } from '../../../src/domain/accounts/account.ts';
import type { EventRecord } from '../../../src/domain/log/events.ts';
import {
  expectFault,
  type MakeDatabase,
  ORIGIN,
  Phone,
  START,
  useWorkbench,
  type Workbench,
} from './workbench.ts';

export function describeEvents(makeDatabase: MakeDatabase): void {
  describe('the log', () => {
    const bench = useWorkbench(makeDatabase);

    it('keeps every event as it happened, with who, from where and in which request', async () => {
      const account = await bench().createAccount();
      const told = [
        { actor: 'anonymous', ip: null, userAgent: null, requestId: null },
        { actor: 'key:ä', ip: '2001:db8::1', userAgent: 'curl/8 "\'\\ 👩‍💻', requestId: 'r'.repeat(100) },
      ];
      for (const origin of told) {
        await bench().store.recordEvent(account.id, {
          event: 'token.issued',
          outcome: 'failure',
          reason: 'key_invalid',
          clientId: null,
          at: START + 123,
          origin,
        });
      }
      const events = await bench().events(account, { event: 'token.issued' });
      expect(events.map((event) => event.origin)).toEqual([told[1], told[0]]);
      for (const event of events) {
        expect(event).toMatchObject({
          outcome: 'failure',
          reason: 'key_invalid',
          clientId: null,
          at: START + 123,
        });
      }
    });

    it('has exactly one event for each verdict', async () => {
      const account = await bench().createAccount();
      const phones = [await bench().enrol(account, 'ada'), await bench().enrol(account, 'bob')];
      const verdicts = [];
      for (const phone of phones) {
        for (const code of [
          phone.codeAt(START),
          phone.codeAt(START),
          ...Array(7).fill(phone.wrongCodeAt(START)),
        ]) {
          verdicts.push(await bench().validate(phone, code));
        }
      }
      const events = await bench().events(account, { event: 'totp.validated' });
      expect(events).toHaveLength(verdicts.length);
      expect(events.filter((event) => event.outcome === 'success')).toHaveLength(
        verdicts.filter((verdict) => verdict.valid).length,
      );
    });

    it('counts from 1 without gaps for each account, whatever else is in the batch and whatever of it fails', async () => {
      const accounts = [await bench().createAccount('ada'), await bench().createAccount('bob')];
      for (const account of accounts) await bench().enrol(account, 'first');
      for (let round = 0; round < 5; round++) {
        await Promise.allSettled(accounts.flatMap((account) => mixedWork(bench(), account, round)));
      }
      for (const account of accounts) {
        const events = await bench().events(account);
        expect(events.map((event) => event.id)).toEqual(events.map((_, index) => events.length - index));
        // 5 rounds of: 4 enrolments of which 2 are refused, 8 attempts of which 1 is malformed, 1 unlock.
        expect(events.filter((event) => event.event === 'client.registered')).toHaveLength(1 + 5 * 4);
        expect(events.filter((event) => event.event === 'totp.validated')).toHaveLength(5 * 7);
        expect(events.filter((event) => event.event === 'client.unlocked')).toHaveLength(5);
        await expectChains(bench(), account);
      }
    });

    it('knows the history of a client through deletion and new enrolment, and of ids that were never enrolled', async () => {
      const account = await bench().createAccount();
      const attempt = (clientId: string) =>
        bench()
          .validate({ accountId: account.id, clientId }, '000000')
          .catch(() => {});
      for (let life = 0; life < 3; life++) {
        await attempt('ada');
        await attempt('never');
        const phone = new Phone(account.id, 'ada', DEFAULT_PARAMETERS, `ada ${life}`);
        await bench().register(phone);
        await attempt('ada');
        await bench().rotate(phone, `ada ${life}, rotated`);
        await attempt('never');
        await bench().store.deleteClient(account.id, 'ada', bench().change());
        await attempt('ada');
      }
      await expectChains(bench(), account);
      expect(await bench().events(account, { clientId: 'ada' })).toHaveLength(3 * 6);
      expect(await bench().events(account, { clientId: 'never' })).toHaveLength(3 * 2);
      expect(await bench().events(account, { clientId: 'unheard-of' })).toEqual([]);
    });

    it('puts an event that is only recorded into the history of the client that it names', async () => {
      const account = await bench().createAccount();
      const phone = await bench().enrol(account, 'ada');
      const record = (clientId: string) =>
        bench().store.recordEvent(account.id, {
          event: 'client.registered',
          outcome: 'failure',
          reason: 'client_exists',
          clientId,
          at: START,
          origin: ORIGIN,
        });
      await record('ada');
      await record('never');
      await bench().validate(phone, phone.codeAt(START));
      await record('never');
      await record('ada');
      await expectChains(bench(), account);
      expect(await bench().events(account, { clientId: 'ada' })).toHaveLength(4);
    });

    it('refuses a cursor of another list, and one that is not in the history of the client asked for', async () => {
      const account = await bench().createAccount();
      for (const name of ['ada', 'bob']) {
        const phone = await bench().enrol(account, name);
        for (let attempt = 0; attempt < 3; attempt++) await bench().validate(phone, phone.wrongCodeAt(START));
      }
      const list = (clientId: string | null, cursor: string | null) =>
        bench().store.listEvents(
          account.id,
          { clientId, event: null, outcome: null, from: null, to: null },
          { cursor, limit: 2 },
        );
      const { nextCursor: ofAda } = await list('ada', null);
      const clients = await bench().store.listClients(
        account.id,
        { q: null, status: null, now: START },
        { cursor: null, limit: 1 },
      );
      for (const cursor of ['', 'x', 'Zi4w', 'Zi4x=', clients.nextCursor]) {
        expect(cursor).not.toBeNull();
        await expectFault(list(null, cursor), 'cursor_invalid');
      }
      await expectFault(list('bob', ofAda), 'cursor_invalid');
      expect((await list('ada', ofAda)).data).toHaveLength(2);
    });
  });
}

/** Work of every kind, queued in one go; parts of it are meant to be refused. */
function mixedWork(bench: Workbench, account: Account, round: number): Promise<unknown>[] {
  const first = new Phone(account.id, 'first', DEFAULT_PARAMETERS);
  const fresh = new Phone(account.id, `fresh-${round}`, DEFAULT_PARAMETERS);
  const unknown = { accountId: account.id, clientId: `unknown-${round}` };
  return [
    bench.validate(first, first.wrongCodeAt(START)),
    bench.register(fresh),
    bench.validate(fresh, fresh.codeAt(START)),
    bench.register(fresh),
    bench.validate(unknown, '123456'),
    bench.validate(first, '12345678'),
    bench.enrol(account, `other-${round}`),
    bench.validate(fresh, fresh.codeAt(START)),
    bench.validate(unknown, '123456'),
    bench.register(first),
    bench.validate(first, first.codeAt(START)),
    bench.store.unlockClient(account.id, 'first', bench.change()),
    bench.store.deleteClient(account.id, 'unknown', bench.change()),
    bench.validate(first, first.wrongCodeAt(START)),
  ];
}

/** The history of every clientId is what the whole log says of it. */
async function expectChains(bench: Workbench, account: Account): Promise<void> {
  const log: EventRecord[] = await bench.events(account);
  const clientIds = new Set(log.flatMap(({ clientId }) => (clientId === null ? [] : [clientId])));
  expect(clientIds.size).toBeGreaterThan(0);
  for (const clientId of clientIds) {
    const history = log.filter((event) => event.clientId === clientId);
    for (const limit of [1, 3, 200]) {
      expect(await bench.events(account, { clientId }, limit), `${clientId}, pages of ${limit}`).toEqual(
        history,
      );
    }
  }
}
