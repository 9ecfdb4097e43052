import type { Format } from '../format.ts';
import { Collector, type Draft } from '../reading/collector.ts';
import { algorithmOf, dateOf, digitsOf, periodOf, type Row, textOf } from '../reading/values.ts';
import { yamlRecords } from '../reading/yaml.ts';
import { decodeBase64, Refusal, readSecret } from '../secret-text.ts';

/**
 * `authelia storage user totp export` (YAML). Its list of maps of plain values is all of YAML that is read here; what
 * else YAML can do is refused. Source: Authelia's schema of the export. Its `secret` is base32.
 */
export const authelia: Format = {
  name: 'authelia',
  title: 'Authelia (YAML)',
  matches: ({ text }) => text !== null && /^totp_configurations:/m.test(text.slice(0, 65_536)),
  parse({ text }) {
    const collector = new Collector('authelia');
    for (const record of yamlRecords(text ?? '')) {
      const place = `line ${record.line}`;
      if ('values' in record) collector.add(place, () => draftOf(record.values));
      else
        collector.refuse(place, 'The line is not a plain value of YAML.', 'Export it again with Authelia.');
    }
    return collector.done();
  },
};

function draftOf(row: Row): Draft {
  const clientId = textOf(row.username);
  if (clientId === '') throw new Refusal('The configuration has no username.', { field: 'username' });
  const secret = textOf(row.secret);
  if (/^[&*!|>{[]/.test(secret))
    throw new Refusal('The secret is not a plain value of YAML.', { field: 'secret' });
  const used = dateOf(row.last_used_at);
  const period = periodOf(row.period);
  return {
    clientId,
    label: clientId,
    issuer: textOf(row.issuer),
    algorithm: algorithmOf(row.algorithm),
    digits: digitsOf(row.digits),
    period,
    secret: readSecret(inner(secret)),
    createdAt: dateOf(row.created_at),
    // The time and not the step was kept; with the code of the step after it, too, none that was used can be used again.
    lastUsedStep:
      used === undefined ? undefined : Math.max(0, Math.floor(Date.parse(used) / 1_000 / period) + 1),
  };
}

/** Versions differ in whether the base32 text is written as it is or as the base64 of it. */
function inner(secret: string): string {
  if (/^[A-Z2-7]+=*$/.test(secret)) return secret;
  const bytes = decodeBase64(secret);
  const text = bytes === null ? '' : new TextDecoder().decode(bytes);
  return /^[A-Z2-7]{16,}=*$/.test(text) ? text : secret;
}
