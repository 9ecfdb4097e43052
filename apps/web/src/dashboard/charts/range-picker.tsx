import { useState } from 'react';
import { t } from '../../texts/charts.ts';
import { Field, NativeSelect, TextInput } from '../../ui/field.tsx';
import { useNow } from '../../ui/time.tsx';
import { useView, useViewChange } from '../overview-view.ts';
import { isDay, RANGES, type Range } from '../searches.ts';
import { DAY_MS, daysIn, MAX_DAYS, type OwnRange } from '../statistics.ts';

const OWN = 'own' as const;
const FIRST_DAYS = 7;

/** The last hours or days, or days of one's own. */
export function RangePicker() {
  const { range } = useView();
  const change = useViewChange();
  const now = useNow();
  const pick = (value: string): Range | OwnRange =>
    value === OWN ? lastDays(now) : (RANGES.find((each) => each === value) ?? '24h');
  return (
    <NativeSelect
      aria-label={t.range}
      value={typeof range === 'object' ? OWN : range}
      onChange={({ target }) => change({ range: pick(target.value) })}
    >
      {([...RANGES, OWN] as const).map((each) => (
        <option key={each} value={each}>
          {t.rangeChoices[each]}
        </option>
      ))}
    </NativeSelect>
  );
}

function lastDays(now: number): OwnRange {
  const day = (at: number) => new Date(at).toISOString().slice(0, 10);
  return { from: day(now - (FIRST_DAYS - 1) * DAY_MS), to: day(now) };
}

/** The first and the last day of a range of one's own. What cannot be one is not asked for, and is not in the address. */
export function OwnDays({ range }: { range: OwnRange }) {
  const change = useViewChange();
  const [draft, setDraft] = useState(range);
  const [shown, setShown] = useState(range);
  const [left, setLeft] = useState(false);
  if (shown.from !== range.from || shown.to !== range.to) {
    // The address has changed, as by the browser's Back.
    setShown(range);
    setDraft(range);
  }
  const problem = problemOf(draft);
  const set = (changed: Partial<OwnRange>) => {
    const next = { ...draft, ...changed };
    setDraft(next);
    setLeft(false);
    if (problemOf(next) === null) change({ range: next }, true);
  };
  return (
    <fieldset className="mb-4" onBlur={() => setLeft(true)}>
      <legend className="sr-only">{t.ownDays}</legend>
      <div className="grid grid-cols-1 gap-3 min-[400px]:grid-cols-2 sm:max-w-104">
        <Field label={t.firstDay}>
          {(wiring) => (
            <TextInput
              {...wiring}
              type="date"
              value={draft.from}
              onChange={({ target }) => set({ from: target.value })}
            />
          )}
        </Field>
        {/* A year that is half typed is no mistake yet. */}
        <Field label={t.lastDay} error={left ? problem : null}>
          {(wiring) => (
            <TextInput
              {...wiring}
              type="date"
              value={draft.to}
              onChange={({ target }) => set({ to: target.value })}
            />
          )}
        </Field>
      </div>
      <p className="mt-2 text-14 text-muted">{t.ownDaysHint(MAX_DAYS)}</p>
    </fieldset>
  );
}

function problemOf(range: OwnRange): string | null {
  if (!isDay(range.from) || !isDay(range.to)) return t.daysMissing;
  const days = daysIn(range);
  if (days <= 0) return t.daysReversed;
  return days > MAX_DAYS ? t.tooManyDays(MAX_DAYS) : null;
}
