/**
 * `npm run fuzz`: feeds made-up inputs to everything that reads what comes from outside, for as long as it is given, and
 * keeps those that reach new code in test/fuzz/corpus.
 *
 *   --minutes N       how long, shared among the targets (10)
 *   --target LIST     only these
 *   --seed N          repeats the choices of a run (another each time)
 *   --input JSON      feeds this one input, as a finding shows it, and nothing else
 */
import { parseArgs } from 'node:util';
import { Random } from '../support/random.ts';
import { asLine, readCorpus, writeCorpus } from './corpus.ts';
import { Coverage } from './coverage.ts';
import { type Finding, Fuzzer, type Target } from './fuzzer.ts';
import { PARSERS } from './targets.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    target: { type: 'string' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000_000) },
    input: { type: 'string' },
  },
});

/** Of the time for all: an input takes a hundred times as long as one of a parser. */
const HTTP = 'http';
const HTTP_PART = 0.4;
const isOurs = (url: string) => /\/(?:apps\/server|packages\/\w+)\/src\//.test(url);

const named = values.target?.split(',') ?? [...PARSERS.map(({ name }) => name), HTTP];
const unknown = named.find((name) => name !== HTTP && PARSERS.every((target) => target.name !== name));
if (unknown !== undefined) {
  const known = [...PARSERS.map(({ name }) => name), HTTP];
  throw new Error(`--target: there is no ${unknown}; there are ${known.join(', ')}`);
}
const parsers = PARSERS.filter(({ name }) => named.includes(name));
const forHttp = !named.includes(HTTP) ? 0 : parsers.length === 0 ? 1 : HTTP_PART;
const milliseconds = Number(values.minutes) * 60_000;
const findings: Finding[] = [];

if (values.input === undefined) console.log(`FUZZ: --seed ${values.seed} repeats the choices of this run.`);
for (const target of parsers) await feed(target, ((1 - forHttp) / parsers.length) * milliseconds);
if (forHttp > 0) {
  // Loaded only now: all code that is loaded makes it take longer to see what ran.
  const { HttpTarget } = await import('./http-target.ts');
  const http = await HttpTarget.start();
  await feed(http, forHttp * milliseconds).finally(() => http.close());
}
for (const { target, input, error } of findings) {
  console.error(`\nFOUND in ${target}: ${error.stack}`);
  console.error(`Repeat it with: npm run fuzz -- --target ${target} --input '${asLine(input)}'`);
}
if (values.input === undefined) console.log(`${findings.length} findings.`);
process.exitCode = findings.length === 0 ? 0 : 1;

async function feed(target: Target, forMs: number): Promise<void> {
  if (values.input === undefined) findings.push(...(await fuzz(target, forMs)));
  else console.log(`${target.name}: ${await target.run(JSON.parse(values.input))}`);
}

async function fuzz(target: Target, forMs: number): Promise<readonly Finding[]> {
  const before = readCorpus(target.name);
  const coverage = new Coverage(isOurs);
  const fuzzer = new Fuzzer(target, new Random(Number(values.seed)), before, coverage);
  const until = performance.now() + forMs;
  await fuzzer.replay();
  await fuzzer.explore(() => performance.now() < until);
  coverage.end();
  // What was found stays too, so that it is fed to the parser once it is repaired.
  const found = fuzzer.findings.map(({ input }) => input);
  const kept = await Fuzzer.minimised(target, [...fuzzer.corpus, ...found], isOurs);
  const grown = fuzzer.corpus.length - before.length - target.seeds.length;
  console.log(
    `${target.name.padEnd(16)} ${fuzzer.fed} inputs, ${Math.max(0, grown)} new; ${kept.length} kept`,
  );
  if (kept.some((input) => !before.includes(input))) writeCorpus(target.name, kept);
  return fuzzer.findings;
}
