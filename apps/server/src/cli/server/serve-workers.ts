import cluster, { type Worker } from 'node:cluster';
import { setTimeout as sleep } from 'node:timers/promises';
import { openToServe } from '../../compose/upgrade.ts';
import type { Config } from '../../config/schema.ts';
import { assertPortFree, type StartedWith } from './port.ts';
import { stopSignal } from './stop-signal.ts';
import { WorkerFigures } from './worker-figures.ts';

/** A worker that ends sooner than this after its start will not do better at once. */
const SHORT_LIFE_MS = 5_000;
const PAUSE_MS = 1_000;

/** Whether this process is to lead workers: it was asked for several, and is none of them. */
export function leadsWorkers({ workers }: Config): boolean {
  return workers > 1 && !cluster.isWorker;
}

/**
 * Runs this number of servers as processes of their own, which share the port, until SIGTERM or SIGINT. One that dies is
 * replaced; one that cannot start ends all.
 */
export async function leadWorkers(config: Config, startedWith: StartedWith): Promise<void> {
  if (config.databaseUrl === null) {
    throw new Error(
      `KANDA_WORKERS (--workers) is ${config.workers}, and SQLite has one writer: more processes would only wait for each other. ` +
        'Set it to 1, or keep everything in PostgreSQL with KANDA_DATABASE_URL.',
    );
  }
  await assertPortFree(config, startedWith);
  // Tables and master key are made once, and what is wrong with them is reported once.
  const { loggerFor, toOperator } = await import('./server-log.ts');
  const operator = toOperator(loggerFor(config.logLevel, null));
  await (await openToServe(config, operator)).close();
  const stop = stopSignal(operator.onNotice);
  let stopping = false;
  const figures = new WorkerFigures(config.workers);
  const workers = Array.from({ length: config.workers }, (_, index) =>
    keepOneRunning(index, figures, () => stopping),
  );
  const failed = Promise.race(workers);
  const signal = await Promise.race([stop, failed]);
  stopping = true;
  // A signal to the whole group has reached the workers too, and a second signal of a kind ends them at once.
  for (const worker of Object.values(cluster.workers ?? {})) {
    worker?.process.kill(signal === 'SIGTERM' ? 'SIGINT' : 'SIGTERM');
  }
  await Promise.all(workers);
  figures.stop();
  if (signal === 'failed') process.exitCode = 1;
}

/** Lets a worker end: the channel to its leader would keep it. */
export function leaveWorkers(): void {
  cluster.worker?.disconnect();
}

async function keepOneRunning(
  index: number,
  figures: WorkerFigures,
  isStopping: () => boolean,
): Promise<'failed' | 'stopped'> {
  for (;;) {
    const begun = performance.now();
    const worker = cluster.fork();
    figures.join(index, worker);
    const { code, signal } = await endOf(worker);
    figures.leave(index);
    if (isStopping()) return 'stopped';
    figures.countRestart();
    const lived = performance.now() - begun;
    console.error(`A worker ended (${signal ?? `exit status ${code}`}) after ${Math.round(lived / 1000)} s.`);
    if (lived < SHORT_LIFE_MS && code !== null && code !== 0) return 'failed';
    if (lived < SHORT_LIFE_MS) await sleep(PAUSE_MS);
    if (isStopping()) return 'stopped';
  }
}

function endOf(worker: Worker): Promise<{ code: number | null; signal: string | null }> {
  return new Promise((resolve) => worker.once('exit', (code, signal) => resolve({ code, signal })));
}
