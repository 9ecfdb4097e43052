import { useEffect, useState, useSyncExternalStore } from 'react';
import { t } from '../texts/ui.ts';
import { absoluteTime, relativeTime } from './time-words.ts';
import { exactTimeIn, logTimeIn, sameDayIn, type Zone } from './zoned-time.ts';

/** "4 min ago"; the whole row or the pointer's touch shows the exact time. `at` is RFC 3339. */
export function Ago({ at, none = t.never }: { at: string | null; none?: string }) {
  const now = useNow();
  if (at === null) return <span className="text-muted">{none}</span>;
  return (
    <time dateTime={at} className="time-swap whitespace-nowrap">
      <span className="time-relative">{relativeTime(Date.parse(at), now)}</span>
      <span className="time-absolute">{absoluteTime(at)}</span>
    </time>
  );
}

/** The exact time, with how long ago it was. */
export function ExactTime({ at, zone }: { at: string; zone?: Zone }) {
  const now = useNow();
  return (
    <time dateTime={at}>
      {exactTimeIn(Date.parse(at), zone)}{' '}
      <span className="text-muted">({relativeTime(Date.parse(at), now)})</span>
    </time>
  );
}

interface LogTimeProps {
  /** RFC 3339. */
  at: string;
  /** Today's also by how long ago. */
  ago?: boolean;
  zone?: Zone;
}

/** When it was to the second, as a log tells it. */
export function LogTime({ at, ago = false, zone }: LogTimeProps) {
  const now = useNow();
  const then = Date.parse(at);
  return (
    <time dateTime={at} title={exactTimeIn(then, zone)} className="whitespace-nowrap tabular-nums">
      {logTimeIn(then, now, zone)}
      {ago && sameDayIn(then, now, zone) && <span className="text-muted"> {relativeTime(then, now)}</span>}
    </time>
  );
}

const TICK_MS = 15_000;
const listeners = new Set<() => void>();
let now = Date.now();
let timer: ReturnType<typeof setInterval> | undefined;

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(() => {
    now = Date.now();
    for (const each of listeners) each();
  }, TICK_MS);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

/** The time (ms), one clock for the page, four ticks a minute. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, () => {
    // Without a listener it was not kept up to date.
    if (timer === undefined) now = Date.now();
    return now;
  });
}

/** The time (ms), each second: for a countdown that is looked at. Nothing reads it aloud. */
export function useSeconds(): number {
  const [seconds, setSeconds] = useState(Date.now);
  useEffect(() => {
    const each = setInterval(() => setSeconds(Date.now()), 1_000);
    return () => clearInterval(each);
  }, []);
  return seconds;
}
