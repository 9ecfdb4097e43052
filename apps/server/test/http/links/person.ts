/** A person with a link and a browser: presses the button, scans the key, types codes. */
import { expect } from 'vitest';
import {
  type Answer,
  codeAt,
  type EnrolledClient,
  type TestAccount,
  type TestApp,
} from '../support/start-app.ts';

export const ORIGIN = 'https://app.example.com';
export const RETURN_URL = `${ORIGIN}/account/two-factor?step=2`;
const FORM = { 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': 'same-origin' };

export interface MadeLink {
  readonly id: string;
  readonly url: string;
  readonly expiresAt: string;
  /** The path of the page. */
  readonly path: string;
}

/** Makes a link, for pages that may send people to `ORIGIN`. */
export async function makeLink(account: Pick<TestAccount, 'call'>, body: object): Promise<MadeLink> {
  const set = await account.call('PUT', '/api/hosted-pages', { name: 'MyApp', returnOrigins: [ORIGIN] });
  expect(set.statusCode, set.body).toBe(200);
  const made = await account.call('POST', '/api/totp/links', { returnUrl: RETURN_URL, ...body });
  expect(made.statusCode, made.body).toBe(201);
  const link = made.json<Omit<MadeLink, 'path'>>();
  return { ...link, path: new URL(link.url).pathname };
}

/** Sends a form as a browser does. */
export function submit(
  { app }: Pick<TestApp, 'app'>,
  action: string,
  fields: Record<string, string> = {},
  more: object = {},
): Promise<Answer> {
  const payload = new URLSearchParams(fields).toString();
  return app.inject({ method: 'POST', url: action, payload, headers: { ...FORM, ...more } });
}

/** The forms of a page by their order, as its markup has them. */
export function actionsOf(page: Answer): string[] {
  return [...page.body.matchAll(/<form[^>]* action="([^"]+)"/g)].map(([, action = '']) =>
    action.replaceAll('&amp;', '&'),
  );
}

/** Presses the button of a link's page. */
export async function begin(kanda: TestApp, path: string): Promise<Answer> {
  const page = await kanda.app.inject({ method: 'GET', url: path });
  expect(page.statusCode, page.body).toBe(200);
  return submit(kanda, actionsOf(page)[0] ?? '');
}

/** The key that a page shows. */
export function secretOn(page: Answer): string {
  return (/class="key"[^>]*>([^<]+)</.exec(page.body)?.[1] ?? '').replaceAll(' ', '');
}

/** Types the code of the key on a page into its form. */
export function typeCode(kanda: TestApp, page: Answer, secret = secretOn(page)): Promise<Answer> {
  return submit(kanda, actionsOf(page)[0] ?? '', { code: codeAt(secret, kanda.now()) });
}

/** The result in the URL to which a page leads on. */
export function resultOn(page: Answer): string {
  const href = /<a class="button" href="([^"]+)"/.exec(page.body)?.[1]?.replaceAll('&amp;', '&') ?? '';
  expect(new URL(href).origin).toBe(ORIGIN);
  return new URL(href).searchParams.get('result') ?? '';
}

export function recoveryCodesOn(page: Answer): string[] {
  return [...page.body.matchAll(/<li>([0-9A-Z-]{19}) ?<\/li>/g)].map(([, code = '']) => code);
}

export type { EnrolledClient };
