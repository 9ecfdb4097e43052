/**
 * Takes the pictures of the README from the built site: `npm run screenshots -w @kanda/web`. Run it when the
 * pages have changed so that a reader would notice; it fails when a picture becomes too heavy for a clone.
 */
import { randomUUID } from 'node:crypto';
import { mkdirSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { BrowserContext } from '@playwright/test';
import { codeAt, wrongCode } from './codes.ts';
import { type OpenPage, type Site, startSite, type View } from './server.ts';

interface Shot {
  readonly file: string;
  readonly path: string;
  readonly view: View;
  /** What is done on the page before the picture is taken. */
  readonly prepare?: (opened: OpenPage, site: Site) => Promise<void>;
}

const FOLDER = fileURLToPath(new URL('../../../docs/images/', import.meta.url));
const MAX_BYTES = 150_000;

const SHOTS: readonly Shot[] = [
  { file: 'front-page.png', path: '/', view: { theme: 'light', width: 1280, height: 800 } },
  {
    file: 'documentation.png',
    path: '/docs/guides/express#the-code',
    view: { theme: 'dark', width: 1280, height: 720 },
  },
  // Beside each other on the front page.
  ...(['light', 'dark'] as const).map((theme) => ({
    file: theme === 'light' ? 'dashboard.png' : 'dashboard-dark.png',
    path: '/signin',
    view: { theme, width: 1120, height: 760 },
    prepare: async ({ page, context }: OpenPage, { url }: Site) => {
      await aDayOfUse(context, url);
      await page.goto('/dashboard');
      await page.getByText('Last events').waitFor();
      await page.waitForLoadState('networkidle');
    },
  })),
  {
    file: 'enrolment.png',
    path: '/signin',
    view: { theme: 'dark', width: 1280, height: 760 },
    prepare: async ({ page, context }, site) => {
      await aDayOfUse(context, site.url);
      await page.goto('/dashboard/clients?new=true');
      const form = page.getByRole('dialog');
      await form.getByLabel('User ID').fill('user-123');
      await form.getByLabel('Label').fill('alice@example.com');
      await form.getByLabel('Issuer').fill('MyApp');
      await form.getByRole('button', { name: 'Enrol' }).click();
      await page.getByText('Scan this code').waitFor();
    },
  },
];

/** An account with a key, some clients, and codes that were right and wrong. */
async function aDayOfUse(context: BrowserContext, url: string): Promise<void> {
  const call = async (path: string, data: object, method = 'POST') => {
    const answer = await context.request.fetch(`${url}${path}`, { method, data });
    if (!answer.ok()) throw new Error(`${method} ${path}: ${answer.status()} ${await answer.text()}`);
    return (await answer.json()) as { secret?: string };
  };
  const account = {
    email: `${randomUUID().slice(0, 8)}@example.com`,
    password: 'a sentence that nobody else would write',
  };
  await call('/api/auth/register', account);
  await call('/api/auth/login', { ...account, session: 'cookie' });
  // The figures are to be seen, not the list above them.
  await call('/api/auth/getting-started', { dismissed: true }, 'PATCH');
  await call('/api/keys', { name: 'web shop' });
  for (const [index, name] of ['alice', 'bob', 'carol', 'dave', 'erin', 'frank'].entries()) {
    const clientId = `user-${101 + index}`;
    const { secret = '' } = await call('/api/totp/register', {
      clientId,
      label: `${name}@example.com`,
      issuer: 'MyApp',
    });
    await call('/api/totp/validate', { clientId, token: codeAt(secret, Date.now()) });
    if (index % 3 === 0) await call('/api/totp/validate', { clientId, token: wrongCode(secret) });
  }
}

mkdirSync(FOLDER, { recursive: true });
const site = await startSite();
try {
  // The first account is the operator's: the pictures show what any other one sees.
  const first = { email: 'operator@example.com', password: 'a sentence that nobody else would write' };
  const made = await fetch(`${site.url}/api/auth/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(first),
  });
  if (!made.ok) throw new Error(`The first account was not made: ${made.status} ${await made.text()}`);
  for (const { file, path, view, prepare } of SHOTS) {
    const opened = await site.open(path, view);
    await opened.page.waitForLoadState('networkidle');
    await prepare?.(opened, site);
    await opened.page.screenshot({ path: `${FOLDER}${file}` });
    await opened.context.close();
    const { size } = statSync(`${FOLDER}${file}`);
    console.log(`${file}: ${Math.round(size / 1000)} kB`);
    if (size > MAX_BYTES) {
      console.error(`${file} is over ${MAX_BYTES / 1000} kB.`);
      process.exitCode = 1;
    }
  }
} finally {
  await site.end();
}
