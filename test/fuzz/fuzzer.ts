/**
 * A corpus-keeping fuzzer: inputs are changed at random, and one that reaches new code, or is answered in a new way,
 * is made shorter and kept, so that later ones begin from it.
 */
import { AssertionError } from 'node:assert';
import type { Random } from '../support/random.ts';
import { Coverage } from './coverage.ts';
import { mutated } from './mutations.ts';

/** What is fed. */
export interface Target {
  readonly name: string;
  /** Inputs to begin with. */
  readonly seeds: readonly string[];
  /** What inputs are made of. */
  readonly words: readonly string[];
  /**
   * Feeds one input.
   * @returns how it was answered, in a word or two: an answer that is new counts like new code
   * @throws for an answer that is wrong
   */
  run(input: string): string | Promise<string>;
  /** How an input is changed, in place of changes to its text. */
  mutate?(input: string, random: Random, others: readonly string[]): string;
  /** Whether time of the processor is the parser's own. */
  readonly computesAlone: boolean;
}

export interface Finding {
  readonly target: string;
  readonly input: string;
  readonly error: Error;
}

/** How many inputs share a reading of the coverage, which takes longer than most parsers. */
const BATCH = 32;
const SHORTENING_TRIES = 100;
/** Of processor time for an input of 4,096 characters. */
const MAX_COMPUTING_MS = 1_000;
const MAX_FINDINGS = 5;

export class Fuzzer {
  readonly findings: Finding[] = [];
  /** How many inputs were fed. */
  fed = 0;
  readonly #target: Target;
  readonly #random: Random;
  readonly #coverage: Coverage | null;
  readonly #corpus: string[];
  readonly #answers = new Set<string>();
  readonly #faults = new Set<string>();
  #goesOn = () => true;

  /**
   * @param corpus inputs that were kept before
   * @param coverage null: new answers alone decide what is kept
   */
  constructor(target: Target, random: Random, corpus: readonly string[], coverage: Coverage | null) {
    this.#target = target;
    this.#random = random;
    this.#coverage = coverage;
    this.#corpus = [...new Set([...target.seeds, ...corpus])];
  }

  get corpus(): readonly string[] {
    return this.#corpus;
  }

  /** Feeds what was kept before. */
  async replay(): Promise<void> {
    for (const input of this.#corpus) {
      await this.#feed(input);
      this.#markReached();
    }
  }

  /** Feeds changed inputs for as long as `goesOn` says so, and keeps what is new. Ends early after a few findings. */
  async explore(goesOn: () => boolean): Promise<void> {
    this.#goesOn = goesOn;
    while (goesOn() && this.findings.length < MAX_FINDINGS) {
      const batch = Array.from({ length: BATCH }, () => this.#changed());
      for (const input of batch) {
        const known = this.#answers.size;
        await this.#feed(input);
        if (this.#answers.size > known) this.#corpus.push(input);
      }
      const news = this.#coverage?.read();
      if (news === undefined || news.size === 0) continue;
      await this.#keepThoseThatReach(batch);
      // What no input reaches again was work in the background.
      this.#coverage?.mark(news);
    }
  }

  /**
   * The corpus without what other, shorter inputs do as well.
   * @param counts as for {@link Coverage}
   */
  static async minimised(
    target: Target,
    corpus: readonly string[],
    counts: (url: string) => boolean,
  ): Promise<string[]> {
    const coverage = new Coverage(counts);
    const answers = new Set<string>();
    const kept: string[] = [];
    coverage.mark(coverage.read());
    for (const input of [...new Set(corpus)].sort((a, b) => a.length - b.length || (a < b ? -1 : 1))) {
      const answer = await outcomeOf(target, input);
      const news = coverage.read();
      coverage.mark(news);
      if (news.size === 0 && answers.has(answer)) continue;
      answers.add(answer);
      kept.push(input);
    }
    coverage.end();
    return kept;
  }

  #changed(): string {
    const { mutate, words } = this.#target;
    const from = this.#corpus.length === 0 ? '' : this.#random.pick(this.#corpus);
    return mutate === undefined
      ? mutated(from, this.#random, words, this.#corpus)
      : mutate(from, this.#random, this.#corpus);
  }

  /** Feeds an input and notes its answer, or that it is wrong. */
  async #feed(input: string): Promise<void> {
    this.fed++;
    try {
      this.#answers.add(await answerOf(this.#target, input));
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      if (this.#faults.has(kindOf(error))) return;
      this.#faults.add(kindOf(error));
      const shortest = await this.#shortened(input, async (shorter) => {
        const other = await answerOf(this.#target, shorter).catch((thrown) => thrown);
        return other instanceof Error && kindOf(other) === kindOf(error);
      });
      this.findings.push({ target: this.#target.name, input: shortest, error });
    }
  }

  /** Of inputs, some of which reached new code: finds these, by halves, and keeps them, as short as may be. */
  async #keepThoseThatReach(inputs: readonly string[]): Promise<void> {
    const middle = inputs.length >> 1;
    if (middle === 0) return this.#keepShortened(inputs[0] ?? '');
    for (const half of [inputs.slice(0, middle), inputs.slice(middle)])
      if ((await this.#reachedBy(half)) > 0) await this.#keepThoseThatReach(half);
  }

  async #keepShortened(input: string): Promise<void> {
    const size = await this.#reachedBy([input]);
    if (size === 0) return;
    const shortest = await this.#shortened(
      input,
      async (shorter) => (await this.#reachedBy([shorter])) >= size,
    );
    await this.#feed(shortest);
    this.#markReached();
    this.#corpus.push(shortest);
  }

  /** How much code they reach that has not been reached before. */
  async #reachedBy(inputs: readonly string[]): Promise<number> {
    for (const input of inputs) await this.#feed(input);
    return this.#coverage?.read().size ?? 0;
  }

  /** Takes out halves, quarters and so on down to single characters for as long as it `does` the same. */
  async #shortened(input: string, does: (shorter: string) => Promise<boolean>): Promise<string> {
    let text = input;
    let tries = 0;
    for (let size = text.length >> 1; size >= 1; size >>= 1) {
      for (let at = 0; at < text.length && tries < SHORTENING_TRIES && this.#goesOn(); tries++) {
        const shorter = text.slice(0, at) + text.slice(at + size);
        if (await does(shorter)) text = shorter;
        else at += size;
      }
    }
    return text;
  }

  #markReached(): void {
    if (this.#coverage !== null) this.#coverage.mark(this.#coverage.read());
  }
}

/** The answer to an input. @throws also when it took a whole second of computing, three times over */
async function answerOf(target: Target, input: string): Promise<string> {
  for (let tries = 1; ; tries++) {
    const before = process.cpuUsage();
    const answer = await target.run(input);
    const { user } = process.cpuUsage(before);
    if (!target.computesAlone || user / 1000 < MAX_COMPUTING_MS) return answer;
    if (tries === 3) throw new Error(`it computed for ${Math.round(user / 1000)} ms`);
  }
}

async function outcomeOf(target: Target, input: string): Promise<string> {
  return answerOf(target, input).catch((error) => `wrong: ${error}`);
}

/** Where it was thrown, and what it says without the figures: each kind of fault is reported once. */
function kindOf(error: Error): string {
  const at = error.stack?.split('\n').find((line) => line.includes('    at ')) ?? '';
  // What an assertion compares is another thing with each input.
  if (error instanceof AssertionError) return at;
  return `${error.message.replace(/\d+|"[^"]*"|'[^']*'/g, '#').slice(0, 80)}${at}`;
}
