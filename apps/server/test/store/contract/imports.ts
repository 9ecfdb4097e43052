import { DEFAULT_PARAMETERS } from '@kanda/otp';
import { describe, expect, it } from 'vitest';
import type { ImportRules, ToImport } from '../../../src/domain/clients/ports.ts';
import { type MakeDatabase, Phone, STEP_MS, useWorkbench } from './workbench.ts';

const SKIP: ImportRules = { onConflict: 'skip', mostClients: null };
const REPLACE: ImportRules = { onConflict: 'replace', mostClients: null };

export function describeImports(makeDatabase: MakeDatabase): void {
  describe('an import', () => {
    const bench = useWorkbench(makeDatabase);

    const asked = (phone: Phone, more: Partial<ToImport> = {}): ToImport => ({
      clientId: phone.clientId,
      label: 'alice',
      issuer: 'MyApp',
      name: null,
      parameters: phone.parameters,
      secret: phone.secret,
      watermark: -1,
      additional: false,
      disabled: false,
      recoveryMacs: null,
      ...more,
    });
    const shows = async (phone: Phone) => (await bench().validate(phone, phone.codeAt(bench().now))).valid;
    const imported = async (accountId: number, clients: readonly ToImport[], rules = SKIP) =>
      (await bench().store.importClients(accountId, clients, rules, bench().change())).map(
        ({ result }) => result,
      );

    it('enrols, and done again changes nothing and writes no event', async () => {
      const account = await bench().createAccount();
      const phones = ['a', 'b', 'c'].map((name) => new Phone(account.id, name, DEFAULT_PARAMETERS));
      const clients = phones.map((phone) => asked(phone));
      expect(await bench().store.planImport(account.id, clients, SKIP, bench().now)).toMatchObject([
        { result: 'enrolled' },
        { result: 'enrolled' },
        { result: 'enrolled' },
      ]);
      expect(await bench().clientIds(account)).toEqual([]);
      expect(await imported(account.id, clients)).toEqual(['enrolled', 'enrolled', 'enrolled']);
      const events = await bench().events(account);
      expect(await imported(account.id, clients)).toEqual(['unchanged', 'unchanged', 'unchanged']);
      expect(await bench().events(account)).toEqual(events);
      for (const phone of phones) expect(await shows(phone)).toBe(true);
    });

    it('refuses what was used there, and what this store has accepted of the secret before', async () => {
      const account = await bench().createAccount();
      const phone = new Phone(account.id, 'a', DEFAULT_PARAMETERS);
      const step = Math.floor(bench().now / STEP_MS);
      await imported(account.id, [asked(phone, { watermark: step })]);
      expect(await shows(phone)).toBe(false);
      bench().now += STEP_MS;
      expect(await shows(phone)).toBe(true);
      await bench().store.deleteClient(account.id, 'a', bench().change());
      await imported(account.id, [asked(phone, { watermark: step })]);
      expect(await shows(phone)).toBe(false);
    });

    it('leaves a client with another secret alone, or replaces it, whose used codes stay used', async () => {
      const account = await bench().createAccount();
      const before = await bench().enrol(account, 'a');
      const after = new Phone(account.id, 'a', DEFAULT_PARAMETERS, 'another');
      expect(await imported(account.id, [asked(after)])).toEqual(['conflict']);
      expect(await shows(before)).toBe(true);
      expect(await imported(account.id, [asked(after)], REPLACE)).toEqual(['replaced']);
      expect(await shows(before)).toBe(false);
      bench().now += STEP_MS;
      expect(await shows(after)).toBe(true);
      // Back to the secret of before: the code that it had accepted is not accepted again.
      expect(await imported(account.id, [asked(before)], REPLACE)).toEqual(['replaced']);
      const old = before.codeAt(bench().now - STEP_MS);
      expect((await bench().validate(before, old)).valid).toBe(false);
    });

    it('is one transaction: what cannot be done leaves the others, what fails leaves none', async () => {
      const account = await bench().createAccount();
      const clients = ['a', 'b', 'c'].map((name) => asked(new Phone(account.id, name, DEFAULT_PARAMETERS)));
      expect(await imported(account.id, clients, { ...SKIP, mostClients: 2 })).toEqual([
        'enrolled',
        'enrolled',
        'refused',
      ]);
      const broken = [
        asked(new Phone(account.id, 'd', DEFAULT_PARAMETERS)),
        asked(new Phone(account.id, 'e', DEFAULT_PARAMETERS), { label: undefined as never }),
      ];
      await expect(bench().store.importClients(account.id, broken, SKIP, bench().change())).rejects.toThrow();
      expect((await bench().clientIds(account)).sort()).toEqual(['a', 'b']);
    });

    it('of two at once with the same clients each is enrolled once', async () => {
      const account = await bench().createAccount();
      const clients = Array.from({ length: 20 }, (_, index) =>
        asked(new Phone(account.id, `c${index}`, DEFAULT_PARAMETERS)),
      );
      const [one, other] = await Promise.all([
        imported(account.id, clients),
        imported(account.id, [...clients].reverse()),
      ]);
      const results = [...(one ?? []), ...(other ?? [])];
      expect(results.filter((result) => result === 'enrolled')).toHaveLength(20);
      expect(results.filter((result) => result === 'unchanged')).toHaveLength(20);
      expect(await bench().clientIds(account)).toHaveLength(20);
    });
  });
}
