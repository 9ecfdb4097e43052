/** `kanda export`, and back into an empty Kanda. */
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseFile } from '@kanda/formats';
import { encodeBase32 } from '@kanda/otp';
import { Decrypter, generateIdentity, identityToRecipient } from 'age-encryption';
import { describe, expect, test } from 'vitest';
import { FOREIGN_IDS } from '../../../../../test/support/foreign-ids.ts';
import { temporaryFolder } from '../../../../../test/support/kanda-process.ts';
import { accountWithKey, kanda, kandaDone } from '../lib/run-kanda.ts';

const SAMPLES = new URL('../../../../../packages/formats/samples/', import.meta.url);
const sample = (name: string) => new URL(name, SAMPLES).pathname;

async function freshKanda() {
  const dataDir = temporaryFolder();
  const { email } = await accountWithKey(dataDir);
  return { dataDir, of: ['--data-dir', dataDir, '--account', email] };
}

async function decrypted(path: string, identity: string): Promise<string> {
  const decrypter = new Decrypter();
  decrypter.addIdentity(identity);
  return decrypter.decrypt(readFileSync(path), 'text');
}

/** What of a line matters: when a client came into this store does not. */
function matters(ndjson: string): readonly object[] {
  return ndjson
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
    .map(({ createdAt: _, ...rest }) => rest);
}

describe('kanda export', () => {
  test('export, import into an empty Kanda, export again: equal', async () => {
    const identity = await generateIdentity();
    const recipient = await identityToRecipient(identity);
    const old = await freshKanda();
    await kandaDone(['import', ...old.of, '--issuer', 'MyApp', '--yes', sample('privacyidea.yaml')]);
    const file = join(old.dataDir, 'users.age');
    const { stdout } = await kandaDone(['export', ...old.of, '--recipient', recipient, file]);
    expect(stdout).toBe(`50 secrets are in ${file}, as kanda.\n`);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readFileSync(file, 'latin1')).toMatch(/^age-encryption\.org\/v1\n/);

    const lines = await decrypted(file, identity);
    const given = (await parseFile(readFileSync(sample('privacyidea.yaml')), 'auto')).records;
    const taken = (await parseFile(Buffer.from(lines), 'auto')).records;
    expect(
      taken.map(({ record }) => [record.clientId, record.secret, record.lastUsedStep, record.counter]),
    ).toEqual(
      given.map(({ record }) => [record.clientId, record.secret, record.lastUsedStep, record.counter]),
    );

    const plain = join(old.dataDir, 'users.ndjson');
    writeFileSync(plain, lines);
    const fresh = await freshKanda();
    await kandaDone(['import', ...fresh.of, '--yes', plain]);
    const second = join(fresh.dataDir, 'again.age');
    await kandaDone(['export', ...fresh.of, '--recipient', recipient, second]);
    expect(matters(await decrypted(second, identity))).toEqual(matters(lines));
  });

  test('ids that others own come back as they went', async () => {
    const identity = await generateIdentity();
    const recipient = await identityToRecipient(identity);
    const lines = FOREIGN_IDS.map((clientId, index) => ({
      kanda: 1,
      clientId,
      label: 'Alice',
      issuer: 'MyApp',
      secret: encodeBase32(Buffer.from(`kanda-foreign-id-${String(index).padStart(3, '0')}`)),
    }));
    let text = lines.map((line) => JSON.stringify(line)).join('\n');
    const exported: string[] = [];
    for (const name of ['first', 'second']) {
      const { dataDir, of } = await freshKanda();
      const [plain, file] = [join(dataDir, `${name}.ndjson`), join(dataDir, `${name}.age`)];
      writeFileSync(plain, text);
      const { stdout } = await kandaDone(['import', ...of, '--yes', plain]);
      expect(stdout).toMatch(new RegExp(`^enrolled {2}${FOREIGN_IDS.length}$`, 'm'));
      await kandaDone(['export', ...of, '--recipient', recipient, file]);
      text = await decrypted(file, identity);
      exported.push(text);
    }
    const [first = '', second = ''] = exported;
    expect(matters(first)).toMatchObject(lines.map(({ clientId, secret }) => ({ clientId, secret })));
    expect(matters(second)).toEqual(matters(first));
  });

  test('as PSKC with a password, and as lists for an age recipient', async () => {
    const identity = await generateIdentity();
    const recipient = await identityToRecipient(identity);
    const { dataDir, of } = await freshKanda();
    await kandaDone(['import', ...of, '--issuer', 'MyApp', '--yes', sample('keycloak.json')]);
    const password = join(dataDir, 'password');
    writeFileSync(password, 'a password of the file\n');
    const xml = join(dataDir, 'users.xml');
    await kandaDone(['export', ...of, '--format', 'pskc', '--password-file', password, xml]);
    const pskc = await parseFile(readFileSync(xml), 'auto', { password: 'a password of the file' });
    expect(pskc.records).toHaveLength(50);
    for (const format of ['otpauth', 'oath-csv']) {
      const file = join(dataDir, `${format}.age`);
      await kandaDone(['export', ...of, '--format', format, '--recipient', recipient, file]);
      expect((await parseFile(Buffer.from(await decrypted(file, identity)), format)).records).toHaveLength(
        50,
      );
    }
  });

  test('never in the clear, never over a file, and nothing is left when it fails', async () => {
    const { dataDir, of } = await freshKanda();
    const file = join(dataDir, 'users.age');
    const refusal = async (args: readonly string[]) => {
      const run = await kanda(['export', ...args, file]);
      expect(run.code).toBe(1);
      return run.stderr;
    };
    expect(await refusal(of)).toContain('Say who may read the file');
    expect(await refusal([...of, '--recipient', 'age1nothing'])).toContain('--recipient takes');
    expect(await refusal([...of, '--format', 'pskc'])).toContain('--password-file');
    expect(await refusal([...of, '--format', 'xml'])).toContain('--format takes one of');
    const recipient = await identityToRecipient(await generateIdentity());
    expect(
      await refusal(['--data-dir', dataDir, '--account', 'eve@example.com', '--recipient', recipient]),
    ).toContain('no account');
    expect(existsSync(file)).toBe(false);
    writeFileSync(file, 'mine');
    expect(await refusal([...of, '--recipient', recipient])).toContain('is there already');
    expect(readFileSync(file, 'utf8')).toBe('mine');
  });
});
