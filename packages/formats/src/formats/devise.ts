import type { Format } from '../format.ts';
import { Collector, type Entry, Skip } from '../reading/collector.ts';
import { dateOf, firstText, isAbsent, type Row, truth, wholeNumber } from '../reading/values.ts';
import { Refusal, readSecret } from '../secret-text.ts';

/**
 * Users of a Rails application with devise-two-factor, `otp_secret` decrypted by it (a method of the model in version
 * 4, a column in version 5). Backup codes are kept as bcrypt hashes.
 *
 * `consumed_timestep` is the step at which a code was accepted, and the code may have been that of the step after it,
 * from a phone that is ahead: so the step after it counts as used, too.
 */
export const devise: Format = {
  name: 'devise',
  title: 'devise-two-factor: users (JSON, NDJSON, CSV)',
  entries: 'rows',
  matches: ({ firstRow }) =>
    firstRow !== null &&
    ('encrypted_otp_secret' in firstRow ||
      ('otp_secret' in firstRow &&
        ('consumed_timestep' in firstRow || 'otp_required_for_login' in firstRow))),
  parse(input) {
    const collector = new Collector('devise');
    for (const { place, row } of input.rows()) collector.add(place, (entry) => draftOf(row, entry));
    return collector.done();
  },
};

function draftOf(row: Row, entry: Entry) {
  if (truth(row.otp_required_for_login) === false) throw new Skip('The user has no second factor in use.');
  const secret = firstText(row.otp_secret);
  const encrypted = !isAbsent(row.encrypted_otp_secret) || secret.startsWith('{"p":');
  if (encrypted && (secret === '' || secret.startsWith('{'))) {
    throw new Refusal("The secret is still encrypted with the application's key.", {
      field: 'otp_secret',
      code: 'encrypted',
      action: 'Export user.otp_secret from the Rails console, which decrypts it.',
    });
  }
  if (secret === '') throw new Skip('The user has no second factor.');
  if (!isAbsent(row.otp_backup_codes) && String(row.otp_backup_codes) !== '') {
    entry.note(
      'devise-two-factor keeps backup codes as hashes, which cannot be moved.',
      'Make new ones for this user.',
    );
  }
  const used = row.consumed_timestep;
  const clientId = firstText(row.id, row.email);
  return {
    clientId,
    label: firstText(row.email, row.username, clientId),
    issuer: firstText(row.issuer),
    secret: readSecret(secret),
    lastUsedStep: isAbsent(used)
      ? undefined
      : wholeNumber(used, 'consumed_timestep', { min: 0, max: Number.MAX_SAFE_INTEGER - 1 }) + 1,
    createdAt: dateOf(row.created_at),
  };
}
