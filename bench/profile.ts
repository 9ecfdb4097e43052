import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

interface CallFrame {
  readonly functionName: string;
  readonly url: string;
}

interface Profile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: CallFrame;
    readonly children?: readonly number[];
  }[];
  readonly samples: readonly number[];
  /** µs since the sample before. */
  readonly timeDeltas: readonly number[];
}

/** The first that fits a frame has its time. What is native in a frame's code, as SQLite's own, is the frame's. */
const STAGES: readonly (readonly [stage: string, fits: (frame: CallFrame) => boolean])[] = [
  ['waiting', ({ functionName }) => functionName === '(idle)'],
  ['garbage collection', ({ functionName }) => functionName === '(garbage collector)'],
  ['Node without JavaScript', ({ url }) => url === ''],
  ['node:http, streams, timers', ({ url }) => url.startsWith('node:')],
  ['Fastify and what it needs', ({ url }) => url.includes('/node_modules/')],
  ['http/', ({ url }) => url.includes('/src/http/')],
  ['domain/', ({ url }) => url.includes('/src/domain/')],
  ['store/, with SQLite', ({ url }) => url.includes('/src/store/')],
  ['crypto/ and otp', ({ url }) => url.includes('/src/crypto/') || url.includes('/packages/otp/')],
  ['background/ and tlog', ({ url }) => url.includes('/src/background/') || url.includes('/packages/tlog/')],
  ['everything else', () => true],
];

/**
 * A table of where the main thread's time went, from the profile that Node wrote into `folder` at its end.
 *
 * @param requests what the time is divided by; all that the server did is in it, its start and its warm-up, too
 */
export function timeByStage(folder: string, requests: number): string {
  // A start that failed has left one, too.
  const [file = ''] = readdirSync(folder)
    .map((name) => join(folder, name))
    .sort((one, other) => statSync(other).size - statSync(one).size);
  const profile: Profile = JSON.parse(readFileSync(file, 'utf8'));
  const stages = stageOfEach(profile);
  const times = new Map(STAGES.map(([stage]) => [stage, 0]));
  for (const [index, sample] of profile.samples.entries()) {
    const stage = stages.get(sample) ?? '';
    times.set(stage, (times.get(stage) ?? 0) + (profile.timeDeltas[index] ?? 0));
  }
  times.delete('waiting');
  const all = [...times.values()].reduce((sum, time) => sum + time, 0);
  const rows = [...times].map(
    ([stage, time]) =>
      `| ${stage} | ${(time / requests).toFixed(1)} | ${((time / all) * 100).toFixed(0)} % |`,
  );
  return ['| main thread | µs | share |', '| --- | --- | --- |', ...rows].join('\n');
}

function stageOfEach({ nodes }: Profile): ReadonlyMap<number, string> {
  const stages = new Map<number, string>();
  // A node comes before its children in what V8 writes.
  for (const { id, callFrame, children = [] } of nodes) {
    const isNative = callFrame.url === '' && !callFrame.functionName.startsWith('(');
    const own = STAGES.find(([, fits]) => fits(callFrame))?.[0] ?? '';
    const stage = isNative ? (stages.get(id) ?? own) : own;
    for (const child of children) stages.set(child, stage);
    stages.set(id, stage);
  }
  return stages;
}
