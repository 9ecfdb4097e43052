/** What reads signed notes, checkpoints, tiles and lines of logs: of strangers, of files, of a store that was altered. */
import assert from 'node:assert/strict';
import {
  COSIGNATURE,
  checkpointText,
  cosign,
  cosignedAt,
  decodeBase64,
  edgeTiles,
  extendTiles,
  formatVerifierKey,
  HASH_LENGTH,
  isSignedBy,
  LogTreeError,
  NoteError,
  parseCheckpoint,
  parseNote,
  parseVerifierKey,
  signatureLine,
  signNote,
  splitNotes,
  TILE_WIDTH,
  TileSet,
  TreeHasher,
} from '@kanda/tlog';
import { readableLine } from '../../apps/server/src/cli/lib/terminal.ts';
import { createLogSigner, sha256, verifyEd25519 } from '../../apps/server/src/crypto/log-signing.ts';
import { parseLoggedEvent, treeEntry } from '../../apps/server/src/domain/log/leaf.ts';
import { parseSubmission } from '../../apps/server/src/witness/add-checkpoint.ts';
import type { Target } from './fuzzer.ts';
import { parser, readOrRefusal } from './text-targets.ts';

const LOG = createLogSigner(Buffer.alloc(32, 1));
const WITNESS = createLogSigner(Buffer.alloc(32, 2));
const ORIGIN = 'kanda.example.com/acc_1';
const HASHER = new TreeHasher(sha256);
const ROOT = new Uint8Array(HASH_LENGTH).fill(8);
const AT = Date.UTC(2026, 0, 31, 9, 30);
const CHECKPOINT = signNote(
  checkpointText({ origin: ORIGIN, size: 17, root: ROOT, at: AT }),
  ORIGIN,
  LOG,
  sha256,
);
const COSIGNED = CHECKPOINT + cosign(parseNote(CHECKPOINT), 'witness.example.com', WITNESS, AT, sha256);
const LOG_KEY = { name: ORIGIN, publicKey: LOG.publicKey };
const WITNESS_KEY = {
  name: 'witness.example.com',
  publicKey: WITNESS.publicKey,
  type: COSIGNATURE as typeof COSIGNATURE,
};
const HASH = Buffer.from(ROOT).toString('base64');
const WORDS = [
  '\n',
  '\n\n',
  '\u2014 ',
  `\u2014 ${ORIGIN} `,
  'time 2026-02-30T25:61:61.000Z\n',
  HASH,
  ORIGIN,
  '=',
];
const EVENT =
  '{"id":1,"event":"totp.validated","outcome":"success","reason":null,"clientId":"alice","actor":"key_1",' +
  '"ip":"192.0.2.7","userAgent":null,"requestId":"r1","createdAt":"2026-01-31T09:30:00.000Z"}';

/** What follows is a line of the note. */
function beginningOf(message: string): string {
  return message.split(':', 1)[0] ?? '';
}

export const noteTargets: readonly Target[] = [
  parser('base64', ['AA==', 'AAA=', HASH], ['=', '-', '_', '+/', ' '], (text) => {
    const bytes = decodeBase64(text);
    if (bytes !== null) assert.equal(Buffer.from(bytes).toString('base64'), text);
    return String(bytes === null);
  }),
  parser('note', [CHECKPOINT, COSIGNED], WORDS, (text) => {
    const read = readOrRefusal(() => parseNote(text), NoteError);
    if ('refused' in read) return beginningOf(read.message);
    const note = read.value;
    assert.equal(`${note.text}\n${note.signatures.map(signatureLine).join('')}`, text);
    const signed = isSignedBy(note, LOG_KEY, sha256, verifyEd25519);
    assert(!signed || CHECKPOINT.startsWith(note.text), 'another text than was signed counts as signed');
    const cosigned = cosignedAt(note, WITNESS_KEY, sha256, verifyEd25519);
    assert(typeof cosigned !== 'number' || cosigned === AT, 'another time than was cosigned');
    return `${signed} ${cosigned}`;
  }),
  parser('checkpoint', [CHECKPOINT], [...WORDS, '9007199254740993', '0'], (text) => {
    const read = readOrRefusal(() => parseCheckpoint(text), NoteError);
    if ('refused' in read) return beginningOf(read.message);
    const { checkpoint, note } = read.value;
    // Written again it says the same in the same words: no two texts are one checkpoint.
    const written = checkpointText({ ...checkpoint, at: null });
    assert(note.text.startsWith(written), `what was read as\n${written}was\n${note.text}`);
    if (checkpoint.at !== null)
      assert(note.text.includes(`\ntime ${new Date(checkpoint.at).toISOString()}\n`), 'another time');
    return `read, ${checkpoint.at !== null}`;
  }),
  parser('notes', [CHECKPOINT + COSIGNED, `${CHECKPOINT}\n${CHECKPOINT}`], [...WORDS, '\r\n'], (text) => {
    const { notes, strays } = splitNotes(text);
    for (const note of notes) {
      const read = readOrRefusal(() => parseNote(note), NoteError);
      if ('value' in read) assert.deepEqual(splitNotes(note), { notes: [note], strays: 0 });
    }
    return `${Math.min(notes.length, 3)} ${Math.min(strays, 2)}`;
  }),
  parser('verifier-key', [formatVerifierKey(LOG_KEY, sha256)], ['+', ' ', '='], (text) => {
    const read = readOrRefusal(() => parseVerifierKey(text, sha256), NoteError);
    if ('refused' in read) return read.message.includes('is damaged') ? 'damaged' : 'none';
    assert.equal(formatVerifierKey(read.value, sha256), text.trim());
    return 'read';
  }),
  parser(
    'submission',
    [`old 0\n\n${CHECKPOINT}`, `old 9\n${HASH}\n\n${COSIGNED}`],
    [...WORDS, 'old ', '-1'],
    (text) => {
      const read = parseSubmission(text);
      if (read === null) return 'none';
      const proof = read.proof.map((hash) => `${Buffer.from(hash).toString('base64')}\n`).join('');
      assert.equal(`old ${read.oldSize}\n${proof}\n${read.text}`, text);
      return `read, ${read.proof.length}`;
    },
  ),
  parser(
    'tiles',
    ['\x01\x00', `\x03\x02${'\x08'.repeat(200)}`, `\xff\x03${'\x08'.repeat(999)}`],
    ['\xff'],
    (text) => {
      // The first two characters are the size and how much is added, the rest is what the store has as the edge.
      const bytes = Buffer.from(text, 'latin1');
      const [size = 0, added = 0] = bytes;
      const stored = bytes.subarray(2);
      const edge = edgeTiles(size).map((tile) => ({ ...tile, hashes: new Uint8Array(stored) }));
      const leaves = Array.from({ length: added }, () => ROOT);
      const grown = readOrRefusal(() => extendTiles(HASHER, size, edge, leaves), LogTreeError);
      if ('refused' in grown) return grown.refused;
      for (const { hashes } of grown.value) {
        assert.equal(hashes.length % HASH_LENGTH, 0);
        assert(hashes.length <= TILE_WIDTH * HASH_LENGTH);
      }
      const ranged = readOrRefusal(
        () => new TileSet(HASHER, grown.value).range([0, size + added]),
        LogTreeError,
      );
      return `${grown.value.length} ${'refused' in ranged}`;
    },
  ),
  parser('logged-event', [EVENT], ['null', '{}', '"id":', 'true', '1e3', '"createdAt":'], (text) => {
    const event = parseLoggedEvent(text);
    if (event === null) return 'none';
    const [, line = ''] = Buffer.from(treeEntry(event)).toString().split('\n');
    assert.deepEqual(parseLoggedEvent(line), JSON.parse(JSON.stringify(event)));
    return 'read';
  }),
  parser(
    'log-line',
    ['{"level":50,"time":"2026-01-31T09:30:00.000Z","msg":"x","err":{"stack":"s"}}', 'plain text', '[1]'],
    ['null', '"err":', '"time":', '"level":', '{}'],
    (text) => {
      const line = readableLine(text);
      assert(typeof line === 'string' && line.length > 0 === text.length > 0);
      return String(line === text);
    },
  ),
];
