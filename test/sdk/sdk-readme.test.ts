/** The TypeScript blocks of a document, run as one program against a live server: it prints what its comments say. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { fencedBlocks } from '../../tools/markdown.ts';
import { SHOWN_API_KEY, SHOWN_URL } from '../support/document-session.ts';
import { endAll, KandaProcess } from '../support/kanda-process.ts';
import { documentsOf, keyOfReader, printedBy, withPhone } from './shown-program.ts';

const ROOT = new URL('../../', import.meta.url);
const SDK = fileURLToPath(new URL('packages/sdk/src/index.ts', ROOT));

afterAll(endAll);

test.each(documentsOf('packages/sdk', 'sdk-typescript'))('%s', async (path) => {
  const server = await KandaProcess.start();
  const apiKey = await keyOfReader(server.url, path);
  const program = fencedBlocks(readFileSync(new URL(path, ROOT), 'utf8'))
    .filter(({ language }) => language === 'ts')
    .map(({ text }) => text)
    .join('\n');
  const promised = [...program.matchAll(/console\.log\(.*\); \/\/ (.*)/g)].map(([, line]) => line);
  expect(promised.length).toBeGreaterThan(1);
  const filled = program
    .replaceAll(SHOWN_URL, server.url)
    .replaceAll(SHOWN_API_KEY, apiKey)
    .replaceAll("'@kanda/sdk'", `'${SDK}'`);
  expect(await printedBy(withPhone(filled, 'enrolment'))).toEqual(promised);
});
