import { ClockDriftWatch } from '../../background/clock-drift-watch.ts';
import { LogKeeper } from '../../background/log-keeper.ts';
import { noFigures } from '../../background/log-keeper-parts.ts';
import { sinkOf } from '../../background/sinks.ts';
import { noWebhookFigures, WebhookRunner } from '../../background/webhooks/webhook-runner.ts';
import type { WitnessClient } from '../../background/witness-client.ts';
import { digest, type Installation } from '../../compose/installation.ts';
import type { Config } from '../../config/schema.ts';
import { nameValues } from '../../config/values.ts';
import type { Log } from '../../http/server/types.ts';
import { eventFeeds } from './event-feeds.ts';

/** What a server does besides answering calls: it works on the logs, and sends them to webhooks. */
export function workBehind(
  config: Config,
  { store, logTrees, webhookSender, clock, seen }: Installation,
  witnesses: readonly WitnessClient[],
  log: Log,
) {
  const { checkpointSink, checkpointSinkHeaders, webhooks } = config;
  const logFigures = noFigures();
  if (checkpointSink !== null) logFigures.lastSentSeconds = 0;
  const webhookFigures = noWebhookFigures();
  const { leadership } = store;
  const headers =
    checkpointSinkHeaders === null ? {} : nameValues(checkpointSinkHeaders.reveal(), 'not shown');
  const keeper = new LogKeeper({
    store,
    trees: logTrees,
    sink: checkpointSink === null ? null : sinkOf(checkpointSink, headers),
    witnesses,
    log,
    figures: logFigures,
    leadership,
  });
  const runner = new WebhookRunner({
    store,
    sender: webhookSender,
    digest,
    clock,
    log,
    figures: webhookFigures,
    leadership,
  });
  const drift = store.figures && new ClockDriftWatch(store.figures.codesAgainstClock, log);
  const feeds = eventFeeds(config, { store, digest, log, leadership });
  return {
    feedFigures: feeds.figures,
    logFigures,
    webhookFigures,
    /** @param onNotice gets what the operator should know of the settings */
    start(onNotice: (message: string) => void) {
      if (checkpointSinkHeaders !== null && /^http:/i.test(checkpointSink ?? ''))
        onNotice(
          'KANDA_CHECKPOINT_SINK begins with http://: the headers of KANDA_CHECKPOINT_SINK_HEADERS are sent without encryption, and anyone on the way can read them. Use https:// unless the sink is on this machine',
        );
      keeper.start();
      seen.start();
      drift?.start();
      feeds.start(onNotice);
      if (webhooks === 'on') runner.start();
      else log.info({}, 'No webhooks are sent, as KANDA_WEBHOOKS is off');
    },
    /** The store can be closed afterwards. */
    async stop() {
      drift?.stop();
      // What is sent last may write an event.
      await runner.stop();
      await Promise.all([keeper.stop(), feeds.stop()]);
      await seen.stop();
    },
  };
}
