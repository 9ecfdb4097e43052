import { setTimeout as sleep } from 'node:timers/promises';
import { openExisting } from '../../compose/existing-installation.ts';
import type { Config } from '../../config/schema.ts';
import type { EventRecord } from '../../domain/log/events.ts';
import type { Store } from '../../domain/store.ts';
import { eventView } from '../../http/routes/views.ts';
import { formatTime } from '../lib/format.ts';
import { terminalText } from '../lib/terminal-text.ts';
import { type ChosenLog, chosenLog, type LogChoice } from './chosen-log.ts';

const FOLLOW_EVERY_MS = 1_000;
const READ_AT_ONCE = 250;
const MOST_LINES = 100_000;

export interface LogsOptions extends LogChoice {
  readonly lines: string;
  readonly follow?: boolean;
  readonly json?: boolean;
}

/** Prints the newest events of a log, oldest first; with `follow` those that come, too, until it is stopped. */
export async function printLogs(config: Config, options: LogsOptions): Promise<void> {
  const lines = linesOf(options.lines);
  const installation = await openExisting(config);
  const stop = new AbortController();
  const stopped = () => stop.abort();
  process.once('SIGINT', stopped).once('SIGTERM', stopped);
  try {
    const log = await chosenLog(installation, options);
    const { store } = installation;
    const print = options.json === true ? printJson : printLine;
    // Asked first: what is written meanwhile is printed by following, and once.
    const end = (await store.logHead(log.accountId))?.lastEvent ?? 0;
    const newest = await newestOf(store, log, lines);
    for (const event of newest.filter(({ id }) => id <= end || options.follow !== true)) print(event);
    if (options.follow === true) await follow(store, log, end, print, stop.signal);
  } finally {
    process.off('SIGINT', stopped).off('SIGTERM', stopped);
    await installation.close();
  }
}

async function newestOf(
  store: Store,
  { accountId, filter }: ChosenLog,
  lines: number,
): Promise<EventRecord[]> {
  const events: EventRecord[] = [];
  let cursor: string | null = null;
  while (events.length < lines) {
    const page: Awaited<ReturnType<Store['listEvents']>> = await store.listEvents(
      accountId,
      { ...filter, from: null, to: null },
      { cursor, limit: Math.min(READ_AT_ONCE, lines - events.length) },
    );
    events.push(...page.data);
    cursor = page.nextCursor;
    if (cursor === null) break;
  }
  return events.reverse();
}

async function follow(
  store: Store,
  { accountId, filter }: ChosenLog,
  from: number,
  print: (event: EventRecord) => void,
  signal: AbortSignal,
): Promise<void> {
  let after = from;
  while (!signal.aborted) {
    const { events, reached, more } = await store.followLog(accountId, after, filter, READ_AT_ONCE);
    events.forEach(print);
    after = reached;
    if (!more) await sleep(FOLLOW_EVERY_MS, undefined, { signal }).catch(() => {});
  }
}

function linesOf(text: string): number {
  const lines = Number(text);
  if (/^\d+$/.test(text) && lines <= MOST_LINES) return lines;
  throw new Error(`--lines takes a whole number from 0 to ${MOST_LINES}. Example: --lines 200`);
}

function printJson(event: EventRecord): void {
  console.log(JSON.stringify(eventView(event)));
}

function printLine({ at, event, outcome, reason, clientId, origin }: EventRecord): void {
  const parts = [
    formatTime(at),
    event,
    outcome,
    ...(reason === null ? [] : [reason]),
    ...(clientId === null ? [] : [`user ${clientId}`]),
    `by ${origin.actor}`,
    ...(origin.ip === null ? [] : [`from ${origin.ip}`]),
  ];
  console.log(terminalText(parts.join('  ')));
}
