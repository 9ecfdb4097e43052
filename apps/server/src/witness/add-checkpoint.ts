import {
  type Checkpoint,
  decodeBase64,
  HASH_LENGTH,
  type Hash,
  parseCheckpoint,
  type SignedNote,
  sameBytes,
  type TreeHasher,
  verifiesConsistency,
} from '@kanda/tlog';

/** What a witness answers to a checkpoint (C2SP tlog-witness, add-checkpoint). Pure: no clock, no files. */

/** C2SP tlog-witness: a client sends no more. */
const MAX_PROOF_LINES = 63;
const OLD_SIZE = /^old (0|[1-9][0-9]{0,15})$/;

/** The body of a request, taken apart. */
export interface Submission {
  /** The size from which on the proof leads. */
  readonly oldSize: number;
  readonly proof: readonly Hash[];
  readonly checkpoint: Checkpoint;
  readonly note: SignedNote;
  /** The checkpoint as it was sent. */
  readonly text: string;
}

/** How a submission is answered. `cosigned`: the checkpoint may be cosigned, and is the newest from then on. */
export type Judgement =
  | { readonly status: 'cosigned' }
  | { readonly status: 400 | 403 | 404 | 422; readonly reason: string }
  | { readonly status: 409; readonly size: number };

/** null: this is no such request. */
export function parseSubmission(body: string): Submission | null {
  const end = body.indexOf('\n\n');
  if (end < 0) return null;
  const [first = '', ...lines] = body.slice(0, end).split('\n');
  const oldSize = Number(OLD_SIZE.exec(first)?.[1] ?? Number.NaN);
  const proof = lines.map((line) => decodeBase64(line));
  if (!Number.isSafeInteger(oldSize) || proof.length > MAX_PROOF_LINES) return null;
  const hashes = proof.filter((hash) => hash !== null && hash.length === HASH_LENGTH) as Hash[];
  if (hashes.length !== proof.length) return null;
  const text = body.slice(end + 2);
  try {
    return { oldSize, proof: hashes, text, ...parseCheckpoint(text) };
  } catch {
    return null;
  }
}

/**
 * Compares a submission, whose signature was verified, with the newest checkpoint that was cosigned.
 * @param known null: none of this log was
 */
export function judgeSubmission(
  hasher: TreeHasher,
  { oldSize, proof, checkpoint }: Submission,
  known: Checkpoint | null,
): Judgement {
  const { size, root } = checkpoint;
  if (oldSize > size) return { status: 400, reason: 'the old size is above that of the checkpoint' };
  const knownSize = known?.size ?? 0;
  if (oldSize !== knownSize) return { status: 409, size: knownSize };
  if (size === 0 && !sameBytes(root, hasher.empty()))
    return { status: 422, reason: 'the root is not that of the empty tree' };
  const goesOn =
    known === null || known.size === 0
      ? proof.length === 0
      : verifiesConsistency(hasher, known, checkpoint, proof);
  if (goesOn) return { status: 'cosigned' };
  return { status: 422, reason: `the proof does not lead from the checkpoint of ${knownSize} events` };
}
