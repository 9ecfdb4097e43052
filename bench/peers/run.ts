import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { type LoadResult, median } from '../load.ts';
import { replay } from '../replay.ts';
import { say } from './install.ts';
import { echo, kanda, kandaOnPostgres } from './kanda.ts';
import { afternoon, betterAuthSession, betterAuthSignIn } from './node-peers.ts';
import { openBao } from './openbao.ts';
import { codeOf, currentStep, type Peer, type RunningPeer, untilNextStep } from './peer.ts';
import { privacyIdea } from './privacyidea.ts';
import { type ProbeResult, probe } from './probe.ts';
import { memoryMb } from './program.ts';

const PEERS: readonly Peer[] = [
  kanda,
  kandaOnPostgres,
  afternoon,
  betterAuthSignIn,
  betterAuthSession,
  openBao,
  privacyIdea,
];
const WARM_UP_S = 2;
/** Users come in an order without locality: a prime that divides no number of users, so that each comes once. */
const STRIDE = 7_919;

export interface PeersOptions {
  readonly folder: string;
  readonly rounds: number;
  readonly seconds: number;
  readonly connections: number;
  /** Of the peers only those whose name holds one of these texts; all, when there is none. */
  readonly only: readonly string[];
}

interface Side {
  readonly peer: Peer;
  readonly folder: string;
  readonly users: number;
  server: RunningPeer;
  /** The last step of which codes were sent: they are not sent twice, for a replay is no login. */
  spent: number;
  readonly runs: Run[];
}

interface Run extends LoadResult {
  readonly memoryMb: number;
  readonly ofEcho: number;
  readonly ofKanda: number;
}

/** Kanda and what people would use instead, each loaded with right codes in turn, beside the bare echo. */
export async function comparePeers(options: PeersOptions): Promise<void> {
  const { only } = options;
  const chosen = PEERS.filter(
    ({ name }) => name === kanda.name || only.length === 0 || only.some((text) => name.includes(text)),
  );
  const sides: Side[] = [];
  try {
    console.log('\n## what people would use instead\n');
    for (const peer of [echo, ...chosen]) {
      const side = await bring(peer, options);
      if (side !== null) sides.push(side);
    }
    await loadInTurn(sides, options);
    for (const { server } of sides) await server.stop();
    printSummary(sides);
    await printProbes(sides);
  } finally {
    for (const { server } of sides) await server.stop().catch(() => {});
  }
}

/** Installs, enrols and starts a peer. What cannot be had on this machine is said, and left out. */
async function bring(peer: Peer, { folder: parent, seconds }: PeersOptions): Promise<Side | null> {
  const folder = join(parent, peer.name.replaceAll(/\W+/g, '-'));
  mkdirSync(folder, { recursive: true });
  const users = Math.ceil(peer.atMost * Math.max(seconds, WARM_UP_S));
  try {
    console.log(`- ${peer.name}: ${await peer.install()}`);
    say(`${peer.name}: enrolling ${users} users …`);
    await peer.enrol(folder, users);
    const server = await peer.start(folder, { asShipped: false });
    return { peer, folder, users, server, spent: 0, runs: [] };
  } catch (error) {
    if (peer === echo || peer === kanda) throw error;
    console.log(`- ${peer.name} is left out: ${(error as Error).message}`);
    return null;
  }
}

async function loadInTurn(sides: readonly Side[], options: PeersOptions): Promise<void> {
  say(`warming up for ${WARM_UP_S} s each …`);
  for (const side of sides) await loadOnce(side, { ...options, seconds: WARM_UP_S });
  console.log('\n| round | | per second | p50 ms | p99 ms | memory MB | accepted | / echo | / Kanda |');
  console.log('| --- | --- | --- | --- | --- | --- | --- | --- | --- |');
  for (let round = 1; round <= options.rounds; round++) {
    let echoPerSecond = Number.NaN;
    let kandaPerSecond = Number.NaN;
    for (const side of sides) {
      const result = await loadOnce(side, options);
      if (side.peer === echo) echoPerSecond = result.perSecond;
      if (side.peer === kanda) kandaPerSecond = result.perSecond;
      const run: Run = {
        ...result,
        memoryMb: memoryMb(side.server.pids),
        ofEcho: result.perSecond / echoPerSecond,
        ofKanda: result.perSecond / kandaPerSecond,
      };
      side.runs.push(run);
      console.log(`| ${round} | ${row(side.peer, run)}`);
    }
  }
}

/** One run with codes that were never sent before. */
async function loadOnce(
  side: Side,
  { seconds, connections }: Pick<PeersOptions, 'seconds' | 'connections'>,
): Promise<LoadResult> {
  if (currentStep() <= side.spent) await setTimeout(untilNextStep());
  const count = Math.min(side.users, Math.ceil(side.peer.atMost * seconds));
  const step = currentStep();
  const logins = Array.from({ length: count }, (_, index) => {
    const user = (index * STRIDE) % side.users;
    return { user, code: codeOf(user, step) };
  });
  const requests = await side.server.requests(logins);
  side.spent = step;
  return replay(side.server.url, requests, { connections, seconds, counted: side.peer.accepts });
}

function row({ name }: Peer, run: Run): string {
  const accepted = `${(run.countedShare * 100).toFixed(1)} %`;
  const cells = [
    name,
    run.perSecond.toFixed(0),
    run.p50Ms.toFixed(1),
    run.p99Ms.toFixed(1),
    run.memoryMb.toFixed(0),
    accepted,
    run.ofEcho.toFixed(3),
    Number.isNaN(run.ofKanda) ? '' : run.ofKanda.toFixed(3),
  ];
  return `${cells.join(' | ')} |`;
}

function printSummary(sides: readonly Side[]): void {
  console.log('\nMedians of the rounds, and what each does of the work:\n');
  console.log(
    '| | per second | p50 ms | p99 ms | memory MB | accepted | / echo | / Kanda | it |\n| --- | --- | --- | --- | --- | --- | --- | --- | --- |',
  );
  for (const { peer, runs } of sides) {
    const of = (pick: (run: Run) => number) => median(runs.map(pick));
    const run: Run = {
      requests: of((each) => each.requests),
      perSecond: of((each) => each.perSecond),
      p50Ms: of((each) => each.p50Ms),
      p99Ms: of((each) => each.p99Ms),
      errors: of((each) => each.errors),
      countedShare: of((each) => each.countedShare),
      memoryMb: of((each) => each.memoryMb),
      ofEcho: of((each) => each.ofEcho),
      ofKanda: of((each) => each.ofKanda),
    };
    console.log(`| ${row(peer, run)} ${peer.differs} |`);
  }
}

async function printProbes(sides: readonly Side[]): Promise<void> {
  console.log('\nOne code, and many guesses, with the limits that each has as it comes:\n');
  console.log(
    '| | one right code, 20 times at once: accepted | again after a restart | 200 wrong codes at once: looked at | then the right one |\n| --- | --- | --- | --- | --- |',
  );
  for (const { peer, folder } of sides) {
    if (peer !== echo) console.log(`| ${peer.name} | ${probeRow(await probe(peer, folder))} |`);
  }
}

function probeRow(result: ProbeResult): string {
  const accepted = (yes: boolean) => (yes ? 'accepted' : 'refused');
  return [
    result.acceptedAtOnce,
    accepted(result.acceptedAfterRestart),
    result.guessesEvaluated,
    accepted(result.acceptedAfterGuesses),
  ].join(' | ');
}
