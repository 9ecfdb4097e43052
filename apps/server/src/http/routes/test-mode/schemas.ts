import { Type } from 'typebox';
import { MAX_OFFSET_MS } from '../../../domain/test-mode/test-clock.ts';
import { named, Timestamp } from '../schemas.ts';

export const AdvanceSeconds = Type.Integer({
  minimum: 1,
  maximum: MAX_OFFSET_MS / 1000,
  description: 'By how many seconds. A clock goes forward only.',
  examples: [30],
});

export const TestClockView = Type.Object(
  {
    now: Type.Unsafe<string>({
      ...Timestamp,
      description: 'What the clock of the test half shows, RFC 3339.',
    }),
    offsetSeconds: Type.Integer({ description: "By how many seconds it is ahead of the server's clock." }),
  },
  named('TestClock', 'The clock of the test half.', { now: '2026-01-31T09:30:30.000Z', offsetSeconds: 30 }),
);

/** @param serverNow ms, by the server's clock */
export function testClockView(serverNow: number, offsetMs: number) {
  return { now: new Date(serverNow + offsetMs).toISOString(), offsetSeconds: offsetMs / 1000 };
}
