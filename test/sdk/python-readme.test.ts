/** The Python blocks of a document, run as one program against a live server: it prints what its comments say. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { fencedBlocks } from '../../tools/markdown.ts';
import { SHOWN_API_KEY, SHOWN_URL } from '../support/document-session.ts';
import { endAll, KandaProcess, temporaryFolder } from '../support/kanda-process.ts';
import { PYTHON_SDK, python, runPython } from './python-sdk.ts';
import { documentsOf, keyOfReader } from './shown-program.ts';

afterAll(endAll);

/** `typed()`: the code of the present step at first, and then of the next one. */
const PHONE = `from itertools import count
from scenario_values import hotp, present_step
steps = count(present_step())
def typed():
    return hotp(enrolment.secret.reveal(), next(steps))
`;

test.skipIf(python === null).each(documentsOf('sdks/python', 'sdk-python'))('%s', async (path) => {
  const server = await KandaProcess.start();
  const apiKey = await keyOfReader(server.url, path);
  const program = fencedBlocks(readFileSync(join(PYTHON_SDK, '../..', path), 'utf8'))
    .filter(({ language }) => language === 'py')
    .map(({ text }) => text)
    .join('\n');
  const promised = [...program.matchAll(/print\(.*\) {2}# (.*)/g)].flatMap(([, line = '']) =>
    line.split(', then '),
  );
  expect(promised.length).toBeGreaterThan(1);
  const file = join(temporaryFolder(), 'program.py');
  writeFileSync(file, PHONE + program.replaceAll(SHOWN_URL, server.url).replaceAll(SHOWN_API_KEY, apiKey));
  const printed = await runPython([file], { PYTHONPATH: `${PYTHON_SDK}/src:${PYTHON_SDK}/tests` });
  expect(printed.trim().split('\n')).toEqual(promised);
});
