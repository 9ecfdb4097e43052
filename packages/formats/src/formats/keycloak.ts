import type { Format } from '../format.ts';
import { Collector, type Draft, type Entry } from '../reading/collector.ts';
import {
  algorithmOf,
  counterOf,
  dateOf,
  digitsOf,
  firstText,
  isRow,
  nestedJson,
  periodOf,
  type Row,
  rowOf,
  textOf,
  typeOf,
} from '../reading/values.ts';
import { Refusal, readSecret } from '../secret-text.ts';

/**
 * A realm export of Keycloak (`kc.sh export --users same_file` or `different_files`). Source: `OTPCredentialData` and
 * `OTPSecretData` of keycloak-server-spi. Without `secretEncoding` the secret is raw text (keycloak#9434).
 */
export const keycloak: Format = {
  name: 'keycloak',
  title: 'Keycloak realm export (JSON)',
  matches: ({ json }) => usersOf(json) !== null,
  parse({ json }) {
    const collector = new Collector('keycloak');
    const issuer = isRow(json) ? firstText(json.displayName, json.realm) : '';
    for (const [index, user] of (usersOf(json) ?? []).entries()) {
      const credentials =
        isRow(user) && Array.isArray(user.credentials) ? (user.credentials as unknown[]) : [];
      if (isRow(user)) readUser(collector, `users[${index}]`, user, credentials, issuer);
    }
    return collector.done();
  },
};

function usersOf(json: unknown): readonly unknown[] | null {
  if (!isRow(json) || !Array.isArray(json.users)) return null;
  const users = json.users as unknown[];
  const known = 'realm' in json || users.some((user) => isRow(user) && Array.isArray(user.credentials));
  return known ? users : null;
}

function readUser(
  collector: Collector,
  at: string,
  user: Row,
  credentials: readonly unknown[],
  issuer: string,
): void {
  let taken = 0;
  for (const [index, credential] of credentials.entries()) {
    if (!isRow(credential)) continue;
    const place = `${at}.credentials[${index}]`;
    const type = textOf(credential.type);
    if (type === 'recovery-authn-codes') {
      collector.note(
        place,
        'Keycloak keeps recovery codes as hashes, which cannot be moved.',
        'Make new ones for this user.',
      );
    }
    if (type !== 'otp' && type !== 'totp' && type !== 'hotp') continue;
    collector.add(place, (entry) => {
      const draft = draftOf(user, credential, issuer, entry);
      return taken++ === 0 ? draft : { ...draft, additional: true };
    });
  }
}

function draftOf(user: Row, credential: Row, issuer: string, entry: Entry): Draft {
  if (!('secretData' in credential)) {
    throw new Refusal('The credential has no secret.', {
      action: 'Export the realm with its users and their credentials.',
    });
  }
  const data = rowOf(nestedJson(credential.credentialData, 'credentialData'), 'credentialData');
  const hidden = rowOf(nestedJson(credential.secretData, 'secretData'), 'secretData');
  const encoding = textOf(data.secretEncoding).toUpperCase();
  if (encoding !== '' && encoding !== 'BASE32')
    throw new Refusal('Its secretEncoding is unknown.', { field: 'secretEncoding' });
  const value = hidden.value;
  if (typeof value !== 'string')
    throw new Refusal('The credential has no secret.', { field: 'secretData.value' });
  const clientId = firstText(user.username, user.email, user.id);
  if (user.enabled === false) entry.note('Keycloak has this user disabled.');
  return {
    clientId,
    label: firstText(user.email, user.username),
    issuer,
    type: typeOf(data.subType ?? credential.type),
    algorithm: algorithmOf(data.algorithm),
    digits: digitsOf(data.digits),
    period: periodOf(data.period || undefined),
    counter: counterOf(data.counter),
    secret: encoding === 'BASE32' ? readSecret(value) : readSecret(value, 'text'),
    createdAt: dateOf(credential.createdDate),
    name: textOf(credential.userLabel),
    disabled: user.enabled === false,
  };
}
