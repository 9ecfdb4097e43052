import type { Format } from '../format.ts';
import { Collector, type Draft, type Entry } from '../reading/collector.ts';
import { algorithmOf, firstText, periodOf, type Row, textOf } from '../reading/values.ts';
import { Refusal, readSecret } from '../secret-text.ts';

/**
 * The CSV file of hardware OATH tokens that Microsoft Entra takes: `upn,serial number,secret key,time
 * interval,manufacturer,model`. Source: Microsoft's documentation. Its tokens are TOTP with 6 digits.
 */
export const entraCsv: Format = {
  name: 'entra-csv',
  title: 'Microsoft Entra: hardware OATH tokens (CSV)',
  entries: 'rows',
  matches: ({ headings }) => headings.includes('upn') && headings.includes('secret key'),
  parse(input) {
    const collector = new Collector('entra-csv');
    for (const { place, row } of input.rows())
      collector.add(place, (entry) => draftOf(lowerCased(row), entry));
    return collector.done();
  },
};

function lowerCased(row: Row): Row {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name.toLowerCase(), value]));
}

function draftOf(row: Row, entry: Entry): Draft {
  const clientId = firstText(row.upn, row['serial number']);
  if (clientId === '') throw new Refusal('The row has neither a upn nor a serial number.', { field: 'upn' });
  const secret = readSecret(textOf(row['secret key']));
  const hash = row['hash function'] ?? row.hashfunction;
  if (hash === undefined) entry.note('The file names no hash function, so it is SHA1.');
  const issuer = firstText(row.manufacturer);
  const name = firstText(row['serial number']);
  return {
    clientId,
    label: clientId,
    issuer,
    algorithm: algorithmOf(hash),
    period: periodOf(row['time interval']),
    secret,
    name,
  };
}
