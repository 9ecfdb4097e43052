import { answers } from '../../server/answers.ts';
import { principalOf } from '../../server/authentication.ts';
import { once } from '../../server/idempotency.ts';
import { changeOf } from '../../server/origin.ts';
import type { RouteNeeds } from '../../server/services.ts';
import type { App } from '../../server/types.ts';
import { body } from '../schemas.ts';
import { AdvanceSeconds, TestClockView, testClockView } from './schemas.ts';

/** The clock of a test half: what it shows, and setting it forward. */
export function testClock(
  app: App,
  { authenticate, clock, quotas, store }: RouteNeeds<'authenticate' | 'clock' | 'quotas', 'advanceTestClock'>,
): void {
  const shared = {
    onRequest: authenticate('totp:write'),
    config: { testOnly: true },
    url: '/api/test/clock',
  };
  const described = { tags: ['Test mode'], security: [{ bearer: ['totp:write'] }] };

  app.route({
    ...shared,
    method: 'GET',
    schema: {
      ...described,
      operationId: 'getTestClock',
      summary: 'What the clock of the test half shows',
      description: 'All that ends or is counted in the test half goes by it.',
      response: answers({ 200: TestClockView }, [400, 401, 403, 404, 503]),
    },
    async handler(request) {
      const offsetMs = principalOf(request).account.test?.offsetMs ?? 0;
      return testClockView(clock(request) - offsetMs, offsetMs);
    },
  });

  app.route({
    ...shared,
    method: 'POST',
    schema: {
      ...described,
      operationId: 'advanceTestClock',
      summary: 'Set the clock of the test half forward',
      description:
        'Codes, delays, locks, tokens, limits and times in the log of the test half follow it at once, on every node. ' +
        'It never goes back, and 100 years forward in all. A half that has used up a quota has to wait in real time.',
      body: body({ advanceSeconds: AdvanceSeconds }),
      response: answers({ 200: TestClockView }, [400, 401, 403, 404, 409, 413, 415, 503]),
    },
    async handler(request) {
      const { account } = principalOf(request);
      const made = changeOf(request, clock);
      // In the time after it, the events of the day before would no longer count.
      await quotas.assertWithin(account.id, made);
      const serverNow = made.at - (made.offsetMs ?? 0);
      const { body: view } = await once(
        request,
        made,
        (change) => store.advanceTestClock(account.id, request.body.advanceSeconds * 1000, change),
        (offsetMs) => ({ status: 200 as const, body: testClockView(serverNow, offsetMs) }),
      );
      return view;
    },
  });
}
