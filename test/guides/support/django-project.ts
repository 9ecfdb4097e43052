import { execFileSync } from 'node:child_process';
import { appendFileSync, cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { callerEnvironment } from '../../../tools/child-environment.mjs';
import { temporaryFolder } from '../../support/kanda-process.ts';
import type { Guide } from './application.ts';

/** Where each block goes: its first line names the file, whose contents it is, or goes on with. */
const FILE = /^# (\S+\.py)(, at its end)?\n/;

/**
 * A Django project as the guide has its reader make it. One with its tables is made for the first program, and copied for
 * each: addresses and keys are no part of them.
 */
export function djangoProject(python: string, variables: Readonly<Record<string, string>>): Guide['build'] {
  let template: string | null = null;

  const manage = (folder: string, ...args: readonly string[]) =>
    execFileSync(python, [join(folder, 'manage.py'), ...args], {
      cwd: folder,
      env: callerEnvironment(variables),
      stdio: 'pipe',
    });

  function write(folder: string, blocks: readonly string[]): void {
    const begun = new Set<string>();
    for (const block of blocks) {
      const [, file = '', goesOn] = FILE.exec(block) ?? [];
      if (file === '') throw new Error(`A block of the guide to Django names no file:\n${block}`);
      if (goesOn === undefined && !begun.has(file)) rmSync(join(folder, file), { force: true });
      begun.add(file);
      appendFileSync(join(folder, file), `\n${block}`);
    }
  }

  function begin(): string {
    const folder = temporaryFolder();
    const options = { cwd: folder, env: callerEnvironment(), stdio: 'pipe' } as const;
    execFileSync(python, ['-m', 'django', 'startproject', 'mysite', '.'], options);
    manage(folder, 'startapp', 'twofactor');
    return folder;
  }

  return (folder, blocks) => {
    if (template === null) {
      template = temporaryFolder();
      const made = begin();
      cpSync(made, folder, { recursive: true });
      write(folder, blocks);
      manage(folder, 'makemigrations', 'twofactor');
      manage(folder, 'migrate');
      cpSync(folder, template, { recursive: true });
    } else {
      cpSync(template, folder, { recursive: true });
      for (const block of blocks) {
        const [, file = '', goesOn] = FILE.exec(block) ?? [];
        if (goesOn === undefined) rmSync(join(folder, file), { force: true });
      }
      write(
        folder,
        blocks.filter((block) => FILE.exec(block)?.[2] === undefined),
      );
    }
    return (port) => [python, join(folder, 'manage.py'), 'runserver', '--noreload', `127.0.0.1:${port}`];
  };
}
