/** What the import page reads: files of real programs, pictures of QR codes, and files that are made to do harm. */
import { deflateRawSync } from 'node:zlib';
import { parseFile, readSecret, recordsToImport, writeGoogleMigration } from '@kanda/formats';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { allFaults } from './accessibility.ts';
import { codeAt } from './codes.ts';
import { choose, importPage, outcomes, SECRET, sample, submit, type Upload, uri } from './import-page.ts';
import { blankPng, qrPng } from './qr-png.ts';
import { chromiumPath, type Site, startSite } from './server.ts';

let site: Site;
beforeAll(async () => {
  if (chromiumPath !== null) site = await startSite();
});
afterAll(() => site?.end());

describe.skipIf(chromiumPath === null)('the page of an import', () => {
  test.each([
    'better-auth.json',
    'devise.json',
    'google-migration.txt',
    'keepassxc.csv',
    'keycloak.json',
    'privacyidea.csv',
    'privacyidea.yaml',
    'pskc-plain.xml',
  ])('reads %s as kanda import does', async (name) => {
    const account = await importPage(site);
    const { page } = account;
    const parsed = await parseFile(sample(name), 'auto');
    const named = recordsToImport(parsed, { clientId: 'column', issuer: null });
    await choose(page, { name, buffer: sample(name) });
    await page
      .getByText(`with ${named.records.length} secrets to import`.replace('with 1 secrets', 'with 1 secret'))
      .waitFor();
    const rows = page.getByRole('table', { name: 'The first of them' }).locator('tbody tr');
    expect(await rows.count()).toBe(Math.min(5, named.records.length));
    expect(await rows.first().innerText()).toContain(named.records[0]?.clientId);
    expect(account.faults).toEqual([]);
    await account.context.close();
  });

  test('takes an encrypted file with its password, and says when that is wrong', async () => {
    const account = await importPage(site);
    const { page } = account;
    await choose(page, { name: 'tokens.xml', buffer: sample('pskc-password.xml') });
    await page.getByLabel('Password of the file').fill('not this one');
    await page.getByRole('button', { name: 'Open' }).click();
    await page.getByRole('alert').filter({ hasText: 'wrong' }).waitFor();
    expect(await allFaults(page)).toEqual([]);
    await page.getByLabel('Password of the file').fill('qwerty');
    await page.getByRole('button', { name: 'Open' }).click();
    await page.getByText(/with \d+ secrets? to import/).waitFor();
    expect(account.faults).toEqual([]);
    await account.context.close();
  });

  test('reads pictures of QR codes, dropped on the page, all those of one export', async () => {
    const account = await importPage(site);
    const { page } = account;
    const record = (await parseFile(Buffer.from(uri('alice')), 'auto')).records[0]?.record;
    if (record === undefined) throw new Error('no record');
    const many = Array.from({ length: 14 }, (_, index) => ({
      ...record,
      label: `user-${index}@example.com`,
      secret: readSecret(`${SECRET.slice(0, 30)}${'ABCDEFGHIJKLMN'[index]}A`).bytes,
    }));
    const texts = writeGoogleMigration(many, 1);
    expect(texts.length).toBeGreaterThan(1);
    const pictures = texts.map((text, index) => ({ name: `${index}.png`, buffer: qrPng(text) }));
    const dropped = await page.evaluateHandle(
      (files) => {
        const data = new DataTransfer();
        for (const { name, base64 } of files) {
          const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
          data.items.add(new File([bytes], name, { type: 'image/png' }));
        }
        return data;
      },
      pictures.map(({ name, buffer }) => ({ name, base64: buffer.toString('base64') })),
    );
    await page.dispatchEvent('[data-drop]', 'drop', { dataTransfer: dropped });
    await page.getByText('with 14 secrets to import').waitFor();

    // One of several alone would lose users without a word.
    await choose(page, pictures[0] as Upload);
    await page.getByText('is missing').or(page.getByText('are missing')).waitFor();
    await choose(page, { name: 'alice.png', buffer: qrPng(uri('alice')) });
    await page.getByText('with 1 secret to import').waitFor();
    await submit(page);
    expect(await outcomes(page)).toEqual(['Enrolled 1']);
    const token = codeAt(SECRET, Date.now());
    const typed = { clientId: 'alice@example.com', token };
    expect(await account.call('POST', '/api/totp/validate', typed)).toEqual({ valid: true });
    expect(account.faults).toEqual([]);
    await account.context.close();
  });

  test('says what is wrong with files that are made to do harm, and goes on working', async () => {
    const account = await importPage(site);
    const { page } = account;
    const bomb = Buffer.concat([Buffer.from('PK\u0003\u0004'), deflateRawSync(Buffer.alloc(50_000_000))]);
    const entities = `<!DOCTYPE x [<!ENTITY a "${'b'.repeat(1_000)}"><!ENTITY c "${'&a;'.repeat(1_000)}">]><x>&c;</x>`;
    const files: readonly (readonly [Upload, string | RegExp])[] = [
      [
        { name: 'deep.json', buffer: Buffer.from('['.repeat(2_000_000)) },
        'What format the file has is not known.',
      ],
      [{ name: 'entities.xml', buffer: Buffer.from(entities) }, /not known|document type/i],
      [{ name: 'zip.1pux', buffer: bomb }, /not a ZIP|damaged|cut off|not known/],
      [{ name: 'huge.png', buffer: blankPng(60_000, 60_000) }, 'has more than 64 million pixels'],
      [{ name: 'damaged.png', buffer: qrPng(uri('alice')).subarray(0, 60) }, 'huge or damaged'],
      [{ name: 'no-code.png', buffer: blankPng(300, 300) }, 'No QR code was found'],
      [{ name: 'empty.txt', buffer: Buffer.alloc(0) }, 'What format the file has is not known.'],
    ];
    for (const [file, words] of files) {
      await choose(page, file);
      await page
        .getByText(words === 'huge or damaged' ? 'is damaged' : words)
        .first()
        .waitFor();
      expect(await page.getByRole('button', { name: /^Import [1-9]/ }).count(), file.name).toBe(0);
    }
    // Names are text, whatever they are made of.
    await choose(page, {
      name: '<img src=x onerror=alert(1)>.txt',
      buffer: Buffer.from(uri('%3Cimg%20src=x%20onerror=alert(1)%3E')),
    });
    await page.getByText('with 1 secret to import').waitFor();
    expect(await page.locator('main img').count()).toBe(0);
    expect(account.faults).toEqual([]);
    await account.context.close();
  });
});
