/** The lines with which an application exports its users are those that made the samples, so the real program ran them. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { fencedBlocks } from '../../tools/markdown.ts';

const ROOT = new URL('../../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, ROOT), 'utf8');

test.each([
  ['better-auth', 'js', 'better-auth-users.mjs', 'for (const row of db.twoFactor) {'],
  ['devise-two-factor', 'rb', 'devise_users.rb', 'rows = User.all.map do |user|'],
])('docs/moving/%s.md', (page, language, script, first) => {
  const block = fencedBlocks(read(`docs/moving/${page}.md`)).find((one) => one.language === language);
  const lines = block?.text.slice(block.text.indexOf(first)).split('\n') ?? [];
  const end = lines.findIndex((line) => line === '}' || line === 'end');
  expect(end).toBeGreaterThan(1);
  expect(read(`packages/formats/samples/make/${script}`)).toContain(lines.slice(0, end + 1).join('\n'));
});
