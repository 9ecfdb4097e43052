import { describe, expect, it } from 'vitest';
import { WorkQueue } from '../../src/crypto/work-queue.ts';

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
  it('runs so many at once, in order, and gives each its own result', async () => {
    const queue = new WorkQueue(2, 10);
    const jobs = [heldJob(), heldJob(), heldJob(), heldJob()] as const;
    const results = jobs.map((job) => queue.run(job.run));
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
    const queue = new WorkQueue(1, 10);
    const failing = heldJob();
    const failed = queue.run(failing.run);
    const after = queue.run(async () => 'done');
    failing.reject(new Error('broken'));
    await expect(failed).rejects.toThrow('broken');
    expect(await after).toBe('done');
    expect(await queue.run(async () => 'again')).toBe('again');
  });

  it('does not begin more than it may when one ends just as another comes', async () => {
    const queue = new WorkQueue(1, 10);
    let running = 0;
    let most = 0;
    const job = async () => {
      most = Math.max(most, ++running);
      await settle();
      running--;
    };
    await Promise.all(Array.from({ length: 5 }, () => queue.run(job).then(() => queue.run(job))));
    expect(most).toBe(1);
  });

  it('refuses a job when too many wait, and takes one again when there is room', async () => {
    const queue = new WorkQueue(1, 1);
    const running = heldJob();
    const first = queue.run(running.run);
    const second = queue.run(async () => 'second');
    expect(queue.isFull).toBe(true);
    await expect(queue.run(async () => 'third')).rejects.toThrow(RangeError);
    running.resolve('first');
    expect(await Promise.all([first, second])).toEqual(['first', 'second']);
    expect(queue.isFull).toBe(false);
    expect(await queue.run(async () => 'fourth')).toBe('fourth');
  });

  it('without room to wait still runs what it can run now', async () => {
    const queue = new WorkQueue(1, 0);
    expect(await queue.run(async () => 'first')).toBe('first');
    const running = heldJob();
    const first = queue.run(running.run);
    await expect(queue.run(async () => 'second')).rejects.toThrow(RangeError);
    running.resolve('done');
    expect(await first).toBe('done');
  });
});
