import { createHash } from 'node:crypto';
import { DEFAULT_PARAMETERS } from '@kanda/otp';
import { describe, expect, it } from 'vitest';
import type { Account } from '../../../src/domain/accounts/account.ts';
import type { Change } from '../../../src/domain/change.ts';
import {
  AlreadyAnswered,
  ANSWER_KEPT_MS,
  type IdempotentChange,
  VERDICT_KEPT_MS,
} from '../../../src/domain/idempotency/idempotency.ts';
import { expectFault, type MakeDatabase, Phone, STEP_MS, useWorkbench, type Workbench } from './workbench.ts';

const CALLERS = 64;
const digest = (text: string) => new Uint8Array(createHash('sha256').update(text).digest());

/** A request with a key; its answer holds what the change gave. */
function request(key: string, body = 'a body', keptMs = ANSWER_KEPT_MS): IdempotentChange {
  const answerOf = (result: unknown) => ({ status: 200, body: JSON.parse(JSON.stringify({ result })) });
  return { key: digest(key), request: digest(body), keptMs, answerOf };
}

/** What a call came to: what it gave, or what was kept of an earlier one. */
async function outcome(
  call: Promise<unknown>,
): Promise<{ readonly again: boolean; readonly value: unknown }> {
  try {
    return { again: false, value: JSON.parse(JSON.stringify(await call)) };
  } catch (error) {
    if (!(error instanceof AlreadyAnswered)) throw error;
    const { outcome: kept } = error;
    return { again: true, value: 'status' in kept ? (kept.body as { result: unknown }).result : kept };
  }
}

/**
 * Requests that are sent again.
 *
 * Seen to fail without the look-up in the transaction (`doOnce`): four of these, the 64 at once among them; without that
 * of the judge: four, and 64 of 64 right codes were judged.
 */
export function describeIdempotency(makeDatabase: MakeDatabase): void {
  describe('requests with an Idempotency-Key', () => {
    const bench = useWorkbench(makeDatabase);

    const made = (idempotency: IdempotentChange): Change => ({ ...bench().change(), idempotency });
    const register = (phone: Phone, change: Change, node = bench().store) =>
      node.registerClient(
        { ...phone, label: 'ada', issuer: 'MyApp', parameters: phone.parameters, secret: phone.secret },
        change,
      );
    const phoneOf = (account: Account, name = 'ada', secret = name) =>
      new Phone(account.id, name, DEFAULT_PARAMETERS, secret);
    const validate = (phone: Phone, code: string, idempotency: IdempotentChange, node = bench().store) =>
      node.validate({
        accountId: phone.accountId,
        clientId: phone.clientId,
        code,
        origin: bench().change().origin,
        idempotency,
      });

    it('one of 64 at once over two nodes takes effect, and all get its answer', async () => {
      const account = await bench().createAccount();
      const nodes = [bench().store, await bench().openNode()];
      const outcomes = await Promise.all(
        Array.from({ length: CALLERS }, (_, caller) =>
          // Each has a secret of its own, as the route makes one for each request.
          outcome(
            register(phoneOf(account, 'ada', `${caller}`), made(request('key')), nodes[caller % 2] as never),
          ),
        ),
      );
      expect(outcomes.filter(({ again }) => !again)).toHaveLength(1);
      expect(new Set(outcomes.map(({ value }) => JSON.stringify(value))).size).toBe(1);
      expect((await bench().events(account)).map(({ event }) => event)).toEqual([
        'client.registered',
        'account.registered',
      ]);
    });

    it('one right code, sent 64 times at once over two nodes, is accepted and all get that', async () => {
      const account = await bench().createAccount();
      const phone = await bench().enrol(account, 'ada');
      bench().now += 2 * STEP_MS;
      const nodes = [bench().store, await bench().openNode()];
      const code = phone.codeAt(bench().now);
      const outcomes = await Promise.all(
        Array.from({ length: CALLERS }, (_, caller) =>
          outcome(validate(phone, code, request('key'), nodes[caller % 2])),
        ),
      );
      expect(outcomes.filter(({ again }) => !again)).toHaveLength(1);
      expect(outcomes.map(({ value }) => value)).toEqual(Array(CALLERS).fill({ valid: true }));
      expect((await bench().events(account)).filter(({ event }) => event === 'totp.validated')).toHaveLength(
        1,
      );
    });

    it('is known after a restart, to another node, and to the look-up before the work', async () => {
      const account = await bench().createAccount();
      const phone = phoneOf(account);
      const first = await outcome(register(phone, made(request('key'))));
      await bench().reopen();
      const node = await bench().openNode();
      expect(await outcome(register(phone, made(request('key')), node))).toEqual({ ...first, again: true });
      const { store, now } = bench();
      await expect(store.assertNotAnswered(account.id, request('key'), now)).rejects.toBeInstanceOf(
        AlreadyAnswered,
      );
      await expect(store.assertNotAnswered(account.id, request('other'), now)).resolves.toBeUndefined();
    });

    it('with another body is refused, and nothing is done', async () => {
      const account = await bench().createAccount();
      const phone = await bench().enrol(account, 'ada');
      bench().now += 2 * STEP_MS;
      await register(phoneOf(account, 'eve'), made(request('key')));
      await expectFault(
        register(phoneOf(account, 'bob'), made(request('key', 'another body'))),
        'idempotency_key_reused',
      );
      const code = phone.codeAt(bench().now);
      await expectFault(validate(phone, code, request('key', 'another body')), 'idempotency_key_reused');
      expect(await bench().validate(phone, code)).toEqual({ valid: true });
      expect(await bench().clientIds(account)).toEqual(['eve', 'ada']);
    });

    it('of another account is another key', async () => {
      const [ada, bob] = [await bench().createAccount('ada'), await bench().createAccount('bob')];
      await register(phoneOf(ada), made(request('key')));
      expect((await outcome(register(phoneOf(bob), made(request('key'))))).again).toBe(false);
    });

    it('keeps a recorded refusal, and counts it once', async () => {
      const account = await bench().createAccount();
      const phone = await bench().enrol(account, 'ada');
      await expectFault(register(phone, made(request('key'))), 'client_exists');
      await bench().store.deleteClient(account.id, 'ada', bench().change());
      const again = await outcome(register(phone, made(request('key'))));
      expect(again).toMatchObject({ again: true, value: { code: 'client_exists' } });
      const stranger = { accountId: account.id, clientId: 'unknown' } as Phone;
      await expectFault(validate(stranger, '000000', request('stranger')), 'client_not_found');
      expect(await outcome(validate(stranger, '000000', request('stranger')))).toMatchObject({
        again: true,
        value: { code: 'client_not_found' },
      });
      const refused = (await bench().events(account)).filter((event) => event.outcome === 'failure');
      expect(refused.map(({ reason }) => reason)).toEqual(['client_not_found', 'client_exists']);
    });

    it('keeps nothing of a code that was not judged', async () => {
      const account = await bench().createAccount();
      const phone = await bench().enrol(account, 'ada');
      await expectFault(validate(phone, '12345678', request('key')), 'totp_code_malformed');
      await expectFault(validate(phone, '12345678', request('key', 'other')), 'totp_code_malformed');
    });

    it('is forgotten when its time is over, before it is pruned', async () => {
      const account = await bench().createAccount();
      const phone = await bench().enrol(account, 'ada');
      bench().now += 2 * STEP_MS;
      const code = phone.codeAt(bench().now);
      const key = request('code', 'a body', VERDICT_KEPT_MS);
      await validate(phone, code, key);
      bench().now += VERDICT_KEPT_MS - 1;
      expect(await outcome(validate(phone, code, key))).toEqual({ again: true, value: { valid: true } });
      bench().now += 1;
      expect(await validate(phone, code, key)).toMatchObject({ valid: false });
      // The answer that is kept now is the new one.
      expect(await outcome(validate(phone, code, key))).toMatchObject({
        again: true,
        value: { valid: false },
      });
    });

    it('says nothing of secrets in its row', async () => {
      const account = await bench().createAccount();
      const answer = {
        ...request('key'),
        answerOf: () => ({ status: 200, body: 'a secret to be shown once' }),
      };
      await register(phoneOf(account), made(answer));
      const { store, now } = bench();
      const kept = await store.assertNotAnswered(account.id, answer, now).catch((error: unknown) => error);
      expect((kept as AlreadyAnswered).outcome).toEqual({ status: 200, body: 'a secret to be shown once' });
      expect(await isSealed(bench(), 'a secret to be shown once')).toBe(true);
    });
  });
}

/** Whether the text is in none of the kept answers as they are stored. */
async function isSealed(bench: Workbench, text: string): Promise<boolean> {
  const answers = await bench.database.keptAnswers();
  expect(answers).toHaveLength(1);
  return answers.every((answer) => !Buffer.from(answer).includes(text));
}
