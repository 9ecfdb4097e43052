/** The settings of the logs: how long they are kept, and where they are sent. */
import { Secret } from '../domain/secret.ts';
import { parseFilePath, parseSink, parseSyslog, parseWitnesses } from './addresses.ts';
import { BadValue, optional, withDefault } from './setting.ts';
import { DAY_SECONDS, duration, parseHeaders, parseSize, quote, secondsWithin } from './values.ts';

export const LOG_SETTINGS = {
  logRetentionDays: optional({
    name: 'KANDA_LOG_RETENTION',
    flag: 'log-retention',
    description: 'How long events of the access log are kept, in days; if not set, forever.',
    example: '90d',
    parse: (text) => {
      const days = duration(text, 'd') / DAY_SECONDS;
      if (days < 1 || days > 36_500) throw new BadValue(`is ${quote(text)}, not from 1d to 36500d`);
      return days;
    },
  }),
  checkpointIntervalSeconds: withDefault({
    name: 'KANDA_CHECKPOINT_INTERVAL',
    flag: 'checkpoint-interval',
    description: 'How soon after an event a signed checkpoint covers it, from 1s to 1d.',
    default: '1m',
    example: '10s',
    parse: (text) => secondsWithin(text, 'smhd', 1, DAY_SECONDS, '1s to 1d'),
  }),
  checkpointSink: optional({
    name: 'KANDA_CHECKPOINT_SINK',
    flag: 'checkpoint-sink',
    description:
      'Where each checkpoint is sent: an http(s) URL that accepts it as the body of a POST, or the path of a file to append to. ' +
      "Best in another machine's hands.",
    example: 'https://witness.example.com/kanda',
    parse: parseSink,
  }),
  checkpointSinkHeaders: optional({
    name: 'KANDA_CHECKPOINT_SINK_HEADERS',
    flag: null,
    description:
      'Headers for the URL of KANDA_CHECKPOINT_SINK, such as a token: name=value, separated by commas, percent-encoded.',
    example: 'authorization=Bearer%20token',
    parse: (text) => new Secret(parseHeaders(text)),
  }),
  checkpointWitnesses: withDefault({
    name: 'KANDA_CHECKPOINT_WITNESSES',
    flag: 'checkpoint-witnesses',
    description:
      'Witnesses that cosign each checkpoint (`kanda witness`): verifier key, a space, and URL; several with commas between.',
    default: '',
    example: 'witness.example.com/kanda+1f0c2a3b+BKx… https://witness.example.com/',
    parse: parseWitnesses,
  }),
  syslog: optional({
    name: 'KANDA_SYSLOG',
    flag: 'syslog',
    description:
      'A syslog receiver (RFC 5424 over TLS, RFC 5425) that gets the events of all logs: tls://host, with another port than 6514 tls://host:port. ' +
      'tcp://host:port sends without TLS, for a receiver on this machine.',
    example: 'tls://siem.example.com:6514',
    parse: parseSyslog,
  }),
  syslogCa: optional({
    name: 'KANDA_SYSLOG_CA',
    flag: 'syslog-ca',
    description:
      "The path of a PEM file with the authorities of the syslog receiver's certificate; if not set, those that Node knows.",
    example: '/etc/kanda/siem-ca.pem',
    parse: parseFilePath,
  }),
  syslogCertificate: optional({
    name: 'KANDA_SYSLOG_CERTIFICATE',
    flag: 'syslog-certificate',
    description: 'The path of a PEM file with the certificate that Kanda shows to the syslog receiver.',
    example: '/etc/kanda/siem-client.pem',
    parse: parseFilePath,
  }),
  syslogKey: optional({
    name: 'KANDA_SYSLOG_KEY',
    flag: 'syslog-key',
    description: 'The path of a PEM file with the key of KANDA_SYSLOG_CERTIFICATE.',
    example: '/etc/kanda/siem-client.key',
    parse: parseFilePath,
  }),
  eventFile: optional({
    name: 'KANDA_EVENT_FILE',
    flag: 'event-file',
    description: 'The path of a file that gets the events of all logs, one line of JSON each.',
    example: '/var/log/kanda/events.ndjson',
    parse: parseFilePath,
  }),
  eventFileSize: withDefault({
    name: 'KANDA_EVENT_FILE_SIZE',
    flag: 'event-file-size',
    description:
      'At which size another KANDA_EVENT_FILE is begun and nine older ones are kept, from 1MB to 999TB; off: logrotate or the like sees to that.',
    default: 'off',
    example: '100MB',
    parse: parseSize,
  }),
};
