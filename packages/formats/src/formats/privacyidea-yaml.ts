import type { Format } from '../format.ts';
import { Collector, type Draft, type Entry, Skip } from '../reading/collector.ts';
import { privacyIdeaState } from '../reading/privacyidea.ts';
import {
  algorithmOf,
  counterOf,
  digitsOf,
  firstText,
  periodOf,
  type Row,
  textOf,
  truth,
} from '../reading/values.ts';
import { yamlRecords } from '../reading/yaml.ts';
import { Refusal, readSecret } from '../secret-text.ts';

/**
 * `pi-tokenjanitor find export --format yaml` of privacyIDEA, the one of its exports that has owners, hash functions
 * and what was used. Source: that command and `TokenClass._to_dict`.
 */
export const privacyIdeaYaml: Format = {
  name: 'privacyidea-yaml',
  title: 'privacyIDEA: find export --format yaml',
  matches: ({ text }) =>
    text !== null &&
    /^ *(?:- )? *otpkey: /m.test(text.slice(0, 65_536)) &&
    /^ *(?:- )? *serial: /m.test(text.slice(0, 65_536)),
  parse({ text }) {
    const collector = new Collector('privacyidea-yaml');
    const seen = new Set<string>();
    for (const record of yamlRecords(text ?? '')) {
      const place = `line ${record.line}`;
      if (!('values' in record)) {
        collector.refuse(place, 'The line is not as privacyIDEA writes it.');
        continue;
      }
      collector.add(place, (entry) => {
        const draft = draftOf(record.values, entry);
        const additional = seen.has(draft.clientId);
        seen.add(draft.clientId);
        return { ...draft, additional };
      });
    }
    return collector.done();
  },
};

function draftOf(token: Row, entry: Entry): Draft & { readonly clientId: string } {
  const type = textOf(token.type).toLowerCase();
  if (type !== 'totp' && type !== 'hotp') throw new Skip('The token is neither TOTP nor HOTP.');
  if (truth(token.revoked) === true) throw new Skip('The token is revoked.');
  const serial = textOf(token.serial);
  const [, login = ''] = /^(.*)@[^@]*$/.exec(textOf(token.owner)) ?? [];
  if (login === '') entry.note('The token has no owner; its serial is taken for the client.');
  const clientId = firstText(login, serial);
  if (clientId === '') throw new Refusal('The token has neither an owner nor a serial.', { field: 'serial' });
  const period = periodOf(token['info_list.timeStep']);
  return {
    clientId,
    label: clientId,
    type,
    algorithm: algorithmOf(token['info_list.hashlib']),
    digits: digitsOf(token.otplen),
    ...(type === 'totp'
      ? { period, ...privacyIdeaState(period, token.counter, token['info_list.timeShift']) }
      : { counter: counterOf(token.counter) }),
    secret: readSecret(textOf(token.otpkey), 'hex'),
    name: serial,
    disabled: truth(token.active) === false,
  };
}
