/** Root in the folder of another user, whose links would lead it elsewhere: refused by every command there is. */
import { lchownSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { afterAll, describe, expect, test } from 'vitest';
import { endAll, KandaProcess, temporaryFolder } from '../../../../../test/support/kanda-process.ts';
import { createProgram } from '../../../src/cli/program.ts';
import { AS_THE_SERVICE, commandAs } from '../../../src/compose/foreign-folder.ts';
import { create, kanda, kandaDone, PASSWORD } from '../lib/run-kanda.ts';
import { folderOf, IS_ROOT, ownersIn, SERVICE, stateOf, storeOf } from './folders-of-others.ts';
import { storeWithClient } from './stores.ts';

afterAll(endAll);

interface Runnable {
  readonly words: readonly string[];
  readonly command: Command;
}

function runnable(command: Command, words: readonly string[] = []): Runnable[] {
  if (command.commands.length === 0) return [{ words, command }];
  return command.commands.flatMap((child) => runnable(child, [...words, child.name()]));
}

const ALL = runnable(createProgram({ env: {}, version: '0.0.0' }));
const ON_A_STORE = ALL.filter(({ command }) => command.options.some(({ long }) => long === '--data-dir'));

/** What the command needs to be understood. */
function wordsOf({ words, command }: Runnable, file: string): string[] {
  const named = command.registeredArguments.filter(({ required }) => required).map(() => file);
  const needed = command.options
    .filter(({ mandatory }) => mandatory)
    .flatMap(({ long }) => [long ?? '', 'x']);
  // Without an account an import goes to a server, and to no folder.
  return [...words, ...named, ...needed, ...(words[0] === 'import' ? ['--account', 'x'] : [])];
}

const REFUSED = {
  code: 1,
  stdout: '',
  stderr: expect.stringMatching(
    /belongs to user 64990, and this is root\. .*Run the command as that user: sudo -u '#64990' kanda … \(under systemd: docs\/operating\/deploying\.md#commands-as-the-services-user\)\n$/,
  ),
};

test('the commands without --data-dir are those whose folders are tested one by one', () => {
  const others = ALL.filter((one) => !ON_A_STORE.includes(one)).map(({ words }) => words.join(' '));
  expect(others.sort()).toEqual(['store copy', 'witness']);
});

test('a folder that systemd made for its user is closed to sudo: the refusal has systemd’s command', () => {
  expect(commandAs(61_184, '/var/lib/private/kanda')).toContain(AS_THE_SERVICE);
  expect(commandAs(61_184, '/var/lib/kanda')).toMatch(/^sudo -u '#61184' kanda/);
});

// Seen to fail without `refuseRootIn`: the commands opened the store, and mode, times and files of the folder changed.
describe.skipIf(!IS_ROOT)('root in the data directory of a service user', () => {
  test.for(ON_A_STORE.map((one) => ({ one, name: one.words.join(' ') })))(
    '$name is refused',
    async ({ one }) => {
      const dataDir = await storeOf(SERVICE);
      const before = stateOf(dataDir);
      const file = join(temporaryFolder(), 'file');
      writeFileSync(file, 'otpauth://totp/a?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP');
      expect(await kanda([...wordsOf(one, file), '--data-dir', dataDir])).toMatchObject(REFUSED);
      expect(stateOf(dataDir)).toEqual(before);
    },
  );

  test.for([
    ['client', 'list'],
    ['migrate'],
    ['account', 'create', '--email', 'a@example.com', '--password-stdin'],
    ['backup', '-'],
    ['restore', '-', '--force'],
    ['doctor'],
    ['serve', '--test'],
  ])('a link there leads %s nowhere', async (words) => {
    const [elsewhere, dataDir] = [temporaryFolder(), folderOf(SERVICE)];
    const target = join(elsewhere, 'passwd');
    writeFileSync(target, 'root:x:0:0', { mode: 0o644 });
    for (const name of ['kanda.db', 'kanda.db-wal', 'last-backup', 'master.key', 'signed-checkpoints'])
      symlinkSync(name === 'master.key' ? join(elsewhere, 'none') : target, join(dataDir, name));
    const before = [stateOf(dataDir), stateOf(elsewhere)];
    expect(await kanda([...words, '--data-dir', dataDir], { input: PASSWORD })).toMatchObject(REFUSED);
    expect([stateOf(dataDir), stateOf(elsewhere)]).toEqual(before);
  });

  test('a folder that would be made there, or that a link of that user names, is none for root', async () => {
    const [above, own] = [folderOf(SERVICE), temporaryFolder()];
    const theirs = join(above, 'link');
    symlinkSync(own, theirs);
    lchownSync(theirs, SERVICE.uid, SERVICE.gid);
    const link = join(own, 'link');
    symlinkSync(above, link);
    for (const dataDir of [join(above, 'made', 'data'), link, theirs]) {
      const before = [stateOf(above), stateOf(own)];
      expect(await create(dataDir, 'you@example.com')).toMatchObject(REFUSED);
      expect([stateOf(above), stateOf(own)]).toEqual(before);
    }
  });

  // A container often runs as root, with a checkout mounted that is the developer's.
  test('but serve makes one there that is root’s own, which other commands then take', async () => {
    const dataDir = join(folderOf(SERVICE), 'data');
    await KandaProcess.start({ dataDir });
    expect(ownersIn(dataDir)).not.toContain(String(SERVICE.uid));
    expect(
      await kanda(['client', 'list', '--account', 'none@example.com', '--data-dir', dataDir]),
    ).toMatchObject({
      stderr: expect.not.stringContaining('belongs to user'),
    });
  });

  test('nor is one that another command writes to, or the folder of the master key file', async () => {
    const { dataDir } = await storeWithClient();
    const [theirs, file] = [await storeOf(SERVICE), join(temporaryFolder(), 'secrets')];
    writeFileSync(file, 'otpauth://totp/a?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP');
    const before = stateOf(theirs);
    const target = join(theirs, 'made');
    const account = ['--account', 'owner@example.com'];
    for (const words of [
      ['backup', target, '--data-dir', dataDir],
      ['audit', 'export', target, '--data-dir', dataDir],
      ['import', file, ...account, '--yes', '--report', target, '--data-dir', dataDir],
      ['keys', 'rotate', '--master-key-file', join(theirs, 'master.key'), '--data-dir', dataDir],
      ['store', 'copy', '--from', theirs, '--to', dataDir],
      ['store', 'copy', '--from', dataDir, '--to', theirs],
      ['witness', '--name', 'w', '--log', await verifierKey(dataDir), '--dir', theirs],
    ]) {
      expect(await kanda(words), words.join(' ')).toMatchObject({ ...REFUSED, stdout: expect.any(String) });
      expect(stateOf(theirs), words.join(' ')).toEqual(before);
    }
  });
});

async function verifierKey(dataDir: string): Promise<string> {
  return (await kandaDone(['audit', 'key', '--data-dir', dataDir])).stdout.trim();
}
