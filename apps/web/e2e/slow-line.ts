/**
 * How long the first paint takes on a slow line and a slow machine: `npm run slow-line -w @kanda/web` prints it for
 * the built site, and fails when a page needs longer than its limit. No test asserts these times, which depend on the
 * machine; `build.test.ts` asserts the bytes and requests that they come from.
 */
import type { Page } from '@playwright/test';
import { type Site, startSite } from './server.ts';
import { signedIn } from './signed-in.ts';

const BITS_PER_SECOND = 400_000;
const LATENCY_MS = 400;
const CPU_DIVIDED_BY = 4;
const LIMIT_MS = 2_500;
const RUNS = 3;

interface Measured {
  readonly paintMs: number;
  readonly requests: number;
  readonly bytes: number;
}

const PAGES = [
  { path: '/signin', known: false },
  { path: '/signup', known: false },
  { path: '/dashboard', known: true },
  { path: '/', known: false },
] as const;

/** One visit with an empty cache. */
async function visit(site: Site, path: string, known: boolean): Promise<Measured> {
  const { page, context } = known ? await signedIn(site) : await site.open(null);
  await slowDown(page);
  await page.goto(path, { waitUntil: 'networkidle' });
  const measured = await page.evaluate(() => {
    const paintMs = performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? Number.NaN;
    const loads = [
      ...performance.getEntriesByType('navigation'),
      ...performance.getEntriesByType('resource'),
    ] as PerformanceResourceTiming[];
    const before = loads.filter(({ responseEnd }) => responseEnd <= paintMs);
    return {
      paintMs,
      requests: before.length,
      bytes: before.reduce((sum, { transferSize }) => sum + transferSize, 0),
    };
  });
  await context.close();
  return measured;
}

async function slowDown(page: Page): Promise<void> {
  const devTools = await page.context().newCDPSession(page);
  await devTools.send('Network.enable');
  await devTools.send('Network.emulateNetworkConditions', {
    offline: false,
    latency: LATENCY_MS,
    downloadThroughput: BITS_PER_SECOND / 8,
    uploadThroughput: BITS_PER_SECOND / 8,
  });
  await devTools.send('Emulation.setCPUThrottlingRate', { rate: CPU_DIVIDED_BY });
}

const site = await startSite();
try {
  console.log(`First paint at ${BITS_PER_SECOND / 1000} kbit/s, ${LATENCY_MS} ms, CPU / ${CPU_DIVIDED_BY}`);
  for (const { path, known } of PAGES) {
    const runs: Measured[] = [];
    for (let run = 0; run < RUNS; run++) runs.push(await visit(site, path, known));
    const median = runs.toSorted((a, b) => a.paintMs - b.paintMs)[Math.floor(RUNS / 2)];
    if (median === undefined) throw new Error(`${path} was not measured.`);
    const { paintMs, requests, bytes } = median;
    // A page that paints nothing has no time, and fails as well.
    const verdict = paintMs <= LIMIT_MS ? 'ok' : 'SLOW';
    console.log(
      `${verdict.padEnd(5)}${path.padEnd(12)}${(paintMs / 1000).toFixed(2).padStart(6)} s, after ${(bytes / 1000).toFixed(0)} kB in ${requests} answers`,
    );
    if (verdict === 'SLOW') process.exitCode = 1;
  }
} finally {
  await site.end();
}
