import { describe, expect, it } from 'vitest';
import type { Verdict } from '../../../src/domain/verdicts/decide.ts';
import { type MakeDatabase, type Phone, reasons, START, STEP_MS, useWorkbench } from './workbench.ts';

const CLIENTS = 30;
const AT_ONCE = 64;

/*
 * What makes these hold: inside one transaction that holds the write lock, each attempt reads its row after
 * the one before it has written, and no one is answered before the commit.
 *
 * Seen to fail without it. With the rows read when the attempts arrive, before the lock: 64 of 64 identical
 * codes accepted for each client, 16 of 16 on two nodes, 300 of 300 guesses evaluated, 200 of 200 where one
 * was left. With the rows read once a batch: 35 of 64 and 8 of 16 accepted, 300 and 200 guesses evaluated.
 */
export function describeRaces(makeDatabase: MakeDatabase): void {
  describe('attempts that arrive together', () => {
    const bench = useWorkbench(makeDatabase);

    it(`with one right code, ${AT_ONCE} times for each of ${CLIENTS} clients, are accepted once for each`, async () => {
      const account = await bench().createAccount();
      const phones: Phone[] = [];
      for (let client = 0; client < CLIENTS; client++)
        phones.push(await bench().enrol(account, `user-${client}`));
      const verdicts = await Promise.all(
        Array.from({ length: AT_ONCE * CLIENTS }, (_, index) => {
          const phone = phones[index % CLIENTS] as Phone;
          return bench().validate(phone, phone.codeAt(START));
        }),
      );
      const accepted = new Map<number, number>();
      for (const [index, verdict] of verdicts.entries()) {
        if (verdict.valid) accepted.set(index % CLIENTS, (accepted.get(index % CLIENTS) ?? 0) + 1);
      }
      expect([...accepted].sort((a, b) => a[0] - b[0])).toEqual(phones.map((_, client) => [client, 1]));
      expect(verdicts).toHaveLength(AT_ONCE * CLIENTS);
      expect(await bench().events(account, { outcome: 'success', event: 'totp.validated' })).toHaveLength(
        CLIENTS,
      );
      expect(await bench().events(account, { event: 'totp.validated' })).toHaveLength(AT_ONCE * CLIENTS);
    });

    it('with one right code on two nodes are accepted once, on one of them', async () => {
      const account = await bench().createAccount();
      const nodes = [bench().store, await bench().openNode()];
      for (let round = 0; round < 10; round++) {
        const phone = await bench().enrol(account, `user-${round}`);
        const code = phone.codeAt(START);
        const verdicts = await Promise.all(
          Array.from({ length: 16 }, (_, index) => bench().validate(phone, code, nodes[index % 2])),
        );
        expect(verdicts.filter((verdict) => verdict.valid)).toHaveLength(1);
      }
    });

    it('with 300 wrong guesses are evaluated five times, and the right code among them is too late', async () => {
      const account = await bench().createAccount();
      const phone = await bench().enrol(account, 'ada');
      const guesses = Array.from({ length: 300 }, (_, guess) =>
        bench().validate(phone, phone.wrongCodeAt(START, guess)),
      );
      const late = bench().validate(phone, phone.codeAt(START));
      expect(count(await Promise.all(guesses))).toEqual({ invalid_code: 5, locked: 295 });
      expect(await late).toEqual({ valid: false, reason: 'locked', retryAfter: 30 });
      expect((await bench().client(phone)).lockout).toMatchObject({
        failures: 5,
        recentFailures: Array(5).fill(START),
      });
    });

    it('with 300 wrong guesses on two nodes are evaluated five times in all', async () => {
      const account = await bench().createAccount();
      const phone = await bench().enrol(account, 'ada');
      const nodes = [bench().store, await bench().openNode()];
      const verdicts = await Promise.all(
        Array.from({ length: 300 }, (_, guess) =>
          bench().validate(phone, phone.wrongCodeAt(START, guess), nodes[guess % 2]),
        ),
      );
      expect(count(verdicts)).toEqual({ invalid_code: 5, locked: 295 });
    });

    it('with one guess left are evaluated once, then locked for good', async () => {
      const account = await bench().createAccount();
      const phone = await bench().enrol(account, 'ada');
      await bench().failAlmostTooOften(phone);
      await bench().failTimes(phone, 1);
      const verdicts = await Promise.all(
        Array.from({ length: 200 }, (_, guess) =>
          bench().validate(phone, phone.wrongCodeAt(bench().now, guess)),
        ),
      );
      expect(count(verdicts)).toEqual({ invalid_code: 1, locked: 199 });
      expect(await bench().events(account, { event: 'client.locked' })).toHaveLength(1);
    });

    it('see what the ones before them did, in the order of their arrival', async () => {
      const account = await bench().createAccount();
      const phone = await bench().enrol(account, 'ada');
      const codes = [
        phone.wrongCodeAt(START),
        phone.codeAt(START - STEP_MS),
        phone.codeAt(START - STEP_MS),
        phone.codeAt(START + STEP_MS),
        phone.codeAt(START),
        ...Array<string>(4).fill(phone.wrongCodeAt(START)),
      ];
      await Promise.all(codes.map((code) => bench().validate(phone, code)));
      expect(reasons(await bench().events(account))).toEqual([
        'invalid_code',
        'accepted',
        'code_already_used',
        'accepted',
        'code_already_used',
        'invalid_code',
        'invalid_code',
        'invalid_code',
        'invalid_code',
      ]);
      expect(await bench().validate(phone, phone.wrongCodeAt(START))).toMatchObject({ reason: 'locked' });
    });

    it('around a rotation: what the old secret shows is refused from the rotation on', async () => {
      const account = await bench().createAccount();
      const old = await bench().enrol(account, 'ada');
      const [before, rotated, after] = await Promise.all([
        bench().validate(old, old.codeAt(START)),
        bench().rotate(old, 'second phone'),
        bench().validate(old, old.codeAt(START + STEP_MS)),
      ]);
      expect([before, after]).toEqual([{ valid: true }, { valid: false, reason: 'invalid_code' }]);
      expect(await bench().validate(rotated, rotated.codeAt(START))).toEqual({ valid: true });
    });
  });
}

function count(verdicts: readonly Verdict[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const verdict of verdicts) {
    const name = verdict.valid ? 'valid' : verdict.reason;
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}
