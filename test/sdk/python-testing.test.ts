/** `kanda.testing` and the fixture `kanda_server`, as the test suite of an application uses them: that of the README. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { fencedBlocks } from '../../tools/markdown.ts';
import { openAccount } from '../support/caller.ts';
import { endAll, KandaProcess, temporaryFolder } from '../support/kanda-process.ts';
import { PYTHON_SDK, python, runPython } from './python-sdk.ts';

const COMMAND = [process.execPath, join(PYTHON_SDK, '../../apps/server/bin/kanda.mjs')];

afterAll(endAll);

test.skipIf(python === null)('the suite of the README passes, and sleeps nowhere', async () => {
  const [suite, ...others] = fencedBlocks(readFileSync(join(PYTHON_SDK, 'README.md'), 'utf8')).filter(
    ({ language }) => language === 'python3',
  );
  expect(others).toEqual([]);
  expect(suite?.text).not.toMatch(/sleep|time\./);
  const folder = temporaryFolder();
  const file = join(folder, 'test_login.py');
  writeFileSync(file, suite?.text ?? '');
  writeFileSync(join(folder, 'pytest.ini'), `[pytest]\nkanda_command = ${COMMAND.join(' ')}\n`);
  const flags = ['-W', 'error', '-p', 'no:cacheprovider', '-p', 'kanda.pytest_plugin'];
  const printed = await runPython(['-m', 'pytest', '-q', ...flags, '-c', join(folder, 'pytest.ini'), file]);
  expect(printed).toMatch(/^3 passed in/m);
});

const PROGRAM = `
import json, sys
from kanda import InvalidArgument, KandaError
from kanda.testing import TestMode, start_kanda

def refused(kind, start):
    try:
        start()
    except kind as error:
        return str(error)
    return "nothing"

url, api_key, command = json.loads(sys.argv[1])
with start_kanda(command) as server:
    server.kanda.register(client_id="t", label="a", issuer="b", type="hotp")
    phone = server.test_mode.phone("t")
    accepted = [bool(server.kanda.validate(client_id="t", token=phone.next_code())) for _ in range(3)]
    before = server.test_mode.now()
    gone = (server.test_mode.advance(90) - before).total_seconds()
    process = server._process
says = lambda script: start_kanda([sys.executable, "-c", script])
print(json.dumps({
    "accepted": accepted,
    "gone": round(gone / 10),
    "ended": process.returncode is not None,
    "live": refused(InvalidArgument, lambda: TestMode(url, api_key)),
    "absent": refused(KandaError, lambda: start_kanda(["no-such-program"])),
    "failed": refused(KandaError, lambda: says("import sys; sys.exit('no store')")),
    "other": refused(KandaError, lambda: says("print('kanda listens', flush=True); import time; time.sleep(60)")),
    "silent": refused(KandaError, lambda: start_kanda([sys.executable, "-c", "import time; time.sleep(60)"], start_timeout=0.5)),
}))
`;

test.skipIf(python === null)(
  'a Kanda starts and ends with its block; one that does not start says why',
  async () => {
    const server = await KandaProcess.start();
    const { apiKey } = await openAccount(server.url);
    const file = join(temporaryFolder(), 'program.py');
    writeFileSync(file, PROGRAM);
    const printed = await runPython(['-W', 'error', file, JSON.stringify([server.url, apiKey, COMMAND])]);
    expect(JSON.parse(printed)).toEqual({
      accepted: [true, true, true],
      gone: 9,
      ended: true,
      live: expect.stringContaining('kan_test_'),
      absent: expect.stringContaining('no-such-program'),
      failed: expect.stringMatching(/it ended\.\n[\s\S]*no store/),
      other: expect.stringMatching(/not what[\s\S]*kanda listens/),
      silent: expect.stringContaining('said nothing in time'),
    });
  },
);
