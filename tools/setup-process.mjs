/** How `setup.mjs` works: programs that end with it, one setup at a time, and steps that say how far they are. */
import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
/** Git ignores it; may be deleted at any time. */
export const RUNTIME = join(ROOT, '.runtime');
const LOCK = join(RUNTIME, 'setup.lock');

/** The holder of the lock touches it every BEAT_MS; a lock untouched for STALE_MS is taken over. */
const BEAT_MS = 2_000;
const STALE_MS = 20_000;
/** How often a step that goes on says so. */
const STILL_AT_IT_MS = 15_000;

/** A failure that a person can do something about. Any other exception is a defect of the setup. */
export class SetupError extends Error {}

/**
 * What runs at the moment, to be ended with this process.
 * @type {Set<import('node:child_process').ChildProcess>}
 */
const children = new Set();
let stopping = false;

// ---- steps -------------------------------------------------------------------------------------------

/**
 * @typedef {object} Step
 * @property {string} what  what it brings or makes, and with which program
 * @property {() => Promise<void>} work
 */

/**
 * Lanes that run side by side; the steps of a lane run one after the other.
 * @typedef {Step[][]} Stage
 */

/** Numbers the steps of a run, and says of each when it begins, how long it has taken so far, and when it is done. */
export class Steps {
  #total;
  #begun = 0;

  /** @param {number} total how many there will be */
  constructor(total) {
    this.#total = total;
  }

  /** @param {Step} step */
  async run({ what, work }) {
    const name = `step ${++this.#begun} of ${this.#total}: ${what}`;
    const begun = performance.now();
    const seconds = () => `${Math.round((performance.now() - begun) / 1_000)} s`;
    say(`${name} …`);
    const beat = setInterval(() => say(`${name}: ${seconds()} so far …`), STILL_AT_IT_MS);
    try {
      await work();
    } finally {
      clearInterval(beat);
    }
    say(`${name}: done in ${seconds()}`);
  }

  /**
   * Runs stage after stage. When a step fails, what runs beside it still ends, as it may be writing.
   * @param {Stage[]} stages
   * @throws what a step threw
   */
  async runStages(stages) {
    for (const lanes of stages) {
      const ended = await Promise.allSettled(
        lanes.map(async (lane) => {
          for (const step of lane) await this.run(step);
        }),
      );
      for (const lane of ended) if (lane.status === 'rejected') throw lane.reason;
    }
  }
}

// ---- one at a time -----------------------------------------------------------------------------------

/**
 * Two `npm start` at once must not both write node_modules: the second waits, then finds the work done.
 * A directory is the lock, since making one is atomic on every file system.
 * @param {() => Promise<void>} work
 */
export async function underLock(work) {
  try {
    fs.accessSync(ROOT, fs.constants.W_OK);
    fs.mkdirSync(RUNTIME, { recursive: true });
  } catch (error) {
    throw new SetupError(`cannot write to ${ROOT} (${codeOf(error)}). Copy Kanda to a folder of your own.`);
  }
  let told = false;
  while (!takeLock()) {
    if (!told) say('another setup is running in this folder; waiting for it …');
    told = true;
    await sleep(250);
  }
  const beat = setInterval(touchLock, BEAT_MS);
  const release = () => fs.rmSync(LOCK, { recursive: true, force: true });
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
    process.on(signal, async () => {
      // npm goes on writing for a moment after SIGTERM; no other setup may begin before it has ended.
      stopping = true;
      for (const child of children) child.kill(signal);
      while (children.size > 0) await sleep(50);
      release();
      process.exit(130);
    });
  }
  try {
    await work();
  } finally {
    clearInterval(beat);
    release();
  }
}

function takeLock() {
  try {
    fs.mkdirSync(LOCK);
    return true;
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  }
  if (isStale(LOCK)) removeStaleLock();
  return false;
}

/** Moved aside first and looked at again: between the two looks someone else may have made it anew. */
function removeStaleLock() {
  const aside = `${LOCK}.${process.pid}`;
  try {
    fs.renameSync(LOCK, aside);
    if (isStale(aside)) fs.rmSync(aside, { recursive: true, force: true });
    else fs.renameSync(aside, LOCK);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  }
}

/** @param {string} path */
function isStale(path) {
  const modified = fs.statSync(path, { throwIfNoEntry: false })?.mtimeMs;
  return modified !== undefined && Date.now() - modified > STALE_MS;
}

function touchLock() {
  const now = new Date();
  try {
    fs.utimesSync(LOCK, now, now);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  }
}

// ---- small things ------------------------------------------------------------------------------------

/**
 * @param {string} program
 * @param {string[]} args
 * @param {import('node:child_process').SpawnOptions} options
 * @param {(text: string) => void} [onOutput]
 * @returns {Promise<number | null>} its exit status; null when it was killed or could not be started
 */
export function run(program, args, options, onOutput) {
  return new Promise((resolve) => {
    const child = spawn(program, args, options);
    children.add(child);
    if (onOutput)
      for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', onOutput);
    const done = (/** @type {number | null} */ status) => {
      children.delete(child);
      if (!stopping) resolve(status);
    };
    child.on('error', () => done(null));
    child.on('close', done);
  });
}

/** @param {string} text */
export function say(text) {
  console.log(`kanda setup: ${text}`);
}

/** @param {unknown} error */
function codeOf(error) {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
