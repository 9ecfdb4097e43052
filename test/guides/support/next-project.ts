import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { callerEnvironment } from '../../../tools/child-environment.mjs';
import { SHOWN_API_KEY, SHOWN_URL } from '../../support/document-session.ts';
import { temporaryFolder } from '../../support/kanda-process.ts';
import { type Guide, SHOWN_HALF_OPEN, SHOWN_RECENT } from './application.ts';

/** Where each block of the guide to Next.js goes: its first line names the file. */
const FILE = /^\/\/ (\S+\.js)\n/;

/** What is built once, and its values given to each process: a build takes longer than a walk. */
const VARIABLES: readonly (readonly [shown: string, name: string, inCode: string])[] = [
  [SHOWN_URL, 'KANDA_URL', `'${SHOWN_URL}'`],
  [SHOWN_API_KEY, 'KANDA_API_KEY', `'${SHOWN_API_KEY}'`],
  [SHOWN_HALF_OPEN, 'HALF_OPEN', SHOWN_HALF_OPEN],
  [SHOWN_RECENT, 'RECENT', SHOWN_RECENT],
];

/** `packages`: a node_modules with Next.js; `sdk`: the folder `@kanda` of another one. */
export function nextProject(packages: string, sdk: () => string): Pick<Guide, 'prepare' | 'build'> {
  let built: string | null = null;
  const prepare = (blocks: readonly string[]) => {
    built ??= builtByNext(packages, sdk(), blocks);
    return built;
  };
  const build: Guide['build'] = (_folder, _blocks, { shown, values }) => {
    const project = prepare(shown);
    const variables = VARIABLES.map(([text, name]) => {
      const real = values.find(([one]) => one === text)?.[1] ?? text;
      // Seconds are shown as a product.
      const product = /^[\d *]+$/.test(real)
        ? real.split('*').reduce((all, one) => all * Number(one), 1)
        : real;
      return `${name}=${product}`;
    });
    const next = [process.execPath, join(project, 'node_modules/next/dist/bin/next')];
    const env = ['/usr/bin/env', 'NEXT_TELEMETRY_DISABLED=1', ...variables];
    return (port) => [...env, ...next, 'start', project, '-p', String(port), '-H', '127.0.0.1'];
  };
  return { prepare, build };
}

/** The application of the guide to Next.js, built. @returns its folder */
function builtByNext(packages: string, sdk: string, blocks: readonly string[]): string {
  const project = temporaryFolder();
  for (const block of blocks) {
    const [, file = ''] = FILE.exec(block) ?? [];
    if (file === '') throw new Error(`A block of the guide to Next.js names no file:\n${block}`);
    const text = VARIABLES.reduce((code, [shown, name, inCode]) => {
      const isText = inCode !== shown;
      return code.replaceAll(inCode, isText ? `process.env.${name}` : `Number(process.env.${name})`);
    }, block);
    mkdirSync(dirname(join(project, file)), { recursive: true });
    writeFileSync(join(project, file), text);
  }
  // Copied: Turbopack follows no link out of the project.
  cpSync(packages, join(project, 'node_modules'), { recursive: true });
  cpSync(sdk, join(project, 'node_modules', '@kanda'), { recursive: true });
  writeFileSync(join(project, 'package.json'), '{ "private": true, "type": "module" }');
  execFileSync(process.execPath, [join(project, 'node_modules/next/dist/bin/next'), 'build', project], {
    cwd: project,
    env: callerEnvironment({
      NEXT_TELEMETRY_DISABLED: '1',
      KANDA_URL: SHOWN_URL,
      KANDA_API_KEY: SHOWN_API_KEY,
      HALF_OPEN: '1',
      RECENT: '1',
    }),
    stdio: 'pipe',
  });
  return project;
}
