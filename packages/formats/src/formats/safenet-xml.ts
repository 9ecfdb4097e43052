import type { Format } from '../format.ts';
import { Collector, type Entry } from '../reading/collector.ts';
import { counterOf } from '../reading/values.ts';
import { attributeOf, childOf, childrenOf, textAt, type XmlElement } from '../reading/xml.ts';
import { Refusal, readSecret } from '../secret-text.ts';

/** Aladdin's and SafeNet's XML for eToken PASS. Source: privacyIDEA's `importotp.py`. */
export const safenetXml: Format = {
  name: 'safenet-xml',
  title: 'SafeNet eToken PASS (XML)',
  matches: ({ xml }) => typeof xml !== 'string' && xml.name === 'tokens',
  parse({ xml }) {
    const collector = new Collector('safenet-xml');
    if (typeof xml === 'string') collector.fail(xml);
    else {
      for (const [index, token] of childrenOf(xml, 'Token').entries()) {
        collector.add(`token ${index + 1}`, (entry) => draftOf(token, entry));
      }
    }
    return collector.done();
  },
};

function draftOf(token: XmlElement, entry: Entry) {
  const clientId = attributeOf(token, 'serial');
  if (clientId === '') throw new Refusal('The token has no serial.', { field: 'serial' });
  const application = childrenOf(childOf(token, 'Applications'), 'Application').find((one) =>
    childOf(one, 'Seed'),
  );
  const secret = readSecret(textAt(application, 'Seed'), 'hex');
  const algorithm = secret.bytes.length === 32 ? ('SHA256' as const) : ('SHA1' as const);
  if (algorithm !== 'SHA1') {
    entry.note(
      "The token names no hash function; SHA256 was taken, from the seed's 32 bytes.",
      'Check one code before you rely on it.',
    );
  }
  const counter = counterOf(textAt(application, 'MovingFactor'));
  const issuer = textAt(token, 'ProductName');
  return { clientId, label: clientId, issuer, type: 'hotp' as const, counter, algorithm, secret };
}
