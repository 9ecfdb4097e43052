import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { guideLines, otherLines } from '../../tools/guide-lines.ts';

test('the comparison says how many lines the applications of the guides have', () => {
  const page = readFileSync(new URL('../../docs/operating/comparison.md', import.meta.url), 'utf8');
  expect(page).toContain(guideLines());
  expect(page).toContain(otherLines());
});
