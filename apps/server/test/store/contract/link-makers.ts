import { randomBytes } from 'node:crypto';
import { createHotpKey, DEFAULT_PARAMETERS, totp } from '@kanda/otp';
import { describe, expect, it } from 'vitest';
import type { Account } from '../../../src/domain/accounts/account.ts';
import { ALL_OTHERS } from '../../../src/domain/authenticators/authenticator.ts';
import type { LinkPurpose } from '../../../src/domain/links/link.ts';
import { expectFault, type MakeDatabase, useWorkbench } from './workbench.ts';

const LIVES_MS = 3 * 86_400_000;

/*
 * A secret that one link has made is shown by that link alone, and one that the API has made by the API alone, since each
 * may have been seen by someone else. Both may wait beside each other; the first that is confirmed ends the other.
 *
 * Seen to fail before an authenticator said which link has made it: the API showed the secret of a link, with a proof too;
 * wrong codes of the one counted for the other; a link replaced an authenticator that had been replaced since.
 */

export function describeLinkMakers(makeDatabase: MakeDatabase): void {
  describe('a link and the API', () => {
    const bench = useWorkbench(makeDatabase);

    const hex = (secret: Uint8Array) => Buffer.from(secret).toString('hex');
    const codeOf = (secret: Uint8Array) =>
      totp(createHotpKey(secret, 'SHA1'), bench().now, DEFAULT_PARAMETERS);
    const wrongOf = (secret: Uint8Array) => (codeOf(secret) === '000000' ? '000001' : '000000');

    async function make(account: Account, purpose: LinkPurpose) {
      const isFirst = purpose === 'enrol';
      const { number } = await bench().store.createLink(
        {
          accountId: account.id,
          tokenMac: randomBytes(32),
          clientId: 'ada',
          purpose,
          livesMs: LIVES_MS,
          returnUrl: null,
          locale: null,
          label: isFirst ? 'ada' : null,
          issuer: isFirst ? 'MyApp' : null,
        },
        bench().change(),
      );
      return { accountId: account.id, number };
    }
    type Name = Awaited<ReturnType<typeof make>>;

    const open = (name: Name) =>
      bench().store.openLink(
        name,
        { clientId: 'ada', secret: randomBytes(20), mostClients: null },
        bench().change(),
      );
    async function secretOf(name: Name): Promise<Uint8Array> {
      const opened = await open(name);
      if (opened.kind !== 'secret') throw new Error(`the page shows ${opened.kind}`);
      return opened.shown.secret;
    }
    const complete = (name: Name, code: string) =>
      bench().store.completeLink(
        {
          ...name,
          clientId: 'ada',
          typed: { kind: 'code', code },
          recoveryMacs: [],
          resultMac: randomBytes(32),
        },
        bench().change(),
      );
    const waiting = (account: Account) => ({
      accountId: account.id,
      clientId: 'ada',
      name: null,
      parameters: DEFAULT_PARAMETERS,
      secret: randomBytes(20),
      isImported: false,
      watermark: -1,
      pendingUntil: bench().now + 900_000,
      fresh: false,
    });
    const enrol = (account: Account) =>
      bench().store.registerClient({ ...waiting(account), label: 'ada', issuer: 'MyApp' }, bench().change());
    const rotate = (account: Account) =>
      bench().store.addAuthenticator({ ...waiting(account), replaces: ALL_OTHERS }, bench().change());
    const confirm = (account: Account, code: string, number: number | null = null) =>
      bench().store.confirmAuthenticator(
        { accountId: account.id, clientId: 'ada', number, code },
        bench().change(),
      );
    const validate = async (account: Account, secret: Uint8Array) => {
      bench().now += 60_000;
      return (await bench().validate({ accountId: account.id, clientId: 'ada' }, codeOf(secret))).valid;
    };
    const left = async (account: Account) =>
      (await bench().store.listAuthenticators(account.id, 'ada', bench().now)).length;

    it('enrol beside each other with secrets of their own, of which the first that is confirmed counts', async () => {
      for (const winner of ['link', 'api'] as const) {
        const account = await bench().createAccount(winner);
        const link = await make(account, 'enrol');
        const ofLink = await secretOf(link);
        const ofApi = (await enrol(account)).secret;
        expect(hex(ofApi)).not.toBe(hex(ofLink));
        expect(hex((await enrol(account)).secret)).toBe(hex(ofApi));
        expect(hex(await secretOf(link))).toBe(hex(ofLink));
        const [won, lost] = winner === 'link' ? [ofLink, ofApi] : [ofApi, ofLink];
        if (winner === 'link') expect(await complete(link, codeOf(won))).toMatchObject({ kind: 'completed' });
        else expect(await confirm(account, codeOf(won))).toMatchObject({ confirmed: true });
        expect(await left(account)).toBe(1);
        if (winner === 'link') await expectFault(confirm(account, codeOf(lost)), 'authenticator_not_found');
        else expect(await complete(link, codeOf(lost))).toEqual({ kind: 'ended', reason: 'cancelled' });
        expect(await validate(account, lost)).toBe(false);
        expect(await validate(account, won)).toBe(true);
      }
    });

    it('show each other no secret when the page is opened after a call of the API', async () => {
      const account = await bench().createAccount();
      const ofApi = (await enrol(account)).secret;
      const link = await make(account, 'enrol');
      expect(hex(await secretOf(link))).not.toBe(hex(ofApi));
      // The QR code that the application has shown still counts.
      expect(await confirm(account, codeOf(ofApi))).toMatchObject({ confirmed: true });
    });

    it('count wrong codes only for what they are for, and the API confirms no secret of a link', async () => {
      const account = await bench().createAccount();
      const link = await make(account, 'enrol');
      const opened = await open(link);
      if (opened.kind !== 'secret') throw new Error('the page shows no secret');
      const { authenticator, secret } = opened.shown;
      await expectFault(confirm(account, codeOf(secret)), 'authenticator_not_found');
      await expectFault(confirm(account, codeOf(secret), authenticator.number), 'authenticator_not_found');
      const api = await enrol(account);
      for (let turn = 0; turn < 4; turn++) await confirm(account, wrongOf(api.secret));
      const all = await bench().store.listAuthenticators(account.id, 'ada', bench().now);
      expect(all.map(({ attemptsLeft }) => attemptsLeft).sort()).toEqual([1, 5]);
      await confirm(account, wrongOf(api.secret));
      expect(await left(account)).toBe(1);
      expect(await complete(link, codeOf(secret))).toMatchObject({ kind: 'completed' });
    });

    it('replace beside each other, also where a user may have one authenticator', async () => {
      for (const winner of ['link', 'api'] as const) {
        const account = await bench().createAccount(winner);
        await bench().store.setPolicy(
          account.id,
          { ...(await bench().store.findPolicy(account.id)), maxAuthenticators: 1 },
          bench().change(),
        );
        await bench().enrol(account, 'ada');
        const link = await make(account, 'replace');
        const ofLink = await secretOf(link);
        const ofApi = (await rotate(account)).secret;
        expect(hex(ofApi)).not.toBe(hex(ofLink));
        expect(hex(await secretOf(link))).toBe(hex(ofLink));
        const [won, lost] = winner === 'link' ? [ofLink, ofApi] : [ofApi, ofLink];
        if (winner === 'link') expect(await complete(link, codeOf(won))).toMatchObject({ kind: 'completed' });
        else expect(await confirm(account, codeOf(won))).toMatchObject({ confirmed: true });
        if (winner === 'api')
          expect(await complete(link, codeOf(lost))).toEqual({ kind: 'ended', reason: 'cancelled' });
        expect(await left(account)).toBe(1);
        expect(await validate(account, lost)).toBe(false);
        expect(await validate(account, won)).toBe(true);
      }
    });

    it('replace only what was there when the link was made: another change of authenticators cancels it', async () => {
      const account = await bench().createAccount();
      const phone = await bench().enrol(account, 'ada');
      const link = await make(account, 'replace');
      const ofLink = await secretOf(link);
      await bench().rotate(phone, 'the next phone');
      expect(await complete(link, codeOf(ofLink))).toEqual({ kind: 'ended', reason: 'cancelled' });
      expect(await open(link)).toEqual({ kind: 'ended', reason: 'cancelled' });
      const [listed] = await bench().store.listLinks(account.id, 'ada');
      expect(listed).toMatchObject({ ending: 'cancelled' });
      const events = await bench().events(account);
      expect(events.filter(({ event }) => event === 'link.cancelled')).toHaveLength(1);
    });

    it('and a newer link that takes the place of an opened one deletes no user', async () => {
      const account = await bench().createAccount();
      const first = await make(account, 'enrol');
      const ofFirst = await secretOf(first);
      const second = await make(account, 'enrol');
      const events = (await bench().events(account)).map(({ event }) => event);
      expect(events).not.toContain('client.deleted');
      const ofSecond = await secretOf(second);
      expect(hex(ofSecond)).not.toBe(hex(ofFirst));
      expect(await left(account)).toBe(1);
      expect(await complete(first, codeOf(ofFirst))).toEqual({ kind: 'ended', reason: 'cancelled' });
      expect(await complete(second, codeOf(ofSecond))).toMatchObject({ kind: 'completed' });
    });

    it('and log-ins of one user wait beside each other, 20 at most', async () => {
      const account = await bench().createAccount();
      const phone = await bench().enrol(account, 'ada');
      const names: Name[] = [];
      for (let turn = 0; turn < 20; turn++) names.push(await make(account, 'challenge'));
      const [oldest, ...others] = names as [Name, ...Name[]];
      expect(await open(oldest)).toMatchObject({ kind: 'challenge' });
      await make(account, 'challenge');
      expect(await open(oldest)).toEqual({ kind: 'ended', reason: 'cancelled' });
      const last = others.at(-1) as Name;
      expect(await open(last)).toMatchObject({ kind: 'challenge' });
      expect(await complete(last, phone.codeAt(bench().now))).toMatchObject({ kind: 'completed' });
    });
  });
}
