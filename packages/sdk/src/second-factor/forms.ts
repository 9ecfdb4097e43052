/** What the forms of a page send. */

/** A code or a recovery code. */
export interface ShownProof {
  readonly token?: string;
  readonly recoveryCode?: string;
}

export function fieldsOf(body: unknown): Readonly<Record<string, unknown>> {
  return typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {};
}

/** Whether a form sent something in the place of a code. */
export function hasCode({ token, recoveryCode, proof }: Readonly<Record<string, unknown>>): boolean {
  return [token, recoveryCode, proof].some((one) => one !== undefined);
}

/** The code or the recovery code that a form sent; null: neither, or both. */
export function shownFactor(body: unknown): ShownProof | null {
  const { token, recoveryCode } = fieldsOf(body);
  if ((token === undefined) === (recoveryCode === undefined)) return null;
  if (recoveryCode === undefined) {
    const code = codeOf(token);
    return code === null ? null : { token: code };
  }
  const fits = typeof recoveryCode === 'string' && recoveryCode.length > 0 && recoveryCode.length <= 64;
  return fits ? { recoveryCode } : null;
}

/** The digits of a code as apps show it, with spaces; null: it is none. */
export function codeOf(typed: unknown): string | null {
  const digits = typeof typed === 'string' ? typed.replaceAll(/[\s-]/g, '') : '';
  return /^(?:[0-9]{6}|[0-9]{8})$/.test(digits) ? digits : null;
}
