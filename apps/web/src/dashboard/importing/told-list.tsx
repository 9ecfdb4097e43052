import { useState } from 'react';
import { t } from '../../texts/importing.ts';
import { Button } from '../../ui/button.tsx';
import { numberWords } from '../../ui/formats.ts';
import type { IconName } from '../../ui/icons.tsx';
import { StatusBadge, type Tone } from '../../ui/status-badge.tsx';
import { OUTCOMES, type Outcome, type Told } from './outcome.ts';

const SHOWN = 10;
const PLACES = 3;
const ICONS: Readonly<Record<Tone, IconName>> = {
  success: 'accepted',
  danger: 'refused',
  warning: 'warning',
  neutral: 'note',
};

export function OutcomeBadge({ outcome }: { outcome: Outcome }) {
  const { word, tone } = OUTCOMES[outcome];
  return (
    <StatusBadge tone={tone} icon={ICONS[tone]}>
      {word}
    </StatusBadge>
  );
}

/** What was not taken as it is, with the reason and the places. */
export function ToldList({ label, told }: { label: string; told: readonly Told[] }) {
  const [all, setAll] = useState(false);
  if (told.length === 0) return null;
  const shown = all ? told : told.slice(0, SHOWN);
  return (
    <div className="flex flex-col items-start gap-3">
      <ul aria-label={label} className="flex w-full flex-col gap-3">
        {shown.map(({ outcome, places, message }) => (
          <li key={`${outcome} ${message}`} className="flex flex-col items-start gap-1 text-14">
            <div className="flex max-w-full flex-wrap items-center gap-2">
              <OutcomeBadge outcome={outcome} />
              <span className="min-w-0 text-muted [overflow-wrap:anywhere]">{placesWords(places)}</span>
            </div>
            <p className="max-w-prose [overflow-wrap:anywhere]">{message}</p>
          </li>
        ))}
      </ul>
      {told.length > SHOWN && !all && (
        <Button onClick={() => setAll(true)}>{t.showAllReasons(told.length)}</Button>
      )}
    </div>
  );
}

function placesWords(places: readonly string[]): string {
  const more = places.length - PLACES;
  const named = places.slice(0, PLACES).join(' · ');
  return more > 0 ? t.andMore(named, numberWords(more)) : named;
}
