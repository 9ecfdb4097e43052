/** Cosignatures of C2SP tlog-cosignature: what is signed, and what is refused. */
import {
  COSIGNATURE,
  cosign,
  cosignedAt,
  formatVerifierKey,
  parseCheckpoint,
  parseVerifierKey,
} from '@kanda/tlog';
import { describe, expect, test } from 'vitest';
import { bytesFrom, sha256, signerOf, verifyEd25519 } from './ed25519.ts';

const NAME = 'witness.example.com/w1';
const signer = signerOf(bytesFrom('witness', 32));
const key = { name: NAME, publicKey: signer.publicKey };
const AT = 1_679_315_147_000;
/** The example of the specification, with the log's and the witness's signature. */
const EXAMPLE = `example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

\u2014 example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
`;
const { note } = parseCheckpoint(EXAMPLE);
const line = cosign(note, NAME, signer, AT, sha256);
const cosigned = (text: string) => cosignedAt(parseCheckpoint(text).note, key, sha256, verifyEd25519);

test('signs the header, the time in seconds and the text of the note', () => {
  const signature =
    parseCheckpoint(`${EXAMPLE}${line}`).note.signatures.at(-1)?.signature ?? new Uint8Array();
  expect(Buffer.from(signature).readBigUInt64BE()).toBe(1_679_315_147n);
  const message = `cosignature/v1\ntime 1679315147\n${note.text}`;
  expect(verifyEd25519(signer.publicKey, Buffer.from(message), signature.subarray(8))).toBe(true);
});

test('tells when, and none where there is none of this key', () => {
  expect(cosigned(`${EXAMPLE}${line}`)).toBe(AT);
  expect(cosigned(EXAMPLE)).toBe('none');
  const other = cosign(note, NAME, signerOf(bytesFrom('other', 32)), AT, sha256);
  expect(cosigned(`${EXAMPLE}${other}`)).toBe('none');
});

describe('does not verify', () => {
  test('for another text', () => {
    expect(cosigned(`${EXAMPLE.replace('20852163', '20852164')}${line}`)).toBe(false);
  });

  test.each([
    ['another time', (bytes: Buffer) => bytes.writeUInt8(9, 11)],
    ['a time of zero', (bytes: Buffer) => bytes.fill(0, 4, 12)],
    ['a time that no clock shows', (bytes: Buffer) => bytes.fill(0xff, 4, 12)],
    ['another signature', (bytes: Buffer) => bytes.writeUInt8((bytes[40] ?? 0) ^ 1, 40)],
  ])('with %s', (_, change) => {
    const bytes = Buffer.from(line.trim().split(' ')[2] ?? '', 'base64');
    change(bytes);
    expect(cosigned(`${EXAMPLE}\u2014 ${NAME} ${bytes.toString('base64')}\n`)).toBe(false);
  });

  test('with one that is cut off, beside one that is whole', () => {
    const short = Buffer.from(line.trim().split(' ')[2] ?? '', 'base64').subarray(0, 60);
    expect(cosigned(`${EXAMPLE}${line}\u2014 ${NAME} ${short.toString('base64')}\n`)).toBe(false);
  });
});

test('a key of a witness reads back, and is none of a log', () => {
  const text = formatVerifierKey({ ...key, type: COSIGNATURE }, sha256);
  expect(parseVerifierKey(text, sha256, COSIGNATURE)).toMatchObject({ name: NAME, type: COSIGNATURE });
  expect(() => parseVerifierKey(text, sha256)).toThrow('is not a verifier key');
});
