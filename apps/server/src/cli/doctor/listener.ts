import type { Config } from '../../config/schema.ts';
import { figuresIn } from '../../domain/operator/figures.ts';
import { runningFindings } from '../../domain/operator/server-findings.ts';
import { formatSpan } from '../lib/format.ts';
import { localUrl } from '../lib/local-url.ts';
import { FIRST_WITHOUT_RIGHTS, freePort, tryPort } from '../server/port.ts';
import { type Finding, fine, look, problem } from './finding.ts';

const ANSWER_WITHIN_MS = 3_000;
/** A Date header has no fractions of a second. */
const DATE_HEADER_MS = 1_000;
const CLOCKS_DIFFER_MS = 2_000;
const CLOCKS_FAR_APART_MS = 15_000;

interface Address extends Pick<Config, 'host' | 'port'> {
  /** Where this machine reaches it. */
  readonly url: string;
}

/** Whether the port is free for a server, or a Kanda answers there, is ready, and has our time. */
export async function checkListener({ host, port }: Pick<Config, 'host' | 'port'>): Promise<Finding[]> {
  if (port === 0) return [fine('Port', 'any free one (0)')];
  const url = localUrl({ host, port });
  try {
    return await checkServer({ host, port, url });
  } catch (error) {
    if (isRefused(error)) return [await checkFree(host, port)];
    return [await stranger({ host, port, url }, (error as Error).message)];
  }
}

async function checkServer(address: Address): Promise<Finding[]> {
  const { url } = address;
  const asked = Date.now();
  const health = await ask(`${url}/healthz`);
  const answered = Date.now();
  const title = await ask(`${url}/openapi.json`)
    .then(async (answer) => ((await answer.json()) as { info?: { title?: string } }).info?.title)
    .catch(() => undefined);
  if (health.status !== 200 || title !== 'Kanda') {
    return [await stranger(address, `it answers ${health.status}`)];
  }

  const ready = await ask(`${url}/readyz`);
  const findings = [
    ready.status === 200
      ? fine('Server', `a Kanda answers on ${url} and is ready`)
      : problem(
          'Server',
          `a Kanda answers on ${url}, but it cannot use its store (readyz: ${ready.status})`,
          'Its log says why. Look at the store and the disk above.',
        ),
  ];
  const date = Date.parse(health.headers.get('date') ?? '');
  if (!Number.isNaN(date)) findings.push(timeFinding(date, asked, answered));
  // What the server says of itself is the same as on the operator's page.
  return [...findings, ...(await saysOfItself(url, answered))];
}

/** A server that is busy may take longer for its metrics; the rest counts all the same. */
async function saysOfItself(url: string, now: number): Promise<Finding[]> {
  try {
    const figures = await (await ask(`${url}/metrics`)).text();
    return runningFindings(figuresIn(figures), now);
  } catch (error) {
    return [
      look(
        'Metrics',
        `${url}/metrics does not answer in time (${(error as Error).message})`,
        'Run this again when the server is less busy. Its log says whether a worker is stuck.',
      ),
    ];
  }
}

/** The header's second began at `date`; it was written between `asked` and `answered`. */
function timeFinding(date: number, asked: number, answered: number): Finding {
  const ahead = Math.max(0, date - answered);
  const behind = Math.max(0, asked - (date + DATE_HEADER_MS));
  const apart = Math.max(ahead, behind);
  if (apart <= CLOCKS_DIFFER_MS) return fine("Server's clock", 'the same as here');
  const found = `${formatSpan(apart)} ${ahead > 0 ? 'ahead of' : 'behind'} this one`;
  const remedy = 'Another machine answers there, or a clock was set. Keep both in step by NTP.';
  return apart > CLOCKS_FAR_APART_MS
    ? problem("Server's clock", found, remedy)
    : look("Server's clock", found, remedy);
}

async function checkFree(host: string, port: number): Promise<Finding> {
  try {
    await tryPort(host, port);
    return fine('Port', `${port} on ${host} is free; no server runs there`);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const remedy =
      code === 'EADDRNOTAVAIL'
        ? 'Set KANDA_HOST (--host) to 127.0.0.1, or to 0.0.0.0 for every address.'
        : `Stop what has it, or ${await anotherPort(host, port)}`;
    return problem('Port', `${port} on ${host} cannot be listened on: ${message}`, remedy);
  }
}

async function stranger({ host, port, url }: Address, reason: string): Promise<Finding> {
  return problem(
    'Port',
    `something on ${url} is not a Kanda (${reason})`,
    `Stop the other program, or ${await anotherPort(host, port)}`,
  );
}

async function anotherPort(host: string, port: number): Promise<string> {
  const free = await freePort(host, Math.max(port + 1, FIRST_WITHOUT_RIGHTS));
  return free === null
    ? 'choose another port.'
    : `choose another port: KANDA_PORT=${free}, or --port ${free}`;
}

function ask(url: string): Promise<Response> {
  return fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
}

/** Nothing listens there. `fetch` wraps what the socket says. */
function isRefused(error: unknown): boolean {
  const { cause } = error as { cause?: NodeJS.ErrnoException & { errors?: NodeJS.ErrnoException[] } };
  const codes = [cause?.code, ...(cause?.errors ?? []).map(({ code }) => code)];
  return codes.some((code) => code === 'ECONNREFUSED' || code === 'EADDRNOTAVAIL');
}
