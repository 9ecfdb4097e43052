import type { Secret } from '../secret.ts';

/** Codes to be shown once, and the MACs that are stored. */
export interface FreshCodes {
  readonly codes: readonly Secret<string>[];
  readonly macs: readonly Uint8Array[];
}

/** Makes `count` codes, each with its MAC. */
export function freshCodes(
  count: number,
  create: () => Secret<string>,
  macOf: (code: Secret<string>) => Uint8Array | null,
): FreshCodes {
  const codes = Array.from({ length: count }, create);
  const macs = codes.map((code) => {
    const mac = macOf(code);
    if (mac === null) throw new TypeError('a fresh recovery code is not of the shape of one');
    return mac;
  });
  return { codes, macs };
}
