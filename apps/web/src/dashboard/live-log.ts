import { type RefObject, useCallback, useEffect, useRef, useState } from 'react';
import { t } from '../texts/log.ts';
import { useLookAgain } from './account-watch.ts';
import type { LoggedEvent } from './api.ts';
import { filterQuery, type LogFilter } from './log-filter.ts';
import { modeQuery } from './mode.ts';

/** More than these are not kept in the page: who wants them reads the log. */
const MAX_KEPT = 500;

const NONE: readonly LoggedEvent[] = [];

/** What came, of which filter. */
interface Arrived {
  readonly query: string;
  readonly events: readonly LoggedEvent[];
}

interface LiveOptions {
  on: boolean;
  filter: LogFilter;
  /** What the page has read by itself, the newest first; undefined until then. The stream goes on after it. */
  read: readonly LoggedEvent[] | undefined;
  /** Called when the stream stands and nothing had been read: what came between the two would be missed. */
  onBegun: () => void;
  /** Where the rows stand. */
  rows: RefObject<HTMLElement | null>;
  /** An event is open in the drawer. */
  open: boolean;
}

export interface LiveLog {
  /** Events that came since, shown above the others. */
  fresh: readonly LoggedEvent[];
  /** How many wait to be shown. */
  waiting: number;
  show: () => void;
  /** Why nothing comes; null while all is well. */
  trouble: string | null;
  restart: () => void;
}

/**
 * New events as they happen. They join the list by themselves only while the user is not reading or about to
 * press something: at the top of the page, nothing in the list focused, selected or open. Otherwise they wait.
 */
export function useLiveLog({ on, filter, read, onBegun, rows, open }: LiveOptions): LiveLog {
  const query = filterQuery(filter);
  const [arrived, setArrived] = useState<Arrived>({ query, events: [] });
  const [waiting, setWaiting] = useState<readonly LoggedEvent[]>([]);
  const [trouble, setTrouble] = useState<string | null>(null);
  const [attempt, setAttempt] = useState(0);
  const fresh = arrived.query === query ? arrived.events : NONE;
  const isOpen = useRef(open);
  const begun = useRef(onBegun);
  const lookAgain = useLookAgain();
  const newestShown = useRef(0);
  const release = useRef(() => {});
  useEffect(() => {
    isOpen.current = open;
    begun.current = onBegun;
    newestShown.current = Math.max(fresh[0]?.id ?? 0, read?.[0]?.id ?? 0);
  });
  const hasRead = read !== undefined;

  // biome-ignore lint/correctness/useExhaustiveDependencies: `attempt` starts it again
  useEffect(() => {
    setWaiting([]);
    setTrouble(null);
    if (!on || !hasRead) return;
    let source: EventSource | null = null;
    let held: LoggedEvent[] = [];
    let newest = newestShown.current;
    const showHeld = () => {
      const shown = held;
      held = [];
      setWaiting([]);
      setArrived((before) => {
        const earlier = before.query === query ? before.events : NONE;
        return { query, events: [...shown, ...earlier].slice(0, MAX_KEPT) };
      });
    };
    release.current = showHeld;

    const begin = () => {
      const address = new URLSearchParams([...new URLSearchParams(query), ...Object.entries(modeQuery())]);
      if (newest > 0) address.set('after', String(newest));
      source = openStream(`/api/logs/stream?${address}`, {
        onOpen() {
          setTrouble(null);
          if (newest === 0) begun.current();
        },
        onEvent(event) {
          newest = event.id;
          held = [event, ...held].slice(0, MAX_KEPT);
          if (isOpen.current || !isAtRest(rows.current)) setWaiting(held);
          else showHeld();
        },
        onTrouble(why, isOver) {
          setTrouble(why);
          // A session that has ended ends its streams.
          if (isOver) lookAgain();
        },
      });
    };
    // A browser has six connections for one server, and a hidden tab needs none of them.
    const onVisibility = () => {
      if (!document.hidden) {
        if (source === null) begin();
        return;
      }
      source?.close();
      source = null;
    };
    onVisibility();
    document.addEventListener('visibilitychange', onVisibility);
    return () => {
      document.removeEventListener('visibilitychange', onVisibility);
      source?.close();
    };
  }, [on, hasRead, query, attempt, lookAgain]);

  const show = useCallback(() => {
    release.current();
    scrollTo({ top: 0 });
  }, []);
  const restart = useCallback(() => setAttempt((count) => count + 1), []);
  return { fresh, waiting: waiting.length, show, trouble, restart };
}

interface StreamListener {
  onOpen: () => void;
  onEvent: (event: LoggedEvent) => void;
  /** `isOver`: it does not go on by itself. */
  onTrouble: (why: string, isOver: boolean) => void;
}

function openStream(address: string, { onOpen, onEvent, onTrouble }: StreamListener): EventSource {
  const stream = new EventSource(address);
  stream.onopen = onOpen;
  stream.onmessage = ({ data }: MessageEvent<string>) => onEvent(JSON.parse(data) as LoggedEvent);
  stream.addEventListener('end', () => {
    stream.close();
    onTrouble(t.liveEnded, true);
  });
  stream.onerror = () =>
    stream.readyState === EventSource.CLOSED
      ? onTrouble(t.livePausedEnded, true)
      : onTrouble(t.livePausedReach, false);
  return stream;
}

const TOP_PX = 8;

function isAtRest(rows: HTMLElement | null): boolean {
  if (rows === null) return true;
  if (window.scrollY > TOP_PX || rows.contains(document.activeElement)) return false;
  const selection = getSelection();
  return selection === null || selection.isCollapsed || !selection.containsNode(rows, true);
}
