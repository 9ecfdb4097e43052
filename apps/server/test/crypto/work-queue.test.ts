import { describe, expect, it } from 'vitest';
import { QueueFull, WorkQueue } from '../../src/crypto/work-queue.ts';

const queueOf = (atOnce: number, waiting: number, waitingOfOne = waiting) =>
  new WorkQueue({ atOnce, waiting, waitingOfOne });

/** A job that ends when told to. */
function heldJob() {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const state = { begun: false };
  const run = () => {
    state.begun = true;
    return promise;
  };
  return { state, run, resolve, reject };
}

const settle = () => new Promise((resolve) => setImmediate(resolve));

describe('a work queue', () => {
  it('runs up to its limit at once, in order, and gives each its own result', async () => {
    const queue = queueOf(2, 10);
    const jobs = [heldJob(), heldJob(), heldJob(), heldJob()] as const;
    const results = jobs.map((job) => queue.run('one', job.run));
    await settle();
    expect(jobs.map((job) => job.state.begun)).toEqual([true, true, false, false]);
    jobs[1].resolve('second');
    await settle();
    expect(jobs.map((job) => job.state.begun)).toEqual([true, true, true, false]);
    jobs[0].resolve('first');
    jobs[2].resolve('third');
    jobs[3].resolve('fourth');
    expect(await Promise.all(results)).toEqual(['first', 'second', 'third', 'fourth']);
  });

  it('goes on after a job that failed', async () => {
    const queue = queueOf(1, 10);
    const failing = heldJob();
    const failed = queue.run('one', failing.run);
    const after = queue.run('one', async () => 'done');
    failing.reject(new Error('broken'));
    await expect(failed).rejects.toThrow('broken');
    expect(await after).toBe('done');
    expect(await queue.run('one', async () => 'again')).toBe('again');
  });

  it('does not begin more than it may when one ends just as another comes', async () => {
    const queue = queueOf(1, 10);
    let running = 0;
    let most = 0;
    const job = async () => {
      most = Math.max(most, ++running);
      await settle();
      running--;
    };
    await Promise.all(
      Array.from({ length: 5 }, () => queue.run('one', job).then(() => queue.run('one', job))),
    );
    expect(most).toBe(1);
  });

  it('refuses a job when too many wait, and takes one again when there is room', async () => {
    const queue = queueOf(1, 1);
    const running = heldJob();
    const first = queue.run('one', running.run);
    const second = queue.run('one', async () => 'second');
    await expect(queue.run('one', async () => 'third')).rejects.toThrow(QueueFull);
    running.resolve('first');
    expect(await Promise.all([first, second])).toEqual(['first', 'second']);
    expect(await queue.run('one', async () => 'fourth')).toBe('fourth');
  });

  it('without room to wait still runs what it can run now', async () => {
    const queue = queueOf(1, 0);
    expect(await queue.run('one', async () => 'first')).toBe('first');
    const running = heldJob();
    const first = queue.run('one', running.run);
    await expect(queue.run('one', async () => 'second')).rejects.toThrow(QueueFull);
    running.resolve('done');
    expect(await first).toBe('done');
  });

  describe('with several callers', () => {
    it('lets them take turns, however many jobs one of them has', async () => {
      const queue = queueOf(1, 100);
      const begun: string[] = [];
      const run = (caller: string, job: number) =>
        queue.run(caller, async () => void begun.push(`${caller} ${job}`));
      const jobs = [0, 1, 2, 3].map((job) => run('loud', job));
      jobs.push(run('quiet', 0), run('quiet', 1), run('third', 0));
      await Promise.all(jobs);
      expect(begun).toEqual(['loud 0', 'loud 1', 'quiet 0', 'third 0', 'loud 2', 'quiet 1', 'loud 3']);
    });

    it('bounds each, while others find a place', async () => {
      const queue = queueOf(1, 10, 2);
      const running = heldJob();
      const jobs = [queue.run('loud', running.run), queue.run('loud', done), queue.run('loud', done)];
      await expect(queue.run('loud', done)).rejects.toThrow(QueueFull);
      jobs.push(queue.run('quiet', done));
      running.resolve('done');
      expect(await Promise.all(jobs)).toEqual(Array(4).fill('done'));
    });

    it('gives the place of the newest job of the one with most to one with less, when it is full', async () => {
      const queue = queueOf(1, 4);
      const running = heldJob();
      const first = queue.run('loud', running.run);
      const loud = Array.from({ length: 4 }, () => outcome(queue.run('loud', done)));
      const quiet = outcome(queue.run('quiet', done));
      const third = outcome(queue.run('third', done));
      // Two of each would be no fairer than what there is.
      const louder = outcome(queue.run('third', done));
      running.resolve('done');
      await first;
      expect(await Promise.all([...loud, quiet, third, louder])).toEqual([
        ...['done', 'done', 'full', 'full'],
        ...['done', 'done', 'full'],
      ]);
      expect(await queue.run('loud', done)).toBe('done');
    });
  });
});

const done = async () => 'done';

const outcome = (job: Promise<string>) =>
  job.catch((error) => (error instanceof QueueFull ? 'full' : Promise.reject(error)));
