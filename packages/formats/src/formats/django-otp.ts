import type { Format } from '../format.ts';
import { Collector, type Draft, type Entry, Skip } from '../reading/collector.ts';
import {
  counterOf,
  dateOf,
  digitsOf,
  firstText,
  isRow,
  periodOf,
  type Row,
  textOf,
  truth,
  wholeNumber,
} from '../reading/values.ts';
import { Refusal, readSecret } from '../secret-text.ts';

/**
 * `manage.py dumpdata otp_totp otp_hotp otp_static auth.user` of django-otp. Keys are hex; `last_t` is the last step
 * that was used, and `drift` counts steps. A device with another `t0` than 0 counts its steps from another time.
 */
export const djangoOtp: Format = {
  name: 'django-otp',
  title: 'django-otp: dumpdata (JSON)',
  matches: ({ json }) =>
    Array.isArray(json) &&
    json.some(
      (row) => isRow(row) && isRow(row.fields) && /^otp_(?:totp|hotp|static)\./.test(textOf(row.model)),
    ),
  parse({ json }) {
    const collector = new Collector('django-otp');
    const rows = (Array.isArray(json) ? (json as unknown[]) : []).filter(isRow);
    const users = namesOf(rows);
    const codes = codesByUser(rows);
    const seen = new Set<string>();
    for (const [index, row] of rows.entries()) {
      const type = { 'otp_totp.totpdevice': 'totp', 'otp_hotp.hotpdevice': 'hotp' }[textOf(row.model)];
      if (type !== 'totp' && type !== 'hotp') continue;
      collector.add(`entry ${index + 1}`, (entry) => {
        const fields = isRow(row.fields) ? row.fields : {};
        const user = userKey(fields.user);
        const draft = draftOf(type, fields, users.get(user) ?? user, entry);
        const additional = seen.has(user);
        seen.add(user);
        return additional ? { ...draft, additional } : { ...draft, recoveryCodes: codes.get(user) };
      });
    }
    return collector.done();
  },
};

function userKey(user: unknown): string {
  // With --natural-foreign a user is a list of its natural key.
  return Array.isArray(user) ? textOf(user[0]) : textOf(user);
}

function namesOf(rows: readonly Row[]): Map<string, string> {
  const users = rows.filter(
    (row) => isRow(row.fields) && ('username' in row.fields || 'email' in row.fields),
  );
  return new Map(
    users.map(({ pk, fields }) => [textOf(pk), firstText((fields as Row).username, (fields as Row).email)]),
  );
}

function codesByUser(rows: readonly Row[]): Map<string, string[]> {
  const devices = new Map<string, string>();
  for (const { model, pk, fields } of rows) {
    if (model === 'otp_static.staticdevice' && isRow(fields) && truth(fields.confirmed) !== false) {
      devices.set(textOf(pk), userKey(fields.user));
    }
  }
  const codes = new Map<string, string[]>();
  for (const { model, fields } of rows) {
    if (model !== 'otp_static.statictoken' || !isRow(fields)) continue;
    const user = devices.get(textOf(fields.device));
    const code = textOf(fields.token);
    if (user !== undefined && code !== '') codes.set(user, [...(codes.get(user) ?? []), code]);
  }
  return codes;
}

function draftOf(type: 'totp' | 'hotp', fields: Row, user: string, entry: Entry): Draft {
  if (truth(fields.confirmed) === false) throw new Skip('The device was never confirmed by a first code.');
  if (user === '') throw new Refusal('The device has no user.', { field: 'user' });
  const shared = {
    clientId: user,
    label: user,
    type,
    digits: digitsOf(fields.digits),
    secret: readSecret(textOf(fields.key), 'hex'),
    createdAt: dateOf(fields.created_at),
    name: textOf(fields.name),
  };
  if (type === 'hotp') return { ...shared, counter: counterOf(fields.counter) };
  if (textOf(fields.t0 ?? 0) !== '0') {
    throw new Refusal('The device counts its steps from another time than 1970 (t0).', {
      field: 't0',
      action: 'Enrol this user anew.',
    });
  }
  const last = wholeNumber(fields.last_t, 'last_t', { min: -1, max: Number.MAX_SAFE_INTEGER, absent: -1 });
  const driftSteps = wholeNumber(fields.drift, 'drift', { min: -1_000_000, max: 1_000_000, absent: 0 });
  if (driftSteps !== 0)
    entry.note(
      `The device's clock is ${Math.abs(driftSteps)} ${Math.abs(driftSteps) === 1 ? 'step' : 'steps'} ${driftSteps > 0 ? 'ahead' : 'behind'}.`,
    );
  return {
    ...shared,
    period: periodOf(fields.step),
    lastUsedStep: last < 0 ? undefined : last,
    driftSteps,
  };
}
