/**
 * A short run of `npm run fuzz`, the same each time: what is kept in test/fuzz/corpus, and what is made from it.
 *
 * Seen to find, each within these few inputs: a name twice in a body, without the comparison in `parseJsonBody`
 * (http/server/json-body.ts); texts that the log would break at, without `\p{Zl}` in `printable` (domain/log/events.ts);
 * `unescape` in place of `decodeURIComponent` (packages/otp/src/otpauth.ts); checkpoints of more than 2^53 events, without
 * `isSafeInteger` (packages/tlog/src/checkpoint.ts); a 500, with a plain Error for bodies that do not parse.
 */
import { describe, expect, test } from 'vitest';
import { Random } from '../support/random.ts';
import { asLine, readCorpus } from './corpus.ts';
import { Coverage } from './coverage.ts';
import { Fuzzer, type Target } from './fuzzer.ts';
import { PARSERS } from './targets.ts';

const seed = Number(process.env.FUZZ_SEED ?? 20_260_131);

async function fuzzBriefly(target: Target, inputs: number): Promise<string[]> {
  const fuzzer = new Fuzzer(target, new Random(seed), readCorpus(target.name), null);
  await fuzzer.replay();
  const enough = fuzzer.fed + inputs;
  await fuzzer.explore(() => fuzzer.fed < enough);
  return fuzzer.findings.map(
    ({ input, error }) =>
      `npm run fuzz -- --target ${target.name} --input '${asLine(input)}': ${error.stack}`,
  );
}

describe('the fuzzer', () => {
  const TIMES = 20_000;

  /** Wrong only for what begins with a word of four letters, of which each shows only when the one before is right. */
  function looksFor(text: string): string {
    if (text[0] === 'k') {
      if (text[1] === 'a') {
        if (text[2] === 'n') {
          if (text[3] === 'd') throw new Error('the word is there');
        }
      }
    }
    return 'read';
  }
  const planted: Target = {
    name: 'planted',
    seeds: ['....'],
    words: [...'abcdefghijklmnopqrstuvwxyz'],
    run: looksFor,
    computesAlone: true,
  };

  test('finds what only an input that goes on from another reaches, and shows it as short as it can be', async () => {
    const coverage = new Coverage((url) => url.includes('corpus.test'));
    const fuzzer = new Fuzzer(planted, new Random(7), [], coverage);
    await fuzzer.replay();
    await fuzzer.explore(() => fuzzer.fed < TIMES && fuzzer.findings.length === 0);
    coverage.end();
    expect(fuzzer.findings.map(({ input }) => input)).toEqual(['kand']);
    // Without coverage as many inputs do not find it.
    const blind = new Fuzzer(planted, new Random(7), [], null);
    await blind.explore(() => blind.fed < TIMES);
    expect(blind.findings).toEqual([]);
  });

  test('keeps of a corpus what the rest does not do', async () => {
    const run = (text: string) => (text.includes('a') ? 'with' : 'without');
    const target: Target = { ...planted, run };
    expect(await Fuzzer.minimised(target, ['xxa', 'ba', 'a', 'bb', 'a'], () => false)).toEqual(['a', 'bb']);
  });
});

test.each(PARSERS.map((target) => [target.name, target] as const))('%s', async (_, target) => {
  // A password takes zxcvbn a hundred times as long as others take.
  expect(await fuzzBriefly(target, target.name === 'password' ? 50 : 500)).toEqual([]);
});

test('HTTP', async () => {
  // Loaded only now: all code that is loaded makes it take longer to see what ran.
  const { HttpTarget } = await import('./http-target.ts');
  const target = await HttpTarget.start();
  try {
    expect(await fuzzBriefly(target, 300)).toEqual([]);
  } finally {
    await target.close();
  }
});
