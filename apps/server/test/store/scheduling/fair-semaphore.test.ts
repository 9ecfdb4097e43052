/** Who is next where only a limited number is served at once (PostgreSQL). */
import { expect, test } from 'vitest';
import { Coalescer } from '../../../src/store/scheduling/coalescer.ts';
import { FairSemaphore } from '../../../src/store/scheduling/fair-semaphore.ts';
import { Lanes } from '../../../src/store/scheduling/lanes.ts';
import { expectFault } from '../contract/workbench.ts';

const gate = () => Promise.withResolvers<void>();

// Seen to fail with one queue for all: bob came after everything that ada had asked for before him.
test('semaphore: anyone who asks for much waits for himself, and others take turns with him', async () => {
  const semaphore = new FairSemaphore(1);
  const first = gate();
  const order: string[] = [];
  const ask = (lane: string, name: string) => semaphore.hold(lane, async () => void order.push(name));
  const holding = semaphore.hold('ada', () => first.promise);
  const asked = [
    ...Array.from({ length: 5 }, (_, number) => ask('ada', `ada ${number}`)),
    ask('bob', 'bob 0'),
    ask('bob', 'bob 1'),
    ask('carol', 'carol 0'),
  ];
  first.resolve();
  await Promise.all([holding, ...asked]);
  expect(order).toEqual(['ada 0', 'bob 0', 'carol 0', 'ada 1', 'bob 1', 'ada 2', 'ada 3', 'ada 4']);
});

test('semaphore: too many that wait in one lane are reported at once, and another lane still has room', async () => {
  const semaphore = new FairSemaphore(1);
  const first = gate();
  const holding = semaphore.hold('ada', () => first.promise);
  const waiting = Array.from({ length: 4_096 }, () => semaphore.hold('ada', async () => {}));
  await expectFault(
    semaphore.hold('ada', async () => {}),
    'store_unavailable',
  );
  const bob = semaphore.hold('bob', async () => 'served');
  first.resolve();
  expect(await bob).toBe('served');
  await Promise.all([holding, ...waiting]);
  await semaphore.empty();
});

test('semaphore: one that fails gives its slot free', async () => {
  const semaphore = new FairSemaphore(1);
  await expect(semaphore.hold('ada', () => Promise.reject(new Error('lost')))).rejects.toThrow('lost');
  expect(await semaphore.hold('ada', async () => 'served')).toBe('served');
});

test('lanes: what an account asks for is done in its order, what others put there has its turn between', () => {
  const lanes = new Lanes<string>(10);
  const isWork = (item: string) => item.startsWith('change') || item.startsWith('event');
  const isAttempt = (item: string) => item.startsWith('attempt');
  for (const item of ['attempt 0', 'change 0', 'attempt 1']) lanes.push(7, item);
  for (const item of ['event 0', 'event 1']) lanes.push(7, item, true);
  const takeAttempts = () => lanes.takeAll(isAttempt, 10).flatMap((taken) => done(taken));
  const takeWorks = () => done(lanes.takeOne(isWork, () => 1));
  expect(takeAttempts()).toEqual(['attempt 0']);
  // The change comes first, whatever else is wanted; the events pass it, and it passes them.
  expect(takeAttempts()).toEqual([]);
  expect(takeWorks()).toEqual(['event 0']);
  expect(takeWorks()).toEqual(['change 0']);
  expect(takeAttempts()).toEqual(['attempt 1']);
  expect(takeWorks()).toEqual(['event 1']);
  expect([takeWorks(), lanes.size]).toEqual([[], 0]);
});

function done(taken: { items: readonly string[]; done(): void } | undefined): readonly string[] {
  taken?.done();
  return taken?.items ?? [];
}

test('questions that come while others are answered are answered together, a bounded number at once', async () => {
  const first = gate();
  const answered: (readonly number[])[] = [];
  let turn: Promise<void> = first.promise;
  const coalescer = new Coalescer<number, string>(4, (take) => {
    const answer = turn.then(() => {
      const questions = take();
      answered.push(questions);
      return questions.map(String);
    });
    turn = answer.then(() => {});
    return answer;
  });
  const asked = Array.from({ length: 9 }, (_, number) => coalescer.ask(number % 2, number));
  expect(coalescer.waiting).toBe(9);
  first.resolve();
  expect(await Promise.all(asked)).toEqual(Array.from({ length: 9 }, (_, number) => String(number)));
  expect(answered.map(({ length }) => length)).toEqual([4, 4, 1]);
});

test('a question that the database does not take fails alone', async () => {
  const coalescer = new Coalescer<number, number>(8, async (take) => {
    const questions = take();
    if (questions.includes(5)) throw Object.assign(new Error('invalid byte sequence'), { code: '22021' });
    return questions;
  });
  const asked = await Promise.allSettled(Array.from({ length: 8 }, (_, number) => coalescer.ask(0, number)));
  expect(asked.map(({ status }) => status)).toEqual(
    Array.from({ length: 8 }, (_, number) => (number === 5 ? 'rejected' : 'fulfilled')),
  );
});

test('lanes: what is set aside comes first again, alone, until its lane is let go', () => {
  const lanes = new Lanes<string>(10);
  const any = () => true;
  for (const item of ['a0', 'a1']) lanes.push('a', item);
  lanes.push('b', 'b0');
  const [a, b] = lanes.takeAll(any, 10);
  b?.done();
  lanes.push('a', 'a2');
  // Its locks were had, so the next ones could come; then something else was held.
  a?.done();
  a?.setAside();
  lanes.push('b', 'b1');
  expect(lanes.size).toBe(4);
  expect(lanes.takeAll(any, 10).flatMap((taken) => done(taken))).toEqual(['b1']);
  expect(lanes.takeOne(any, () => 10)).toBeUndefined();
  expect(done(lanes.takeOne(any, () => 2, true))).toEqual(['a0', 'a1']);
  lanes.letGo('a');
  expect(lanes.takeAll(any, 10).flatMap((taken) => done(taken))).toEqual(['a2']);
  expect(lanes.size).toBe(0);
});
