/**
 * What floods and outages leave in the operator's log. Seen to fail with a line for each request and a stack for each
 * failure; also without the share of each caller, with the code alone as the kind, with kinds without a bound, and with
 * a window that never ends.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { Fault, type FaultCode } from '../../../src/domain/errors.ts';
import { FailureLines } from '../../../src/http/server/failure-lines.ts';
import { RequestLines } from '../../../src/http/server/request-lines.ts';

interface Line {
  readonly fields: object;
  readonly message: string;
}

function recorder() {
  const written: Line[] = [];
  const write = (fields: object, message: string) => void written.push({ fields, message });
  return { written, info: write, error: write };
}

describe('the lines of requests', () => {
  const BOUNDS = { perSecond: 10, burst: 100, perCaller: 2 };
  let now = 0;
  const linesFor = (log = recorder()) =>
    new RequestLines<string>(
      log,
      (caller) => caller,
      () => now,
      BOUNDS,
    );
  const admitted = (lines: RequestLines<string>, caller: string, times: number) =>
    Array.from({ length: times }, () => lines.admits(caller, 200)).filter((one) => one).length;

  test('are written for each request while there are not many', () => {
    const lines = linesFor();
    for (let second = 0; second < 60; second++) {
      now += 1000;
      expect(admitted(lines, 'shop', 10)).toBe(10);
    }
  });

  test('of calls without an error are one in three, or none, where the operator says so', () => {
    const chosen = (oneIn: number | null) =>
      new RequestLines<string>(recorder(), String, () => now, BOUNDS, oneIn);
    const third = chosen(3);
    expect(Array.from({ length: 7 }, () => third.admits('shop', 200))).toEqual([
      ...[true, false, false],
      ...[true, false, false],
      true,
    ]);
    expect([400, 404, 429, 500].every((status) => third.admits('shop', status))).toBe(true);
    const refused = chosen(null);
    expect([200, 201, 204, 304, 399].some((status) => refused.admits('shop', status))).toBe(false);
    expect([400, 503].every((status) => refused.admits('shop', status))).toBe(true);
  });

  test('that the operator chose to leave out are not told as left out', () => {
    const log = recorder();
    const lines = new RequestLines<string>(log, String, () => now, BOUNDS, null);
    lines.admits('shop', 200);
    lines.end();
    expect(log.written).toEqual([]);
  });

  test('are a few a second for each caller in a flood, so that others are seen beside it', () => {
    const lines = linesFor();
    expect(admitted(lines, 'flood', 10_000)).toBe(51 + 2);
    expect(admitted(lines, 'shop', 1)).toBe(1);
    now += 1000;
    expect(admitted(lines, 'flood', 10_000)).toBeLessThanOrEqual(BOUNDS.perSecond + 2);
    expect(admitted(lines, 'shop', 1)).toBe(1);
  });

  test('are bounded, however many callers there are and however long it goes on', () => {
    const lines = linesFor();
    let written = 0;
    for (let second = 0; second < 60; second++) {
      for (let caller = 0; caller < 500; caller++) written += admitted(lines, `${second} ${caller}`, 3);
      now += 1000;
    }
    expect(written).toBeLessThanOrEqual(BOUNDS.burst + 60 * BOUNDS.perSecond);
  });

  test('that are left out are counted by status, in one line a second', async () => {
    const log = recorder();
    const lines = linesFor(log);
    const all = Array.from({ length: 1_000 }, (_, number) => lines.admits('flood', number % 2 ? 200 : 401));
    expect(log.written).toEqual([]);
    await sleep(1_100);
    expect(log.written).toEqual([
      {
        fields: { leftOut: all.filter((one) => !one).length, byStatus: { 200: 474, 401: 473 } },
        message: 'request lines were left out',
      },
    ]);
    lines.admits('flood', 503);
    lines.end();
    expect(log.written[1]?.fields).toEqual({ leftOut: 1, byStatus: { 503: 1 } });
    lines.end();
    expect(log.written).toHaveLength(2);
  });
});

describe('the lines of failures', () => {
  const away = (message = 'the database does not answer', code: FaultCode = 'store_unavailable') =>
    new Fault(code, 'Try again.', { cause: new Error(message) });

  test('are one for each of the first, with its cause, and then one for all of a second, without a stack', () => {
    const log = recorder();
    const lines = new FailureLines(log);
    for (let number = 0; number < 10_000; number++) lines.write(away(), { requestId: `req_${number}` });
    lines.end();
    expect(log.written).toHaveLength(6);
    expect(log.written[0]).toEqual({
      fields: { requestId: 'req_0', code: 'store_unavailable', cause: expect.any(Error) },
      message: 'a request failed',
    });
    expect(log.written[5]).toEqual({
      fields: {
        code: 'store_unavailable',
        reason: 'the database does not answer',
        count: 9_995,
        lastRequestId: 'req_9999',
      },
      message: 'requests failed',
    });
  });

  test('tell kinds apart, so that one does not hide another', () => {
    const log = recorder();
    const lines = new FailureLines(log);
    for (let number = 0; number < 100; number++) lines.write(away(), { requestId: 'flood' });
    lines.write(away('a bug', 'internal'), { requestId: 'req_1' });
    expect(log.written.at(-1)?.fields).toMatchObject({ requestId: 'req_1', code: 'internal' });
    lines.write(away('the disk is full'), { requestId: 'req_2' });
    expect(log.written.at(-1)?.fields).toMatchObject({ requestId: 'req_2', code: 'store_unavailable' });
  });

  test('are bounded when each failure has another cause', () => {
    const log = recorder();
    const lines = new FailureLines(log);
    for (let number = 0; number < 10_000; number++) {
      lines.write(away(`row ${number} is gone`), { requestId: 'req' });
    }
    lines.end();
    expect(log.written.length).toBeLessThan(150);
  });

  test('come with their causes again after a minute', () => {
    const log = recorder();
    let now = 0;
    const lines = new FailureLines(log, () => now);
    for (let number = 0; number < 10; number++) lines.write(away(), { requestId: 'req' });
    now += 60_000;
    lines.write(away(), { requestId: 'later' });
    expect(log.written.at(-1)).toMatchObject({ fields: { requestId: 'later' }, message: 'a request failed' });
  });
});
