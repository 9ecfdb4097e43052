/** 10,000 events to a webhook, while the server that sends them is killed with messages under way. */
import { afterAll, test } from 'vitest';
import { endAll, KandaProcess } from '../support/kanda-process.ts';
import { expectAllArrive } from '../support/webhook-campaign.ts';

afterAll(endAll);

test('all arrive, in order for each client, and none is missing', async () => {
  const flags = ['--webhook-allow', '127.0.0.1', '--rate-limit', 'off'];
  let kanda = await KandaProcess.start({ flags });
  await expectAllArrive(kanda, async () => {
    await kanda.kill();
    kanda = await kanda.again();
    return kanda;
  });
});
