/**
 * The real server with the built site, and a real browser in front of it. What a page must never do (break
 * the policy, write errors to the console, ask another host) is collected while a test runs and fails it.
 *
 * ```ts
 * const site = await startSite();
 * const { page, faults } = await site.open('/docs', { theme: 'dark', width: 320 });
 * expect(faults).toEqual([]);
 * await site.end();
 * ```
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Browser, type BrowserContext, chromium, type Page } from '@playwright/test';
import { endAll, KandaProcess, type StartOptions } from '../../../test/support/kanda-process.ts';
import { findTool } from '../../../test/support/test-tools.ts';

const BUILT = fileURLToPath(new URL('../dist/dashboard.html', import.meta.url));

/** Null where there is no Chromium, after saying what is not tested: for `test.skipIf`. */
export const chromiumPath = findTool('chromium');

export interface View {
  readonly theme?: 'light' | 'dark';
  readonly width?: number;
  readonly height?: number;
  readonly reducedMotion?: boolean;
  readonly javaScript?: boolean;
  /** The reader's zone: an IANA name. */
  readonly timeZone?: string;
  /** The browser's language. */
  readonly locale?: string;
  /** Fingers, and a browser that sizes pages as phones do. */
  readonly phone?: boolean;
}

export interface OpenPage {
  readonly page: Page;
  readonly context: BrowserContext;
  /** What the page did that no page may; fills while the page lives. */
  readonly faults: string[];
}

export interface Site {
  readonly url: string;
  readonly kanda: KandaProcess;
  readonly browser: Browser;
  /** A page in a browser context of its own; `path` null opens none yet. */
  open(path: string | null, view?: View): Promise<OpenPage>;
  end(): Promise<void>;
}

/** Starts server and browser. Needs the built site: `npm run build -w @kanda/web`. */
export async function startSite(options: StartOptions = {}): Promise<Site> {
  if (!existsSync(BUILT)) throw new Error('The site is not built. Run: npm run build -w @kanda/web');
  const kanda = await KandaProcess.start(options);
  const browser = await chromium.launch({
    ...(chromiumPath === null ? {} : { executablePath: chromiumPath }),
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update'],
  });
  return {
    url: kanda.url,
    kanda,
    browser,
    open: (path, view) => open(browser, kanda.url, path, view),
    async end() {
      await browser.close();
      await endAll();
    },
  };
}

async function open(browser: Browser, url: string, path: string | null, view: View = {}): Promise<OpenPage> {
  const context = await browser.newContext({
    baseURL: url,
    colorScheme: view.theme ?? 'light',
    viewport: { width: view.width ?? 1280, height: view.height ?? 800 },
    reducedMotion: view.reducedMotion === false ? 'no-preference' : 'reduce',
    javaScriptEnabled: view.javaScript ?? true,
    hasTouch: view.phone ?? false,
    isMobile: view.phone ?? false,
    locale: view.locale ?? 'en-GB',
    timezoneId: view.timeZone ?? 'UTC',
  });
  const page = await context.newPage();
  const faults = watch(page, new URL(url).origin);
  if (path !== null) await page.goto(path, { waitUntil: 'load' });
  return { page, context, faults };
}

function watch(page: Page, origin: string): string[] {
  const faults: string[] = [];
  page.on('console', (message) => {
    // A refused call of the API appears in the console too; tests of refusals look at the page instead.
    const refusedCall = /^Failed to load resource: the server responded with a status of 4/.test(
      message.text(),
    );
    if (message.type() === 'error' && !(refusedCall && message.location().url.includes('/api/')))
      faults.push(`console: ${message.text()} (${message.location().url})`);
  });
  page.on('pageerror', (error) => faults.push(`uncaught: ${error.message}`));
  page.on('request', (request) => {
    const { protocol, origin: asked } = new URL(request.url());
    if (asked !== origin && !['data:', 'blob:'].includes(protocol)) faults.push(`foreign: ${request.url()}`);
  });
  page.on('requestfailed', (request) => {
    // A page that is left cancels what it had asked for.
    if (request.failure()?.errorText !== 'net::ERR_ABORTED')
      faults.push(`failed: ${request.url()} ${request.failure()?.errorText}`);
  });
  return faults;
}

/** Whether the page can be scrolled sideways: it must not, at 320 px either. */
export function scrollsSideways(page: Page): Promise<boolean> {
  return page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
}
