/** What is done to the deployment while it is under load, and what puts it right again. */
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Cluster } from './cluster.ts';
import type { Load } from './load.ts';
import type { Nodes } from './nodes.ts';

export interface Scene {
  readonly cluster: Cluster;
  readonly nodes: Nodes;
  readonly load: Load;
  /** The host whose disk can be filled; null: none. */
  readonly fillable: number | null;
}

export interface Fault {
  readonly name: string;
  /** As the table of results says it. */
  readonly title: string;
  /** Before the time is taken. */
  prepare?(scene: Scene): Promise<void>;
  /** Resolves when everything has been put right, as far as someone has to do it. Says what else was seen. */
  cause(scene: Scene): Promise<string>;
}

const TAKEN_OVER_WITHIN_MS = 90_000;
const SWITCH_TRIES = 3;
const FULL_FOR_MS = 10_000;
const CLOCK_MOVED_FOR_MS = 8_000;
const WITHOUT_ETCD_MS = 15_000;
/** Less than `wal_sender_timeout`. */
const LAG_MS = 1_000;
const FILLER = 'filler';

export const PRIMARY_KILLS: readonly Fault[] = [
  {
    name: 'postgres',
    title: "SIGKILL of the primary's PostgreSQL",
    async cause({ cluster }) {
      const primary = await primaryOf(cluster);
      cluster.killPostgres(primary);
      return tookOver(cluster, primary);
    },
  },
  {
    name: 'patroni',
    title: "SIGKILL of the primary's Patroni, which stays away",
    async cause({ cluster }) {
      const primary = await primaryOf(cluster);
      cluster.killPatroni(primary);
      const seen = await tookOver(cluster, primary);
      cluster.startPatroni(primary);
      return seen;
    },
  },
  {
    name: 'host',
    title: 'SIGKILL of both, as when the host is gone',
    async cause({ cluster }) {
      const primary = await primaryOf(cluster);
      cluster.killPatroni(primary);
      cluster.killPostgres(primary);
      const seen = await tookOver(cluster, primary);
      cluster.startPatroni(primary);
      return seen;
    },
  },
];

export const OTHER_FAULTS: readonly Fault[] = [
  {
    name: 'node',
    title: 'SIGKILL of a Kanda node',
    async cause({ nodes }) {
      await nodes.kill(1);
      await sleep(2_000);
      await nodes.restart(1);
      return 'the other node served';
    },
  },
  {
    name: 'lag',
    title: `SIGKILL of the primary's PostgreSQL after ${LAG_MS / 1000} s in which it sent nothing to its standbys`,
    async cause({ cluster }) {
      const primary = await primaryOf(cluster);
      cluster.freezeReplication(primary);
      await sleep(LAG_MS);
      cluster.killPostgres(primary);
      return tookOver(cluster, primary);
    },
  },
  {
    name: 'switchover',
    title: 'planned switchover',
    async cause({ cluster }) {
      const primary = await primaryOf(cluster);
      await cluster.switchOver();
      return tookOver(cluster, primary);
    },
  },
  {
    name: 'etcd',
    title: 'the primary is cut off from etcd',
    async cause({ cluster }) {
      const primary = await primaryOf(cluster);
      cluster.cutFromEtcd(primary);
      return tookOver(cluster, primary).finally(() => cluster.healToEtcd(primary));
    },
  },
  {
    name: 'quorum',
    title: `no host reaches etcd for ${WITHOUT_ETCD_MS / 1000} s`,
    async cause({ cluster }) {
      const hosts = Array.from({ length: cluster.size }, (_, host) => host);
      for (const host of hosts) cluster.cutFromEtcd(host);
      await sleep(WITHOUT_ETCD_MS);
      const during = await cluster.primary();
      for (const host of hosts) cluster.healToEtcd(host);
      return during === null ? 'there was no primary at the end' : 'there was a primary all the time';
    },
  },
  {
    name: 'disk',
    title: "the primary's disk is full",
    async prepare({ cluster, fillable }) {
      if (fillable === null || (await primaryOf(cluster)) === fillable) return;
      // Only the synchronous standby may be switched to; the third host first becomes it when the others change.
      while ((await primaryOf(cluster)) !== fillable) {
        await switchOver(cluster);
        await cluster.ready(TAKEN_OVER_WITHIN_MS);
      }
    },
    async cause({ cluster, fillable }) {
      if (fillable === null) throw new Error('no disk can be filled');
      const file = join(cluster.folderOf(fillable), FILLER);
      let stopped = false;
      try {
        fill(file);
        const taken = await cluster.otherPrimary(fillable, FULL_FOR_MS).catch(() => null);
        if (taken !== null) return `${cluster.nameOf(taken)} took over`;
        // PostgreSQL refuses rows, or starts and fails for ever: Patroni keeps its role, and it is the operator's turn.
        await cluster.stopPatroni(fillable);
        stopped = true;
        return `no one took over within ${FULL_FOR_MS / 1000} s; Patroni was stopped: ${await tookOver(cluster, fillable)}`;
      } finally {
        rmSync(file, { force: true });
        if (stopped) cluster.startPatroni(fillable);
      }
    },
  },
  {
    name: 'clock',
    title: "a Kanda node's clock jumps by a minute, ahead, behind, and back",
    async cause({ nodes, load }) {
      const before = load.sendsAhead;
      load.sendsAhead = true;
      const seen: string[] = [];
      for (const seconds of [60, -60, 0]) {
        nodes.moveClock(1, seconds);
        await sleep(CLOCK_MOVED_FOR_MS);
        seen.push(`${await nodes.clockOf(1)} s`);
      }
      load.sendsAhead = before;
      return `its clock was off by ${seen.join(', ')}`;
    },
  },
];

export const FAULTS: readonly Fault[] = [...PRIMARY_KILLS, ...OTHER_FAULTS];

async function primaryOf(cluster: Cluster): Promise<number> {
  const primary = await cluster.primary();
  if (primary === null) throw new Error('there is no primary that something could be done to');
  return primary;
}

/** Patroni refuses one for which it has not yet noted a standby, and its command ends as if all were well: asked again. */
async function switchOver(cluster: Cluster): Promise<void> {
  const from = await primaryOf(cluster);
  for (let tries = 1; ; tries++) {
    await cluster.switchOver();
    try {
      await cluster.otherPrimary(from, TAKEN_OVER_WITHIN_MS / SWITCH_TRIES);
      return;
    } catch (error) {
      if (tries === SWITCH_TRIES) throw error;
    }
  }
}

async function tookOver(cluster: Cluster, from: number): Promise<string> {
  const begun = performance.now();
  const to = await cluster.otherPrimary(from, TAKEN_OVER_WITHIN_MS);
  const seconds = ((performance.now() - begun) / 1000).toFixed(1);
  return `${cluster.nameOf(from)} → ${cluster.nameOf(to)} after ${seconds} s`;
}

/** Writes until nothing more goes in, at the end byte by byte: a little space would still take a row. */
function fill(file: string): void {
  const descriptor = openSync(file, 'w');
  try {
    for (let size = 1 << 20; size >= 1; size >>= 1) {
      const part = Buffer.alloc(size, 1);
      try {
        for (;;) if (writeSync(descriptor, part) < size) break;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
      }
    }
  } finally {
    closeSync(descriptor);
  }
}
