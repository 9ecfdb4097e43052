import type { Format } from '../format.ts';
import { fromHexText, openAesGcm, scrypt } from '../reading/ciphers.ts';
import { Collector, type Draft } from '../reading/collector.ts';
import { jsonIn, passwordRequired, passwordWrong, tooMuchWork } from '../reading/opened.ts';
import {
  algorithmOf,
  counterOf,
  digitsOf,
  isRow,
  periodOf,
  type Row,
  rowOf,
  textOf,
} from '../reading/values.ts';
import { decodeBase64, Refusal, readSecret } from '../secret-text.ts';

/**
 * Aegis' vault, plain or encrypted with a password: scrypt gives the key that opens a slot, whose key opens the
 * entries (AES-256-GCM). Source: docs/vault.md of Aegis.
 */
export const aegis: Format = {
  name: 'aegis',
  title: 'Aegis Authenticator (JSON, plain or encrypted)',
  matches: ({ json }) => isRow(json) && isRow(json.header) && 'db' in json,
  async parse({ json }, { password }) {
    const collector = new Collector('aegis');
    const vault = isRow(json) ? json : {};
    const database = typeof vault.db === 'string' ? await open(collector, vault, password) : vault.db;
    if (database === null) return collector.done();
    const entries = isRow(database) ? database.entries : undefined;
    if (!Array.isArray(entries)) collector.fail('The vault has no entries.');
    else {
      for (const [index, entry] of (entries as unknown[]).entries()) {
        collector.add(`entry ${index + 1}`, () => draftOf(rowOf(entry, 'entry')));
      }
    }
    return collector.done();
  },
};

const PASSWORD_SLOT = 1;
/** Each is tried, and each try takes a tenth of a second. */
const MAX_SLOTS = 5;

async function open(collector: Collector, vault: Row, password: string | undefined): Promise<unknown> {
  if (password === undefined) {
    passwordRequired(collector);
    return null;
  }
  const header = isRow(vault.header) ? vault.header : {};
  const slots = Array.isArray(header.slots) ? (header.slots as unknown[]) : [];
  const text = new TextEncoder().encode(password);
  for (const slot of slots
    .filter(isRow)
    .filter((one) => one.type === PASSWORD_SLOT)
    .slice(0, MAX_SLOTS)) {
    const { n, r, p } = slot as Record<string, number>;
    const salt = fromHexText(slot.salt);
    const derived =
      salt === null ? null : await scrypt(text, salt, { N: Number(n), r: Number(r), p: Number(p) });
    if (derived === null) {
      tooMuchWork(collector);
      return null;
    }
    const key = await openBox(derived, slot.key_params, fromHexText(slot.key));
    const sealed = typeof vault.db === 'string' ? decodeBase64(vault.db) : null;
    const opened = key === null ? null : await openBox(key, header.params, sealed);
    if (opened !== null) return jsonIn(opened);
  }
  passwordWrong(collector);
  return null;
}

async function openBox(
  key: Uint8Array,
  params: unknown,
  sealed: Uint8Array | null,
): Promise<Uint8Array | null> {
  const nonce = isRow(params) ? fromHexText(params.nonce) : null;
  const tag = isRow(params) ? fromHexText(params.tag) : null;
  if (nonce === null || tag === null || sealed === null) return null;
  const whole = new Uint8Array(sealed.length + tag.length);
  whole.set(sealed);
  whole.set(tag, sealed.length);
  return openAesGcm(key, nonce, whole);
}

function draftOf(entry: Row): Draft {
  const type = textOf(entry.type).toLowerCase();
  if (type !== 'totp' && type !== 'hotp') {
    throw new Refusal(
      `Entries of type ${/^[a-z]{1,16}$/.test(type) ? type : 'unknown'} make their codes in another way.`,
      {
        field: 'type',
        action: 'Enrol this user anew.',
      },
    );
  }
  const info = rowOf(entry.info, 'info');
  return {
    label: textOf(entry.name),
    issuer: textOf(entry.issuer),
    type,
    algorithm: algorithmOf(info.algo),
    digits: digitsOf(info.digits),
    ...(type === 'totp' ? { period: periodOf(info.period) } : { counter: counterOf(info.counter) }),
    secret: readSecret(textOf(info.secret)),
  };
}
