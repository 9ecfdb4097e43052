/** What the Python SDK tries again, raises and refuses: sdks/python/tests, run by pytest; and its types, by mypy. */
import { expect, test } from 'vitest';
import { python, runPython } from './python-sdk.ts';

test.skipIf(python === null)('the tests of kanda pass', async () => {
  const printed = await runPython(['-m', 'pytest', '-q', '-p', 'no:cacheprovider', 'tests'], {
    PYTHONPATH: 'src:tests',
  });
  const [, passed] = /(\d+) passed in/.exec(printed) ?? [];
  expect(Number(passed)).toBeGreaterThan(150);
  expect(printed).not.toMatch(/skipped|xfailed|warning/);
});

test.skipIf(python === null)('its sources and tests are clean under mypy --strict', async () => {
  const strict = ['-m', 'mypy', '--strict', '--cache-dir=/dev/null'];
  const printed = await runPython([...strict, '--python-version', '3.10', 'src', 'tests'], {
    PYTHONPATH: '',
    MYPYPATH: 'src:tests',
  });
  expect(printed).toMatch(/^Success/);
});
