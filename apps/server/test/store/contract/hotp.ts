import { createHotpKey, formatCode, hotp } from '@kanda/otp';
import { describe, expect, it } from 'vitest';
import type { Account } from '../../../src/domain/accounts/account.ts';
import { DEFAULT_POLICY } from '../../../src/domain/verdicts/policy.ts';
import { activeClient, confirm, MINUTE_MS, refused } from './adas-authenticators.ts';
import { type MakeDatabase, Phone, STEP_MS, useWorkbench, type Workbench } from './workbench.ts';

const VALID = { valid: true };
const INVALID = { valid: false, reason: 'invalid_code' };
export const HOTP_PARAMETERS = { algorithm: 'SHA1', digits: 6, period: 0 } as const;

/** RFC 4226, appendix D: the secret, and the codes of the counters from 0 on. */
const SECRET = new TextEncoder().encode('12345678901234567890');
const CODES = '755224 287082 359152 969429 338314 254676 287922 162583 399871 520489'.split(' ');

/** The code that the token shows at a counter. */
export function tokenCode(counter: number): string {
  return formatCode(hotp(createHotpKey(SECRET, 'SHA1'), counter, 6), 6);
}

/** Enrols the client `ada` with the token of the RFC. */
export async function enrolToken(bench: Workbench, account: Account, counter = 0, pending = false) {
  const token = { accountId: account.id, clientId: 'ada' };
  const shown = await bench.store.registerClient(
    {
      ...token,
      label: 'ada',
      issuer: 'Example',
      parameters: HOTP_PARAMETERS,
      secret: SECRET,
      watermark: counter - 1,
      pendingUntil: pending ? bench.now + 15 * MINUTE_MS : null,
    },
    bench.change(),
  );
  return { ...token, number: shown.authenticator.number };
}

/** Adds the token to a client, in use at once. */
export function addToken(bench: Workbench, account: Account, secret: Uint8Array = SECRET, watermark = -1) {
  const asked = {
    accountId: account.id,
    clientId: 'ada',
    name: 'token',
    parameters: HOTP_PARAMETERS,
    secret,
  };
  const rest = { isImported: true, watermark, pendingUntil: null, replaces: null, fresh: false };
  return bench.store.addAuthenticator({ ...asked, ...rest }, bench.change());
}

/** Hardware tokens, whose codes follow a counter. */
export function describeHotp(makeDatabase: MakeDatabase): void {
  describe('hotp', () => {
    const bench = useWorkbench(makeDatabase);
    const setPolicy = (account: Account, change: Partial<typeof DEFAULT_POLICY>) =>
      bench().store.setPolicy(account.id, { ...DEFAULT_POLICY, ...change }, bench().change());

    it('accepts the codes of RFC 4226 one after the other, each once, over two nodes and a restart', async () => {
      const account = await bench().createAccount();
      const token = await enrolToken(bench(), account);
      const other = await bench().openNode();
      for (const [counter, code] of CODES.entries()) {
        expect(await bench().validate(token, code, counter % 2 ? other : undefined)).toEqual(VALID);
        expect(await bench().validate(token, code)).toEqual(INVALID);
      }
      await bench().reopen();
      expect(await bench().validate(token, CODES.at(-1) as string)).toMatchObject({ valid: false });
      await bench().store.unlockClient(account.id, 'ada', bench().change());
      expect(await bench().validate(token, tokenCode(10))).toEqual(VALID);
    });

    it('looks ahead as far as the policy says, and what it skips is used', async () => {
      const account = await bench().createAccount();
      const token = await enrolToken(bench(), account);
      await setPolicy(account, { lookAhead: 3 });
      expect(await bench().validate(token, tokenCode(4))).toEqual(INVALID);
      expect(await bench().validate(token, tokenCode(3))).toEqual(VALID);
      for (const counter of [0, 2, 3]) {
        expect(await bench().validate(token, tokenCode(counter))).toEqual(INVALID);
      }
      const events = await bench().events(account, { event: 'totp.validated' });
      expect(events[0]).toMatchObject({ reason: 'code_already_used' });
      expect(await bench().validate(token, tokenCode(4))).toEqual(VALID);
    });

    it('with a look-ahead of 0 accepts the expected counter alone', async () => {
      const account = await bench().createAccount();
      const token = await enrolToken(bench(), account, 5);
      await setPolicy(account, { lookAhead: 0 });
      for (const counter of [4, 6]) {
        expect(await bench().validate(token, tokenCode(counter))).toEqual(INVALID);
      }
      expect(await bench().validate(token, tokenCode(5))).toEqual(VALID);
      expect(await bench().validate(token, tokenCode(6))).toEqual(VALID);
    });

    it('does not depend on the clock', async () => {
      const account = await bench().createAccount();
      const token = await enrolToken(bench(), account);
      expect(await bench().validate(token, tokenCode(0))).toEqual(VALID);
      bench().now -= 365 * 24 * 60 * MINUTE_MS;
      expect(await bench().validate(token, tokenCode(1))).toEqual(VALID);
    });

    it('is confirmed by a code within the look-ahead, which is used then', async () => {
      const account = await bench().createAccount();
      const token = await enrolToken(bench(), account, 0, true);
      expect(await confirm(bench(), token, tokenCode(11))).toEqual(refused(4));
      expect(await confirm(bench(), token, tokenCode(10))).toMatchObject({ confirmed: true });
      expect(await bench().validate(token, tokenCode(10))).toEqual(INVALID);
      expect(await bench().validate(token, tokenCode(11))).toEqual(VALID);
      const [listed] = await bench().store.listAuthenticators(account.id, 'ada', bench().now);
      expect(listed).toMatchObject({ type: 'hotp', counter: 12, drift: 0 });
    });

    it('sent again while it is pending with a higher counter, goes on from there', async () => {
      const account = await bench().createAccount();
      const token = await enrolToken(bench(), account, 3, true);
      await enrolToken(bench(), account, 7, true);
      expect(await confirm(bench(), token, tokenCode(6))).toEqual(refused(4));
      expect(await confirm(bench(), token, tokenCode(7))).toMatchObject({ confirmed: true });
    });

    it('accepts one code of 64 at once over two nodes', async () => {
      const account = await bench().createAccount();
      const token = await enrolToken(bench(), account);
      const nodes = [bench().store, await bench().openNode()];
      const code = tokenCode(2);
      const verdicts = await Promise.all(
        Array.from({ length: 64 }, (_, index) => bench().validate(token, code, nodes[index % 2])),
      );
      expect(verdicts.filter(({ valid }) => valid)).toHaveLength(1);
    });

    describe('beside a phone', () => {
      it('each has a replay state of its own, and both share the failure budget', async () => {
        const { account, first } = await activeClient(bench());
        await addToken(bench(), account);
        const code = first.codeAt(bench().now);
        for (const typed of [code, tokenCode(0), tokenCode(3)]) {
          expect(await bench().validate(first, typed)).toEqual(VALID);
          expect(await bench().validate(first, typed)).toEqual(INVALID);
        }
        expect((await bench().client(first)).authenticators).toBe(2);
        for (let guess = 0; guess < 5; guess++) {
          await bench().validate(first, first.wrongCodeAt(bench().now, guess));
        }
        expect(await bench().validate(first, tokenCode(4))).toMatchObject({ reason: 'locked' });
      });

      it('with the same secret has a counter of its own', async () => {
        const { account, first } = await activeClient(bench());
        expect(await bench().validate(first, first.codeAt(bench().now))).toEqual(VALID);
        // Seen to fail when the watermark of the phone, a time step, became that of the token.
        await addToken(bench(), account, first.secret);
        const code = formatCode(hotp(createHotpKey(first.secret, 'SHA1'), 0, 6), 6);
        expect(await bench().validate(first, code)).toEqual(VALID);
        bench().now += STEP_MS;
        expect(await bench().validate(first, first.codeAt(bench().now))).toEqual(VALID);
      });

      it('a second phone with the same secret and longer steps is not refused for its watermark', async () => {
        const { account, first } = await activeClient(bench());
        expect(await bench().validate(first, first.codeAt(bench().now))).toEqual(VALID);
        const slow = new Phone(account.id, 'ada', { algorithm: 'SHA1', digits: 6, period: 60 }, 'ada');
        const { accountId, clientId, parameters, secret } = slow;
        const asked = {
          accountId,
          clientId,
          name: 'slow',
          parameters,
          secret,
          isImported: true,
          watermark: -1,
        };
        await bench().store.addAuthenticator(
          { ...asked, pendingUntil: null, replaces: null, fresh: false },
          bench().change(),
        );
        expect(await bench().validate(first, slow.codeAt(bench().now))).toEqual(VALID);
      });
    });

    it('is rotated to a token whose counter begins at 0', async () => {
      const account = await bench().createAccount();
      const token = await enrolToken(bench(), account, 500);
      const secret = new Uint8Array(20).fill(7);
      const rotated = await bench().store.rotateClient({ ...token, number: null, secret }, bench().change());
      expect(rotated.authenticator).toMatchObject({ type: 'hotp', counter: 0 });
      const code = formatCode(hotp(createHotpKey(secret, 'SHA1'), 0, 6), 6);
      expect(await bench().validate(token, tokenCode(500))).toEqual(INVALID);
      expect(await bench().validate(token, code)).toEqual(VALID);
    });
  });
}
