import { type RefObject, useCallback, useEffect, useRef, useState } from 'react';
import type { LoggedEvent } from './api.ts';
import { filterQuery, type LogFilter } from './log-filter.ts';

/** More than these are not kept in the page: who wants them reads the log. */
const MOST_KEPT = 500;

interface LiveOptions {
  on: boolean;
  filter: LogFilter;
  /** Called when the stream stands: what came between the page's own reading and this would be missed. */
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
 * New events as they happen. They join the list by themselves only while nobody could be reading or about to
 * press something: at the top of the page, nothing in the list focused, selected or open. Otherwise they wait.
 */
export function useLiveLog({ on, filter, onBegun, rows, open }: LiveOptions): LiveLog {
  const [fresh, setFresh] = useState<readonly LoggedEvent[]>([]);
  const [waiting, setWaiting] = useState<readonly LoggedEvent[]>([]);
  const [trouble, setTrouble] = useState<string | null>(null);
  const [attempt, setAttempt] = useState(0);
  const isOpen = useRef(open);
  const begun = useRef(onBegun);
  const release = useRef(() => {});
  useEffect(() => {
    isOpen.current = open;
    begun.current = onBegun;
  });
  const query = filterQuery(filter);

  // biome-ignore lint/correctness/useExhaustiveDependencies: `attempt` starts it again
  useEffect(() => {
    setFresh([]);
    setWaiting([]);
    setTrouble(null);
    if (!on) return;
    let source: EventSource | null = null;
    let held: LoggedEvent[] = [];
    let newest: number | null = null;
    const showHeld = () => {
      const shown = held;
      held = [];
      setWaiting([]);
      setFresh((before) => [...shown, ...before].slice(0, MOST_KEPT));
    };
    release.current = showHeld;

    const begin = () => {
      const address = new URLSearchParams(query);
      if (newest !== null) address.set('after', String(newest));
      const stream = new EventSource(`/api/logs/stream?${address}`);
      source = stream;
      stream.onopen = () => {
        setTrouble(null);
        if (newest === null) begun.current();
      };
      stream.onmessage = ({ data }: MessageEvent<string>) => {
        const event = JSON.parse(data) as LoggedEvent;
        newest = event.id;
        held = [event, ...held].slice(0, MOST_KEPT);
        if (isOpen.current || !isAtRest(rows.current)) setWaiting(held);
        else showHeld();
      };
      stream.addEventListener('end', () => {
        stream.close();
        setTrouble('Live has ended.');
      });
      stream.onerror = () =>
        setTrouble(
          stream.readyState === EventSource.CLOSED
            ? 'Live is paused: the server ended it.'
            : 'Live is paused: the server cannot be reached. It goes on by itself.',
        );
    };
    // A browser has six connections for one server, and a tab that nobody sees needs none of them.
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
  }, [on, query, attempt]);

  const show = useCallback(() => {
    release.current();
    scrollTo({ top: 0 });
  }, []);
  const restart = useCallback(() => setAttempt((count) => count + 1), []);
  return { fresh, waiting: waiting.length, show, trouble, restart };
}

const TOP_PX = 8;

function isAtRest(rows: HTMLElement | null): boolean {
  if (rows === null) return true;
  if (window.scrollY > TOP_PX || rows.contains(document.activeElement)) return false;
  const selection = getSelection();
  return selection === null || selection.isCollapsed || !selection.containsNode(rows, true);
}
