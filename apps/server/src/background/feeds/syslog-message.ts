/** An event as a message of RFC 5424, and as a frame of RFC 5425. */
import type { FedEvent } from '../../domain/feeds/fed-event.ts';
import { printable } from '../../domain/log/events.ts';

/** RFC 5424 §6.2.1: log audit. */
const FACILITY = 13;
const ALERT = 1;
const NOTICE = 5;
const INFORMATIONAL = 6;
/** RFC 5612: the number for those that have none of their own. */
const SD_ID = 'kanda@32473';
const NIL = '-';
const MAX_HOSTNAME = 255;

/**
 * Everything is in the structured data; a value that is null has no parameter. The message is ASCII, so it needs no byte
 * order mark. No part of it is of this process, so an event that is sent again by the same host is the same, byte for byte.
 */
export function syslogMessage({ messageId, account, isTest, event }: FedEvent, hostname: string): string {
  const { id, event: name, outcome, reason, clientId, actor, ip, userAgent, requestId, createdAt } = event;
  const parameters = Object.entries({
    id: messageId,
    account,
    test: isTest ? 'true' : null,
    sequence: String(id),
    outcome,
    reason,
    clientId,
    actor,
    ip,
    userAgent,
    requestId,
  })
    .map(([key, value]) => (value === null ? '' : ` ${key}="${escaped(value)}"`))
    .join('');
  const header = [
    `<${FACILITY * 8 + severityOf(name, outcome)}>1`,
    // A clock may be set beyond what RFC 3339 can say.
    /^\d{4}-/.test(createdAt) ? createdAt : NIL,
    hostOf(hostname),
    'kanda',
    NIL,
    name,
  ].join(' ');
  return `${header} [${SD_ID}${parameters}] ${name} ${outcome}`;
}

/** RFC 5425 §4.3: the length in octets, a space, the message. */
export function octetCounted(message: string): Buffer {
  const bytes = Buffer.from(message);
  return Buffer.concat([Buffer.from(`${bytes.length} `), bytes]);
}

function severityOf(event: string, outcome: string): number {
  if (event.startsWith('alarm.')) return ALERT;
  return outcome === 'success' ? INFORMATIONAL : NOTICE;
}

/** RFC 5424 §6.3.3; control characters were made visible, or are here: many receivers end a message at one. */
function escaped(value: string): string {
  return printable(value, value.length).replace(/["\\\]]/g, '\\$&');
}

function hostOf(hostname: string): string {
  const name = hostname.replace(/[^!-~]/g, '').slice(0, MAX_HOSTNAME);
  return name === '' ? NIL : name;
}
