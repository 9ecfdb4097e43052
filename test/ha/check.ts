/** Whether what was acknowledged, the log, and the database agree: pure, from what was written down to what is wrong. */
import { type ClientState, type Entry, isAcknowledged, LOAD, type LoggedEvent } from './ledger.ts';

export interface Evidence {
  readonly entries: readonly Entry[];
  /** The whole log of the account, oldest first. */
  readonly events: readonly LoggedEvent[];
  /** Every client that the database holds. */
  readonly clients: readonly ClientState[];
}

/** Reasons of which the caller learns no more than that the code is not valid. */
const READS_INVALID: ReadonlySet<string> = new Set(['code_already_used', 'clock_ahead']);

/** What is wrong, one sentence each; none: every promise was kept. */
export function violations({ entries, events, clients }: Evidence): string[] {
  const asked = new Map(entries.map((entry) => [entry.id, entry]));
  const found = Map.groupBy(
    events.filter(({ userAgent, event }) => isOfLoad(userAgent) && event !== 'client.locked'),
    ({ userAgent }) => userAgent ?? '',
  );
  return [
    ...gaps(events),
    ...twiceAccepted(events, asked),
    ...[...found.keys()]
      .filter((id) => !asked.has(id))
      .map((id) => `${id} is in the log, and no one asked it`),
    ...entries.flatMap((entry) => disagreement(entry, found.get(entry.id) ?? [])),
    ...outOfOrder(entries, found),
    ...wrongStates(clients, events, asked),
  ];
}

function isOfLoad(userAgent: string | null): boolean {
  return userAgent?.startsWith(LOAD) ?? false;
}

function gaps(events: readonly LoggedEvent[]): string[] {
  const at = events.findIndex(({ id }, index) => id !== index + 1);
  return at === -1 ? [] : [`the log has number ${events[at]?.id} in the place of ${at + 1}`];
}

/** From the log, so that an acceptance whose answer was lost counts too. */
function twiceAccepted(events: readonly LoggedEvent[], asked: ReadonlyMap<string, Entry>): string[] {
  const accepted = new Map<string, string>();
  const found: string[] = [];
  for (const { event, outcome, userAgent } of events) {
    const entry = asked.get(userAgent ?? '');
    if (event !== 'totp.validated' || outcome !== 'success' || entry === undefined) continue;
    if (entry.step === null) {
      found.push(`${entry.id} was accepted with a wrong code of ${entry.clientId}`);
      continue;
    }
    const name = `step ${entry.step} of ${entry.clientId}`;
    const other = accepted.get(name);
    if (other !== undefined) found.push(`${name} was accepted twice: ${other} and ${entry.id}`);
    accepted.set(name, entry.id);
  }
  return found;
}

/** One request against the events that carry its user agent. */
function disagreement(entry: Entry, events: readonly LoggedEvent[]): string[] {
  const { id, ask, clientId, answer } = entry;
  const told =
    answer === null ? 'not answered' : `answered ${answer.status} ${answer.reason ?? ''}`.trimEnd();
  const what = `${id} (${ask} ${clientId}, ${told})`;
  if (events.length > 1) return [`${what} is in the log ${events.length} times`];
  const [event] = events;
  if (answer?.nothingChanged && event !== undefined)
    return [`${what} is in the log, though the answer said that nothing was changed`];
  if (!isAcknowledged(entry)) return [];
  if (event === undefined) return [`${what} is not in the log: an acknowledged event is lost`];
  const expected = expectedOf(entry);
  if (expected === null) return [`${what} got an answer that this load does not expect`];
  const logged = READS_INVALID.has(event.reason ?? '') ? 'invalid_code' : event.reason;
  const is = `${event.event} ${event.clientId} ${event.outcome} ${logged}`;
  const ought = `${expected.event} ${clientId} ${expected.outcome} ${expected.reason}`;
  return is === ought ? [] : [`${what} is «${is}» in the log and not «${ought}»`];
}

function expectedOf({ ask, answer }: Entry): Pick<LoggedEvent, 'event' | 'outcome' | 'reason'> | null {
  if (answer === null) return null;
  const { status, reason, valid } = answer;
  if (ask === 'enrol') {
    if (status === 201) return { event: 'client.registered', outcome: 'success', reason: null };
    // An enrolment that was asked for again after no one had answered.
    if (status === 409) return { event: 'client.registered', outcome: 'failure', reason: 'client_exists' };
    return null;
  }
  if (status !== 200 || valid === null) return null;
  return { event: 'totp.validated', outcome: valid ? 'success' : 'failure', reason };
}

/** Anyone who asks after another was answered comes after it in the log, on whichever node. */
function outOfOrder(entries: readonly Entry[], found: ReadonlyMap<string, readonly LoggedEvent[]>): string[] {
  const placed = entries
    .flatMap((entry) => {
      const [event] = found.get(entry.id) ?? [];
      return event === undefined ? [] : [{ entry, place: event.id }];
    })
    .sort((a, b) => a.place - b.place);
  let latest = placed[0];
  const wrong: string[] = [];
  for (const { entry, place } of placed) {
    const ended = isAcknowledged(entry) ? entry.answer.ended : Number.POSITIVE_INFINITY;
    if (latest !== undefined && ended < latest.entry.begun) {
      wrong.push(
        `${entry.id} was answered before ${latest.entry.id} was asked, and comes after it in the log`,
      );
    }
    if (latest === undefined || entry.begun > latest.entry.begun) latest = { entry, place };
  }
  return wrong;
}

/** The watermark and the failures in a row are what the log adds up to: nothing was rolled back beside it. */
function wrongStates(
  clients: readonly ClientState[],
  events: readonly LoggedEvent[],
  asked: ReadonlyMap<string, Entry>,
): string[] {
  const expected = new Map<string, { watermark: number | null; failures: number }>();
  for (const { event, outcome, reason, clientId, userAgent } of events) {
    if (clientId === null) continue;
    if (event === 'client.registered' && outcome === 'success') {
      expected.set(clientId, { watermark: null, failures: 0 });
    }
    const state = expected.get(clientId);
    if (event !== 'totp.validated' || state === undefined) continue;
    if (outcome === 'success') {
      state.watermark = asked.get(userAgent ?? '')?.step ?? state.watermark;
      state.failures = 0;
    } else if (reason === 'invalid_code' || reason === 'code_already_used') {
      state.failures++;
    }
  }
  const states = new Map(clients.map((client) => [client.clientId, client]));
  return [...expected].flatMap(([clientId, { watermark, failures }]) => {
    const state = states.get(clientId);
    if (state === undefined) return [`${clientId} was enrolled, and is not in the database`];
    const sameStep = watermark === null || state.watermark === watermark;
    return sameStep && state.failures === failures
      ? []
      : [
          `${clientId} has watermark ${state.watermark} and ${state.failures} failures in the database, ` +
            `and ${watermark} and ${failures} by the log`,
        ];
  });
}
