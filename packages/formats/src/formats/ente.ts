import type { Format } from '../format.ts';
import { Collector } from '../reading/collector.ts';
import { isRow } from '../reading/values.ts';

/** Ente Auth's encrypted export. Its plain one is a list of otpauth:// URIs, which is a format of its own. */
export const ente: Format = {
  name: 'ente',
  title: 'Ente Auth (encrypted; only its plain text is read)',
  matches: ({ json }) => isRow(json) && 'encryptedData' in json && 'encryptionNonce' in json,
  parse() {
    const collector = new Collector('ente');
    collector.fail('Encrypted exports of Ente Auth are not read.', {
      code: 'encrypted',
      action: 'Export as plain text.',
    });
    return collector.done();
  },
};
