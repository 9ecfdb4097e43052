/**
 * The figures of several workers as those of one server. Whichever worker is scraped asks the leader, which asks all
 * of them and adds up what they answer.
 */
import cluster, { type Worker } from 'node:cluster';
import { type Workers, workerMetrics } from '../../observability/metrics/metrics.ts';
import { measureProcess } from '../../observability/metrics/process-metrics.ts';
import { joinReadings, lastingOf, type Reading, readingsOf } from '../../observability/metrics/readings.ts';

/** What goes between a worker and its leader. */
type Message =
  /** From a worker that is scraped. */
  | { readonly kanda: 'scrape'; readonly id: number }
  | { readonly kanda: 'scraped'; readonly id: number; readonly readings: readonly Reading[] }
  /** From the leader to each worker. */
  | { readonly kanda: 'read'; readonly id: number }
  | { readonly kanda: 'read-is'; readonly id: number; readonly readings: readonly Reading[] };

/** A worker that is busy for longer than this is reported as unresponsive. */
const ANSWERS_WITHIN_MS = 1_000;
/** The leader does next to nothing: one that does not answer by then is stopped or gone. */
const LEADER_WITHIN_MS = 5_000;
/** Of the leader itself: it hands out connections, which takes time and memory too. */
const OF_THE_LEADER = /^process_/;

/** One place among the workers; the worker in it may end and be replaced. */
interface Place {
  worker: Worker | null;
  /** Whether it serves already: before that it answers nothing. */
  serves: boolean;
  last: readonly Reading[];
}

/** The leader's part. */
export class WorkerFigures {
  readonly #places: readonly Place[];
  readonly #measured = measureProcess();
  readonly #waiting = new Map<number, (readings: readonly Reading[]) => void>();
  /** What those counted that have ended: a sum must not fall when one does. */
  #ended: readonly Reading[] = [];
  #restarts = 0;
  #questions = 0;
  #underWay: Promise<readonly Reading[]> | null = null;

  constructor(size: number) {
    this.#places = Array.from({ length: size }, () => ({ worker: null, serves: false, last: [] }));
  }

  /** `worker` has this place from now on. */
  join(index: number, worker: Worker): void {
    const place = this.#place(index);
    place.worker = worker;
    worker.on('listening', () => {
      place.serves = true;
    });
    worker.on('message', (message: Message) => {
      if (message.kanda === 'read-is') this.#waiting.get(message.id)?.(message.readings);
      if (message.kanda === 'scrape') this.#answer(worker, message.id);
    });
  }

  /** The worker in this place has ended. */
  leave(index: number): void {
    const place = this.#place(index);
    this.#ended = joinReadings([this.#ended, lastingOf(place.last)]);
    Object.assign(place, { worker: null, serves: false, last: [] } satisfies Place);
  }

  /** Another worker follows one that has ended. */
  countRestart(): void {
    this.#restarts++;
  }

  /** Those who ask at the same time get the same answer. */
  scrape(): Promise<readonly Reading[]> {
    this.#underWay ??= this.#ask().finally(() => {
      this.#underWay = null;
    });
    return this.#underWay;
  }

  stop(): void {
    this.#measured.stop();
  }

  #answer(worker: Worker, id: number): void {
    this.scrape().then(
      (readings) => send(worker.process, { kanda: 'scraped', id, readings }),
      // Figures must not end what they are about; the scrape fails for want of an answer.
      (error: Error) => console.error(`The workers' figures could not be joined: ${error.message}`),
    );
  }

  async #ask(): Promise<readonly Reading[]> {
    const answered = await Promise.all(this.#places.map((place) => this.#read(place)));
    const own = readingsOf(this.#measured.metrics).filter(({ name }) => OF_THE_LEADER.test(name));
    // Of one that does not answer, what it counted before stays; what it does at the moment is unknown.
    const read = this.#places.map(({ last }, index) => (answered[index] ? last : lastingOf(last)));
    return joinReadings([...read, this.#ended, own, readingsOf(workerMetrics(answered, this.#restarts))]);
  }

  /** Whether it answered in time. */
  #read(place: Place): Promise<boolean> {
    const { worker } = place;
    if (worker === null || !place.serves) return Promise.resolve(false);
    const id = ++this.#questions;
    return new Promise((resolve) => {
      const end = (answered: boolean) => {
        clearTimeout(timer);
        worker.off('exit', gone);
        this.#waiting.delete(id);
        resolve(answered);
      };
      const gone = () => end(false);
      const timer = setTimeout(end, ANSWERS_WITHIN_MS, false);
      worker.once('exit', gone);
      this.#waiting.set(id, (readings) => {
        place.last = readings;
        end(true);
      });
      if (!send(worker.process, { kanda: 'read', id })) end(false);
    });
  }

  #place(index: number): Place {
    const place = this.#places[index];
    if (place === undefined) throw new Error(`there is no worker ${index + 1}`);
    return place;
  }
}

/** A worker's part; undefined where this process serves alone. */
export function joinWorkers(): Workers | undefined {
  if (!cluster.isWorker) return undefined;
  const waiting = new Map<number, (readings: readonly Reading[]) => void>();
  let read: (() => Promise<readonly Reading[]>) | null = null;
  let scrapes = 0;
  process.on('message', (message: Message) => {
    if (message.kanda === 'scraped') waiting.get(message.id)?.(message.readings);
    if (message.kanda === 'read') {
      read?.().then(
        (readings) => send(process as Channel, { kanda: 'read-is', id: message.id, readings }),
        // Not answered, which is what the leader then tells.
        () => {},
      );
    }
  });
  return {
    answerWith(own) {
      read = own;
    },
    scrape() {
      const id = ++scrapes;
      return new Promise((resolve, reject) => {
        const fail = () => {
          waiting.delete(id);
          reject(new Error(`the leader of the workers did not answer within ${LEADER_WITHIN_MS / 1000} s`));
        };
        const timer = setTimeout(fail, LEADER_WITHIN_MS);
        waiting.set(id, (readings) => {
          clearTimeout(timer);
          waiting.delete(id);
          resolve(readings);
        });
        if (!send(process as Channel, { kanda: 'scrape', id })) {
          clearTimeout(timer);
          fail();
        }
      });
    },
  };
}

/** What leads to another process. */
interface Channel {
  readonly connected: boolean;
  send?(message: Message, done: () => void): boolean;
}

/** Whether it could be sent. */
function send(channel: Channel, message: Message): boolean {
  if (!channel.connected) return false;
  // Without a callback, a channel that closes at this moment would end the process.
  channel.send?.(message, () => {});
  return true;
}
