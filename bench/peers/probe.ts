import { setTimeout } from 'node:timers/promises';
import {
  codeOf,
  currentStep,
  type Login,
  PERIOD_S,
  type Peer,
  type RunningPeer,
  untilNextStep,
  type Verdict,
} from './peer.ts';

const AT_ONCE = 20;
const GUESSES = 200;
/** The probe needs its code to be good for this long. */
const NEEDED_MS = 20_000;

/** What a peer did with one code many times and with many codes once. */
export interface ProbeResult {
  /** Of 20 requests with the same right code, released together. */
  readonly acceptedAtOnce: number;
  /** The same code again after a stop and a start. */
  readonly acceptedAfterRestart: boolean;
  /** Of 200 wrong codes, released together: how many were looked at. */
  readonly guessesEvaluated: number;
  /** Then the right code. */
  readonly acceptedAfterGuesses: boolean;
}

/** Asks the server of a filled folder three questions, with its limits as they come. Uses users 0 and 1. */
export async function probe(peer: Peer, folder: string): Promise<ProbeResult> {
  let server = await peer.start(folder, { asShipped: true });
  try {
    if (untilNextStep() < NEEDED_MS) await setTimeout(untilNextStep());
    const login: Login = { user: 0, code: codeOf(0, currentStep()) };
    const acceptedAtOnce = count(
      await send(peer, server, Array(AT_ONCE).fill(login)),
      (verdict) => verdict === 'accepted',
    );
    await server.stop();
    server = await peer.start(folder, { asShipped: true });
    const [afterRestart] = await send(peer, server, [login]);

    const guesses = wrongCodes(1).map((code) => ({ user: 1, code }));
    const guessesEvaluated = count(await send(peer, server, guesses), (verdict) => verdict === 'wrong');
    const right = { user: 1, code: codeOf(1, currentStep()) };
    const [afterGuesses] = await send(peer, server, [right]);
    return {
      acceptedAtOnce,
      acceptedAfterRestart: afterRestart === 'accepted',
      guessesEvaluated,
      acceptedAfterGuesses: afterGuesses === 'accepted',
    };
  } finally {
    await server.stop();
  }
}

async function send(peer: Peer, server: RunningPeer, logins: readonly Login[]): Promise<Verdict[]> {
  const requests = await server.requests(logins);
  return Promise.all(
    requests.map(async ({ path, headers, body }) => {
      const response = await fetch(server.url + path, { method: 'POST', headers, body });
      return peer.verdict({ status: response.status, body: await response.text() });
    }),
  );
}

/** Codes that are wrong in every step that any peer looks at. */
function wrongCodes(user: number): string[] {
  const near = 10 * 60;
  const right = new Set<string>();
  const now = currentStep();
  for (let step = now - near / PERIOD_S; step <= now + near / PERIOD_S; step++) right.add(codeOf(user, step));
  const wrong: string[] = [];
  for (let guess = 0; wrong.length < GUESSES; guess++) {
    const code = String(guess * 4_999).padStart(6, '0');
    if (!right.has(code)) wrong.push(code);
  }
  return wrong;
}

function count(verdicts: readonly Verdict[], counts: (verdict: Verdict) => boolean): number {
  return verdicts.filter(counts).length;
}
