/**
 * The watcher of a trial: waits until its standard input ends, which also happens when the process at the other end
 * is killed, and then ends every process of the trial, unmounts what was mounted, and removes the folder.
 *
 * A process is the trial's when its working folder or its command line names the trial's folder.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const END_WITHIN_MS = 20_000;

const [folder = '', keep] = process.argv.slice(2);
if (!/\/kanda-ha-\w+$/.test(folder)) throw new Error(`${folder} is not the folder of a trial`);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});

process.stdin.resume();
await new Promise((resolve) => process.stdin.once('close', resolve));
await endAll();

async function endAll(): Promise<void> {
  const deadline = Date.now() + END_WITHIN_MS;
  for (let pids = pidsOfTrial(); pids.length > 0; pids = pidsOfTrial()) {
    if (Date.now() > deadline) throw new Error(`processes of ${folder} do not end: ${pids.join(', ')}`);
    for (const pid of pids) kill(pid);
    await sleep(50);
  }
  for (const path of mountsBelow()) spawnSync('umount', [path], { stdio: 'inherit' });
  if (keep === undefined) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  else console.log(`Kept for looking at: ${folder}`);
}

function pidsOfTrial(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter(
      (pid) => isBelow(workingFolder(pid)) || commandLine(pid).some((word) => word.includes(`${folder}/`)),
    )
    .map(Number);
}

function isBelow(path: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}

function workingFolder(pid: string): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return '';
  }
}

function commandLine(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    return [];
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended meanwhile.
  }
}

function mountsBelow(): string[] {
  return readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '')
    .filter((path) => path.startsWith(`${folder}/`));
}
