import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LoadResult, load } from './load.ts';

/** A POST as it is sent again and again by `replay`. */
export interface ReplayedRequest {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Replay {
  readonly connections: number;
  readonly seconds: number;
  /** What the answers to count contain: their share is the result's `countedShare`. */
  readonly counted: string;
}

/** Stands between two requests in the file that replay.lua reads; no request holds it. */
const SEPARATOR = '\x1e';
/** Writing tens of megabytes to the disk right before a run would be in the way of those that sync to it. */
const FOLDER = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

/** One run of wrk that sends `requests` in their order, from the beginning again only when there are too few. */
export async function replay(
  url: string,
  requests: readonly ReplayedRequest[],
  { connections, seconds, counted }: Replay,
): Promise<LoadResult> {
  const file = join(FOLDER, `kanda-bench-requests-${process.pid}`);
  const { host } = new URL(url);
  try {
    writeFileSync(file, requests.map((request) => wireFormat(request, host)).join(SEPARATOR), {
      mode: 0o600,
    });
    const env = { BENCH_REQUESTS: file, BENCH_COUNTED: counted };
    return await load(url, { script: 'replay.lua', connections, seconds, env });
  } finally {
    rmSync(file, { force: true });
  }
}

function wireFormat({ path, headers, body }: ReplayedRequest, host: string): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const length = `content-length: ${Buffer.byteLength(body)}\r\n`;
  return `POST ${path} HTTP/1.1\r\nhost: ${host}\r\n${lines.join('')}${length}\r\n${body}`;
}
