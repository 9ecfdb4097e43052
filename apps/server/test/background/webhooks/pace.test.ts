/** Seen to fail: with a pause that no stop wakes, the last of these turns came after 40 seconds. */
import { expect, test } from 'vitest';
import { Pace } from '../../../src/background/webhooks/pace.ts';

test('messages that are held back while the main thread is busy go on with the stop', async () => {
  const pace = new Pace(() => true);
  pace.start();
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  const turns = Array.from({ length: 2_000 }, () => pace.turn());
  pace.stop();
  await expect(Promise.all(turns)).resolves.toHaveLength(2_000);
});
