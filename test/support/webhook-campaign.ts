/** Many events to one receiver, while the processes that send are killed. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, vi } from 'vitest';
import type { Caller } from './caller.ts';
import type { KandaProcess } from './kanda-process.ts';
import { SOON } from './patience.ts';
import { ownerOf } from './webhook-owner.ts';
import { disorders, WebhookReceiver } from './webhook-receiver.ts';

const CLIENTS = 100;
const EVENTS = 10_000;
const AT_ONCE = 48;
/** How many are taken before each kill. */
const KILLS_AT = [1_500, 5_000];
/** One message in this many is refused. */
const REFUSED_EVERY = 997;
const ARRIVES_WITHIN = { ...SOON, timeout: 150_000 };

/** Has codes judged until the log has as many events; each is one, right or wrong or during a delay. */
async function writeEvents(owner: Caller): Promise<void> {
  let left = EVENTS;
  const write = async () => {
    while (left-- > 0) {
      const answer = await owner.validate(`user-${left % CLIENTS}`, '000000');
      if (answer.status !== 200) throw new Error(`a code got ${answer.status}: ${answer.text}`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, write));
}

/**
 * Kills the process that sends, twice, with messages under way, and expects every event at the receiver.
 *
 * @param first has its URL called
 * @param replace kills what sends, and gives what is asked from then on
 */
export async function expectAllArrive(
  first: KandaProcess,
  replace: () => Promise<KandaProcess>,
): Promise<void> {
  const receiver = await WebhookReceiver.start();
  try {
    const owner = await ownerOf(first.url);
    for (let client = 0; client < CLIENTS; client++) await owner.enrol(`user-${client}`);
    const made = (await owner.post('/api/webhooks', { url: receiver.url })).json;
    receiver.secrets = [made.secret];
    receiver.answering = async () => {
      await sleep(1);
      return receiver.asked % REFUSED_EVERY === 0 ? 503 : 204;
    };
    await writeEvents(owner);
    let now: Caller = owner;
    for (const count of KILLS_AT) {
      await vi.waitFor(() => expect(receiver.sequences.length).toBeGreaterThan(count), ARRIVES_WITHIN);
      now = owner.at((await replace()).url);
    }
    await vi.waitFor(async () => {
      expect((await now.get(`/api/webhooks/${made.id}`)).json.behind).toBe(0);
    }, ARRIVES_WITHIN);
    const newest = (await now.get('/api/logs?limit=1')).json.data[0].id as number;
    const wanted = Array.from(
      { length: newest - made.deliveredTo },
      (_, index) => made.deliveredTo + 1 + index,
    );
    expect(wanted.length).toBeGreaterThanOrEqual(EVENTS);
    expect(receiver.sequences.toSorted((a, b) => a - b)).toEqual(wanted);
    expect(disorders(receiver.taken)).toEqual([]);
    expect(receiver.forged).toEqual([]);
    // What was repeated has the id that it had before.
    const ids = new Map<number, string>();
    for (const { headers, data } of receiver.taken) {
      const id = String(headers['webhook-id']);
      expect(ids.get(data.sequence) ?? id).toBe(id);
      ids.set(data.sequence, id);
    }
    expect(new Set(ids.values()).size).toBe(wanted.length);
  } finally {
    await receiver.stop();
  }
}
