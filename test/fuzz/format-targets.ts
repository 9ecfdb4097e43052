/** What reads files of other programs: records that can be enrolled, or problems with their place, whatever the file. */
import assert from 'node:assert/strict';
import { FORMATS, type Parsed, parseFile, partReaderOf, readKandaLine, writeKanda } from '@kanda/formats';
import type { Target } from './fuzzer.ts';
import { parser } from './text-targets.ts';

const BASE32 = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';
const HEX = '3132333435363738393031323334353637383930';
const URI = `otpauth://totp/Example:alice?secret=${BASE32}&issuer=Example`;
/** Of a PSKC file, so that what is behind the MAC is reached, too. */
const KEY = new Uint8Array(16).fill(7);

const SEEDS = [
  `${URI}&image=x\notpauth://hotp/bob?secret=${BASE32}&counter=1`,
  'otpauth-migration://offline?data=CioKFDEyMzQ1Njc4OTAxMjM0NTY3ODkwEgFhGgFiIAEoATACEAEYASAAKAE%3D',
  `{"kanda":1,"clientId":"a","label":"b","issuer":"c","type":"totp","secret":"${BASE32}","recoveryCodes":["x"]}`,
  `<KeyContainer><KeyPackage><DeviceInfo><SerialNo>1</SerialNo></DeviceInfo><Key Id="1" Algorithm="urn:pskc:totp"><AlgorithmParameters><Suite>SHA256</Suite><ResponseFormat Length="8" Encoding="DECIMAL"/></AlgorithmParameters><Data><Secret><PlainValue>MTIzNDU2Nzg5MDEyMzQ1Njc4OTA=</PlainValue></Secret><TimeInterval><PlainValue>30</PlainValue></TimeInterval></Data></Key></KeyPackage></KeyContainer>`,
  `<KeyContainer><MACMethod Algorithm="hmac-sha1"/><KeyPackage><Key Algorithm="a:hotp"><Data><Secret><EncryptedValue><EncryptionMethod Algorithm="x#aes128-cbc"/><CipherData><CipherValue>${'A'.repeat(64)}</CipherValue></CipherData></EncryptedValue><ValueMAC>AAAA</ValueMAC></Secret></Data></Key></KeyPackage></KeyContainer>`,
  `<Tokens><Token serial="1"><Applications><Application><Seed>${HEX}</Seed><MovingFactor>1</MovingFactor></Application></Applications></Token></Tokens>`,
  `T1, ${HEX}, totp, 6, 30\n# x\nT2, ${HEX}`,
  `owner@realm, T1, ${HEX}, totp, 6, 30`,
  `OATH-HOTP,11.12.13 18:55,1,cccccccccccc,,${HEX},,,0,0,0,8,0,0,0,0,0,0`,
  `{"realm":"r","users":[{"username":"a","credentials":[{"type":"otp","secretData":"{\\"value\\":\\"${HEX}\\"}","credentialData":"{\\"subType\\":\\"totp\\"}"}]}]}`,
  `[{"userId":"u","secret":"${BASE32}","backupCodes":"[\\"a\\"]"}]`,
  `id,email,two_factor_secret\n1,"a ""x""",${BASE32}`,
  `[{"model":"otp_totp.totpdevice","fields":{"user":1,"key":"${HEX}","t0":0,"last_t":5,"drift":-1}},{"model":"otp_static.staticdevice","pk":1,"fields":{"user":1}},{"model":"otp_static.statictoken","fields":{"device":1,"token":"x"}}]`,
  `[{"id":1,"otp_secret":"${BASE32}","consumed_timestep":7}]`,
  `user_id,factor_type,status,secret\n1,totp,verified,${BASE32}`,
  `{"id":"1","traits":{},"credentials":{"totp":{"config":{"totp_url":"${URI}"}},"lookup_secret":{"config":{"recovery_codes":[{"code":"a"}]}}}}`,
  `totp_configurations:\n  - username: 'a'\n    secret: ${BASE32}\n    last_used_at: 2024-01-02T03:04:05Z`,
  `- otpkey: ${HEX}\n  info_list:\n    timeStep: '30'\n  serial: T1\n  type: totp\n  counter: 5`,
  `{"user_id":"a","mfa_factors":[{"totp":{"secret":"${BASE32}"}}]}`,
  `upn,secret key,time interval\na,${BASE32},30`,
  `{"version":1,"header":{"slots":null},"db":{"entries":[{"type":"totp","info":{"secret":"${BASE32}","algo":"SHA1"}}]}}`,
  `{"schemaVersion":4,"services":[{"secret":"${BASE32}","otp":{"tokenType":"HOTP","counter":3}}]}`,
  `[{"secret":"${BASE32}","type":"TOTP","thumbnail":"x","period":30}]`,
  `{"tokenOrder":[],"tokens":[{"type":"HOTP","counter":5,"secret":[1,-2,3,4,5,6,7,8,9,10]}]}`,
  `{"version":1,"entries":[{"content":{"uri":"${URI}"}}]}`,
  `{"encrypted":false,"items":[{"name":"x","login":{"totp":"${BASE32}"}}]}`,
  `folder,name,login_totp\n,x,${URI}`,
  `"Title","Username","TOTP"\n"x","a","${URI}"`,
  `clientId;secret;digits\na;${BASE32};8`,
];
const WORDS = [
  '\n',
  ',',
  '"',
  '{',
  '}',
  '[',
  ']',
  ':',
  '<',
  '>',
  '&',
  '&#x41;',
  '<!--',
  '-->',
  '<![CDATA[',
  '- ',
  '=',
  '%',
  'null',
  '-1',
  '1e9',
  BASE32,
  HEX,
  'hotp',
];

async function readFile(text: string): Promise<string> {
  const bytes = Buffer.from(text);
  const parsed = await parseFile(bytes, 'auto', { key: KEY });
  await assertSameInParts(bytes, parsed);
  const { format, records, problems } = parsed;
  for (const { place, record } of records) {
    assert(place !== '', 'a record without its place');
    assert(record.secret.length >= 10 && record.secret.length <= 128, 'a secret of another length');
    assert(record.type === 'hotp' ? record.period === 0 : record.period >= 1, 'a period of the other type');
    const written = readKandaLine(writeKanda(record));
    assert.deepEqual(written, { record }, 'a record is written and read in two ways');
  }
  for (const { kind, place, message, action } of problems) {
    assert(kind === 'file' || place !== '', 'a problem without its place');
    const told = `${message} ${action ?? ''}`;
    assert(!told.includes(BASE32) && !told.includes(HEX), 'a problem quotes a secret');
  }
  return `${format} ${Math.min(records.length, 3)} ${[...new Set(problems.map(({ kind, code }) => `${kind} ${code}`))].sort().slice(0, 3)}`;
}

/** The same file in parts gives the same, where it can be read so. */
async function assertSameInParts(bytes: Uint8Array, whole: Parsed): Promise<void> {
  const read = partReaderOf(bytes, 'auto');
  if (read === null) return;
  const parts: Parsed[] = [];
  for await (const part of read(piecesOf(bytes))) parts.push(part);
  // Its beginning is what comes before the last line end, and may look like another format.
  if (parts[0]?.format !== whole.format) return;
  const joined = {
    records: parts.flatMap(({ records }) => records),
    problems: parts.flatMap(({ problems }) => problems),
  };
  assert.deepEqual(
    joined,
    { records: whole.records, problems: whole.problems },
    'in parts it is read otherwise',
  );
}

function* piecesOf(bytes: Uint8Array): Generator<Uint8Array> {
  for (let from = 0; from < bytes.length; from += 7) yield bytes.subarray(from, from + 7);
}

/** Text that is of no format by its look, read as each of them. */
async function readAsEach(text: string): Promise<string> {
  const bytes = Buffer.from(text);
  const results: string[] = [];
  for (const { name } of FORMATS) {
    const { records, problems } = await parseFile(bytes, name, { key: KEY });
    results.push(`${Math.min(records.length, 1)}${Math.min(problems.length, 1)}`);
  }
  return results.join('');
}

export const formatTargets: readonly Target[] = [
  parser('format', SEEDS, WORDS, readFile),
  parser('format-each', SEEDS.slice(0, 12), WORDS, readAsEach),
];
