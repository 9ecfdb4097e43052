import { hostname } from 'node:os';
import { EventFeed, type EventFeedParts } from '../../background/feeds/event-feed.ts';
import type { EventSink } from '../../background/feeds/event-sink.ts';
import { FileSink } from '../../background/feeds/file-sink.ts';
import { SyslogSink } from '../../background/feeds/syslog-sink.ts';
import type { Config } from '../../config/schema.ts';
import { type FeedFigures, type FeedName, noFeedFigures } from '../../domain/feeds/ports.ts';

/** The receivers of events that the settings name, each with what is counted of it. */
export function eventFeeds(config: Config, parts: Omit<EventFeedParts, 'sink' | 'figures'>) {
  const figures: Partial<Record<FeedName, FeedFigures>> = {};
  const feeds = sinksOf(config).map((sink) => {
    const own = noFeedFigures();
    figures[sink.feed] = own;
    return new EventFeed({ ...parts, sink, figures: own });
  });
  return {
    figures,
    /** @param onNotice gets what the operator should know of the settings */
    start(onNotice: (message: string) => void) {
      if (config.syslog?.tls === false)
        onNotice(
          'KANDA_SYSLOG begins with tcp://: events are sent without encryption, and anyone on the way can read and change them. Use tls:// unless the receiver is on this machine',
        );
      // A flag of `kanda serve` is unknown to other commands, so this is no fault of the settings.
      if (
        config.syslog === null &&
        (config.syslogCa ?? config.syslogCertificate ?? config.syslogKey) !== null
      )
        onNotice(
          'KANDA_SYSLOG_CA, KANDA_SYSLOG_CERTIFICATE and KANDA_SYSLOG_KEY do nothing without KANDA_SYSLOG: no events are sent',
        );
      for (const feed of feeds) feed.start();
    },
    /** The store can be closed afterwards. */
    stop: () => Promise.all(feeds.map((feed) => feed.stop())),
  };
}

function sinksOf(config: Config): EventSink[] {
  const { syslog, syslogCa: ca, syslogCertificate: certificate, syslogKey: key } = config;
  const { eventFile, eventFileSize } = config;
  return [
    ...(syslog === null ? [] : [new SyslogSink(syslog, { ca, certificate, key }, hostname())]),
    ...(eventFile === null ? [] : [new FileSink(eventFile, eventFileSize)]),
  ];
}
