import { useSyncExternalStore } from 'react';
import { t } from '../texts/log.ts';
import { isZone, type Zone } from '../ui/zoned-time.ts';

/** How the log is shown in this browser: which columns, and in which time zone. */
export const COLUMNS = {
  get when() {
    return t.when;
  },
  get outcome() {
    return t.outcome;
  },
  get client() {
    return t.user;
  },
  get by() {
    return t.by;
  },
  get address() {
    return t.address;
  },
  get agent() {
    return t.userAgent;
  },
  get request() {
    return t.request;
  },
  get place() {
    return t.number;
  },
} as const;
export type LogColumn = keyof typeof COLUMNS;
export const COLUMN_NAMES = Object.keys(COLUMNS) as LogColumn[];

export interface LogView {
  readonly columns: readonly LogColumn[];
  readonly zone: Zone;
}

const STORED = 'kanda-log-view';
const PLAIN: LogView = { columns: ['when', 'outcome', 'client', 'by', 'address'], zone: undefined };
const listeners = new Set<() => void>();
let view = stored();

export function useLogView(): LogView {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => view,
  );
}

/** Keeps it for the next visit, where the browser lets a page keep something. */
export function setLogView(next: LogView): void {
  view = next;
  try {
    localStorage.setItem(STORED, JSON.stringify(next));
  } catch {
    // It holds for this visit.
  }
  for (const listener of listeners) listener();
}

function stored(): LogView {
  try {
    const { columns, zone } = JSON.parse(localStorage.getItem(STORED) ?? 'null') ?? PLAIN;
    return {
      columns: Array.isArray(columns) ? COLUMN_NAMES.filter((name) => columns.includes(name)) : PLAIN.columns,
      zone: typeof zone === 'string' && isZone(zone) ? zone : undefined,
    };
  } catch {
    return PLAIN;
  }
}
