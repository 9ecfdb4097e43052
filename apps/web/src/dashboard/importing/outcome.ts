import type { Problem } from '@kanda/formats';
import { t } from '../../texts/importing.ts';
import type { Tone } from '../../ui/status-badge.tsx';
import type { Result } from './send.ts';

export type Outcome = Result['result'] | Problem['kind'];

/** What each outcome is called, in the order in which they are listed. */
export const OUTCOMES: Readonly<Record<Outcome, { word: string; tone: Tone }>> = {
  enrolled: {
    get word() {
      return t.enrolled;
    },
    tone: 'success',
  },
  added: {
    get word() {
      return t.added;
    },
    tone: 'success',
  },
  replaced: {
    get word() {
      return t.replaced;
    },
    tone: 'success',
  },
  unchanged: {
    get word() {
      return t.unchanged;
    },
    tone: 'neutral',
  },
  skipped: {
    get word() {
      return t.skipped;
    },
    tone: 'neutral',
  },
  conflict: {
    get word() {
      return t.conflict;
    },
    tone: 'warning',
  },
  refused: {
    get word() {
      return t.refused;
    },
    tone: 'danger',
  },
  not_sent: {
    get word() {
      return t.notSent;
    },
    tone: 'warning',
  },
  file: {
    get word() {
      return t.notRead;
    },
    tone: 'danger',
  },
  note: {
    get word() {
      return t.note;
    },
    tone: 'neutral',
  },
};

/** A remark about records: equal ones are one, with all of their places. */
export interface Told {
  readonly outcome: Outcome;
  readonly places: readonly string[];
  readonly message: string;
}

interface Single {
  readonly outcome: Outcome;
  readonly place: string;
  readonly message: string;
}

export function toldOfProblems(problems: readonly Problem[]): readonly Told[] {
  return together(
    problems.map(({ kind, place, message, action }) => ({
      outcome: kind,
      place,
      message: [message, action].filter(Boolean).join(' '),
    })),
  );
}

/** Of the results those that a person should look at. */
export function toldOfResults(results: readonly Result[]): readonly Told[] {
  return together(
    results.flatMap(({ place, clientId, result, detail, notes = [] }): Single[] => {
      const named = [place, clientId].filter(Boolean).join(', ');
      const refused = result === 'refused' || result === 'conflict' ? [detail ?? ''] : [];
      return [
        ...refused.map((message) => ({ outcome: result, place: named, message })),
        ...notes.map((message) => ({ outcome: 'note' as const, place: named, message })),
      ];
    }),
  );
}

/** How many came to what: those that came to nothing are left out. */
export function countsOf(
  results: readonly Result[],
  problems: readonly Problem[],
): readonly (readonly [Outcome, number])[] {
  const counts = new Map<Outcome, number>();
  const add = (outcome: Outcome) => counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  for (const { result } of results) add(result);
  for (const { kind } of problems) if (kind === 'refused' || kind === 'skipped') add(kind);
  return (Object.keys(OUTCOMES) as Outcome[]).flatMap((outcome) => {
    const count = counts.get(outcome);
    return count === undefined ? [] : [[outcome, count] as const];
  });
}

/** NDJSON: one line for each record and each problem of the file, as `kanda import --report` writes it. */
export function reportOf(results: readonly Result[], problems: readonly Problem[]): string {
  const rest = problems.map(({ kind, ...problem }) => ({ ...problem, result: kind }));
  return [...results, ...rest].map((line) => `${JSON.stringify(line)}\n`).join('');
}

function together(singles: readonly Single[]): readonly Told[] {
  const groups = Map.groupBy(singles, ({ outcome, message }) => `${outcome}\n${message}`);
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    return { ...first, places: group.map(({ place }) => place).filter((place) => place !== '') };
  });
}
