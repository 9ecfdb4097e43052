/**
 * Which code an input reaches, counted by V8 itself (`Profiler.takePreciseCoverage` of node:inspector), so that the
 * code runs as it is, without being rewritten.
 */
import { type Profiler, Session } from 'node:inspector';

/** A piece of a script, by places in its text. */
interface Run {
  readonly url: string;
  readonly start: number;
  readonly end: number;
}

/** Code that had not been reached before. */
export interface News {
  readonly runs: readonly Run[];
  /** How much it is, in characters. */
  readonly size: number;
}

export class Coverage {
  readonly #session = new Session();
  readonly #counts: (url: string) => boolean;
  /** For each script, which of its characters were ever run. */
  readonly #reached = new Map<string, Uint8Array>();

  /** @param counts whether the code of the script with this URL is looked at */
  constructor(counts: (url: string) => boolean) {
    this.#counts = counts;
    this.#session.connect();
    this.#session.post('Profiler.enable');
    this.#session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  }

  /** What ran since the last call and had not been reached before. */
  read(): News {
    let taken: Profiler.TakePreciseCoverageReturnType | null = null;
    // Its answer comes before `post` returns.
    this.#session.post('Profiler.takePreciseCoverage', (error, result) => {
      if (error !== null) throw error;
      taken = result;
    });
    const { result } = taken as unknown as Profiler.TakePreciseCoverageReturnType;
    const runs = result
      .filter(({ url }) => this.#counts(url))
      .flatMap(({ url, functions }) => functions.flatMap(({ ranges }) => this.#newRuns(url, ranges)));
    return { runs, size: runs.reduce((sum, { start, end }) => sum + end - start, 0) };
  }

  /** From now on this counts as reached. */
  mark({ runs }: News): void {
    for (const { url, start, end } of runs) {
      let reached = this.#reached.get(url);
      if (reached === undefined || reached.length < end) {
        const grown = new Uint8Array(2 * end);
        grown.set(reached ?? []);
        this.#reached.set(url, grown);
        reached = grown;
      }
      reached.fill(1, start, end);
    }
  }

  end(): void {
    this.#session.disconnect();
  }

  /** Ranges lie within one another, the outer first; the innermost says whether a character ran. */
  #newRuns(url: string, ranges: readonly Profiler.CoverageRange[]): Run[] {
    const [whole] = ranges;
    if (whole === undefined || whole.count === 0) return [];
    const { startOffset: from, endOffset: to } = whole;
    const ran = new Uint8Array(to - from);
    for (const { startOffset, endOffset, count } of ranges)
      ran.fill(count > 0 ? 1 : 0, startOffset - from, endOffset - from);
    const reached = this.#reached.get(url);
    const runs: Run[] = [];
    for (let at = 0; at < ran.length; at++) {
      if (ran[at] === 0 || reached?.[from + at] === 1) continue;
      let end = at + 1;
      while (end < ran.length && ran[end] === 1 && reached?.[from + end] !== 1) end++;
      runs.push({ url, start: from + at, end: from + end });
      at = end;
    }
    return runs;
  }
}
