/**
 * What each client's callers saw, held against what one server with one clock would have done: validations, enrolments,
 * and reads of the client and of its log, on both nodes, must be linearizable. The clocks of the nodes may differ by as
 * much as Kanda allows.
 *
 * Seen to find what is wrong without its guard: with `assertInStep` of store/postgres/clock-watch.ts never throwing,
 * `npm run ha -- --kills 0 --faults clock --seed 5` ended with 292 violations, among them codes accepted that no clock
 * within the bound shows, and right ones refused.
 */
import { type Entry, isAcknowledged, LOAD, type Read } from './ledger.ts';
import { type Model, nonLinearizable, type Operation } from './linearizability.ts';

/** A node whose clock is off by more than this judges nothing (store/postgres/clock-watch.ts). */
const MAX_CLOCK_DIFFERENCE_MS = 15_000;
/** A slow answer of the database explains a part of a difference, and the files of the clocks are read once a second. */
const CLOCK_MARGIN_MS = 2_000;
/** Of the default policy: steps on each side, and failures after which a delay may begin. */
const SKEW = 1;
const FREE_FAILURES = 5;
/** Of the widest policy. */
const WIDEST_SKEW = 2;

/** One server's view of a client. */
interface ClientModel {
  readonly enrolled: boolean;
  /** The newest step whose code was accepted. */
  readonly watermark: number;
  /** Wrong codes in a row. */
  readonly failures: number;
  /** Who made the events about it, oldest first: user agents. */
  readonly log: readonly string[];
}

interface ClientOperation extends Operation {
  readonly entry: Entry | Read;
}

const MODEL: Model<ClientModel, ClientOperation> = {
  initial: { enrolled: false, watermark: Number.NEGATIVE_INFINITY, failures: 0, log: [] },
  next(state, { entry }) {
    if ('seen' in entry) return seesThis(state, entry) ? [state] : [];
    const logged = { ...state, log: [...state.log, entry.id] };
    return entry.ask === 'enrol' ? afterEnrolment(logged, entry) : afterCode(logged, entry);
  },
  keyOf: ({ enrolled, watermark, failures, log }) => `${enrolled} ${watermark} ${failures} ${log.join()}`,
};

function seesThis({ enrolled, watermark, failures, log }: ClientModel, { seen }: Read): boolean {
  if (seen === null) return true;
  if ('log' in seen) {
    const newest = log.slice(seen.whole ? 0 : Math.max(0, log.length - seen.log.length));
    return seen.log.join() === newest.join();
  }
  if (seen.client === null) return !enrolled;
  const { failures: shown, accepted } = seen.client;
  return enrolled && shown === failures && accepted === Number.isFinite(watermark);
}

function afterEnrolment(state: ClientModel, entry: Entry): ClientModel[] {
  const status = isAcknowledged(entry) ? entry.answer.status : null;
  // It makes a client, or there is one: then that is logged.
  if (status === (state.enrolled ? 201 : 409)) return [];
  return [{ ...state, enrolled: true }];
}

function afterCode(state: ClientModel, entry: Entry): ClientModel[] {
  if (!state.enrolled) return [];
  const { answer, step } = entry;
  const failed = { ...state, failures: state.failures + 1 };
  const isNew = step !== null && step > state.watermark;
  const accepted = isNew && mayBeShown(entry) ? [{ ...state, watermark: step, failures: 0 }] : [];
  // A right code that was not used, on time by every clock, is never wrong.
  const wrong = isNew && isShownForSure(entry) ? [] : [failed];
  const locked = state.failures >= FREE_FAILURES ? [state] : [];
  // On a node whose clock is behind that of the one that accepted it: refused, and counted for nothing.
  const ahead = state.watermark > stepOf(clocksOf(entry)[0], entry.period) + WIDEST_SKEW ? [state] : [];
  if (answer === null || !isAcknowledged(entry)) return [...accepted, ...wrong, ...ahead, ...locked];
  if (answer.valid === true) return accepted;
  return answer.reason === 'locked' ? locked : [...wrong, ...ahead];
}

/** Whether some node that may judge could have had this step in its window while it was asked. */
function mayBeShown({ step, period, ...entry }: Entry): boolean {
  if (step === null) return false;
  const [earliest, latest] = clocksOf(entry);
  return step >= stepOf(earliest, period) - SKEW && step <= stepOf(latest, period) + SKEW;
}

/** Whether every node that may judge had it in its window all the while. */
function isShownForSure({ step, period, ...entry }: Entry): boolean {
  if (step === null || entry.answer === null) return false;
  const [earliest, latest] = clocksOf(entry);
  return step >= stepOf(latest, period) - SKEW && step <= stepOf(earliest, period) + SKEW;
}

/** Between what times, ms since the epoch, the clock of a node that judged this may have been. */
function clocksOf({ begun, answer }: Pick<Entry, 'begun' | 'answer'>): [earliest: number, latest: number] {
  const off = MAX_CLOCK_DIFFERENCE_MS + CLOCK_MARGIN_MS;
  const ended = answer === null || answer.status === 503 ? Number.POSITIVE_INFINITY : answer.ended;
  return [performance.timeOrigin + begun - off, performance.timeOrigin + ended + off];
}

function stepOf(time: number, period: number): number {
  return Math.floor(time / 1000 / period);
}

/**
 * One sentence for each client whose history no server with one clock could have made.
 *
 * @param isLogged whether the event of this user agent is in the log at the end. Of what has no known outcome only that
 *   can have happened: what is not there was never done, and a read that saw it saw what was lost.
 */
export function historyViolations(
  entries: readonly Entry[],
  reads: readonly Read[],
  isLogged: (id: string) => boolean,
): string[] {
  const writes = entries
    .filter((entry) => entry.ask !== 'probe' && (isAcknowledged(entry) || isLogged(entry.id)))
    .map(operationOf);
  const looks = reads.filter(({ seen }) => seen !== null).map(operationOf);
  const clients = Map.groupBy([...writes, ...looks], ({ entry }) => entry.clientId);
  const probed = new Set(entries.filter(({ ask }) => ask === 'probe').map(({ clientId }) => clientId));
  return [...clients].flatMap(([clientId, history]) => {
    // What a probe asks has a place in the log alone: hundreds may wait at once.
    if (probed.has(clientId)) return [];
    const longest = nonLinearizable(MODEL, history);
    if (longest === null) return [];
    const left = history.filter((operation) => !longest.includes(operation) && operation.ended !== Infinity);
    const first = left.toSorted((a, b) => a.ended - b.ended)[0];
    return [
      `no order of what was asked about ${clientId} gives these answers; after ` +
        `${longest.map(({ entry }) => inWords(entry)).join(', ')} there is no place for ${first === undefined ? 'the rest' : inWords(first.entry)}`,
    ];
  });
}

function operationOf(entry: Entry | Read): ClientOperation {
  if ('seen' in entry) return { entry, begun: entry.begun, ended: entry.ended };
  const ended = isAcknowledged(entry) ? entry.answer.ended : Number.POSITIVE_INFINITY;
  return { entry, begun: entry.begun, ended };
}

function inWords(entry: Entry | Read): string {
  const id = entry.id.slice(LOAD.length);
  if ('seen' in entry) return `${id} read ${JSON.stringify(entry.seen)}`;
  const { ask, step, answer } = entry;
  const told = answer === null ? 'no answer' : (answer.reason ?? answer.valid ?? answer.status);
  return `${id} ${ask}${step === null ? '' : ` ${step}`}: ${told}`;
}
