/** What keeps the promises, by name: each can be taken out, to see that the simulator notices. */
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Kind, Taste } from './generate.ts';
import { CHANGES } from './guard-changes.ts';
import { SERVER } from './implementation.ts';
import { removeScratchFolder, scratchFolder } from './simulated-disk.ts';

/** Of every store: in the model store each is a parameter. */
export const GUARDS = [
  'row-lock',
  'answer-after-commit',
  'answer-after-sync',
  'read-after-sync',
  'failure-count',
  'watermark',
  'burnt-at-restore',
  'restore-floor',
  'confirm-lock',
  'one-commit',
  'spend',
  'deleted-secrets',
  'waiting-secrets',
  'pending-status',
  'confirm-failures',
  'resync-used',
  'resync-failures',
  'recovery-use',
  'recovery-disabled',
  'recovery-failures',
  'recovery-day',
  'proof-burn',
  'proof-failures',
  'rotate-lock',
  'unlock-day',
  'diagnose-burn',
  'diagnose-failures',
  'kept-answers',
  'answer-in-commit',
  'devices-end',
  'device-replaced',
  'shown-again',
  'replaced-one',
  'added-proof',
  'last-used',
  'clock-reset',
  'reset-floor',
  'policy-read',
] as const;
export type Guard = (typeof GUARDS)[number];

/** Of the SQLite store on a disk whose kernel takes the pages of a failed sync for written. */
export const FORGETFUL_DISK_GUARDS = ['recovery-after-failed-sync', 'rewriting-at-opening'] as const;

/** Of the SQLite store: each is a change to a copy of its source. */
export const SQLITE_GUARDS = [...GUARDS, 'drawn-versions', ...FORGETFUL_DISK_GUARDS] as const;
export type SqliteGuard = (typeof SQLITE_GUARDS)[number];

const OFTEN: Readonly<Partial<Record<SqliteGuard, Kind>>> = {
  'read-after-sync': 'reads and power cut',
  'burnt-at-restore': 'use, restore and use again',
  'restore-floor': 'use, restore and use again',
  'confirm-lock': 'life',
  'one-commit': 'life',
  spend: 'life',
  'deleted-secrets': 'life',
  'waiting-secrets': 'life',
  'pending-status': 'life',
  'confirm-failures': 'life',
  'resync-used': 'clocks',
  'resync-failures': 'clocks',
  'recovery-use': 'lost phone',
  'recovery-disabled': 'lost phone',
  'recovery-failures': 'lost phone',
  'recovery-day': 'lost phone',
  'proof-burn': 'takeover',
  'proof-failures': 'takeover',
  'rotate-lock': 'takeover',
  'unlock-day': 'takeover',
  'diagnose-burn': 'takeover',
  'diagnose-failures': 'takeover',
  'kept-answers': 'sent again',
  'answer-in-commit': 'sent again',
  'devices-end': 'browsers',
  'device-replaced': 'browsers',
  'shown-again': 'life',
  'replaced-one': 'takeover',
  'added-proof': 'takeover',
  'last-used': 'life',
  'clock-reset': 'clocks',
  'reset-floor': 'use, restore and use again',
  'policy-read': 'policy',
  'drawn-versions': 'fault and retry',
};

/** What is to happen more often where this guard is missing, so that few schedules are needed. */
export function focusOf(guard: SqliteGuard | null): Pick<Taste, 'focus'> {
  const focus = guard === null ? undefined : OFTEN[guard];
  return focus === undefined ? {} : { focus };
}

/** Whether it takes a forgetful disk to see that this one is missing. */
export function needsForgetfulDisk(guard: SqliteGuard): boolean {
  return FORGETFUL_DISK_GUARDS.some((name) => name === guard);
}

/** A copy of the server without the guard, and what removes the copy. */
export function serverWithout(guard: SqliteGuard): { readonly server: string; remove(): void } {
  const root = scratchFolder();
  const server = join(root, 'apps', 'server');
  mkdirSync(server, { recursive: true });
  // Outside of the repository, so that nothing that looks through it meets the copy.
  symlinkSync(join(SERVER, '..', '..', 'node_modules'), join(root, 'node_modules'));
  for (const part of ['package.json', 'src', 'test/store/open-box.ts']) {
    cpSync(join(SERVER, part), join(server, part), { recursive: true });
  }
  for (const { file, from, to } of CHANGES[guard]) {
    const path = join(server, file);
    const source = readFileSync(path, 'utf8');
    if (source.split(from).length !== 2) {
      throw new Error(
        `${file} no longer holds "${from}" once: say anew in test/simulator/guard-changes.ts what ${guard} is`,
      );
    }
    writeFileSync(
      path,
      source.replace(from, () => to.replace('$&', () => from)),
    );
  }
  return { server, remove: () => removeScratchFolder(root) };
}
