import { createHmac, createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';
import { encodeBase32 } from '@kanda/otp';
import type { LinkTexts } from '../domain/links/ports.ts';
import type { RandomBytes } from '../domain/randomness.ts';
import { Secret } from '../domain/secret.ts';

/** 160 bits. */
const BYTES = 20;

/**
 * Tokens of links, and the results that browsers bring back: random texts in small letters and digits, which survive
 * every mail program. The store knows them by their HMACs alone, each kind under a key of its own, and looks one up in an
 * index: how long that takes says nothing about the text itself.
 */
export function createLinkTexts(macKey: KeyObject, randomBytes: RandomBytes): LinkTexts {
  const tokens = keyFor('link tokens', macKey);
  const results = keyFor('link results', macKey);
  const forms = keyFor('link forms', macKey);
  const text = () => new Secret(encodeBase32(randomBytes(BYTES)).toLowerCase());
  return {
    token: text,
    tokenMac: (token) => createHmac('sha256', tokens).update(token.reveal()).digest(),
    result: text,
    resultMac: ({ publicId }, result) =>
      createHmac('sha256', results).update(`${publicId} ${result.reveal()}`).digest(),
    form: () => encodeBase32(randomBytes(BYTES)).toLowerCase(),
    // Only what was typed, at the end, may have spaces in it.
    formMac: ({ publicId }, link, form, typed) =>
      createHmac('sha256', forms).update(`${publicId} ${link} ${form} ${typed.reveal()}`).digest(),
  };
}

function keyFor(purpose: string, macKey: KeyObject): KeyObject {
  return createSecretKey(Buffer.from(hkdfSync('sha256', macKey, new Uint8Array(), purpose, 32)));
}
