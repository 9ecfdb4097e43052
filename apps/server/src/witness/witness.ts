import {
  cosign,
  isSignedBy,
  type NoteSigner,
  type Sha256,
  signatureLine,
  signaturesOf,
  TreeHasher,
  type VerifierKey,
  type VerifyEd25519,
} from '@kanda/tlog';
import { type Judgement, judgeSubmission, parseSubmission, type Submission } from './add-checkpoint.ts';
import type { Ledger } from './ledger.ts';

export interface WitnessParts {
  /** Under which the witness signs: a URL without a scheme. */
  readonly name: string;
  readonly signer: NoteSigner;
  /** Keys of logs; one in the name `kanda/installation` is that of every log of the installation. */
  readonly logs: readonly VerifierKey[];
  readonly ledger: Ledger;
  readonly sha256: Sha256;
  readonly verify: VerifyEd25519;
  /** ms since the epoch. */
  readonly clock: () => number;
  /** Receives what was refused though the log has signed it: it may prove that the log shows several histories. */
  readonly onRefused: (text: string, reason: string) => void;
}

/** An answer over HTTP. */
export interface WitnessAnswer {
  readonly status: 200 | 400 | 403 | 404 | 409 | 422;
  readonly type: 'text/plain; charset=utf-8' | 'text/x.tlog.size';
  readonly body: string;
}

const INSTALLATION = 'kanda/installation';
const OWN_LOGS = 'kanda/';

/** Cosigns each log's checkpoints as long as each goes on from the one before (C2SP tlog-witness). */
export class Witness {
  readonly #parts: WitnessParts;
  readonly #hasher: TreeHasher;

  constructor(parts: WitnessParts) {
    this.#parts = parts;
    this.#hasher = new TreeHasher(parts.sha256);
  }

  /** What is cosigned is on the disk before this returns. */
  addCheckpoint(body: string): WitnessAnswer {
    const submission = parseSubmission(body);
    if (submission === null)
      return plain(400, 'this is not "old <size>", a proof, an empty line and a checkpoint');
    const { origin } = submission.checkpoint;
    const keys = this.#keysOf(origin);
    if (keys.length === 0) return plain(404, `the log ${origin} is not known here`);
    const { sha256, verify } = this.#parts;
    const key = keys
      .map(({ publicKey }) => ({ name: origin, publicKey }))
      .find((one) => isSignedBy(submission.note, one, sha256, verify));
    if (key === undefined)
      return plain(403, `no key that is trusted for ${origin} has signed this checkpoint`);
    return this.#judge(submission, key);
  }

  /** The newest cosigned checkpoint of the log whose origin has this SHA-256 (hex); null: there is none. */
  newest(originHash: string): string | null {
    return this.#parts.ledger.noteByHash(originHash);
  }

  #judge(submission: Submission, key: VerifierKey): WitnessAnswer {
    const { name, signer, ledger, sha256, clock, onRefused } = this.#parts;
    const { checkpoint, note, text } = submission;
    let line = '';
    const judgement = ledger.advance<Judgement>(checkpoint.origin, (known) => {
      const judged = judgeSubmission(this.#hasher, submission, known);
      if (judged.status !== 'cosigned') return { result: judged, next: null };
      line = cosign(note, name, signer, clock(), sha256);
      // Without the signatures of others, which were not looked at.
      const own = signaturesOf(note, key, sha256).map(signatureLine).join('');
      return { result: judged, next: { checkpoint, note: `${note.text}\n${own}${line}` } };
    });
    if (judgement.status === 'cosigned') return plain(200, line, '');
    if (judgement.status === 409)
      return { status: 409, type: 'text/x.tlog.size', body: `${judgement.size}\n` };
    if (judgement.status === 422) onRefused(text, judgement.reason);
    return plain(judgement.status, judgement.reason);
  }

  #keysOf(origin: string): VerifierKey[] {
    return this.#parts.logs.filter(
      ({ name }) => name === origin || (name === INSTALLATION && origin.startsWith(OWN_LOGS)),
    );
  }
}

function plain(status: WitnessAnswer['status'], body: string, end = '\n'): WitnessAnswer {
  return { status, type: 'text/plain; charset=utf-8', body: `${body}${end}` };
}
