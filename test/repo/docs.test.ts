/**
 * Keeps the documents true: what they name exists, the reference names all there is, and what is made from the
 * code is what the code says. `test/repo/docs-snippets.test.ts` runs what they tell the reader to run.
 */
import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { SETTINGS } from '../../apps/server/src/config/schema.ts';
import { FAULT_CODES } from '../../apps/server/src/domain/errors.ts';
import { SCOPES } from '../../apps/server/src/domain/keys/scopes.ts';
import { EVENT_TYPES } from '../../apps/server/src/domain/log/events.ts';
import { describeApi } from '../../apps/server/src/http/server/describe-api.ts';
import { fencedBlocks } from '../../tools/markdown.ts';
import { cliCommands, GENERATED, routes, withGenerated } from '../../tools/reference-tables.ts';
import {
  brokenLinks,
  type Documents,
  type Facts,
  missingPaths,
  unknownCommands,
  unknownRoutes,
  unknownSettings,
  unlabelledBlocks,
  unmentioned,
} from '../support/document-checks.ts';
import { wrongMarks } from '../support/document-session.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** Answered by the server, but not calls of the API, so not in its description. */
const UNDESCRIBED = ['GET /openapi.json', 'GET /docs/errors/{code}'];
/** Answered with pages for people, which no program calls. */
const PAGES_OF_THE_SITE = ['GET /docs', 'GET /dashboard', 'GET /signin', 'GET /signup'];

const ignored = readFileSync(`${ROOT}/.gitignore`, 'utf8')
  .split('\n')
  .flatMap((line) => /^([\w.-]+)\/$/.exec(line)?.[1] ?? []);
const made = new Set([...ignored, 'master.key', 'kanda.db']);

const documents: Documents = new Map(
  globSync('**/*.md', { cwd: ROOT, exclude: (name) => ignored.includes(name) || name === '.git' })
    .map((path) => path.replaceAll('\\', '/'))
    .sort()
    .map((path) => [path, readFileSync(`${ROOT}/${path}`, 'utf8')]),
);

const facts: Facts = {
  exists: (path) =>
    path.includes('*') ? globSync(path, { cwd: ROOT }).length > 0 : existsSync(`${ROOT}/${path}`),
  topLevel: new Set(readdirSync(ROOT).filter((name) => !made.has(name))),
  made,
  settings: SETTINGS.map(({ name }) => name),
  routes: [...routes().map(({ name }) => name), ...UNDESCRIBED, ...PAGES_OF_THE_SITE],
  commands: cliCommands().map(({ name }) => name),
};

const { scripts } = JSON.parse(readFileSync(`${ROOT}/package.json`, 'utf8')) as {
  scripts: Record<string, string>;
};

describe('the documents', () => {
  test('are found', () => {
    for (const path of ['README.md', 'docs/README.md', 'docs/errors/internal.md', 'packages/otp/README.md']) {
      expect([...documents.keys()]).toContain(path);
    }
  });

  test('link to files and headings that exist', () => {
    expect(brokenLinks(documents, facts)).toEqual([]);
  });

  test('name files that exist', () => {
    expect(missingPaths(documents, facts)).toEqual([]);
  });

  test('name settings that Kanda has', () => {
    expect(unknownSettings(documents, facts)).toEqual([]);
  });

  test('name calls that Kanda answers', () => {
    expect(unknownRoutes(documents, facts)).toEqual([]);
  });

  test('name commands that Kanda has', () => {
    expect(unknownCommands(documents, facts)).toEqual([]);
  });

  test('say which language a block is in', () => {
    expect(unlabelledBlocks(documents)).toEqual([]);
  });

  test('leave nothing unrun but scripts of package.json', () => {
    const faults = [...documents].flatMap(([path, text]) =>
      wrongMarks(text, scripts).map((fault) => `${path}: ${fault}`),
    );
    expect(faults).toEqual([]);
  });

  test('start the server that the tests start', () => {
    expect(scripts.start).toBe(`${scripts.kanda} serve`);
  });

  test('say how `kanda` is written in the repository where a block writes it bare', () => {
    const bare = [...documents].filter(([, text]) =>
      fencedBlocks(text).some((block) => block.language === 'sh' && /^kanda /m.test(block.text)),
    );
    expect(bare.length).toBeGreaterThan(0);
    const silent = bare.filter(([, text]) => !text.includes('`npm run --silent kanda --`'));
    expect(silent.map(([path]) => path)).toEqual([]);
  });

  test('name a test for each guarantee', () => {
    const page = documents.get('docs/reference/guarantees.md') ?? '';
    const rows = page.match(/^\| .*$/gm)?.slice(2) ?? [];
    expect(rows.length).toBeGreaterThan(5);
    expect(rows.filter((row) => !/`[^`]+\.test\.ts`[^|]*\|$/.test(row))).toEqual([]);
  });

  test('are reached from the index', () => {
    const index = documents.get('docs/README.md') ?? '';
    const pages = [...documents.keys()].filter((path) =>
      /^docs\/(?:start|guides|operating|reference)\//.test(path),
    );
    expect(pages.filter((path) => !index.includes(`(${path.slice('docs/'.length)})`))).toEqual([]);
    const decisions = documents.get('docs/decisions/README.md') ?? '';
    const numbered = readdirSync(`${ROOT}/docs/decisions`).filter((name) => /^\d{4}-/.test(name));
    expect(numbered.filter((name) => !decisions.includes(`(${name})`))).toEqual([]);
  });
});

test('openapi.json is what the routes say: else run npm run openapi', async () => {
  const described = `${JSON.stringify(await describeApi(), null, 2)}\n`;
  expect(readFileSync(`${ROOT}/openapi.json`, 'utf8') === described).toBe(true);
});

describe('the reference', () => {
  const reference: Documents = new Map([...documents].filter(([path]) => path.startsWith('docs/reference/')));

  test.each([
    ['setting', SETTINGS.map(({ name }) => name)],
    ['flag', SETTINGS.flatMap(({ flag }) => (flag === null ? [] : [`--${flag}`]))],
    ['error code', FAULT_CODES],
    ['event', Object.keys(EVENT_TYPES)],
    ['call', facts.routes.filter((name) => !PAGES_OF_THE_SITE.includes(name))],
    ['command', facts.commands.map((name) => `kanda ${name}`)],
  ])('names every %s', (_, names) => {
    expect(names.length).toBeGreaterThan(0);
    expect(unmentioned(reference, names)).toEqual([]);
  });

  test('says what each scope allows', () => {
    const rows = documents.get('docs/reference/http-api.md')?.matchAll(/^\| `(\w+:\w+)` \|/gm) ?? [];
    expect([...rows].map(([, scope]) => scope).sort()).toEqual([...SCOPES].sort());
  });

  test('is what the code says: else run npm run docs', () => {
    const stale = [...documents].filter(([, text]) => withGenerated(text) !== text).map(([path]) => path);
    expect(stale).toEqual([]);
  });

  test('shows every generated part', () => {
    const all = [...reference.values()].join('\n');
    for (const name of Object.keys(GENERATED)) expect(all).toContain(`<!-- generated: ${name} -->\n\n`);
  });
});

describe('the checks find a planted fault', () => {
  /** A part of a path as JavaScript fills it in. */
  const PART = '$' + '{id}';
  const planted: Facts = {
    exists: (path) =>
      ['README.md', 'docs', 'docs/a.md', 'docs/b.md', 'apps/server/src/domain/verdicts/decide.ts'].includes(
        path,
      ),
    topLevel: new Set(['README.md', 'docs', 'apps']),
    made: new Set(['node_modules']),
    settings: ['KANDA_PORT'],
    routes: ['POST /api/keys', 'DELETE /api/keys/{id}', 'GET /healthz'],
    commands: ['serve', 'account create'],
  };
  const page = '# A page\n\n## What it is: `a` page\n\n## Twice\n\n## Twice\n';
  const inDocs = (text: string): Documents =>
    new Map([
      ['docs/b.md', text],
      ['docs/a.md', page],
    ]);

  test.each([
    ['[x](c.md)', 'docs/b.md:1: the link c.md leads to no file'],
    ['first\n\n[x](../../other.md)', 'docs/b.md:3: the link ../../other.md leads to no file'],
    ['[x](a.md#what)', 'docs/b.md:1: the link a.md#what leads to no heading of docs/a.md'],
    ['[x](a.md#twice-2)', 'docs/b.md:1: the link a.md#twice-2 leads to no heading of docs/a.md'],
    ['[x](#gone)', 'docs/b.md:1: the link #gone leads to no heading of docs/b.md'],
    ['![x](picture.png "title")', 'docs/b.md:1: the link picture.png leads to no file'],
  ])('a broken link: %s', (text, fault) => {
    expect(brokenLinks(inDocs(text), planted)).toEqual([fault]);
  });

  test.each([
    '[x](a.md) [y](a.md#what-it-is-a-page) [z](a.md#twice-1) [r](../README.md) [h](https://example.com/no.md)',
    '`[x](c.md)`',
    '```text\n[x](c.md)\n```',
  ])('no broken link: %s', (text) => {
    expect(brokenLinks(inDocs(text), planted)).toEqual([]);
  });

  test.each([
    ['see `apps/server/src/domain/judge.ts`', 'there is no file apps/server/src/domain/judge.ts'],
    ['see `domain/judge.ts`', 'there is no file domain/judge.ts'],
    ['see `gone.json`', 'there is no file gone.json'],
    ['see `docs/gone/`', 'there is no file docs/gone/'],
  ])('a file that is not there: %s', (text, fault) => {
    expect(missingPaths(inDocs(text), planted)).toEqual([`docs/b.md:1: ${fault}`]);
  });

  test.each([
    '`domain/verdicts/decide.ts`',
    '`a.md`',
    '`README.md`',
    '`node_modules/.bin`',
    '`text/csv`',
    '`/etc/x.yml`',
  ])('no missing file: %s', (text) => {
    expect(missingPaths(inDocs(text), planted)).toEqual([]);
  });

  test('a setting that is none, in a snippet too', () => {
    expect(unknownSettings(inDocs('`KANDA_PORT`\n\n```sh\nKANDA_PROT=1 npm start\n```\n'), planted)).toEqual([
      'docs/b.md:4: KANDA_PROT is not a setting',
    ]);
  });

  test.each([
    ['`POST /api/key`', 'there is no call POST /api/key'],
    ['`PUT /api/keys`', 'there is no call PUT /api/keys'],
    ['`/api/keys/1/2`', 'there is no call /api/keys/1/2'],
    ['`GET /health`', 'there is no call GET /health'],
    [
      `\`\`\`js\nfetch(\`http://127.0.0.1:3000/api/kees/${PART}\`)\n\`\`\``,
      `there is no call /api/kees/${PART}`,
    ],
  ])('a call that is none: %s', (text, fault) => {
    const [found, ...more] = unknownRoutes(inDocs(text), planted);
    expect(found).toMatch(/^docs\/b\.md:\d: /);
    expect(found).toContain(fault);
    expect(more).toEqual([]);
  });

  test.each([
    '`POST /api/keys`, `DELETE /api/keys/:id`, `/api/keys/{id}`, `/healthz`, `/var/lib/kanda`',
    "```sh\ncurl 'http://127.0.0.1:3000/api/keys?limit=2'\n```",
    `\`\`\`js\nfetch(\`http://127.0.0.1:3000/api/keys/${PART}\`)\n\`\`\``,
  ])('no unknown call: %s', (text) => {
    expect(unknownRoutes(inDocs(text), planted)).toEqual([]);
  });

  test('a command that is none', () => {
    const text =
      '`kanda serve --port 1` `kanda account` `kanda doctor`\n\n```sh\nnpm run kanda -- account make --x\n```\n';
    expect(unknownCommands(inDocs(text), planted)).toEqual([
      'docs/b.md:1: there is no command kanda doctor',
      'docs/b.md:4: there is no command kanda account make',
    ]);
  });

  test('a name that the reference lacks', () => {
    const text = '`KANDA_PORT` KANDA_HOST\n\n```sh\n`KANDA_HOST`\n```\n';
    expect(unmentioned(inDocs(text), ['KANDA_PORT', 'KANDA_HOST'])).toEqual(['KANDA_HOST']);
  });

  test('a block without a language, or in one that no test runs', () => {
    expect(unlabelledBlocks(inDocs('```\nx\n```\n\n```bash\nx\n```\n\n```sh\nx\n```\n'))).toHaveLength(2);
  });

  test.each([
    'curl http://127.0.0.1:3000/healthz',
    'npm run gone',
    'npm startt',
    'npm run start',
    'npm start && x',
  ])('a block that is marked not to run, though it could: %s', (command) => {
    const document = `\`\`\`sh not-run\n${command}\n\`\`\`\n`;
    expect(wrongMarks(document, { start: 'x', test: 'y', docs: 'z' })).toHaveLength(1);
  });

  test('npm start when package.json has no such script, and a mark that means nothing', () => {
    expect(wrongMarks('```sh not-run\nnpm start\n```\n', { test: 'y' })).toHaveLength(1);
    expect(wrongMarks('```sh skip\nnpm start\n```\n', { start: 'x' })).toHaveLength(1);
    expect(wrongMarks('```sh not-run\nnpm start\n```\n', { start: 'x' })).toEqual([]);
  });

  test('a generated part that is stale, and one that no one makes', () => {
    const fresh = withGenerated('<!-- generated: events -->\n<!-- end of generated -->');
    expect(fresh).toContain('`totp.validated`');
    expect(withGenerated(fresh)).toBe(fresh);
    const stale = fresh.replace('`totp.validated`', '`totp.checked`');
    expect(withGenerated(stale)).toBe(fresh);
    expect(() => withGenerated('<!-- generated: nothing -->\n<!-- end of generated -->')).toThrow('nothing');
  });
});
