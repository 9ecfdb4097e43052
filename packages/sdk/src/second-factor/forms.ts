/** What the forms of a page send. */

/** A code or a recovery code. */
export interface ShownProof {
  readonly token?: string;
  readonly recoveryCode?: string;
}

/** As many characters, and not halves of some, as Kanda takes of a recovery code and of a name. */
const MAX_RECOVERY_CODE = 64;
const MAX_NAME = 64;
/** White space of any script, as it comes with a code that was copied, and hyphens. The SDKs have one list. */
const SPACES = /[\t-\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff-]/g;

export function fieldsOf(body: unknown): Readonly<Record<string, unknown>> {
  return typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {};
}

/** The code or the recovery code that a form sent; null: neither, both, or what is none. */
export function shownFactor(body: unknown): ShownProof | null {
  const { token, recoveryCode } = fieldsOf(body);
  if (isAbsent(token) === isAbsent(recoveryCode)) return null;
  if (isAbsent(recoveryCode)) {
    const code = codeOf(token);
    return code === null ? null : { token: code };
  }
  const fits = typeof recoveryCode === 'string' && Array.from(recoveryCode).length <= MAX_RECOVERY_CODE;
  return fits ? { recoveryCode } : null;
}

/** An empty field of a form is sent as no text, or not at all. */
function isAbsent(value: unknown): boolean {
  return value === undefined || value === null || value === '';
}

/** The digits of a code as apps show it, with spaces; null: it is none. */
export function codeOf(typed: unknown): string | null {
  const digits = typeof typed === 'string' ? typed.replaceAll(SPACES, '') : '';
  return /^(?:[0-9]{6}|[0-9]{8})$/.test(digits) ? digits : null;
}

/** The name of a phone, without what an `otpauth://` URL takes for the end of the issuer; '': none. */
export function nameOf(typed: unknown): string {
  const name = typeof typed === 'string' ? typed.replaceAll(':', ' ').trim() : '';
  return Array.from(name).slice(0, MAX_NAME).join('').trim();
}
