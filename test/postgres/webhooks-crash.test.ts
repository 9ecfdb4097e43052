/**
 * 10,000 events to a webhook of two nodes on PostgreSQL. The one that has the lease is killed with messages under way:
 * the other one goes on. Then the other way round.
 */
import { afterAll, test } from 'vitest';
import { endAll, KandaProcess, temporaryFolder } from '../support/kanda-process.ts';
import { usePostgres } from '../support/test-database.ts';
import { expectAllArrive } from '../support/webhook-campaign.ts';

usePostgres();
afterAll(endAll);

test('all arrive, in order for each client, and none is missing', { timeout: 400_000 }, async () => {
  const flags = ['--webhook-allow', '127.0.0.1', '--rate-limit', 'off'];
  const dataDir = temporaryFolder();
  // The first has the lease; each that is killed is started again and waits for the next turn.
  const sending = await KandaProcess.start({ dataDir, flags });
  const waiting = await KandaProcess.start({ dataDir, flags });
  const nodes = [sending, waiting];
  await expectAllArrive(sending, async () => {
    const [killed, next] = nodes.splice(0, 2);
    if (killed === undefined || next === undefined) throw new Error('there are two nodes');
    await killed.kill();
    nodes.push(next, await KandaProcess.start({ dataDir, flags }));
    return next;
  });
});
