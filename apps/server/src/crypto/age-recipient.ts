import type { Seal } from '../domain/clients/secret-exports.ts';

/**
 * Encrypts to an age recipient (C2SP age.md). What is cut off does not decrypt: the last part of a file is marked.
 * Imported when it is needed: loading it takes a tenth of the time of a start.
 *
 * @returns null: the text is no recipient's public key
 */
export async function sealTo(recipient: string): Promise<Seal | null> {
  const { Encrypter } = await import('age-encryption');
  const encrypter = new Encrypter();
  try {
    encrypter.addRecipient(recipient);
  } catch {
    return null;
  }
  return (lines) => encrypter.encrypt(ReadableStream.from(encoded(lines)));
}

async function* encoded(lines: AsyncIterable<string>): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  for await (const line of lines) yield encoder.encode(line);
}
