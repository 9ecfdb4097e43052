/** Faults, one after the other, under load; then the proof that nothing acknowledged was lost or done twice. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../support/random.ts';
import { violations } from './check.ts';
import { judgedOutOfStep, skewedClocks } from './clocks.ts';
import { Cluster } from './cluster.ts';
import type { PatroniOptions, Programs } from './daemons.ts';
import { DatabaseProbe } from './database-probe.ts';
import type { Fault, Scene } from './faults.ts';
import { historyViolations } from './history.ts';
import { type Ledger, longestGap, recordedAt, summary } from './ledger.ts';
import { Load } from './load.ts';
import { Nodes } from './nodes.ts';
import { clientStates, contents } from './replicas.ts';
import { Trial } from './trial.ts';

export interface Campaign extends PatroniOptions {
  readonly programs: Programs;
  readonly faults: readonly Fault[];
  readonly workers?: number;
  readonly libfaketime: string | null;
  /** The clocks of the nodes differ all the while, before and in each fault in another way: chosen by this. */
  readonly clocks?: Random | null;
  readonly keep?: boolean;
  readonly say: (line: string) => void;
}

export interface FaultResult {
  readonly fault: Fault;
  /** In which Kanda acknowledged nothing. */
  readonly outageSeconds: number;
  /** In which the database itself, through HAProxy, acknowledged nothing. */
  readonly databaseOutageSeconds: number;
  readonly seen: string;
  readonly figures: Readonly<Record<string, number>>;
}

export interface CampaignResult {
  readonly results: readonly FaultResult[];
  readonly figures: Readonly<Record<string, number>>;
  readonly violations: readonly string[];
}

const NODES = 2;
const UP_WITHIN_MS = 90_000;
const WHOLE_WITHIN_MS = 120_000;
const CALM_MS = 1_500;
/** Room for the database and its log during a trial. */
const FILLABLE_MEGABYTES = 2_048;
const FILLABLE_HOST = 0;

export async function runCampaign(campaign: Campaign): Promise<CampaignResult> {
  const trial = new Trial(campaign.keep);
  const interrupted = () => void trial.end().then(() => process.exit(130));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, interrupted);
  try {
    return await inTrial(trial, campaign);
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, interrupted);
    await trial.end();
  }
}

async function inTrial(trial: Trial, campaign: Campaign): Promise<CampaignResult> {
  const { programs, timing, asynchronous = false, libfaketime, workers = 16, say } = campaign;
  const begun = performance.now();
  let fillable: number | null = null;
  const wantsDisk = campaign.faults.some(({ name }) => name === 'disk');
  const cluster = await Cluster.start(trial, {
    programs,
    routers: NODES,
    asynchronous,
    ...(timing === undefined ? {} : { timing }),
    prepare(folder, host) {
      if (wantsDisk && host === FILLABLE_HOST && trial.mount(folder, FILLABLE_MEGABYTES)) fillable = host;
    },
  });
  try {
    await cluster.ready(UP_WITHIN_MS);
    await cluster.createDatabase();
    // With a timing of its own a trial must not get the file's back.
    if (timing === undefined) await cluster.editConfiguration();
    const { clocks = null } = campaign;
    const moves = clocks !== null || campaign.faults.some(({ name }) => name === 'clock');
    const movable = moves ? libfaketime : null;
    if (clocks !== null && movable === null)
      say('SKIPPED: clocks that differ: libfaketime is not installed.');
    const nodes = await Nodes.start(trial, cluster, { libfaketime: movable });
    say(
      `Three database hosts and ${NODES} Kanda nodes are up after ${seconds(performance.now() - begun)} s.`,
    );
    say(await cluster.look());
    const load = new Load(() => nodes.clients);
    load.sendsAhead = clocks !== null;
    load.start(workers);
    const probe = new DatabaseProbe(cluster.routers[0] ?? 0);
    probe.start();
    const results: FaultResult[] = [];
    for (const fault of campaign.faults) {
      if ((fault.name === 'disk' && fillable === null) || (fault.name === 'clock' && movable === null)) {
        say(
          `SKIPPED: ${fault.title}: ${fault.name === 'disk' ? 'only root can mount a file system' : 'libfaketime is not installed'}.`,
        );
        continue;
      }
      const skew = () => skewClocks(nodes, movable === null ? null : clocks);
      const result = await tryFault(fault, { cluster, nodes, load, fillable }, probe, skew);
      say(tell(result));
      results.push(result);
    }
    await Promise.all([load.stop(), probe.stop()]);
    if (movable !== null) for (let node = 0; node < NODES; node++) nodes.moveClock(node, 0);
    const { entries } = load.ledger;
    const found = await compare(cluster, nodes, load.ledger);
    if (campaign.keep) keepEvidence(trial, nodes, load.ledger, found);
    return { results, figures: { ...summary(entries), reads: load.ledger.reads.length }, violations: found };
  } finally {
    cluster.close();
  }
}

/** Sets the clock of each node. @returns how far they are off, as a part of a sentence */
function skewClocks(nodes: Nodes, random: Random | null): string {
  if (random === null) return '';
  const clocks = skewedClocks(random);
  for (const [node, seconds] of clocks.entries()) nodes.moveClock(node, seconds);
  return `; the nodes' clocks were off by ${clocks.join(' and ')} s`;
}

async function tryFault(
  fault: Fault,
  scene: Scene,
  probe: DatabaseProbe,
  skew: () => string,
): Promise<FaultResult> {
  const { cluster, load } = scene;
  await fault.prepare?.(scene);
  const clocks = skew();
  await cluster.ready(WHOLE_WITHIN_MS);
  await sleep(CALM_MS);
  const before = load.ledger.entries.length;
  const from = performance.now();
  const seen = await fault.cause(scene);
  await cluster.ready(WHOLE_WITHIN_MS);
  await sleep(CALM_MS);
  const { entries } = load.ledger;
  const to = performance.now();
  return {
    fault,
    outageSeconds: longestGap(recordedAt(entries), from, to),
    databaseOutageSeconds: longestGap(probe.written, from, to),
    seen: `${seen}${clocks}`,
    figures: summary(entries.slice(before)),
  };
}

/** Everything that was written down, held against the log, the database, all its replicas, and one server's order. */
async function compare(cluster: Cluster, nodes: Nodes, { entries, reads }: Ledger): Promise<string[]> {
  const events = await nodes.caller().events();
  await nodes.stop();
  await cluster.ready(WHOLE_WITHIN_MS);
  const logged = new Set(events.map(({ userAgent }) => userAgent));
  const found = [
    ...violations({ entries, events, clients: await clientStates(cluster) }),
    ...historyViolations(entries, reads, (id) => logged.has(id)),
    ...judgedOutOfStep(entries, nodes.clockMoves),
  ];
  const [first, ...others] = await contents(cluster);
  for (const [index, other] of others.entries()) {
    if (other !== first) found.push(`db1 and db${index + 2} hold different rows:\n${first}\n${other}`);
  }
  return found;
}

function keepEvidence(trial: Trial, nodes: Nodes, ledger: Ledger, found: readonly string[]): void {
  for (const [name, lines] of [
    ['ledger', ledger.entries],
    ['reads', ledger.reads],
    ['clocks', nodes.clockMoves],
  ] as const) {
    const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
    writeFileSync(join(trial.folder, `${name}.jsonl`), text);
  }
  writeFileSync(join(trial.folder, 'violations.txt'), `${found.join('\n')}\n`);
  for (let node = 0; node < NODES; node++) {
    writeFileSync(join(trial.folder, 'log', `kanda${node + 1}.log`), nodes.outputOf(node));
  }
}

export function tell({ fault, outageSeconds, databaseOutageSeconds, seen, figures }: FaultResult): string {
  const { requests, unavailable, unanswered } = figures;
  return (
    `${outageSeconds.toFixed(1).padStart(6)} s without service: ${fault.title} ` +
    `(${seen}; the database itself: ${databaseOutageSeconds.toFixed(1)} s); ` +
    `of ${requests} requests ${unavailable} got 503 and ${unanswered} no answer`
  );
}

function seconds(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(1);
}
