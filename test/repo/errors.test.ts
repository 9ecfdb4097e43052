/** Every error has a page, every page an error: the `type` of an error answer is the address of its page. */
import { readdirSync, readFileSync } from 'node:fs';
import { STATUS_CODES } from 'node:http';
import { expect, test } from 'vitest';
import { FAULT_CODES } from '../../apps/server/src/domain/errors.ts';
import { PROBLEMS } from '../../apps/server/src/http/server/problems.ts';

const PAGES = new URL('../../docs/errors/', import.meta.url);

/** The page's form: title, status in bold, what it means, what to do; each with a text of its own. */
const FORM =
  /^# (\w+)\n\n\*\*(\d{3}) ([^*]+)\*\*\n\n## What it means\n\n(?!#)\S[\s\S]+?\n\n## What to do\n\n(?!#)\S[\s\S]+\n$/;

test('docs/errors has one page for each code and no other', () => {
  const pages = readdirSync(PAGES).sort();
  expect(pages).toEqual(FAULT_CODES.map((code) => `${code}.md`).sort());
});

test.each(FAULT_CODES)('the page of %s says its status, what it means and what to do', (code) => {
  const page = readFileSync(new URL(`${code}.md`, PAGES), 'utf8');
  const [, title, status, reason] = FORM.exec(page) ?? [];
  expect(title).toBe(code);
  expect(Number(status)).toBe(PROBLEMS[code].status);
  expect(reason).toBe(STATUS_CODES[Number(status)]);
});
