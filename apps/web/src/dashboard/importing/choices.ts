import type { MappedField, NamingRules, ParseOptions, SecretEncoding } from '@kanda/formats';
import type { Conflicts } from './send.ts';

/** How a file is read: the same choices as those of `kanda import`. */
export interface ReadChoices {
  readonly format: string;
  readonly password: string;
  /** Of a PSKC file: hex or base64. */
  readonly key: string;
  readonly map: Readonly<Partial<Record<MappedField, string>>>;
  readonly secretEncoding: SecretEncoding;
  readonly allowMissingMac: boolean;
}

export const AS_IT_IS: ReadChoices = {
  format: 'auto',
  password: '',
  key: '',
  map: {},
  secretEncoding: 'base32',
  allowMissingMac: false,
};

export interface SendChoices {
  readonly rule: 'column' | 'label' | 'issuer:label' | 'template';
  readonly template: string;
  readonly issuer: string;
  readonly onConflict: Conflicts;
  readonly allowShortSecrets: boolean;
}

export const USUAL: SendChoices = {
  rule: 'column',
  template: 'app-{clientId}',
  issuer: '',
  onConflict: 'skip',
  allowShortSecrets: false,
};

export function rulesOf({ rule, template, issuer }: SendChoices): NamingRules {
  return { clientId: rule === 'template' ? template : rule, issuer: issuer.trim() || null };
}

export function optionsOf({
  password,
  key,
  map,
  secretEncoding,
  allowMissingMac,
}: ReadChoices): ParseOptions {
  const bytes = keyBytes(key);
  const isMapped = Object.values(map).some((column) => column !== '');
  return {
    ...(password === '' ? {} : { password }),
    ...(bytes === null ? {} : { key: bytes }),
    ...(isMapped
      ? { map: Object.fromEntries(Object.entries(map).filter(([, column]) => column !== '')) }
      : {}),
    secretEncoding,
    allowMissingMac,
  };
}

/** A key of 16 or 32 bytes, in hex or in base64; null when it is neither. */
export function keyBytes(text: string): Uint8Array | null {
  const bare = text.trim();
  if (/^(?:[0-9a-fA-F]{32}|[0-9a-fA-F]{64})$/.test(bare))
    return Uint8Array.from(bare.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(bare)) return null;
  try {
    const bytes = Uint8Array.from(atob(bare), (character) => character.charCodeAt(0));
    return bytes.length === 16 || bytes.length === 32 ? bytes : null;
  } catch {
    return null;
  }
}
