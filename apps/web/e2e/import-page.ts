/** What the tests of the import page share. */
import { readFileSync } from 'node:fs';
import type { Page } from '@playwright/test';
import type { Site } from './server.ts';
import { type SignedIn, signedIn } from './signed-in.ts';

const SAMPLES = new URL('../../../packages/formats/samples/', import.meta.url);
export const sample = (name: string) => readFileSync(new URL(name, SAMPLES));
export const SECRET = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';
export const uri = (name: string, secret = SECRET) =>
  `otpauth://totp/MyApp:${name}@example.com?secret=${secret}&issuer=MyApp`;

/** The page of an import, in an account of its own. */
export async function importPage(site: Site): Promise<SignedIn> {
  const account = await signedIn(site);
  await account.page.goto('/dashboard/import');
  return account;
}

export interface Upload {
  readonly name: string;
  readonly buffer: Buffer;
}

/** As a person does it: the button opens the browser's dialog, and files are chosen there. */
export async function choose(page: Page, ...files: Upload[]): Promise<void> {
  const another = page.getByRole('button', { name: 'Choose another' });
  if (await another.isVisible()) await another.click();
  const [chooser] = await Promise.all([
    page.waitForEvent('filechooser'),
    page.getByRole('button', { name: 'Choose a file' }).click(),
  ]);
  await chooser.setFiles(files.map((file) => ({ ...file, mimeType: 'application/octet-stream' })));
}

export async function paste(page: Page, text: string): Promise<void> {
  await page.getByRole('button', { name: 'Paste text' }).click();
  await page.getByLabel('Text to import').fill(text);
  await page.getByRole('button', { name: 'Read it' }).click();
}

/** The table of what has become of everything: `Enrolled 46`. */
export async function outcomes(page: Page): Promise<string[]> {
  const rows = page.getByRole('table', { name: 'Outcomes' }).locator('tbody tr');
  await rows.first().waitFor();
  return (await rows.allInnerTexts()).map((text) => text.replaceAll(/\s+/g, ' ').trim());
}

export const submit = (page: Page) => page.getByRole('button', { name: /^Import [\d,]+ secret/ }).click();
