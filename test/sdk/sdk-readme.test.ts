/** The blocks of the SDK's README, run as one program against a live server: it prints what its comments say. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { fencedBlocks } from '../../tools/markdown.ts';
import { openAccount } from '../support/caller.ts';
import { SHOWN_API_KEY, SHOWN_URL } from '../support/document-session.ts';
import { endAll, KandaProcess } from '../support/kanda-process.ts';
import { printedBy, withPhone } from './shown-program.ts';

const SDK = new URL('../../packages/sdk/', import.meta.url);

afterAll(endAll);

test('the README of @kanda/sdk prints what its comments say', async () => {
  const server = await KandaProcess.start();
  const { apiKey } = await openAccount(server.url);
  const readme = readFileSync(new URL('README.md', SDK), 'utf8');
  const program = fencedBlocks(readme)
    .filter(({ language }) => language === 'ts')
    .map(({ text }) => text)
    .join('\n');
  const promised = [...program.matchAll(/console\.log\(.*\); \/\/ (.*)/g)].map(([, line]) => line);
  expect(promised.length).toBeGreaterThan(5);
  const filled = program
    .replaceAll(SHOWN_URL, server.url)
    .replaceAll(SHOWN_API_KEY, apiKey)
    .replaceAll("'@kanda/sdk'", `'${fileURLToPath(new URL('src/index.ts', SDK))}'`);
  expect(await printedBy(withPhone(filled, 'enrolment'))).toEqual(promised);
});
